import BusContract
import CallEngine
import CallVocabulary
import TTSWorker
import Testing

/// Voices die: every sentence is heard, in order, and at most the one in synthesis twice.
@Suite(.serialized) struct SpeakingTests {
    /// How far a sentence has come when its voice dies.
    enum Cut: CaseIterable, Sendable {
        case early
        /// The number is in the first five chunks: the caller hears it twice.
        case late
        /// The voice has thought about it for so long that the gateway knows its question to have arrived.
        case confirmed

        var chunk: Int { self == .late ? 7 : 3 }
    }

    @Test(arguments: TestBus.Kind.allCases, Cut.allCases)
    func aVoiceIsKilledInMidSentence(_ kind: TestBus.Kind, _ cut: Cut) async throws {
        let gate = Gate()
        try await TestFleet.run(kind, .with([.tts: 2], voice: ChunkedVoice(gate: (cut.chunk, gate)))) { fleet in
            let call = try await fleet.call()
            try await call.say(1)
            try await call.hears(sentences: 2)
            let first = try fleet.holder(.tts, of: call)
            let before = call.playedMilliseconds
            gate.shut()
            try await call.say(2)
            try await until("the first half is played") { call.playedMilliseconds == before + cut.chunk * ChunkedVoice.chunk }
            if cut == .confirmed { try await first.beats(2) }
            first.kill()
            gate.open()
            try await call.hears(sentences: 2)
            try await call.say(3)
            try await call.hears(sentences: 2)
            #expect(try fleet.holder(.tts, of: call) !== first)
            #expect(call.numbers == [1, 32_769, 2] + (cut == .late ? [2] : []) + [32_770, 3, 32_771])
            try await fleet.expectWhole(call, said: [1, 2, 3], repeated: 1)
            #expect(fleet.log.count("SENTENCE_REPEATED") == 1)
        }
    }

    /// Whole sentences that have come already play on from the gateway's buffer.
    @Test(arguments: TestBus.Kind.allCases) func aVoiceIsKilledInItsSecondSentence(_ kind: TestBus.Kind) async throws {
        try await TestFleet.run(kind, .with([.tts: 2], voice: ChunkedVoice())) { fleet in
            // The line's buffer holds less than a sentence: the rest of the first one is still with the gateway.
            let call = try await fleet.call { $0.policy.playbackLead = 400 }
            let first = try fleet.holder(.tts, of: call)
            first.meets(.diesBefore) { if case .speech(let speech) = $0.message { speech.piece == 1 } else { false } }
            try await call.say(1)
            try await until("the second sentence is begun") { first.isDead }
            #expect(call.sentences.isEmpty)
            try await call.hears(sentences: 2)
            try await fleet.expectWhole(call, said: [1])
            // Only the second was made anew.
            #expect(try fleet.holder(.tts, of: call).handled("speak") == 1)
        }
    }
}
