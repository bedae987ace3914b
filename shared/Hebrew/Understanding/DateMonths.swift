/// Days with their months, in the civil and in the Hebrew calendar.
extension DateReader {
    /// A day of a month: digits, a number in either gender, an ordinal, or letters.
    private struct Day {
        var day: Int
        var end: Int
        var prefix: Prefix
        var isLetters = false
        var isOrdinal = false
        var isDigits = false
        var feminine: Bool?
    }

    private func day(at index: Int) -> Day? {
        guard index < text.count else { return nil }
        let allowed: Prefix = [.and, .at, .to, .from, .the, .that]
        if text[index].kind == .digits {
            guard text[index].digitCount <= 2, let number = text[index].number, (1...31).contains(number), text[index].prefix.isSubset(of: allowed),
                !(text[index].isGlued && index > 0 && text[index - 1].kind == .mark && !text[index - 1].isMark("-"))
            else { return nil }
            return Day(day: number, end: index + 1, prefix: text[index].prefix, isDigits: true)
        }
        guard text[index].kind == .word else { return nil }
        if let number = numbers.cardinal(at: index, allowing: allowed), let whole = number.whole, (1...31).contains(whole), !number.hasDigits {
            return Day(day: whole, end: number.end, prefix: number.prefix, feminine: number.feminine)
        }
        if let ordinal = text.sense(index, allowed, { if case .ordinal(let value) = $0 { value } else { nil } }) {
            return Day(day: ordinal.value, end: index + 1, prefix: ordinal.prefix, isOrdinal: true)
        }
        if let letters = Gematria.day(text[index].key, allowing: allowed) {
            return Day(day: letters.day, end: index + 1, prefix: letters.prefix, isLetters: true)
        }
        return nil
    }

    func dayAndMonth(at index: Int) -> DateMention? {
        // "יום ה' באדר": the letter is a weekday or the day of the month.
        guard let day = day(at: index) else { return monthFirst(at: index) }
        var at = day.end
        // "מ-15 עד 17 במרץ", "15-17 במרץ": the month is said once.
        if let span = spanOfDays(day, index) { return span }
        if let spoken = pointed(index, day) ?? born(index, day) { return spoken }
        // "15 לחודש מרץ".
        if let unit = text.timeUnit(at, [.to, .at]), unit.unit == .month, unit.count == 1, month(at: at + 1) != nil { at += 1 }
        if let month = month(at: at) {
            return withYear(index, at + 1, day, month)
        }
        if let month = hebrewMonth(at: at) { return hebrew(index, month.end, day, month.month) }
        // "15 לשלישי", "חמישה עשר בשלישי": the third month. No weekday and no hour has a number like this before it.
        let isLarge = day.day > 12 && !day.isOrdinal
        guard let ordinal = text.sense(at, [.to, .at], { if case .ordinal(let value) = $0 { value } else { nil } }),
            ordinal.prefix == .to || ordinal.prefix == .at && isLarge && isBoundary(at + 1),
            !day.isLetters,
            // "חמש לעשירי": no weekday is the tenth, and hours have no ordinals.
            day.feminine != true || day.day > 10 || ordinal.value > 6,
            // "ראשון לשני" are two weekdays; there is no tenth one.
            !day.isOrdinal || !day.prefix.isDisjoint(with: [.at, .the]) || max(day.day, ordinal.value) > 6,
            // "מחמישה עשר לשני" as a span of something else.
            !day.prefix.contains(.from)
        else { return elevenOrTwelve(index, day, at) }
        return ordinalMonth(index, at + 1, day, ordinal.value)
    }

    /// "חמישה עשר נקודה שלוש", "15 נקודה 3 נקודה 2026".
    private func pointed(_ start: Int, _ day: Day) -> DateMention? {
        guard !day.isOrdinal, !day.isLetters, text.has(day.end, .point, []), text.sense(day.end, [], { $0 == .keyword(.point) ? true : nil }) != nil,
            let month = numbers.cardinal(at: day.end + 1, allowing: []), let number = month.whole, (1...12).contains(number),
            !times.isCounting(at: month.end)
        else { return nil }
        if text.has(month.end, .point, []), let year = year(at: month.end + 1), let date = CivilDate(year: year.year, month: number, day: day.day) {
            return full(start, year.end, date, "a day, a month and a year with spoken points", prefix: day.prefix)
        }
        var mention = withYear(start, month.end, day, number)
        mention?.confidence = 0.6
        mention?.why = "a day and a month with a spoken point"
        return mention
    }

    /// "תאריך לידה שמונה עשר שלוש תשעים": only a date of birth is told so.
    private func born(_ start: Int, _ day: Day) -> DateMention? {
        // The month by its unit alone: "שלוש אלף תשע מאות" would be three thousand.
        guard isBorn(before: start), let unit = numbers.unit(day.end, [])?.value else { return nil }
        let isTeen = numbers.isTeenTail(day.end + 1)
        let number = isTeen ? unit + 10 : unit
        guard (1...12).contains(number), let year = numbers.cardinal(at: day.end + (isTeen ? 2 : 1), allowing: []), let value = year.whole,
            (0...99).contains(value) || (1900...2100).contains(value)
        else { return nil }
        let full = value > 99 ? value : century(value) > today.year ? century(value) - 100 : century(value)
        return CivilDate(year: full, month: number, day: day.day).map {
            self.full(start, year.end, $0, "a date of birth in three numbers", prefix: day.prefix)
        }
    }

    private func ordinalMonth(_ start: Int, _ end: Int, _ day: Day, _ month: Int) -> DateMention? {
        var mention = withYear(start, end, day, month)
        mention?.confidence = day.isOrdinal ? 0.6 : 0.88
        mention?.why = "a day and the number of a month"
        return mention
    }

    /// "15 לאחד עשר" and "ה-15 ל-3": months that have no ordinal, or are digits.
    private func elevenOrTwelve(_ start: Int, _ day: Day, _ at: Int) -> DateMention? {
        guard day.prefix.contains(.the) || day.day > 12, let number = numbers.cardinal(at: at, allowing: [.to]), number.prefix == .to,
            let month = number.whole,
            (1...12).contains(month), number.hasDigits || month > 10, number.feminine != true, !times.isCounting(at: number.end), !day.isLetters,
            times.part(at: number.end) == nil
        else { return nil }
        var mention = ordinalMonth(start, number.end, day, month)
        // "20 ל-6" is twenty to six as well.
        if day.day % 5 == 0, day.day <= 25, number.end == at + 1 {
            mention?.clock = CivilTime(minutes: (month < 7 ? month + 12 : month) * 60 - day.day)
            mention?.confidence = 0.6
        }
        return mention
    }

    private func month(at index: Int) -> Int? {
        text.sense(index, [.at, .to, .the, .that]) { if case .month(let month) = $0 { month } else { nil } }?.value
    }

    /// "במרץ ה-15".
    private func monthFirst(at index: Int) -> DateMention? {
        guard let month = month(at: index), let day = day(at: index + 1), day.isDigits, self.month(at: day.end) == nil,
            day.prefix == .the || (day.prefix.isEmpty && text.isEnd(day.end) && !(day.end < text.count && text[day.end].isMark(":")))
        else { return nil }
        return withYear(index, day.end, day, month)
    }

    private func spanOfDays(_ first: Day, _ index: Int) -> DateMention? {
        var at = first.end
        let isUntil = text.has(at, .until, [.and])
        let isDash = at + 1 < text.count && text[at].isMark("-")
        if isUntil || isDash { at += 1 } else if !first.prefix.contains(.from), !text.has(index - 1, .between, [.and]) { return nil }
        guard let last = day(at: at), isUntil || isDash || last.prefix.contains(.to) || last.prefix.contains(.and), last.day > first.day else {
            return nil
        }
        if let month = month(at: last.end), var end = withYear(at, last.end + 1, last, month),
            let begin = CivilDate(year: end.date.year, month: month, day: first.day)
        {
            (end.start, end.through, end.date, end.why, end.alternatives) = (index, end.date, begin, "a span of days of one month", [])
            return end
        }
        // 15-17.3
        guard last.isDigits, let month = numbers.glued(0x2E, at: last.end)?.number, let found = next(day: last.day, month: month),
            let begin = CivilDate(year: found.date.year, month: month, day: first.day)
        else { return nil }
        var mention = full(index, last.end + 2, begin, "a span of days of one month", prefix: first.prefix)
        mention.through = found.date
        return mention
    }

    /// The end of a day that its month does not have, such as 31 April: neither of the two means anything without the other.
    func impossible(at index: Int) -> Int? {
        guard let day = day(at: index), !day.isLetters, !day.isOrdinal, let month = month(at: day.end) else { return nil }
        if let year = year(at: day.end + 1) { return CivilDate(year: year.year, month: month, day: day.day) == nil ? year.end : nil }
        return day.day > CivilDate.days(inMonth: month, of: 2024) ? day.end + 1 : nil
    }

    /// A day and a civil month, with the year if one is said.
    private func withYear(_ start: Int, _ end: Int, _ day: Day, _ month: Int) -> DateMention? {
        if let year = year(at: end), let date = CivilDate(year: year.year, month: month, day: day.day) {
            return full(start, year.end, date, "a day, a month and a year", prefix: day.prefix)
        }
        if isBorn(before: start) {
            // Somebody born "in '85" said only two digits.
            if let short = numbers.cardinal(at: end, allowing: [.and, .at]), let two = short.whole, (0...99).contains(two),
                !times.isCounting(at: short.end),
                let date = CivilDate(year: century(two) > today.year ? century(two) - 100 : century(two), month: month, day: day.day)
            {
                return full(start, short.end, date, "a day, a month and two digits of a year", prefix: day.prefix)
            }
            return nil
        }
        // "15 בפברואר 85": no hour and no minute is so large.
        if let short = numbers.cardinal(at: end, allowing: []), let two = short.whole,
            short.hasDigits ? (32...99).contains(two) && short.words == 1 : (60...99).contains(two),
            text.isEnd(short.end) || isBoundary(short.end), !times.isCounting(at: short.end),
            let date = CivilDate(year: century(two), month: month, day: day.day)
        {
            return full(start, short.end, date, "a day, a month and two digits of a year", prefix: day.prefix)
        }
        guard let found = next(day: day.day, month: month) else { return nil }
        var mention = full(start, end, found.date, "a day and a month", prefix: day.prefix)
        mention.alternatives = found.alternatives
        mention.confidence = found.alternatives.isEmpty ? 0.95 : 0.85
        return mention
    }

    private func isBorn(before index: Int) -> Bool {
        (1...3).contains { text.has(index - $0, .born) }
    }

    /// "2027", "שנת 2027", "אלפיים עשרים ושבע", "בשנה הבאה", "השנה".
    func year(at index: Int) -> (year: Int, end: Int)? {
        var at = index
        if text.has(at, .year, [.at, .to]) { at += 1 }
        if at < text.count, text[at].isMark(",") { at += 1 }
        if let unit = text.timeUnit(at, [.at, .the]), unit.unit == .year, unit.count == 1 {
            if text.has(at + 1, .next, []) { return (today.year + 1, at + 2) }
            if text.has(at + 1, .past, []) { return (today.year - 1, at + 2) }
            return unit.prefix == .the ? (today.year, at + 1) : nil
        }
        guard let number = numbers.cardinal(at: at, allowing: [.at]), let year = number.whole, number.denominator == 1, (1900...2100).contains(year),
            !times.isCounting(at: number.end)
        else {
            if at > index, let number = numbers.cardinal(at: at, allowing: []), let year = number.whole, (0...99).contains(year) {
                return (century(year), number.end)
            }
            return nil
        }
        return (year, number.end)
    }

    // MARK: - Hebrew calendar

    private func hebrewMonth(at index: Int) -> (month: HebrewMonth, end: Int)? {
        guard let found = text.sense(index, [.at, .to, .the], { if case .hebrewMonth(let month) = $0 { month } else { nil } }) else { return nil }
        guard found.value == .adar else { return (found.value, index + 1) }
        if text.isWord(index + 1, DateReader.firstWords) { return (.adarI, index + 2) }
        return (.adar, text.isWord(index + 1, DateReader.secondWords) ? index + 2 : index + 1)
    }

    private static let firstWords = Lexicon.keys("א א' ראשון הראשון")
    private static let secondWords = Lexicon.keys("ב ב' שני השני")

    private func hebrew(_ start: Int, _ end: Int, _ day: Day, _ month: HebrewMonth) -> DateMention? {
        var end = end
        guard let now = HebrewDate(today) else { return nil }
        // "בשנה" is no Hebrew year, תשפ"ו is.
        if text.isWord(end, DateReader.yearWords) { end += 1 }
        if let year = Gematria.year(end < text.count ? text[end].key : .none), let date = HebrewDate(year: year, month: month, day: day.day) {
            return full(start, end + 1, date.civil, "a date of the Hebrew calendar with its year", prefix: day.prefix)
        }
        for year in now.year...now.year + 8 {
            // A birthday in Adar is kept in Adar II; 30 Heshvan does not come every year.
            guard let date = HebrewDate(year: year, month: month == .adarI && HebrewYear(year)?.isLeap == false ? .adar : month, day: day.day),
                date.civil >= today
            else { continue }
            var mention = full(start, end, date.civil, "a date of the Hebrew calendar", prefix: day.prefix)
            mention.confidence = day.isLetters ? 0.95 : 0.88
            if month == .adar, HebrewYear(year)?.isLeap == true, let other = HebrewDate(year: year, month: .adarI, day: day.day), other.civil >= today
            {
                mention.alternatives = [other.civil]
                mention.confidence = 0.6
            }
            // אב is also a father, unless "in" stands before it.
            if month == .av, text.sense(end - 1, [.at, .to], { $0 == .hebrewMonth(.av) ? true : nil })?.prefix.isEmpty != false {
                mention.confidence = 0.5
            }
            return mention
        }
        return nil
    }

    private static let yearWords = Lexicon.keys("שנת השנה בשנת")

    // MARK: - Days alone

    /// "ב-15 לחודש", "בחמישה עשר לחודש הבא", and "ה-15".
    func dayOfMonth(at index: Int) -> DateMention? {
        guard let day = day(at: index), !day.isLetters else { return nil }
        var mention = DateMention(
            start: index, end: day.end, shape: .dayOfMonth, date: today, confidence: 0.9, why: "a day of the month", prefix: day.prefix)
        if let unit = text.timeUnit(day.end, [.to, .at, .the]), unit.unit == .month, unit.count == 1, !unit.prefix.isEmpty {
            mention.end += 1
            if text.has(mention.end, .next, [.the]) {
                mention.end += 1
                guard let date = CivilDate(year: today.adding(months: 1).year, month: today.adding(months: 1).month, day: day.day) else { return nil }
                (mention.date, mention.shape) = (date, .full)
                return mention
            }
            if text.has(mention.end, .this, []) || text.has(mention.end, .coming, []) { mention.end += 1 }
        } else if day.prefix.contains(.the), !day.isOrdinal, !times.isCounting(at: day.end), times.part(at: day.end) == nil,
            day.isDigits || day.day > 10 || day.feminine == false,
            // "הארבעה הגיעו": people may be meant.
            day.isDigits || isBoundary(day.end)
        {
            mention.confidence = day.isDigits ? 0.7 : 0.5
        } else if day.isOrdinal, day.day > 6, day.prefix == .at, isBoundary(day.end), text[index].key.last == DateReader.yod {
            // "בעשירי": no weekday is the tenth.
            mention.confidence = 0.6
        } else if day.isDigits, day.day > 24, day.prefix.contains(.at), isBoundary(day.end),
            !(day.end < text.count && text[day.end].isMark(":"))
        {
            mention.confidence = 0.4
        } else {
            return nil
        }
        // The next month that has such a day.
        guard
            let date = (0...12).lazy.compactMap({ ahead in
                let month = today.firstDayOfMonth.adding(months: ahead)
                return CivilDate(year: month.year, month: month.month, day: day.day)
            }).first(where: { $0 >= today })
        else { return nil }
        mention.date = date
        return mention
    }

    /// Ordinals of masculine nouns end in it.
    private static let yod: UInt8 = 10

    /// Nothing follows that a number or an ordinal could belong to.
    func isBoundary(_ index: Int) -> Bool {
        if text.isEnd(index) || text[index].kind != .word || Neutral.words.contains(text[index].key) { return true }
        if times.part(at: index) != nil { return true }
        return text.sense(index, .any) { sense in
            switch sense {
            case .dayOffset, .todayPart, .dayPart, .weekday, .month, .hebrewMonth: true
            case .keyword(let word) where word != .countedNoun && word != .times && word != .percent && word != .agorot: true
            case .unit, .ten: true
            case .timeUnit(.hour, 1), .timeUnit(.week, _), .timeUnit(.month, 1): true
            default: nil
            }
        } != nil
    }
}
