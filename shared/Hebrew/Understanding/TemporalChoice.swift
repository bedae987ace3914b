/// Chooses a date, a time, or both among what a sentence names.
struct TemporalChoice: Sendable {
    let parser: TemporalParser
    private var context: UnderstandingContext { parser.context }
    private var today: CivilDate { parser.local.date }

    private var dates: [DateMention] { parser.items.compactMap { if case .date(let date) = $0 { date } else { nil } } }
    private var times: [TimeMention] { parser.items.compactMap { if case .time(let time) = $0 { time } else { nil } } }
    private var moments: [TemporalParser.Moment] { parser.items.compactMap { if case .moment(let moment) = $0 { moment } else { nil } } }
    private var parts: [(part: DayPart, range: Range<Int>)] {
        parser.items.compactMap { item in
            switch item {
            case .part(let part, let range): (part, range)
            case .date(let date): date.part.map { ($0, date.start..<date.end) }
            default: nil
            }
        }
    }

    // MARK: - Date

    func date() -> Understood<CivilDate>? {
        guard let mention = bestDate() else {
            guard let moment = moments.first(where: { !$0.isNow || parser.items.count == 1 }) else { return nil }
            return Understood(
                moment.local.date, span: parser.text.span(moment.start..<moment.end), confidence: moment.confidence * 0.9, why: moment.why)
        }
        let others = dates.filter { $0.start != mention.start }.map(\.date)
        return Understood(
            mention.date, through: mention.through, span: parser.text.span(mention.start..<mention.end),
            confidence: others.isEmpty ? mention.confidence : mention.confidence * 0.8, why: mention.why, alternatives: mention.alternatives + others,
            bound: mention.bound)
    }

    /// The first certain one: a whole week beside a day is only its frame.
    private func bestDate() -> DateMention? {
        // "I was there yesterday and want to come tomorrow": what is still to come is meant.
        let coming = dates.filter { !$0.isPast }
        let candidates = coming.isEmpty ? dates : coming
        guard let best = candidates.max(by: { $0.confidence < $1.confidence }) else { return nil }
        return candidates.first { $0.confidence >= min(best.confidence, 0.8) }
    }

    // MARK: - Time

    func time() -> Understood<CivilTime>? {
        if let mention = times.first(where: { $0.confidence >= 0.8 }) ?? times.max(by: { $0.confidence < $1.confidence }) {
            return understood(mention, on: bestDate()).map { found in
                let others = times.filter { $0.start != mention.start }.compactMap { understood($0, on: nil)?.value.time }
                return Understood(
                    found.value.time, through: found.through?.time, span: found.span, confidence: found.confidence, why: found.why,
                    alternatives: found.alternatives.map(\.time) + others, bound: mention.bound)
            }
        }
        if let moment = moments.first {
            return Understood(
                moment.local.time, through: moment.through?.time, span: parser.text.span(moment.start..<moment.end), confidence: moment.confidence,
                why: moment.why,
                bound: moment.bound)
        }
        if let date = dates.first(where: { $0.clock != nil }), let time = date.clock {
            return Understood(
                time, span: parser.text.span(date.start..<date.end), confidence: 0.4, why: "digits that are a date as well",
                alternatives: [time.otherHalf])
        }
        if let date = dates.first(where: { $0.time != nil }), let time = date.time {
            return Understood(time, span: parser.text.span(date.start..<date.end), confidence: 0.7, why: date.why, bound: .from)
        }
        guard let part = parts.first else { return nil }
        return Understood(
            part.part.time, through: part.part.end, span: parser.text.span(part.range), confidence: part.part == .noon ? 0.7 : 0.45,
            why: "a part of the day: \(part.part.rawValue)", bound: .about)
    }

    /// The day comes along as a shift: hours after midnight belong to the night before.
    func understood(_ mention: TimeMention, on date: DateMention?) -> Understood<TimeMention.Resolved>? {
        let part = mention.part ?? parts.min { distance($0.range, mention) < distance($1.range, mention) }?.part
        if let span = mention.span(part) {
            return Understood(
                span.start, through: span.end, span: parser.text.span(mention.start..<mention.end), confidence: mention.confidence, why: mention.why)
        }
        var readings = mention.readings(part)
        guard readings.count > 1 else {
            return readings.first.map {
                Understood($0, span: parser.text.span(mention.start..<mention.end), confidence: mention.confidence, why: mention.why)
            }
        }
        var why = "\(mention.why); the half of the day was not said"
        var confidence = mention.confidence * 0.75
        let day = date?.date
        // What is past today cannot be meant.
        if day == today, date?.isPast != true {
            let ahead = readings.filter { $0.time > parser.local.time }
            if ahead.count == 1 {
                readings = ahead + readings.filter { !ahead.contains($0) }
                (why, confidence) = ("\(mention.why); the other half of the day is past", mention.confidence * 0.9)
            } else if ahead.isEmpty {
                // Both are past: the later one is nearer.
                readings.sort { $0.time > $1.time }
            }
        }
        if let hours = context.hours {
            let open = readings.filter { reading in
                day.map { hours.isOpen(at: CivilDateTime($0.adding(days: reading.dayShift), reading.time)) } ?? isUsuallyOpen(reading.time, hours)
            }
            if open.count == 1 {
                readings = open + readings.filter { !open.contains($0) }
                (why, confidence) = ("\(mention.why); the other half of the day is outside opening hours", mention.confidence * 0.9)
            }
        }
        return Understood(
            readings[0], span: parser.text.span(mention.start..<mention.end), confidence: confidence, why: why,
            alternatives: Array(readings.dropFirst()))
    }

    private func isUsuallyOpen(_ time: CivilTime, _ hours: OpeningHours) -> Bool {
        hours.weekly.values.filter { $0.contains { $0.start <= time.minutes && time.minutes < $0.end } }.count >= 3
    }

    private func distance(_ range: Range<Int>, _ mention: TimeMention) -> Int {
        range.lowerBound >= mention.end ? range.lowerBound - mention.end : max(mention.start - range.upperBound, 0)
    }

    // MARK: - Both

    func dateTime() -> Understood<CivilDateTime>? {
        let date = bestDate()
        let mention = times.first { $0.confidence >= 0.8 } ?? times.max { $0.confidence < $1.confidence }
        if mention == nil, let moment = moments.first(where: { date == nil || !$0.isNow }) {
            return Understood(
                moment.local, through: moment.through, span: parser.text.span(moment.start..<moment.end), confidence: moment.confidence,
                why: moment.why,
                bound: moment.bound)
        }
        guard let mention else { return fromPart(date) }
        guard let found = understood(mention, on: date) else { return nil }
        func both(_ day: CivilDate, _ reading: TimeMention.Resolved) -> CivilDateTime {
            CivilDateTime(day.adding(days: reading.dayShift), reading.time)
        }
        let bound = mention.bound
        guard let date else { return undated(mention, found, bound) }
        let span = covering(date.start..<date.end, mention.start..<mention.end)
        // A time after midnight of a day that one still calls by the evening's name may be meant by the calendar.
        var alternatives = found.alternatives.map { both(date.date, $0) }
        if found.value.dayShift > 0 { alternatives.append(CivilDateTime(date.date, found.value.time)) }
        alternatives += date.alternatives.map { both($0, found.value) }
        let value = both(date.date, found.value)
        var confidence = min(date.confidence, found.confidence)
        var why = "\(date.why); \(found.why)"
        if case .skipped = context.clock.instant(of: value) {
            (confidence, why) = (confidence * 0.5, why + "; clocks go forward over this time")
        } else if case .twice = context.clock.instant(of: value) {
            (confidence, why) = (confidence * 0.9, why + "; clocks go back, this time comes twice")
        }
        let through = found.through.map { both(date.date, $0) }
        return Understood(value, through: through, span: span, confidence: confidence, why: why, alternatives: alternatives, bound: bound)
    }

    /// A time without a day is the next such time.
    private func undated(_ mention: TimeMention, _ found: Understood<TimeMention.Resolved>, _ bound: UnderstoodBound) -> Understood<
        CivilDateTime
    >? {
        func next(_ time: CivilTime) -> CivilDateTime {
            CivilDateTime(time > parser.local.time ? today : today.adding(days: 1), time)
        }
        // "At seven", said at ten in the morning, is this evening.
        let all = ([found.value] + found.alternatives).map { next($0.time) }
        let best = all.count > 1 && all[0].date > today && all[1].date == today ? all[1] : all[0]
        let through = found.through.map { end in
            CivilDateTime(best.date.adding(days: end.time <= best.time ? 1 : 0), end.time)
        }
        return Understood(
            best, through: through, span: found.span, confidence: found.confidence * 0.7, why: "\(found.why); no day was said", alternatives: all,
            bound: bound)
    }

    private func fromPart(_ date: DateMention?) -> Understood<CivilDateTime>? {
        if let date, let time = date.time {
            return Understood(
                CivilDateTime(date.date, time), span: parser.text.span(date.start..<date.end), confidence: min(date.confidence, 0.7), why: date.why,
                bound: .from)
        }
        guard let part = parts.first else { return nil }
        // A part of the day alone says when today, if it is not over.
        let day = date?.date ?? (part.part.time > parser.local.time ? today : today.adding(days: 1))
        let end = CivilDateTime(part.part.end < part.part.time ? day.adding(days: 1) : day, part.part.end)
        let span = date.map { covering($0.start..<$0.end, part.range) } ?? parser.text.span(part.range)
        return Understood(
            CivilDateTime(day, part.part.time), through: end, span: span,
            confidence: min(date?.confidence ?? 0.4, part.part == .noon ? 0.7 : 0.45), why: "a part of the day: \(part.part.rawValue)", bound: .about)
    }

    private func covering(_ one: Range<Int>, _ other: Range<Int>) -> Range<Int> {
        parser.text.span(min(one.lowerBound, other.lowerBound)..<max(one.upperBound, other.upperBound))
    }
}
