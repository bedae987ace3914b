import BusContract
import CallEngine
import CallVocabulary
import Testing

/// How a call leaves its stream by our own will.
@Suite struct ExitTests {
    private func opened(_ answer: TestCall.ExitAnswer, mode: CallPolicy.ReplyMode = .stream, longest: Int = 1_800_000) throws -> TestCall {
        var policy = TestCall.patient
        policy.replyMode = mode
        policy.longestCall = longest
        policy.warningBefore = 1_000
        var call = try TestCall(policy: policy)
        call.exits = answer
        call.open()
        return call
    }

    /// The goodbye was heard.
    private func goodbye(_ answer: TestCall.ExitAnswer) throws -> TestCall {
        var call = try opened(answer)
        let turn = try call.utter("ביי")
        call.answer(turn, ["להתראות"], ending: .goodbye)
        call.pass(600)
        #expect(call.exited == [.complete])
        return call
    }

    /// The reply's update is with the voice; then the caller's patience, or ours, is over.
    private func leased() throws -> TestCall {
        var call = try opened(.done, mode: .play)
        call.updates = nil
        call.returnsLeases = false
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        #expect(call.leases.count == 1)
        return call
    }

    /// Any watch will do: recognisers that die of the same thing.
    private func giveUp(_ call: inout TestCall) {
        for _ in 0..<3 where call.session.outcome == nil { call.lose(.asr) }
        #expect(call.session.outcome == .fallback)
    }

    // MARK: - Goodbye

    @Test func aHangUpThatTwilioTakesEndsWithTheStream() throws {
        let call = try goodbye(.done)
        #expect(call.endings == [.served])
    }

    @Test func aHangUpThatTwilioDoesNotTakeClosesTheLine() throws {
        let call = try goodbye(.updateFailed)
        #expect(call.closings > 0)
        #expect(call.endings == [.served])
    }

    @Test func aHangUpOfACallThatWasOverIsServedAllTheSame() throws {
        #expect(try goodbye(.callOver).endings == [.served])
    }

    @Test(arguments: [true, false]) func aHangUpWithoutAnyEffectClosesTheLineAndEnds(closes: Bool) throws {
        var call = try goodbye(.never)
        call.closesWhenAsked = closes
        call.pass(4_800)
        #expect(call.closings == 0)
        call.pass(200)
        #expect(call.closings > 0)
        call.pass(10_001)
        #expect(call.endings == [.served])
    }

    // MARK: - The recording

    @Test func theRecordingIsReached() throws {
        var call = try opened(.done)
        giveUp(&call)
        #expect(call.exited == [.record])
        #expect(call.endings.isEmpty, "whether somebody is there comes in a moment")
        call.feed(.landed)
        call.feed(.landed)
        #expect(call.endings == [.fallback])
        #expect(call.logs(.watchdogRedirect).count == 1)
        #expect(call.logs(.callEnded).first?.fields["reason"] == "quarantined")
        #expect(call.facts.contains { if case .callEnded(.fallback, _, "quarantined") = $0.body { true } else { false } })
    }

    @Test func aCallerWhoHangsUpOnTheWayToTheRecordingHasHungUp() throws {
        for sign in [CallEvent.callOver, .callCompleted] {
            var call = try opened(.done)
            giveUp(&call)
            call.feed(sign)
            #expect(call.endings == [.callerHungUp], "\(sign)")
        }
    }

    @Test func aRecordingOfWhichNothingIsHeardEndsTheCall() throws {
        var call = try opened(.done)
        giveUp(&call)
        call.pass(1_501)
        #expect(call.endings == [.fallback])
    }

    @Test func whenTwilioCannotBeToldTheSocketIsClosedOnce() throws {
        var call = try opened(.updateFailed)
        call.closesWhenAsked = false
        giveUp(&call)
        #expect(call.closings == 1)
        call.feed(.updateFailed("late"))
        #expect(call.closings == 1)
        call.feed(.landed)
        #expect(call.endings == [.fallback])
        call.feed(.updateFailed("later"))
        call.feed(.callOver)
        call.feed(.summary(nil))
        #expect(call.finished == [.fallback], "what was told stays told")
    }

    @Test func aCallThatLandsWithoutOurDoingIsAFallback() throws {
        for isLost in [false, true] {
            var call = try opened(.done)
            if isLost { call.feed(.lineLost) }
            call.feed(.landed)
            #expect(call.endings == [.fallback])
            #expect(call.logs(.callEnded).first?.fields["reason"] == "landed")
        }
    }

    @Test func aStreamThatComesTooLateIsClosed() throws {
        var call = try opened(.never)
        call.closesWhenAsked = false
        giveUp(&call)
        let closings = call.closings
        call.feed(.lineOpened(streamSID: "MZ9"))
        #expect(call.closings == closings + 1, "nobody would speak on it")
        #expect(call.session.phase == .ending)
    }

    // MARK: - The lease

    @Test func theLeaseComesBackBeforeTheExit() throws {
        for result in [CallUpdated.Result.unused, .done, .failed, .uncertain, .refused] {
            var call = try leased()
            giveUp(&call)
            #expect(call.exited.isEmpty)
            #expect(call.sent(.tts).last?.message == .endLease(EndLease(lease: call.leases[0])))
            call.feed(call.updateResult("CA1.9.9", .unused))
            #expect(call.exited.isEmpty, "not this one")
            call.pass(500)
            call.feed(call.updateResult(call.leases[0], result))
            #expect(call.exited == [.record], "\(result)")
            call.feed(call.updateResult(call.leases[0], result))
            #expect(call.exited == [.record])
        }
    }

    @Test func aLeaseThatDoesNotComeBackIsNotWaitedForLong() throws {
        var call = try leased()
        giveUp(&call)
        call.pass(999)
        #expect(call.exited.isEmpty)
        call.pass(2)
        #expect(call.exited == [.record])
    }

    @Test func aLeaseWhoseTimeIsOverIsNotWaitedFor() throws {
        var call = try leased()
        call.pass(4_800)
        giveUp(&call)
        call.pass(201)
        #expect(call.exited == [.record])
    }

    @Test func aVoiceThatIsGoneHasNoLease() throws {
        var call = try leased()
        giveUp(&call)
        call.lose(.tts)
        #expect(call.exited == [.record])
        // One that merely hangs may yet use it.
        call = try leased()
        giveUp(&call)
        call.lose(.tts, .hung)
        #expect(call.exited.isEmpty)
        call.pass(1_001)
        #expect(call.exited == [.record])
    }

    @Test func theVoiceSaysThatTheCallIsOver() throws {
        var call = try leased()
        giveUp(&call)
        call.feed(call.updateResult(call.leases[0], .over))
        #expect(call.exited.isEmpty)
        #expect(call.endings == [.callerHungUp])
    }

    @Test func aLateLeaseAfterTheEndSendsTheCallNowhere() throws {
        var call = try leased()
        giveUp(&call)
        call.feed(.callCompleted)
        #expect(call.endings == [.callerHungUp])
        call.feed(call.updateResult(call.leases[0], .unused))
        call.lose(.tts)
        call.pass(2_000)
        #expect(call.exited.isEmpty)
    }

    @Test func theStreamsEndDoesNotOvertakeTheLease() throws {
        for sign in [CallEvent.lineStopped, .lineLost] {
            var call = try leased()
            giveUp(&call)
            call.feed(sign)
            #expect(call.endings.isEmpty, "the voice's update may have ended it")
            call.pass(1_001)
            #expect(call.exited == [.record])
        }
    }

    // MARK: - The longest call

    @Test func timeIsUpInEveryPhase() throws {
        // Live.
        var call = try opened(.done, longest: 20_000)
        call.pass(20_001)
        #expect(call.exited == [.timeUp])
        #expect(call.endings == [.maximumDuration])
        // While a file is played.
        call = try opened(.done, mode: .play, longest: 20_000)
        call.files = .made(milliseconds: 30_000)
        let turn = try call.utter("כן")
        call.answer(turn, ["ארוך"])
        call.pass(18_000)
        #expect(call.session.phase == .away)
        call.pass(2_000)
        #expect(call.exited == [.timeUp])
        call.feed(.callCompleted)
        #expect(call.endings == [.maximumDuration])
        // On a lost line: somebody may still be there.
        call = try opened(.done, longest: 20_000)
        call.pass(15_000)
        call.feed(.lineLost)
        call.pass(5_001)
        #expect(call.exited == [.timeUp])
        call.feed(.callOver)
        #expect(call.endings == [.callerHungUp])
    }

    @Test func aGatewayThatLeavesSendsWhoIsLeavingTheQuickWay() throws {
        var call = try opened(.never)
        giveUp(&call)
        call.feed(.handOver(atOnce: true))
        #expect(call.closings > 0)
        #expect(call.endings == [.fallback])
        #expect(!call.actions.contains(.handedOver))
    }
}
