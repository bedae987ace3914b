/// Everything of a kind that a sentence names, not the likeliest alone: what somebody claims is held against what was said.
extension Understanding {
    /// In their order. A weekday, "in two weeks" and a whole week (with its last day as `through`) are mentions too; what was taken back is none.
    package func dates() -> [Understood<CivilDate>] { temporal.mentionedDates() }

    /// In their order. Of an hour without its half of the day both readings are given, the likelier first.
    package func times() -> [Understood<CivilTime>] { temporal.mentionedTimes() }

    /// Counts, amounts, codes and orders, every reading of each.
    package func numbers() -> [SpokenQuantity] { QuantityReader(text).all() }

    /// Digits in the groups in which they were said, each as the ways to write it; `<` repeats the digit before it. What was taken back and what
    /// took its place both stand here.
    package func digitGroups() -> [[String]] {
        DigitRunReader(text).runs().flatMap { $0.parts.flatMap { $0 } }.map { $0.options.map(\.digits) }
    }

    /// Each run of digits, said one by one or in groups, as the ways to write it, the likeliest first.
    package func digitRuns() -> [[String]] {
        DigitRunReader(text).runs().flatMap { run in run.parts.map { DigitRun.spellings($0).map(\.digits).filter { !$0.isEmpty } } }.filter { !$0.isEmpty }
    }
}

extension TemporalChoice {
    func mentionedDates() -> [Understood<CivilDate>] {
        parser.items.compactMap { item in
            switch item {
            case .date(let mention):
                Understood(
                    mention.date, through: mention.through, span: parser.text.span(mention.start..<mention.end), confidence: mention.confidence,
                    why: mention.why, alternatives: mention.alternatives, bound: mention.bound)
            case .moment(let moment):
                Understood(
                    moment.local.date, span: parser.text.span(moment.start..<moment.end), confidence: moment.confidence, why: moment.why,
                    bound: moment.bound)
            case .time, .part: nil
            }
        }
    }

    func mentionedTimes() -> [Understood<CivilTime>] {
        parser.items.compactMap { item in
            switch item {
            case .time(let mention):
                understood(mention, on: nil).map { found in
                    Understood(
                        found.value.time, through: found.through?.time, span: found.span, confidence: found.confidence, why: found.why,
                        alternatives: found.alternatives.map(\.time), bound: mention.bound)
                }
            case .moment(let moment):
                Understood(
                    moment.local.time, through: moment.through?.time, span: parser.text.span(moment.start..<moment.end),
                    confidence: moment.confidence, why: moment.why, bound: moment.bound)
            case .date(let mention):
                (mention.time ?? mention.clock).map {
                    Understood($0, span: parser.text.span(mention.start..<mention.end), confidence: 0.4, why: mention.why, alternatives: [$0.otherHalf])
                }
            case .part(let part, let range):
                // Noon is an hour; the morning is many.
                part == .noon
                    ? Understood(part.time, span: parser.text.span(range), confidence: 0.7, why: "a part of the day: noon", bound: .about) : nil
            }
        }
    }
}
