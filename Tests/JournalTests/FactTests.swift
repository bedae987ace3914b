import BusContract
import CallVocabulary
import GRDB
import GatewayJournal
import Testing

struct FactTests {
    @Test func pagesGoOnWhereTheLastOneEnded() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        let ids = (0..<25).map(String.init)
        for id in ids { journal.append([Sample.fact(id)]) }
        var found: [String] = []
        var after: Int64 = 0
        while true {
            let page = await journal.page(after: after, limit: 10)
            found += page.map(\.fact.id)
            #expect(page.allSatisfy { $0.sequence > after && $0.business == Sample.business && $0.conversation == Sample.call(1).conversation })
            guard page.count == 10, let last = page.last else { break }
            after = last.sequence
        }
        #expect(found == ids)
        #expect(journal.figures.pendingFacts == 25)
        #expect(journal.figures.oldestFact == 77)
        #expect(journal.figures.oldestAge(atUnixMilliseconds: 177) == 100)
        await journal.stop()
    }

    @Test func acknowledgedFactsAreGoneAndTheOthersStayInOrder() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        for id in 0..<10 { journal.append([Sample.fact("\(id)")]) }
        for id in [3, 0, 7, 7, 99] { journal.acknowledge("\(id)") }
        await journal.flush()
        #expect(journal.figures.pendingFacts == 7)
        await journal.stop()
        let (again, _) = await place.open()
        #expect(again.figures.pendingFacts == 7)
        #expect(await again.factIDs == ["1", "2", "4", "5", "6", "8", "9"])
        // New ones come behind the old.
        again.append([Sample.fact("new")])
        #expect(await again.factIDs.last == "new")
        await again.stop()
    }

    @Test func aRefusedFactIsKeptAside() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        journal.append([Sample.fact("a"), Sample.fact("b")])
        journal.setAside("a", reason: "malformed")
        #expect(await journal.factIDs == ["b"])
        await journal.flush()
        #expect(journal.figures.setAside == 1)
        await journal.stop()
        #expect(try place.texts("SELECT id || ' ' || reason FROM refused_fact") == ["a malformed"])
        #expect(try place.texts("SELECT fact FROM refused_fact").first?.contains("סיכום") == true)
    }

    @Test func aFactThatCannotBeReadDoesNotHideTheOnesBehindIt() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        journal.append((0..<5).map { Sample.fact("\($0)") })
        await journal.flush()
        try await DatabaseQueue(path: place.file).write { try $0.execute(sql: "UPDATE fact SET fact = x'ff' WHERE id IN ('0', '1')") }
        #expect(await journal.page(after: 0, limit: 2).map(\.fact.id) == ["2", "3"])
        await journal.stop()
        #expect(try place.texts("SELECT id FROM refused_fact WHERE reason = 'unreadable'").count == 2)
    }

    @Test func twoGatewaysMayShareTheJournalForAWhile() async throws {
        let place = try Place()
        let (old, _) = await place.open()
        let (new, _) = await place.open()
        for id in 0..<20 { (id % 2 == 0 ? old : new).append([Sample.fact("\(id)")]) }
        await old.flush()
        await new.flush()
        let (left, right) = (await old.page(after: 0, limit: .max), await new.page(after: 0, limit: .max))
        #expect(left == right)
        #expect(Set(left.map(\.fact.id)).count == 20)
        #expect(Set(left.map(\.sequence)).count == 20)
        await old.stop()
        await new.stop()
    }

    @Test func anEntryThatTheFileRefusesIsLostAlone() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        await journal.flush()
        let refusal = "CREATE TRIGGER refusal BEFORE INSERT ON fact WHEN NEW.id = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); END"
        try await DatabaseQueue(path: place.file).write { try $0.execute(sql: refusal) }
        // One batch or several: the good ones are kept either way.
        journal.append([Sample.fact("1")])
        journal.append([Sample.fact("bad")])
        journal.append([Sample.fact("2")])
        #expect(await !journal.commit([Sample.fact("bad")], deadline: .seconds(30)))
        #expect(await journal.commit([Sample.fact("3")], deadline: .seconds(30)))
        #expect(await journal.factIDs == ["1", "2", "3"])
        #expect(journal.figures.dropped == 2)
        #expect(journal.figures.state == .ok)
        await journal.stop()
    }
}
