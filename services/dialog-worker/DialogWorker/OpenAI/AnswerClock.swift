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

    /// When to look next.
    /// - Throws: `ProviderFailure` when the reply is late at this time.
    func nextLook(now: ContinuousClock.Instant) throws(ProviderFailure) -> ContinuousClock.Instant {
        let state = state.withLock { $0 }
        if let due = state.firstTokenDue, due <= now {
            throw ProviderFailure(.timeout, "no token within \(firstToken). Allow more, or take a quicker model")
        }
        if state.sentenceDue <= now {
            throw ProviderFailure(.timeout, "no sentence within \(Self.pause(firstToken)). Take a quicker model")
        }
        // Never later than a first token may take: a request that is sent meanwhile sets an earlier time than those known now.
        return min(state.firstTokenDue ?? state.sentenceDue, state.sentenceDue, now + firstToken)
    }

    /// Ends only by a throw: when the reply is late, or with its task.
    func watch() async throws -> Never {
        while true { try await Task.sleep(until: nextLook(now: .now), clock: .continuous) }
    }
}
