import Audio
import CallVocabulary
import ProviderKit
import Testing

@testable import ASRWorker

@Suite struct StreamingSessionTests {
    @Test(arguments: [FakeEngine.google(), .finalizing(), .finalizing(tellsTimes: false)])
    func utterancesBecomeFinalsInOrder(_ engine: FakeEngine) throws {
        let rig = SessionRig([engine])
        rig.pass(2_000)
        for number in 0..<5 {
            rig.say([number * 10, number * 10 + 1, number * 10 + 2], pause: 100)
            rig.pass(1_500)
        }
        #expect(rig.finals.map(\.turn) == (1...5).map { TurnID($0) })
        #expect(rig.finals.map(\.transcript.text) == (0..<5).map { "\($0 * 10) \($0 * 10 + 1) \($0 * 10 + 2)" })
        #expect(rig.finals.allSatisfy { $0.transcript.understood && $0.transcript.confidence == 0.5 })
        #expect(rig.interims.first?.text == "0")
        #expect(rig.switches.isEmpty)
        #expect(rig.actions.count { if case .connect = $0 { true } else { false } } == 1)
    }

    @Test func aFinalComesAsSoonAsTheProviderHasIt() throws {
        let rig = SessionRig([.finalizing()])
        rig.say([1, 2])
        let end = rig.now
        rig.pass(1_000)
        // Twice the way to the provider.
        #expect(try #require(rig.finals.first).at - end <= 60)

        let slow = SessionRig([.google()])
        slow.say([1, 2])
        let over = slow.now
        slow.pass(1_000)
        // It wants 600 ms of silence and has had 500.
        #expect(try #require(slow.finals.first).at - over <= 200)
    }

    @Test func theNextUtteranceMayBeginBeforeTheLastHasItsFinal() {
        for engine in [FakeEngine.google(), .finalizing(), .finalizing(tellsTimes: false)] {
            let rig = SessionRig([engine], delay: 700)
            for number in 0..<6 { rig.say([number], tail: 500) }
            rig.pass(3_000)
            #expect(rig.finals.map(\.transcript.text) == (0..<6).map(String.init))
        }
    }

    @Test func silenceOrKeepAlivesBetweenUtterances() {
        let google = SessionRig([.google()])
        google.pass(10_000)
        let sent = google.actions.reduce(0) { if case .send(_, let audio) = $1 { $0 + audio.count } else { $0 } }
        // In real time: the provider's clock goes on.
        #expect((79_000...80_000).contains(sent))
        let other = SessionRig([.finalizing()])
        other.pass(10_000)
        #expect(other.actions.count { if case .keepAlive = $0 { true } else { false } } == 2)
        #expect(!other.actions.contains { if case .send = $0 { true } else { false } })
    }

    // MARK: - Little or nothing

    @Test func aCoughIsNobodysFault() throws {
        let rig = SessionRig([.google(), .finalizing()])
        rig.begin()
        // 120 ms of noise that is no word.
        rig.speak((0..<960).map { $0 / 8 % 2 == 0 ? 0x02 : 0x82 } + SpokenWords.silence(milliseconds: 500))
        rig.finish()
        let end = rig.now
        rig.pass(2_000)
        let final = try #require(rig.finals.first)
        #expect(!final.transcript.understood)
        #expect(final.transcript.text.isEmpty)
        #expect(final.at - end <= 900)
        #expect(rig.switches.isEmpty)
    }

    @Test func anUtteranceOfWhichNoFrameCameIsAnswered() {
        let rig = SessionRig([.google()])
        rig.begin()
        rig.finish()
        #expect(rig.finals.map(\.transcript.understood) == [false])
        rig.finish()
        #expect(rig.finals.count == 1)
    }

    @Test func whatIsDiscardedIsNotReported() {
        let rig = SessionRig([.google()])
        rig.begin()
        rig.speak(SpokenWords.word(1) + SpokenWords.silence(milliseconds: 200))
        rig.discard()
        rig.pass(2_000)
        rig.say([2])
        rig.pass(2_000)
        // Nor does its word stand before the next one's.
        #expect(rig.finals.map(\.transcript.text) == ["2"])
    }

    // MARK: - Failure

    @Test func aDeafProviderCostsOneAttempt() throws {
        let rig = SessionRig([.google(fault: .deaf), .finalizing()])
        rig.say(Array(0..<3), pause: 100)
        let end = rig.now
        rig.pass(4_000)
        let final = try #require(rig.finals.first)
        #expect(final.transcript.text == "0 1 2")
        #expect(final.provider == 1)
        // The first one's time, and the way to the second and back.
        #expect(final.at - end <= 1_900)
        #expect(rig.switches.count == 1)
        // From then on the second one hears.
        rig.say([9])
        rig.pass(500)
        #expect(rig.finals.last?.transcript.text == "9")
    }

    @Test func aProviderThatHearsNothingOfLongSpeechIsLeftBeforeItsEnd() throws {
        let rig = SessionRig([.google(fault: .deaf), .finalizing()])
        rig.begin()
        for word in 0..<12 { rig.speak(SpokenWords.word(word)) }
        #expect(rig.switches.count == 1)
        rig.speak(SpokenWords.silence(milliseconds: 500))
        rig.finish()
        let end = rig.now
        rig.pass(1_000)
        let final = try #require(rig.finals.first)
        #expect(final.transcript.text == (0..<12).map(String.init).joined(separator: " "))
        #expect(final.at - end <= 200)
    }

    @Test(arguments: [1_000, 2_300, 3_100, 4_000])
    func aBreakInMidUtteranceLosesNothing(_ milliseconds: Int) {
        for next in [FakeEngine.google(), .finalizing(), .finalizing(tellsTimes: false)] {
            let rig = SessionRig([.google(fault: .failsAfter(milliseconds: milliseconds)), next])
            for number in 0..<3 {
                rig.say(Array((number * 5)..<(number * 5 + 5)), pause: 60)
                rig.pass(2_000)
            }
            #expect(rig.heard == Array(0..<15))
            #expect(rig.switches.map(\.from) == [0])
            #expect(rig.finals.map(\.turn) == (1...3).map { TurnID($0) })
        }
    }

    @Test func aDeadConnectionOfTheOnlyProviderIsMadeAnew() throws {
        let rig = SessionRig([.finalizing()])
        rig.say([1])
        rig.pass(1_000)
        rig.cut = [0]
        rig.begin()
        rig.speak(SpokenWords.word(2) + SpokenWords.word(3) + SpokenWords.silence(milliseconds: 500))
        rig.finish()
        let end = rig.now
        rig.pass(600)
        rig.cut = []
        rig.pass(3_000)
        #expect(rig.finals.map(\.transcript.text) == ["1", "2 3"])
        #expect(try #require(rig.finals.last).at - end <= 2_000)
    }

    @Test func nobodyHearsAnythingAndTheCallGoesOn() throws {
        let rig = SessionRig([.google(fault: .failsAtOnce), .finalizing(fault: .failsAtOnce)])
        rig.say([1, 2])
        let end = rig.now
        rig.pass(6_000)
        let final = try #require(rig.finals.first)
        #expect(!final.transcript.understood)
        #expect(final.at - end <= StreamingSession.longestFinal + 100)
        // No storm: a few attempts a second.
        let attempts = rig.actions.count { if case .connect = $0 { true } else { false } }
        #expect(attempts < 40)
        #expect(attempts > 6)
    }

    @Test func aProviderThatNeverEndsGivesItsLastWord() throws {
        let rig = SessionRig([.finalizing(fault: .neverEnds), .finalizing()])
        rig.say([1, 2])
        rig.pass(2_000)
        #expect(rig.finals.map(\.transcript.text) == ["1 2"])
        #expect(rig.count(.interimAsFinal) == 1)
        #expect(rig.switches.isEmpty)
        // The late final of the first is not the second's.
        rig.report(.final(HeardText("1 2", endMilliseconds: 700)))
        rig.say([3])
        rig.pass(2_000)
        #expect(rig.finals.map(\.transcript.text) == ["1 2", "3"])
    }

    @Test func aBusinessWhoseProviderRestsIsServedByTheNext() {
        let rig = SessionRig([.google(), .finalizing()])
        rig.resting = [0]
        rig.report(.ended(.failed(ProviderFailure(.auth, "401"))))
        #expect(rig.session.active?.provider == 1)
        rig.resting = []
        rig.say([1])
        rig.pass(1_000)
        #expect(rig.finals.map(\.provider) == [1])
    }

    @Test func afterTheEndNothingHappens() {
        let rig = SessionRig([.google()])
        rig.say([1])
        rig.close()
        let count = rig.actions.count
        rig.pass(3_000)
        rig.say([2])
        #expect(rig.actions.count == count)
        #expect(rig.session.active == nil)
    }
}
