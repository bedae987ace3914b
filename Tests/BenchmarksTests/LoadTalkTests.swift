import BenchmarksKit
import CallVocabulary
import Testing

struct LoadTalkTests {
    private static let frame: Int64 = 20_000
    private static let start: Int64 = 1_000_000

    /// A caller who says 100 ms, which end at `spoken`.
    private static func talk(utterances: [LoadUtterance] = [LoadUtterance(milliseconds: 100)]) -> LoadTalk {
        var talk = LoadTalk(.init(utterances: utterances, pause: 500...500, patience: 3_000), first: start, seed: 1)
        talk.measure(until: start + 60_000_000)
        return talk
    }
    private static let spoken = start + 4 * frame

    /// Ticks from one moment up to and including another; how many were voiced.
    @discardableResult
    private static func pass(_ talk: inout LoadTalk, from: Int64, through: Int64) -> Int {
        var voiced = 0
        for now in stride(from: from, through: through, by: Int(frame)) {
            if talk.tick(at: now).isVoiced { voiced += 1 }
            _ = talk.returning(at: now)
        }
        return voiced
    }

    @Test func theDelayRunsFromTheLastVoicedFrameToTheFirstSound() {
        var talk = Self.talk()
        #expect(Self.pass(&talk, from: Self.start - 10 * Self.frame, through: Self.spoken) == 5)
        #expect(talk.isWaiting)
        // Forty silent milliseconds before the sound.
        talk.media(lasting: 500_000, audible: 40_000, at: Self.spoken + 203_000)
        #expect(talk.sounds == [243_000])
        #expect(talk.replies == [])
        talk.mark("t1.p0", at: Self.spoken + 204_000)
        #expect(talk.replies == [243_000])
        #expect(talk.asked == 1)
        #expect(talk.lost == 0)
    }

    @Test func theNextUtteranceBeginsAPauseAfterTheAnswersEnd() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken)
        talk.media(lasting: 400_000, audible: 0, at: Self.spoken + 100_000)
        talk.mark("t1.p0", at: Self.spoken + 100_000)
        // Heard at 500 ms after the utterance, which the tick at 500 sees; 500 ms more are quiet.
        #expect(Self.pass(&talk, from: Self.spoken + Self.frame, through: Self.spoken + 980_000) == 0)
        #expect(talk.tick(at: Self.spoken + 1_020_000).isVoiced)
        #expect(talk.asked == 2)
    }

    @Test func anAnswerThatDoesNotComeIsLost() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken + 3_000_000)
        #expect(talk.lost == 0)
        _ = talk.tick(at: Self.spoken + 3_020_000)
        #expect(talk.lost == 1)
        #expect(talk.isQuiet)
    }

    @Test func aSentenceThatDoesNotEndIsLost() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken)
        talk.media(lasting: 500_000, audible: 0, at: Self.spoken + 100_000)
        Self.pass(&talk, from: Self.spoken + Self.frame, through: Self.spoken + 3_620_000)
        #expect(talk.lost == 1)
        #expect(talk.replies == [])
    }

    @Test func aFillerIsASoundAndNoReply() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 300_000)
        talk.mark("t1.p-5", at: Self.spoken + 300_000)
        Self.pass(&talk, from: Self.spoken + 320_000, through: Self.spoken + 600_000)
        #expect(talk.isWaiting)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 900_000)
        talk.mark("t1.p0", at: Self.spoken + 900_000)
        #expect(talk.sounds == [300_000])
        #expect(talk.replies == [900_000])
    }

    @Test func aSecondReplyIsDoubledAndASecondSentenceIsNot() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 200_000)
        talk.mark("t1.p0", at: Self.spoken + 200_000)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 350_000)
        talk.mark("t1.p1", at: Self.spoken + 350_000)
        #expect(talk.gaps == [50_000])
        #expect(talk.doubled == 0)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 600_000)
        talk.mark("t2.p0", at: Self.spoken + 600_000)
        #expect(talk.doubled == 1)
        #expect(talk.replies.count == 1)
        #expect(talk.underruns == [])
    }

    @Test func aBufferThatRunsDryInASentenceIsAnUnderrun() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 200_000)
        talk.media(lasting: 100_000, audible: 0, at: Self.spoken + 310_000)
        #expect(talk.underruns == [10_000])
    }

    @Test func whatBeganBeforeIsNotCountedAndNothingBeginsAfter() {
        var talk = LoadTalk(.init(utterances: [LoadUtterance(milliseconds: 100)], pause: 500...500, patience: 3_000), first: Self.start, seed: 1)
        _ = talk.tick(at: Self.start)
        talk.measure(until: Self.spoken + 4_000_000)
        Self.pass(&talk, from: Self.start + Self.frame, through: Self.spoken + 3_020_000)
        #expect(talk.isQuiet)
        #expect(talk.asked == 0)
        #expect(talk.lost == 0)
        // The next one is counted, and there is none after it.
        Self.pass(&talk, from: Self.spoken + 3_040_000, through: Self.spoken + 20_000_000)
        #expect(talk.asked == 1)
        #expect(talk.lost == 1)
    }

    @Test func silenceIsNoAnswer() {
        var talk = Self.talk()
        Self.pass(&talk, from: Self.start, through: Self.spoken)
        talk.media(lasting: 100_000, audible: nil, at: Self.spoken + 200_000)
        talk.mark("t1.p0", at: Self.spoken + 200_000)
        #expect(talk.replies == [])
        Self.pass(&talk, from: Self.spoken + Self.frame, through: Self.spoken + 3_100_000)
        #expect(talk.lost == 1)
    }

    @Test func whatIsSaidStandsInTheScriptWithItsTimes() {
        let utterance = LoadUtterance("כמה זה")
        #expect(utterance.frames == 25)
        #expect(
            utterance.script(fromFrame: 7)
                == #"{"frame":7,"words":[{"word":"כמה","start":0,"end":280},{"word":"זה","start":280,"end":500}]}"# + "\n")
        var talk = Self.talk(utterances: [utterance])
        #expect(talk.tick(at: Self.start).begins == utterance)
        #expect(talk.tick(at: Self.start + Self.frame).begins == nil)
    }
}
