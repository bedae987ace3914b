/// Times of day, ranges of them, durations, ratios.
extension SpokenReader {
    struct ClockTime {
        var hour: Int
        var minute: Int
        var second: Int?
        /// Written so that morning and evening are told apart: with two figures for the hour, or AM and PM.
        var isKnown: Bool
        var end: Int
    }

    /// - Parameter loose: the words around tell that it is a time: 15.30 and 15 are times too.
    func clockTime(_ place: Int, loose: Bool = false) -> ClockTime? {
        guard let hours = digits(place), hours.utf8.count <= 2, let hour = Int(hours), hour <= 24 else { return nil }
        var time = ClockTime(hour: hour, minute: 0, isKnown: hours.utf8.count == 2 || hour == 0, end: place + 1)
        if isSymbol(place + 1, ":") || loose && isSymbol(place + 1, "."), isTight(place + 1), let minutes = digits(place + 2), isTight(place + 2) {
            guard minutes.utf8.count == 2, let minute = Int(minutes), minute < 60, hour < 24 || minute == 0 else { return nil }
            time.minute = minute
            time.end = place + 3
            if isSymbol(time.end, ":"), isTight(time.end), let seconds = digits(time.end + 1), isTight(time.end + 1) {
                guard seconds.utf8.count == 2, let second = Int(seconds), second < 60 else { return nil }
                time.second = second
                time.end += 2
            }
        } else if !loose && meridiem(time.end) == nil {
            return nil
        } else {
            // "בשעה 10" may be in the evening.
            time.isKnown = hour > 12 || hours == "00"
        }
        if let isEvening = meridiem(time.end) {
            guard (1...12).contains(hour) else { return nil }
            time.hour = hour % 12 + (isEvening ? 12 : 0)
            time.isKnown = true
            time.end += 1
        }
        return time
    }

    /// AM or PM; nil for anything else.
    private func meridiem(_ place: Int) -> Bool? {
        guard let token = token(place), token.kind == .latin else { return nil }
        switch token.text.lowercased() {
        case "am", "a.m": return false
        case "pm", "p.m": return true
        default: return nil
        }
    }

    mutating func readTime(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard !prefix.isDefinite, digits(place) != nil else { return false }
        if readDuration(place, prefix) || readRatio(place, prefix) { return true }
        let before = previousWord(place)
        // "ב-15:00" without a word, "בשעה 15", "ל-17" behind another time.
        let hourWord = before.flatMap { SpokenContext.bare($0) { SpokenContext.hourNouns.contains($0) } }
        let isLinked = place - clockEnd <= 3 && (before == "עד" || prefix.outer.hasSuffix("ל"))
        let isLoose = hourWord == "שעה" || hourWord == "שעות" && before != "שעות" || isLinked
        guard let time = clockTime(place) ?? (isLoose ? clockTime(place, loose: true) : nil) else { return false }
        if time.end == place + 1, let quantity = quantity(place), quantity.isCounted || quantity.end != place + 1 { return false }
        // "בשעה 3 - 4 אנשים" counts people.
        var end = time.end
        var second: ClockTime?
        if isDash(end), let next = clockTime(end + 1, loose: isLoose), quantity(end + 1)?.isCounted != true || next.end > end + 2 {
            second = next
            end = next.end
        }
        sayTimes(time, second, prefix, place, hours: hourWord != nil)
        index = end
        clockEnd = end
        return true
    }

    private mutating func sayTimes(_ time: ClockTime, _ second: ClockTime?, _ prefix: NumberPrefix, _ place: Int, hours: Bool) {
        let linked = second ?? linkedTime(time.end)
        let isKnown = time.isKnown || linked?.isKnown == true || place - clockEnd <= 3 && clockIsKnown
        clockIsKnown = isKnown
        let end = (second ?? time).end
        let mayName = options.namesDayPart && isKnown && !namesDayPart(before: place)
        let namesLast = mayName && !namesDayPart(at: end)
        let samePart = linked.map { ClockWords.dayPart(hour: spokenHour(time)) == ClockWords.dayPart(hour: spokenHour($0)) } ?? false
        guard let second else {
            say(words(time, part: namesLast && !samePart), prefix)
            return
        }
        var prefix = prefix
        let before = wordsBefore(place, reach: 3)
        let isBetween = before.contains("בין")
        // "מתשע עד חמש", but "בשעות תשע עד חמש" and "בין תשע לחמש".
        if prefix.outer.isEmpty, !isBetween, !hours { prefix.outer = "מ" }
        if prefix.outer == "ב" { prefix.outer = "מ" }
        say(words(time, part: mayName && !samePart && !namesDayPart(at: time.end) && !(namesDayPart(at: end) && !namesLast)), prefix)
        if isBetween { out.glue("ל") } else { out.word("עד") }
        out.word(words(second, part: namesLast))
    }

    private func words(_ time: ClockTime, part: Bool) -> String {
        var words = ClockWords.words(hour: time.hour, minute: time.minute, style: options.clock, part: part)
        if let second = time.second, second > 0 { words += " ו" + DurationWords.words(second, "שנייה", "שניות") }
        return words
    }

    /// Of quarter to four the part of the day is that of four.
    private func spokenHour(_ time: ClockTime) -> Int { time.minute == 45 ? time.hour + 1 : time.hour }

    /// The other end of a range that is told in words: "עד 17:00", "ל-17:00".
    private func linkedTime(_ place: Int) -> ClockTime? {
        if word(place) == "עד" || word(place) == "ועד" {
            return clockTime(place + 1) ?? clockTime(place + 1, loose: true).flatMap { isPlain($0) ? $0 : nil }
        }
        guard let word = word(place), word == "ל" || word == "ול" else { return nil }
        let next = isSymbol(place + 1, "-") ? place + 2 : place + 1
        guard isTight(place + 1) else { return nil }
        return clockTime(next) ?? clockTime(next, loose: true).flatMap { isPlain($0) ? $0 : nil }
    }

    private func isPlain(_ time: ClockTime) -> Bool { quantity(time.end - 1).map { !$0.isCounted && $0.end == time.end } ?? false }

    // MARK: - Parts of the day in the text

    private func namesDayPart(at place: Int) -> Bool {
        guard let word = word(place) else { return false }
        if SpokenContext.dayParts.contains(word) { return true }
        return ["אחר", "אחרי", "לפני"].contains(word) && ["הצהריים", "צהריים", "הצהרים"].contains(self.word(place + 1) ?? "")
    }

    private func namesDayPart(before place: Int) -> Bool { wordsBefore(place, reach: 4).contains { SpokenContext.dayParts.contains($0) } }

    /// "בשעה 00:00" is "בחצות".
    mutating func readMidnight() -> Bool {
        let text = tokens[index].text
        guard options.clock != .digital, options.namesDayPart, text.hasSuffix("שעה"), text.utf8.count == 8, let time = clockTime(index + 1) else {
            return false
        }
        guard time.hour % 24 == 0, time.minute == 0, time.second == nil, time.isKnown, !namesDayPart(at: time.end), !isDash(time.end) else {
            return false
        }
        guard let letter = text.first, "בלמ".contains(letter) else { return false }
        out.word(String(letter) + "חצות")
        index = time.end
        clockEnd = index
        clockIsKnown = true
        return true
    }

    // MARK: - Durations and ratios

    /// "1:30 שעות" is an hour and a half.
    private mutating func readDuration(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place), let whole = Int(first), whole <= 999, isSymbol(place + 1, ":"), isTight(place + 1) else { return false }
        guard let second = digits(place + 2), isTight(place + 2), second.utf8.count == 2, let part = Int(second), part < 60 else { return false }
        guard let unit = word(place + 3) else { return false }
        switch unit {
        case "שעה", "שעות", "שע'": say(DurationWords.words(hours: whole, minutes: part), prefix)
        case "דקה", "דקות", "דק'": say(DurationWords.words(minutes: whole, seconds: part), prefix)
        default: return false
        }
        index = place + 4
        return true
    }

    /// "1:3" is one to three, after a match "3:1" is its result.
    private mutating func readRatio(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place), isSymbol(place + 1, ":"), isTight(place + 1), let second = digits(place + 2), isTight(place + 2) else {
            return false
        }
        let before = wordsBefore(place, reach: 4)
        let isScale = before.contains { SpokenContext.bare($0) { ["יחס", "מידה"].contains($0) } != nil }
        guard clockTime(place) == nil || isScale, let one = Int(first), let two = Int(second) else { return false }
        guard Cardinal.range.contains(one), Cardinal.range.contains(two) else { return false }
        say(Cardinal.words(one), prefix)
        if !before.contains(where: { SpokenContext.bare($0) { Self.results.contains($0) } != nil }) { out.glue("ל") }
        out.word(Cardinal.words(two))
        index = place + 3
        return true
    }

    private static let results: Set<String> = [
        "תוצאה", "ניצחון", "ניצחה", "ניצח", "ניצחו", "ניצחנו", "הפסד", "הפסיד", "הפסידה", "הפסדנו", "תיקו", "הובילה", "מוביל", "מובילה", "הסתיים",
        "נגמר", "משחק",
        "שוויון",
    ]
}

/// Durations in words.
enum DurationWords {
    static func words(hours: Int, minutes: Int) -> String {
        let whole = words(hours, "שעה", "שעות")
        switch minutes {
        case 0: return whole
        case 30: return hours == 0 ? "חצי שעה" : (hours == 1 ? "שעה" : whole) + " וחצי"
        case 15: return hours == 0 ? "רבע שעה" : (hours == 1 ? "שעה" : whole) + " ורבע"
        default: return hours == 0 ? words(minutes, "דקה", "דקות") : (hours == 1 ? "שעה" : whole) + " ו" + words(minutes, "דקה", "דקות")
        }
    }

    static func words(minutes: Int, seconds: Int) -> String {
        let whole = minutes == 1 ? "דקה" : words(minutes, "דקה", "דקות")
        switch seconds {
        case 0: return words(minutes, "דקה", "דקות")
        case 30: return minutes == 0 ? "חצי דקה" : whole + " וחצי"
        default: return minutes == 0 ? words(seconds, "שנייה", "שניות") : whole + " ו" + words(seconds, "שנייה", "שניות")
        }
    }

    /// Feminine units of time.
    static func words(_ number: Int, _ singular: String, _ plural: String) -> String {
        switch number {
        case 1: singular + " אחת"
        case 2 where singular == "שעה": "שעתיים"
        default: Cardinal.counting(number, .feminine) + " " + plural
        }
    }
}
