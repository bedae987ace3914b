/// What follows an hour.
extension TimeReader {
    struct Minutes {
        /// To add to the full hour; negative for "less a quarter".
        var offset: Int
        var end: Int
        var isStrict = true
    }

    /// 15:30, 15.30, 15 30 and 1530.
    func clockMinutes(after hour: Hour, lead: Lead) -> Minutes? {
        if let minutes = hour.minutes { return Minutes(offset: minutes, end: hour.end) }
        guard hour.isDigits else { return nil }
        let at = hour.end
        func minutes(_ index: Int) -> Int? {
            guard index < text.count, text[index].kind == .digits, text[index].digitCount == 2, text[index].prefix.isEmpty,
                let value = text[index].number,
                value < 60
            else { return nil }
            return value
        }
        if at < text.count, text[at].isMark(":"), let value = minutes(at + 1) {
            // Seconds tell nobody anything.
            let hasSeconds = numbers.glued(0x3A, at: at + 2) != nil
            return Minutes(offset: value, end: at + (hasSeconds ? 4 : 2))
        }
        if let written = numbers.glued(0x2E, at: at), let value = minutes(at + 1), numbers.glued(0x2E, at: at + 2) == nil,
            // 10.10 may as well be a date.
            lead.isHour || value > 12 || value == 0, written.digitCount == 2
        {
            return Minutes(offset: value, end: at + 2)
        }
        let isAnnounced = lead.isHour || !hour.prefix.isDisjoint(with: [.at, .to, .from]) || isAlone(at - 1, at + 1)
        if isAnnounced, let value = minutes(at), !text[at].isGlued, !isCounting(at: at + 1), numbers.glued(0x2E, at: at + 1) == nil,
            numbers.glued(0x2D, at: at + 1) == nil
        {
            return Minutes(offset: value, end: at + 1)
        }
        return nil
    }

    /// "וחצי", "ועשרים", "ארבעים וחמש", "אפס חמש", "פחות רבע".
    func minutes(after hour: Hour) -> Minutes? {
        let at = hour.end
        if let part = numbers.andFraction(at: at) { return Minutes(offset: part.twelfths * 5, end: part.end) }
        if text.has(at, .minus, []) {
            if let quarter = numbers.twelfths(at + 1, []), quarter.value == 3 { return Minutes(offset: -15, end: at + 2) }
            if let number = numbers.cardinal(at: at + 1, allowing: []), let whole = number.whole, (1...30).contains(whole) {
                return Minutes(offset: -whole, end: minuteNoun(number.end))
            }
            return nil
        }
        if text.has(at, .exactly, []) { return Minutes(offset: 0, end: at + 1) }
        // Someone said "half" or "quarter" and the recogniser lost the "and"; "eight, a quarter to" is another time.
        if let part = numbers.twelfths(at, []), part.value == 6 || part.value == 3, !isUnitOfTime(at + 1), !startsHour(at + 1) {
            return Minutes(offset: part.value * 5, end: at + 1, isStrict: false)
        }
        if let zero = numbers.unit(at, [.and]), zero.value == 0 {
            if let unit = numbers.unit(at + 1, []), unit.value < 10 { return Minutes(offset: unit.value, end: minuteNoun(at + 2)) }
            return nil
        }
        // "ודקה".
        if let one = text.timeUnit(at, [.and]), one.unit == .minute, one.count > 0, one.prefix == .and {
            return Minutes(offset: one.count, end: at + 1)
        }
        guard let number = numbers.cardinal(at: at, allowing: [.and]), let whole = number.whole, (1...59).contains(whole),
            !number.hasDigits || !hour.isDigits || number.prefix == .and
        else { return nil }
        let end = minuteNoun(number.end)
        let isNamed = end > number.end
        if isNamed { return Minutes(offset: whole, end: end) }
        // A second number may be another hour or count something.
        guard !isCounting(at: end), !startsHour(number.end) else { return nil }
        if number.prefix.contains(.and) { return whole >= 10 || whole == 5 ? Minutes(offset: whole, end: end) : nil }
        return whole >= 10 && !number.hasDigits ? Minutes(offset: whole, end: end, isStrict: number.isStrict && whole != 10) : nil
    }

    private func minuteNoun(_ index: Int) -> Int { text.timeUnit(index)?.unit == .minute ? index + 1 : index }
    private func isUnitOfTime(_ index: Int) -> Bool { text.timeUnit(index) != nil }

    /// An hour behind ל: what stands before it are minutes to that hour.
    private func startsHour(_ index: Int) -> Bool {
        guard let hour = hour(at: index, lead: Lead(index: index)) else { return false }
        return hour.prefix == .to && hour.feminine != false
    }

    // MARK: - Is it an hour at all

    /// A full hour needs something that says so: a preposition, the word שעה, a part of the day, or that nothing else is said.
    func isHour(_ hour: Hour, at index: Int, lead: Lead) -> Bool {
        guard !isCounting(at: hour.end) else { return false }
        if lead.isHour || part(at: hour.end) != nil { return true }
        // "A table for four".
        if text.isWord(index - 1, TimeReader.seats) { return false }
        let isPlaced = !hour.prefix.isDisjoint(with: [.at, .to, .from])
        // Three shekels and the third of the month are masculine, hours never are.
        if hour.feminine == false { return false }
        if isPlaced || lead.isCue { return true }
        return isAlone(index, hour.end)
    }

    private static let seats = Lexicon.keys("שולחן מקום מקומות כרטיסים כרטיס חדר הזמנה סוויטה פתק")

    /// Something that is counted follows: a known noun, money, or what looks like a plural.
    func isCounting(at index: Int) -> Bool {
        guard index < text.count else { return false }
        let token = text[index]
        if token.kind == .mark { return token.isMark("%") || token.isMark("₪") || token.isMark("$") || token.isMark("€") }
        guard token.kind == .word else { return false }
        for reading in token.readings where reading.prefix.isEmpty {
            for sense in reading.senses {
                switch sense {
                case .currency, .keyword(.agorot), .keyword(.percent), .keyword(.countedNoun), .keyword(.times), .keyword(.days), .timeUnit, .scale,
                    .hundreds:
                    return true
                default: continue
                }
            }
        }
        // "לחודש": the number is a day.
        if let unit = text.timeUnit(index, [.to, .at, .the]), unit.unit == .month, unit.prefix.contains(.to) { return true }
        guard token.readings.isEmpty, token.key.count >= 4, Prefix(letter: token.key.first) == nil else { return false }
        let (last, before) = (token.key.last, token.key.letter(token.key.count - 2))
        // ים and ות.
        return (last == 13 && before == 10) || (last == 22 && before == 6)
    }

    /// Around it stand only words that carry no meaning of their own, a day, or a correction.
    private func isAlone(_ start: Int, _ end: Int) -> Bool {
        var index = start - 1
        while index >= floor, text[index].kind == .mark || Neutral.words.contains(text[index].key) { index -= 1 }
        guard index < floor || isTurn(index) else { return false }
        index = end
        while index < text.count, text[index].kind == .mark || Neutral.words.contains(text[index].key) { index += 1 }
        return index >= text.count || isTurn(index) || isDay(index)
    }

    /// "9-11", "תשע עד חמש" and nothing before it.
    func isSpanAlone(_ start: Int, _ end: Int) -> Bool {
        // The next hour right behind it: "שבע שמונה בערב".
        if let first = hour(at: start, lead: Lead(index: start)), let next = hour(at: end, lead: Lead(index: end)), next.prefix.isEmpty,
            !first.isDigits, next.hour % 12 == (first.hour + 1) % 12 || (next.hour == first.hour && minutes(after: next) != nil)
        {
            return true
        }
        guard end + 1 < text.count, text.has(end, .until, []) || (text[end].isMark("-") && text[end + 1].kind == .digits) else { return false }
        var index = start - 1
        while index >= floor, text[index].kind == .mark || Neutral.words.contains(text[index].key) { index -= 1 }
        return index < floor
    }

    private func isTurn(_ index: Int) -> Bool {
        text.has(index, .no, []) || text.has(index, .sorry, [.and]) || text.has(index, .correction, [.and]) || text.has(index, .or, [])
            || text.has(index, .rather, [])
    }

    private func isDay(_ index: Int) -> Bool {
        text.sense(index, [.at, .to, .the, .and]) { sense in
            switch sense {
            case .dayOffset, .todayPart, .weekday, .keyword(.day): true
            default: nil
            }
        } != nil
    }

    // MARK: - Parts of the day

    /// "בערב", "אחר הצהריים", "לפנות בוקר", "בשעות הבוקר", `AM`.
    func part(at index: Int) -> (part: DayPart, end: Int)? {
        guard index < text.count else { return nil }
        if text[index].kind == .latin {
            let word = text.string(index..<index + 1).lowercased()
            return word == "am" ? (.morning, index + 1) : word == "pm" ? (.afternoon, index + 1) : nil
        }
        if text.isWord(index, TimeReader.fillers) { return part(at: index + 1) }
        if text.has(index, .dawnOf, [.and, .at, .that]) {
            if isPart(index + 1, .morning) { return (.dawn, index + 2) }
            return isPart(index + 1, .evening) ? (.afternoon, index + 2) : nil
        }
        if text.has(index, .after, [.and, .at, .that, .to]), isPart(index + 1, .noon) { return (.afternoon, index + 2) }
        if text.has(index, .before, [.and, .that]), isPart(index + 1, .noon) { return (.forenoon, index + 2) }
        if let hours = text.timeUnit(index, [.at, .and, .to, .the]), hours.unit == .hour, hours.count == 0, let part = part(at: index + 1) {
            return part
        }
        // Greetings and meals are named after parts of the day.
        guard !text.isWord(index + 1, TimeReader.wishes), !text.isWord(index - 1, TimeReader.meals),
            let found = text.sense(index, [.and, .at, .to, .the, .that, .like, .from], { if case .dayPart(let part) = $0 { part } else { nil } })
        else { return nil }
        return (found.value, index + 1)
    }

    private func isPart(_ index: Int, _ wanted: DayPart) -> Bool {
        text.sense(index, [.the]) { sense in
            switch sense {
            case .dayPart(wanted), .todayPart(wanted): true
            default: nil
            }
        } != nil
    }

    private static let fillers = Lexicon.keys("מוקדם מאוחר ממש כבר של")
    private static let wishes = Lexicon.keys("טוב טובה טובים אור נעים שקט מבורך מצוין")
    private static let meals = Lexicon.keys("ארוחת ארוחות בארוחת לארוחת הארוחת תפילת משמרת")

    // MARK: - Spans

    struct SpanEnd {
        var minutes: Int
        var isCertain: Bool
        var end: Int
        var part: DayPart?
        var startPart: DayPart?
    }

    /// "עד שבע", "לארבע" behind בין, and `-18:00`.
    func spanEnd(after mention: TimeMention, lead: Lead) -> SpanEnd? {
        // "שבע שמונה בערב" is between seven and eight, "תשע וחצי עשר" between half past nine and ten.
        if !lead.needsSpan, let next = nextHour(after: mention) {
            let own = part(at: next.end)
            guard own != nil || text.isEnd(next.end) || Neutral.words.contains(text[next.end].key) else { return nil }
            return SpanEnd(minutes: next.minutes, isCertain: false, end: own?.end ?? next.end, part: own?.part)
        }
        // A part of the day may stand between: "מעשר בבוקר עד שתיים".
        let between = part(at: mention.end)
        var at = between?.end ?? mention.end
        var needed: Prefix = []
        if text.has(at, .until, [.and]) {
            at += 1
        } else if at + 1 < text.count, text[at].isMark("-"), text[at + 1].kind == .digits, text[at - 1].kind == .digits {
            at += 1
        } else if lead.needsSpan || lead.isFrom {
            if text.has(at, .between, [.to]) { at += 1 } else { needed = [.to] }
        } else {
            return nil
        }
        guard text.timeUnit(at, [.the, .to])?.unit != .hour || text.timeUnit(at, [.the, .to])?.count == 1 else { return nil }
        if text.timeUnit(at, [.the, .to])?.unit == .hour { (at, needed) = (at + 1, []) }
        // "Between three and four" may say "and".
        let isAnd = lead.needsSpan && at < text.count && (hour(at: at, lead: lead)?.prefix == .and)
        guard let other = one(at: at), isAnd || other.prefix.contains(needed) else { return nil }
        let own = part(at: other.mention.end)
        return SpanEnd(
            minutes: other.mention.minutes, isCertain: other.mention.isCertain, end: own?.end ?? other.mention.end, part: own?.part,
            startPart: between?.part)
    }

    /// A time in words right behind another, later by an hour at most.
    private func nextHour(after mention: TimeMention) -> (minutes: Int, end: Int)? {
        guard let next = hour(at: mention.end, lead: Lead(index: mention.end)), next.prefix.isEmpty, !next.isDigits, next.feminine != false,
            next.hour <= 12,
            next.hour > 0
        else { return nil }
        let own = minutes(after: next)
        let end = own?.end ?? next.end
        let total = (next.hour * 60 + (own?.offset ?? 0)) % 720
        guard !isCounting(at: end), (1...60).contains((total - mention.minutes % 720 + 720) % 720) else { return nil }
        return (total, end)
    }

    /// A time that needs no introduction, because another came before it.
    private func one(at index: Int) -> (mention: TimeMention, prefix: Prefix)? {
        if text.has(index, .midnight, [.and, .to, .the]) {
            return (TimeMention(start: index, end: index + 1, minutes: 0, isCertain: true, confidence: 1, why: ""), [.to])
        }
        guard let hour = hour(at: index, lead: Lead(index: index, isCue: true)), !isCounting(at: hour.end) else { return nil }
        var mention = TimeMention(start: index, end: hour.end, minutes: hour.hour * 60, isCertain: hour.isCertain, confidence: 1, why: "")
        if let minutes = clockMinutes(after: hour, lead: Lead(index: index, isCue: true)) ?? minutes(after: hour) {
            mention.minutes = (mention.minutes + minutes.offset + 1440) % 1440
            mention.end = minutes.end
        }
        if !hour.isCertain { mention.minutes %= 720 }
        return (mention, hour.prefix)
    }
}

/// Words that stand around an answer and change nothing in it.
enum Neutral {
    static let words = Lexicon.keys(
        """
        אז אולי נגיד כן טוב בסדר אוקיי אוקי סבבה בוא בואי בואו מתאים מתאימה לי לנו אפשר יש לכם לך לכן שיהיה עדיף הכי מצידי מבחינתי נראה בבקשה תודה רבה
        אני אנחנו רוצה רוצים מעדיף מעדיפה מעדיפים יהיה תהיה פגישה תור לקבוע לבוא להגיע שנקבע נקבע תקבע תקבעי שים שימי רשום תרשום תרשמי זה הוא היא של
        את עדיין בערך בדיוק משהו כמו איזה ככה בסביבות לרשום להזמין לי שלי אצלכם מאוחר מוקדם מקסימום אפשרי מעולה מצוין יופי נהדר הייתי צריך צריכה שלום
        היי חושב חושבת
        """)
}
