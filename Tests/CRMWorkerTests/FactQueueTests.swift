import Bus
import BusContract
import CallVocabulary
import Testing

@testable import CRMWorker

@Suite struct FactQueueTests {
    /// Runs a queue over a gated store while `body` plays the gateway.
    private func withQueue(capacity: Int, _ body: (FactQueue, inout AsyncStream<GatedStore.Gate>.Iterator) async throws -> Void) async throws {
        let (gates, continuation) = AsyncStream<GatedStore.Gate>.makeStream()
        let queue = FactQueue(capacity: capacity, logger: Samples.logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await queue.run(GatedStore(gates: continuation)) }
            var iterator = gates.makeAsyncIterator()
            do {
                try await body(queue, &iterator)
            } catch {
                continuation.finish()
                queue.finish()
                throw error
            }
            queue.finish()
            try await group.waitForAll()
        }
    }

    @Test func answersOnlyAfterTheCommitAndInOrder() async throws {
        let call = try Samples.call(1)
        let facts = Samples.wholeCall(call)
        let port = CollectingPort()
        try await withQueue(capacity: 100) { queue, gates in
            for fact in facts { queue.offer(try Samples.addressed(fact, call), envelope: Samples.envelope(fact, call), port: port) }
            for (index, fact) in facts.enumerated() {
                let gate = try required(await gates.next())
                #expect(gate.fact.fact == fact)
                #expect(port.answers.count == index, "answered before the commit")
                gate.open.resume(returning: .stored)
                await port.wait(for: 1)
            }
            #expect(queue.depth == 0)
            #expect(queue.counts.stored == UInt64(facts.count))
        }
        #expect(port.answers == facts.map { FactStored(id: $0.id) })
        #expect(port.sent.allSatisfy { $0.business == Samples.business && $0.conversation == call.conversation && $0.epoch == Epoch(rawValue: 1) })
    }

    @Test func dropsTheNewestWhenFull() async throws {
        let call = try Samples.call(1)
        let facts = Samples.wholeCall(call)
        let port = CollectingPort()
        try await withQueue(capacity: 3) { queue, gates in
            for fact in facts.prefix(5) { queue.offer(try Samples.addressed(fact, call), envelope: Samples.envelope(fact, call), port: port) }
            #expect(queue.depth == 3)
            #expect(queue.counts.dropped == 2)
            for _ in 0..<3 {
                try required(await gates.next()).open.resume(returning: .stored)
                await port.wait(for: 1)
            }
            // There is room again.
            queue.offer(try Samples.addressed(facts[3], call), envelope: Samples.envelope(facts[3], call), port: port)
            try required(await gates.next()).open.resume(returning: .stored)
            await port.wait(for: 1)
        }
        #expect(port.answers.map(\.id) == facts.prefix(4).map(\.id))
    }

    @Test func aRepetitionIsTakenOnceAndAnsweredUnderItsEpoch() async throws {
        let call = try Samples.call(1)
        let fact = Samples.wholeCall(call)[0]
        let (before, after) = (CollectingPort(), CollectingPort())
        try await withQueue(capacity: 3) { queue, gates in
            let addressed = try Samples.addressed(fact, call)
            queue.offer(addressed, envelope: Samples.envelope(fact, call, epoch: 1), port: before)
            let gate = try required(await gates.next())
            queue.offer(addressed, envelope: Samples.envelope(fact, call, epoch: 2), port: after)
            #expect(queue.counts.repeated == 1)
            gate.open.resume(returning: .stored)
            await after.wait(for: 1)
            #expect(queue.counts.stored == 1)
        }
        #expect(before.sent.isEmpty)
        #expect(after.sent.map(\.epoch) == [Epoch(rawValue: 2)])
    }

    @Test func refusedIsAnsweredAndPostponedIsNot() async throws {
        let call = try Samples.call(1)
        let facts = Samples.wholeCall(call)
        let port = CollectingPort()
        try await withQueue(capacity: 10) { queue, gates in
            for fact in facts.prefix(2) { queue.offer(try Samples.addressed(fact, call), envelope: Samples.envelope(fact, call), port: port) }
            try required(await gates.next()).open.resume(returning: .postponed("disk full"))
            try required(await gates.next()).open.resume(returning: .refused("too large"))
            await port.wait(for: 1)
            #expect(queue.counts == FactQueue.Counts(refused: 1, postponed: 1))
        }
        #expect(port.answers == [FactStored(id: facts[1].id, failure: "too large")])
    }
}

@Suite struct CRMWorkerLogicTests {
    @Test func refusesMalformedFactsAtOnce() throws {
        let call = try Samples.call(1)
        let (port, queue) = (CollectingPort(), FactQueue(capacity: 4, logger: Samples.logger))
        let logic = CRMWorkerLogic(port: port, queue: queue, logger: Samples.logger)
        logic.handle(
            Envelope(
                .fact(Fact(id: "nonsense", at: 0, body: .summary("x"))), business: Samples.business, conversation: call.conversation,
                epoch: Epoch(rawValue: 7)), attachment: [])
        #expect(port.answers.map(\.id) == ["nonsense"])
        #expect(port.answers.first?.failure?.isEmpty == false)
        #expect(port.sent.first?.epoch == Epoch(rawValue: 7))
        #expect(queue.depth == 0)
        #expect(logic.load().done == 1)
    }

    @Test func loadFallsAsTheQueueFills() throws {
        let call = try Samples.call(1)
        let (port, queue) = (CollectingPort(), FactQueue(capacity: 4, logger: Samples.logger))
        let logic = CRMWorkerLogic(port: port, queue: queue, logger: Samples.logger)
        #expect(logic.load() == Load(affinity: 1, active: 0))
        logic.handle(Envelope(.assign(Assign()), business: Samples.business, conversation: call.conversation), attachment: [])
        let facts = Samples.wholeCall(call)
        logic.handle(Samples.envelope(facts[0], call), attachment: [])
        #expect(logic.load() == Load(affinity: 0.75, active: 1))
        for fact in facts { logic.handle(Samples.envelope(fact, call), attachment: []) }
        #expect(logic.load() == Load(affinity: 0, active: 1))
        #expect(port.sent.isEmpty)
        logic.handle(Envelope(.release, business: Samples.business, conversation: call.conversation), attachment: [])
        #expect(logic.load().active == 0)
        logic.handle(Envelope(.assign(Assign()), conversation: call.conversation), attachment: [])
        logic.reset()
        #expect(logic.load().active == 0)
        #expect(queue.depth == 4)
        logic.handle(Envelope(.unknown("later")), attachment: [])
        #expect(port.sent.isEmpty)
    }
}
