import BusContract
import CallVocabulary

/// Who works here, and who carries what: a value. Time is an input, in milliseconds on the gateway's monotonic clock.
package struct Roster: Sendable, Equatable {
    package struct Assignment: Sendable, Equatable {
        package let worker: WorkerAddress
        package let epoch: Epoch
    }

    package enum Action: Sendable, Equatable {
        case welcome(WorkerAddress)
        case refuse(WorkerAddress, reason: String, mayRetry: Bool)
        /// The worker is gone; these conversations need another one.
        case lost(WorkerAddress, [ConversationID], reason: String)
        /// A worker of this pool can take conversations now: those that wait may ask again.
        case available(Pool)
    }

    package struct Worker: Sendable, Equatable {
        package var load: Load
        package var heard: Int64
        /// Given to it since its last heartbeat: its own figures do not know of these yet.
        package var recent = 0
        package var isSubscribed: Bool
        package var conversations: Set<ConversationID> = []
    }

    /// Without a heartbeat for this long a worker is taken for dead. Fifteen heartbeats: a machine that pages or compiles must not look dead.
    package static let silence: Int64 = 3_000

    package private(set) var workers: [WorkerAddress: Worker] = [:]
    private var assignments: [ConversationID: [Pool: Assignment]] = [:]
    private var subscribed: Set<String> = []
    private let boot: UInt32
    private var counter: UInt32 = 0

    /// - Parameter boot: number of this start of the gateway, persisted: epochs of an earlier life are smaller.
    package init(boot: UInt32) { self.boot = boot }

    // MARK: - Workers

    package mutating func hello(_ hello: Hello, from address: WorkerAddress, version: Int, at now: Int64) -> [Action] {
        guard version == Envelope.version else {
            return [
                .refuse(
                    address,
                    reason: "the gateway speaks version \(Envelope.version) of the bus and this worker \(version); install the same release on both",
                    mayRetry: false)
            ]
        }
        guard hello.pool == address.pool, hello.name == address.name, hello.nonce == address.nonce else {
            return [.refuse(address, reason: "hello and routing id differ", mayRetry: false)]
        }
        var actions: [Action] = []
        // The same name with another nonce is the same seat after a restart: its predecessor is dead, whatever the socket says.
        for former in workers.keys where former.pool == address.pool && former.name == address.name && former != address {
            actions += lose(former, reason: "restarted")
        }
        if workers[address] == nil {
            workers[address] = Worker(load: hello.load, heard: now, isSubscribed: subscribed.contains(Topics.audio(address)))
        }
        actions.append(.welcome(address))
        if isAvailable(address) { actions.append(.available(address.pool)) }
        return actions
    }

    package mutating func heartbeat(_ load: Load, from address: WorkerAddress, at now: Int64) -> [Action] {
        guard workers[address] != nil else { return [.refuse(address, reason: "unknown here; say hello", mayRetry: true)] }
        let wasAvailable = isAvailable(address)
        workers[address]?.load = load
        workers[address]?.heard = now
        workers[address]?.recent = 0
        return !wasAvailable && isAvailable(address) ? [.available(address.pool)] : []
    }

    /// Any other message is a sign of life too.
    package mutating func heard(from address: WorkerAddress, at now: Int64) { workers[address]?.heard = now }

    package mutating func subscribed(_ topic: String) -> [Action] {
        subscribed.insert(topic)
        var actions: [Action] = []
        for address in workers.keys where Topics.audio(address) == topic {
            workers[address]?.isSubscribed = true
            if isAvailable(address) { actions.append(.available(address.pool)) }
        }
        return actions
    }

    package mutating func unsubscribed(_ topic: String) -> [Action] {
        subscribed.remove(topic)
        return workers.keys.filter { $0.pool == .asr && Topics.audio($0) == topic }.flatMap { lose($0, reason: "unsubscribed") }
    }

    package mutating func gone(_ address: WorkerAddress, reason: String) -> [Action] { lose(address, reason: reason) }

    package mutating func tick(at now: Int64) -> [Action] {
        workers.filter { now - $0.value.heard > Self.silence }.keys.sorted { $0.description < $1.description }
            .flatMap { lose($0, reason: "no heartbeat") }
    }

    private mutating func lose(_ address: WorkerAddress, reason: String) -> [Action] {
        guard let worker = workers.removeValue(forKey: address) else { return [] }
        for conversation in worker.conversations { assignments[conversation]?[address.pool] = nil }
        return [.lost(address, worker.conversations.sorted { $0.rawValue < $1.rawValue }, reason: reason)]
    }

    // MARK: - Assignment

    /// Audio that is published before its subscription has arrived is lost (measured: 41 of 200): a recogniser counts from then on.
    private func isAvailable(_ address: WorkerAddress) -> Bool {
        guard let worker = workers[address] else { return false }
        return worker.load.affinity > 0 && !worker.load.draining && (address.pool != .asr || worker.isSubscribed)
    }

    private func best(of pool: Pool) -> WorkerAddress? {
        workers.filter { $0.key.pool == pool && isAvailable($0.key) }
            .max { left, right in
                let (a, b) = (left.value.load.affinity / Double(1 + left.value.recent), right.value.load.affinity / Double(1 + right.value.recent))
                return a != b ? a < b : left.key.description > right.key.description
            }?.key
    }

    /// Gives the conversation a worker of the pool: the one it has, or the best one under a new epoch.
    package mutating func assign(_ conversation: ConversationID, _ pool: Pool) -> Assignment? {
        if let current = assignments[conversation]?[pool] { return current }
        guard let worker = best(of: pool) else { return nil }
        counter += 1
        let assignment = Assignment(worker: worker, epoch: Epoch(boot: boot, counter: counter))
        assignments[conversation, default: [:]][pool] = assignment
        workers[worker]?.conversations.insert(conversation)
        workers[worker]?.recent += 1
        return assignment
    }

    package func assignment(_ conversation: ConversationID, _ pool: Pool) -> Assignment? { assignments[conversation]?[pool] }

    /// A worker for something that is not a conversation (a job, a fact).
    package func any(_ pool: Pool) -> WorkerAddress? { best(of: pool) }

    /// - Returns: who had it.
    package mutating func release(_ conversation: ConversationID) -> [Assignment] {
        let all = assignments.removeValue(forKey: conversation) ?? [:]
        for assignment in all.values { workers[assignment.worker]?.conversations.remove(conversation) }
        return all.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
    }
}
