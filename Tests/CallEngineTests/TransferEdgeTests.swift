import BusContract
import CallEngine
import CallVocabulary
import Testing

/// A transfer that begins while the voice has the call's lease.
@Suite struct TransferEdgeTests {
    private func leased() throws -> TestCall {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try TestCall(policy: policy, canTransfer: true)
        call.exits = .done
        call.open()
        call.updates = nil
        call.returnsLeases = false
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        #expect(call.leases.count == 1)
        call.feed(.digit("0"))
        // The late reply is in effect, and ours follows.
        call.feed(.lineStopped)
        call.feed(call.updateResult(call.leases[0], .done))
        #expect(call.exited == [.transfer])
        return call
    }

    /// The person is rung for 25 s by default, and may talk for an hour.
    @Test func thePersonIsRungForLongerThanTenSeconds() throws {
        var call = try leased()
        call.pass(25_000)
        #expect(call.endings.isEmpty, "nobody has told us that the transfer is over")
        call.feed(.transferEnded(answered: false))
        call.feed(.lineOpened(streamSID: "MZ9"))
        #expect(call.session.phase == .live)
    }

    /// The late reply was short, and its stream opens before our update is in effect.
    @Test func theStreamOfALateReplyDoesNotUndoTheTransfer() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try TestCall(policy: policy, canTransfer: true)
        call.exits = .never
        call.open()
        call.updates = nil
        call.returnsLeases = false
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.digit("0"))
        call.feed(.lineStopped)
        call.feed(call.updateResult(call.leases[0], .done))
        #expect(call.exited == [.transfer])
        call.pass(700)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(300)
        // Now ours is in effect.
        call.feed(.lineStopped)
        call.pass(5_000)
        #expect(call.endings.isEmpty, "the caller has not left: a person is being rung")
        call.feed(.transferEnded(answered: true))
        #expect(call.endings == [.transferred])
    }

    /// Neither update nor stream: the exit could not be told while no stream was open. The wish must not be lost when the stream comes.
    @Test func aTransferThatCouldNotBeToldIsMadeWhenTheStreamIsBack() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try TestCall(policy: policy, canTransfer: true)
        call.exits = .updateFailed
        call.open()
        call.updates = nil
        call.returnsLeases = false
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.feed(.digit("0"))
        call.feed(.lineStopped)
        call.feed(call.updateResult(call.leases[0], .done))
        let closings = call.closings
        call.pass(2_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.closings == closings + 1, "closed at once: Twilio asks, and the book says transfer")
        #expect(call.endings.isEmpty)
    }

    /// Twilio has done it, and its answer was lost.
    @Test func aLostAnswerTakesNobodyAwayFromThePerson() throws {
        var call = try TestCall(canTransfer: true)
        call.exits = .never
        call.open()
        call.feed(.digit("0"))
        call.pass(200)
        call.feed(.lineStopped)
        call.pass(1_300)
        call.feed(.updateFailed("no answer"))
        call.pass(60_000)
        #expect(call.exited == [.transfer])
        #expect(call.endings.isEmpty)
        call.feed(.transferEnded(answered: true))
        #expect(call.endings == [.transferred])
    }

    /// The voice that has the lease stands still. Its successor cannot give back what it never had.
    @Test func anotherVoiceDoesNotGiveBackTheLeaseOfOneThatStandsStill() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try TestCall(policy: policy, canTransfer: true)
        call.exits = .done
        call.open()
        call.updates = nil
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        #expect(call.leases.count == 1)
        call.lose(.tts, .hung)
        call.feed(.digit("0"))
        #expect(call.exited.isEmpty, "the first voice may still send what it was given")
        call.pass(1_001)
        #expect(call.exited == [.transfer])
    }
}
