import Audio
import Testing

@Suite struct VoiceActivityDetectorTests {
    /// The share of frames called speech.
    private func share(_ pcm: [Int16], _ vad: inout VoiceActivityDetector) -> Double {
        var speech = 0
        var frames = 0
        for start in stride(from: 0, to: pcm.count - 159, by: 160) {
            let decision = vad.process(muLaw: MuLaw.encode(pcm[start..<(start + 160)]))
            speech += decision.isSpeech ? 1 : 0
            frames += 1
        }
        return Double(speech) / Double(frames)
    }

    @Test(arguments: [-60.0, -50, -45, -40, -36, -34])
    func steadyNoiseIsNeverSpeech(level: Double) {
        for seed in 1...5 {
            var noise = Noise(seed: UInt64(seed))
            var vad = VoiceActivityDetector()
            #expect(share(noise.white(8000 * 20, dBFS: level), &vad) == 0)
        }
    }

    @Test(arguments: [-60.0, -50, -42, -36])
    func speechTenDecibelsOverTheNoiseIsHeard(level: Double) {
        var noise = Noise(seed: 9)
        var vad = VoiceActivityDetector()
        _ = share(noise.white(8000 * 4, dBFS: level), &vad)
        let speech = syllables(seconds: 2, dBFS: -20)
        #expect(share(mix(speech, noise.white(speech.count, dBFS: level)), &vad) > 0.6)
        #expect(share(noise.white(8000 * 4, dBFS: level), &vad) < 0.02)
    }

    @Test func speechInTheFirstFrameIsHeard() {
        var vad = VoiceActivityDetector()
        let speech = syllables(seconds: 1, dBFS: -20)
        #expect(vad.process(pcm: Array(speech[0..<160])).isSpeech)
    }

    @Test func longSpeechStaysSpeech() {
        var vad = VoiceActivityDetector()
        var noise = Noise(seed: 10)
        let speech = syllables(seconds: 20, dBFS: -20)
        let heard = mix(speech, noise.white(speech.count, dBFS: -50))
        #expect(share(Array(heard.suffix(8000 * 5)), &vad) > 0.6)
    }

    @Test func aStepOfTheNoiseIsForgottenWithinFourSeconds() {
        var noise = Noise(seed: 11)
        var vad = VoiceActivityDetector()
        _ = share(noise.white(8000 * 5, dBFS: -58), &vad)
        _ = share(noise.white(8000 * 4, dBFS: -36), &vad)
        #expect(share(noise.white(8000 * 10, dBFS: -36), &vad) == 0)
    }

    @Test func gapsOfDigitalSilenceDoNotResetTheFloor() {
        var noise = Noise(seed: 12)
        var vad = VoiceActivityDetector()
        _ = share(noise.white(8000 * 4, dBFS: -38), &vad)
        for _ in 0..<20 {
            #expect(share([Int16](repeating: 0, count: 800), &vad) == 0)
            #expect(share(noise.white(1600, dBFS: -38), &vad) == 0)
        }
    }

    @Test func digitalSilenceAndDirectCurrentAreSilent() {
        var vad = VoiceActivityDetector()
        for _ in 0..<300 {
            #expect(!vad.process(muLaw: MuLaw.silentFrame).isSpeech)
            #expect(!vad.process(pcm: [Int16](repeating: 9000, count: 160)).isSpeech)
        }
        #expect(vad.process(muLaw: MuLaw.silentFrame).level == -96)
        #expect(!vad.process(muLaw: []).isSpeech)
    }

    @Test func muLawAndLinearAgreeAndTheLevelIsRight() {
        var vad = VoiceActivityDetector()
        let codes = MuLaw.encode(sine(1000, rate: 8000, count: 160, dBFS: -20))
        var other = vad
        let decision = vad.process(muLaw: codes)
        #expect(decision == other.process(pcm: MuLaw.decode(codes)))
        #expect(vad == other)
        #expect(abs(decision.level - -20) < 0.3)
    }
}

@Suite struct ToneCodeTests {
    @Test func everyNumberPatternComesBackThroughMuLaw() {
        for number in [0, 1, 0x1234, 0xFFFF, 0x0F0F, 0x8000, 0xAAAA, 4711, 65534] {
            let codes = MuLaw.encode(ToneCode.encode(UInt16(number)))
            #expect(codes.count == 3600)
            let found = ToneCode.decode(muLaw: codes)
            #expect(found.map { Int($0.number) } == [number])
        }
    }

    @Test func anyOffsetAndNoiseAtThirtyDecibels() {
        var noise = Noise(seed: 20)
        for round in 0..<60 {
            let number = UInt16(truncatingIfNeeded: round * 1093 + 7)
            let offset = Int(noise.uniform() * 3000)
            var band = TelephoneBand()
            let pcm =
                [Int16](repeating: 0, count: offset) + ToneCode.encode(number) + [Int16](repeating: 0, count: 500)
            let heard = MuLaw.encode(band.process(mix(pcm, noise.white(pcm.count, dBFS: -30))))
            let found = ToneCode.decode(muLaw: heard)
            #expect(found.map(\.number) == [number])
            #expect(abs((found.first?.offset ?? 0) - offset) < 80, "\(found) at \(offset)")
        }
    }

    @Test func twoInARowAreTwoAndADoubledOneIsDoubled() {
        let gap = [Int16](repeating: 0, count: 333)
        let pcm = gap + ToneCode.encode(5) + ToneCode.encode(5) + gap + ToneCode.encode(900)
        #expect(ToneCode.decode(pcm: pcm).map(\.number) == [5, 5, 900])
    }

    @Test func damageIsNotReadAsAnotherNumber() {
        let pcm = ToneCode.encode(0x5A3C)
        // A lost frame in the middle, a doubled frame, and half an utterance.
        #expect(ToneCode.decode(pcm: Array(pcm[..<1600] + pcm[2000...])).isEmpty)
        #expect(ToneCode.decode(pcm: Array(pcm[..<1200] + pcm[800...])).isEmpty)
        #expect(ToneCode.decode(pcm: Array(pcm[..<1800])).isEmpty)
        // One frame lost shifts the rest by 20 ms: either still right, or nothing.
        for cut in stride(from: 0, to: 3440, by: 160) {
            let found = ToneCode.decode(pcm: Array(pcm[..<cut] + pcm[(cut + 160)...]))
            #expect(found.isEmpty || found.map(\.number) == [0x5A3C])
        }
    }

    @Test func speechNoiseAndSilenceHoldNoNumbers() {
        var noise = Noise(seed: 21)
        #expect(ToneCode.decode(pcm: noise.white(80_000, dBFS: -20)).isEmpty)
        #expect(ToneCode.decode(pcm: syllables(seconds: 10, dBFS: -18)).isEmpty)
        #expect(ToneCode.decode(pcm: [Int16](repeating: 0, count: 8000)).isEmpty)
    }
}
