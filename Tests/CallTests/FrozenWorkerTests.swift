import BusContract
import CallVocabulary
import TTSWorker
import Testing

/// A worker that hangs with work outstanding: another takes over, what it says late reaches nobody, and it serves again when it is back.
@Suite(.serialized) struct FrozenWorkerTests {
    @Test(arguments: TestBus.Kind.allCases, [Pool.asr, .dialog, .tts])
    func aWorkerIsFrozenWithWorkOutstanding(_ kind: TestBus.Kind, _ pool: Pool) async throws {
        try await TestFleet.run(kind, .with([pool: 2])) { fleet in
            let call = try await fleet.call()
            try await call.say(1)
            try await call.hears(sentences: 2)
            let frozen = try fleet.holder(pool, of: call)
            frozen.meets(.freezesBefore) { envelope in
                switch envelope.message {
                case .transcript(let message): message.final
                case .reply(let piece): piece.piece == 0
                case .speech(let chunk): chunk.piece == 0
                default: false
                }
            }
            try await call.say(2)
            try await call.hears(sentences: 2)
            #expect(frozen.isFrozen)
            #expect(try fleet.holder(pool, of: call) !== frozen)
            #expect(fleet.log.count("worker is gone", ["loss": "hung"]) == 1)
            #expect(fleet.log.count("STALE_EPOCH") == 0)

            frozen.thaw()
            try await until("it is told that its work is void") { frozen.handled("revoke") == 1 }
            try await until("its late answer is dropped") { fleet.log.count("STALE_EPOCH", ["call": call.id.rawValue]) > 0 }
            try await call.say(3)
            try await call.hears(sentences: 2)

            // It has no call and the other one has: it gets the next as soon as it is trusted again.
            try await frozen.beats(2)
            let next = try await fleet.call()
            #expect(try fleet.holder(pool, of: next) === frozen)
            try await next.say(4)
            try await next.hears(sentences: 2)
            try await fleet.expectWhole(next, said: [4])
            try await fleet.expectWhole(call, said: [1, 2, 3])
        }
    }

    /// A hung crm-worker holds no calls, only facts.
    @Test(arguments: TestBus.Kind.allCases) func aCRMWorkerIsFrozenWithFactsOutstanding(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, .with([.crm: 2])) { fleet in
            let isTaken = Flag()
            for worker in fleet.workers(.crm) {
                worker.meets(.freezesBefore) { if case .factStored = $0.message { isTaken.claim() } else { false } }
            }
            let call = try await fleet.call()
            try await until("a fact is under way") { fleet.workers(.crm).contains(where: \.isFrozen) }
            let frozen = try #require(fleet.workers(.crm).first { $0.isFrozen })
            let other = try fleet.other(than: frozen)
            try await call.say(1)
            try await call.hears(sentences: 2)
            try await fleet.expectWhole(call, said: [1])
            #expect(other.sent("fact_stored") >= 5)
            #expect(fleet.log.count("worker is gone", ["loss": "hung"]) == 1)
            frozen.thaw()
            // What it confirms late was confirmed before, and it works again.
            other.kill()
            let next = try await fleet.call()
            try await next.say(2)
            try await next.hears(sentences: 2)
            try await fleet.expectWhole(next, said: [2])
            #expect(Set(fleet.book.facts.map(\.id)).count == fleet.book.facts.count)
        }
    }
}
