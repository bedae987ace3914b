import Audio
import Testing
import TwilioSimulatorKit

@testable import ConversationsKit

struct TalkAudioTests {
    @Test func partsFollowEachOtherAndWordsHaveTheirTimes() async throws {
        var random = SplitMix64(state: 1)
        let audio = try await TalkAudio.make(
            [.words("אחת שתיים"), .pause(500), .sound(.cough), .words("כן")], level: Conversation.level, random: &random
        ) { text in [Int16](repeating: 1_000, count: text.count * 800) }
        // 9 and 2 characters at 100 ms each; the pause varies by 8 of 100.
        #expect(audio.words.map(\.word) == ["אחת", "שתיים", "כן"])
        #expect(audio.words[0] == .init(word: "אחת", start: 0, end: 337))
        #expect(audio.words[1] == .init(word: "שתיים", start: 337, end: 900))
        #expect(audio.words[2].end == audio.milliseconds)
        #expect((900 + 460 + 500...900 + 540 + 500).contains(audio.words[2].start))
        #expect(audio.pcm[7_200..<7_200 + 3_600].allSatisfy { $0 == 0 })
    }

    @Test func aLevelIsReached() async throws {
        var random = SplitMix64(state: 1)
        let audio = try await TalkAudio.make([.words("כן")], level: -40, random: &random) { _ in
            Loudness.scaled((0..<8_000).map { Int16($0 % 2 == 0 ? 500 : -500) }, to: Conversation.level)
        }
        #expect(abs(Loudness.dBFS(audio.pcm) + 40) < 0.2)
    }

    @Test func silenceAroundAWordIsFound() {
        let pcm = [Int16](repeating: 20, count: 100) + [Int16](repeating: -900, count: 50) + [Int16](repeating: 100, count: 30)
        #expect(TalkAudio.audible(pcm) == 100..<150)
        #expect(TalkAudio.audible([1, 2, 3]) == nil)
    }

    @Test(arguments: [
        Noises.line(seconds: 2, seed: 3), Noises.music(seconds: 2, seed: 3), Noises.sound(.cough, seed: 3), Noises.sound(.click, seed: 3),
    ])
    func noisesHaveTheirLevel(_ noise: [Int16]) {
        // Clipped peaks take a little away.
        #expect(abs(Loudness.dBFS(noise) - Noises.level) < 1.5)
    }

    @Test func oneSeedGivesOneNoise() {
        #expect(Noises.line(seconds: 0.5, seed: 3) == Noises.line(seconds: 0.5, seed: 3))
        #expect(Noises.line(seconds: 0.5, seed: 3) != Noises.line(seconds: 0.5, seed: 4))
        let voices = [[Int16](repeating: 0, count: 4_000) + Noises.line(seconds: 0.5, seed: 1), Noises.music(seconds: 0.7, seed: 1)]
        #expect(Noises.babble(of: voices, seconds: 1, seed: 2) == Noises.babble(of: voices, seconds: 1, seed: 2))
    }
}

struct LineMixerTests {
    private static let quiet = MuLaw.silentFrame
    private static func square(_ amplitude: Int16) -> [Int16] { (0..<160).map { $0 / 8 % 2 == 0 ? amplitude : -amplitude } }
    private static func level(_ frame: [UInt8]) -> Double { Loudness.dBFS(MuLaw.decode(frame)) }

    @Test func aCleanLineIsSilentAndCarriesTheVoice() {
        var mixer = LineMixer()
        #expect(mixer.frame(voice: [], played: MuLaw.encode(Self.square(8_000))) == Self.quiet)
        let voice = Self.square(4_000)
        #expect(mixer.frame(voice: voice[...], played: Self.quiet) == MuLaw.encode(voice))
        #expect(mixer.frame(voice: voice[..<40], played: Self.quiet).suffix(120).allSatisfy { $0 == MuLaw.silence })
    }

    @Test func noiseGoesOnAtItsLevelAndGoesRound() {
        let noise = Loudness.scaled(Self.square(4_000) + Self.square(4_000), to: Noises.level)
        var mixer = LineMixer(noise: noise, noiseLevel: -40, offset: 0)
        let frames = (0..<4).map { _ in mixer.frame(voice: [], played: Self.quiet) }
        for frame in frames { #expect(abs(Self.level(frame) + 40) < 0.5) }
        #expect(frames[0] == frames[2])
    }

    @Test func theEchoComesLateAndWeak() {
        var mixer = LineMixer(echo: -20, echoDelay: 40)
        let agent = MuLaw.encode(Self.square(8_000))
        let frames = [agent, Self.quiet, Self.quiet, Self.quiet].map { mixer.frame(voice: [], played: $0) }
        #expect(Self.level(frames[0]) < -60 && Self.level(frames[1]) < -60)
        #expect(abs(Self.level(frames[2]) - (Self.level(agent) - 20)) < 0.5)
        #expect(Self.level(frames[3]) < -60)
    }

    @Test func voiceAndEchoAddUp() {
        var mixer = LineMixer(echo: 0, echoDelay: 20)
        let voice = Self.square(3_000)
        _ = mixer.frame(voice: [], played: MuLaw.encode(voice))
        #expect(abs(Self.level(mixer.frame(voice: voice[...], played: Self.quiet)) - Loudness.dBFS(voice) - 6) < 0.5)
    }
}
