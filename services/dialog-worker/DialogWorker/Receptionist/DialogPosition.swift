import Business
import CallVocabulary

/// Where a dialogue stands: a value, moved on by what was heard. It never outlives one reply.
struct DialogPosition {
    private let script: ReceptionistScript
    private let callerIsKnown: Bool
    private(set) var state: String
    /// As the business stores them.
    private(set) var lead: [String: String] = [:]
    private(set) var ending: DialogEnding?
    /// As the agent repeats them.
    private var labels: [String: String] = [:]
    /// Answers that were not understood, in this state.
    private var failures = 0
    /// Requests to repeat, in this state.
    private var repeats = 0
    /// Silences in a row, wherever.
    private var silences = 0
    /// The offer to call back was declined: the next failure in this state is the last.
    private var isLastTry = false
    /// The state that the offer to call back has interrupted.
    private var interrupted: String?
    /// A correction comes back here.
    private var comeBackTo: String?

    /// The second failure in one state brings the offer.
    private static let failuresBeforeOffer = 2
    /// A line whose noise is heard as "what?" for ever must not hold the call for ever.
    private static let freeRepeats = 3

    init(script: ReceptionistScript, callerIsKnown: Bool) {
        self.script = script
        self.callerIsKnown = callerIsKnown
        state = script.first
    }

    /// What may be heard now.
    var expectations: Expectations { script.expectations(in: state) }

    /// - Returns: the sentences to say, none on the opening.
    mutating func hear(_ heard: Heard) -> [String] {
        guard let here = script.state(state) else { return [] }
        if heard == .opening { return [] }
        // Whoever speaks into the goodbye hears it again: the end of the call stays the gateway's action.
        if ending != nil { return prompt() }
        if heard == .silence { return silence(in: here) }
        // The line was cut: the question again, and it counts as no failure.
        if heard == .interrupted { return prompt() }
        silences = 0
        switch match(heard, in: here) {
        case .answer(let index): return take(here.answers[index], in: here)
        case .again where repeats < Self.freeRepeats:
            repeats += 1
            return prompt()
        case .hesitation where repeats < Self.freeRepeats:
            repeats += 1
            return render(here.reprompt.isEmpty ? here.prompt : here.reprompt)
        case .again, .hesitation, .none: return fail(in: here)
        }
    }

    private func match(_ heard: Heard, in here: ReceptionistScript.State) -> AnswerMatcher.Match {
        switch heard {
        case .speech(let transcript) where transcript.understood:
            understood(transcript.text, in: here)
        case .digits(let keys): here.answers.firstIndex { $0.value == keys }.map { .answer($0) } ?? .none
        default: .none
        }
    }

    /// By the phrases that the owner has listed; if none of them was said, by what the words mean.
    private func understood(_ text: String, in here: ReceptionistScript.State) -> AnswerMatcher.Match {
        let match = AnswerMatcher.match(text, answers: here.answers, repeats: script.repeatForms)
        guard match == .none, let meant = AnswerReading.index(of: text, in: here) else { return match }
        return .answer(meant)
    }

    // MARK: - Transitions

    private mutating func take(_ answer: ReceptionistScript.Answer, in here: ReceptionistScript.State) -> [String] {
        if let field = here.field {
            lead[field.name] = field.stored == .label ? answer.label : answer.value
            labels[field.name] = answer.label
        }
        let acknowledgement = render(answer.acknowledge ?? here.acknowledge)
        let wanted = answer.next ?? here.next ?? state
        if wanted == ReceptionistScript.back {
            enter(interrupted ?? script.first)
            isLastTry = true
            return acknowledgement + prompt()
        }
        if let back = here.comeBackTo {
            enter(wanted)
            comeBackTo = back
        } else if let back = comeBackTo, state != script.callback {
            comeBackTo = nil
            enter(back)
        } else {
            enter(wanted)
        }
        return acknowledgement + prompt()
    }

    private mutating func fail(in here: ReceptionistScript.State) -> [String] {
        if let otherwise = here.otherwise {
            enter(otherwise)
            return prompt()
        }
        failures += 1
        if isLastTry || (state == script.callback && failures >= Self.failuresBeforeOffer) {
            enter(script.promise)
            return prompt()
        }
        guard failures >= Self.failuresBeforeOffer else { return render(here.reprompt) }
        guard callerIsKnown else {
            // Nobody can call a hidden number: no offer, one more try.
            isLastTry = true
            return render(here.reprompt)
        }
        let question = state
        enter(script.callback)
        interrupted = question
        return prompt()
    }

    private mutating func silence(in here: ReceptionistScript.State) -> [String] {
        if let otherwise = here.otherwise {
            enter(otherwise)
            return prompt()
        }
        silences += 1
        if silences <= script.silence.prompts.count { return render(script.silence.prompts[silences - 1]) + prompt() }
        ending = callerIsKnown ? .callback : .unserved
        return prompt()
    }

    private mutating func enter(_ next: String) {
        state = next
        failures = 0
        repeats = 0
        isLastTry = false
        if next != script.callback { interrupted = nil }
        if let end = script.state(next)?.ending { ending = end == .callback && !callerIsKnown ? .unserved : end }
    }

    // MARK: - Words

    private func prompt() -> [String] {
        guard let here = script.state(state) else { return [] }
        if ending != nil, here.ending == nil {
            // Only silence ends a dialogue in a state that has no ending of its own.
            return render(callerIsKnown ? script.silence.goodbye : script.silence.goodbyeHidden)
        }
        return render(callerIsKnown || here.promptHidden.isEmpty ? here.prompt : here.promptHidden)
    }

    private func render(_ sentences: [String]) -> [String] { sentences.map { Template.render($0, labels: labels) } }
}
