import BusContract
import CallVocabulary
import GatewayJournal
import Testing

struct RecoveryTests {
    private let call = Sample.call(1)

    @Test func anOpenCallIsFoundWithItsHistory() async throws {
        let place = try Place()
        let (journal, none) = await place.open()
        #expect(none.isEmpty)
        #expect(await journal.commit([.accepted(Sample.card(1))], deadline: .seconds(30)))
        journal.append([.stream(call, generation: 2, opened: 1)])
        journal.append([.turn(call, TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום"]))])
        // Ten comes after nine, as numbers do.
        for turn in 1...10 { journal.append([.heard(call, Sample.heard(turn)), .turn(call, Sample.said(turn))]) }
        journal.append([.heard(call, Sample.heard(12)), .heard(call, Sample.heard(13)), .lead(call, ["city": "חיפה"]), .lead(call, ["city": "לוד"])])
        await journal.stop()

        let (again, calls) = await place.open()
        var card = Sample.card(1)
        card.generation = 2
        card.opened = 1
        let log = [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום"])] + (1...10).map(Sample.said)
        #expect(calls == [RecoveredCall(card: card, log: log, open: [Sample.heard(12), Sample.heard(13)], lead: ["city": "לוד"])])
        #expect(await again.openCalls() == calls)
        await again.stop()
    }

    @Test func recordsMayBeRepeatedAndNumbersOnlyRise() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        var later = Sample.card(1)
        later.generation = 3
        later.tokenExpires = 9_000
        for _ in 0..<2 {
            journal.append([
                .accepted(Sample.card(1)), .accepted(later), .stream(call, generation: 2, opened: 2), .stream(call, generation: 1, opened: 1),
                .heard(call, Sample.heard(1)), .turn(call, Sample.said(1)), Sample.fact("a"),
            ])
        }
        // A late final of a closed turn does not open it again.
        journal.append([.heard(call, Sample.heard(1))])
        later.opened = 2
        #expect(await journal.openCalls() == [RecoveredCall(card: later, log: [Sample.said(1)])])
        #expect(await journal.factIDs == ["a"])
        await journal.stop()
    }

    @Test func anEndedCallIsNotFoundAndItsFactsAre() async throws {
        let place = try Place()
        let (journal, _) = await place.open(at: 1_000)
        journal.append([.accepted(Sample.card(1, accepted: 1_000)), .turn(call, Sample.said(1)), Sample.fact("a"), .ended(call, .served)])
        #expect(await journal.openCalls().isEmpty)
        #expect(await journal.call(call)?.outcome == .served)
        await journal.stop()
        // Some hours later the rows are gone, and the fact still waits.
        let (again, calls) = await place.open(at: 1_000 + 2 * 3600 * 1000 + 1)
        #expect(calls.isEmpty)
        await again.flush()
        await again.stop()
        #expect(try place.texts("SELECT id FROM call").isEmpty)
        #expect(try place.texts("SELECT call FROM turn").isEmpty)
        #expect(try place.texts("SELECT id FROM fact") == ["a"])
    }

    @Test func aDecisionStaysExceptThatATransferMayEndOtherwise() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        journal.append([.accepted(Sample.card(1)), .decided(call, .served), .decided(call, .fallback)])
        #expect(await journal.call(call)?.outcome == .served)
        let second = Sample.call(2)
        journal.append([.accepted(Sample.card(2)), .decided(second, .transferred)])
        #expect(await journal.call(second)?.outcome == .transferred)
        journal.append([.undecided(second)])
        #expect(await journal.openCalls().map(\.outcome) == [.served, nil], "nobody answered, and the conversation goes on")
        journal.append([.decided(second, .transferred), .decided(second, .callerHungUp), .decided(second, .transferred)])
        #expect(await journal.call(second)?.outcome == .callerHungUp)
        journal.append([.ended(second, .callerHungUp), .undecided(second), .decided(second, .served)])
        #expect(await journal.call(second)?.outcome == .callerHungUp, "an end is an end")
        await journal.stop()
    }

    @Test func aCallOfYesterdayIsNotFound() async throws {
        let place = try Place()
        let four: Int64 = 4 * 3600 * 1000
        let (journal, _) = await place.open(at: four + 1_000)
        journal.append([.accepted(Sample.card(1, accepted: 999)), .accepted(Sample.card(2, accepted: 1_000))])
        #expect(await journal.openCalls().map(\.card.call) == [Sample.call(2)])
        await journal.stop()
    }

    @Test func callsComeOldestFirstAndKeepTheirOwnTurns() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        for number in [3, 1, 2] { journal.append([.accepted(Sample.card(number, accepted: 1_000_000_000 + Int64(number)))]) }
        for number in 1...3 { journal.append([.turn(Sample.call(number), Sample.said(number))]) }
        let calls = await journal.openCalls()
        #expect(calls.map(\.card.call) == [1, 2, 3].map(Sample.call))
        #expect(calls.map(\.log) == [1, 2, 3].map { [Sample.said($0)] })
        await journal.stop()
    }

    @Test func whatIsAppendedAfterTheEndIsCounted() async throws {
        let place = try Place()
        let (journal, _) = await place.open()
        await journal.stop()
        #expect(!journal.append([Sample.fact("a")]))
        #expect(await !journal.commit([Sample.fact("b")], deadline: .seconds(30)))
        #expect(await journal.page(after: 0, limit: 10).isEmpty)
        #expect(journal.figures.dropped == 2)
    }
}
