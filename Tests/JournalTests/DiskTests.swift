import BusContract
import CallVocabulary
import Foundation
import GRDB
import GatewayJournal
import Glibc
import Testing

/// A disk that is full, absent or stuck. Calls go on, and nothing that was kept in memory is lost when it comes back.
struct DiskTests {
    /// Long pauses: what happens in these tests happens because it was asked for, not because time went by.
    private func limits(bytes: Int64 = 1 << 30, _ change: (inout JournalLimits) -> Void) -> JournalLimits {
        var limits = JournalLimits(bytes: bytes)
        limits.firstPause = 3_600_000
        limits.longestPause = 3_600_000
        change(&limits)
        return limits
    }

    @Test func aDirectoryThatCannotBe() async throws {
        let place = try Place()
        try Data("a file".utf8).write(to: URL(fileURLWithPath: place.directory))
        let logs = Logs()
        let (journal, calls) = await place.open(limits { _ in }, logs: logs)
        #expect(calls.isEmpty)
        #expect(journal.figures.state == .degraded)
        journal.append([.accepted(Sample.card(1)), Sample.fact("a")])
        #expect(await !journal.commit([.turn(Sample.call(1), Sample.said(1))], deadline: .seconds(30)))
        // Facts are still carried, from memory.
        #expect(await journal.factIDs == ["a"])
        #expect(journal.figures.pendingFacts == 1)
        #expect(logs.count("critical ALARM") == 1)
        // The directory comes.
        try FileManager.default.removeItem(atPath: place.directory)
        await journal.flush()
        #expect(journal.figures.state == .ok)
        #expect(journal.figures.waiting == 0)
        #expect(await journal.openCalls() == [RecoveredCall(card: Sample.card(1), log: [Sample.said(1)])])
        await journal.stop()
        let (again, found) = await place.open()
        #expect(found.count == 1)
        #expect(await again.factIDs == ["a"])
        await again.stop()
    }

    @Test func memoryIsBoundedAndDropsAreCounted() async throws {
        let place = try Place()
        try Data("a file".utf8).write(to: URL(fileURLWithPath: place.directory))
        let logs = Logs()
        let (journal, _) = await place.open(limits { $0.memory = 10 }, logs: logs)
        for id in 0..<25 { journal.append([Sample.fact("\(id)")]) }
        #expect(await journal.factIDs == (0..<10).map(String.init))
        #expect(journal.figures.dropped == 15)
        #expect(logs.count("the journal's memory is full") == 1)
        // What was acknowledged makes room.
        for id in 0..<4 { journal.acknowledge("\(id)") }
        try FileManager.default.removeItem(atPath: place.directory)
        await journal.flush()
        journal.append([Sample.fact("new")])
        #expect(await journal.factIDs.last == "new")
        await journal.stop()
    }

    @Test func aFullFileKeepsFactsInMemoryUntilThereIsRoom() async throws {
        let place = try Place()
        let logs = Logs()
        let (journal, _) = await place.open(limits { $0.hardBytes = 60 * 4096 }, logs: logs)
        let ids = (0..<200).map(String.init)
        for id in ids { journal.append([Sample.bulky(id)]) }
        await journal.flush()
        #expect(journal.figures.state == .degraded)
        #expect(journal.figures.waiting > 0)
        #expect(logs.count("the journal has no more room") == 1)
        // The little that calls need finds room where a fact does not.
        #expect(await journal.commit([.accepted(Sample.card(1))], deadline: .seconds(30)))
        // In order, those on the disk and those in memory.
        #expect(await journal.factIDs == ids)
        #expect(journal.figures.pendingFacts == 200)
        for id in ids.prefix(150) { journal.acknowledge(id) }
        await journal.flush()
        #expect(journal.figures.state == .ok)
        #expect(journal.figures.waiting == 0)
        #expect(journal.figures.dropped == 0)
        #expect(await journal.factIDs == Array(ids.suffix(50)))
        #expect(await journal.openCalls().map(\.card.call) == [Sample.call(1)])
        await journal.stop()
        let (again, _) = await place.open()
        #expect(await again.factIDs == Array(ids.suffix(50)))
        await again.stop()
    }

    @Test func atItsBoundTheJournalStillTakesCalls() async throws {
        let place = try Place()
        let logs = Logs()
        let (journal, _) = await place.open(limits(bytes: 200_000) { _ in }, logs: logs)
        let ids = (0..<200).map(String.init)
        for id in ids {
            journal.append([Sample.bulky(id)])
            if Int(id)?.isMultiple(of: 20) ?? false { await journal.flush() }
        }
        await journal.flush()
        #expect(journal.figures.state == .degraded)
        #expect(journal.figures.usedBytes < 250_000)
        #expect(logs.count("the journal has no more room") == 1)
        #expect(logs.count("the journal fills its bound") == 1)
        #expect(await journal.commit([.accepted(Sample.card(1)), .turn(Sample.call(1), Sample.said(1))], deadline: .seconds(30)))
        // An acknowledgement reaches a fact that is held back, and it does not come again.
        journal.append([Sample.bulky("short-lived")])
        journal.acknowledge("short-lived")
        // Who asks for the commit of a fact is told the truth.
        #expect(await !journal.commit([Sample.fact("200")], deadline: .seconds(30)))
        #expect(await journal.openCalls().count == 1)
        #expect(await journal.factIDs == ids + ["200"])
        for id in ids.prefix(190) { journal.acknowledge(id) }
        // The first makes room, the second uses it.
        await journal.flush()
        await journal.flush()
        #expect(journal.figures.state == .ok)
        #expect(await journal.factIDs == Array(ids.suffix(10)) + ["200"])
        await journal.stop()
        let (again, _) = await place.open()
        #expect(await again.factIDs == Array(ids.suffix(10)) + ["200"])
        await again.stop()
    }

    @Test func aStalledDiskStallsNobody() async throws {
        let place = try Place()
        let (journal, _) = await place.open(
            limits {
                $0.busyMilliseconds = 600_000; $0.queue = 10
            })
        await journal.flush()
        // Another process holds the file, and the journal's thread waits for it.
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let holder = try DatabaseQueue(path: place.file, configuration: configuration)
        try await holder.begin()
        #expect(await !journal.commit([.accepted(Sample.card(1))], deadline: .milliseconds(50)))
        var kept: [String] = []
        for id in 0..<100 where journal.append([Sample.fact("\(id)")]) { kept.append("\(id)") }
        #expect(kept.count == 10)
        #expect(journal.figures.dropped == 90)
        #expect(journal.figures.queued == 10)
        try await holder.end()
        #expect(await journal.factIDs == kept)
        #expect(await journal.openCalls().map(\.card.call) == [Sample.call(1)])
        await journal.stop()
    }

    /// A limit on the size of files stands for the full disk: the system refuses the write itself.
    @Test func aDiskThatRefusesToWriteIsLivedWith() async throws {
        let place = try Place()
        let probe = try Probe("refused", place.directory)
        let lines = try await probe.end()
        #expect(lines == ["degraded waiting", "commit false", "facts 3000 in order", "ok 0", "commit true", "facts 3000 in order"])
        let (journal, calls) = await place.open()
        #expect(await journal.factIDs == (0..<3000).map(String.init))
        #expect(calls.map(\.card.call) == [1, 2].map(Sample.call))
        #expect(try place.setAside.isEmpty)
        await journal.stop()
    }

    // MNT_DETACH and MS_REMOUNT of <sys/mount.h>.
    private let detach: Int32 = 2
    private let remount: UInt = 32

    private static var mayMount: Bool {
        guard geteuid() == 0, let place = try? Place() else { return false }
        guard mkdir(place.directory, 0o700) == 0, mount("tmpfs", place.directory, "tmpfs", 0, "size=65536") == 0 else { return false }
        umount2(place.directory, 0)
        return true
    }

    @Test(.enabled(if: mayMount, "needs the right to mount a small file system")) func aDiskThatIsReallyFull() async throws {
        let place = try Place()
        try #require(mkdir(place.directory, 0o700) == 0)
        try #require(mount("tmpfs", place.directory, "tmpfs", 0, "size=524288") == 0)
        defer { umount2(place.directory, detach) }
        let (journal, _) = await place.open(limits { _ in })
        let ids = (0..<500).map(String.init)
        for id in ids {
            journal.append([Sample.bulky(id)])
            if Int(id)?.isMultiple(of: 25) ?? false { await journal.flush() }
        }
        await journal.flush()
        #expect(journal.figures.state == .degraded)
        #expect(journal.figures.waiting > 0)
        #expect(await journal.factIDs == ids)
        // Somebody gives the disk more room.
        try #require(mount("tmpfs", place.directory, "tmpfs", remount, "size=16777216") == 0)
        await journal.flush()
        #expect(journal.figures.state == .ok)
        #expect(journal.figures.waiting == 0)
        await journal.stop()
        let (again, _) = await place.open()
        #expect(await again.factIDs == ids)
        await again.stop()
    }
}

extension DatabaseQueue {
    /// Holds the right to write, as another process would in the middle of its transaction.
    func begin() async throws { try await writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") } }
    func end() async throws { try await writeWithoutTransaction { try $0.execute(sql: "COMMIT") } }
}
