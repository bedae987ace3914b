import BusContract
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import Synchronization

/// Where facts lie until they are acknowledged. None of the methods waits.
package protocol FactLedger: Sendable {
    /// - Returns: false when the records were dropped for want of room.
    @discardableResult func append(_ records: [JournalRecord]) -> Bool
    func acknowledge(_ factID: String)
    func setAside(_ factID: String, reason: String)
    /// Facts behind a sequence, oldest first, everything appended before among them. Fewer than `limit`: there are no more.
    func page(after sequence: Int64, limit: Int, answer: @escaping @Sendable ([JournaledFact]) -> Void)
    var pendingFacts: Int { get }
}

extension Journal: FactLedger {
    package var pendingFacts: Int { figures.pendingFacts }
}

/// Carries facts to a crm-worker until one confirms that they are committed. At least once; the worker makes it once.
///
/// A fact is written to the ledger and sent at once. Memory holds a window of them; when more wait, they stay in the ledger and
/// are read from there, oldest first, as confirmations come. Decides under the lock, sends outside of it and in order.
package final class FactCourier: Sendable {
    private struct Item {
        let envelope: Envelope
        /// nil: not handed to a worker yet.
        var sentAt: Int64?
    }

    private struct State {
        /// Facts in memory, sent or to be sent.
        var window: [String: Item] = [:]
        /// Their ids in the order of their making; ids that are not in the window any more are skipped, and removed in time.
        var order: [String] = []
        /// Ids not handed to a worker yet, in order.
        var unsent: [String] = []
        /// The ledger may hold facts that are not in the window: newer ones have to wait behind them.
        var isBehind: Bool
        /// Facts up to here are in the window or confirmed.
        var cursor: Int64 = 0
        var isReading = false
        /// A fact went to the ledger only, while a page was being read.
        var grewWhileReading = false
        /// Confirmed while a page was being read: the page may still hold them.
        var confirmedWhileReading: Set<String> = []
        /// When the ledger was last asked whether it holds more than the window.
        var lookedAt: Int64 = 0
        /// Envelopes on their way out. Whoever finds `isSending` leaves the rest to that thread, so that the order stays.
        var outbox: [Envelope] = []
        var isSending = false
    }

    private let ledger: (any FactLedger)?
    private let limit: Int
    /// A commit takes milliseconds; a worker that has not answered for this long is asked again.
    private static let repeatAfter: Int64 = 2_000
    /// Repetitions at once: a worker that is merely slow must not drown in them.
    private static let batch = 500
    /// A page that failed, or a predecessor that shared the journal until now, leaves facts that nobody here knows of.
    private static let lookEvery: Int64 = 5_000
    /// A page is worth reading when there is room for this share of the window.
    private static let pageShare = 2

    private let state: Mutex<State>
    private let logger: Logger

    /// - Parameters:
    ///   - ledger: nil for none: then the window is all there is, and a full one drops new facts, counted and named in the log.
    ///   - window: facts in memory.
    package init(ledger: (any FactLedger)? = nil, window: Int = 1_000, logger: Logger) {
        self.ledger = ledger
        limit = max(1, window)
        self.logger = logger
        // What an earlier life left behind comes first.
        state = Mutex(State(isBehind: ledger != nil))
    }

    /// Facts that no crm-worker has confirmed yet.
    package var pending: Int {
        let (held, isBehind) = state.withLock { ($0.window.count, $0.isBehind) }
        return isBehind ? max(held, ledger?.pendingFacts ?? 0) : held
    }

    /// Facts in memory.
    package var held: Int { state.withLock { $0.window.count } }

    /// - Parameters:
    ///   - records: become durable together with the fact, so that the call's history and its facts agree after a restart.
    ///   - send: false when nobody is there to take it.
    package func submit(
        _ fact: Fact, business: BusinessID, conversation: ConversationID, along records: [JournalRecord] = [], at now: Int64,
        send: (Envelope) -> Bool
    ) {
        let isKept = ledger?.append(records + [.fact(fact, business: business, conversation: conversation)]) ?? false
        let isLost = state.withLock { state -> Bool in
            if state.isBehind || state.window.count >= limit {
                guard isKept else { return true }
                state.isBehind = true
                if state.isReading { state.grewWhileReading = true }
                return false
            }
            add(fact, business, conversation, &state)
            // Older ones could not be sent: the tick tries them in order.
            if state.unsent.count == 1 { dispatchUnsent(&state, at: now) }
            return false
        }
        if isLost {
            Counter(label: "maane_facts_dropped").increment()
            logger.error("a fact was dropped: too many wait for a crm-worker", metadata: ["fact": "\(fact.id)"])
        }
        flush(send)
        readOn()
    }

    /// A crm-worker has answered.
    package func stored(_ stored: FactStored, at now: Int64, send: (Envelope) -> Bool) {
        state.withLock { state in
            state.window[stored.id] = nil
            if state.isReading { state.confirmedWhileReading.insert(stored.id) }
            // Somebody is there: what came from the ledger goes out now and not with the tick.
            dispatchUnsent(&state, at: now)
        }
        // Also for a fact that is not in the window: an earlier life may have sent it.
        if let failure = stored.failure {
            Counter(label: "maane_facts_refused").increment()
            logger.error("a fact can not be stored and was set aside", metadata: ["fact": "\(stored.id)", "reason": "\(failure)"])
            ledger?.setAside(stored.id, reason: failure)
        } else {
            ledger?.acknowledge(stored.id)
        }
        flush(send)
        readOn()
    }

    /// Repeats what was not confirmed in time, oldest first.
    package func tick(at now: Int64, send: (Envelope) -> Bool) {
        look(at: now)
        state.withLock { dispatch(&$0, at: now, most: Self.batch) { $0.sentAt.map { now - $0 >= Self.repeatAfter } ?? true } }
        flush(send)
        readOn()
    }

    /// A crm-worker has come: it gets everything.
    package func resendAll(at now: Int64, send: (Envelope) -> Bool) {
        state.withLock { dispatch(&$0, at: now, most: .max) { _ in true } }
        flush(send)
        readOn()
    }

    // MARK: - The window

    private func add(_ fact: Fact, _ business: BusinessID, _ conversation: ConversationID, _ state: inout State) {
        guard state.window[fact.id] == nil else { return }
        state.window[fact.id] = Item(envelope: Envelope(.fact(fact), business: business, conversation: conversation), sentAt: nil)
        state.order.append(fact.id)
        state.unsent.append(fact.id)
        // Each removal is paid for by as many additions.
        if state.order.count > 2 * state.window.count + 64 { state.order.removeAll { state.window[$0] == nil } }
    }

    private func dispatchUnsent(_ state: inout State, at now: Int64) {
        for id in state.unsent {
            guard let envelope = state.window[id]?.envelope else { continue }
            state.window[id]?.sentAt = now
            state.outbox.append(envelope)
        }
        state.unsent = []
    }

    private func dispatch(_ state: inout State, at now: Int64, most: Int, where isDue: (Item) -> Bool) {
        let window = state.window
        state.order.removeAll { window[$0] == nil }
        var left = most
        for id in state.order where left > 0 {
            guard let item = window[id], isDue(item) else { continue }
            state.window[id]?.sentAt = now
            state.outbox.append(item.envelope)
            left -= 1
        }
        state.unsent.removeAll { state.window[$0].map { $0.sentAt != nil } ?? true }
    }

    // MARK: - Sending

    /// One thread at a time empties the outbox.
    private func flush(_ send: (Envelope) -> Bool) {
        var batch = state.withLock { state -> [Envelope] in
            guard !state.isSending else { return [] }
            state.isSending = true
            return take(&state)
        }
        while !batch.isEmpty {
            let sent = batch.firstIndex { !send($0) } ?? batch.count
            let refused = batch[sent...]
            batch = state.withLock { state in
                guard refused.isEmpty else {
                    // Nobody is there. All of it waits for the tick, in order.
                    unsend(refused + take(&state), &state)
                    state.isSending = false
                    return []
                }
                return take(&state)
            }
        }
    }

    private func take(_ state: inout State) -> [Envelope] {
        if state.outbox.isEmpty { state.isSending = false }
        defer { state.outbox = [] }
        return state.outbox
    }

    private func unsend(_ envelopes: some Sequence<Envelope>, _ state: inout State) {
        for case .fact(let fact) in envelopes.map(\.message) { state.window[fact.id]?.sentAt = nil }
        state.unsent = state.order.filter { id in state.window[id].map { $0.sentAt == nil } ?? false }
    }

    // MARK: - Reading on

    /// Reads from the beginning when the ledger holds more than is known here.
    private func look(at now: Int64) {
        guard let ledger else { return }
        let kept = ledger.pendingFacts
        state.withLock { state in
            guard now - state.lookedAt >= Self.lookEvery else { return }
            state.lookedAt = now
            guard !state.isBehind, !state.isReading, kept > state.window.count else { return }
            state.isBehind = true
            state.cursor = 0
        }
    }

    /// Asks for the next page when there is one and room for it. One at a time.
    private func readOn() {
        guard let ledger else { return }
        let request = state.withLock { state -> (after: Int64, limit: Int)? in
            let room = limit - state.window.count
            guard state.isBehind, !state.isReading, room > 0, room >= limit / Self.pageShare else { return nil }
            state.isReading = true
            state.grewWhileReading = false
            return (state.cursor, room)
        }
        guard let request else { return }
        ledger.page(after: request.after, limit: request.limit) { [weak self] in self?.read($0, of: request.limit) }
    }

    private func read(_ page: [JournaledFact], of limit: Int) {
        let goesOn = state.withLock { state in
            for item in page where !state.confirmedWhileReading.contains(item.fact.id) {
                add(item.fact, item.business, item.conversation, &state)
            }
            if let last = page.last { state.cursor = max(state.cursor, last.sequence) }
            state.isBehind = page.count >= limit || state.grewWhileReading
            state.isReading = false
            state.confirmedWhileReading = []
            return state.isBehind
        }
        // The sending is the next tick's or confirmation's: this is the journal's thread.
        if goesOn { readOn() }
    }
}
