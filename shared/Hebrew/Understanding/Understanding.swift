import Foundation

/// What a caller's sentence says, kind by kind. The sentence is read as it is and never changed; what is found comes with its place in it.
///
/// Work is bounded for any input: what lies behind the first 4,000 bytes is not read, and no rule backtracks.
package struct Understanding: Sendable {
    package let context: UnderstandingContext
    let text: SpokenText

    package init(_ sentence: String, context: UnderstandingContext) {
        self.context = context
        text = SpokenText(sentence)
    }

    package func date() -> Understood<CivilDate>? { temporal.date() }
    package func time() -> Understood<CivilTime>? { temporal.time() }
    /// A day and a time together; a time alone is the next such time.
    package func dateTime() -> Understood<CivilDateTime>? { temporal.dateTime() }

    package func duration() -> Understood<SpokenDuration>? {
        let reader = DurationReader(text)
        for index in 0..<text.count {
            guard let found = reader.duration(at: index, allowing: [.and, .to, .like, .that, .at]),
                // "בשעה חמש" and "ביום ראשון" name a time, and so does "השעה".
                !isMoment(found)
            else { continue }
            return Understood(
                found.value, through: found.through, span: text.span(found.start..<found.end), confidence: found.confidence, why: "a length of time",
                bound: found.isAbout || text.has(index - 1, .about) ? .about : .exact)
        }
        return nil
    }

    /// A count, an amount, or digits one by one, such as the number of an order.
    package func number() -> Understood<SpokenQuantity>? { QuantityReader(text).quantity() }
    package func price() -> Understood<Money>? { PriceReader(text).price() }
    package func phone() -> Understood<PhoneNumber>? { SpokenPhoneReader(text).phone() }
    /// Nine digits with the right check digit.
    package func identity() -> Understood<String>? { IdentityReader(text).identity() }
    package func yesNo() -> Understood<YesNo>? { YesNoReader(text: text).yesNo() }
    /// The caller's name as he said it.
    package func name() -> Understood<String>? { NameReader(text: text).name() }
    /// From 0 to 1. Hanging up is a decision of the dialogue and never follows from this alone.
    package func goodbye() -> Understood<Double> { GoodbyeReader(text: text).goodbye() }
    package func place() -> Understood<String>? { PlaceReader(text: text).place(evenMisheard: true) }

    /// Builds the tables, so that the first sentence of a call does not wait for them.
    package static func warmUp() {
        _ = Understanding("קוראים לי דנה מחיפה, מחר בחמש, 052-1234567, 50 שקל, תודה", context: UnderstandingContext(now: Date())).all()
    }

    private static let wholes = Lexicon.keys("שלם שלמים אחד תמים")
    var temporal: TemporalChoice { TemporalChoice(parser: TemporalParser(text, context)) }

    private func isMoment(_ found: DurationReader.Mention) -> Bool {
        guard found.end == found.start + 1, let unit = text.timeUnit(found.start, .any), unit.count == 1 else { return false }
        // "יום ראשון", "היום", "יום טוב"; "יום שלם" is a length.
        if unit.unit == .day { return !unit.prefix.isEmpty || !(text.isEnd(found.end) || text.isWord(found.end, Understanding.wholes)) }
        return unit.prefix.contains(.at) || (unit.unit == .hour && TimeReader(text).hour(at: found.end, lead: .init(index: found.end)) != nil)
    }
}

/// Everything of a sentence at once, the dates and times of it found in one reading.
package struct UnderstoodSentence: Sendable {
    package let date: Understood<CivilDate>?
    package let time: Understood<CivilTime>?
    package let dateTime: Understood<CivilDateTime>?
    package let duration: Understood<SpokenDuration>?
    package let number: Understood<SpokenQuantity>?
    package let price: Understood<Money>?
    package let phone: Understood<PhoneNumber>?
    package let identity: Understood<String>?
    package let yesNo: Understood<YesNo>?
    package let name: Understood<String>?
    package let place: Understood<String>?
    package let goodbye: Understood<Double>
}

extension Understanding {
    package func all() -> UnderstoodSentence {
        let temporal = temporal
        return UnderstoodSentence(
            date: temporal.date(), time: temporal.time(), dateTime: temporal.dateTime(), duration: duration(), number: number(), price: price(),
            phone: phone(),
            identity: identity(), yesNo: yesNo(), name: name(), place: PlaceReader(text: text).place(evenMisheard: false), goodbye: goodbye())
    }
}
