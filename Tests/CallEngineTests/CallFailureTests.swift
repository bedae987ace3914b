import BusContract
import CallEngine
import CallVocabulary
import Testing

/// Every stage fails, in every order: there is always a spoken way out, and always a deadline.
@Suite struct CallFailureTests {
    private func asked(_ clips: [CallOpening.Clip: CallOpening.CannedLine] = [.sorry: TestCall.sorry]) throws -> (TestCall, Int) {
        var call = try TestCall(clips: clips)
        call.open()
        let turn = try call.utter("כן")
        return (call, turn)
    }

    // MARK: - Deadlines

    @Test func aLateFinalIsNotUnderstood() throws {
        var call = try TestCall()
        call.open()
        call.speak(600)
        call.quiet(500)
        call.pass(3_999)
        #expect(call.asked == [0])
        call.pass(2)
        #expect(call.asked == [0, 1])
        #expect(call.lastQuestion?.heard == .speech(Transcript(text: "", confidence: 0, understood: false)))
        #expect(call.logs(.stageLate).map(\.fields["stage"]) == ["final"])
        call.transcript(1, "כן")
        #expect(call.asked == [0, 1], "too late is too late")
    }

    @Test func aLateReplyIsExcused() throws {
        var (call, turn) = try asked()
        call.pass(5_999)
        #expect(call.said.isEmpty)
        call.pass(2)
        #expect(call.said == [TestCall.sorry.text])
        #expect(call.sent(.dialog).last?.message == .cancel(Cancel()))
        call.pass(1_000)
        #expect(
            call.turnFacts.last?.entry
                == TurnEntry(
                    turn: TurnID(turn), heard: .speech(Transcript(text: "כן", confidence: 0.9, understood: true)), said: [TestCall.sorry.text]))
        #expect(call.taps(.listening).count == 2)
        #expect(call.hasDeadline)
    }

    @Test func lateAudioIsExcused() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.pass(3_001)
        #expect(call.said == [TestCall.sorry.text])
        #expect(call.sent(.tts).last?.message == .cancel(Cancel()))
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
    }

    @Test func audioThatStopsInMidSentenceIsExcused() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 400, last: false)
        call.pass(5_000)
        #expect(call.said == ["תודה", TestCall.sorry.text])
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text], "half a sentence is not in the history")
        #expect(call.hasDeadline)
    }

    @Test func aVoiceThatWaitsForCreditIsNotLate() throws {
        var policy = TestCall.patient
        policy.audioDeadline = 1_000
        var call = try TestCall(policy: policy)
        call.open()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "משפט ארוך")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 4_000, last: false)
        call.pass(3_000)
        #expect(call.logs(.stageLate).isEmpty)
        #expect(call.sent(.tts).contains { if case .credit = $0.message { true } else { false } })
        call.speech(turn, 0, milliseconds: 1_000, index: 1)
        call.pass(3_000)
        #expect(call.turnFacts.last?.entry.said == ["משפט ארוך"])
    }

    @Test func aLineThatPlaysNothingIsPlayedAFile() throws {
        var (call, turn) = try asked()
        call.line.returnsMarks = false
        call.answer(turn, ["תודה"], milliseconds: 1_000)
        call.pass(2_999)
        #expect(call.made.isEmpty)
        call.pass(2)
        #expect(call.made == ["תודה"])
        #expect(call.announced.count == 1)
        #expect(call.turnFacts.count == 1, "asked for is not heard")
        call.pass(2_200)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.session.phase == .live)
    }

    @Test func aLineThatPlaysNothingAndCannotBeUpdatedEndsInTheFallback() throws {
        var (call, turn) = try asked()
        call.line.returnsMarks = false
        call.updates = .failed
        call.answer(turn, ["תודה"], milliseconds: 1_000)
        call.pass(3_001)
        #expect(call.announced.count == 2, "tried twice")
        #expect(call.exited == [.record])
        #expect(call.closings > 0)
        #expect(call.endings == [.fallback])
    }

    @Test func silenceIsPromptedByTheDialogue() throws {
        var call = try TestCall()
        call.open()
        call.quiet(7_980)
        #expect(call.asked == [0])
        call.quiet(40)
        #expect(call.asked == [0, 1])
        #expect(call.lastQuestion?.heard == .silence)
        call.answer(1, ["את איתי?"])
        call.quiet(1_000)
        // Counted anew from the end of the prompt.
        call.quiet(7_000)
        #expect(call.asked == [0, 1])
        call.quiet(600)
        #expect(call.asked == [0, 1, 2])
    }

    @Test func theLongestCallEnds() throws {
        var policy = TestCall.patient
        policy.longestCall = 60_000
        var call = try TestCall(policy: policy)
        call.open()
        for _ in 0..<8 {
            guard call.session.phase == .live else { break }
            call.quiet(8_020)
            if let turn = call.asked.last, turn > 0 { call.answer(turn, ["עדיין כאן?"]) }
        }
        #expect(call.closings > 0)
        #expect(call.endings == [.maximumDuration])
        #expect(call.time { $0 == .closeLine } == CallTime(milliseconds: 60_000))
    }

    @Test func theLongestCallEndsInMidSentenceWithoutSpinning() throws {
        var policy = TestCall.patient
        policy.longestCall = 10_000
        var call = try TestCall(policy: policy)
        call.closesWhenAsked = false
        call.open()
        call.pass(6_000)
        let turn = try call.utter("כן")
        call.answer(turn, ["ארוך"], milliseconds: 9_000)
        call.pass(5_000)
        #expect(call.closings > 0)
        let wake = try #require(call.session.nextWake)
        #expect(wake > call.now, "a line that is being closed needs no top-ups")
        call.pass(20_000)
        #expect(call.endings == [.maximumDuration], "the end does not depend on the socket")
        #expect(call.finished == [.maximumDuration])
    }

    /// The socket stays, the media stops in the middle of a word.
    @Test func mediaThatStopsInMidUtteranceHasADeadline() throws {
        var call = try TestCall()
        call.open()
        call.speak(600)
        #expect(call.hasDeadline)
        call.pass(30_000)
        #expect(call.asked.count > 1, "the dialogue is asked about it")
    }

    // MARK: - What crosses a failure

    @Test func aReplyThatComesAfterItsApologyIsNotHeard() throws {
        var (call, turn) = try asked()
        call.pass(6_001)
        #expect(call.said == [TestCall.sorry.text])
        call.reply(turn, 0, "ראשון")
        call.reply(turn, 1, "שני")
        call.done(turn, pieces: 2, lead: ["a": "1"])
        #expect(call.spoken.isEmpty, "one reply per turn: the apology was it")
        call.pass(2_000)
        #expect(call.turnFacts.count == 2)
        #expect(call.session.turns.lead.isEmpty)
        // The next turn is as good as new.
        let next = try call.utter("שוב")
        call.answer(next, ["תודה"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    @Test func aGoodbyeThatComesAfterItsApologyHangsUpOnNobody() throws {
        var (call, turn) = try asked()
        call.pass(6_001)
        call.reply(turn, 0, "להתראות")
        call.done(turn, pieces: 1, ending: .goodbye)
        call.pass(2_000)
        #expect(call.closings == 0)
        #expect(call.session.phase == .live)
        #expect(call.hasDeadline)
    }

    @Test func aGoodbyeWhoseAudioFailsIsNotReplacedByAnApology() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "להתראות")
        call.done(turn, pieces: 1, ending: .goodbye)
        call.speech(turn, 0, milliseconds: 0, failure: "voice")
        call.pass(2_000)
        // Either the caller is asked again, or the recorded fallback says goodbye: never "please repeat" and a dead line.
        #expect(call.endings != [.served])
    }

    @Test func aReplyWhoseSentencesAllFailIsOneFailure() throws {
        var (call, turn) = try asked()
        for piece in 0..<3 { call.reply(turn, piece, "משפט \(piece)") }
        call.done(turn, pieces: 3)
        for piece in 0..<3 { call.speech(turn, piece, milliseconds: 0, failure: "voice") }
        #expect(call.closings == 0)
        #expect(call.said == [TestCall.sorry.text])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
        #expect(call.playedMilliseconds == 800)
    }

    @Test func audioThatFailsBeforeTheReplyIsCompleteStillGivesAWholeApology() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "אחד")
        call.reply(turn, 1, "שניים")
        call.speech(turn, 0, milliseconds: 0, failure: "voice")
        call.done(turn, pieces: 2, ending: .goodbye)
        #expect(call.turnFacts.count == 1, "the apology has not been heard yet")
        #expect(call.closings == 0)
        call.pass(2_000)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
    }

    @Test func aSentenceWhoseAudioWasWhollySentIsInTheHistory() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "ראשון")
        call.reply(turn, 1, "שני")
        call.done(turn, pieces: 2)
        call.speech(turn, 0, milliseconds: 450)
        call.speech(turn, 1, milliseconds: 0, failure: "voice")
        call.pass(3_000)
        #expect(call.turnFacts.last?.entry.said == ["ראשון", TestCall.sorry.text])
    }

    @Test func withoutAClipTheCallGoesOn() throws {
        var (call, turn) = try asked([:])
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 400, last: false)
        call.pass(6_000)
        #expect(call.turnFacts.count == 2)
        #expect(call.session.phase == .live)
        #expect(call.hasDeadline)
        call.pass(10_000)
        #expect(call.asked.count == 3, "the silence is prompted")
    }

    // MARK: - Replies that do not add up

    @Test func anEmptyReplyToACallerIsAnError() throws {
        var (call, turn) = try asked()
        call.done(turn, pieces: 0)
        #expect(call.said == [TestCall.sorry.text])
    }

    @Test func anOpeningThatFailsIsExcused() throws {
        var call = try TestCall()
        call.feed(.lineOpened(streamSID: "MZ1"))
        call.done(0, pieces: 0, failure: "no model")
        #expect(call.said == [TestCall.sorry.text])
        call.pass(1_000)
        #expect(call.taps(.listening).count == 1)
    }

    @Test func aSentenceThatNeverCameHasADeadline() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "אחד")
        call.done(turn, pieces: 2)
        call.speech(turn, 0, milliseconds: 300)
        call.pass(1_000)
        #expect(call.session.turns.current == nil || call.hasDeadline)
        call.pass(30_000)
        #expect(call.session.turns.log.contains { $0.turn == TurnID(turn) }, "the turn has ended")
    }

    @Test func aSentenceOfWhichTheEarlierOnesWereLostHasAnEnd() throws {
        var (call, turn) = try asked()
        call.reply(turn, 2, "שלישי")
        call.pass(3_001)
        #expect(call.said == [TestCall.sorry.text])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
        #expect(call.hasDeadline)
    }

    @Test func audioThatNobodyAskedForChangesNothing() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.speech(turn, 5, milliseconds: 0, failure: "voice")
        call.speech(turn, 6, milliseconds: 100, index: 3)
        #expect(call.said.isEmpty)
        call.speech(turn, 0, milliseconds: 300)
        call.pass(1_000)
        #expect(call.said == ["תודה"])
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    @Test func aSentenceTooManyDoesNotStopTheVoiceForEver() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "אחד")
        call.reply(turn, 1, "שניים")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 300)
        call.pass(4_000)
        let next = try call.utter("שוב")
        call.answer(next, ["תודה"])
        call.pass(2_000)
        #expect(call.said.last == "תודה")
    }

    @Test func audioOfASecondSentenceDoesNotHideThatTheFirstHasNone() throws {
        var (call, turn) = try asked()
        call.reply(turn, 0, "אחד")
        call.reply(turn, 1, "שניים")
        call.done(turn, pieces: 2)
        call.speech(turn, 1, milliseconds: 300)
        call.pass(10_000)
        #expect(!call.said.isEmpty, "ten seconds of silence")
    }

    @Test func expectationsOfACancelledTurnAreNotTaken() throws {
        var (call, turn) = try asked()
        call.pass(7_000)
        let next = try call.utter("שוב")
        call.forget()
        call.from(.dialog, .expectations(Expectations(name: "old")), turn: turn)
        #expect(call.sent(.asr).isEmpty)
        call.from(.dialog, .expectations(Expectations(name: "new")), turn: next)
        #expect(call.sent(.asr).map(\.message) == [.expectations(Expectations(name: "new"))])
    }

    // MARK: - Failures in a row

    @Test func threeFailuresInARowEndInTheFallback() throws {
        var (call, _) = try asked()
        for _ in 0..<2 {
            call.pass(6_001)
            call.pass(1_000)
            #expect(call.closings == 0)
            try call.utter("שוב")
        }
        call.pass(6_001)
        #expect(call.said.count == 2)
        #expect(call.closings > 0)
        #expect(call.endings == [.fallback])
    }

    @Test func aTurnThatWorkedForgivesTheFailures() throws {
        var (call, _) = try asked()
        for _ in 0..<4 {
            call.pass(6_500)
            let turn = try call.utter("שוב")
            call.answer(turn, ["תודה"])
            call.pass(1_000)
            try call.utter("שוב")
        }
        #expect(call.session.phase == .live)
        #expect(call.said.count { $0 == TestCall.sorry.text } == 4)
    }

    /// The dialogue answers every turn, the voice none.
    @Test func aVoiceThatAlwaysFailsEndsInTheFallback() throws {
        var (call, turn) = try asked()
        for _ in 0..<3 where call.session.phase == .live {
            call.reply(turn, 0, "תודה")
            call.done(turn, pieces: 1)
            call.speech(turn, 0, milliseconds: 0, failure: "voice")
            call.pass(1_000)
            if call.session.phase == .live { turn = try call.utter("שוב") }
        }
        #expect(call.endings == [.fallback])
    }
}
