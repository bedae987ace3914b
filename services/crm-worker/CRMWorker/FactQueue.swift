import Bus
import BusContract
import CallVocabulary
import Logging
import Metrics
import Synchronization

/// The bounded line between the bus and the database. Facts are applied one after the other in the order of their arrival, which is
/// therefore the order of every conversation. When it is full the newest fact is dropped and counted: the gateway repeats what is not acknowledged.
package final class FactQueue: Sendable {
    package struct Counts: Sendable, Equatable {
        package var stored: UInt64 = 0
        package var refused: UInt64 = 0
        /// Not stored and not answered.
        package var postponed: UInt64 = 0
        /// Did not fit.
        package var dropped: UInt64 = 0
        /// Arrived again while still waiting.
        package var repeated: UInt64 = 0
    }

    /// Two businesses may not meet even here, so the event id alone is not the key.
    private struct Key: Hashable, Sendable {
        let business: BusinessID
        let event: String
    }
    private struct Waiting: Sendable {
        let fact: AddressedFact
        /// The latest delivery: the answer goes out under its epoch, as the gateway drops older ones.
        var envelope: Envelope
        var port: any WorkerPort
    }
    private struct State: Sendable {
        var waiting: [Key: Waiting] = [:]
        var counts = Counts()
    }

    package let capacity: Int
    private let logger: Logger
    private let state = Mutex(State())
    private let order: AsyncStream<Key>
    private let entrance: AsyncStream<Key>.Continuation

    /// - Parameter capacity: facts that may wait. 10,000 of a few kilobytes each is an hour of a hundred busy calls.
    package init(capacity: Int = 10_000, logger: Logger) {
        self.capacity = capacity
        self.logger = logger
        // `waiting` is the bound that counts: it holds whatever stands in this line and the one fact being applied.
        (order, entrance) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(capacity))
    }

    package var counts: Counts { state.withLock { $0.counts } }
    /// Facts that wait or are being applied.
    package var depth: Int { state.withLock { $0.waiting.count } }

    /// Takes a fact, or drops it when there is no room. A fact that already waits is not taken twice.
    /// - Parameters:
    ///   - envelope: its delivery; the answer carries the same business, conversation, turn and epoch.
    ///   - port: where the answer goes.
    package func offer(_ fact: AddressedFact, envelope: Envelope, port: any WorkerPort) {
        let key = Key(business: fact.business, event: fact.fact.id)
        let result: String? = state.withLock { state in
            if state.waiting[key] != nil {
                state.waiting[key]?.envelope = envelope
                state.waiting[key]?.port = port
                state.counts.repeated += 1
                return "repeated"
            }
            guard state.waiting.count < capacity, case .enqueued = entrance.yield(key) else {
                state.counts.dropped += 1
                return "dropped"
            }
            state.waiting[key] = Waiting(fact: fact, envelope: envelope, port: port)
            return nil
        }
        if let result { Self.count(result) }
    }

    /// Takes nothing more. `run` returns when what waits has been applied.
    package func finish() { entrance.finish() }

    /// Applies facts until `finish` was called and the line is empty, then closes the store. To be called once.
    /// While the database is away that may be never: cancel the task to give up. What was not stored was not acknowledged either.
    package func run(_ store: sending any FactStore) async {
        let clock = ContinuousClock()
        for await key in order {
            guard let fact = state.withLock({ $0.waiting[key]?.fact }) else { continue }
            let began = clock.now
            let outcome = await store.apply(fact)
            // Taken out only now: a repetition that came meanwhile has brought the newer envelope.
            let delivery = state.withLock { state in
                switch outcome {
                case .stored: state.counts.stored += 1
                case .refused: state.counts.refused += 1
                case .postponed: state.counts.postponed += 1
                }
                return state.waiting.removeValue(forKey: key)
            }
            guard let delivery else { continue }
            switch outcome {
            case .stored:
                Self.count("stored")
                Timer(label: "crm_fact_commit").recordNanoseconds((clock.now - began).nanoseconds)
                delivery.port.answer(FactStored(id: fact.fact.id), to: delivery.envelope)
            case .refused(let reason):
                Self.count("refused")
                logger.error(
                    "fact set aside: it can never be stored",
                    metadata: Self.metadata(fact, reason))
                delivery.port.answer(FactStored(id: fact.fact.id, failure: reason), to: delivery.envelope)
            case .postponed(let reason):
                Self.count("postponed")
                logger.warning(
                    "fact not stored; the gateway will repeat it",
                    metadata: Self.metadata(fact, reason))
            }
        }
        await store.close()
    }

    private static func metadata(_ fact: AddressedFact, _ reason: String) -> Logger.Metadata {
        [
            "business": "\(fact.business)", "call": "\(fact.call)", "event": "\(fact.fact.id)", "kind": "\(fact.fact.kind)",
            "reason": "\(reason)",
        ]
    }

    private static func count(_ result: String) { Counter(label: "crm_facts_total", dimensions: [("result", result)]).increment() }
}

extension WorkerPort {
    func answer(_ stored: FactStored, to envelope: Envelope) {
        send(
            Envelope(
                .factStored(stored), business: envelope.business, conversation: envelope.conversation, turn: envelope.turn, epoch: envelope.epoch))
    }
}

extension Duration {
    /// Whole nanoseconds; saturates after 292 years.
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product + attoseconds / 1_000_000_000
    }
}
