/// A length of time as it was said. Months are not days: a month from 31 January is 28 February.
package struct SpokenDuration: Sendable, Hashable, CustomStringConvertible {
    package var months: Int
    package var days: Int
    package var seconds: Int
    package init(months: Int = 0, days: Int = 0, seconds: Int = 0) { (self.months, self.days, self.seconds) = (months, days, seconds) }

    /// ISO 8601, for instance `PT1H30M`, `P14D`, `P1Y6M`; weeks are days.
    package var description: String {
        func part(_ count: Int, _ letter: String) -> String { count == 0 ? "" : "\(count)\(letter)" }
        let date = part(months / 12, "Y") + part(months % 12, "M") + part(days, "D")
        let time = part(seconds / 3600, "H") + part(seconds % 3600 / 60, "M") + part(seconds % 60, "S")
        if date.isEmpty, time.isEmpty { return "PT0S" }
        return "P" + date + (time.isEmpty ? "" : "T" + time)
    }

    static func + (left: SpokenDuration, right: SpokenDuration) -> SpokenDuration {
        SpokenDuration(months: left.months + right.months, days: left.days + right.days, seconds: left.seconds + right.seconds)
    }

    /// Larger amounts are nonsense, and none may overflow.
    private static let largest = 1_000_000

    /// `numerator / denominator` of a unit; parts of days and months are rounded to what one means by them.
    init?(_ numerator: Int, over denominator: Int, _ unit: TimeUnit) {
        guard numerator >= 0, numerator / denominator <= SpokenDuration.largest, numerator <= SpokenDuration.largest * 1000 else { return nil }
        let (whole, rest) = (numerator / denominator, numerator % denominator)
        func part(of length: Int) -> Int { rest * length / denominator }
        self.init()
        switch unit {
        case .second: seconds = whole
        case .minute: seconds = whole * 60 + part(of: 60)
        case .hour: seconds = whole * 3600 + part(of: 3600)
        case .day: (days, seconds) = (whole, part(of: 24) * 3600)
        case .week: days = whole * 7 + part(of: 7)
        case .month: (months, days) = (whole, part(of: 30))
        case .year: months = whole * 12 + part(of: 12)
        }
    }
}

/// Reads lengths of time out of a sentence.
struct DurationReader: Sendable {
    let text: SpokenText
    let numbers: NumberReader

    struct Mention: Sendable {
        var start: Int
        var end: Int
        var value: SpokenDuration
        /// The smallest unit that was named.
        var unit: TimeUnit
        var prefix: Prefix
        var isAbout = false
        /// "שעה שעתיים", "שעה עד שעתיים".
        var through: SpokenDuration?
        var confidence = 0.95
    }

    init(_ text: SpokenText) {
        self.text = text
        numbers = NumberReader(text: text)
    }

    /// The duration that begins at `index`, with its parts and the end of a span.
    func duration(at index: Int, allowing prefix: Prefix = [.and, .to, .like, .that]) -> Mention? {
        guard var mention = simple(at: index, allowing: prefix) else { return choice(at: index, prefix) }
        mention.isAbout = mention.prefix.contains(.like)
        let next = text.has(mention.end, .until, [.and]) || text.has(mention.end, .or, []) ? mention.end + 1 : mention.end
        if let other = simple(at: next, allowing: next == mention.end ? [] : [.to]), other.value != mention.value {
            // "An hour or two hours"; "a week and two days" was taken by `simple` already.
            mention.through = other.value
            mention.end = other.end
            mention.confidence = 0.7
        }
        return mention
    }

    /// "שלוש ארבע שעות", "3-4 שעות": the unit comes once.
    private func choice(at index: Int, _ prefix: Prefix) -> Mention? {
        guard let first = numbers.cardinal(at: index, allowing: prefix), let count = first.whole, count > 0 else { return nil }
        var at = first.end
        if at < text.count, text.has(at, .until, []) || text.has(at, .or, []) || text[at].isMark("-") { at += 1 }
        guard let second = numbers.cardinal(at: at, allowing: []), let more = second.whole, more > count, var mention = simple(at: at, allowing: []),
            let value = SpokenDuration(count, over: 1, mention.unit)
        else { return nil }
        (mention.start, mention.through, mention.value, mention.prefix, mention.confidence) = (index, mention.value, value, first.prefix, 0.7)
        return mention
    }

    private func simple(at index: Int, allowing prefix: Prefix) -> Mention? {
        guard var mention = one(at: index, allowing: prefix) else { return nil }
        // "שעה ועשר דקות", "שנה ושלושה חודשים": a smaller unit behind an "and".
        while let more = one(at: mention.end, allowing: [.and]), more.prefix == .and, more.unit.rawValue < mention.unit.rawValue {
            mention.value = mention.value + more.value
            (mention.end, mention.unit) = (more.end, more.unit)
        }
        // "שעה פחות רבע".
        if mention.unit == .hour, mention.value.seconds >= 3600, text.has(mention.end, .minus, []), let part = numbers.twelfths(mention.end + 1, []),
            part.value == 3
        {
            mention.value.seconds -= 900
            (mention.end, mention.unit) = (mention.end + 2, .minute)
        }
        // "שעה ועשרים" are minutes.
        if mention.unit == .hour, let number = numbers.cardinal(at: mention.end, allowing: [.and]), number.prefix == .and, let whole = number.whole,
            (1...59).contains(whole), text.isEnd(number.end) || text.sense(number.end, .any, { $0 }) == nil
        {
            mention.value.seconds += whole * 60
            (mention.end, mention.unit, mention.confidence) = (number.end, .minute, 0.85)
        }
        return mention
    }

    private func one(at index: Int, allowing prefix: Prefix) -> Mention? {
        if let unit = text.timeUnit(index, prefix), unit.count > 0 {
            var end = index + 1
            // "שעה אחת", "שבועיים שלמים".
            if unit.count == 1, let count = numbers.unit(end, []), count.value == 1 { end += 1 }
            return half(index, end, unit.count, 1, unit.unit, unit.prefix)
        }
        // "חצי שעה", "שלושת רבעי שעה" and "חצי יום" come as numbers below one.
        guard let number = numbers.number(at: index, allowing: prefix), number.numerator >= 0, let unit = text.timeUnit(number.end, [.the]),
            unit.count != 2, unit.prefix.isEmpty || number.denominator == 12
        else { return nil }
        // "שלוש שעה" is not said, "20 שעה" and "חצי שעה" are.
        guard unit.count == 0 || number.denominator > 1 || number.numerator == 1 || number.numerator > 10 || number.hasDigits else { return nil }
        return half(index, number.end + 1, number.numerator, number.denominator, unit.unit, number.prefix)
    }

    /// With "and a half" or "and a quarter" of the unit.
    private func half(_ start: Int, _ end: Int, _ numerator: Int, _ denominator: Int, _ unit: TimeUnit, _ prefix: Prefix) -> Mention? {
        if denominator == 1, numerator < 1_000_000, let part = numbers.andFraction(at: end),
            // "שעה ורבע שעה" is rare, "שבוע וחצי יום" even more.
            text.timeUnit(part.end) == nil, let value = SpokenDuration(numerator * 12 + part.twelfths, over: 12, unit)
        {
            return Mention(start: start, end: part.end, value: value, unit: unit == .hour ? .minute : unit, prefix: prefix)
        }
        return SpokenDuration(numerator, over: denominator, unit).map { Mention(start: start, end: end, value: $0, unit: unit, prefix: prefix) }
    }
}
