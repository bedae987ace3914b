import Audio
import CallVocabulary
import ProviderKit
import Testing

@testable import ASRWorker

/// Streams that a provider ends after five minutes: every word is heard once.
@Suite struct StreamRenewalTests {
    @Test func inSilence() {
        let rig = SessionRig([.google()])
        rig.pass(229_000)
        rig.say([1])
        rig.pass(2_000)
        #expect(rig.count(.renewedInSilence) == 1)
        rig.pass(400_000)
        rig.say([2])
        rig.pass(2_000)
        #expect(rig.heard == [1, 2])
        #expect(rig.count(.limitReached) == 0)
    }

    @Test func behindAFinalInMidUtterance() {
        let rig = SessionRig([.google()])
        rig.pass(228_000)
        rig.begin()
        for word in 0..<40 { rig.speak(SpokenWords.word(word)) }
        rig.speak(SpokenWords.silence(milliseconds: 500))
        rig.finish()
        rig.pass(2_000)
        #expect(rig.count(.renewedBehindFinal) == 1)
        #expect(rig.heard == Array(0..<40))
        #expect(rig.finals.count == 1)
    }

    @Test func byForceWhenNoFinalComes() {
        var engine = FakeEngine.google()
        engine.finalAfterWords = 1_000
        let rig = SessionRig([engine])
        rig.pass(240_000 - 15_000)
        rig.begin()
        for word in 0..<140 { rig.speak(SpokenWords.word(word)) }
        rig.speak(SpokenWords.silence(milliseconds: 500))
        rig.finish()
        rig.pass(2_000)
        #expect(rig.count(.renewedByForce) == 1)
        #expect(rig.count(.limitReached) == 0)
        #expect(rig.heard == Array(0..<140))
    }

    @Test func theProviderMayEndEarlier() {
        var engine = FakeEngine.google()
        engine.limit = 60_000
        let rig = SessionRig([engine])
        rig.pass(50_000)
        rig.begin()
        for word in 0..<45 { rig.speak(SpokenWords.word(word)) }
        rig.speak(SpokenWords.silence(milliseconds: 500))
        rig.finish()
        rig.pass(2_000)
        #expect(rig.count(.limitReached) == 1)
        #expect(rig.heard == Array(0..<45))
        #expect(rig.switches.isEmpty)
    }

    /// A quarter of an hour without a pause, in one piece.
    @Test func longSpeechWithoutAPause() {
        let rig = SessionRig([.google()])
        var spoken = 0
        rig.begin()
        while rig.now < 900_000 {
            rig.speak(SpokenWords.word(spoken))
            spoken += 1
        }
        rig.finish()
        rig.pass(3_000)
        #expect(rig.heard == Array(0..<spoken))
        #expect(rig.finals.count == 1)
        #expect(rig.count(.limitReached) == 0)
        #expect(rig.count(.renewedBehindFinal) == 3)
    }

    /// The same cut into utterances without a pause, as the gateway does after 20 s: two of them are never one hypothesis.
    @Test(arguments: [FakeEngine.google(), .finalizing(), .finalizing(tellsTimes: false)])
    func utterancesWithoutAPauseBetween(_ engine: FakeEngine) {
        let rig = SessionRig([engine])
        for number in 0..<6 {
            rig.begin()
            for word in 0..<50 { rig.speak(SpokenWords.word(number * 50 + word)) }
            rig.finish()
        }
        rig.pass(3_000)
        #expect(rig.heard == Array(0..<300))
        #expect(rig.finals.count == 6)
    }

    /// Words, pauses, breaks, limits and idle ends as they fall.
    @Test(arguments: 0..<16) func whateverHappens(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var engines = [FakeEngine.google(), .finalizing(tellsTimes: seed % 2 == 0)]
        if seed % 3 == 0 { engines.swapAt(0, 1) }
        engines[0].limit = Int.random(in: 20_000...80_000, using: &random)
        engines[0].finalAfterWords = Int.random(in: 3...30, using: &random)
        let rig = SessionRig(engines, delay: Int64.random(in: 0...20, using: &random) * 20)
        var spoken = 0
        for _ in 0..<25 {
            rig.begin()
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                rig.speak(SpokenWords.word(spoken) + SpokenWords.silence(milliseconds: Int.random(in: 0...20, using: &random) * 20))
                spoken += 1
                switch Int.random(in: 0..<60, using: &random) {
                case 0: rig.report(.ended(.failed(ProviderFailure(.broken, "reset"))))
                case 1: rig.report(.ended(.limit))
                case 2: rig.report(.ended(.idle))
                default: break
                }
            }
            rig.speak(SpokenWords.silence(milliseconds: 500))
            rig.finish()
            rig.pass(Int.random(in: 0...150, using: &random) * 20)
        }
        rig.pass(5_000)
        #expect(rig.heard == Array(0..<spoken))
        #expect(rig.finals.map(\.turn) == (1...25).map { TurnID($0) })
    }
}

/// SplitMix64.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
