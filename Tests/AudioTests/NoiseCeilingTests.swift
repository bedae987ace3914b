import Testing

@testable import Audio

@Suite struct NoiseCeilingTests {
    private func learn(_ ceiling: inout NoiseCeiling, _ levels: [Float], times: Int) {
        for _ in 0..<times { for level in levels { ceiling.learn(level, range: 9) } }
    }

    @Test func beforeAWholeStretchItIsWhatItWas() {
        var ceiling = NoiseCeiling(initial: -28)
        learn(&ceiling, [-50], times: 15)
        #expect(ceiling.level == -28)
        learn(&ceiling, [-50], times: 1)
        #expect(ceiling.level == -50)
    }

    @Test func itIsTheLoudestOfNoiseThatVaries() {
        var ceiling = NoiseCeiling(initial: -28)
        learn(&ceiling, [-48, -46, -41, -50], times: 20)
        #expect(ceiling.level == -41)
    }

    @Test func whatVariesMoreIsNotLearned() {
        var ceiling = NoiseCeiling(initial: -28)
        learn(&ceiling, [-50], times: 80)
        // Syllables for longer than it remembers.
        learn(&ceiling, [-20, -20, -20, -20, -20, -35, -35, -20], times: 100)
        #expect(ceiling.level == -50)
    }

    @Test func louderNoiseIsLearnedWithinThreeSeconds() {
        var ceiling = NoiseCeiling(initial: -28)
        learn(&ceiling, [-50], times: 400)
        learn(&ceiling, [-36], times: 100)
        #expect(ceiling.level == -50)
        learn(&ceiling, [-36], times: 50)
        #expect(ceiling.level == -36)
    }
}

@Suite struct VoiceActivityInNoiseTests {
    /// A noise whose level swings by as much in a second and a half as that of several people who speak at once.
    private func swinging(seconds: Int, dBFS: Double, seed: UInt64) -> [Int16] {
        var noise = Noise(seed: seed)
        let depths = [0.0, -3, -6, -2, -5, -8, -13, -6, -1, -4]
        return (0..<seconds * 50).flatMap { frame in noise.white(160, dBFS: dBFS + depths[frame / 8 % depths.count]) }
    }

    private func calls(_ pcm: [Int16], _ vad: inout VoiceActivityDetector) -> Double {
        let decisions = stride(from: 0, to: pcm.count - 159, by: 160).map { vad.process(pcm: Array(pcm[$0..<$0 + 160])).isSpeech }
        return Double(decisions.count { $0 }) / Double(decisions.count)
    }

    @Test(arguments: [-45.0, -38, -32]) func noiseThatSwingsIsNoSpeechOnceItIsKnown(level: Double) {
        var vad = VoiceActivityDetector()
        _ = calls(swinging(seconds: 5, dBFS: level, seed: 1), &vad)
        let share = calls(swinging(seconds: 20, dBFS: level, seed: 2), &vad)
        #expect(share < 0.02)
        let speech = syllables(seconds: 3, dBFS: -18)
        let heard = calls(mix(speech, swinging(seconds: 3, dBFS: level, seed: 3)), &vad)
        #expect(heard > 0.6)
    }

    @Test func aVoiceSevenDecibelsOverSteadyNoiseIsHeard() {
        var noise = Noise(seed: 4)
        var vad = VoiceActivityDetector()
        _ = calls(noise.white(8000 * 5, dBFS: -40), &vad)
        let heard = calls(noise.white(8000, dBFS: -33), &vad)
        #expect(heard > 0.9)
    }

    @Test func tenSecondsWithoutAPauseInNoiseStayHeard() {
        var noise = Noise(seed: 5)
        var vad = VoiceActivityDetector()
        _ = calls(noise.white(8000 * 5, dBFS: -38), &vad)
        let speech = syllables(seconds: 12, dBFS: -20)
        let heard = mix(speech, noise.white(speech.count, dBFS: -38))
        _ = calls(Array(heard.prefix(8000 * 8)), &vad)
        let share = calls(Array(heard.suffix(8000 * 4)), &vad)
        #expect(share > 0.6)
    }
}
