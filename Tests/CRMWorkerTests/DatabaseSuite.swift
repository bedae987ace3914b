import CRMWorker
import Postgres
import TestSupport
import Testing

/// Everything that needs PostgreSQL: one private server for the process, a database of its own for each test, one test after the other.
@Suite(.serialized, .timeLimit(.minutes(2)), .enabled(if: PrivatePostgres.isInstalled, "PostgreSQL's server is not installed")) enum DatabaseSuite {}

/// A fresh database and an administrator's connection to it.
struct TestDatabase: Sendable {
    let url: DatabaseURL
    let admin: PostgresConnection

    static func with(_ body: (TestDatabase) async throws -> Void) async throws {
        let server = try await PrivatePostgres.shared()
        let text = "host=\(server.host) user=\(server.user) dbname=\(try await server.makeDatabase())"
        let admin = try await PostgresConnection(configuration: PostgresConfiguration(connectionString: text), name: "admin")
        try await admin.connect()
        let database = TestDatabase(url: try DatabaseURL(text), admin: admin)
        do {
            try await body(database)
        } catch {
            await database.admin.close()
            throw error
        }
        await database.admin.close()
    }

    /// A migrated store with short pauses.
    func store(migrations: [Migration] = Migration.all) async throws -> PostgresFactStore {
        try await PostgresFactStore.open(url, patience: .zero, migrations: migrations, options: Self.options, logger: Samples.logger)
    }

    static var options: PostgresFactStore.Options {
        var options = PostgresFactStore.Options()
        options.backoff = Backoff(first: .milliseconds(1), longest: .milliseconds(10))
        return options
    }

    /// The first column of every row, as text.
    func column(_ sql: String) async throws -> [String?] {
        try await admin.query(sql).rows.map { $0.values[0] }
    }

    /// Every row that facts make, without what differs from run to run (identities, the time of writing).
    func contents() async throws -> [String?] {
        // Nulls are left out: a column that a later migration adds is no difference while it is empty.
        let hasRecordings = try await column("select to_regclass('recordings')::text") != [nil]
        return try await column("select 'business ' || id from businesses order by id")
            + column("select 'call ' || jsonb_strip_nulls(to_jsonb(t) - 'id')::text || id from calls t order by id")
            + (hasRecordings ? column("select 'recording ' || to_jsonb(t)::text from recordings t order by sid") : [])
            + column("select 'turn ' || to_jsonb(t)::text from turns t order by call_id, turn")
            + column("select 'lead ' || (to_jsonb(t) - 'id')::text from leads t order by call_id")
            + column("select 'fact ' || concat_ws(' ', event_id, business_id, kind) from facts_applied order by event_id collate \"C\"")
    }

    /// Ends every other connection to this database, as an administrator or a restarting server does.
    @discardableResult
    func killConnections() async throws -> Int {
        try await column(
            "select pg_terminate_backend(pid, 5000)::text from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        ).count
    }
}
