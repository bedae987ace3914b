/// Reads times of day out of a sentence.
struct TimeReader: Sendable {
    let text: SpokenText
    let numbers: NumberReader
    /// A date has been read up to here: an hour may follow it as it may begin a sentence.
    var floor = 0

    init(_ text: SpokenText) {
        self.text = text
        numbers = NumberReader(text: text)
    }

    /// The time that begins at `index`, with the words that introduce it, a part of the day behind it, and the end of a span.
    func time(at index: Int) -> TimeMention? {
        guard index < text.count, !text[index].readings.isEmpty || text[index].kind == .digits, !text.isWord(index - 1, TimeReader.ages) else {
            return nil
        }
        var lead = lead(at: index)
        guard var mention = bare(at: lead.index, lead: &lead) else { return nil }
        mention.start = index
        mention.bound = lead.bound
        if let end = spanEnd(after: mention, lead: lead) {
            mention.through = .init(minutes: end.minutes, isCertain: end.isCertain, part: end.part)
            mention.end = end.end
            mention.why = "a span of time"
            mention.part = mention.part ?? end.startPart
            mention.confidence = max(mention.confidence, 0.8)
            mention.bound = .exact
        } else if lead.needsSpan || lead.isOnlySpan {
            return nil
        }
        if mention.part == nil, let part = part(at: mention.end) {
            mention.part = part.part
            mention.end = part.end
            mention.confidence = max(mention.confidence, 0.95)
        }
        return mention
    }

    /// What stands before a time and says how it is meant.
    struct Lead {
        var index: Int
        var bound: UnderstoodBound = .exact
        /// Something says that a time follows.
        var isCue = false
        var isHour = false
        /// בין promises an end.
        var needsSpan = false
        var isFrom = false
        /// Nothing but the end of a span says that it is a time: 9-11.
        var isOnlySpan = false
    }

    private func lead(at index: Int) -> Lead {
        var lead = Lead(index: index)
        // At most "בערך אחרי השעה": longer chains are other sentences.
        for _ in 0..<3 {
            let at = lead.index
            if text.has(at, .between, [.and, .at]) {
                lead.needsSpan = true
                lead.isCue = true
            } else if text.has(at, .about, [.and, .at, .to, .that]) {
                if lead.bound == .exact { lead.bound = .about }
                lead.isCue = true
            } else if text.has(at, .after, [.and, .that, .from]) {
                lead.bound = .from
                lead.isCue = true
            } else if text.has(at, .before, [.and, .that]) || text.has(at, .until, [.and, .that]) {
                lead.bound = .until
                lead.isCue = true
            } else if let hour = text.timeUnit(at, [.and, .at, .to, .from, .the, .that]), hour.unit == .hour, hour.count == 1,
                // "שעה וחצי" is a duration, and so is "שעה אחת".
                lead.isCue || !hour.prefix.isDisjoint(with: [.at, .to, .from, .the])
                    || (self.hour(at: at + 1, lead: lead)).map({ $0.prefix.isEmpty && $0.hour > 1 }) == true
            {
                lead.isHour = true
                lead.isCue = true
                lead.isFrom = lead.isFrom || hour.prefix.contains(.from)
            } else if lead.isHour, text.has(at, .now, []) {
                // "השעה עכשיו שלוש".
            } else {
                break
            }
            lead.index += 1
        }
        return lead
    }

    // MARK: - One time

    /// Without what stands before it.
    private func bare(at index: Int, lead: inout Lead) -> TimeMention? {
        if let midnight = midnight(at: index) { return midnight }
        if let toHour = minutesTo(at: index, lead: lead) { return toHour }
        if let clock = leadingZero(at: index) { return clock }
        guard let hour = hour(at: index, lead: lead) else { return nil }
        if hour.prefix.contains(.from) { lead.isFrom = true }
        var mention = TimeMention(
            start: index, end: hour.end, minutes: hour.hour * 60, isCertain: hour.isCertain, confidence: 0.85, why: "a full hour")
        let clock = clockMinutes(after: hour, lead: lead)
        if let minutes = clock ?? minutes(after: hour) {
            mention.minutes += minutes.offset
            mention.end = minutes.end
            mention.why = clock == nil ? "an hour and minutes" : "a written time"
            mention.confidence = minutes.isStrict ? 0.95 : 0.8
        } else if !isHour(hour, at: index, lead: lead) {
            guard hour.feminine != false, isSpanAlone(index, hour.end) else { return nil }
            lead.isOnlySpan = true
        } else if !lead.isCue, hour.prefix.isDisjoint(with: [.at, .to, .from]), part(at: hour.end) == nil {
            mention.confidence = 0.6
            mention.why = "a number that stands alone, taken for an hour"
        }
        // Hours are counted in the feminine.
        if hour.feminine == false, mention.end == hour.end { mention.confidence *= 0.8 }
        mention.minutes = (mention.minutes + 1440) % 1440
        if !hour.isCertain { mention.minutes %= 720 }
        return mention
    }

    /// "אפס שמונה שלושים", "אפס תשע אפס אפס": nothing more may follow, or they are digits of a number.
    private func leadingZero(at index: Int) -> TimeMention? {
        guard let zero = numbers.unit(index, [.and, .at, .to, .from]), zero.value == 0, let unit = numbers.unit(index + 1, []),
            (1...9).contains(unit.value),
            !numbers.isTeenTail(index + 2),
            let minutes = minutes(after: Hour(hour: unit.value, end: index + 2, prefix: [], feminine: true, isDigits: false, isCertain: true)),
            minutes.offset >= 10 || minutes.offset == 0,
            text.isEnd(minutes.end) || Neutral.words.contains(text[minutes.end].key) || part(at: minutes.end) != nil
        else { return nil }
        return TimeMention(
            start: index, end: minutes.end, minutes: unit.value * 60 + minutes.offset, isCertain: true, confidence: 0.85,
            why: "a clock of 24 hours in words")
    }

    private func midnight(at index: Int) -> TimeMention? {
        guard text.has(index, .midnight, [.and, .at, .to, .from, .the, .that]) else { return nil }
        var mention = TimeMention(start: index, end: index + 1, minutes: 0, isCertain: true, part: .night, confidence: 0.95, why: "midnight")
        if text.sense(index + 1, [.the], { if case .dayPart(.night) = $0 { true } else if case .todayPart(.night) = $0 { true } else { nil } }) != nil
        {
            mention.end += 1
        } else if text.sense(index + 1, [], { $0 == .dayOffset(0) ? true : nil }) != nil || text.isWord(index + 1, TimeReader.midday) {
            // חצות היום is noon.
            (mention.minutes, mention.part, mention.why) = (720, .noon, "midday")
            mention.end += 1
        }
        if let part = numbers.andFraction(at: mention.end) {
            mention.minutes += part.twelfths * 5
            mention.end = part.end
        }
        return mention
    }

    private static let midday = Lexicon.keys("היום יום")

    /// "רבע לארבע", "עשרה לשמונה", "חמש דקות לפני תשע", "עשרים אחרי חמש".
    private func minutesTo(at index: Int, lead: Lead) -> TimeMention? {
        let allowed: Prefix = [.and, .at, .to, .like, .that, .from]
        var amount: (minutes: Int, end: Int, isNamed: Bool)?
        if let quarter = numbers.twelfths(index, allowed), quarter.value != 6 {
            amount = (quarter.value * 5, index + 1, true)
        } else if let number = numbers.cardinal(at: index, allowing: allowed), let whole = number.whole, (1...59).contains(whole) {
            let named = text.timeUnit(number.end)?.unit == .minute
            if named || [5, 10, 15, 20, 25].contains(whole) { amount = (whole, number.end + (named ? 1 : 0), named) }
        } else if let one = text.timeUnit(index, allowed), one.unit == .minute, one.count > 0 {
            amount = (one.count, index + 1, true)
        }
        guard let amount, !lead.needsSpan else { return nil }
        var at = amount.end
        var sign = -1
        var needed: Prefix = [.to]
        if amount.isNamed, text.has(at, .before, []) {
            (at, needed) = (at + 1, [])
        } else if text.has(at, .after, []) || (amount.isNamed && text.isWord(at, TimeReader.past)) {
            (at, needed, sign) = (at + 1, [], 1)
        }
        if text.timeUnit(at, [.the, .to])?.unit == .hour, text.timeUnit(at, [.the, .to])?.count == 1 {
            needed = []
            at += 1
        }
        if let midnight = midnight(at: at) {
            return TimeMention(
                start: index, end: midnight.end, minutes: (midnight.minutes + sign * amount.minutes + 1440) % 1440, isCertain: true, part: nil,
                confidence: 0.95, why: "minutes before or after a full hour")
        }
        guard let hour = hour(at: at, lead: Lead(index: at, isCue: true)), needed.isSubset(of: hour.prefix),
            hour.feminine != false || hour.hour > 10, clockMinutes(after: hour, lead: lead) == nil, !isCounting(at: hour.end)
        else { return nil }
        var minutes = (hour.hour * 60 + sign * amount.minutes + 1440) % 1440
        if !hour.isCertain { minutes %= 720 }
        return TimeMention(
            start: index, end: hour.end, minutes: minutes, isCertain: hour.isCertain, confidence: 0.95, why: "minutes before or after a full hour")
    }

    private static let past = Lexicon.keys("אחרי ואחרי")

    // MARK: - Hours

    struct Hour {
        var hour: Int
        /// When they are written together with the hour.
        var minutes: Int?
        var end: Int
        var prefix: Prefix
        var feminine: Bool?
        var isDigits: Bool
        /// Above twelve, or written with a zero before it.
        var isCertain: Bool
    }

    func hour(at index: Int, lead: Lead) -> Hour? {
        guard index < text.count else { return nil }
        let allowed: Prefix = [.and, .at, .to, .from, .like, .that, .the]
        let token = text[index]
        if token.kind == .digits {
            guard let number = token.number, token.prefix.isSubset(of: allowed), !isInsideNumber(index) else { return nil }
            // 1730 is a time only where one is announced, or where nothing else is said.
            let isJoined = token.digitCount == 4 && (lead.isHour || text.count == 1) && number % 100 < 60 && number < 2400
            let hour = isJoined ? number / 100 : number
            guard isJoined || token.digitCount <= 2, hour <= 24 else { return nil }
            return Hour(
                hour: hour % 24, minutes: isJoined ? number % 100 : nil, end: index + 1, prefix: token.prefix, isDigits: true,
                isCertain: hour > 12 || hour == 0 || (token.digitCount != 1 && hour < 10))
        }
        // Construct forms count things: "שני חדרים". An hour has none of them.
        guard token.kind == .word, !token.readings.contains(where: { TimeReader.constructs.contains(token.key.dropFirst($0.prefix.letters)) }),
            let number = small(at: index, allowed), (0...24).contains(number.value)
        else { return nil }
        return Hour(
            hour: number.value % 24, end: number.end, prefix: number.prefix, feminine: number.feminine, isDigits: false,
            isCertain: number.value > 12 || number.value == 0)
    }

    private static let constructs = Lexicon.keys("שני שתי שלושת שלשת ארבעת חמשת חמישת ששת שישת שבעת שמונת תשעת עשרת")

    /// 0 to 24 in words; tens with a unit only up to 24, so that "עשרים שלושים" is half past eight in the evening.
    private func small(at index: Int, _ allowed: Prefix) -> (value: Int, end: Int, prefix: Prefix, feminine: Bool?)? {
        if let ten = text.sense(index, allowed, { $0 == .ten(20) ? true : nil }) {
            if let unit = numbers.unit(index + 1, [.and]), unit.prefix == .and, (1...4).contains(unit.value),
                // "עשרים ואחת עשרה" is eleven past eight, "עשרים ואחת עשר" ten past nine.
                !(numbers.isTeenTail(index + 2) && text.isWord(index + 2, TimeReader.teenTail))
            {
                return (20 + unit.value, index + 2, ten.prefix, unit.feminine)
            }
            return (20, index + 1, ten.prefix, nil)
        }
        if let unit = numbers.unit(index, allowed) {
            if (1...9).contains(unit.value), numbers.isTeenTail(index + 1) { return (10 + unit.value, index + 2, unit.prefix, unit.feminine) }
            return (unit.value, index + 1, unit.prefix, unit.feminine)
        }
        guard let years = text.timeUnit(index, allowed), years.unit == .year, years.count == 0, numbers.isTeenTail(index + 1) else { return nil }
        return (12, index + 2, years.prefix, false)
    }

    /// "בן שש וחצי".
    private static let ages = Lexicon.keys("בן בת בני בנות כבן כבת שבן גיל בגיל מגיל לגיל")
    private static let teenTail = Lexicon.keys("עשרה")

    /// Part of 12.5, 052-1234567 or 15/2.
    private func isInsideNumber(_ index: Int) -> Bool {
        let before = index >= 2 && text[index].isGlued && text[index - 1].kind == .mark && text[index - 1].isGlued && text[index - 2].kind == .digits
        guard !before || text[index - 1].isMark("-") else { return true }
        for sign in [0x2F, 0x2C] as [UInt32] where numbers.glued(sign, at: index + 1) != nil { return true }
        if let behind = numbers.glued(0x2D, at: index + 1), behind.digitCount > 2 { return true }
        return false
    }
}
