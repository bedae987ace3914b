import BusContract
import CallEngine
import CallVocabulary
import Testing

/// The dialogue is asked before the final.
@Suite struct PreemptionTests {
    private static let question = "כמה זה עולה"

    /// The caller has spoken and paused, and these are the words so far.
    private func paused(_ words: String? = question, policy change: (inout CallPolicy) -> Void = { _ in }) throws -> (call: TestCall, turn: Int) {
        var policy = TestCall.patient
        policy.preemptions = 3
        change(&policy)
        var call = try TestCall(policy: policy, clips: [.sorry: TestCall.sorry, .moment: TestCall.moment])
        call.open()
        call.speak(600)
        let turn = try #require(call.heardTurns.last)
        if let words { call.transcript(turn, words, final: false) }
        call.quiet(180)
        return (call, turn)
    }

    @Test func aReplyWaitsForTheFinalAndIsThere() throws {
        var (call, turn) = try paused()
        #expect(call.asked.last == turn && call.lastQuestion?.preemptive == true && call.lastQuestion?.attempt == nil)
        #expect(call.heardTurns == [turn], "the utterance is still open")
        call.reply(turn, 0, "מאה שקלים")
        #expect(call.spoken == ["מאה שקלים"], "made at once")
        call.speech(turn, 0, milliseconds: 500)
        call.done(turn, pieces: 1, lead: ["budget": "100"])
        call.quiet(400)
        #expect(call.playedMilliseconds == 0 && call.said.isEmpty && call.turnFacts.count == 1, "nothing of it before the final")
        let asked = call.asked.count
        call.transcript(turn, "כמה זה עולה?")
        #expect(call.playedMilliseconds > 0 && call.said == ["מאה שקלים"])
        #expect(call.asked.count == asked && call.spoken.count == 1, "nobody is asked twice")
        call.pass(1_000)
        let record = try #require(call.turnFacts.last)
        #expect(record.preemption == "hit" && record.attempts == nil)
        #expect(record.entry.said == ["מאה שקלים"])
        #expect(try #require(record.stages.asked) < #require(record.stages.endpoint))
        #expect(call.session.turns.lead == ["budget": "100"])
        #expect(call.session.isListening)
    }

    @Test func aReplyInTheMakingGoesOnAfterTheFinal() throws {
        var (call, turn) = try paused()
        call.quiet(400)
        call.transcript(turn, Self.question)
        call.reply(turn, 0, "מאה")
        call.reply(turn, 1, "ועוד עשרים")
        call.done(turn, pieces: 2)
        #expect(call.spoken == ["מאה", "ועוד עשרים"])
        call.speech(turn, 0, milliseconds: 500)
        call.speech(turn, 1, milliseconds: 500)
        call.pass(1_500)
        #expect(call.turnFacts.last?.entry.said == ["מאה", "ועוד עשרים"])
    }

    @Test func anotherMeaningIsAskedAgainAndTheOldReplyIsNeverHeard() throws {
        var (call, turn) = try paused()
        call.reply(turn, 0, "מאה שקלים")
        call.speech(turn, 0, milliseconds: 500, index: 0, last: false)
        call.speak(400)
        call.transcript(turn, "כמה זה עולה לחודש", final: false)
        call.quiet(700)
        call.transcript(turn, "כמה זה עולה לשנה")
        let cancels = call.sent(.dialog).filter { $0.message == .cancel(Cancel(unheard: true)) }
        #expect(cancels.count == 2 && cancels.allSatisfy { $0.turn == TurnID(turn) })
        #expect(call.sent(.tts).contains { $0.message == .cancel(Cancel()) })
        #expect(call.lastQuestion?.attempt == 2 && call.lastQuestion?.preemptive == nil)
        // What was on its way.
        call.from(.dialog, .reply(ReplyPiece(piece: 0, text: "מאה שקלים", attempt: 0)), turn: turn)
        call.from(.dialog, .replyDone(ReplyDone(pieces: 1, lead: [:], ending: nil, state: "x", provider: "test", attempt: 1)), turn: turn)
        call.speech(turn, 0, milliseconds: 500, index: 1)
        #expect(call.said.isEmpty && call.playedMilliseconds == 0)
        call.from(.dialog, .reply(ReplyPiece(piece: 0, text: "אלף שקלים", attempt: 2)), turn: turn)
        call.from(.dialog, .replyDone(ReplyDone(pieces: 1, lead: [:], ending: nil, state: "x", provider: "test", attempt: 2)), turn: turn)
        call.speech(turn, 2 * Speak.piecesOfReply, milliseconds: 500)
        call.pass(1_000)
        #expect(call.said == ["אלף שקלים"])
        #expect(call.turnFacts.last?.preemption == "miss" && call.turnFacts.last?.attempts == 2)
    }

    @Test(arguments: ["אני רוצה לדבר על", "אפס חמש שתיים", "אמ", "אהה", ""]) func wordsThatWantOthersAreNotAskedAbout(_ words: String) throws {
        let (call, turn) = try paused(words)
        #expect(call.asked.last != turn)
    }

    @Test func wordsThatComeInThePauseAreAskedAbout() throws {
        var (call, turn) = try paused(nil)
        #expect(call.asked.last != turn)
        call.transcript(turn, Self.question, final: false)
        #expect(call.asked.last == turn)
        call.transcript(turn, "כמה זה עולה?", final: false)
        #expect(call.asked.count { $0 == turn } == 1, "the same in other spelling")
    }

    @Test func notMoreOftenThanThePolicySays() throws {
        var (call, turn) = try paused()
        for word in ["היום", "מחר", "בשבת", "בחורף"] { call.transcript(turn, "כמה זה עולה \(word)", final: false) }
        #expect(call.asked.count { $0 == turn } == 3)
        call.quiet(600)
        call.transcript(turn, "כמה זה עולה בחורף")
        #expect(call.asked.count { $0 == turn } == 4 && call.lastQuestion?.preemptive == nil)
    }

    @Test func aCoughTakesTheReplyBack() throws {
        var (call, turn) = try paused()
        call.quiet(500)
        call.reply(turn, 0, "מאה שקלים")
        call.transcript(turn, "", understood: false)
        #expect(call.lastQuestion?.heard == .speech(Transcript(text: "", confidence: 0.9, understood: false)))
        #expect(call.lastQuestion?.attempt == 1)
        call.speech(turn, 0, milliseconds: 500)
        call.pass(300)
        #expect(call.said.isEmpty)
    }

    @Test func aDialogueThatFailsIsAskedAgainAboutTheFinal() throws {
        var (call, turn) = try paused()
        call.done(turn, pieces: 0, failure: "reply")
        #expect(call.logs(.stageLate).isEmpty)
        call.quiet(500)
        call.transcript(turn, Self.question)
        #expect(call.lastQuestion?.preemptive == nil && call.lastQuestion?.attempt == 1)
    }

    @Test func theDialogueDiesBeforeTheFinal() throws {
        var (call, turn) = try paused()
        call.reply(turn, 0, "מאה שקלים")
        call.lose(.dialog)
        call.quiet(500)
        call.transcript(turn, Self.question)
        call.answer(turn, ["מאה ועשרים"])
        #expect(call.said.isEmpty, "no sentence of the one that died")
        call.speech(turn, Speak.piecesOfReply, milliseconds: 500)
        call.pass(1_000)
        #expect(call.said == ["מאה ועשרים"])
    }

    @Test func theVoiceDiesBeforeTheFinal() throws {
        var (call, turn) = try paused()
        call.reply(turn, 0, "מאה שקלים")
        call.speech(turn, 0, milliseconds: 200, last: false)
        call.lose(.tts)
        call.done(turn, pieces: 1)
        call.quiet(500)
        call.transcript(turn, Self.question)
        #expect(call.spoken == ["מאה שקלים", "מאה שקלים"], "the successor makes it")
        call.speech(turn, 0, milliseconds: 500)
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["מאה שקלים"])
    }

    @Test func theLineBreaksBeforeTheFinal() throws {
        var (call, turn) = try paused()
        call.reply(turn, 0, "מאה שקלים")
        call.feed(.lineLost)
        #expect(call.sent(.dialog).last?.message == .cancel(Cancel(unheard: true)))
        call.pass(500)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(500)
        #expect(call.said.isEmpty)
    }

    @Test func notUnderAReplyNorOnARecogniserThatGuesses() throws {
        let (call, turn) = try paused { $0.trustsInterims = false }
        #expect(call.asked.last != turn)
        let (other, later) = try paused { $0.preemptions = 0 }
        #expect(other.asked.last != later)
    }

    /// The next sentence is late: the record says for how long the caller heard nothing.
    @Test func aGapBetweenSentencesIsTold() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter(Self.question)
        call.reply(turn, 0, "מאה")
        call.reply(turn, 1, "ועשרים")
        call.done(turn, pieces: 2)
        call.speech(turn, 0, milliseconds: 500)
        call.pass(800)
        call.speech(turn, 1, milliseconds: 500)
        call.pass(1_000)
        #expect(call.logs(.gap).count == 1)
        #expect(call.turnFacts.last?.gapMilliseconds == 300)
    }
}
