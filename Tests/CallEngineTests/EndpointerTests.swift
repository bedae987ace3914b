import CallEngine
import CallVocabulary
import Testing

@Suite struct EndpointerTests {
    /// Hears bytes, one frame every 20 ms; frame n arrives at n × 20 ms.
    private struct Ear {
        var endpointer: Endpointer
        var sequence: UInt32 = 0
        var decisions: [(frame: UInt32, decision: Endpointer.Decision)] = []

        init(_ policy: CallPolicy = CallPolicy()) { endpointer = Endpointer(policy: policy) }

        mutating func hear(_ bytes: [UInt8]) {
            for frame in Sound.frames(bytes, from: sequence) {
                if let decision = endpointer.hear(frame, at: CallTime(milliseconds: Int(frame.sequence) * 20)) {
                    decisions.append((frame.sequence, decision))
                }
                sequence += 1
            }
        }

        var utterances: [Endpointer.Utterance] { decisions.compactMap { if case .ended(let utterance) = $0.decision { utterance } else { nil } } }
        var begins: [UInt32] { decisions.compactMap { if case .began(let from) = $0.decision { from } else { nil } } }
    }

    @Test func theSilenceRuleIsExactToAFrame() {
        for silence in [200, 500, 700] {
            var policy = CallPolicy()
            policy.endpointSilence = silence
            var ear = Ear(policy)
            ear.hear(Sound.silence(milliseconds: 1_000))  // frames 0…49
            ear.hear(Sound.vowel(milliseconds: 400))  // frames 50…69
            ear.hear(Sound.silence(milliseconds: 1_500))
            #expect(
                ear.decisions.map(\.frame) == [52, UInt32(69 + silence / 20)], "begun at the third voiced frame, ended by \(silence) ms of silence")
            #expect(ear.utterances.map(\.through) == [UInt32(69 + silence / 20)])
            #expect(ear.utterances.map(\.voiceEnd) == [CallTime(milliseconds: 69 * 20)])
            #expect(ear.utterances.map(\.voicedMilliseconds) == [400])
            #expect(ear.utterances.map(\.reason) == [.silence])
        }
    }

    @Test func theUtteranceHasItsLeadIn() throws {
        var ear = Ear()
        ear.hear(Sound.silence(milliseconds: 1_000))
        ear.hear(Sound.vowel(milliseconds: 400))
        let from = try #require(ear.begins.first)
        // Begun at frame 52: at least the configured 240 ms before the first voiced frame, which is 50.
        #expect(from <= 50 - 12)
        #expect(from >= 50 - 12 - 5, "and not much more")
    }

    @Test func aCallerWhoSpeaksInTheFirstFrameIsHeardFromTheFirstFrame() {
        var ear = Ear()
        ear.hear(Sound.vowel(milliseconds: 300))
        #expect(ear.begins == [0])
    }

    @Test func clicksAreNoUtterance() {
        var ear = Ear()
        for _ in 0..<20 {
            ear.hear(Sound.vowel(milliseconds: 20))
            ear.hear(Sound.silence(milliseconds: 180))
        }
        #expect(ear.decisions.isEmpty)
    }

    @Test func steadyNoiseIsNoUtterance() {
        var ear = Ear()
        ear.hear(Sound.noise(milliseconds: 10_000))
        #expect(ear.decisions.isEmpty)
    }

    @Test func wordsWithPausesUnderTheRuleAreOneUtterance() {
        var ear = Ear()
        ear.hear(Sound.noise(milliseconds: 600))
        for word in 0..<3 {
            ear.hear(Sound.voice(milliseconds: 440))
            ear.hear(Sound.noise(milliseconds: word == 2 ? 800 : 400, seed: UInt64(word)))
        }
        #expect(ear.begins.count == 1)
        #expect(ear.utterances.count == 1)
    }

    @Test func aPauseOverTheRuleMakesTwo() {
        var ear = Ear()
        for _ in 0..<2 {
            ear.hear(Sound.voice(milliseconds: 440))
            ear.hear(Sound.noise(milliseconds: 700))
        }
        #expect(ear.utterances.count == 2)
    }

    @Test func theLongestUtteranceIsCut() throws {
        var policy = CallPolicy()
        policy.longestUtterance = 5_000
        var ear = Ear(policy)
        ear.hear(Sound.voice(milliseconds: 5_500))
        let first = try #require(ear.utterances.first)
        #expect(first.reason == .tooLong)
        #expect(first.through - ear.begins[0] == 250)
    }

    @Test func noFrameBelongsToTwoUtterances() {
        var policy = CallPolicy()
        policy.endpointSilence = 200
        policy.longestUtterance = 3_000
        var ear = Ear(policy)
        ear.hear(Sound.voice(milliseconds: 7_000))
        for _ in 0..<4 {
            ear.hear(Sound.vowel(milliseconds: 300))
            ear.hear(Sound.silence(milliseconds: 220))
        }
        ear.hear(Sound.silence(milliseconds: 1_000))
        #expect(ear.utterances.count >= 5)
        for (previous, from) in zip(ear.utterances, ear.begins.dropFirst()) { #expect(from > previous.through) }
    }

    @Test func isInUtteranceFollowsTheDecisions() {
        var ear = Ear()
        #expect(!ear.endpointer.isInUtterance)
        ear.hear(Sound.vowel(milliseconds: 100))
        #expect(ear.endpointer.isInUtterance)
        ear.hear(Sound.silence(milliseconds: 600))
        #expect(!ear.endpointer.isInUtterance)
    }
}
