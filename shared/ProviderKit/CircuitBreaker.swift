/// Keeps a provider that fails from being asked by every caller: after failures in a row it is left alone for a while, then one caller
/// tries it (half open), and success brings it back. A value; time is a parameter, in milliseconds of any monotonic clock.
package struct CircuitBreaker: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case closed
        /// Not to be asked before this time.
        case open(until: Int64)
        /// One attempt is under way, since then; others still pass by.
        case halfOpen(since: Int64)
    }

    /// Failures in a row that open it. One may be the network's hiccup; the third caller in a row should not pay for it.
    package static let failuresToOpen = 3
    /// The first rest, doubled with each failed probe.
    package static let shortestRest: Int64 = 5_000
    package static let longestRest: Int64 = 60_000
    /// A probe that never reports (its call has ended) gives way to another.
    package static let longestProbe: Int64 = 15_000

    package private(set) var state = State.closed
    private var failures = 0
    private var rest = shortestRest

    package init() {}

    /// Whether a caller may try now. A half-open breaker lets one through: whoever is told true has to report `succeeded` or `failed`.
    package mutating func admits(at now: Int64) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until):
            guard now >= until else { return false }
            state = .halfOpen(since: now)
            return true
        case .halfOpen(let since):
            guard now - since >= Self.longestProbe else { return false }
            state = .halfOpen(since: now)
            return true
        }
    }

    package mutating func succeeded() {
        state = .closed
        failures = 0
        rest = Self.shortestRest
    }

    /// - Returns: whether it has opened by this failure.
    @discardableResult package mutating func failed(_ failure: ProviderFailure, at now: Int64) -> Bool {
        failures += 1
        switch state {
        case .open: return false
        case .halfOpen:
            rest = min(rest * 2, Self.longestRest)
        case .closed:
            // What no repetition can mend is not tried three times with three callers.
            guard failures >= Self.failuresToOpen || !failure.kind.isPassing || failure.retryAfter != nil else { return false }
        }
        let asked = failure.retryAfter.map { $0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000 }
        let least = failure.kind.isPassing ? rest : Self.longestRest
        // A provider that asks for a day is asked again sooner: its clock or ours may be wrong.
        state = .open(until: now + min(max(least, asked ?? 0), 10 * Self.longestRest))
        return true
    }

    /// When it may be tried again, for the case that all are open.
    var opensAt: Int64 {
        switch state {
        case .closed: .min
        case .open(let until): until
        case .halfOpen(let since): since + Self.longestProbe
        }
    }
}
