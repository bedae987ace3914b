import ProviderKit
import Synchronization

/// Watches one reply: the first token of each answer of the model, and then each next sentence, have to come in time.
///
/// Bytes prove nothing: servers send comments, empty chunks and half a sentence for minutes. So the time is counted on what a caller could hear.
final class AnswerClock: Sendable {
    /// The gateway waits 5 s for the first sentence and each next one, then plays a canned line. Another model must have some of that left.
    static let longestPause = Duration.milliseconds(4_000)

    private struct State {
        var firstTokenDue: ContinuousClock.Instant?
        var sentenceDue: ContinuousClock.Instant
    }
    private let state: Mutex<State>
    private let firstToken: Duration

    /// - Parameter firstToken: the longest wait for the first token. A server that is known to be slower than a sentence may be gets more for it.
    init(firstToken: Duration, now: ContinuousClock.Instant = .now) {
        self.firstToken = firstToken
        state = Mutex(State(sentenceDue: now + Self.pause(firstToken)))
    }

    private static func pause(_ firstToken: Duration) -> Duration { max(longestPause, firstToken + .milliseconds(1_500)) }

    func asked(now: ContinuousClock.Instant = .now) { state.withLock { $0.firstTokenDue = now + firstToken } }
    func begun() { state.withLock { $0.firstTokenDue = nil } }
    func spoke(now: ContinuousClock.Instant = .now) { state.withLock { $0.sentenceDue = now + Self.pause(firstToken) } }

    /// Why the reply is late, at this time; nil: it is not, and `due` says when it would be.
    func lateness(now: ContinuousClock.Instant) -> (due: ContinuousClock.Instant, failure: ProviderFailure?) {
        let state = state.withLock { $0 }
        if let due = state.firstTokenDue, due < state.sentenceDue {
            return (due, now < due ? nil : ProviderFailure(.timeout, "no token within \(firstToken). Allow more, or take a quicker model"))
        }
        let failure = ProviderFailure(.timeout, "no sentence within \(Self.pause(firstToken)). Take a quicker model")
        return (state.sentenceDue, now < state.sentenceDue ? nil : failure)
    }

    /// Ends only by a throw: when the reply is late, or with its task.
    func watch() async throws -> Never {
        while true {
            let (due, failure) = lateness(now: .now)
            if let failure { throw failure }
            // Never longer than a first token may take: a request that is sent meanwhile sets an earlier time.
            try await Task.sleep(until: min(due, .now + firstToken), clock: .continuous)
        }
    }
}
