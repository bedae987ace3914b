import Audio
import Testing

@testable import VoiceActivityKit

/// Frames of a 300 Hz sine, 20 ms each, at the given levels in dBFS; nil is digital silence.
private func frames(_ levels: [(count: Int, dBFS: Double?)]) -> [Int16] {
    levels.flatMap { stretch in
        stretch.dBFS.map { sine(300, rate: 8000, count: stretch.count * 160, dBFS: $0) } ?? [Int16](repeating: 0, count: stretch.count * 160)
    }
}

private func truth(_ stretches: (count: Int, dBFS: Double?)...) -> VoiceTruth { VoiceTruth(clean: frames(stretches), level: -20) }

@Suite struct VoiceTruthTests {
    @Test func levelsDivideVoiceFromSilenceWithFaintSoundsBetween() {
        let truth = truth((10, nil), (2, -20), (2, -41), (2, -43), (10, -61), (10, nil))
        #expect(truth.frames.prefix(10).allSatisfy { $0 == .silence })
        #expect(truth.frames[10..<14].allSatisfy { $0 == .voice })
        #expect(truth.frames[14..<16].allSatisfy { $0 == .neither })
        #expect(truth.frames[16...].allSatisfy { $0 == .silence })
        #expect(truth.utterances == [10..<14])
    }

    @Test func aConsonantsSilenceIsNobodysAndAPausesIsSilence() {
        #expect(truth((5, -20), (7, nil), (5, -20)).frames[5..<12].allSatisfy { $0 == .neither })
        #expect(truth((5, -20), (8, nil), (5, -20)).frames[5..<13].allSatisfy { $0 == .silence })
    }

    @Test func aSecondPartsUtterances() {
        #expect(truth((5, -20), (49, nil), (5, -20)).utterances == [0..<59])
        #expect(truth((5, -20), (50, nil), (5, -20), (3, nil)).utterances == [0..<5, 55..<60])
        #expect(truth((60, nil)).utterances.isEmpty)
    }

    @Test func whatIsNoWholeFrameIsLeftOut() {
        #expect(VoiceTruth(clean: [Int16](repeating: 0, count: 319), level: -20).frames.count == 1)
        #expect(VoiceTruth(clean: [], level: -20).frames.isEmpty)
    }
}

@Suite struct ActivityScoreTests {
    /// 20 frames of nobody, 20 of voice, 60 of nobody.
    private let line = truth((20, nil), (20, -20), (60, nil))

    private func decisions(_ voiced: Range<Int>...) -> [Bool] { (0..<100).map { index in voiced.contains { $0.contains(index) } } }

    private func score(_ decisions: [Bool]) -> ActivityScore {
        var score = ActivityScore()
        score.add(decisions, line)
        return score
    }

    @Test func theTruthItselfIsPerfect() {
        let score = score(decisions(20..<40))
        #expect((score.voiced, score.missed, score.silent, score.alarms) == (20, 0, 80, 0))
        #expect((score.falseStarts, score.unheard, score.utterances) == (0, 0, 1))
        #expect(score.hangs == [0])
    }

    @Test func missesAndAlarmsAreShares() {
        let score = score(decisions(25..<44))
        #expect(score.missPercent == 25)
        #expect(score.alarmPercent == 5)
        #expect(score.hang(0.5) == 80)
        #expect(score.falseStarts == 0)
    }

    @Test func sixFramesAreAFalseStartAndFiveAreNone() {
        #expect(score(decisions(20..<40, 60..<65)).falseStarts == 0)
        let score = score(decisions(2..<8, 20..<40, 60..<70))
        #expect(score.falseStarts == 2)
        // Two in 1.6 s of silence.
        #expect(abs(score.falseStartsPerMinute - 75) < 1e-9)
    }

    @Test func whatGoesOnFromTheVoiceIsHangAndNoStart() {
        #expect(score(decisions(20..<60)).falseStarts == 0)
        #expect(score(decisions(20..<60)).hangs == [400])
        #expect(score(decisions(20..<40, 42..<60)).falseStarts == 0)
        #expect(score(decisions(20..<40, 44..<60)).falseStarts == 1)
        // 280 ms of called silence are no end, 300 are.
        #expect(score(decisions(20..<40, 54..<60)).hangs == [400])
        #expect(score(decisions(20..<40, 55..<61)).hangs == [0])
        #expect(score(decisions(20..<100)).hangs == [nil])
        #expect(score(decisions(20..<100)).hang(0.95) == nil)
    }

    @Test func anEndCalledWithinTheVoiceIsACutAndAPauseIsNone() {
        #expect(score(decisions(20..<40)).cutPercent == 0)
        // 15 frames of called silence, of which 14 or all are voice; nobody cuts who has not begun.
        #expect(score(decisions(20..<22, 36..<40)).cutPercent == 0)
        #expect(score(decisions(20..<22, 37..<40)).cutPercent == 100)
        #expect(score(decisions(37..<40)).cutPercent == 0)
        var score = ActivityScore()
        score.add((0..<70).map { !(25..<55).contains($0) }, truth((30, -20), (20, nil), (20, -20)))
        #expect(score.cutPercent == 100)
        score = ActivityScore()
        score.add((0..<70).map { !(27..<54).contains($0) }, truth((30, -20), (20, nil), (20, -20)))
        #expect(score.cutPercent == 0)
    }

    @Test func anUtteranceOfTwoCalledFramesIsUnheard() {
        #expect(score(decisions(20..<22)).unheardPercent == 100)
        #expect(score(decisions(20..<23)).unheardPercent == 0)
    }

    @Test func missingDecisionsAreSilenceAndLinesAddUp() {
        #expect(score([]).missPercent == 100)
        var both = score(decisions(20..<40))
        both.add(score([]))
        #expect(both.missPercent == 50)
        #expect(both.utterances == 2)
        #expect(both.hangs.count == 2)
    }

    @Test func nothingScoredIsNothing() {
        let empty = ActivityScore()
        #expect(empty.missPercent == 0)
        #expect(empty.falseStartsPerMinute == 0)
        #expect(empty.hang(0.5) == nil)
    }

    @Test func theTableSaysNeverForAnEndThatDidNotCome() {
        let row = ActivityRow(condition: "babble", detector: "ours", score(decisions(20..<100)))
        let text = ActivityTable(rows: [row], settings: [row], cost: ["ours": 0.094], minutes: 2, lines: 1).text()
        #expect(text.contains("babble"))
        #expect(text.contains("never"))
        #expect(text.contains("0.09 µs"))
    }
}

@Suite struct VoiceActivityDetectingTests {
    /// One that only knows samples.
    private struct Loud: VoiceActivityDetecting {
        mutating func isVoice(pcm frame: [Int16]) -> Bool { frame.count == 160 && frame[0] > 1000 }
    }

    @Test func codesAreDecodedForWhoOnlyKnowsSamples() {
        var detector = Loud()
        let loud = detector.isVoice(muLaw: [UInt8](repeating: MuLaw.encode(2000), count: 160))
        let silent = detector.isVoice(muLaw: MuLaw.silentFrame)
        #expect(loud && !silent)
    }

    @Test func theProductsDetectorSaysTheSameBehindTheProtocol() {
        func decisions(_ detector: some VoiceActivityDetecting, _ pcm: [Int16], muLaw: Bool) -> [Bool] {
            var detector = detector
            return stride(from: 0, to: pcm.count, by: 160).map { start in
                let frame = Array(pcm[start..<start + 160])
                return muLaw ? detector.isVoice(muLaw: MuLaw.encode(frame)) : detector.isVoice(pcm: frame)
            }
        }
        let pcm = frames([(50, nil)]) + syllables(seconds: 2, dBFS: -20) + frames([(50, nil)])
        let line = MuLaw.decode(MuLaw.encode(pcm))
        var concrete = VoiceActivityDetector()
        let wanted = stride(from: 0, to: line.count, by: 160).map { concrete.process(pcm: Array(line[$0..<$0 + 160])).isSpeech }
        #expect(decisions(VoiceActivityDetector(), line, muLaw: false) == wanted)
        #expect(decisions(VoiceActivityDetector(), line, muLaw: true) == wanted)
        #expect(wanted.contains(true) && wanted.contains(false))
    }
}
