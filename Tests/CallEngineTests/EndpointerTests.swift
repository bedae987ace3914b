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

    /// Babble after the caller's words: voice without end, and no more words.
    @Test func voiceWithoutWordsIsNotTheCallers() {
        for (words, stable, wait) in [("אני רוצה דירה בתל אביב", 1_500, 1_500), ("הטלפון שלי אפס חמש שתיים", 600, 1_400), ("", 600, 0), ("שלום", 0, 0)] {
            var policy = CallPolicy()
            policy.endpoint.stable = stable
            var ear = Ear(policy)
            ear.hear(Sound.vowel(milliseconds: 1_000))
            let at = CallTime(milliseconds: Int(ear.sequence) * 20)
            ear.endpointer.heard(words, at: at)
            ear.hear(Sound.vowel(milliseconds: 400))
            ear.endpointer.heard(words, at: at.adding(milliseconds: 400))
            ear.hear(Sound.vowel(milliseconds: 5_000))
            guard wait > 0 else {
                #expect(ear.utterances.isEmpty)
                continue
            }
            #expect(ear.utterances.first?.reason == .stableWords)
            #expect(ear.utterances.first?.through == UInt32((1_000 + wait) / 20 - 1), "the same words again are no change")
        }
    }

    @Test func theSilenceRuleIsExactToAFrame() {
        for silence in [200, 500, 700] {
            var policy = CallPolicy()
            policy.endpoint.silence = silence
            var ear = Ear(policy)
            ear.hear(Sound.silence(milliseconds: 1_000))  // frames 0…49
            ear.hear(Sound.vowel(milliseconds: 400))  // frames 50…69
            ear.hear(Sound.silence(milliseconds: 1_500))
            #expect(
                ear.decisions.filter { $0.decision != .paused }.map(\.frame) == [52, UInt32(69 + silence / 20)], "begun at the third voiced frame, ended by \(silence) ms of silence")
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
        policy.endpoint.silence = 200
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

    // MARK: - What the words ask for

    /// Says something of 600 ms, with these words known at its end, and then silence: after how many milliseconds it was over, and why.
    private func end(_ text: String, _ policy: CallPolicy = CallPolicy(), expecting: Expectations? = nil) -> (wait: Int, reason: EndpointReason)? {
        var ear = Ear(policy)
        ear.endpointer.expect(expecting)
        ear.hear(Sound.silence(milliseconds: 1_000))
        ear.hear(Sound.vowel(milliseconds: 400))
        if !text.isEmpty { ear.endpointer.heard(text, at: CallTime(milliseconds: 1_300)) }
        ear.hear(Sound.vowel(milliseconds: 200))
        ear.hear(Sound.silence(milliseconds: 2_000))
        return ear.utterances.first.map { (Int($0.through - 79) * 20, $0.reason) }
    }

    @Test(
        arguments: [
            ("", 500, .silence), ("כן", 260, .backchannel), ("לא תודה", 260, .shortAnswer), ("כמה זה עולה", 320, .question),
            ("אני מחפש דירה", 400, .plain), ("אני מחפש דירה עם", 1_300, .trailing), ("אפס חמש שתיים", 1_400, .openNumber),
            ("0521234567", 260, .wholeNumber), ("ביום", 1_300, .openDate), ("ברחוב הרצל", 1_300, .openAddress), ("אמ", 1_200, .hesitation),
        ] as [(String, Int, EndpointReason)]) func theWordsDecideHowLongSilenceLasts(_ text: String, _ wait: Int, _ reason: EndpointReason)
    {
        #expect(end(text)?.wait == wait && end(text)?.reason == reason)
    }

    @Test func anExpectedAnswerIsWholeAndItsBeginningIsNot() {
        let expected = Expectations(name: "city", answers: [
            .init(value: "ta", phrases: ["תל אביב", "תל אביב יפו"]), .init(value: "h", phrases: ["חיפה"]),
        ])
        #expect(end("חיפה", expecting: expected)?.reason == .expectedAnswer)
        #expect(end("חיפה", expecting: expected)?.wait == 260)
        #expect(end("תל אביב", expecting: expected)?.wait == 500, "Jaffa may follow")
        #expect(end("תל", expecting: expected)?.wait == 500)
    }

    /// A recogniser that is behind the voice may add words: what came in this moment decides nothing before the plain rule would.
    @Test func wordsOfThisMomentAreNotTakenForTheLast() {
        var ear = Ear()
        ear.hear(Sound.silence(milliseconds: 1_000))
        ear.hear(Sound.vowel(milliseconds: 600))  // to frame 79
        ear.hear(Sound.silence(milliseconds: 240))
        ear.endpointer.heard("כן", at: CallTime(milliseconds: 1_830))
        ear.hear(Sound.silence(milliseconds: 500))
        #expect(ear.utterances.first.map { ($0.through - 79) * 20 } == 380, "120 ms after the word")
    }

    @Test func aCallerWhoPausesLongIsGivenTime() {
        var slow = Ear()
        for _ in 0..<6 {
            slow.hear(Sound.vowel(milliseconds: 300))
            slow.hear(Sound.silence(milliseconds: 440))
        }
        #expect(slow.utterances.isEmpty, "without words the silence rule counts")
        #expect(slow.endpointer.plainWait == 560)
        var quick = Ear()
        for _ in 0..<6 {
            quick.hear(Sound.vowel(milliseconds: 300))
            quick.hear(Sound.silence(milliseconds: 180))
        }
        #expect(quick.endpointer.plainWait == 320)
        #expect(Ear().endpointer.plainWait == 400)
    }

    @Test func pausesAndResumptionsAreTold() {
        var ear = Ear()
        ear.hear(Sound.vowel(milliseconds: 400))
        ear.hear(Sound.silence(milliseconds: 200))
        ear.hear(Sound.vowel(milliseconds: 200))
        ear.hear(Sound.silence(milliseconds: 600))
        let told = ear.decisions.map { decision in
            switch decision.decision {
            case .began: "began"
            case .paused: "paused"
            case .resumed: "resumed"
            case .ended: "ended"
            }
        }
        #expect(told == ["began", "paused", "resumed", "paused", "ended"])
    }
}
