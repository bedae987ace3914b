import BusContract
import Business
import CallVocabulary

/// What the receptionist answers to one turn.
package struct ReceptionistReply: Sendable, Equatable {
    package var expectations: Expectations
    /// Each is a piece of its own.
    package var sentences: [String]
    /// The whole lead as known now.
    package var lead: [String: String]
    package var ending: DialogEnding?
    package var state: String
}

/// The embedded language model: deterministic, a pure function of the business and the turn log.
/// Where the dialogue stands is found by walking through the log with the very function that answers the last turn.
package struct Receptionist: Sendable {
    private let script: ReceptionistScript
    package init(business: BusinessProfile) { script = business.receptionist }

    package func reply(to turn: DialogTurn) -> ReceptionistReply {
        var position = DialogPosition(script: script, callerIsKnown: turn.caller != nil)
        for entry in turn.log { _ = position.hear(entry.heard) }
        let sentences = position.hear(turn.heard)
        return ReceptionistReply(
            expectations: position.expectations, sentences: sentences, lead: position.lead, ending: position.ending, state: position.state)
    }
}

/// The provider `local`.
package struct ReceptionistModel: LanguageModel {
    package let name = "local"
    package init() {}

    package func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        let reply = Receptionist(business: request.business).reply(to: request.turn)
        return .known(
            [.expectations(reply.expectations)] + reply.sentences.map(ModelEvent.sentence)
                + [.done(ModelDone(lead: reply.lead, ending: reply.ending, state: reply.state))])
    }
}
