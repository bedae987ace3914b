/// Hebrew and Latin words, weekdays, abbreviations, marks.
extension SpokenReader {
    mutating func readWord() {
        if readWeekday() || readPrefix() || readDotted() || readMidnight() { return }
        let text = tokens[index].text
        if let letters = letterNumber(text) {
            out.word(letters)
        } else if !options.lexicon.isEmpty || tokens[index].pointed != nil {
            out.word(written(index))
        } else {
            out.word(abbreviation(text, before: index + 1) ?? text)
        }
        index += 1
    }

    /// ע"מ before a number is עוסק מורשה.
    private func abbreviation(_ text: String, before place: Int) -> String? {
        let isNumbered = digits(isSymbol(place, ":") ? place + 1 : place) != nil
        return isNumbered && text == "ע\"מ" ? "עוסק מורשה" : Abbreviations.words(text)
    }

    // MARK: - The business's lexicon

    mutating func readOverride() -> Bool {
        for length in stride(from: min(options.lexicon.longest, tokens.count - index), through: 1, by: -1) {
            let range = index..<(index + length)
            guard range.allSatisfy({ [.word, .latin, .digits].contains(tokens[$0].kind) }) else { continue }
            let key = range.map { tokens[$0].text }.joined(separator: " ").lowercased()
            var rest = key[...]
            var prefix = ""
            for _ in 0...3 {
                if let reading = options.lexicon.reading(String(rest)) {
                    out.word(prefix + reading)
                    index += length
                    return true
                }
                guard let letter = rest.first, SpokenContext.prefixLetters.contains(letter), rest.utf8.count > 4 else { break }
                prefix.append(letter)
                rest = rest.dropFirst()
            }
        }
        return false
    }

    // MARK: - Prefixes

    /// ב, ל, ה and their like before a number or a word in another script.
    private mutating func readPrefix() -> Bool {
        guard let prefix = NumberPrefix(tokens[index].text) else { return false }
        var next = index + 1
        guard isTight(next) else {
            // "ל 052-1234567": a space too many.
            guard ["ב", "ל", "מ", "כ"].contains(prefix.outer.suffix(1)), prefix.outer.utf8.count <= 4, !prefix.isDefinite, !isBehindDay(index) else { return false }
            if isDash(next), digits(next + 1) != nil, isTight(next + 1) {
                say("מינוס", prefix)
                index = next + 1
                readNumber(index, NumberPrefix())
                return true
            }
            guard digits(next) != nil else { return false }
            index = next
            readNumber(next, prefix)
            return true
        }
        let hasHyphen = isSymbol(next, "-") || isSymbol(next, "–")
        if hasHyphen { next += 1 }
        if isNumberStart(next) {
            index = next
            readNumber(next, prefix)
            return true
        }
        // "ב־−5": the sign belongs to the number.
        if hasHyphen, isDash(next), isNumberStart(next + 1), isTight(next + 1) {
            say("מינוס", prefix)
            index = next + 1
            readNumber(next + 1, NumberPrefix())
            return true
        }
        // "ב-תל אביב", "ו-ג'": the hyphen is not needed before a Hebrew word.
        if hasHyphen, isTight(next), word(next) != nil {
            out.glue(tokens[index].text)
            index = next
            return true
        }
        guard isTight(next), let token = token(next), token.kind == .latin || token.kind == .web else { return false }
        let letters = tokens[index].text
        index = next
        if token.kind == .latin { readLatin(letters) } else { readWeb(letters) }
        return true
    }

    /// - Parameter prefix: Hebrew letters before the word; a hyphen parts them from another script.
    mutating func readLatin(_ prefix: String) {
        let token = tokens[index]
        let reading = options.lexicon.isEmpty ? nil : options.lexicon.reading(token.text.lowercased())
        if reading == nil, let parts = reference(token.text) {
            sayForeign(options.latin == .leave ? parts.letters : LatinLetters.spelled(parts.letters), prefix)
            out.word(DigitWords.words(groups: DigitWords.groups(parts.digits)))
            index += 1
            return
        }
        let text = reading ?? (options.latin == .leave ? token.text : LatinLetters.spelled(token.text))
        if prefix.isEmpty, reading == nil, CountedUnit.currencyCodes[token.text] != nil, quantity(index) != nil { return readQuantity(index, NumberPrefix()) }
        sayForeign(text, prefix)
        index += 1
    }

    /// AB-1234, LY0315: letters, then four digits and more, which are dictated. A4 and COVID-19 are names.
    private func reference(_ text: String) -> (letters: String, digits: String)? {
        let letters = text.prefix { !$0.isWholeNumber && $0 != "-" }
        let digits = text.dropFirst(letters.count).drop { $0 == "-" }
        guard !letters.isEmpty, (4...40).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return (String(letters), String(digits))
    }

    mutating func readWeb(_ prefix: String) {
        sayForeign(WebAddress.words(tokens[index].text, latin: options.latin), prefix)
        index += 1
    }

    private mutating func sayForeign(_ text: String, _ prefix: String) {
        if !prefix.isEmpty { out.glue(prefix + (text.unicodeScalars.first?.isHebrewLetter == true ? "" : "-")) }
        out.word(text)
    }

    // MARK: - Weekdays

    /// יום א', ימים א'-ה', ב' ו-ד': the letter is an ordinal, and ש' the Sabbath.
    private mutating func readWeekday() -> Bool {
        var place = index
        var prefix = ""
        if index - weekdayEnd <= 2, let letters = NumberPrefix(tokens[index].text), isSymbol(index + 1, "-"), isTight(index + 1), word(index + 2) != nil {
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
        if !hasGeresh, isDash(place + 1), isNumberStart(place + 2) { return false }
        guard isBehindDay(place) || weekdayIsBare && place - weekdayEnd <= 2 || place - weekdayEnd <= 3 && hasGeresh || weekdayRangeStarts(place, hasGeresh) || isWeekdayLine(place, hasGeresh) || place == weekdayEnd && isDash(place - 1) else { return false }
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

    private func isBehindDay(_ place: Int) -> Bool {
        previousWord(place).flatMap { SpokenContext.bare($0) { SpokenContext.dayNouns.contains($0) } } != nil
    }

    /// א'-ה' without "ימים", but not in a school; א-ה only before hours.
    private func weekdayRangeStarts(_ place: Int, _ hasGeresh: Bool) -> Bool {
        guard isDash(place + 1) || word(place + 1) == "עד", let next = word(place + 2), next.utf8.count == (hasGeresh ? 3 : 2) else { return false }
        guard let first = tokens[place].text.first, let second = next.first, first < second, SpokenCalendar.weekday(letter: next) != nil else { return false }
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
            guard let letter = word(next), letter.utf8.count == 3 || letter.utf8.count == 5 && letter.hasPrefix("ו"), letter.hasSuffix("'") else { return false }
            next += 1
        }
        return false
    }

    /// What is numbered by letters.
    private static let lettered: Set<String> = [
        "כיתה", "כיתות", "כתה", "כתות", "שכבה", "שכבות", "סעיף", "סעיפים", "פרק", "פרקים", "קומה", "דף", "חלק", "חלקים", "קבוצה", "קבוצות", "רמה", "רמות",
        "סדר", "הורים", "מבנה", "אגף", "כניסה",
    ]

    // MARK: - Letters for numbers, letters with dots

    /// כיתה י"א, פרק קי"ט, כ"ט בנובמבר: by the names of the letters. ט"ו and ל"ג have names of their own before their holidays.
    private func letterNumber(_ text: String) -> String? {
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
    private mutating func readDotted() -> Bool {
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

    // MARK: - Marks

    mutating func readSymbol() {
        let token = tokens[index]
        switch token.text {
        case ".": readDots()
        case ",", ";", ":", "!", "?":
            if let mark = token.text.unicodeScalars.first { out.mark(mark) }
            index += 1
        case "-", "–", "−": readDash()
        case "(": readBracket()
        case ")", "[", "]", "{", "}", "|", "•":
            out.pause()
            index += 1
        case "/": readSlashBetweenWords()
        case "&":
            index += 1
            if tokens.indices.contains(index), tokens[index].kind == .word { out.glue("ו") } else { out.word("אנד") }
        case "°" where isNumberStart(index): readNumber(index, NumberPrefix())
        case "+", "=", "×", "÷", "±", "≈", "~", "≤", "≥", "°", "№", "@": readSign(token.text)
        case "*", "#": readKey(token.text)
        default:
            if isNumberStart(index) { return readNumber(index, NumberPrefix()) }
            if token.text == "%" { out.word("אחוז") }
            if token.text == "²" || token.text == "³", digits(index - 1) != nil { out.word(token.text == "²" ? "בריבוע" : "בשלישית") }
            if let currency = CountedUnit.currencySigns[token.text] { out.word(currency.many) }
            index += 1
        }
    }

    /// Dots that trail off are a pause within a line and an end at its end.
    private mutating func readDots() {
        var end = index
        // "v2.5".
        if let before = token(index - 1), before.kind == .latin, before.text.unicodeScalars.last?.isDigit == true, isTight(index), digits(index + 1) != nil, isTight(index + 1) {
            out.word("נקודה")
            index += 1
            return
        }
        while isSymbol(end, ".") { end += 1 }
        let isLast = token(end) == nil || token(end)?.kind == .lineEnd
        out.mark(end - index == 1 || isLast ? "." : ",")
        index = end
    }

    private mutating func readDash() {
        let token = tokens[index]
        let before = self.token(index - 1)
        if isNumberStart(index + 1), isTight(index + 1), before == nil || token.spaced && before?.kind != .digits || before?.text == "(" {
            out.word("מינוס")
            index += 1
            return readNumber(index, NumberPrefix())
        }
        index += 1
        guard let next = self.token(index) else { return }
        // ראשון-חמישי, ינואר-מרץ, ינואר 2026 - מרץ 2026.
        if let second = word(index), let first = word(index - 2) ?? word(index - 3) {
            let days = SpokenContext.bare(first) { SpokenContext.weekdayNames.contains($0) } != nil && SpokenContext.weekdayNames.contains(second)
            let months = SpokenContext.bare(first) { SpokenCalendar.months.contains($0) } != nil && SpokenCalendar.months.contains(second)
            if days || months { return out.word("עד") }
        }
        // "8 בבוקר - 8 בערב".
        if let part = word(index - 2), SpokenContext.dayParts.contains(part), digits(index) != nil { return out.word("עד") }
        if token.spaced || next.spaced { out.pause() }
    }

    /// "לקוח(ה)" is one word; other brackets are pauses.
    private mutating func readBracket() {
        if isTight(index), word(index - 1) != nil, let ending = word(index + 1), Self.endings.contains(ending), isSymbol(index + 2, ")") {
            index += 3
            return
        }
        // (03) 1234567
        if digits(index + 1) != nil, isSymbol(index + 2, ")"), readPhone(index, NumberPrefix()) { return }
        out.pause()
        index += 1
    }

    private static let endings: Set<String> = ["ה", "ת", "ים", "ות", "ית", "י", "ן", "יות"]

    /// "מעוניין/ת" is one word, "כן/לא" is a choice.
    private mutating func readSlashBetweenWords() {
        index += 1
        guard let next = word(index), isTight(index), isTight(index - 1) else { return out.pause() }
        if Self.endings.contains(next) {
            index += 1
        } else if next != "או" {
            out.word("או")
        }
    }

    private mutating func readSign(_ sign: String) {
        index += 1
        switch sign {
        case "+":
            if isNumberStart(index - 1), isTight(index), readPhone(index - 1, NumberPrefix()) { return }
            out.word("פלוס")
        case "=": out.word("שווה")
        case "×": out.word(digits(index - 2) != nil && digits(index) != nil ? "על" : "כפול")
        case "÷": out.word("חלקי")
        case "±": out.word("פלוס מינוס")
        case "≈": out.word("בערך")
        case "~": if isNumberStart(index) { out.word("בערך") }
        case "≤": out.word("עד")
        case "≥": out.word("לפחות")
        case "°": out.word("מעלות")
        case "№": out.word("מספר")
        default: out.word("שטרודל")
        }
    }

    /// The keys of a telephone, where the words before speak of pressing them.
    private mutating func readKey(_ key: String) {
        if key == "*", isNumberStart(index), isTight(index + 1) { return readNumber(index, NumberPrefix()) }
        index += 1
        // "קוד 12#".
        if key == "#", digits(index - 2) != nil, isTight(index - 1) { return out.word("סולמית") }
        if digits(index) != nil, isTight(index) {
            if key == "#" { out.word("מספר") }
        } else if word(index) == nil || !isTight(index) {
            let pressed = wordsBefore(index - 1, reach: 4).contains { SpokenContext.pressed.contains($0) }
            if pressed { out.word(key == "*" ? "כוכבית" : "סולמית") }
        }
    }
}
