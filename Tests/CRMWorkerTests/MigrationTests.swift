import BusContract
import CRMWorker
import CallVocabulary
import Postgres
import Testing

extension DatabaseSuite {
    @Suite struct MigrationTests {
        private static let history = "select number || ' ' || name || ' ' || checksum from schema_migrations order by number"
        private static let expected: [String?] = Migration.all.map { "\($0.number) \($0.name) \($0.checksum)" }

        /// A migration that has left the house stays as it is; add a new one instead of changing a line here. The sums come from another
        /// implementation of FNV-1a.
        @Test func noMigrationWasEdited() {
            #expect(Migration.all.map(\.checksum) == ["9f3d45353c5fec50", "4693b243b83b13db", "96cb331ada47114b"])
        }

        @Test func anEmptyDatabaseIsMigratedOnce() async throws {
            #expect(Migration.all.map(\.number) == Array(1...Migration.all.count))
            try await TestDatabase.with { database in
                for _ in 0..<2 {
                    let store = try await database.store()
                    await store.close()
                    #expect(try await database.column(Self.history) == Self.expected)
                }
                #expect(
                    try await database.column("select table_name from information_schema.tables where table_schema = 'public' order by 1")
                        == ["businesses", "calls", "facts_applied", "leads", "recordings", "schema_migrations", "turns"])
            }
        }

        @Test func workersThatStartTogetherMigrateOnce() async throws {
            try await TestDatabase.with { database in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            let store = try await database.store()
                            await store.close()
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(try await database.column(Self.history) == Self.expected)
            }
        }

        /// A row's lock may be waited for five seconds only; another worker's migrations must not fall under that.
        @Test func waitingForAnotherWorkersMigrationsHasNoRowLimit() async throws {
            let limit = Migration(
                number: 1, name: "limit", sql: "create table seen as select current_setting('lock_timeout') as lock_timeout;")
            try await TestDatabase.with { database in
                let store = try await database.store(migrations: [limit])
                await store.close()
                let seen = try await database.column("select lock_timeout from seen")
                #expect(seen == ["0"])
            }
        }

        @Test func aPopulatedDatabaseKeepsItsRows() async throws {
            let call = try Samples.call(1)
            let later = Migration(
                number: Migration.all.count + 1, name: "later",
                sql: "alter table leads add column score integer not null default 7; update leads set score = score + 1;")
            try await TestDatabase.with { database in
                // Rows as the program of migration 2 wrote them.
                let old = try await database.store(migrations: Array(Migration.all[..<2]))
                await old.close()
                try await database.admin.execute(script: Self.rowsOfMigration2(call))
                let before = try await database.contents()
                #expect(before.count == 9)
                let new = try await database.store()
                #expect(try await database.contents() == before)
                #expect(try await database.column("select coalesce(end_reason, 'none') from calls") == ["none"])
                for fact in Samples.recording(call) { #expect(await new.apply(try Samples.addressed(fact, call)) == .stored) }
                #expect(try await database.column("select words from recordings") == ["תחזרו אליי"])
                // A repetition of what the old program applied changes nothing.
                let again = Fact(id: "\(call).8", at: Samples.start, body: .callEnded(outcome: .failed, milliseconds: 1, reason: "again"))
                #expect(await new.apply(try Samples.addressed(again, call)) == .stored)
                #expect(try await database.column("select outcome from calls where end_reason is null") == ["served"])
                await new.close()
                let newer = try await database.store(migrations: Migration.all + [later])
                await newer.close()
                #expect(try await database.column("select score::text from leads") == ["8"])
                #expect(try await database.column("select count(*)::text from turns") == ["4"])
            }
        }

        private static func rowsOfMigration2(_ call: CallID) -> String {
            """
            insert into businesses (id) values ('tel-aviv-estates');
            insert into calls (id, business_id, from_number, to_number, started_at, ended_at, outcome, duration_ms, summary,
                               start_fact, end_fact, summary_fact)
            values ('\(call)', 'tel-aviv-estates', '+972501234567', '+97231234567', timestamptz '2026-11-22 10:00:00+00',
                    timestamptz '2026-11-22 10:01:03+00', 'served', 63211, 'מבקש דירה', 1, 8, 9);
            insert into turns (call_id, business_id, turn, heard_kind, heard, said, recorded_at, fact)
            select '\(call)', 'tel-aviv-estates', n, 'speech', 'כן', '["באיזו עיר?"]', timestamptz '2026-11-22 10:00:00+00', 1000001 + n
            from generate_series(0, 3) n;
            insert into leads (business_id, call_id, caller, fields, created_at, updated_at, fact)
            values ('tel-aviv-estates', '\(call)', '+972501234567', '{"need": "rent"}', now(), now(), 1000009);
            insert into facts_applied (event_id, business_id, kind)
            values ('\(call).1', 'tel-aviv-estates', 'call_started'), ('\(call).8', 'tel-aviv-estates', 'call_ended');
            """
        }

        @Test func aFailingMigrationLeavesNothing() async throws {
            let broken = Migration(number: Migration.all.count + 1, name: "broken", sql: "create table half (); select 1 / 0;")
            try await TestDatabase.with { database in
                let error = await #expect(throws: CRMStartError.self) { _ = try await database.store(migrations: Migration.all + [broken]) }
                #expect(error?.code == .migrationFailed)
                let tables = try await database.column("select table_name from information_schema.tables where table_schema = 'public'")
                #expect(tables == [])
            }
        }

        @Test func anotherHistoryIsRefused() async throws {
            try await TestDatabase.with { database in
                let store = try await database.store()
                await store.close()
                let edited = [Migration(number: 1, name: "calls", sql: Migration.all[0].sql + " ")] + Migration.all.dropFirst()
                let error = await #expect(throws: CRMStartError.self) { _ = try await database.store(migrations: edited) }
                #expect(error?.code == .migrationFailed)
                #expect(error?.message.contains("migration 1") == true)
                let older = await #expect(throws: CRMStartError.self) { _ = try await database.store(migrations: [Migration.all[0]]) }
                #expect(older?.code == .migrationFailed)
                #expect(older?.message.contains("newer") == true)
                #expect(try await database.column(Self.history) == Self.expected)
            }
        }

        @Test func anUnreachableDatabaseIsOneSentenceWithoutThePassword() async throws {
            let url = try DatabaseURL("postgresql://maane:s3cret@127.0.0.1:1/crm")
            let error = await #expect(throws: CRMStartError.self) {
                _ = try await PostgresFactStore.open(url, patience: .zero, options: TestDatabase.options, logger: Samples.logger)
            }
            #expect(error?.code == .databaseUnreachable)
            let message = try required(error?.message)
            #expect(message.contains("DATABASE_URL") && message.contains("maane@127.0.0.1:1/crm"))
            #expect(!message.contains("s3cret") && !message.contains("\n"))
        }
    }
}
