import BusContract
import CallEngine
import CallVocabulary
import Testing

/// A call that a person takes, or does not.
@Suite struct TransferTests {
    private func opened(canTransfer: Bool = true, policy: CallPolicy = TestCall.patient) throws -> TestCall {
        var call = try TestCall(policy: policy, canTransfer: canTransfer)
        call.exits = .done
        call.open()
        return call
    }

    /// The person is being rung.
    private func ringing() throws -> TestCall {
        var call = try opened()
        call.feed(.digit("0"))
        #expect(call.exited == [.transfer])
        #expect(call.session.phase == .away)
        return call
    }

    @Test func aPersonTakesTheCall() throws {
        var call = try ringing()
        #expect(call.logs(.transfer).map { $0.fields["reason"] } == ["key"])
        #expect(call.taps(.transfer).count == 1)
        // Two hours: the longest call is ours, not theirs.
        call.pass(2 * 3_600_000)
        #expect(call.endings.isEmpty)
        call.feed(.transferEnded(answered: true))
        #expect(call.endings == [.transferred])
        call.feed(.transferEnded(answered: true))
        call.feed(.callCompleted)
        #expect(call.endings == [.transferred])
    }

    @Test func nobodyAnswersAndTheConversationGoesOn() throws {
        var call = try ringing()
        call.pass(25_000)
        call.feed(.transferEnded(answered: false))
        #expect(call.hasDeadline)
        call.pass(3_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.session.phase == .live)
        #expect(call.lastQuestion?.heard == .interrupted)
        let turn = try #require(call.asked.last)
        call.answer(turn, ["באיזו עיר?"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["באיזו עיר?"])
        #expect(call.session.isListening)
        // The call's own limit holds again, and the transfer is no reason of its end.
        call.feed(.lineStopped)
        #expect(call.logs(.callEnded).first?.fields["reason"] == nil)
        #expect(call.endings == [.callerHungUp])
    }

    @Test func theLongestCallCountsAgainAfterTheWayBack() throws {
        var policy = TestCall.patient
        policy.longestCall = 120_000
        var call = try opened(policy: policy)
        call.feed(.digit("0"))
        call.pass(130_000)
        call.feed(.transferEnded(answered: false))
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(10)
        #expect(call.exited == [.transfer, .timeUp])
        #expect(call.endings == [.maximumDuration])
    }

    @Test func afterTheWayBackNobodyComes() throws {
        var call = try ringing()
        call.feed(.transferEnded(answered: false))
        call.pass(2 * TestCall.patient.lostLine + 1)
        #expect(call.exited == [.transfer, .record])
        call.feed(.landed)
        #expect(call.endings == [.fallback])
    }

    @Test func theWayBackHasTheOperatorsPatience() throws {
        var call = try ringing()
        call.feed(.transferEnded(answered: false))
        call.feed(.streamAwaited(milliseconds: 3_000))
        call.pass(3_000 + TestCall.patient.streamStart - 10)
        #expect(call.exited == [.transfer])
        call.pass(20)
        #expect(call.exited == [.transfer, .record])
    }

    @Test(arguments: [true, false]) func theCallerHangsUpOnThePerson(answered: Bool) throws {
        for isToldFirst in [true, false] {
            var call = try ringing()
            call.pass(10_000)
            if isToldFirst { call.feed(.transferEnded(answered: answered)) }
            call.feed(.callCompleted)
            if !isToldFirst {
                #expect(call.endings.isEmpty, "whether somebody had answered comes in a moment")
                call.feed(.transferEnded(answered: answered))
            }
            #expect(call.endings == [answered ? .transferred : .callerHungUp])
        }
    }

    @Test func aHangUpAfterWhichNothingIsToldEnds() throws {
        var call = try ringing()
        call.pass(10_000)
        call.feed(.callCompleted)
        call.pass(1_501)
        #expect(call.endings == [.transferred])
    }

    @Test func whenTwilioCannotBeToldTheSocketIsClosed() throws {
        var call = try opened()
        call.exits = .updateFailed
        call.feed(.digit("0"))
        #expect(call.closings == 1)
        #expect(call.session.phase == .away, "Twilio asks, and calls the person")
        call.pass(30_000)
        call.feed(.transferEnded(answered: true))
        #expect(call.endings == [.transferred])
    }

    @Test(arguments: [true, false]) func anUpdateThatShowsNoEffectIsMadeByClosingTheLine(closes: Bool) throws {
        var call = try opened()
        call.exits = .never
        call.closesWhenAsked = closes
        call.feed(.digit("0"))
        call.pass(4_999)
        #expect(call.closings == 0)
        call.pass(2)
        #expect(call.closings == 1)
        call.pass(60_000)
        #expect(call.endings.isEmpty)
        call.feed(.transferEnded(answered: true))
        #expect(call.endings == [.transferred])
    }

    @Test func aCallThatWasOverIsNotTransferred() throws {
        var call = try opened()
        call.exits = .callOver
        call.feed(.digit("0"))
        #expect(call.endings == [.callerHungUp])
    }

    @Test func withoutAPersonAMessageIsTaken() throws {
        var call = try opened(canTransfer: false)
        call.feed(.digit("0"))
        #expect(call.exited == [.record])
        call.feed(.landed)
        #expect(call.endings == [.fallback])
        #expect(call.logs(.callEnded).first?.fields["reason"] == "no person to transfer to")
    }

    @Test func theDialogueTransfersAfterItsSentence() throws {
        var call = try opened()
        let turn = try call.utter("אפשר לדבר עם מישהו?")
        call.answer(turn, ["רגע, אני מעבירה"], milliseconds: 1_000, ending: .transfer)
        call.pass(990)
        #expect(call.exited.isEmpty)
        call.pass(20)
        #expect(call.exited == [.transfer])
        #expect(call.turnFacts.last?.entry.said == ["רגע, אני מעבירה"])
    }

    @Test func whatTheCallerWasSayingIsHeard() throws {
        var call = try opened()
        call.speak(600)
        call.feed(.digit("0"))
        let turn = try #require(call.heardTurns.last)
        call.transcript(turn, "נציג")
        call.feed(.transferEnded(answered: false))
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.asked.last == turn, "and answered when nobody else does")
        #expect(call.hasDeadline)
    }

    @Test func anUnfinishedUtteranceDoesNotBlockTheWayBack() throws {
        var call = try opened()
        call.speak(600)
        call.feed(.digit("0"))
        call.pass(20_000)
        call.feed(.transferEnded(answered: false))
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(100)
        #expect(call.asked.count == 2, "not understood is an answer too")
    }

    @Test func aReplyIsInterruptedByTheKey() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.answer(turn, ["ארוך"], milliseconds: 4_000)
        call.pass(500)
        call.feed(.digit("0"))
        #expect(call.actions.contains(.clear))
        #expect(call.turnFacts.last?.entry.said == [])
        #expect(call.sent(.tts).last?.message == .cancel(Cancel()))
        #expect(call.exited == [.transfer])
    }

    @Test func theVoicesLeaseComesBackFirst() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try opened(policy: policy)
        call.updates = nil
        call.returnsLeases = false
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.digit("0"))
        #expect(call.exited.isEmpty)
        #expect(call.sent(.tts).last?.message == .endLease(EndLease(lease: call.leases[0])))
        // It was too late for that: the document is in effect, and ours follows.
        call.feed(.lineStopped)
        #expect(call.endings.isEmpty)
        call.feed(call.updateResult(call.leases[0], .done))
        #expect(call.exited == [.transfer])
        call.feed(.transferEnded(answered: true))
        #expect(call.endings == [.transferred])
    }
}
