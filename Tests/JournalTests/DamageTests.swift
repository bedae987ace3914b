import BusContract
import CallVocabulary
import Foundation
import GRDB
import GatewayJournal
import Testing

/// Damaged files are renamed, not deleted, and a call goes on.
struct DamageTests {
    private func filled(_ place: Place) async throws -> [UInt8] {
        let (journal, _) = await place.open()
        journal.append([.accepted(Sample.card(1)), .turn(Sample.call(1), Sample.said(1))])
        journal.append((0..<200).map { Sample.bulky("\($0)") })
        await journal.stop()
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: place.file)))
    }

    private func works(_ journal: Journal) async {
        #expect(await journal.commit([.accepted(Sample.card(2)), Sample.fact("new")], deadline: .seconds(30)))
        #expect(await journal.openCalls().map(\.card.call).contains(Sample.call(2)))
        #expect(journal.figures.state == .ok)
    }

    @Test func aFileThatIsNoDatabase() async throws {
        let place = try Place()
        try FileManager.default.createDirectory(atPath: place.directory, withIntermediateDirectories: true)
        let noise = Data((0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        try noise.write(to: URL(fileURLWithPath: place.file))
        let logs = Logs()
        let (journal, calls) = await place.open(at: 123_000, logs: logs)
        #expect(calls.isEmpty)
        #expect(try place.setAside == ["journal.corrupt-123"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.directory + "/journal.corrupt-123")) == noise)
        #expect(logs.count("critical ALARM") == 1)
        await works(journal)
        await journal.stop()
    }

    @Test func aTruncatedFile() async throws {
        let place = try Place()
        let whole = try await filled(place)
        let half = Array(whole.prefix(whole.count / 2 + 100))
        try Data(half).write(to: URL(fileURLWithPath: place.file))
        let (journal, calls) = await place.open(at: 1_000_000_000)
        #expect(try place.setAside == ["journal.corrupt-1000000"])
        #expect(try Data(contentsOf: URL(fileURLWithPath: place.directory + "/journal.corrupt-1000000")) == Data(half))
        // The call's pages lie at the front: they were saved, and they are in the new file too.
        #expect(calls == [RecoveredCall(card: Sample.card(1), log: [Sample.said(1)])])
        #expect(await journal.openCalls() == calls)
        await works(journal)
        await journal.stop()
    }

    @Test(arguments: [1, 3, 10, 40]) func aPageOfRubbish(page: Int) async throws {
        let place = try Place()
        var bytes = try await filled(place)
        #expect(bytes.count > 50 * 4096)
        for index in page * 4096..<(page + 1) * 4096 { bytes[index] = UInt8(truncatingIfNeeded: index &* 7 &+ 13) }
        try Data(bytes).write(to: URL(fileURLWithPath: place.file))
        let (journal, _) = await place.open()
        #expect(try place.setAside.count == 1)
        await works(journal)
        await journal.stop()
    }

    @Test func damageWhileTheGatewayRuns() async throws {
        let place = try Place()
        let logs = Logs()
        let (journal, _) = await place.open(logs: logs)
        journal.append([.accepted(Sample.card(1)), Sample.fact("a")])
        await journal.flush()
        try await DatabaseQueue(path: place.file).writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA writable_schema = ON;
                    UPDATE sqlite_schema SET sql = 'rubbish' WHERE name = 'turn';
                    PRAGMA schema_version = 4711
                    """)
        }
        // The write that finds the damage is itself kept.
        #expect(await journal.commit([.accepted(Sample.card(3)), .turn(Sample.call(3), Sample.said(1))], deadline: .seconds(30)))
        #expect(try place.setAside.count == 1)
        #expect(logs.count("ALARM: the journal is damaged") == 1)
        await works(journal)
        await journal.stop()
        let (again, calls) = await place.open()
        #expect(calls.contains(RecoveredCall(card: Sample.card(3), log: [Sample.said(1)])))
        await again.stop()
    }

    @Test func aFileOfALaterVersionIsSetAsideToo() async throws {
        let place = try Place()
        _ = try await filled(place)
        try await DatabaseQueue(path: place.file).write { try $0.execute(sql: "PRAGMA user_version = 99") }
        let (journal, _) = await place.open()
        #expect(try place.setAside.count == 1)
        await works(journal)
        await journal.stop()
    }
}
