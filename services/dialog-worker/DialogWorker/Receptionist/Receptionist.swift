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

    /// What may be heard in a state, wherever the dialogue came from. Empty in states that end the call.
    package func expectations(in state: String) -> Expectations { script.expectations(in: state) }

    /// The value of the answer that this state takes the words for, `ReceptionistScript.repeatValue` when they ask for the question again.
    package func answer(_ words: String, in state: String) -> String? {
        guard let here = script.state(state) else { return nil }
        return switch AnswerMatcher.match(words, answers: here.answers, repeats: script.repeatForms) {
        case .answer(let index): here.answers[index].value
        case .again: ReceptionistScript.repeatValue
        case .hesitation, .none: nil
        }
    }
}

extension ReceptionistScript {
    /// The answers of a state, and the requests to hear its question again.
    func expectations(in state: String) -> Expectations {
        guard let here = self.state(state), !here.answers.isEmpty else { return Expectations(name: state) }
        let answers = here.answers.map { Expectations.Answer(value: $0.value, phrases: $0.phrases) }
        return Expectations(name: state, answers: answers + [Expectations.Answer(value: Self.repeatValue, phrases: repeatPhrases)])
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
