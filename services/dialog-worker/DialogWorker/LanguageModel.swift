import BusContract
import Business
import CallVocabulary

/// What a model is asked: nothing else is known about the conversation, and nothing is remembered of it.
package struct ModelRequest: Sendable {
    package let business: BusinessProfile
    package let turn: DialogTurn
    /// For logs.
    package let conversation: ConversationID?
    package init(business: BusinessProfile, turn: DialogTurn, conversation: ConversationID? = nil) {
        self.business = business
        self.turn = turn
        self.conversation = conversation
    }
}

/// A finished call whose summary is asked for.
package struct SummaryRequest: Sendable {
    package let business: BusinessProfile
    package let log: [TurnEntry]
    package let lead: [String: String]
    package let outcome: CallOutcome
    package let conversation: ConversationID?
    package init(business: BusinessProfile, log: [TurnEntry], lead: [String: String], outcome: CallOutcome, conversation: ConversationID? = nil) {
        self.business = business
        self.log = log
        self.lead = lead
        self.outcome = outcome
        self.conversation = conversation
    }
}

/// A reply as it comes: expectations first, then sentences, each as soon as it is known, then the end.
package enum ModelEvent: Sendable, Equatable {
    case expectations(Expectations)
    /// The model has begun to answer. Replies that are known at once have no such moment.
    case firstToken
    /// Tokens of question and answer so far, by the server's account or, until it gives one, by an estimate of the question's.
    case tokens(Int)
    case sentence(String)
    /// The whole lead as known now: what a reply that breaks off has learned goes on with the next model.
    case lead([String: String])
    case done(ModelDone)
}

/// The end of a reply. The number of sentences is counted by who passes them on.
package struct ModelDone: Sendable, Equatable {
    /// The whole lead as known now.
    package let lead: [String: String]
    package let ending: DialogEnding?
    /// Name of the dialogue's state after this turn.
    package let state: String
    package init(lead: [String: String], ending: DialogEnding?, state: String) {
        self.lead = lead
        self.ending = ending
        self.state = state
    }
}

/// The stage that decides what is said. One implementation for each provider; the embedded one is the last rung.
package protocol LanguageModel: Sendable {
    /// As in `DIALOG_PROVIDERS`.
    var name: String { get }
    /// True when the reply comes from elsewhere: a worker that waits for it is not stuck.
    var waitsForOthers: Bool { get }
    /// What `request.turn.said` holds has been said already. An embedded model answers from the beginning all the same, and always in the same
    /// words: those sentences are skipped. One that `waitsForOthers` goes on after them.
    /// Ends with `.done`, or throws. Cancelling the task that reads the stream cancels the work.
    func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error>
    /// - Returns: nil from a model that writes no summaries.
    func summary(of request: SummaryRequest) async throws -> String?
}

extension LanguageModel {
    package var waitsForOthers: Bool { false }
    package func summary(of request: SummaryRequest) async throws -> String? { nil }
}

/// Why a model gave no reply.
package struct ModelError: Error, CustomStringConvertible {
    /// Open-ended: each provider adds its own.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        /// The stream ended without `.done`.
        package static let incomplete = Code(rawValue: "incomplete")
        /// A reply without a sentence, where one was due.
        package static let empty = Code(rawValue: "empty")
        /// More events than a reply can have.
        package static let overflow = Code(rawValue: "overflow")
        package static let noSuchProvider = Code(rawValue: "no_such_provider")
    }
    package let code: Code
    package let message: String
    package let cause: (any Error)?
    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
    package var description: String { message }
}

extension AsyncThrowingStream where Element == ModelEvent, Failure == any Error {
    /// A reply that is known at once.
    /// The buffer holds 64 events: the longest reply of a dialogue has six, and a stream without a bound is none.
    package static func known(_ events: [ModelEvent]) -> Self {
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: ModelEvent.self, throwing: (any Error).self, bufferingPolicy: .bufferingOldest(64))
        for event in events {
            if case .dropped = continuation.yield(event) {
                continuation.finish(throwing: ModelError(.overflow, "a reply of \(events.count) events; at most 64: shorten the prompts"))
                return stream
            }
        }
        continuation.finish()
        return stream
    }
}
