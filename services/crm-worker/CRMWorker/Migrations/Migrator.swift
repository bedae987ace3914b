import Logging
import Postgres

/// Brings a database to this program's schema. Safe to run from several processes at once: one works, the others wait and find it done.
enum Migrator {
    /// Key of the advisory lock: "maane" in ASCII, and nothing else in the database may use it.
    static let lock: Int64 = 0x6d61_616e_65
    /// Waiting for another worker's migrations included.
    static let deadline: Duration = .seconds(120)

    /// Applies what is missing, all of it in one transaction: a migration that fails leaves the database as it was.
    /// - Returns: the numbers applied now.
    /// - Throws: `CRMStartError` when the database's history is not a beginning of `migrations`; what the connection throws.
    static func run(_ migrations: [Migration], on connection: PostgresConnection, logger: Logger) async throws -> [Int] {
        let applied = try await connection.withTransaction { transaction in
            // The connection's own limit is made for rows, not for another worker's migrations.
            try await transaction.execute(script: "set local lock_timeout to 0")
            // Ends with the transaction, also when this process is killed.
            try await transaction.query("select pg_advisory_xact_lock($1::bigint)", [lock], timeout: deadline)
            try await transaction.execute(
                script: """
                    create table if not exists schema_migrations (
                        number integer primary key,
                        name text not null,
                        checksum text not null,
                        applied_at timestamptz not null default now()
                    )
                    """)
            let known = try await transaction.query("select number, checksum from schema_migrations order by number")
            let missing = try Self.missing(from: migrations, history: known.rows.map { (try $0.decode("number"), try $0.decode("checksum")) })
            for migration in missing {
                try await transaction.execute(script: migration.sql, timeout: deadline)
                try await transaction.query(
                    "insert into schema_migrations (number, name, checksum) values ($1::integer, $2, $3)",
                    [migration.number, migration.name, migration.checksum])
            }
            return missing.map(\.number)
        }
        if !applied.isEmpty { logger.notice("database migrated", metadata: ["migrations": "\(applied)"]) }
        return applied
    }

    /// Which migrations a database with this history lacks.
    static func missing(from migrations: [Migration], history: [(number: Int, checksum: String)]) throws(CRMStartError) -> ArraySlice<Migration> {
        for (index, entry) in history.enumerated() {
            guard index < migrations.count else {
                throw CRMStartError(
                    .migrationFailed,
                    message: """
                        the database is at migration \(entry.number) and this program knows only \(migrations.count): start the newer program, \
                        or restore the backup made before it ran
                        """)
            }
            guard entry.number == migrations[index].number, entry.checksum == migrations[index].checksum else {
                throw CRMStartError(
                    .migrationFailed,
                    message: """
                        migration \(migrations[index].number) in the database is not the one in this program: a migration must not be edited \
                        after it ran, add a new one; or DATABASE_URL names another program's database
                        """)
            }
        }
        return migrations[history.count...]
    }
}
