import Bus
import BusContract
import CallVocabulary
import Logging
import Metrics

/// The crm-worker on the bus: facts go into the queue, whatever cannot be a fact is refused at once.
/// It takes an open queue, and a `PostgresFactStore` exists only after the migrations ran; so a worker cannot be ready before them
/// when it is wired in that order.
package final class CRMWorkerLogic: WorkerLogic {
    private let port: any WorkerPort
    private let queue: FactQueue
    private let logger: Logger
    private var conversations: Set<ConversationID> = []
    /// Facts refused without asking the database.
    private var malformed: UInt64 = 0

    package init(port: any WorkerPort, queue: FactQueue, logger: Logger) {
        self.port = port
        self.queue = queue
        self.logger = logger
    }

    package func handle(_ envelope: Envelope, attachment: [UInt8]) {
        switch envelope.message {
        case .fact(let fact):
            do throws(FactRefusal) {
                let addressed = try AddressedFact(fact, business: envelope.business, conversation: envelope.conversation)
                queue.offer(addressed, envelope: envelope, port: port)
            } catch {
                malformed += 1
                Counter(label: "crm_facts_total", dimensions: [("result", "malformed")]).increment()
                logger.error("fact set aside: malformed", metadata: ["event": "\(fact.id.prefix(64))", "reason": "\(error)"])
                port.answer(FactStored(id: fact.id, failure: error.message), to: envelope)
            }
        case .assign:
            if let conversation = envelope.conversation { conversations.insert(conversation) }
        case .release, .revoke:
            if let conversation = envelope.conversation { conversations.remove(conversation) }
        default:
            // Kinds of later versions, and those that concern other pools.
            Counter(label: "crm_messages_ignored_total").increment()
        }
    }

    /// Affinity sinks as the queue fills: a worker whose database is away gets no new conversations once another one has room. The queue is one for
    /// all gateways, so several of them see it fuller than it is. What waits for the database is not called outstanding: that worker is not stuck.
    package func load() -> Load {
        let counts = queue.counts
        return Load(
            affinity: max(0, 1 - Double(queue.depth) / Double(queue.capacity)), active: conversations.count,
            done: counts.stored + counts.refused + malformed)
    }

    /// A worker that leaves finishes its commits; what it has not confirmed is repeated to another one.
    package var isIdle: Bool { queue.depth == 0 }

    /// What waits is still true and is applied; only the conversations are over.
    package func reset() { conversations.removeAll() }
}
