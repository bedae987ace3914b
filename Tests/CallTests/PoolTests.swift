import BusContract
import CallEngine
import CallVocabulary
import TTSWorker
import Testing

/// Workers come and go while people talk.
@Suite(.serialized) struct PoolTests {
    @Test(arguments: TestBus.Kind.allCases) func everyWorkerIsRestartedWhileTwoCallsTalk(_ kind: TestBus.Kind) async throws {
        // A reply takes most of half a second to make: there is nearly always something under way.
        try await TestFleet.run(kind, .with(TestFleet.Setup.two.workers, voice: ChunkedVoice(pace: 20))) { fleet in
            let first = fleet.workers
            let calls = [try await fleet.call(), try await fleet.call()]
            try await withThrowingTaskGroup(of: (TestCall, [UInt16]).self) { talks in
                let isOver = Flag()
                for (call, start) in zip(calls, [UInt16(100), 200]) {
                    talks.addTask {
                        var said: [UInt16] = []
                        while !isOver.isSet {
                            said.append(start + UInt16(said.count))
                            try await call.say(start + UInt16(said.count - 1))
                            try await call.hears(sentences: 2)
                        }
                        return (call, said)
                    }
                }
                for worker in first {
                    await worker.drain()
                    try await until("\(worker.name) has left") { worker.hasLeft }
                    try await fleet.start(worker.pool, worker.name)
                    let heard = calls.map(\.sentences.count)
                    try await until("the talks go on") { zip(calls, heard).allSatisfy { $0.sentences.count > $1 } }
                }
                isOver.set()
                for try await (call, said) in talks {
                    #expect(said.count >= first.count / 2)
                    try await fleet.expectWhole(call, said: said)
                }
            }
            #expect(fleet.log.count("FAILOVER") + fleet.log.count("WORKER_LOST") == 0, Comment(rawValue: fleet.log.story))
            #expect(first.allSatisfy { $0.sent("goodbye") == 1 })
            // Each call has had to move in each pool.
            for call in calls { #expect(fleet.log.count("assigned", ["call": call.id.rawValue]) >= 6) }
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func aWorkerThatIsAddedGetsTheNextCall(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind) { fleet in
            let (one, two) = (try await fleet.call(), try await fleet.call())
            try await one.say(1)
            try await one.hears(sentences: 2)
            for pool in [Pool.asr, .dialog, .tts] { try await fleet.holder(pool, of: two).beats(2) }
            var added: [TestWorker] = []
            for pool in [Pool.asr, .dialog, .tts] { added.append(try await fleet.start(pool, "\(pool.rawValue)-2")) }
            let three = try await fleet.call()
            for worker in added { #expect(try fleet.holder(worker.pool, of: three) === worker) }
            for call in [one, two, three] { try await call.say(7) }
            for call in [one, two, three] { try await call.hears(sentences: 2) }
            // Calls stay where they are.
            for worker in added { #expect(worker.handled("assign") == 1) }
            try await fleet.expectWhole(one, said: [1, 7])
            for call in [two, three] { try await fleet.expectWhole(call, said: [7]) }
        }
    }

    enum Delivery: CaseIterable, Sendable {
        /// The facts wait for their commit when the worker dies, and a successor comes.
        case open
        /// They are committed and not confirmed.
        case unconfirmed
        /// They wait for their commit, and another worker is there already.
        case twoWorkers
    }

    @Test(arguments: TestBus.Kind.allCases, Delivery.allCases)
    func aCRMWorkerIsKilledWithFactsOutstanding(_ kind: TestBus.Kind, _ delivery: Delivery) async throws {
        try await TestFleet.run(kind, .with([.crm: delivery == .twoWorkers ? 2 : 1])) { fleet in
            let isTaken = Flag()
            for worker in fleet.workers(.crm) where delivery == .unconfirmed {
                worker.meets(.diesBefore) { if case .factStored = $0.message { isTaken.claim() } else { false } }
            }
            if delivery != .unconfirmed { fleet.book.hold() }
            let call = try await fleet.call()
            try await call.say(1)
            try await call.hears(sentences: 2)
            if delivery == .unconfirmed {
                try await until("a fact is committed and not confirmed") { fleet.workers(.crm)[0].isDead }
                #expect(fleet.workers(.crm)[0].sent("fact_stored") == 0)
            } else {
                try await until("facts wait for their commit") { fleet.workers(.crm).reduce(0) { $0 + $1.handled("fact") } >= 3 }
                let first = try #require(fleet.workers(.crm).max { $0.handled("fact") < $1.handled("fact") })
                first.kill()
                #expect(fleet.book.facts.isEmpty)
                fleet.book.letGo()
            }
            try await call.say(2)
            try await call.hears(sentences: 2)
            if delivery != .twoWorkers { try await fleet.start(.crm, "crm-2") }
            try await fleet.expectWhole(call, said: [1, 2])
            let ids = fleet.book.facts.map(\.id)
            #expect(Set(ids).count == ids.count)
            // Numbered without a hole: none is missing.
            #expect(Set(ids) == Set((1...ids.count).map { "\(call.id.rawValue).\($0)" }))
            if delivery == .unconfirmed { #expect(fleet.book.repeated > 0) }
        }
    }
}
