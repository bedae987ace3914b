import BusContract
import CallVocabulary
import Foundation
import GRDB
import GRDBSQLite
import Glibc

/// The SQLite file. Used, and released, on the journal's thread only; not `Sendable`.
///
/// WAL with `synchronous=NORMAL`: a commit is a write to the system's cache, which survives the death of the process. What
/// survives a loss of power is what ``JournalDisk`` has synchronised since.
final class JournalFile {
    /// What a batch changed.
    struct Change {
        var facts = 0
        var setAside = 0
    }

    let path: String
    /// Facts in the file; kept by counting, corrected by ``housekeeping(at:)``.
    private(set) var facts = 0
    private(set) var setAsideFacts = 0
    private(set) var usedBytes: Int64 = 0
    /// Rows that could not be read, since the start.
    private(set) var unreadable = 0
    /// Pages in the write-ahead log, as of the last commit.
    var logPages: Int { Int(log.pages) }

    private let queue: DatabaseQueue
    private let limits: JournalLimits
    private let encoder = JSONEncoder()
    private let decoder = JSONDecoder()
    private let log = LogLength()
    private static let pageSize: Int64 = 4096
    private static let version = 1
    /// Reading 64 MiB takes a tenth of a second. A larger file is checked as it is used.
    private static let checkedBytes: Int64 = 64 << 20
    /// Free pages are given back beyond this share, a few at a time: 1,024 pages are 4 MiB.
    private static let freePages: Int64 = 256
    private static let pagesGivenBack = 1_024

    /// Opens or makes the file. Throws `DatabaseError`; ``JournalFault`` tells what it means.
    /// - Parameter isSalvage: the file is damaged: what can be read is read, nothing is checked or changed.
    init(directory: String, limits: JournalLimits, isSalvage: Bool = false) throws {
        self.limits = limits
        self.isSalvage = isSalvage
        path = directory + "/" + JournalFiles.name
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try JournalFiles.create(directory)
        var configuration = Configuration()
        configuration.label = "journal"
        configuration.foreignKeysEnabled = false
        configuration.busyMode = .timeout(Double(limits.busyMilliseconds) / 1000)
        // SQLite then overlooks what is wrong with the schema or the length, and reads what it can.
        if isSalvage { configuration.prepareDatabase { try $0.execute(sql: "PRAGMA writable_schema = ON") } }
        queue = try DatabaseQueue(path: path, configuration: configuration)
        if isSalvage { return }
        try queue.inDatabase { db in
            // Before the first table, or it has no effect.
            try db.execute(sql: "PRAGMA auto_vacuum = INCREMENTAL")
            let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL")
            guard mode == "wal" else { throw DatabaseError(resultCode: .SQLITE_CANTOPEN, message: "no write-ahead log here (\(mode ?? "-"))") }
            try db.execute(
                sql: """
                    PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cell_size_check = ON;
                    PRAGMA journal_size_limit = \(64 << 20); PRAGMA max_page_count = \(limits.hardBytes / Self.pageSize)
                    """)
            // Takes the place of SQLite's automatic checkpoint, which would synchronise the disk within a commit.
            sqlite3_wal_hook(
                db.sqliteConnection,
                { context, _, _, pages in
                    if let context { Unmanaged<LogLength>.fromOpaque(context).takeUnretainedValue().pages = pages }
                    return SQLITE_OK
                }, Unmanaged.passUnretained(log).toOpaque())
        }
        // A file that is there is opened without a write: a full disk does not keep its facts from being read.
        if try !check() {
            try queue.inTransaction(.immediate) { db in
                try db.execute(sql: Self.schema)
                return .commit
            }
        }
        try recount()
    }

    private final class LogLength { var pages: Int32 = 0 }

    private static let schema = """
        CREATE TABLE IF NOT EXISTS call (
            id TEXT PRIMARY KEY, business TEXT NOT NULL, caller TEXT, called TEXT NOT NULL, accepted INTEGER NOT NULL,
            generation INTEGER NOT NULL, opened INTEGER NOT NULL, token_expires INTEGER NOT NULL,
            lead TEXT, outcome TEXT, ended INTEGER
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS turn (
            call TEXT NOT NULL, number INTEGER NOT NULL, closed INTEGER NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (call, number)
        ) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS fact (
            sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, business TEXT NOT NULL, conversation TEXT NOT NULL, at INTEGER NOT NULL,
            fact TEXT NOT NULL
        );
        CREATE TABLE IF NOT EXISTS refused_fact (
            id TEXT PRIMARY KEY, business TEXT NOT NULL, conversation TEXT NOT NULL, at INTEGER NOT NULL, fact TEXT NOT NULL,
            reason TEXT NOT NULL
        ) WITHOUT ROWID;
        PRAGMA user_version = 1;
        """

    /// - Returns: whether the tables are there.
    private func check() throws -> Bool {
        try queue.inDatabase { db in
            let version = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
            guard version <= Self.version else {
                throw DatabaseError(resultCode: .SQLITE_NOTADB, message: "made by a later version of the gateway (\(version))")
            }
            let bytes = (try Int64.fetchOne(db, sql: "PRAGMA page_count") ?? 0) * Self.pageSize
            guard bytes <= Self.checkedBytes else { return version == Self.version }
            let verdict = try String.fetchOne(db, sql: "PRAGMA quick_check(1)")
            guard verdict == "ok" else { throw DatabaseError(resultCode: .SQLITE_CORRUPT, message: verdict) }
            return version == Self.version
        }
    }

    func close() throws { try queue.close() }

    // MARK: - Writing

    /// All of it or nothing.
    func write(_ operations: some Sequence<JournalOperation>, at now: Int64) throws {
        var change = Change()
        var used = usedBytes
        try queue.inTransaction(.immediate) { db in
            for operation in operations { try apply(operation, db, at: now, &change) }
            used = try Self.usedBytes(db)
            return .commit
        }
        facts += change.facts
        setAsideFacts += change.setAside
        usedBytes = used
    }

    private static func usedBytes(_ db: Database) throws -> Int64 {
        let pages = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA page_count")) ?? 0
        let free = try Int64.fetchOne(db.cachedStatement(sql: "PRAGMA freelist_count")) ?? 0
        return (pages - free) * pageSize
    }

    private func apply(_ operation: JournalOperation, _ db: Database, at now: Int64, _ change: inout Change) throws {
        func run(_ sql: String, _ arguments: StatementArguments) throws { try db.cachedStatement(sql: sql).execute(arguments: arguments) }
        switch operation {
        case .record(let record): try apply(record, at: now, run)
        case .fact(let fact):
            // Another process that shares the file for a moment may have taken the number.
            try run(
                """
                INSERT INTO fact (sequence, id, business, conversation, at, fact)
                VALUES (max(?, coalesce((SELECT max(sequence) FROM fact), 0) + 1), ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING
                """,
                [fact.sequence, fact.fact.id, fact.business.rawValue, fact.conversation.rawValue, fact.fact.at, try json(fact.fact)])
            change.facts += db.changesCount
        case .acknowledge(let id):
            try run("DELETE FROM fact WHERE id = ?", [id])
            change.facts -= db.changesCount
        case .setAside(let id, let reason):
            try run(
                """
                INSERT INTO refused_fact SELECT id, business, conversation, at, fact, ? FROM fact WHERE id = ?
                ON CONFLICT (id) DO UPDATE SET reason = excluded.reason
                """, [reason, id])
            change.setAside += db.changesCount
            try run("DELETE FROM fact WHERE id = ?", [id])
            change.facts -= db.changesCount
        }
    }

    private func apply(_ record: JournalRecord, at now: Int64, _ run: (String, StatementArguments) throws -> Void) throws {
        switch record {
        case .accepted(let card):
            try run(
                """
                INSERT INTO call (id, business, caller, called, accepted, generation, opened, token_expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET generation = max(generation, excluded.generation), opened = max(opened, excluded.opened),
                    token_expires = max(token_expires, excluded.token_expires)
                """,
                [
                    card.call.rawValue, card.business.rawValue, card.caller, card.called, card.acceptedUnixMilliseconds, card.generation, card.opened,
                    card.tokenExpires,
                ])
        case .stream(let call, let generation, let opened):
            try run(
                "UPDATE call SET generation = max(generation, ?), opened = max(opened, ?) WHERE id = ?", [generation, opened, call.rawValue])
        case .heard(let call, let entry):
            try run(
                """
                INSERT INTO turn (call, number, closed, entry) VALUES (?, ?, 0, ?)
                ON CONFLICT (call, number) DO UPDATE SET entry = excluded.entry WHERE closed = 0
                """, [call.rawValue, entry.turn.number, try json(entry)])
        case .turn(let call, let entry):
            try run(
                """
                INSERT INTO turn (call, number, closed, entry) VALUES (?, ?, 1, ?)
                ON CONFLICT (call, number) DO UPDATE SET entry = excluded.entry, closed = 1
                """, [call.rawValue, entry.turn.number, try json(entry)])
        case .lead(let call, let lead): try run("UPDATE call SET lead = ? WHERE id = ?", [try json(lead), call.rawValue])
        case .decided(let call, let outcome):
            // A transfer may end otherwise than it began.
            try run(
                "UPDATE call SET outcome = ? WHERE id = ? AND ended IS NULL AND coalesce(outcome, ?) = ?",
                [outcome.rawValue, call.rawValue, CallOutcome.transferred.rawValue, CallOutcome.transferred.rawValue])
        case .undecided(let call): try run("UPDATE call SET outcome = NULL WHERE id = ? AND ended IS NULL", [call.rawValue])
        case .ended(let call, let outcome):
            try run("UPDATE call SET outcome = ?, ended = ? WHERE id = ? AND ended IS NULL", [outcome.rawValue, now, call.rawValue])
        case .fact: preconditionFailure("facts are numbered before they are written")
        }
    }

    private func json(_ value: some Encodable) throws -> String { String(decoding: try encoder.encode(value), as: UTF8.self) }

    // MARK: - Reading

    /// Calls that have not ended and are not too old.
    func openCalls(at now: Int64) throws -> [RecoveredCall] {
        try queue.inDatabase { db in
            var calls: [RecoveredCall] = []
            let rows = try Row.fetchCursor(
                db, sql: "SELECT * FROM call WHERE ended IS NULL AND accepted >= ? ORDER BY accepted, id",
                arguments: [now - limits.longestCallMilliseconds])
            try eachReadable(rows) { row in
                guard let call = recovered(row) else { return }
                calls.append(call)
            }
            return try calls.map { try withTurns($0, db) }
        }
    }

    func call(_ id: CallID) throws -> RecoveredCall? {
        try queue.inDatabase { db in
            guard let row = try Row.fetchOne(db, sql: "SELECT * FROM call WHERE id = ?", arguments: [id.rawValue]), let call = recovered(row)
            else { return nil }
            return try withTurns(call, db)
        }
    }

    private func recovered(_ row: Row) -> RecoveredCall? {
        guard let id = row.text("id").flatMap({ CallID($0) }), let business = row.text("business"), let called = row.text("called"),
            let accepted = row.integer("accepted"), let generation = row.integer("generation"), let opened = row.integer("opened"),
            let tokenExpires = row.integer("token_expires")
        else {
            unreadable += 1
            return nil
        }
        let card = JournalCall(
            call: id, business: BusinessID(business), caller: row.text("caller"), called: called, acceptedUnixMilliseconds: accepted,
            generation: Int(generation), opened: Int(opened), tokenExpires: tokenExpires)
        return RecoveredCall(
            card: card, lead: row.text("lead").flatMap { decode([String: String].self, $0) } ?? [:],
            outcome: row.text("outcome").flatMap(CallOutcome.init))
    }

    private func decode<Value: Decodable>(_ type: Value.Type, _ text: String) -> Value? { try? decoder.decode(type, from: Data(text.utf8)) }

    private func withTurns(_ call: RecoveredCall, _ db: Database) throws -> RecoveredCall {
        var call = call
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT closed, entry FROM turn WHERE call = ? ORDER BY number"), arguments: [call.card.call.rawValue])
        try eachReadable(rows) { row in
            guard let entry = row.text("entry").flatMap({ decode(TurnEntry.self, $0) }) else {
                unreadable += 1
                return
            }
            if row.integer("closed") == 1 { call.log.append(entry) } else { call.open.append(entry) }
        }
        return call
    }

    /// Facts behind a place, oldest first. What cannot be read is set aside, so that fewer than `limit` means that there are no more.
    func facts(after sequence: Int64, limit: Int) throws -> [JournaledFact] {
        var (facts, broken) = try readFacts(after: sequence, limit: limit)
        while !broken.isEmpty, !isSalvage {
            try setAside(unreadable: broken)
            (facts, broken) = try readFacts(after: sequence, limit: limit)
        }
        return facts
    }

    private func readFacts(after sequence: Int64, limit: Int) throws -> (facts: [JournaledFact], broken: [Int64]) {
        try queue.inDatabase { db in
            var facts: [JournaledFact] = []
            var broken: [Int64] = []
            let rows = try Row.fetchCursor(
                db.cachedStatement(sql: "SELECT * FROM fact WHERE sequence > ? ORDER BY sequence LIMIT ?"), arguments: [sequence, limit])
            try eachReadable(rows) { row in
                guard let sequence = row.integer("sequence") else { return }
                guard let fact = row.text("fact").flatMap({ decode(Fact.self, $0) }), let business = row.text("business"),
                    let conversation = row.text("conversation")
                else { return broken.append(sequence) }
                facts.append(
                    JournaledFact(sequence: sequence, fact: fact, business: BusinessID(business), conversation: ConversationID(conversation)))
            }
            return (facts, broken)
        }
    }

    private func setAside(unreadable sequences: [Int64]) throws {
        unreadable += sequences.count
        try queue.inTransaction(.immediate) { db in
            for sequence in sequences {
                try db.execute(
                    sql: """
                        INSERT OR REPLACE INTO refused_fact SELECT id, business, conversation, at, fact, 'unreadable' FROM fact WHERE sequence = ?
                        """, arguments: [sequence])
                try db.execute(sql: "DELETE FROM fact WHERE sequence = ?", arguments: [sequence])
            }
            return .commit
        }
        try recount()
    }

    /// In a file that is being given up, the rows before the damage are still worth having.
    private let isSalvage: Bool

    private func eachReadable(_ rows: RowCursor, _ body: (Row) -> Void) throws {
        do {
            while let row = try rows.next() { body(row) }
        } catch {
            if !isSalvage { throw error }
        }
    }

    func oldestFact() throws -> Int64? {
        try queue.inDatabase { db in try Int64.fetchOne(db.cachedStatement(sql: "SELECT at FROM fact ORDER BY sequence LIMIT 1")) }
    }

    func lastSequence() throws -> Int64 {
        try queue.inDatabase { db in try Int64.fetchOne(db.cachedStatement(sql: "SELECT coalesce(max(sequence), 0) FROM fact")) ?? 0 }
    }

    // MARK: - Housekeeping

    /// Forgets calls that nobody will ask about, gives free pages back to the system, and counts again.
    func housekeeping(at now: Int64) throws {
        try queue.inTransaction(.immediate) { db in
            try db.execute(
                sql: "DELETE FROM call WHERE ended < ? OR accepted < ?",
                arguments: [now - limits.keepEndedMilliseconds, now - limits.longestCallMilliseconds])
            try db.execute(sql: "DELETE FROM turn WHERE call NOT IN (SELECT id FROM call)")
            return .commit
        }
        try queue.inDatabase { db in
            let free = try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
            if free > Self.freePages { try db.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesGivenBack))") }
        }
        try recount()
    }

    private func recount() throws {
        try queue.inDatabase { db in
            facts = try Int.fetchOne(db, sql: "SELECT count(*) FROM fact") ?? 0
            setAsideFacts = try Int.fetchOne(db, sql: "SELECT count(*) FROM refused_fact") ?? 0
            usedBytes = try Self.usedBytes(db)
        }
    }

    /// Bytes on the disk, the write-ahead log included.
    var bytesOnDisk: Int64 { JournalFiles.size(path) + JournalFiles.size(path + "-wal") }
}

extension Row {
    // GRDB's own subscripts stop the program when a value has another type than expected, as it may in a damaged file.
    fileprivate func text(_ column: String) -> String? { value(column).flatMap(String.fromDatabaseValue) }
    fileprivate func integer(_ column: String) -> Int64? { value(column).flatMap(Int64.fromDatabaseValue) }
    private func value(_ column: String) -> DatabaseValue? { self[column] as DatabaseValue? }
}
