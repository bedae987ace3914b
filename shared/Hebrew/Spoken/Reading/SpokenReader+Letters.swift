/// Weekdays and numbers in letters, letters with dots.
extension SpokenReader {
    /// יום א', ימים א'-ה', ב' ו-ד': the letter is an ordinal, and ש' the Sabbath.
    mutating func readWeekday() -> Bool {
        var place = index
        var prefix = ""
        if index - weekdayEnd <= 2, let letters = NumberPrefix(tokens[index].text), isSymbol(index + 1, "-"), isTight(index + 1),
            word(index + 2) != nil
        {
            // "ו-ד'" after another weekday.
            guard SpokenCalendar.weekday(letter: tokens[index + 2].text) != nil else { return false }
            prefix = letters.outer
            place = index + 2
        }
        var text = tokens[place].text
        if place == index, weekdayEnd >= index - 2, text.utf8.count == 5, let first = text.first, "ול".contains(first) {
            // "וד'" and "לה'" after another weekday.
            prefix = String(first)
            text.removeFirst()
        }
        guard let name = SpokenCalendar.weekday(letter: text) else { return false }
        let hasGeresh = text.utf8.count == 3
        // A lone letter before a hyphen and a number is a prefix.
        if !hasGeresh, isDash(place + 1) && isNumberStart(place + 2) || isTight(place + 1) && isNumberStart(place + 1) { return false }
        guard
            isBehindDay(place) || weekdayIsBare && place - weekdayEnd <= 2 || place - weekdayEnd <= 3 && hasGeresh
                || weekdayRangeStarts(place, hasGeresh) || isWeekdayLine(place, hasGeresh) || place == weekdayEnd && isDash(place - 1)
        else { return false }
        out.word(prefix + name)
        index = place + 1
        weekdayEnd = index
        weekdayIsBare = !hasGeresh
        if isDash(index), let next = word(index + 1), SpokenCalendar.weekday(letter: next) != nil {
            out.word("עד")
            index += 1
            weekdayEnd = index
        }
        return true
    }

    func isBehindDay(_ place: Int) -> Bool {
        // "4 ימים ו…" counts days.
        previousWord(place).flatMap { SpokenContext.bare($0) { SpokenContext.dayNouns.contains($0) } } != nil && digits(place - 2) == nil
    }

    /// א'-ה' without "ימים", but not in a school; א-ה only before hours.
    private func weekdayRangeStarts(_ place: Int, _ hasGeresh: Bool) -> Bool {
        guard isDash(place + 1) || word(place + 1) == "עד", let next = word(place + 2), next.utf8.count == (hasGeresh ? 3 : 2) else { return false }
        guard let first = tokens[place].text.first, let second = next.first, first < second, SpokenCalendar.weekday(letter: next) != nil else {
            return false
        }
        guard hasGeresh || clockTime(place + 3) != nil else { return false }
        return !isLettered(place)
    }

    /// "כיתות א', ב' ו-ג'": what is numbered by letters, across the letters before.
    private func isLettered(_ place: Int) -> Bool {
        var before = place - 1
        while let token = token(before), place - before <= 16, token.text.utf8.count <= 3 { before -= 1 }
        return word(before).flatMap { SpokenContext.bare($0) { Self.lettered.contains($0) } } != nil
    }

    /// "א'-ה': 8:00-20:00, ו': 8:00-14:00", "א', ב' ו-ד' 10:00-19:00", "ו' וערבי חג": letters before hours.
    private func isWeekdayLine(_ place: Int, _ hasGeresh: Bool) -> Bool {
        guard hasGeresh, !isLettered(place) else { return false }
        if word(place + 1) == "וערבי" || word(place + 1) == "וערב" { return true }
        var next = place + 1
        for _ in 0..<6 {
            if isSymbol(next, ":") || isDash(next) { return (weekdayEnd > 0 || next > place + 1) && clockTime(next + 1) != nil }
            if clockTime(next) != nil { return weekdayEnd > 0 || next > place + 1 }
            if isSymbol(next, ",") { next += 1 }
            if let letters = word(next), NumberPrefix(letters)?.outer == "ו", isDash(next + 1) { next += 2 }
            guard let letter = word(next), letter.utf8.count == 3 || letter.utf8.count == 5 && letter.hasPrefix("ו"), letter.hasSuffix("'") else {
                return false
            }
            next += 1
        }
        return false
    }

    /// What is numbered by letters.
    private static let lettered: Set<String> = [
        "כיתה", "כיתות", "כתה", "כתות", "שכבה", "שכבות", "סעיף", "סעיפים", "פרק", "פרקים", "קומה", "דף", "חלק", "חלקים", "קבוצה", "קבוצות", "רמה",
        "רמות",
        "סדר", "הורים", "מבנה", "אגף", "כניסה",
    ]

    // MARK: - Letters for numbers, letters with dots

    /// כיתה י"א, פרק קי"ט, כ"ט בנובמבר: by the names of the letters. ט"ו and ל"ג have names of their own before their holidays.
    func letterNumber(_ text: String) -> String? {
        guard text.utf8.contains(0x22) else { return nil }
        var core = text
        // ה'תשפ"ו: the thousand is not said.
        if core.hasPrefix("ה'") {
            core.removeFirst(2)
            return core.typographic
        }
        let month = word(index + 1).map(SpokenCalendar.isMonth) ?? false
        var prefix = ""
        if month, core.utf8.count > 5, let first = core.first, "בלהמו".contains(first), !LetterNumber.isNumber(core) {
            prefix = String(first)
            core.removeFirst()
        }
        guard LetterNumber.isNumber(core) else { return nil }
        if month { return prefix + (core == "ט\"ו" ? core.typographic : Abbreviations.spelled(core)) }
        if core == "ל\"ג", word(index + 1) == "בעומר" { return core.typographic }
        let isNamed = previousWord(index).flatMap { SpokenContext.bare($0) { Self.numberedByLetters.contains($0) } } != nil
        return isNamed ? Abbreviations.spelled(core) : nil
    }

    private static let numberedByLetters: Set<String> = [
        "כיתה", "כיתות", "כתה", "פרק", "פסוק", "סימן", "דף", "מזמור", "סעיף", "חלק", "כרך", "שכבה", "שכבת", "תהילים", "משנה", "הלכה", "יום",
    ]

    /// ת.ז., ב.מ.וו: letters with dots are an acronym.
    mutating func readDotted() -> Bool {
        if isSymbol(index + 1, "."), isTight(index + 1), let next = token(index + 2), next.kind == .digits || next.kind == .word && next.spaced,
            let words = Self.shortened[tokens[index].text], next.kind == .digits || words.beforeNames
        {
            out.word(words.words)
            index += 2
            return true
        }
        var letters: [String] = []
        var place = index
        while let part = word(place), part.utf8.count == 2 || !letters.isEmpty && part.utf8.count == 4, place == index || isTight(place) {
            letters.append(part)
            place += 1
            guard isSymbol(place, "."), isTight(place), word(place + 1) != nil, isTight(place + 1) else { break }
            place += 1
        }
        guard letters.count >= 2, let last = letters.last else { return false }
        let acronym = letters.dropLast().joined() + "\"" + last
        out.word(abbreviation(acronym, before: isSymbol(place, ".") ? place + 1 : place) ?? acronym.typographic)
        index = place
        // The last dot ends the acronym, and the sentence too where nothing follows.
        if isSymbol(index, "."), isTight(index), let next = token(index + 1), next.kind != .lineEnd { index += 1 }
        return true
    }

    /// Words that are cut with a dot instead of a geresh; without one they mean something else.
    private static let shortened: [String: (words: String, beforeNames: Bool)] = [
        "טל": ("טלפון", false), "מס": ("מספר", false), "עמ": ("עמוד", false), "רח": ("רחוב", true), "ברח": ("ברחוב", true), "שד": ("שדרות", true),
        "פרופ": ("פרופסור", true), "גב": ("גברת", true), "שכ": ("שכונת", true),
    ]
}
