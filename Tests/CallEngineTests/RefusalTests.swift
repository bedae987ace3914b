import BusContract
import CallEngine
import CallVocabulary
import Testing

/// A stream that takes audio and plays none: the turn is played as a file, and the call goes on.
@Suite struct RefusalTests {
    private func opened() throws -> TestCall {
        var clips: [CallOpening.Clip: CallOpening.CannedLine] = [.sorry: TestCall.sorry]
        clips[.sorry]?.file = "sorry"
        var call = try TestCall(clips: clips)
        call.files = .made(milliseconds: 700)
        call.open()
        return call
    }

    @Test func aStreamThatRefusesHalfWay() throws {
        var call = try opened()
        for round in 1...6 {
            if round == 3 { call.line.returnsMarks = false }
            let turn = try call.utter("סיבוב \(round)")
            call.answer(turn, ["תשובה \(round)"])
            call.pass(5_000)
            #expect(call.turnFacts.last?.entry.said == ["תשובה \(round)"], "round \(round)")
            #expect(call.session.isListening)
        }
        #expect(call.spoken.count == 4, "two of each kind, and then no more")
        #expect(call.made == ["תשובה 3", "תשובה 4", "תשובה 5", "תשובה 6"])
        #expect(call.logs(.otherWay).count == 2)
        #expect(call.exited.isEmpty)
    }

    @Test func aReplyOfWhichNotAllHasComeIsCollected() throws {
        var call = try opened()
        call.line.returnsMarks = false
        let turn = try call.utter("כן")
        call.reply(turn, 0, "אחד")
        call.speech(turn, 0, milliseconds: 400)
        call.pass(2_500)
        #expect(call.logs(.otherWay).count == 1)
        // What was on its way is not taken for a loss.
        call.reply(turn, 1, "שניים")
        call.speech(turn, 0, milliseconds: 400, index: 3)
        #expect(call.logs(.stageLate).count == 1)
        call.done(turn, pieces: 2)
        #expect(call.made == ["אחד שניים"])
        #expect(call.spoken == ["אחד"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["אחד", "שניים"])
    }

    @Test func aDialogueThatStopsInMidReplyIsExcusedInAFile() throws {
        var call = try opened()
        call.line.returnsMarks = false
        let turn = try call.utter("כן")
        call.reply(turn, 0, "אחד")
        call.speech(turn, 0, milliseconds: 400)
        call.pass(6_001)
        #expect(call.announced == ["sorry"])
        call.pass(1_100)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
    }

    @Test func whatWasHeardIsNotPlayedAgain() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "אחד")
        call.reply(turn, 1, "שניים")
        call.done(turn, pieces: 2)
        call.speech(turn, 0, milliseconds: 400)
        call.pass(500)
        call.line.returnsMarks = false
        call.speech(turn, 1, milliseconds: 400)
        call.pass(2_500)
        #expect(call.made == ["שניים"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["אחד", "שניים"])
    }

    @Test func anExcuseThatIsNotPlayedGoesAsAFile() throws {
        var call = try opened()
        call.line.returnsMarks = false
        _ = try call.utter("כן")
        call.pass(6_001)
        call.pass(2_800)
        #expect(call.announced == ["sorry"])
        call.pass(1_100)
        #expect(call.turnFacts.last?.entry.said == [TestCall.sorry.text])
        #expect(call.session.phase == .live)
    }

    @Test func aCannedLineThatIsNotPlayedHarmsNoFile() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try TestCall(policy: policy, clips: [.moment: TestCall.moment, .sorry: TestCall.sorry])
        call.open()
        call.updates = nil
        let turn = try call.utter("כן")
        call.line.returnsMarks = false
        call.workers.remove(.dialog)
        call.lose(.dialog)
        call.pass(1_100)
        #expect(call.playedMilliseconds > 0)
        call.workers.insert(.dialog)
        call.pass(500)
        call.answer(turn, ["תודה"])
        // Until the mark is late, the line seems to speak.
        call.pass(2_500)
        #expect(call.announced.count == 1)
        #expect(call.made.count == 1)
        call.feed(call.updateResult(call.leases[0], .done))
        call.feed(.lineStopped)
        call.pass(2_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    @Test func aLineThatNeitherPlaysNorIsUpdatedIsGivenUp() throws {
        var call = try opened()
        call.line.returnsMarks = false
        call.updates = .failed
        call.exits = .done
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"])
        call.pass(2_600)
        #expect(call.exited == [.record])
        call.feed(.landed)
        #expect(call.endings == [.fallback])
        #expect(call.logs(.callEnded).first?.fields["reason"] == "no way to speak")
        #expect(call.turnFacts.last?.entry.said == [])
    }
}
