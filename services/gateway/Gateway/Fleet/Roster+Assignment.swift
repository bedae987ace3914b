import BusContract
import CallVocabulary

/// Which worker has which conversation, and under which epoch.
extension Roster {
    /// Audio that is published before its subscription has arrived is lost (measured: 41 of 200): a recogniser counts from then on.
    func isAvailable(_ address: WorkerAddress) -> Bool {
        guard let worker = workers[address] else { return false }
        return worker.load.affinity > 0 && !worker.load.draining && !worker.isHung && (address.pool != .asr || worker.isSubscribed)
    }

    private func best(of pool: Pool, except: WorkerAddress? = nil) -> WorkerAddress? {
        let candidates = workers.filter { $0.key.pool == pool && $0.key != except && isAvailable($0.key) }
        // Better one whose heart is late than none.
        let sound = candidates.filter { !$0.value.isSuspect }
        return (sound.isEmpty ? candidates : sound)
            .max { left, right in
                let (a, b) = (left.value.load.affinity / Double(1 + left.value.recent), right.value.load.affinity / Double(1 + right.value.recent))
                return a != b ? a < b : left.key.description > right.key.description
            }?.key
    }

    /// Gives the conversation a worker of the pool: the one it has, or the best one under a new epoch.
    /// - Parameter replacing: the conversation lost its worker, and what it said since will come in one go.
    package mutating func assign(_ conversation: ConversationID, _ pool: Pool, replacing: Bool = false, at now: Int64 = 0) -> Assignment? {
        if let current = assignments[conversation]?[pool] { return current }
        guard let worker = best(of: pool) else { return nil }
        return give(conversation, pool, to: worker, replacing: replacing, at: now)
    }

    /// Gives the conversation another worker of the pool than the one it has, which wants to leave.
    /// - Returns: nil when there is no other.
    package mutating func move(_ conversation: ConversationID, _ pool: Pool, at now: Int64) -> (new: Assignment, old: Assignment?)? {
        let old = assignments[conversation]?[pool]
        guard let worker = best(of: pool, except: old?.worker) else { return nil }
        if let old { workers[old.worker]?.conversations.remove(conversation) }
        return (give(conversation, pool, to: worker, replacing: false, at: now), old)
    }

    private mutating func give(
        _ conversation: ConversationID, _ pool: Pool, to worker: WorkerAddress, replacing: Bool, at now: Int64
    ) -> Assignment {
        counter += 1
        let assignment = Assignment(worker: worker, epoch: Epoch(boot: boot, counter: counter))
        assignments[conversation, default: [:]][pool] = assignment
        workers[worker]?.conversations.insert(conversation)
        workers[worker]?.recent += 1
        if replacing, let patience = workers[worker]?.patience {
            let granted = max(patience, now + Self.hangLimit(pool)) + Self.patiencePerCall
            workers[worker]?.patience = min(granted, now + Self.longestPatience)
        }
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

    func held(_ address: WorkerAddress) -> [Held] {
        (workers[address]?.conversations ?? []).sorted { $0.rawValue < $1.rawValue }.compactMap { conversation in
            assignments[conversation]?[address.pool].map { Held(conversation: conversation, epoch: $0.epoch) }
        }
    }

    mutating func takeAll(from address: WorkerAddress) -> [Held] {
        let held = held(address)
        for item in held { assignments[item.conversation]?[address.pool] = nil }
        workers[address]?.conversations = []
        return held
    }
}
