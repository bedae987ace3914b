import BusContract
import Business
import CallVocabulary
import ProviderKit

/// One reply while a model writes it. A value: text and ends of answers in, sentences and decisions out; it waits for nothing.
///
/// A reply is a few answers of the model: one that calls tools is followed by their results and the next, until there is something to hear.
struct ReplyDraft {
    enum Step: Equatable {
        case sentence(String)
        /// The very words of the last turn: the answer is to be thrown away, and asked for once more with `repeated`.
        case repetition
    }
    enum Decision: Equatable {
        case done(ModelDone)
        /// The next request says what came of the tools.
        case again
        case failed(ProviderFailure)
    }

    /// Answers of the model to one turn. The last may not call tools, so that something is said.
    static let mostAnswers = 3
    /// Nobody listens to more, and the gateway takes 64.
    static let mostSentences = 12

    private let request: ModelRequest
    private let tools: [ChatTool]
    /// Of this turn, whatever is learned in it: the next answer's request begins with the same bytes.
    private let messages: [ChatMessage]
    private var desk: ReceptionTools
    private var pieces = SentencePieces()
    private var thoughts = ThoughtFilter()
    /// Sentences of this turn, in the form of comparison; earlier models' included.
    private var said: [[String]]
    private let lastTurn: Set<[String]>
    /// Of the answer that is being written.
    private var spoken: [String] = []
    private var followUps: [ChatMessage] = []
    private var answers = 0
    /// Repetitions that were noticed: one is asked again, the second is said.
    private(set) var repetitions = 0

    init(_ request: ModelRequest, calendar: SpokenCalendar) {
        let turn = request.turn
        self.request = request
        tools = ReceptionTools.all(of: request.business)
        let book = LeadBook(business: request.business, lead: turn.lead ?? [:], evidence: CallEvidence(turn: turn, calendar: calendar))
        desk = ReceptionTools(business: request.business, book: book, heard: turn.heard)
        messages = TurnMessages.messages(turn, of: request.business, calendar: calendar, missing: book.missing, lead: book.lead)
        said = turn.said.map(PhraseForm.words)
        lastTurn = Self.mayRepeat(turn, request.business) ? [] : Set((turn.log.last { !$0.said.isEmpty }?.said ?? []).map(PhraseForm.words))
    }

    /// The lead as known so far; what is in it has been checked.
    var lead: [String: String] { desk.book.lead }
    var ending: DialogEnding? { desk.ending }
    var sentences: Int { said.count - request.turn.said.count }

    /// Who was not understood, or asks "what?", wants to hear the same again.
    private static func mayRepeat(_ turn: DialogTurn, _ business: BusinessProfile) -> Bool {
        guard case .speech(let transcript) = turn.heard, transcript.understood else { return true }
        return AnswerMatcher.match(transcript.text, answers: [], repeats: business.receptionist.repeatForms) != .none
    }

    // MARK: - Asking

    var question: ChatRequest {
        var question = ChatRequest(messages: messages + followUps, tools: tools, cacheKey: request.business.id.rawValue)
        question.forbidsTools = answers >= Self.mostAnswers - 1
        return question
    }

    // MARK: - Hearing

    mutating func take(_ text: String) -> [Step] {
        steps(pieces.take(thoughts.take(text)))
    }

    private mutating func steps(_ sentences: [String]) -> [Step] {
        var steps: [Step] = []
        for sentence in sentences where self.sentences < Self.mostSentences {
            let form = PhraseForm.words(sentence)
            // Said in this turn already, or the agreed word for "that was all".
            if said.contains(form) || !request.turn.said.isEmpty && form == PhraseForm.words(TurnMessages.nothingLeft) { continue }
            // "בסדר גמור." twice is how people speak.
            if form.count >= 3, lastTurn.contains(form), repetitions == 0 {
                steps.append(.repetition)
                return steps
            }
            said.append(form)
            spoken.append(sentence)
            steps.append(.sentence(sentence))
        }
        return steps
    }

    /// The answer was thrown away because it repeated the last turn.
    mutating func repeated() {
        repetitions += 1
        // Roles alternate: without words of ours in between, an answer of one word stands for what was thrown away.
        followUps.append(ChatMessage(.assistant, spoken.isEmpty ? "..." : spoken.joined(separator: " ")))
        followUps.append(ChatMessage(.user, TurnMessages.sayElse))
        beginAnswer()
    }

    private mutating func beginAnswer() {
        pieces = SentencePieces()
        thoughts = ThoughtFilter()
        spoken = []
    }

    /// The answer is complete: its last words, and what follows.
    mutating func end(of round: ChatRound) -> (steps: [Step], decision: Decision) {
        var steps = steps(pieces.take(thoughts.finish()))
        let rest = pieces.finish()
        // Cut at the limit of tokens: half a sentence is said only if there is nothing else.
        if let rest, round.finish != "length" || sentences == 0 { steps += self.steps([rest]) }
        if steps.contains(.repetition) { return (steps, .again) }
        answers += 1
        var hasRefusal = false
        if !round.calls.isEmpty {
            let calls = round.calls.enumerated().map {
                ChatToolCall(id: $1.id.isEmpty ? "call_\($0)" : $1.id, name: $1.name, arguments: $1.arguments)
            }
            followUps.append(ChatMessage(.assistant, spoken.joined(separator: " "), calls: calls))
            for call in calls {
                let answer = desk.answer(call)
                hasRefusal = hasRefusal || answer.isRefusal
                followUps.append(ChatMessage(.tool, answer.text, callID: call.id))
            }
        }
        let hasWords = !said.isEmpty
        // A goodbye that was not said yet waits until what was refused beside it is settled.
        if hasRefusal, !hasWords { desk.goOn() }
        // A call that went well needs no further word; one that was refused does, or the caller keeps believing what was said. After a goodbye
        // nothing is asked any more: what was refused is not kept, and that is all.
        let goesOn = !round.calls.isEmpty && (!hasWords || hasRefusal && ending == nil) && answers < Self.mostAnswers
        if goesOn {
            beginAnswer()
            return (steps, .again)
        }
        guard hasWords else {
            if round.finish == "content_filter" {
                return (steps, .failed(ProviderFailure(.conversation, "the provider's filter has stopped the answer. This conversation was refused")))
            }
            return (
                steps,
                .failed(ProviderFailure(.empty, "an answer without a word (finish_reason \(round.finish ?? "none")); the caller would hear silence"))
            )
        }
        return (steps, .done(ModelDone(lead: lead, ending: ending, state: ending == nil ? "open" : "ended")))
    }
}
