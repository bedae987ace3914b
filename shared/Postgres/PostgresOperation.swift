/// One statement on its way: what to send, until when, and who waits for the answer.
struct PostgresOperation: Sendable {
    enum Kind: Sendable {
        /// One statement with parameters (extended protocol).
        case query(String, [String?])
        /// Several statements without parameters (simple protocol).
        case script(String)
        /// Opens the transaction `scope`.
        case begin(String)
        /// Ends it.
        case commit
        case rollback
    }

    let id: UInt64
    let kind: Kind
    /// The transaction to which it belongs; nil for a statement on its own.
    let scope: UInt64?
    let deadline: ContinuousClock.Instant
    let completion: @Sendable (Result<PostgresResult, any Error>) -> Void

    var endsTransaction: Bool {
        switch kind {
        case .commit, .rollback: true
        case .query, .script, .begin: false
        }
    }
}

/// What waits for the connection, and in which order it may go: a value, so that every case is a small test.
///
/// First come, first served, except that while a transaction is open only its own statements pass.
struct PostgresQueue {
    private(set) var waiting: [PostgresOperation] = []
    /// The transaction that owns the connection, from its BEGIN on.
    private(set) var owner: UInt64?

    /// - Returns: the operation, if it can never run: its transaction is not the open one (any more).
    mutating func append(_ operation: PostgresOperation) -> PostgresOperation? {
        if case .begin = operation.kind {
            waiting.append(operation)
            return nil
        }
        guard operation.scope == nil || operation.scope == owner else { return operation }
        waiting.append(operation)
        return nil
    }

    /// Takes the next operation that may run. The caller runs one at a time.
    mutating func next() -> PostgresOperation? {
        let index = waiting.firstIndex { operation in
            guard let owner else { return true }
            return operation.scope == owner
        }
        guard let index else { return nil }
        let operation = waiting.remove(at: index)
        if case .begin = operation.kind { owner = operation.scope }
        return operation
    }

    /// The transaction is over: committed, rolled back, or never begun.
    mutating func release() -> [PostgresOperation] {
        guard let scope = owner else { return [] }
        owner = nil
        let late = waiting.filter { $0.scope == scope }
        waiting.removeAll { $0.scope == scope }
        return late
    }

    mutating func remove(id: UInt64) -> PostgresOperation? {
        waiting.firstIndex { $0.id == id }.map { waiting.remove(at: $0) }
    }

    mutating func removeAll() -> [PostgresOperation] {
        defer { self = PostgresQueue() }
        return waiting
    }

    mutating func removeExpired(now: ContinuousClock.Instant) -> [PostgresOperation] {
        let expired = waiting.filter { $0.deadline <= now }
        if !expired.isEmpty { waiting.removeAll { $0.deadline <= now } }
        return expired
    }

    var nextDeadline: ContinuousClock.Instant? { waiting.map(\.deadline).min() }
}

/// What tasks ask of the connection's thread.
enum PostgresCommand: Sendable {
    case connect(deadline: ContinuousClock.Instant, completion: @Sendable (Result<Void, any Error>) -> Void)
    case submit(PostgresOperation)
    /// The task that waits for the operation was cancelled.
    case cancel(id: UInt64)
}
