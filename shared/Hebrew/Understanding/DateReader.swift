/// Reads dates out of a sentence.
struct DateReader: Sendable {
    let text: SpokenText
    let numbers: NumberReader
    let durations: DurationReader
    let times: TimeReader
    let today: CivilDate
    let shabbat: ShabbatTimes

    init(_ text: SpokenText, today: CivilDate, shabbat: ShabbatTimes) {
        self.text = text
        numbers = NumberReader(text: text)
        durations = DurationReader(text)
        times = TimeReader(text)
        (self.today, self.shabbat) = (today, shabbat)
    }

    /// The date that begins at `index`, whole: "ביום שלישי, ה-3 במרץ" is one.
    func date(at index: Int) -> DateMention? {
        guard var mention = single(at: index) else { return nil }
        // Two or three ways to say the same day stand beside each other.
        for _ in 0..<3 {
            var next = mention.end
            while next < text.count, next - mention.end < 2, text[next].isMark(",") || text.isWord(next, DateReader.links) { next += 1 }
            guard let more = single(at: next), let both = merged(mention, more) else { break }
            mention = both
        }
        return spanning(mention)
    }

    private static let links = Lexicon.keys("של שזה שהוא שחל את שיוצא תאריך בתאריך זה")

    private func single(at index: Int) -> DateMention? {
        guard index < text.count, text[index].kind == .digits || !text[index].readings.isEmpty || text[index].kind == .word else { return nil }
        return numeric(at: index) ?? holiday(at: index) ?? dayAndMonth(at: index) ?? relative(at: index) ?? dayOfMonth(at: index)
            ?? weekday(at: index) ?? dayWord(at: index) ?? period(at: index)
    }

    // MARK: - Today and tomorrow

    private func dayWord(at index: Int) -> DateMention? {
        if let offset = text.sense(index, [.and, .at, .to, .from, .that, .like], { if case .dayOffset(let days) = $0 { days } else { nil } }) {
            // "אחרי מחר" is the day after tomorrow.
            if offset.value == 1, offset.prefix.isEmpty, text.has(index - 1, .after, [.and]) {
                return DateMention(
                    start: index, end: index + 1, shape: .dayWord, date: today.adding(days: 2), confidence: 0.8, why: "the day behind tomorrow")
            }
            return DateMention(
                start: index, end: index + 1, shape: .dayWord, date: today.adding(days: offset.value), confidence: 0.98,
                why: "a day counted from today",
                isPast: offset.value < 0, prefix: offset.prefix)
        }
        guard let part = text.sense(index, [.and, .at, .to, .from, .that], { if case .todayPart(let part) = $0 { part } else { nil } }),
            // "מחר הבוקר" is not said, "בשמונה הבוקר" is; but "לפנות הבוקר" and "שעות הבוקר" are parts of any day.
            text.timeUnit(index - 1, .any)?.unit != .hour, !text.has(index - 1, .dawnOf), !text.has(index - 1, .after), !text.has(index - 1, .before)
        else { return nil }
        return DateMention(
            start: index, end: index + 1, shape: .dayWord, date: today, confidence: 0.95, why: "a part of today", part: part.value,
            prefix: part.prefix)
    }

    // MARK: - Digits

    /// 15.2, 15/2/26, 15.02.2026, 2026-02-15.
    func numeric(at index: Int) -> DateMention? {
        let token = text[index]
        guard index < text.count, token.kind == .digits, let first = token.number else { return nil }
        let before = index >= 2 && token.isGlued && text[index - 1].kind == .mark && text[index - 1].isGlued && text[index - 2].kind == .digits
        // Behind a span's dash a date may begin, inside another number it may not.
        guard !before || text[index - 1].isMark("-") else { return nil }
        if token.digitCount == 4 {
            for separator in [0x2D, 0x2F, 0x2E] as [UInt32] {
                guard let month = numbers.glued(separator, at: index + 1), let day = numbers.glued(separator, at: index + 3),
                    let date = CivilDate(year: first, month: month.number ?? 0, day: day.number ?? 0), month.digitCount == 2, day.digitCount == 2
                else { continue }
                return full(index, index + 5, date, "a written date, the year first", prefix: token.prefix)
            }
            return nil
        }
        if let joined = joined(at: index, first) { return joined }
        for separator in [0x2E, 0x2F, 0x2D] as [UInt32] {
            guard token.digitCount <= 2, let second = numbers.glued(separator, at: index + 1), second.digitCount <= 2, let other = second.number
            else { continue }
            let third = numbers.glued(separator, at: index + 3)
            guard let third else {
                guard separator != 0x2D, !times.isCounting(at: index + 3), !text.has(index + 3, .point) else { return nil }
                var mention = upcoming(day: first, month: other, index, index + 3, token.prefix, american: separator == 0x2F)
                // 9.10 is a time as well as a date.
                if separator == 0x2E, second.digitCount == 2 { mention?.clock = CivilTime(hour: first, minute: other) }
                return mention
            }
            // A fourth group makes it an address of a computer.
            guard numbers.glued(separator, at: index + 5) == nil, third.digitCount == 2 || third.digitCount == 4, let year = third.number,
                let date = CivilDate(year: third.digitCount == 4 ? year : century(year), month: other, day: first)
            else { return nil }
            return full(index, index + 5, date, "a written date", prefix: token.prefix)
        }
        return nil
    }

    /// 15 03 2026 and 15032026.
    private func joined(at index: Int, _ first: Int) -> DateMention? {
        let token = text[index]
        if token.digitCount == 8, (1900...2100).contains(first % 10_000),
            let date = CivilDate(year: first % 10_000, month: first / 10_000 % 100, day: first / 1_000_000)
        {
            var mention = full(index, index + 1, date, "eight digits that make a date", prefix: token.prefix)
            mention.confidence = 0.5
            return mention
        }
        guard index + 2 < text.count, token.digitCount <= 2,
            [1, 2].allSatisfy({ text[index + $0].kind == .digits && text[index + $0].prefix.isEmpty }),
            text[index + 1].digitCount == 2, text[index + 2].digitCount == 4, let month = text[index + 1].number, let year = text[index + 2].number,
            (1900...2100).contains(year), let date = CivilDate(year: year, month: month, day: first)
        else { return nil }
        return full(index, index + 3, date, "day, month and year in digits", prefix: token.prefix)
    }

    /// Day before month. Only where that is impossible the other way round, with doubt.
    private func upcoming(day: Int, month: Int, _ start: Int, _ end: Int, _ prefix: Prefix, american: Bool) -> DateMention? {
        if let found = next(day: day, month: month) {
            var mention = full(start, end, found.date, "a written day and month", prefix: prefix)
            mention.alternatives = found.alternatives
            mention.confidence = 0.92
            return mention
        }
        guard american, let found = next(day: month, month: day) else { return nil }
        var mention = full(start, end, found.date, "a written month and day, American order", prefix: prefix)
        mention.confidence = 0.5
        return mention
    }

    func full(_ start: Int, _ end: Int, _ date: CivilDate, _ why: String, prefix: Prefix) -> DateMention {
        DateMention(start: start, end: end, shape: .full, date: date, confidence: 0.97, why: why, prefix: prefix)
    }

    /// Two digits of a year: up to twenty years ahead, else of the last century.
    func century(_ year: Int) -> Int {
        let current = today.year / 100 * 100
        return current + year > today.year + 20 ? current - 100 + year : current + year
    }

    /// The next such day, today included; last year's too when it is only a short time past.
    func next(day: Int, month: Int) -> (date: CivilDate, alternatives: [CivilDate])? {
        guard (1...12).contains(month), (1...31).contains(day) else { return nil }
        // 29 February may be seven years away.
        guard let ahead = (today.year...today.year + 8).lazy.compactMap({ CivilDate(year: $0, month: month, day: day) }).first(where: { $0 >= today })
        else { return nil }
        let past = (today.year - 8...today.year).reversed().lazy.compactMap { CivilDate(year: $0, month: month, day: day) }.first { $0 < today }
        guard let past, today.days(since: past) <= 60 else { return (ahead, []) }
        return (ahead, [past])
    }

    // MARK: - Putting together

    /// Two mentions side by side as one date; nil when they are of two dates.
    private func merged(_ first: DateMention, _ second: DateMention) -> DateMention? {
        guard !first.isPlaced || second.shape == .dayWord || second.shape == .full else { return nil }
        var both = first
        both.end = second.end
        both.part = first.part ?? second.part
        both.time = first.time ?? second.time
        switch (first.shape, second.shape) {
        case (.week, .weekday(let day)), (.weekday(let day), .week):
            let week = first.shape == .week ? first : second
            both.date = week.date.startOfWeek.adding(days: day.index)
            both.through = nil
            both.alternatives = week.alternatives.map { $0.startOfWeek.adding(days: day.index) }
            (both.shape, both.confidence, both.why, both.isPlaced) = (.weekday(day), 0.93, "a weekday of a named week", true)
            both.isPast = week.isPast
        case (.offset, .weekday(let day)):
            both.date = first.date.startOfWeek.adding(days: day.index)
            (both.shape, both.confidence, both.why, both.isPlaced) = (.weekday(day), 0.85, "a weekday of the week that lies so far ahead", true)
        case (.weekday, .offset), (.dayWord, .offset):
            // "מחר בעוד שבוע" is a week behind tomorrow; "ביום ראשון בעוד שבוע", said on a Sunday, a week behind today.
            let base: CivilDate = if case .weekday(let day) = first.shape { today.next(day, including: true) } else { first.date }
            both.date = base.adding(days: second.date.days(since: today))
            both.alternatives = base == first.date ? [] : [first.date.adding(days: second.date.days(since: today))]
            (both.confidence, both.why, both.isPlaced) = (0.85, "a day and a length of time behind it", true)
        case (.weekday(let day), .full), (.full, .weekday(let day)), (.weekday(let day), .dayOfMonth), (.dayOfMonth, .weekday(let day)),
            (.weekday(let day), .holiday), (.holiday, .weekday(let day)), (.weekday(let day), .dayWord), (.dayWord, .weekday(let day)):
            let named: DateMention = if case .weekday = first.shape { second } else { first }
            // "היום יום שלישי" and "ביום שני ה-3 למרץ": the date decides, the weekday confirms or contradicts.
            (both.date, both.through, both.alternatives, both.shape, both.why) = (
                named.date, named.through, named.alternatives, named.shape, named.why
            )
            both.confidence = named.confidence
            guard named.date.weekday != day else { break }
            let agreeing =
                ([named.date] + named.alternatives).first { $0.weekday == day }
                ?? (named.shape == .dayOfMonth ? months(named.date).first { $0.weekday == day } : nil)
            if named.shape != .dayWord, let agreeing {
                both.alternatives = [named.date] + named.alternatives
                both.date = agreeing
            } else {
                guard named.shape != .dayWord else { return nil }
                let weekday: DateMention = if case .weekday = first.shape { first } else { second }
                both.alternatives += [weekday.date]
                both.confidence = 0.5
                both.why = "a date and a weekday that contradict each other"
            }
        case (.dayWord, .full), (.full, .dayWord), (.dayWord, .dayOfMonth), (.dayOfMonth, .dayWord):
            guard first.date == second.date else { return nil }
        case (.dayOfMonth, .period), (.period, .dayOfMonth):
            // "ה-15, חודש הבא".
            let (day, month) = first.shape == .dayOfMonth ? (first, second) : (second, first)
            guard let date = CivilDate(year: month.date.year, month: month.date.month, day: day.date.day), month.through != nil else { return nil }
            (both.date, both.through, both.shape, both.why, both.confidence) = (date, nil, .full, "a day of a named month", 0.9)
        default: return nil
        }
        return both
    }

    /// The same day of the coming twelve months.
    private func months(_ date: CivilDate) -> [CivilDate] {
        (1...12).map { date.adding(months: $0) }.filter { $0.day == date.day }
    }

    /// "מיום ראשון עד יום חמישי", "מה-15 עד ה-17 במרץ", "בין שני לרביעי".
    private func spanning(_ first: DateMention) -> DateMention {
        var at = first.end
        let isUntil = text.has(at, .until, [.and])
        let isDash = at + 1 < text.count && text[at].isMark("-")
        let isBetween = text.has(first.start - 1, .between, [.and])
        if isUntil || isDash { at += 1 } else if !isBetween, !first.prefix.contains(.from) { return first }
        guard let last = single(at: at), isUntil || isDash || last.prefix.contains(.to) || (isBetween && last.prefix.contains(.and)) else {
            return first
        }
        var span = first
        span.end = last.end
        var end = last.date
        // "From Sunday till Thursday": the Thursday behind that Sunday.
        if end <= first.date {
            switch last.shape {
            case .weekday(let day): end = first.date.next(day)
            case .dayOfMonth: end = months(last.date).first { $0 > first.date } ?? end
            case .full where last.date.month == first.date.month: return first
            default: break
            }
        }
        guard end > first.date else { return first }
        span.through = last.through ?? end
        span.confidence = min(first.confidence, last.confidence, 0.9)
        span.why = "a span of days"
        span.alternatives = []
        return span
    }
}
