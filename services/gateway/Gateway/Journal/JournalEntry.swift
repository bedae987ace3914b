import BusContract
import CallVocabulary

/// One row's change.
enum JournalOperation: Sendable {
    case record(JournalRecord)
    case fact(JournaledFact)
    case acknowledge(String)
    case setAside(String, reason: String)

    var isFact: Bool { if case .fact = self { true } else { false } }
}

/// Changes that become durable together or not at all.
struct JournalEntry: Sendable {
    var operations: [JournalOperation]
    /// Told once whether the disk has them. Called on the journal's thread.
    var done: (@Sendable (Bool) -> Void)?
}

/// What the journal's thread can be asked for.
enum JournalCommand: Sendable {
    case write(JournalEntry)
    case page(after: Int64, limit: Int, answer: @Sendable ([JournaledFact]) -> Void)
    case call(CallID, answer: @Sendable (RecoveredCall?) -> Void)
    case openCalls(answer: @Sendable ([RecoveredCall]) -> Void)
    /// Tries the disk now, even within the pause after a failure.
    case flush(answer: @Sendable () -> Void)
}

/// What the disk has not taken yet, oldest first. A value: nothing here waits or fails.
struct WaitingEntries {
    private(set) var entries: [JournalEntry] = []
    private let limit: Int
    private(set) var facts = 0

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count }

    /// - Returns: false when there is no room; the entry is not taken.
    mutating func append(_ entry: JournalEntry) -> Bool {
        guard entries.count < limit else { return false }
        entries.append(entry)
        facts += entry.operations.count(where: \.isFact)
        return true
    }

    mutating func takeAll() -> [JournalEntry] {
        defer { replace([]) }
        return entries
    }

    mutating func replace(_ rest: [JournalEntry]) {
        entries = rest
        facts = rest.reduce(0) { $0 + $1.operations.count(where: \.isFact) }
    }

    /// Everybody who waits for a commit is told that it did not come; the entries stay.
    mutating func takeWaiters() -> [@Sendable (Bool) -> Void] {
        var waiters: [@Sendable (Bool) -> Void] = []
        for index in entries.indices {
            guard let done = entries[index].done else { continue }
            waiters.append(done)
            entries[index].done = nil
        }
        return waiters
    }

    /// Forgets what need not be written any more: facts that were acknowledged meanwhile, and calls that began and ended here.
    /// Without this a gateway without a disk would fill its memory with the past.
    mutating func compact() {
        var acknowledged: Set<String> = []
        var ended: Set<CallID> = []
        var begun: Set<CallID> = []
        for case .record(.accepted(let card)) in entries.lazy.flatMap(\.operations) { begun.insert(card.call) }
        for operation in entries.lazy.flatMap(\.operations) {
            switch operation {
            case .acknowledge(let id): acknowledged.insert(id)
            case .record(.ended(let call, _)) where begun.contains(call): ended.insert(call)
            default: break
            }
        }
        guard !acknowledged.isEmpty || !ended.isEmpty else { return }
        replace(
            entries.compactMap { entry in
                var entry = entry
                entry.operations.removeAll { operation in
                    switch operation {
                    case .fact(let fact): acknowledged.contains(fact.fact.id)
                    // The end itself stays: an earlier part of the call may be on the disk.
                    case .record(.ended): false
                    case .record(let record): record.call.map(ended.contains) ?? false
                    case .acknowledge, .setAside: false
                    }
                }
                return entry.operations.isEmpty && entry.done == nil ? nil : entry
            })
    }

    /// Sequences above everything on the disk, in order.
    mutating func renumber(above last: Int64) -> Int64 {
        var next = last + 1
        for entry in entries.indices {
            for index in entries[entry].operations.indices {
                guard case .fact(var fact) = entries[entry].operations[index] else { continue }
                fact.sequence = next
                next += 1
                entries[entry].operations[index] = .fact(fact)
            }
        }
        return next
    }

    func factsWaiting(after sequence: Int64, limit: Int) -> [JournaledFact] {
        var found: [JournaledFact] = []
        for operation in entries.lazy.flatMap(\.operations) {
            guard found.count < limit else { break }
            if case .fact(let fact) = operation, fact.sequence > sequence { found.append(fact) }
        }
        return found
    }
}

extension JournalRecord {
    /// The call whose recovery rows this belongs to.
    var call: CallID? {
        switch self {
        case .accepted(let card): card.call
        case .stream(let call, _, _), .heard(let call, _), .turn(let call, _), .lead(let call, _), .decided(let call, _),
            .undecided(let call), .ended(let call, _):
            call
        case .fact: nil
        }
    }
}
