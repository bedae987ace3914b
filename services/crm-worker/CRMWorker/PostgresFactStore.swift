import BusContract
import CallVocabulary
import Logging
import Metrics
import Postgres

/// Facts in PostgreSQL: one transaction each, idempotent by event id. It owns one connection and is owned by one task.
package final class PostgresFactStore: FactStore {
    package struct Options: Sendable {
        /// Bounds every statement: a server that has stopped answering is a lost connection.
        package var statementTimeout: Duration = .seconds(10)
        package var backoff = Backoff()
        /// Attempts for a fact that fails for a reason that is neither its own nor the connection's.
        package var unexpectedAttempts = 5
        /// Waits; an input so that tests need not.
        package var sleep: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
        package init() {}
    }

    private let database: DatabaseURL
    private let options: Options
    private let logger: Logger
    private var connection: PostgresConnection?
    private var backoff: Backoff
    private var generator = SystemRandomNumberGenerator()

    private init(database: DatabaseURL, options: Options, logger: Logger) {
        self.database = database
        self.options = options
        self.logger = logger
        backoff = options.backoff
    }

    /// Connects and runs the migrations. A store exists only when both are done.
    /// - Parameter patience: how long to try while the database is unreachable; it may be starting at this moment.
    /// - Throws: `CRMStartError` with one sentence that holds the remedy; `CancellationError`.
    package static func open(
        _ database: DatabaseURL, patience: Duration = .seconds(20), migrations: [Migration] = Migration.all, options: Options = Options(),
        logger: Logger
    ) async throws -> PostgresFactStore {
        let store = PostgresFactStore(database: database, options: options, logger: logger)
        let clock = ContinuousClock()
        let end = clock.now + patience
        while true {
            do {
                let connection = try await store.connected()
                _ = try await Migrator.run(migrations, on: connection, logger: logger)
                store.backoff.reset()
                return store
            } catch let error as PostgresError where [.again, .reconnect].contains(DatabaseFailure(error)) {
                await store.disconnect()
                guard clock.now < end else {
                    throw CRMStartError(
                        .databaseUnreachable,
                        message: "PostgreSQL at \(database) cannot be used (\(Self.reason(error))): start it or correct DATABASE_URL", cause: error)
                }
                logger.warning("PostgreSQL is not ready; trying again", metadata: ["database": "\(database)", "reason": "\(Self.reason(error))"])
                try await options.sleep(store.backoff.pause(using: &store.generator))
            } catch let error as PostgresError {
                await store.disconnect()
                throw CRMStartError(
                    .migrationFailed,
                    message: """
                        the database at \(database) could not be prepared (\(Self.reason(error))): DATABASE_URL must name a database in which \
                        its user may create tables
                        """,
                    cause: error)
            } catch {
                await store.disconnect()
                throw error
            }
        }
    }

    package func apply(_ fact: AddressedFact) async -> FactOutcome {
        let content: SQLStatement
        do {
            content = try fact.content()
        } catch {
            return .refused("the fact cannot be written as JSON: \(error)")
        }
        var unexpected = 0
        while true {
            do {
                let connection = try await connected()
                try await write(fact, content, on: connection)
                backoff.reset()
                return .stored
            } catch let refusal as FactRefusal {
                return .refused(refusal.message)
            } catch let error as PostgresError {
                let failure = DatabaseFailure(error)
                logger.log(
                    level: failure == .refused ? .debug : .error, "a fact was not stored",
                    metadata: ["event": "\(fact.fact.id)", "reason": "\(error)", "next": "\(failure)"])
                switch failure {
                case .refused: return .refused("\(error)")
                case .again: break
                case .reconnect: await disconnect()
                case .unexpected:
                    await disconnect()
                    unexpected += 1
                    if unexpected >= options.unexpectedAttempts { return .postponed("\(error)") }
                }
            } catch {
                // Cancelled, or a fault of this program: nothing is known about the connection.
                await disconnect()
                return .postponed("\(error)")
            }
            Counter(label: "crm_fact_retries_total").increment()
            do {
                try await options.sleep(backoff.pause(using: &generator))
            } catch {
                return .postponed("stopping")
            }
        }
    }

    /// Closes the connection.
    package func close() async { await disconnect() }

    private func write(_ fact: AddressedFact, _ content: SQLStatement, on connection: PostgresConnection) async throws {
        try await connection.withTransaction { transaction in
            func run(_ statement: SQLStatement) async throws -> [PostgresRow] {
                try await transaction.query(statement.sql, statement.parameters).rows
            }
            _ = try await run(fact.ensureBusiness)
            _ = try await run(fact.ensureCall)
            let owner = try await run(fact.lockCall)
            guard owner.first?["business_id"] == fact.business.rawValue else {
                throw FactRefusal(message: "the call belongs to another business")
            }
            if try await run(fact.claim).isEmpty { return }
            let written = try await run(content)
            // The statement returns a row unless the recording is another call's. Nothing of it is kept, the note of its arrival neither.
            if case .recording = fact.fact.body, written.isEmpty { throw FactRefusal(message: "the recording belongs to another call") }
        }
    }

    private func connected() async throws -> PostgresConnection {
        if let connection { return connection }
        var configuration = PostgresConfiguration(connectionString: database.text)
        configuration.statementTimeout = options.statementTimeout
        let new = try await PostgresConnection(configuration: configuration, name: "crm-postgres")
        do {
            try await new.connect()
            // A worker that hangs inside a transaction must not hold its call's row for ever; and waiting for another one's lock has an end.
            try await new.execute(script: "set lock_timeout to '5s'; set idle_in_transaction_session_timeout to '15s'")
        } catch {
            await new.close()
            throw error
        }
        connection = new
        return new
    }

    private func disconnect() async {
        guard let old = connection else { return }
        connection = nil
        await old.close()
    }

    /// What helps an operator. libpq's words about a connection never hold a password, and the server's about rights and schema name
    /// only things of the schema; those about data may quote a caller (a migration of old rows) and are left out.
    private static func reason(_ error: PostgresError) -> String {
        let speakable = error.code.sqlState.map { ["28", "3D", "42", "53", "57"].contains($0.prefix(2)) } ?? true
        guard speakable, let words = error.serverMessage, !words.isEmpty else { return error.message }
        return words.split(whereSeparator: \.isNewline).map { $0.trimmingPrefix { $0 == " " || $0 == "\t" } }.joined(separator: "; ")
    }
}
