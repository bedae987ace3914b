import BusContract
import CallVocabulary
import Testing

@testable import ConversationsKit

/// Records by hand: the caller's utterances, and what the application told of them. The gateway's clock is 5,000 ms behind the run's.
private struct Story {
    var record = TalkRecord(sid: "CA1", scenario: "s", category: "c", variant: 0, voice: TalkVoice(name: "he", rate: 150))
    var conversation = Conversation(file: "s.yaml", name: "s")
    private let conversationID = ConversationID("call:CA1")

    init() { event(.callStarted, at: 0) }

    mutating func say(_ text: String, from: Double, to: Double, over: Bool = false, _ change: (inout Conversation.Utterance) -> Void = { _ in }) {
        var utterance = Conversation.Utterance(parts: [.words(text)])
        change(&utterance)
        conversation.steps.append(.utter(utterance))
        var step = TalkRecord.Step(index: record.steps.count)
        (step.state, step.began, step.ended, step.isOverAgent) = (.done, from, to, over)
        let words = text.split(separator: " ").map(String.init)
        let length = Int(to - from) / max(1, words.count)
        step.words = words.enumerated().map { .init(word: $1, start: $0 * length, end: ($0 + 1) * length) }
        record.steps.append(step)
    }

    mutating func event(_ name: TapEvent.Name, _ turn: Int? = nil, at: Double, text: String? = nil, endpoint: Double? = nil) {
        var stages = TurnStages()
        stages.endpoint = endpoint.map { CallTime(milliseconds: Int($0)) }
        let event = TapEvent(
            name, conversation: conversationID, business: BusinessID("b"), turn: turn.map { TurnID($0) }, at: CallTime(milliseconds: Int(at)),
            text: text, understood: text.map { !$0.isEmpty }, stages: name == .turn ? stages : nil)
        record.events.append(.init(received: at + 5_000, event: event))
    }

    /// A turn from its end to its last mark, on the gateway's clock.
    mutating func heard(_ turn: Int, _ text: String, endpoint: Double) {
        event(.heard, turn, at: endpoint + 20, text: text)
        event(.said, turn, at: endpoint + 60, text: "בסדר")
        event(.turn, turn, at: endpoint + 1_100, endpoint: endpoint)
        record.spans.append(.init(from: endpoint + 5_070, to: endpoint + 6_050))
    }

    var score: TalkScore { TalkScore(record, of: conversation) }
}

struct TalkScoreTests {
    @Test func anEndIsMeasuredFromTheCallersLastSound() {
        var story = Story()
        story.say("אני מחפש דירה", from: 6_000, to: 7_500)
        story.heard(1, "אני מחפש דירה", endpoint: 2_900)
        let score = story.score
        #expect(score.turns.map(\.endDelay) == [400])
        #expect(score.turns.map(\.replyDelay) == [470])
        #expect(score.turns[0].heard == ["אני מחפש דירה"])
        #expect(!score.turns[0].isCutInto && !score.turns[0].isMissedEnd && !score.turns[0].isLost)
        #expect(score.duplicates == 0 && score.extraTurns == 0 && score.stuck == nil)
    }

    @Test func aTurnInTwoPartsIsCutInto() {
        var story = Story()
        story.say("מרפסת ו חניה גם", from: 6_000, to: 8_000)
        story.heard(1, "מרפסת ו", endpoint: 2_400)
        story.heard(2, "חניה גם", endpoint: 3_500)
        let score = story.score
        #expect(score.turns.count == 1)
        #expect(score.turns[0].isCutInto && score.turns[0].isSpokenInto)
        #expect(score.turns[0].endDelay == 500)
        #expect(score.duplicates == 0)
    }

    @Test func speakingIntoAPauseIsACutThoughNothingWasDecided() {
        var story = Story()
        story.say("מרפסת ו חניה גם", from: 6_000, to: 8_000)
        story.record.spans.append(.init(from: 7_000, to: 7_300))
        story.heard(1, "מרפסת ו חניה גם", endpoint: 3_300)
        #expect(story.score.turns[0].isCutInto)
    }

    @Test func aLateEndIsMissed() {
        var story = Story()
        story.say("כן", from: 6_000, to: 6_400) { $0.endWithin = 900 }
        story.heard(1, "כן", endpoint: 2_400)
        #expect(story.score.turns[0].isMissedEnd)
        story.conversation.steps = [.utter(.init(parts: [.words("כן")]))]
        #expect(!story.score.turns[0].isMissedEnd)
    }

    @Test func aTurnThatSwallowsTheNextOneHasMissedItsEnd() {
        var story = Story()
        story.say("שלום", from: 6_000, to: 6_400)
        story.say("כן", from: 12_500, to: 12_900)
        story.heard(1, "שלום כן", endpoint: 8_400)
        let score = story.score
        #expect(score.turns.map(\.isMissedEnd) == [true, false])
        #expect(score.turns.map(\.endDelay) == [7_000, 500])
    }

    @Test func whatIsNotHeardOrNotAnsweredIsLost() {
        var story = Story()
        story.say("שלום", from: 6_000, to: 6_400)
        story.say("כן", from: 12_500, to: 12_900)
        story.event(.heard, 1, at: 8_400, text: "כן")
        #expect(story.score.turns.map(\.isLost) == [true, true])
        // The caller has hung up meanwhile: too late, but not lost.
        var gone = story
        gone.event(.callEnded, at: 8_900)
        #expect(gone.score.turns.map(\.isLost) == [true, false])
        #expect(gone.score.turns.map(\.isMissedEnd) == [false, false])
        gone.record.steps[1].ended = 11_800
        #expect(gone.score.turns.map(\.isMissedEnd) == [false, true])
        story.event(.said, 1, at: 8_500, text: "בסדר")
        #expect(story.score.turns.map(\.isLost) == [true, false])
    }

    @Test func theSameWordTwiceInACallIsToldApart() {
        var story = Story()
        story.say("כן", from: 6_000, to: 6_400)
        story.say("כן", from: 10_000, to: 10_400)
        story.heard(1, "כן", endpoint: 5_800)
        let score = story.score
        // Heard was the second one, by its time.
        #expect(score.turns.map(\.isLost) == [true, false])
        #expect(score.turns[1].endDelay == 400)
    }

    @Test func aCallerThatFellBehindIsUnderstoodAllTheSame() {
        var story = Story()
        story.say("כן", from: 6_000, to: 6_400)
        // Its first frame came late, and the rest at once.
        story.say("תודה רבה", from: 10_000, to: 12_000)
        (story.record.steps[1].ended, story.record.steps[1].due) = (10_300, 9_000)
        story.heard(1, "כן", endpoint: 1_800)
        story.heard(2, "תודה רבה", endpoint: 5_800)
        #expect(story.score.turns.map(\.heard) == [["כן"], ["תודה רבה"]])
        story.record.steps[1].due = nil
        let score = story.score
        #expect(score.turns.map(\.heard) == [["כן"], ["תודה רבה"]])
        #expect(score.turns[1].endDelay == 500)
        #expect(score.duplicates == 0)
    }

    @Test func whoTalksOverTheCallersEndDoesNotAnswer() {
        var story = Story()
        story.say("שלום וברכה", from: 6_000, to: 7_000)
        story.record.spans.append(.init(from: 6_500, to: 7_800))
        story.heard(1, "שלום וברכה", endpoint: 2_500)
        #expect(story.score.turns[0].replyDelay == nil)
        #expect(story.score.turns[0].isSpokenInto)
    }

    @Test func correctionsMayBeTurnsOfTheirOwnAndAdditionsMayNot() {
        var story = Story()
        story.say("חמישה", from: 6_000, to: 6_500)
        story.say("לא שישה", from: 6_800, to: 7_500) { $0.turn = .either }
        story.heard(1, "חמישה", endpoint: 1_700)
        story.heard(2, "לא שישה", endpoint: 3_000)
        let score = story.score
        #expect(score.turns.map(\.isCutInto) == [false, false])
        #expect(score.turns.map(\.countsForCuts) == [true, false])
        story.conversation.steps = story.conversation.utterances.enumerated().map { index, utterance in
            var utterance = utterance
            utterance.turn = index == 0 ? .new : .same
            return .utter(utterance)
        }
        let joined = story.score
        #expect(joined.turns.count == 1)
        #expect(joined.turns[0].expected == "חמישה לא שישה")
        #expect(joined.turns[0].isCutInto)
    }

    // MARK: - Interruptions

    private static func interrupted(stops: Bool, clear: Double?) -> Story {
        var story = Story()
        story.say("לפרט", from: 6_000, to: 6_500)
        story.heard(1, "לפרט", endpoint: 2_000)
        story.record.spans = [.init(from: 7_100, to: clear ?? 16_000)]
        story.say(stops ? "רגע יש שאלה" : "אהה", from: 9_000, to: 10_000, over: true) {
            $0.stopsAgent = stops
            $0.turn = stops ? .new : .none
        }
        if let clear {
            story.event(.bargeIn, 1, at: clear - 5_050)
            story.record.clears = [clear]
        }
        return story
    }

    @Test func aStopIsMeasuredFromVoiceAndDecision() {
        let score = Self.interrupted(stops: true, clear: 9_400).score
        #expect(score.interruptions.map(\.hasStopped) == [true])
        #expect(score.interruptions[0].fromVoice == 400)
        #expect(score.interruptions[0].fromDecision == 50)
        let row = TalkRow(name: "r", [score])
        #expect(row.bargeIns == 1 && row.missedBargeIns == 0 && row.harmless == 0)
    }

    @Test func anAgentThatGoesOnHasMissedIt() {
        let row = TalkRow(name: "r", [Self.interrupted(stops: true, clear: nil).score])
        #expect(row.bargeIns == 1 && row.missedBargeIns == 1 && row.stopFromVoice == nil)
    }

    @Test func whoWasAboutToFinishMissedNothing() {
        var story = Self.interrupted(stops: true, clear: nil)
        story.record.spans = [.init(from: 7_100, to: 9_300)]
        #expect(story.score.interruptions.isEmpty)
    }

    @Test func aBackchannelThatStopsTheAgentIsAFalseBargeIn() {
        var story = Self.interrupted(stops: false, clear: 9_400)
        #expect(TalkRow(name: "r", [story.score]).falseBargeIns == 1)
        #expect(!story.score.interruptions[0].hasResumed)
        story.record.spans.append(.init(from: 10_600, to: 14_000))
        #expect(story.score.interruptions[0].hasResumed)
        #expect(TalkRow(name: "r", [Self.interrupted(stops: false, clear: nil).score]).falseBargeIns == 0)
        #expect(TalkRow(name: "r", [Self.interrupted(stops: false, clear: nil).score]).harmless == 1)
    }

    @Test func aBackchannelThatBecomesATurnIsOneTooMany() {
        var story = Self.interrupted(stops: false, clear: nil)
        #expect(story.score.extraTurns == 0)
        story.heard(2, "אהה", endpoint: 11_100)
        #expect(story.score.extraTurns == 1)
        story.heard(3, "", endpoint: 14_000)
        #expect(story.score.extraTurns == 2)
    }

    @Test func whoStopsForAnEchoIsCounted() {
        var story = Story()
        story.say("לפרט", from: 6_000, to: 6_500)
        story.heard(1, "לפרט", endpoint: 2_000)
        story.record.spans = [.init(from: 7_600, to: 11_000)]
        #expect(story.score.interruptions.isEmpty)
        story.conversation.line.echo = -20
        #expect(story.score.interruptions.map(\.hasStopped) == [false])
        story.record.clears = [10_990]
        #expect(story.score.interruptions.map(\.hasStopped) == [true])
        story.conversation.line.echo = nil
        #expect(story.score.interruptions.map(\.hasStopped) == [true])
    }

    // MARK: - What must never be

    @Test func whatIsHeardOrAnsweredTwiceIsADuplicate() {
        var story = Story()
        story.say("שלום", from: 6_000, to: 6_400)
        story.heard(1, "שלום", endpoint: 1_800)
        #expect(story.score.duplicates == 0)
        var again = story
        again.heard(2, "שלום", endpoint: 3_000)
        #expect(again.score.duplicates == 1)
        var closed = story
        closed.event(.turn, 1, at: 4_000, endpoint: 1_800)
        #expect(closed.score.duplicates == 1)
        var marked = story
        marked.record.repeatedMarks = 1
        #expect(marked.score.duplicates == 1)
    }

    @Test func aTableSaysWhatIsWrong() {
        var story = Story()
        story.say("שלום", from: 6_000, to: 6_400)
        story.heard(1, "שלום", endpoint: 1_900)
        let good = TalkTable([story.score], records: [story.record], command: "c", seconds: 1)
        var thresholds = TalkTable.Thresholds()
        #expect(good.faults(thresholds) == [])
        thresholds.endMedian = 499
        #expect(good.faults(thresholds) == ["the median end of turn (ms) is 500, more than 499"])
        thresholds.endMedian = 500
        #expect(good.faults(thresholds) == [])
        thresholds.stopP95 = 200
        #expect(good.faults(thresholds).count == 1)
        story.record.failure = "the server closed the stream"
        (story.record.ticks, story.record.lateTicks) = (100, 2)
        let bad = TalkTable([story.score], records: [story.record], command: "c", seconds: 1)
        #expect(bad.faults(.init()).count == 2)
        #expect(bad.text.split(separator: "\n").count == 3)
    }
}
