import NIOCore
import Synchronization
import TwilioSimulatorKit

/// What every caller of a run needs.
package struct ChaosSetup: Sendable {
    package var accountSid: String
    package var authToken: String
    package var to: String
    package var route: Route
    package var caller = Caller.Settings()
    package var incomingPath = "/webhook/incoming_call"
    package var statusPath = "/webhook/call_status"
    /// The number's fallback URL: asked once when a document cannot be had. nil: the number has none.
    package var fallbackPath: String? = "/webhook/incoming_call"
    /// Written behind the number's webhook URLs.
    package var overrides = ConnectionOverrides()
    private let origin = NIODeadline.now()

    package init(accountSid: String, authToken: String, to: String, route: Route) {
        self.accountSid = accountSid
        self.authToken = authToken
        self.to = to
        self.route = route
    }

    /// Milliseconds since the run began.
    package var now: Int { Int((NIODeadline.now() - origin).nanoseconds / 1_000_000) }
}

/// Where each caller stands, for whoever decides when to strike.
package final class Board: Sendable {
    package enum Standing: Sendable, Equatable {
        /// No call, or its stream has not come yet.
        case idle
        case live
        /// The stream is gone, or it came back and the agent has not been heard yet.
        case away(since: Int)
    }

    private struct State {
        var standings: [Int: Standing] = [:]
        var isClosing = false
    }

    private let state = Mutex(State())

    package init() {}

    package func set(_ slot: Int, _ standing: Standing) { state.withLock { $0.standings[slot] = standing } }
    package var live: Int { state.withLock { $0.standings.values.count { $0 == .live } } }
    /// When the callers that are away lost their streams.
    package var away: [Int] { state.withLock { $0.standings.values.compactMap { if case .away(let since) = $0 { since } else { nil } } } }

    /// Callers hang up after the utterance that they are at.
    package func close() { state.withLock { $0.isClosing = true } }
    package var isClosing: Bool { state.withLock { $0.isClosing } }
}
