import BusContract
import CallEngine
import CallVocabulary
import Testing

/// The caller's voice over the agent's.
@Suite struct InterruptionTests {
    /// A reply of four seconds is being heard, since `since` milliseconds; the caller has begun to speak, for `milliseconds`.
    private func spokenOver(
        since: Int = 1_500, milliseconds: Int = 400, policy: CallPolicy = CallPolicy(), _ reply: String = "הדירה ברחוב הרצל פנויה מיום ראשון"
    ) throws -> (call: TestCall, reply: Int, turn: Int) {
        var call = try TestCall(policy: policy)
        call.open()
        let turn = try call.utter("כן, אני מחפש דירה")
        call.answer(turn, [reply], milliseconds: 4_000)
        call.pass(since)
        call.speak(milliseconds)
        return (call, turn, try #require(call.heardTurns.last))
    }

    @Test func wordsTakeTheWord() throws {
        var (call, reply, turn) = try spokenOver(milliseconds: 900)
        #expect(call.logs(.bargeIn).isEmpty, "a voice alone may be anything")
        call.transcript(turn, "רגע יש לי שאלה", final: false)
        #expect(call.logs(.bargeIn).map(\.turn) == [TurnID(reply)])
        #expect(call.actions.contains(.clear))
        #expect(call.sent(.tts).last?.message == .cancel(Cancel()) && call.sent(.dialog).last?.message == .cancel(Cancel()))
        #expect(call.turnFacts.last?.entry.said == [], "nothing of it was heard to its end")
        call.quiet(500)
        call.transcript(turn, "רגע יש לי שאלה")
        #expect(call.asked.last == turn)
        #expect(call.lastQuestion?.log.last?.turn == TurnID(reply))
        call.answer(turn, ["בבקשה"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["בבקשה"])
        #expect(call.logs(.bargeIn).count == 1)
    }

    /// One word, or a short one: the agent falls silent, and waits for the final.
    @Test func inDoubtTheAgentWaitsAndGoesOn() throws {
        var (call, reply, turn) = try spokenOver()
        let marks = call.marks
        let before = call.playedMilliseconds
        call.transcript(turn, "שאלה", final: false)
        #expect(call.actions.contains(.clear) && call.logs(.paused).map(\.turn) == [TurnID(reply)] && call.logs(.bargeIn).isEmpty)
        #expect(!call.sent(.dialog).contains { $0.message == .cancel(Cancel()) } && !call.sent(.tts).contains { $0.message == .cancel(Cancel()) })
        call.quiet(500)
        #expect(call.playedMilliseconds == before, "silent meanwhile")
        call.transcript(turn, "אהה")
        #expect(call.logs(.unpaused).count == 1)
        call.pass(5_000)
        #expect(call.session.isListening && call.asked.last == reply && call.logs(.bargeIn).isEmpty)
        let record = try #require(call.turnFacts.last)
        #expect(record.entry.turn == TurnID(reply) && record.entry.said.count == 1 && record.gapMilliseconds == nil)
        // All of the four seconds, and what was taken back of the buffer once more.
        #expect((4_350...4_500).contains(call.playedMilliseconds), "\(call.playedMilliseconds)")
        #expect(call.said.count == 1 && marks.count + 1 == call.marks.count)
    }

    @Test func inDoubtTheFinalTakesTheWord() throws {
        var (call, reply, turn) = try spokenOver()
        call.transcript(turn, "שאלה", final: false)
        call.quiet(500)
        call.transcript(turn, "שאלה")
        #expect(call.logs(.bargeIn).map(\.turn) == [TurnID(reply)] && call.logs(.unpaused).isEmpty)
        #expect(call.asked.last == turn)
        #expect(call.actions.count { $0 == .clear } == 2)
    }

    /// Whoever has words, and goes on, is not spoken over though no final comes.
    @Test func doubtHasAnEnd() throws {
        var (call, _, turn) = try spokenOver()
        call.transcript(turn, "שאלה", final: false)
        call.speak(1_300)
        #expect(call.logs(.bargeIn).isEmpty)
        call.speak(300)
        #expect(call.logs(.bargeIn).count == 1)
    }

    /// The recogniser takes its word back: it was our own echo.
    @Test func doubtEndsWhenTheWordsDo() throws {
        var (call, reply, turn) = try spokenOver()
        call.transcript(turn, "שאלה", final: false)
        call.transcript(turn, "הדירה", final: false)
        call.speak(1_600)
        #expect(call.logs(.bargeIn).isEmpty && call.logs(.unpaused).map(\.turn) == [TurnID(reply)])
    }

    /// The mark that a `clear` voids comes back though nobody has heard the sentence.
    @Test func aVoidedMarkIsNoHearing() throws {
        var (call, reply, turn) = try spokenOver(since: 3_500, milliseconds: 440)
        #expect(call.marks.count == 1, "sent to its end")
        call.transcript(turn, "שאלה", final: false)
        call.pass(50)
        #expect(call.turnFacts.last?.entry.turn != TurnID(reply))
        call.quiet(500)
        call.transcript(turn, "", understood: false)
        call.pass(1_000)
        #expect(call.marks.count == 2 && Set(call.marks).count == 2)
        #expect(call.turnFacts.last?.entry.said.count == 1)
    }

    @Test(arguments: ["אהה", "כן כן", "אוקיי", "אמ", ""]) func aListenerIsNotAnInterruption(_ text: String) throws {
        var (call, _, turn) = try spokenOver()
        call.transcript(turn, text, final: false)
        call.quiet(500)
        call.transcript(turn, text, understood: !text.isEmpty)
        #expect(call.logs(.bargeIn).isEmpty && !call.actions.contains(.clear))
        let asked = call.asked.count
        call.pass(4_000)
        #expect(call.asked.count == asked, "and no turn")
        #expect(call.session.isListening)
    }

    /// "כן" into the last word of a question answers it.
    @Test func anAnswerThatOutlastsTheQuestionIsOne() throws {
        var (call, _, turn) = try spokenOver(since: 3_800, milliseconds: 400)
        call.quiet(500)
        call.transcript(turn, "כן")
        #expect(call.asked.last == turn)
    }

    @Test func ourOwnVoiceIsNoCaller() throws {
        var (call, _, turn) = try spokenOver()
        call.transcript(turn, "הדירה ברחוב הרצל", final: false)
        call.quiet(500)
        call.transcript(turn, "הדירה ברחוב הרצל פנויה")
        #expect(call.logs(.bargeIn).isEmpty)
        call.pass(4_000)
        #expect(call.asked.last != turn)
    }

    /// The line returns the end of the agent's sentence after it has been played.
    @Test(arguments: [("", false), ("הדירה פנויה מיום ראשון", true)]) func ourEchoAfterTheLastWordIsNoTurn(_ text: String, _ understood: Bool) throws {
        var (call, reply, turn) = try spokenOver(since: 3_600, milliseconds: 700)
        call.quiet(500)
        call.transcript(turn, text, understood: understood)
        #expect(call.asked.last == reply && call.logs(.echo).count == 1)
        #expect(call.session.isListening)
        call.quiet(8_500)
        #expect(call.lastQuestion?.heard == .silence, "the silence is counted on")
    }

    @Test func whoGoesOnAfterTheAgentIsNoEcho() throws {
        var (call, _, turn) = try spokenOver(since: 3_600, milliseconds: 1_400)
        call.quiet(500)
        call.transcript(turn, "", understood: false)
        #expect(call.asked.last == turn)
    }

    @Test func theFirstMomentIsProtected() throws {
        var (call, _, turn) = try spokenOver(since: 100, milliseconds: 400)
        call.transcript(turn, "ועוד דבר אחד", final: false)
        #expect(call.logs(.bargeIn).isEmpty)
        call.speak(600)
        call.transcript(turn, "ועוד דבר אחד רציתי", final: false)
        #expect(call.logs(.bargeIn).count == 1)
    }

    /// A cough with a word read into it.
    @Test func tooLittleVoiceIsNoInterruption() throws {
        var (call, _, turn) = try spokenOver(milliseconds: 120)
        call.transcript(turn, "שאלה", final: false)
        #expect(call.logs(.bargeIn).isEmpty)
    }

    @Test func aRecogniserOfExpectedAnswersIsBelievedAtItsEnd() throws {
        var policy = CallPolicy()
        policy.trustsInterims = false
        var (call, _, turn) = try spokenOver(policy: policy)
        call.transcript(turn, "תל אביב", final: false)
        #expect(call.logs(.bargeIn).isEmpty)
        call.quiet(500)
        call.transcript(turn, "תל אביב")
        #expect(call.logs(.bargeIn).count == 1)
        #expect(call.asked.last == turn)
    }
}
