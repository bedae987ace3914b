import EventThread
import Glibc
import Postgres
import TestSupport
import Testing

@Suite(.enabled(if: PrivatePostgres.isInstalled, "PostgreSQL's server is not installed"))
struct PostgresConnectionTests {
    private func configuration() async throws -> PostgresConfiguration {
        let server = try await PrivatePostgres.shared()
        return PostgresConfiguration(host: server.host, database: try await server.makeDatabase(), user: server.user)
    }

    private func connected(_ configuration: PostgresConfiguration) async throws -> PostgresConnection {
        let connection = try await PostgresConnection(configuration: configuration)
        try await connection.connect()
        return connection
    }

    private func withConnection(_ body: (PostgresConnection) async throws -> Void) async throws {
        let connection = try await connected(try await configuration())
        do {
            try await body(connection)
        } catch {
            await connection.close()
            throw error
        }
        await connection.close()
    }

    @Test func valuesGoThereAndBack() async throws {
        try await withConnection { connection in
            let name: String? = nil
            let result = try await connection.query(
                "SELECT $1::text AS a, $2::int AS b, $3::bool AS c, $4::bytea AS d, $5::text AS e, $6::float8 AS f, '' AS g",
                ["שלום ' \" \\ 🙂", -5, true, [0, 0x27, 0xFF] as [UInt8], name, 0.1])
            let row = try #require(result.rows.first)
            #expect(result.columns == ["a", "b", "c", "d", "e", "f", "g"])
            #expect(try row.decode("a") == "שלום ' \" \\ 🙂")
            #expect(try row.decode("b") == -5)
            #expect(try row.decode("c") == true)
            #expect(try row.decode("d") == [0, 0x27, 0xFF] as [UInt8])
            #expect(try row.decodeIfPresent("e", as: String.self) == nil)
            #expect(try row.decode("f") == 0.1)
            #expect(row["g"] == "" && row["e"] == nil && row["absent"] == nil)
            #expect(throws: PostgresError.self) { try row.decode("e", as: String.self) }
            #expect(throws: PostgresError.self) { try row.decode("a", as: Int.self) }
            #expect(throws: PostgresError.self) { try row.decode("absent", as: Int.self) }
            #expect(try await connection.query("SHOW TimeZone").rows.first?["TimeZone"] == "UTC")
        }
    }

    @Test func scriptsAndAffectedRows() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 5000);")
            let inserted = try await connection.query("UPDATE t SET n = n + 10000 WHERE n <= $1", [7])
            #expect(inserted.affectedRows == 7 && inserted.commandTag == "UPDATE 7")
            let rows = try await connection.query("SELECT n, repeat('x', 500) AS x FROM t ORDER BY n").rows
            #expect(rows.count == 5000)
            #expect(try rows.last?.decode("n") == 10007)
            // A script is one transaction: nothing of a failed one stays.
            await #expect(throws: PostgresError.self) {
                try await connection.execute(script: "INSERT INTO t VALUES (-1); INSERT INTO t VALUES (8);")
            }
            #expect(try await connection.query("SELECT 1 FROM t WHERE n = -1").rows.isEmpty)
        }
    }

    @Test func aLargeParameterNeedsSeveralFlushes() async throws {
        try await withConnection { connection in
            let text = String(repeating: "א", count: 4_000_000)
            let row = try await connection.query("SELECT length($1) AS n, $1 AS t", [text]).rows.first
            #expect(try row?.decode("n") == 4_000_000)
            #expect(row?["t"] == text)
        }
    }

    @Test func errorsNameTheConstraintButNoValues() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (name text CONSTRAINT one_name UNIQUE)")
            try await connection.query("INSERT INTO t VALUES ($1)", ["secret"])
            let error = await #expect(throws: PostgresError.self) { try await connection.query("INSERT INTO t VALUES ($1)", ["secret"]) }
            #expect(error?.code == .uniqueViolation)
            #expect(error?.constraint == "one_name")
            #expect(error?.description.contains("one_name") == true)
            let cast = await #expect(throws: PostgresError.self) { try await connection.query("SELECT $1::text::int", ["secret"]) }
            #expect(cast?.code == .sqlState("22P02"))
            #expect(cast?.serverMessage?.contains("secret") == true)
            #expect(cast?.description.contains("secret") == false)
            let zero = await #expect(throws: PostgresError.self) { try await connection.query("SELECT $1::text", ["a\0b"]) }
            #expect(zero?.code == .invalidInput)
            #expect(try await connection.query("SELECT 1 AS one").rows.first?["one"] == "1")
        }
    }

    @Test func aTransactionCommitsOrRollsBack() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int PRIMARY KEY)")
            let value = try await connection.withTransaction { transaction in
                try await transaction.query("INSERT INTO t VALUES (1)")
                return 42
            }
            #expect(value == 42)
            struct Change: Error {}
            await #expect(throws: Change.self) {
                try await connection.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (2)")
                    throw Change()
                }
            }
            // An error swallowed inside makes COMMIT a rollback; that must not pass for success.
            let aborted = await #expect(throws: PostgresError.self) {
                try await connection.withTransaction { transaction in
                    try await transaction.query("INSERT INTO t VALUES (3)")
                    _ = try? await transaction.query("INSERT INTO t VALUES (1)")
                }
            }
            #expect(aborted?.code == .transactionAborted)
            #expect(try await connection.query("SELECT n FROM t").rows.map { $0["n"] } == ["1"])
        }
    }

    @Test func concurrentTransactionsDoNotInterleave() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int); INSERT INTO t VALUES (0)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await connection.withTransaction { transaction in
                            let row = try #require(try await transaction.query("SELECT n FROM t").rows.first)
                            let value = try row.decode("n", as: Int.self)
                            await Task.yield()
                            try await transaction.query("UPDATE t SET n = $1", [value + 1])
                        }
                    }
                    group.addTask { try await connection.query("SELECT n FROM t") }
                }
                try await group.waitForAll()
            }
            #expect(try await connection.query("SELECT n FROM t").rows.first?["n"] == "20")
        }
    }

    @Test func transactionsAreUsedAsMeant() async throws {
        try await withConnection { connection in
            try await connection.execute(script: "CREATE TABLE t (n int)")
            var escaped: PostgresTransaction?
            try await connection.withTransaction { transaction in
                escaped = transaction
                let inside = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
                #expect(inside?.code == .transactionMisuse)
                let nested = await #expect(throws: PostgresError.self) { try await connection.withTransaction { _ in } }
                #expect(nested?.code == .transactionMisuse)
            }
            let late = await #expect(throws: PostgresError.self) { try await escaped?.query("INSERT INTO t VALUES (1)") }
            #expect(late?.code == .transactionMisuse)
            let ended = await #expect(throws: PostgresError.self) {
                try await connection.withTransaction { try await $0.query("COMMIT") }
            }
            #expect(ended?.code == .transactionMisuse)
            #expect(try await connection.query("SELECT n FROM t").rows.isEmpty)
            // A transaction left open costs the connection: the next statement must not run inside it.
            let left = await #expect(throws: PostgresError.self) { try await connection.query("BEGIN") }
            #expect(left?.code == .transactionMisuse)
            let gone = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
            #expect(gone?.code == .notConnected)
            try await connection.connect()
            try await connection.query("SELECT 1")
        }
    }

    @Test func aDeadlineCancelsOnTheServer() async throws {
        try await withConnection { connection in
            let error = await #expect(throws: PostgresError.self) {
                try await connection.query("SELECT pg_sleep(60)", timeout: .milliseconds(50))
            }
            #expect(error?.code == .deadlineExceeded)
            // The same connection goes on, and its next statement is not hit by the cancellation.
            for _ in 0..<20 { try await connection.query("SELECT pg_sleep(0.001)") }
        }
    }

    @Test func waitingForOthersCountsAgainstTheDeadline() async throws {
        try await withConnection { connection in
            let slow = Task { try await connection.query("SELECT pg_sleep(60)") }
            let error = await #expect(throws: PostgresError.self) {
                // Either waits behind the sleeper, or is first and then the sleeper is behind it; so asked until it has waited.
                while true { try await connection.query("SELECT 1", timeout: .milliseconds(50)) }
            }
            #expect(error?.code == .deadlineExceeded)
            slow.cancel()
            await #expect(throws: CancellationError.self) { try await slow.value }
        }
    }

    @Test func cancellingTheTaskCancelsTheStatement() async throws {
        try await withConnection { connection in
            let before = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                _ = try await connection.query("SELECT pg_sleep(60)", timeout: .seconds(60))
            }
            await #expect(throws: CancellationError.self) { try await before.value }
            let inside = Task {
                try await connection.withTransaction { transaction in
                    try await transaction.query("CREATE TABLE cancelled (n int)")
                    withUnsafeCurrentTask { $0?.cancel() }
                    try await transaction.query("SELECT pg_sleep(60)", timeout: .seconds(60))
                }
            }
            await #expect(throws: CancellationError.self) { try await inside.value }
            let table = try await connection.query("SELECT to_regclass('cancelled') AS t").rows.first
            #expect(table?.values == [nil])
        }
    }

    @Test func aLostConnectionSaysSoAndCanBeMadeAgain() async throws {
        let configuration = try await configuration()
        let connection = try await connected(configuration)
        let other = try await connected(configuration)
        let pid = try #require(try await connection.query("SELECT pg_backend_pid() AS pid").rows.first).decode("pid", as: Int.self)
        let running = Task { try await connection.query("SELECT pg_sleep(60)", timeout: .seconds(60)) }
        while try await other.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND query LIKE '%sleep%' AND state = 'active'", [pid]).rows.isEmpty
        {}
        try await other.query("SELECT pg_terminate_backend($1)", [pid])
        let lost = await #expect(throws: PostgresError.self) { try await running.value }
        #expect(lost?.code == .connectionLost)
        let absent = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(absent?.code == .notConnected)
        try await connection.connect()
        #expect(try await connection.query("SELECT 1 AS one").rows.first?["one"] == "1")
        await other.close()
        await connection.close()
    }

    @Test func aTransactionDoesNotSurviveItsConnection() async throws {
        let configuration = try await configuration()
        let connection = try await connected(configuration)
        let other = try await connected(configuration)
        try await other.execute(script: "CREATE TABLE t (n int)")
        let error = await #expect(throws: PostgresError.self) {
            try await connection.withTransaction { transaction in
                let row = try #require(try await transaction.query("SELECT pg_backend_pid() AS pid").rows.first)
                try await other.query("SELECT pg_terminate_backend($1)", [try row.decode("pid", as: Int.self)])
                // Until the end has arrived.
                while (try? await transaction.query("SELECT 1")) != nil {}
                try await connection.connect()
                try await transaction.query("INSERT INTO t VALUES (1)")
            }
        }
        #expect(error?.code == .transactionMisuse)
        #expect(try await other.query("SELECT n FROM t").rows.isEmpty)
        await other.close()
        await connection.close()
    }

    @Test func copyIsRefused() async throws {
        try await withConnection { connection in
            let error = await #expect(throws: PostgresError.self) { try await connection.query("COPY (SELECT 1) TO STDOUT") }
            #expect(error?.code == .unsupported)
            try await connection.connect()
            try await connection.query("SELECT 1")
        }
    }

    @Test func closingAnswersWhatRuns() async throws {
        let connection = try await connected(try await configuration())
        let running = Task { try await connection.query("SELECT pg_sleep(60)", timeout: .seconds(60)) }
        while (try? await connection.query("SELECT 1", timeout: .milliseconds(20))) != nil {}
        await connection.close()
        let error = await #expect(throws: PostgresError.self) { try await running.value }
        #expect(error?.code == .stopped)
        await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        await #expect(throws: PostgresError.self) { try await connection.connect() }
    }
}

@Suite struct PostgresUnreachableTests {
    @Test func withoutAServerConnectingFails() async throws {
        let directory = try TemporaryDirectory()
        let connection = try await PostgresConnection(
            configuration: PostgresConfiguration(host: directory.path, database: "x", user: "x", password: "hidden"))
        let idle = await #expect(throws: PostgresError.self) { try await connection.query("SELECT 1") }
        #expect(idle?.code == .notConnected)
        for _ in 0..<2 {
            let error = await #expect(throws: PostgresError.self) { try await connection.connect() }
            #expect(error?.code == .connectFailed)
        }
        await connection.close()
    }

    /// A listener that never answers: the kernel accepts, nobody speaks.
    @Test func aSilentServerCostsTheConnectTimeout() async throws {
        let directory = try TemporaryDirectory()
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(listener) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: (directory.path + "/.s.PGSQL.5432").utf8) }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let bound = withUnsafePointer(to: address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(listener, $0, size) } }
        try #require(bound == 0 && listen(listener, 5) == 0)
        var configuration = PostgresConfiguration(host: directory.path, database: "x", user: "x")
        configuration.connectTimeout = .milliseconds(50)
        let connection = try await PostgresConnection(configuration: configuration)
        let error = await #expect(throws: PostgresError.self) { try await connection.connect() }
        #expect(error?.code == .connectFailed)
        await connection.close()
    }

    @Test func aBadConnectionStringIsNotQuoted() async throws {
        let configuration = PostgresConfiguration(connectionString: "postgresql://u:hidden@[/x")
        #expect(!"\(configuration)".contains("hidden") && !String(reflecting: configuration).contains("hidden"))
        let connection = try await PostgresConnection(configuration: configuration)
        let error = await #expect(throws: PostgresError.self) { try await connection.connect() }
        #expect(error?.code == .configuration)
        #expect(error.map { !String(reflecting: $0).contains("hidden") } == true)
        await connection.close()
    }
}
