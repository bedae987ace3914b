import EventThread
import Synchronization

/// One connection to PostgreSQL, on a thread of its own. Any number of tasks may use it; their statements run one after another.
///
/// It does not reconnect by itself. After a loss, statements fail with `notConnected` until ``connect()`` is called again.
package final class PostgresConnection: Sendable {
    /// The connections whose transaction the current task is inside of.
    @TaskLocal private static var open: Set<ObjectIdentifier> = []

    private let thread: EventThread<PostgresCommand>
    private let configuration: PostgresConfiguration
    private let lastID = Atomic<UInt64>(0)
    private let clock = ContinuousClock()

    /// Starts the thread. Does not connect yet.
    ///
    /// - Parameter name: of the thread.
    package init(configuration: PostgresConfiguration, name: String = "postgres") async throws {
        self.configuration = configuration
        thread = try await EventThread(name: name) { PostgresDriver(configuration: configuration) }
    }

    /// Connects, or does nothing if connected. Bounded by the configuration's `connectTimeout`.
    ///
    /// - Throws: ``PostgresError`` with `connectFailed`, `configuration` or `stopped`.
    package func connect() async throws {
        let deadline = clock.now + configuration.connectTimeout
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            let outcome = thread.enqueue(.connect(deadline: deadline) { continuation.resume(with: $0) })
            if outcome != .accepted { continuation.resume(throwing: Self.stopped) }
        }
    }

    /// Runs one statement on its own.
    ///
    /// - Parameters:
    ///   - statement: SQL with `$1`, `$2` … for the parameters. One statement only.
    ///   - timeout: for waiting and running together. At its end the statement is cancelled on the server.
    /// - Throws: ``PostgresError``; `CancellationError` if the task was cancelled and the statement therefore did not run to its end.
    ///   A result that came in spite of a cancellation is returned.
    @discardableResult
    package func query(
        _ statement: String, _ parameters: [(any PostgresEncodable)?] = [], timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try checkOutside()
        return try await submit(.query(statement, parameters.map { $0?.postgresText }), scope: nil, timeout: timeout)
    }

    /// Runs several statements without parameters, as one transaction unless they say otherwise. For migrations.
    ///
    /// - Returns: the result of the last one.
    @discardableResult
    package func execute(script: String, timeout: Duration? = nil) async throws -> PostgresResult {
        try checkOutside()
        return try await submit(.script(script), scope: nil, timeout: timeout)
    }

    /// How much transactions see of each other (manual, section 13.2).
    package enum Isolation: String, Sendable {
        case readCommitted = "READ COMMITTED"
        case repeatableRead = "REPEATABLE READ"
        case serializable = "SERIALIZABLE"
    }

    /// Runs `body` in a transaction: commits when it returns, rolls back when it throws. Statements of others wait meanwhile.
    ///
    /// Inside, use the transaction given, not the connection. Keep it short, and never wait for a caller or a provider in it.
    /// - Throws: what `body` throws; ``PostgresError`` with `commitOutcomeUnknown` if the connection broke during COMMIT.
    package nonisolated(nonsending) func withTransaction<Value>(
        isolation: Isolation = .readCommitted, timeout: Duration? = nil,
        _ body: (PostgresTransaction) async throws -> Value
    ) async throws -> Value {
        try checkOutside()
        let scope = nextID()
        try await submit(.begin("BEGIN ISOLATION LEVEL \(isolation.rawValue)"), scope: scope, timeout: timeout)
        let value: Value
        do {
            value = try await Self.$open.withValue(Self.open.union([ObjectIdentifier(self)])) {
                try await body(PostgresTransaction(connection: self, scope: scope))
            }
        } catch {
            // Not cancellable: a rollback is due exactly when the task is cancelled. Its own failure adds nothing; the driver
            // gives a connection up that is not idle afterwards.
            _ = try? await submit(.rollback, scope: scope, timeout: timeout, cancellable: false)
            throw error
        }
        try await submit(.commit, scope: scope, timeout: timeout, cancellable: false)
        return value
    }

    /// Ends the connection and its thread. What still runs fails with `stopped`. May be repeated.
    package func close() async { await thread.stop() }

    @discardableResult
    func submit(
        _ kind: PostgresOperation.Kind, scope: UInt64?, timeout: Duration?, cancellable: Bool = true
    ) async throws -> PostgresResult {
        try Self.checkText(kind)
        let id = nextID()
        let deadline = clock.now + (timeout ?? configuration.statementTimeout)
        if !cancellable { return try await wait(id, kind, scope, deadline, cancellable: false) }
        return try await withTaskCancellationHandler {
            try await wait(id, kind, scope, deadline, cancellable: true)
        } onCancel: {
            thread.enqueue(.cancel(id: id))
        }
    }

    private func wait(
        _ id: UInt64, _ kind: PostgresOperation.Kind, _ scope: UInt64?, _ deadline: ContinuousClock.Instant,
        cancellable: Bool
    ) async throws -> PostgresResult {
        try await withCheckedThrowingContinuation { continuation in
            let operation = PostgresOperation(id: id, kind: kind, scope: scope, deadline: deadline) { continuation.resume(with: $0) }
            guard thread.enqueue(.submit(operation)) == .accepted else {
                return continuation.resume(throwing: Self.stopped)
            }
            // A cancellation that came before this point was enqueued before the statement and found nothing to cancel.
            if cancellable && Task.isCancelled { thread.enqueue(.cancel(id: id)) }
        }
    }

    private func nextID() -> UInt64 { lastID.add(1, ordering: .relaxed).newValue }

    private func checkOutside() throws(PostgresError) {
        if Self.open.contains(ObjectIdentifier(self)) {
            throw PostgresError(
                .transactionMisuse, "The connection was used inside its own transaction and would wait for itself. Use the transaction.")
        }
    }

    /// libpq's strings end at a zero byte: what follows one would silently be cut off.
    private static func checkText(_ kind: PostgresOperation.Kind) throws(PostgresError) {
        let texts: [String?] =
            switch kind {
            case .query(let statement, let parameters): [statement] + parameters
            case .script(let text), .begin(let text): [text]
            case .commit, .rollback: []
            }
        if texts.contains(where: { $0?.utf8.contains(0) == true }) {
            throw PostgresError(
                .invalidInput, "A statement or parameter holds a zero byte, which PostgreSQL cannot store in text. Remove it, or use bytea.")
        }
        if texts.count > 65536 {
            throw PostgresError(.invalidInput, "A statement has more than 65535 parameters. Send fewer at once.")
        }
    }

    private static let stopped = PostgresError(.stopped, "The database connection has been closed. Finish the work before closing it.")
}

/// An open transaction. Valid inside the closure of ``PostgresConnection/withTransaction(isolation:timeout:_:)`` only.
package struct PostgresTransaction: Sendable {
    let connection: PostgresConnection
    let scope: UInt64

    /// Runs one statement of the transaction. After an error the transaction can only be left: let the error out.
    @discardableResult
    package func query(
        _ statement: String, _ parameters: [(any PostgresEncodable)?] = [], timeout: Duration? = nil
    ) async throws -> PostgresResult {
        try await connection.submit(.query(statement, parameters.map { $0?.postgresText }), scope: scope, timeout: timeout)
    }

    /// Runs several statements of the transaction. They must not commit or roll back.
    @discardableResult
    package func execute(script: String, timeout: Duration? = nil) async throws -> PostgresResult {
        try await connection.submit(.script(script), scope: scope, timeout: timeout)
    }
}
