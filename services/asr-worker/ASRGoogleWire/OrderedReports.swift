import ASRWorker
import Synchronization

/// Hands a connection's events on one after the other, whoever finds them, and nothing after the last.
package final class OrderedReports: Sendable {
    private struct State {
        var waiting: [ConnectionEvent] = []
        var isDelivering = false
        var isOver = false
    }

    private let state = Mutex(State())
    private let report: @Sendable (ConnectionEvent) -> Void

    package init(_ report: @escaping @Sendable (ConnectionEvent) -> Void) { self.report = report }

    /// Returns when it was handed on, or when somebody else is about to do so.
    package func tell(_ event: ConnectionEvent) {
        let isOurs = state.withLock { state in
            guard !state.isOver else { return false }
            if case .ended = event { state.isOver = true }
            state.waiting.append(event)
            defer { state.isDelivering = true }
            return !state.isDelivering
        }
        guard isOurs else { return }
        while let event = next() { report(event) }
    }

    /// Nothing more is handed on, but what is just being.
    package func stop() {
        state.withLock { state in
            state.isOver = true
            state.waiting = []
        }
    }

    private func next() -> ConnectionEvent? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isDelivering = false
                return nil
            }
            return state.waiting.removeFirst()
        }
    }
}
