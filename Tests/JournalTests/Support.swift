import BusContract
import CallVocabulary
import Foundation
import GRDB
import GatewayJournal
import Logging
import Synchronization
import TestSupport

/// A directory for a journal, removed with everything in it.
struct Place {
    let temporary: TemporaryDirectory
    var directory: String { temporary.path + "/state" }
    var file: String { directory + "/journal.sqlite" }

    init() throws { temporary = try TemporaryDirectory() }

    func open(_ limits: JournalLimits = JournalLimits(), at now: Int64 = 1_000_000_000, logs: Logs = Logs()) async -> (Journal, [RecoveredCall]) {
        await Journal.open(directory: directory, limits: limits, logger: logs.logger, unixMilliseconds: { now })
    }

    var setAside: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: directory).filter {
                $0.hasPrefix("journal.corrupt-") && !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm")
            }.sorted()
        }
    }

    /// A look from outside: the first column.
    func texts(_ sql: String) throws -> [String] { try DatabaseQueue(path: file).inDatabase { try String.fetchAll($0, sql: sql) } }
}

/// What was logged.
final class Logs: Sendable {
    private let lines = Mutex<[String]>([])

    func count(_ part: String) -> Int { lines.withLock { $0.count { $0.contains(part) } } }

    var logger: Logger { Logger(label: "test") { _ in Handler(logs: self) } }

    private struct Handler: LogHandler {
        let logs: Logs
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) { logs.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") } }
    }
}

enum Sample {
    static let business = BusinessID("nadlan")

    static func call(_ number: Int) -> CallID {
        let digits = String(number)
        return CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits) ?? wrong
    }
    // Only reached by a number that is no number; the width above is always right.
    private static var wrong: CallID { preconditionFailure("not a call") }

    static func card(_ number: Int, accepted: Int64 = 1_000_000_000) -> JournalCall {
        JournalCall(
            call: call(number), business: business, caller: "+972501234567", called: "+97231234567", acceptedUnixMilliseconds: accepted,
            generation: 1,
            opened: 0, tokenExpires: 5_000)
    }

    static func heard(_ turn: Int) -> TurnEntry {
        TurnEntry(turn: TurnID(turn), heard: .speech(Transcript(text: "שלום \(turn)", confidence: 0.5, understood: true)))
    }

    static func said(_ turn: Int) -> TurnEntry {
        var entry = heard(turn)
        entry.said = ["כן", "משפט \(turn)"]
        return entry
    }

    static func fact(_ id: String, of number: Int = 1) -> JournalRecord {
        .fact(Fact(id: id, at: 77, body: .summary("סיכום")), business: business, conversation: call(number).conversation)
    }

    static func bulky(_ id: String) -> JournalRecord {
        .fact(
            Fact(id: id, at: 77, body: .summary(String(repeating: "x", count: 2_000))), business: business, conversation: call(1).conversation)
    }
}

extension Journal {
    var factIDs: [String] {
        get async { await page(after: 0, limit: .max).map(\.fact.id) }
    }
}
