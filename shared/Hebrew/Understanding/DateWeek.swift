/// Weekdays, weeks, months and what is counted from now.
extension DateReader {
    func weekday(at index: Int) -> DateMention? {
        guard let (day, named, prefix, isNamed) = namedWeekday(at: index), !isRecurrent(index),
            // "היום הראשון של החודש".
            !text.isWord(named, DateReader.of) || text.timeUnit(named + 1, [.the])?.unit != .month
        else { return nil }
        var mention = DateMention(
            start: index, end: named, shape: .weekday(day), date: today.next(day), confidence: 0.92, why: "the next such weekday", prefix: prefix)
        if let placed = placed(mention, day) { return placed }
        if !isNamed, !standsAlone(day, index, named, prefix) { return nil }
        if today.weekday == day {
            // Who means today says "today".
            (mention.alternatives, mention.confidence, mention.why) = ([today], 0.6, "a weekday named on the same weekday")
        }
        return mention
    }

    /// "הקרוב", "הבא", "שעבר", "הזה" behind a weekday.
    private func placed(_ weekday: DateMention, _ day: Weekday) -> DateMention? {
        var mention = weekday
        var next = mention.end
        // "לא הקרוב אלא הבא".
        var other = next
        while other < text.count, other - next < 2, text[other].kind == .mark || text.has(other, .no, []) { other += 1 }
        if other > next, text.has(other - 1, .no, []), text.has(other, .coming, [.the]) || text.has(other, .coming, []) || text.has(other, .this, [])
        {
            other += 1
            while other < text.count, text[other].kind == .mark || text.has(other, .rather, []) { other += 1 }
            if text.has(other, .next, []) {
                mention.end = other
                next = other
            }
        }
        if text.has(next, .coming, [.the]) || text.has(next, .coming, []) {
            mention.end += 1
            (mention.confidence, mention.why) = (0.95, "the nearest such weekday")
        } else if text.has(next, .next, []) {
            mention.end += 1
            let following = today.startOfWeek.adding(days: 7 + day.index)
            let nearest = today.next(day)
            mention.date = following
            // "Next" is the coming one to some, the one of next week to others.
            mention.alternatives = following == nearest ? [following.adding(days: 7)] : [nearest]
            mention.confidence = following == nearest ? 0.85 : 0.65
            mention.why = "such a weekday of next week"
        } else if text.has(next, .past, []) {
            mention.end += 1
            (mention.date, mention.why, mention.confidence, mention.isPast) = (today.previous(day), "the last such weekday", 0.93, true)
        } else if text.has(next, .this, []), text.isWord(next, DateReader.thisWords) {
            mention.end += 1
            (mention.date, mention.why, mention.confidence) = (today.next(day, including: true), "this such weekday", 0.85)
        } else {
            return nil
        }
        mention.isPlaced = true
        return mention
    }

    private static let of = Lexicon.keys("של")
    private static let thisWords = Lexicon.keys("הזה הזאת הנוכחי הנוכחית")

    /// The day, one behind its last word, its prefix, and whether יום or שבת says that it is one.
    private func namedWeekday(at index: Int) -> (Weekday, Int, Prefix, Bool)? {
        let allowed: Prefix = [.and, .at, .to, .from, .the, .that]
        // "ערב שבת" is Friday, "ליל שבת" its evening.
        if let sabbath = text.sense(index, allowed, { if case .weekday(7, _) = $0 { true } else { nil } }) {
            return text.isWord(index + 1, DateReader.greetings) ? nil : (.saturday, index + 1, sabbath.prefix, true)
        }
        if let day = text.sense(index, allowed, { $0 == .keyword(.day) ? true : nil }) {
            if !day.prefix.contains(.the), let letter = letterDay(index + 1) { return (letter, index + 2, day.prefix, true) }
            if let ordinal = ordinalDay(index + 1, [.the]) { return (ordinal.day, index + 2, day.prefix, true) }
            if text.sense(index + 1, [.the], { if case .weekday(7, _) = $0 { true } else { nil } }) != nil {
                return (.saturday, index + 2, day.prefix, true)
            }
            return nil
        }
        guard let ordinal = ordinalDay(index, allowed) else { return nil }
        return (ordinal.day, index + 1, ordinal.prefix, false)
    }

    private static let greetings = Lexicon.keys("שלום ושלום")

    private func letterDay(_ index: Int) -> Weekday? {
        guard index < text.count, text[index].kind == .word else { return nil }
        let key = text[index].key.withoutMarks
        guard key.count == 1 else { return nil }
        return key.first == 21 ? .saturday : key.first <= 6 ? Weekday(ordinal: Int(key.first)) : nil
    }

    private func ordinalDay(_ index: Int, _ allowed: Prefix) -> (day: Weekday, prefix: Prefix)? {
        guard index < text.count, let found = text.sense(index, allowed, { if case .ordinal(let value) = $0 { value } else { nil } }),
            found.value <= 6,
            let day = Weekday(ordinal: found.value),
            // Weekdays are masculine: "פעם שנייה" is none.
            text[index].readings.contains(where: {
                $0.prefix == found.prefix && DateReader.masculine.contains(text[index].key.dropFirst($0.prefix.letters))
            })
        else { return nil }
        return (day, found.prefix)
    }

    private static let masculine = Lexicon.keys("ראשון שני שלישי רביעי חמישי שישי ששי")

    /// A weekday without יום: רביעי בערב, בשלישי, לראשון.
    private func standsAlone(_ day: Weekday, _ index: Int, _ end: Int, _ prefix: Prefix) -> Bool {
        guard !prefix.contains(.the), !text.isWord(end, DateReader.zion) else { return false }
        let isPlaced = !prefix.isDisjoint(with: [.at, .to, .from])
        // "בשני חדרים", "בראשון לציון", "במקום שלישי".
        let follows = (isBoundary(end) && (!times.isCounting(at: end) || week(at: end) != nil)) || ordinalDay(end, [.and, .at, .to]) != nil
        if isPlaced { return follows || (day > .monday && day != .saturday && !times.isCounting(at: end)) }
        if text.has(index - 1, .until) || text.has(index - 1, .or) { return follows }
        if text.isEnd(end), index > 0, text[index - 1].kind == .mark || Neutral.words.contains(text[index - 1].key) { return true }
        return follows && (isAfterNothing(index) || times.part(at: end) != nil || times.time(at: end) != nil)
    }

    private static let zion = Lexicon.keys("לציון")

    /// Before it stand only words that carry nothing, corrections, and other weekdays.
    private func isAfterNothing(_ index: Int) -> Bool {
        var index = index - 1
        while index >= 0 {
            let isIdle =
                text[index].kind == .mark || Neutral.words.contains(text[index].key) || text.has(index, .day)
                || ordinalDay(index, [.at, .to, .and]) != nil
            guard isIdle || [Keyword.no, .correction, .sorry, .rather].contains(where: { text.has(index, $0) }) else { return false }
            index -= 1
        }
        return true
    }

    /// "כל יום שלישי", "בימי שני": no date, a habit.
    private func isRecurrent(_ index: Int) -> Bool {
        text.has(index - 1, .every) || text.has(index - 1, .days) || (text.has(index - 2, .every) && text.has(index - 1, .day))
    }

    // MARK: - Weeks and months

    func period(at index: Int) -> DateMention? {
        let allowed: Prefix = [.and, .at, .to, .from, .the, .that]
        if text.has(index, .weekend, allowed) { return weekend(index, index + 1) }
        for (edge, keyword) in [(Edge.start, Keyword.start), (.middle, .middle), (.end, .end)] {
            guard text.has(index, keyword, allowed) else { continue }
            return edgeOfPeriod(edge, index)
        }
        if let week = week(at: index) {
            var mention = DateMention(
                start: index, end: week.end, shape: .week, date: max(week.first, week.first == today.startOfWeek ? today : week.first),
                through: week.first.adding(days: 6), confidence: 0.4, why: "a whole week", isPast: week.first.adding(days: 6) < today)
            if mention.date == mention.through { mention.through = nil }
            return mention
        }
        if let month = calendarMonth(at: index) {
            return DateMention(
                start: index, end: month.end, shape: .period, date: month.first == today.firstDayOfMonth ? today : month.first,
                through: month.first.lastDayOfMonth, confidence: 0.35, why: "a whole month")
        }
        return nil
    }

    private enum Edge { case start, middle, end }

    private func edgeOfPeriod(_ edge: Edge, _ index: Int) -> DateMention? {
        let at = index + 1
        // "סוף שבוע" is the weekend; "סוף השבוע" too.
        if edge == .end, let unit = text.timeUnit(at, [.the]), unit.unit == .week, unit.count == 1 { return weekend(index, at + 1) }
        if let week = week(at: at) ?? bareWeek(at) {
            let start = edge == .start ? week.first : week.first.adding(days: 2)
            // The beginning of a week is over on its Tuesday.
            let first = today.days(since: start) > 1 ? start.adding(days: 7) : max(start, today)
            return DateMention(
                start: index, end: week.end, shape: .period, date: first, through: first.adding(days: 1), confidence: 0.55, why: "a part of a week")
        }
        if let month = calendarMonth(at: at) ?? bareMonth(at) {
            var first = month.first
            func day() -> CivilDate {
                switch edge {
                case .start: first
                case .middle: first.adding(days: 14)
                case .end: first.lastDayOfMonth
                }
            }
            // "תחילת החודש" in the middle of one is that of the next.
            if day() < today, first.year == today.year, first.month == today.month { first = first.adding(months: 1) }
            return DateMention(start: index, end: month.end, shape: .period, date: day(), confidence: 0.55, why: "a part of a month")
        }
        if edge == .end, let unit = text.timeUnit(at, [.the]), unit.unit == .year, unit.count == 1,
            let last = CivilDate(year: today.year, month: 12, day: 31)
        {
            return DateMention(start: index, end: at + 1, shape: .period, date: last, confidence: 0.5, why: "the end of the year")
        }
        return nil
    }

    /// Friday and Saturday.
    private func weekend(_ start: Int, _ end: Int) -> DateMention {
        let isNext = text.has(end, .next, [])
        let nearest = today.weekday == .saturday ? today : today.next(.friday, including: true)
        let following = today.startOfWeek.adding(days: 12)
        var mention = DateMention(
            start: start, end: isNext || text.has(end, .coming, []) || text.has(end, .this, []) ? end + 1 : end, shape: .period,
            date: isNext ? following : nearest, through: nil, confidence: 0.6, why: "a weekend, by its Friday")
        if isNext, following != nearest { mention.alternatives = [nearest] }
        if mention.date.weekday == .friday { mention.through = mention.date.adding(days: 1) }
        return mention
    }

    /// "השבוע", "שבוע הבא", "בשבוע הקרוב", "שבוע שעבר".
    private func week(at index: Int) -> (first: CivilDate, end: Int)? {
        guard let unit = text.timeUnit(index, [.and, .at, .to, .from, .the, .that]), unit.unit == .week, unit.count == 1 else { return nil }
        if text.isWord(index + 1, DateReader.behind) {
            return (today.startOfWeek.adding(days: 14), text.has(index + 2, .next, []) ? index + 3 : index + 2)
        }
        if text.has(index + 1, .next, []) { return (today.startOfWeek.adding(days: 7), index + 2) }
        if text.has(index + 1, .past, []) { return (today.startOfWeek.adding(days: -7), index + 2) }
        if text.has(index + 1, .coming, []) { return (today.startOfWeek, index + 2) }
        return unit.prefix.contains(.the) ? (today.startOfWeek, text.has(index + 1, .this, []) ? index + 2 : index + 1) : nil
    }

    /// The week behind next week.
    private static let behind = Lexicon.keys("שאחרי שאחריו שלאחריו שלאחר אחרי")

    private func bareWeek(_ index: Int) -> (first: CivilDate, end: Int)? {
        guard let unit = text.timeUnit(index, [.the]), unit.unit == .week, unit.count == 1 else { return nil }
        return (today.startOfWeek, index + 1)
    }

    /// "החודש", "חודש הבא", "במרץ".
    private func calendarMonth(at index: Int) -> (first: CivilDate, end: Int)? {
        if let unit = text.timeUnit(index, [.and, .at, .to, .the, .that]), unit.unit == .month, unit.count == 1 {
            if text.has(index + 1, .next, []) { return (today.firstDayOfMonth.adding(months: 1), index + 2) }
            if text.has(index + 1, .past, []) { return (today.firstDayOfMonth.adding(months: -1), index + 2) }
            if let named = namedMonth(index + 1, [.the, .at]) { return named }
            return unit.prefix.contains(.the) ? (today.firstDayOfMonth, index + 1) : nil
        }
        // A bare name may be a person's, as יולי and מאי.
        return namedMonth(index, [.and, .at, .to, .from])
    }

    private func namedMonth(_ index: Int, _ allowed: Prefix) -> (first: CivilDate, end: Int)? {
        // "30 בפברואר" is no February.
        guard index == 0 || text[index - 1].kind != .digits,
            let found = text.sense(index, allowed, { if case .month(let month) = $0 { month } else { nil } }), numbers.unit(index - 1, .any) == nil,
            !found.prefix.isEmpty || text.timeUnit(index - 1, .any)?.unit == .month
                || [Keyword.start, .middle, .end].contains(where: { text.has(index - 1, $0) })
        else { return nil }
        let (year, end) = year(at: index + 1) ?? (found.value < today.month ? today.year + 1 : today.year, index + 1)
        return CivilDate(year: year, month: found.value, day: 1).map { ($0, end) }
    }

    private func bareMonth(_ index: Int) -> (first: CivilDate, end: Int)? {
        if let unit = text.timeUnit(index, [.the]), unit.unit == .month, unit.count == 1 { return (today.firstDayOfMonth, index + 1) }
        return namedMonth(index, [])
    }

    // MARK: - Counted from now

    /// "בעוד שבועיים", "עוד שלושה ימים", "תוך חודש", "לפני יומיים", "שבוע מהיום", "יומיים אחרי פסח".
    func relative(at index: Int) -> DateMention? {
        let isAhead = text.has(index, .inTime, [.and, .that]) || text.has(index, .within, [.and, .that])
        let isMore = text.has(index, .more, [.and, .that])
        if isAhead || isMore || text.has(index, .after, [.and, .that]), let length = durations.duration(at: index + 1), isDays(length) {
            var mention = counted(index, length.end, length, 1)
            if text.has(index, .within, [.and, .that]) { mention.bound = .until }
            return mention
        }
        if text.has(index, .before, [.and, .that]), let length = durations.duration(at: index + 1, allowing: [.like]), isDays(length) {
            return counted(index, length.end, length, -1)
        }
        guard let length = durations.duration(at: index, allowing: [.and, .to]), isDays(length) else { return nil }
        // "שבוע מהיום".
        if text.sense(length.end, [.from], { $0 == .dayOffset(0) || $0 == .keyword(.now) ? true : nil })?.prefix == .from {
            return counted(index, length.end + 1, length, 1)
        }
        let sign = text.has(length.end, .after, []) ? 1 : text.has(length.end, .before, []) ? -1 : 0
        guard sign != 0, let anchor = holiday(at: length.end + 1) ?? numeric(at: length.end + 1) ?? dayAndMonth(at: length.end + 1) else {
            return nil
        }
        var mention = counted(index, anchor.end, length, sign, from: sign > 0 ? anchor.through ?? anchor.date : anchor.date)
        mention.shape = .full
        return mention
    }

    private func isDays(_ length: DurationReader.Mention) -> Bool {
        // "לפני יום שני" is before a Monday.
        if length.end == length.start + 1, length.unit == .day, namedWeekday(at: length.start) != nil { return false }
        return length.value.seconds == 0 || length.value.months > 0 || length.value.days > 0
    }

    private func counted(_ start: Int, _ end: Int, _ length: DurationReader.Mention, _ sign: Int, from anchor: CivilDate? = nil) -> DateMention {
        func day(_ value: SpokenDuration) -> CivilDate {
            (anchor ?? today).adding(months: sign * value.months).adding(days: sign * value.days)
        }
        var mention = DateMention(
            start: start, end: end, shape: .offset, date: day(length.value), confidence: length.isAbout ? 0.6 : 0.95,
            why: "a length of time from today",
            isPast: sign < 0 && anchor == nil)
        if let through = length.through { (mention.through, mention.confidence) = (day(through), 0.6) }
        if length.isAbout { mention.bound = .about }
        // Half a week is three days or four.
        if length.value.days % 7 == 3, length.unit == .week { mention.alternatives = [mention.date.adding(days: sign)] }
        if anchor != nil { mention.why = "a length of time before or after a named day" }
        return mention
    }
}
