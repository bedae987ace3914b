import BusContract
import CallVocabulary
import Logging
import Metrics
import Synchronization

/// Carries facts to a crm-worker until one confirms that they are committed. At least once; the worker makes it once.
package final class FactCourier: Sendable {
    private struct Item {
        let envelope: Envelope
        var sentAt: Int64?
    }

    private struct State {
        var items: [String: Item] = [:]
        /// Ids in the order of their making.
        var order: [String] = []
    }

    /// An hour of a busy gateway. Beyond it the oldest facts are dropped, counted and named in the log.
    private let limit: Int
    /// A commit takes milliseconds; a worker that has not answered for this long is asked again.
    private static let repeatAfter: Int64 = 2_000
    private static let batch = 500

    private let state = Mutex(State())
    private let logger: Logger

    package init(limit: Int = 50_000, logger: Logger) {
        self.limit = limit
        self.logger = logger
    }

    package var pending: Int { state.withLock { $0.items.count } }

    /// - Parameter send: false when nobody is there to take it.
    package func submit(
        _ fact: Fact, business: BusinessID, conversation: ConversationID, at now: Int64, send: (Envelope) -> Bool
    ) {
        let envelope = Envelope(.fact(fact), business: business, conversation: conversation)
        let sent = send(envelope)
        let dropped = state.withLock { state -> String? in
            state.items[fact.id] = Item(envelope: envelope, sentAt: sent ? now : nil)
            state.order.append(fact.id)
            guard state.items.count > limit, let oldest = state.order.first(where: { state.items[$0] != nil }) else { return nil }
            state.items[oldest] = nil
            return oldest
        }
        if let dropped {
            Counter(label: "maane_facts_dropped").increment()
            logger.error("a fact was dropped: too many wait for a crm-worker", metadata: ["fact": "\(dropped)"])
        }
    }

    package func stored(_ stored: FactStored) {
        let known = state.withLock { $0.items.removeValue(forKey: stored.id) != nil }
        guard known, let failure = stored.failure else { return }
        Counter(label: "maane_facts_refused").increment()
        logger.error("a fact can not be stored and was set aside", metadata: ["fact": "\(stored.id)", "reason": "\(failure)"])
    }

    /// Repeats what was not confirmed in time, oldest first.
    package func tick(at now: Int64, send: (Envelope) -> Bool) {
        resend(at: now, send: send) { $0.sentAt.map { now - $0 >= Self.repeatAfter } ?? true }
    }

    /// A crm-worker has come: it gets everything.
    package func resendAll(at now: Int64, send: (Envelope) -> Bool) { resend(at: now, send: send) { _ in true } }

    private func resend(at now: Int64, send: (Envelope) -> Bool, where isDue: (Item) -> Bool) {
        let due = state.withLock { state in
            let items = state.items
            state.order.removeAll { items[$0] == nil }
            return Array(state.order.filter { items[$0].map(isDue) ?? false }.prefix(Self.batch))
        }
        for id in due {
            guard let envelope = state.withLock({ $0.items[id]?.envelope }) else { continue }
            guard send(envelope) else { return }
            state.withLock { $0.items[id]?.sentAt = now }
        }
    }
}
