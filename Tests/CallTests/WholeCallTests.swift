import BusContract
import CallEngine
import CallVocabulary
import DialogWorker
import Testing

/// The same script of a call over both buses: what passes on one and not on the other is a bug of that one.
@Suite(.serialized) struct WholeCallTests {
    @Test(arguments: TestBus.Kind.allCases) func aCallerIsHeardAnsweredAndWrittenDown(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, .with(models: [FixedModel()])) { fleet in
            let call = try await fleet.call { $0.policy.playbackLead = 400 }
            for number: UInt16 in [17, 4242, 65_535] {
                try await call.say(number)
                try await call.hears(sentences: 1)
            }
            let facts = try await fleet.hangUp(call)
            let turns = facts.compactMap { if case .turn(let record) = $0.body { record } else { nil } }
            let heard = turns.compactMap { if case .speech(let transcript) = $0.entry.heard { transcript.text } else { nil } }
            #expect(heard == ["17", "4242", "65535"])
            #expect(turns.dropFirst().allSatisfy { $0.entry.said == [FixedModel.defaultSentence] })
            #expect(facts.map(\.id).count == Set(facts.map(\.id)).count)
            let endings = facts.compactMap { if case .callEnded(let outcome, _, _) = $0.body { outcome } else { nil } }
            #expect(endings == [.callerHungUp])
            // Each reply is 1.5 s of tone, played once and whole.
            #expect(call.playedMilliseconds == 3 * 1_500)
        }
    }

    @Test(arguments: TestBus.Kind.allCases) func severalCallsDoNotMix(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind) { fleet in
            var calls: [(TestCall, UInt16)] = []
            for index in 0..<8 { calls.append((try await fleet.call(), UInt16(1_000 + index))) }
            for (call, number) in calls { try await call.say(number) }
            for (call, number) in calls {
                try await call.hears(sentences: 2)
                try await fleet.expectWhole(call, said: [number])
            }
        }
    }

    /// One process of each pool serves a call from start to end when nothing dies, and a second one of each is used by the next call.
    @Test(arguments: TestBus.Kind.allCases) func callsSpreadAndStay(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, .two) { fleet in
            let one = try await fleet.call()
            // Its workers say themselves that they have a call.
            for pool in [Pool.asr, .dialog, .tts] { try await fleet.holder(pool, of: one).beats(2) }
            let two = try await fleet.call()
            for pool in [Pool.asr, .dialog, .tts] { #expect(try fleet.holder(pool, of: one) !== fleet.holder(pool, of: two)) }
            for number: UInt16 in [5, 6] {
                for call in [one, two] { try await call.say(number) }
                for call in [one, two] { try await call.hears(sentences: 2) }
            }
            for call in [one, two] { try await fleet.expectWhole(call, said: [5, 6]) }
            for pool in [Pool.asr, .dialog, .tts] { #expect(fleet.workers(pool).map { $0.handled("assign") } == [1, 1]) }
            #expect(fleet.hub.again == 0)
        }
    }
}
