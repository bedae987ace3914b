import Foundation

/// Finds all dates, times and lengths in a sentence, and what was taken back.
struct TemporalParser: Sendable {
    enum Item: Sendable {
        case date(DateMention)
        case time(TimeMention)
        case part(DayPart, Range<Int>)
        /// So many minutes from now.
        case moment(Moment)

        var range: Range<Int> {
            switch self {
            case .date(let date): date.start..<date.end
            case .time(let time): time.start..<time.end
            case .part(_, let range): range
            case .moment(let moment): moment.start..<moment.end
            }
        }
    }

    struct Moment: Sendable {
        var start: Int
        var end: Int
        var local: CivilDateTime
        var through: CivilDateTime?
        var confidence: Double
        var why: String
        var bound: UnderstoodBound = .exact
        /// "Now" says little beside a date or an hour.
        var isNow = false
    }

    let text: SpokenText
    let context: UnderstandingContext
    let local: CivilDateTime
    private(set) var times: TimeReader
    let dates: DateReader
    let durations: DurationReader
    private(set) var items: [Item] = []

    init(_ text: SpokenText, _ context: UnderstandingContext) {
        self.text = text
        self.context = context
        local = context.local
        times = TimeReader(text)
        dates = DateReader(text, today: local.date, shabbat: context.shabbat)
        durations = DurationReader(text)
        var index = 0
        while index < text.count {
            if let end = digits(at: index) ?? dates.impossible(at: index) {
                index = end
            } else if let item = item(at: index) {
                items.append(item)
                index = item.range.upperBound
                if case .date = item { times.floor = index }
            } else {
                index += skip(at: index)
            }
        }
        items = Retraction(text).kept(items)
    }

    /// Four single digits or more, one behind the other: a number of a telephone or an order, and no hour. From a zero on also digits in groups:
    /// "אפס חמישים ושתיים" of a telephone number is not eight minutes to one.
    private func digits(at index: Int) -> Int? {
        if text[index].kind == .word, times.numbers.unit(index, .any)?.value == 0, let run = DigitRunReader(text).run(at: index),
            run.parts.contains(where: { DigitRun.spellings($0).first.map { $0.digits.utf8.count >= 7 } ?? false })
        {
            return run.end
        }
        var end = index
        while let unit = times.numbers.unit(end, end == index ? .any : []), unit.value < 10, !times.numbers.isTeenTail(end + 1) { end += 1 }
        // "אפס תשע אפס אפס" is nine o'clock.
        if end - index == 4, times.numbers.unit(index, .any)?.value == 0, times.numbers.unit(index + 2, [])?.value == 0 { return nil }
        return end - index >= 4 ? end : nil
    }

    private func item(at index: Int) -> Item? {
        if let moment = moment(at: index) { return .moment(moment) }
        if text.isWord(index, TemporalParser.same), text.timeUnit(index + 1)?.unit == .hour {
            return .time(
                TimeMention(start: index, end: index + 2, minutes: local.time.minutes, isCertain: true, confidence: 0.85, why: "the same hour as now")
            )
        }
        // "בין שלוש לארבע" begins before its number, "עד יום חמישי" before its date.
        if let date = dates.date(at: index) { return .date(date) }
        if text.has(index, .between, [.and, .at]) || text.has(index, .until, [.and, .that]) || text.has(index, .after, [.and, .that])
            || text.has(index, .before, [.and, .that]) || text.has(index, .about, [.and, .at, .that]), var date = dates.date(at: index + 1)
        {
            if text.has(index, .until) || text.has(index, .before) { date.bound = .until } else if text.has(index, .after) { date.bound = .from }
            if text.has(index, .before) {
                // Before a day is not on it.
                date.confidence *= 0.7
            }
            date.start = index
            return .date(date)
        }
        // "לא לפני חמש" is from five on, "לא אחרי שש" until six.
        if text.has(index, .no, [.and]), text.has(index + 1, .before, []) || text.has(index + 1, .after, []), var time = times.time(at: index + 1) {
            time.start = index
            time.bound = text.has(index + 1, .before, []) ? .from : .until
            return .time(time)
        }
        // "לא יאוחר משבע", "לא מוקדם מתשע".
        if text.has(index, .no, [.and]), text.isWord(index + 1, TemporalParser.later) || text.isWord(index + 1, TemporalParser.earlier),
            var time = times.time(at: index + 2)
        {
            time.start = index
            time.bound = text.isWord(index + 1, TemporalParser.later) ? .until : .from
            return .time(time)
        }
        if let time = times.time(at: index) { return .time(time) }
        if let part = times.part(at: index) { return .part(part.part, index..<part.end) }
        return nil
    }

    /// Numbers that count something are passed over whole, so that their second word is not taken for an hour.
    private func skip(at index: Int) -> Int {
        if let length = durations.duration(at: index, allowing: .any), length.end > index + 1 { return length.end - index }
        if let number = times.numbers.number(at: index), times.isCounting(at: number.end) { return number.end - index }
        return 1
    }

    /// "בעוד חצי שעה", "תוך שעתיים", "עכשיו", "לפני שעה".
    private func moment(at index: Int) -> Moment? {
        if text.has(index, .now, [.and, .that]) || text.has(index, .soon, [.and]) {
            let isNow = text.has(index, .now, [.and, .that])
            return Moment(start: index, end: index + 1, local: local, confidence: isNow ? 0.8 : 0.5, why: "now", isNow: true)
        }
        let isAhead = text.has(index, .inTime, [.and, .that]) || text.has(index, .within, [.and, .that])
        let isMore = text.has(index, .more, [.and, .that])
        let isBack = text.has(index, .before, [.and, .that])
        if isAhead || isMore || isBack, let length = durations.duration(at: index + 1, allowing: [.like]), isClock(length.value) {
            return counted(index, length.end, length, isBack ? -1 : 1, within: text.has(index, .within, [.and, .that]))
        }
        // "שעתיים מעכשיו".
        if let length = durations.duration(at: index, allowing: [.and]), isClock(length.value),
            text.sense(length.end, [.from], { $0 == .keyword(.now) || $0 == .dayOffset(0) ? true : nil })?.prefix == .from
        {
            return counted(index, length.end + 1, length, 1, within: false)
        }
        return nil
    }

    private static let later = Lexicon.keys("יאוחר מאוחר")
    private static let earlier = Lexicon.keys("יוקדם מוקדם")
    private static let same = Lexicon.keys("באותה אותה")

    private func isClock(_ value: SpokenDuration) -> Bool { value.seconds > 0 && value.months == 0 && value.days == 0 }

    private func counted(_ start: Int, _ end: Int, _ length: DurationReader.Mention, _ sign: Int, within: Bool) -> Moment {
        // Across a change of the clocks an hour is still an hour.
        func at(_ value: SpokenDuration) -> CivilDateTime { context.clock.local(context.now.addingTimeInterval(Double(sign * value.seconds))) }
        return Moment(
            start: start, end: end, local: at(length.value), through: length.through.map(at),
            confidence: length.isAbout || length.through != nil ? 0.7 : 0.95,
            why: "a length of time from now", bound: within ? .until : length.isAbout ? .about : .exact)
    }
}

/// What a caller takes back or refuses: "ביום שלישי, לא סליחה, ביום רביעי"; "לא מחר"; "מחר אני לא יכול".
struct Retraction: Sendable {
    let text: SpokenText
    init(_ text: SpokenText) { self.text = text }

    func kept(_ items: [TemporalParser.Item]) -> [TemporalParser.Item] {
        var kept: [TemporalParser.Item] = []
        var lastEnd = 0
        for (position, item) in items.enumerated() {
            let range = item.range
            let next = position + 1 < items.count ? items[position + 1].range.lowerBound : text.count
            defer { lastEnd = range.upperBound }
            let before = lastEnd..<range.lowerBound
            if isCorrection(before), position > 0 {
                // The last one of the same kind goes; its neighbours stay.
                if let old = kept.lastIndex(where: { Retraction.replaces(item, $0) }) { kept.remove(at: old) }
            } else if isRefused(before: before, item) || isRefused(after: range.upperBound..<next) {
                continue
            }
            kept.append(item)
        }
        return kept
    }

    private static func replaces(_ new: TemporalParser.Item, _ old: TemporalParser.Item) -> Bool {
        switch (new, old) {
        case (.date, .date), (.time, .time), (.part, .part), (.moment, _), (_, .moment): true
        default: false
        }
    }

    /// "לא סליחה", "בעצם", "רגע לא", or a bare "לא" between two of a kind.
    func isCorrection(_ range: Range<Int>) -> Bool {
        guard !range.isEmpty else { return false }
        if range.contains(where: { text.has($0, .correction, [.and]) || text.has($0, .sorry, [.and]) || text.has($0, .rather, [.and]) }) {
            return true
        }
        // "ולא" contrasts, "לא" corrects; "לא" with a verb refuses.
        let words = range.filter { text[$0].kind == .word }
        guard let no = words.last(where: { text.has($0, .no, []) }) else { return false }
        return words.allSatisfy { $0 == no || text.has($0, .no, []) || text.has($0, .wait, [.and]) || text.isWord($0, Retraction.light) }
    }

    private static let light = Lexicon.keys("אוי או אז עדיף רגע זאת אומרת יותר נכון אני רוצה אולי נגיד")

    /// "לא ביום שלישי", "לא יכול מחר", "חוץ מרביעי", "ולא בחמש".
    private func isRefused(before range: Range<Int>, _ item: TemporalParser.Item) -> Bool {
        guard let last = range.last else { return false }
        if text.has(last, .except, [.and]) { return true }
        var index = last
        var steps = 0
        while index >= range.lowerBound, steps < 5 {
            // A comma behind "no" makes it an answer of its own.
            if text[index].kind == .mark { return false }
            if text.has(index, .no, [.and, .that]) { return true }
            guard text.has(index, .want, .any) || text.isWord(index, Retraction.filling) else { return false }
            (index, steps) = (index - 1, steps + 1)
        }
        return false
    }

    /// "מחר לא מתאים לי", "מחר אני לא יכול", "בשלישי אני עסוק", "מחר לא".
    private func isRefused(after range: Range<Int>) -> Bool {
        var index = range.lowerBound
        var steps = 0
        while index < range.upperBound, steps < 5 {
            if text[index].kind == .mark { return false }
            if text.has(index, .refuse, [.and]) { return true }
            if text.has(index, .no, []) {
                // "מחר לא" and "מחר לא מתאים", but not "מחר לא יאוחר משש".
                return index + 1 >= text.count || text[index + 1].kind == .mark || text.has(index + 1, .want, .any)
                    || text.isWord(index + 1, Retraction.after)
            }
            guard text.isWord(index, Retraction.filling) else { return false }
            (index, steps) = (index + 1, steps + 1)
        }
        return false
    }

    private static let filling = Lexicon.keys("אני אנחנו לי לנו זה כבר ממש כל כך הוא היא לבוא להגיע לקבוע רק גם בכלל שם")
    private static let after = Lexicon.keys("בא לא נראה אבל תודה נשאר אהיה נהיה נמצא נמצאת")
}
