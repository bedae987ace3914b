import Audio
import ConversationsKit
import Glibc
import TwilioSimulatorKit
import VoiceActivityKit

/// A line with the truth about it.
struct TestLine: Sendable {
    var name: String
    var condition: String
    /// Of the voices that anything was chosen by, or of those kept out.
    var isHeldOut: Bool
    /// What a detector hears, in whole frames; on telephone lines these are values of mu-law.
    var pcm: [Int16]
    var truth: VoiceTruth

    var frames: Int { truth.frames.count }
    func frame(_ index: Int) -> [Int16] { Array(pcm[index * MuLaw.frameSamples..<(index + 1) * MuLaw.frameSamples]) }
}

/// Makes the lines: every voice says everything, with pauses within and between; before it and after it there is nobody.
struct TestLines {
    static let voices = [
        ("he+m1", false), ("he+m4", false), ("he+f1", false), ("he+f3", false), ("he+m2", true), ("he+m8", true), ("he+f2", true), ("he+f4", true),
    ]
    static let rates = [125, 150, 175]
    private static let lead = 4.0
    private static let tail = 12.0
    private static let noiseSeconds = 50.0

    private static let quietLine = Noises.line(seconds: noiseSeconds, seed: 7)

    let bank = VoiceBank()
    let seed: UInt64
    /// Of each voice and condition.
    let repeats: Int

    private static let sentences: [[Conversation.Part]] = [
        [.words("שלום אני רוצה לקבוע תור לרופא שיניים")],
        [.words("כן")],
        [.words("ביום שלישי"), .pause(350), .words("בשעה עשר בבוקר")],
        [.words("לא תודה")],
        [.words("המספר שלי הוא"), .pause(500), .words("אפס חמש שתיים"), .pause(300), .words("שלוש ארבע חמש"), .pause(300), .words("שש שבע שמונה")],
        [.words("אפשר לדעת כמה זה עולה")],
        [.words("אני גר בתל אביב ברחוב הרצל")],
        [.words("רגע"), .pause(600), .words("אני בודק את היומן")],
        // Some ten seconds in one breath: a detector that learns the noise must not learn this.
        [.words(
            "אני מתקשר בקשר לדירה שראיתי אצלכם באתר ורציתי לדעת אם היא עדיין פנויה כי אנחנו משפחה עם שני ילדים קטנים וכלב ומחפשים משהו קרוב לבית הספר "
                + "ולגינה ועדיף בקומה נמוכה או בבניין עם מעלית וחניה")],
        [.words("תודה רבה להתראות")],
    ]

    /// None of it is said by the callers, and none of these voices is one of theirs.
    private static let chatter = [
        ("he+m3", 150, "אתמול בערב ראינו סרט ארוך מאוד ואחר כך חזרנו הביתה ברגל כי לא היה אוטובוס"),
        ("he+f5", 165, "השכנה סיפרה לי שהבן שלה מתחתן בקיץ וכולם כבר עסוקים בהכנות לחתונה"),
        ("he+m5", 140, "צריך לקנות חלב ולחם וגבינה וגם משהו מתוק לקפה של אחר הצהריים"),
        ("he+m7", 160, "הפקקים בכביש היו נוראים הבוקר ולכן איחרתי כמעט בשעה לעבודה"),
        ("he+m6", 175, "בסוף השבוע נוסעים לצפון לראות את הפריחה אם לא ירד יותר מדי גשם"),
        ("he+f5", 150, "הוא תמיד אומר שהוא יתקשר ואף פעם לא מתקשר אז הפסקתי לחכות לו"),
    ]

    func make() async throws -> [TestLine] {
        var chatter: [[Int16]] = []
        for (name, rate, text) in Self.chatter { chatter.append(try await bank.speak(text, by: TalkVoice(name: name, rate: rate))) }
        let sounds: [Condition.Noise: [Int16]] = [
            .line: Noises.line(seconds: Self.noiseSeconds, seed: seed), .music: Noises.music(seconds: Self.noiseSeconds, seed: seed),
            .babble: Noises.babble(of: chatter, seconds: Self.noiseSeconds, seed: seed),
        ]
        var lines: [TestLine] = []
        for condition in Condition.all {
            for (number, (name, isHeldOut)) in Self.voices.enumerated() {
                for round in 0..<repeats {
                    // The same words, pauses and part of the noise in every condition: conditions differ by nothing else.
                    var random = SplitMix64(state: seed &* 1_000_003 &+ UInt64(number * 101 + round))
                    let voice = TalkVoice(name: name, rate: Self.rates[(number + round) % Self.rates.count])
                    let clean = try await say(by: voice, condition, &random)
                    let noise = condition.noise.flatMap { sounds[$0] }
                    lines.append(
                        TestLine(
                            name: "\(condition.name)-\(name)-\(round)".replacing(" ", with: "_").replacing(",", with: ""), condition: condition.name,
                            isHeldOut: isHeldOut, pcm: Self.mix(clean, noise, condition, offset: Int(random.next() % 400_000)),
                            truth: VoiceTruth(clean: clean, level: condition.level)))
                }
            }
        }
        return lines
    }

    private func say(by voice: TalkVoice, _ condition: Condition, _ random: inout SplitMix64) async throws -> [Int16] {
        var pcm = [Int16](repeating: 0, count: Int(Self.lead * 8_000))
        for sentence in Self.sentences.shuffled(using: &random) {
            let audio = try await TalkAudio.make(sentence, level: condition.level, random: &random) {
                try await bank.speak($0, by: voice, band: condition.isTelephone)
            }
            pcm += audio.pcm + [Int16](repeating: 0, count: Int.random(in: 12_000...20_000, using: &random))
        }
        pcm += [Int16](repeating: 0, count: Int(Self.tail * 8_000))
        return Array(pcm.prefix(pcm.count / MuLaw.frameSamples * MuLaw.frameSamples))
    }

    private static func mix(_ clean: [Int16], _ noise: [Int16]?, _ condition: Condition, offset: Int) -> [Int16] {
        guard condition.isTelephone else { return clean }
        let level = condition.level - condition.snr
        var mixer = LineMixer(noise: noise ?? [], noiseLevel: level, offset: offset)
        // A line is never without any noise: what is not yet babble is a quiet telephone.
        var quiet = LineMixer(noise: quietLine, noiseLevel: -60)
        let begin = condition.beginsLate ? clean.count / 2 : 0
        return stride(from: 0, to: clean.count, by: MuLaw.frameSamples).flatMap { start -> [Int16] in
            let voice = clean[start..<start + MuLaw.frameSamples]
            let codes = start < begin ? quiet.frame(voice: voice, played: []) : mixer.frame(voice: voice, played: [])
            return MuLaw.decode(codes)
        }
    }
}
