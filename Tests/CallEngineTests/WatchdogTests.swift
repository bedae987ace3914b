import BusContract
import CallEngine
import CallVocabulary
import Testing

/// What must be heard of the line, and by the caller, in time.
@Suite struct WatchdogTests {
    private func opened(_ policy: CallPolicy = CallPolicy(), clips: [CallOpening.Clip: CallOpening.CannedLine] = [.sorry: TestCall.sorry]) throws
        -> TestCall
    {
        var call = try TestCall(policy: policy, clips: clips)
        call.exits = .done
        call.open()
        return call
    }

    // MARK: - Media

    @Test func aLineWithoutFramesLeadsToTheRecording() throws {
        var call = try opened()
        call.quiet(3_000)
        call.pass(5_990)
        #expect(call.exited.isEmpty)
        call.pass(20)
        #expect(call.exited == [.record])
        #expect(call.logs(.watchdogRedirect).map { $0.fields["watch"] } == ["no media"])
        #expect(call.taps(.watchdog).map(\.detail) == ["no media"])
    }

    @Test func aStreamThatBringsNoFrameAtAllIsNoticed() throws {
        var call = try opened()
        call.pass(6_001)
        #expect(call.exited == [.record])
    }

    @Test func burstsAndHolesAreNoReason() throws {
        var call = try opened()
        for _ in 0..<2 {
            call.pass(5_000)
            for _ in 0..<10 { call.feed(.voice(Sound.silence(milliseconds: 20))) }
        }
        #expect(call.exited.isEmpty)
    }

    @Test func aNewStreamHasItsOwnTime() throws {
        var call = try opened()
        call.pass(4_000)
        call.feed(.lineLost)
        call.pass(3_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(5_000)
        #expect(call.exited.isEmpty)
        call.pass(1_001)
        #expect(call.exited == [.record])
    }

    /// Whoever schedules the wake would have to cancel and set a timer fifty times a second.
    @Test(arguments: [true, false]) func framesDoNotMoveTheWake(isVoice: Bool) throws {
        var call = try opened()
        var wakes: Set<Int64> = []
        let bytes = isVoice ? Sound.vowel(milliseconds: 4_000) : Sound.silence(milliseconds: 4_000)
        for start in stride(from: 0, to: bytes.count, by: 160) {
            call.media(Array(bytes[start..<start + 160]))
            wakes.insert(call.session.nextWake?.microseconds ?? 0)
        }
        #expect(wakes.count <= 6, "\(wakes.count) wakes in 200 frames")
    }

    // MARK: - Answers

    /// Everybody is there and alive, each gets more time, and nothing is heard.
    @Test func aCallerWhoHearsNothingIsSentToTheRecording() throws {
        var policy = TestCall.patient
        policy.replyDeadline = 100_000
        var call = try opened(policy)
        _ = try call.utter("כן")
        call.pass(11_990)
        #expect(call.exited.isEmpty)
        call.pass(20)
        #expect(call.exited == [.record])
        #expect(call.logs(.watchdogRedirect).map { $0.fields["watch"] } == ["no reply"])
    }

    @Test func sentencesWithoutAudioAreNoAnswer() throws {
        var policy = TestCall.patient
        policy.audioDeadline = 100_000
        var call = try opened(policy)
        let turn = try call.utter("כן")
        for piece in 0..<20 {
            call.reply(turn, piece, "משפט")
            call.pass(500)
        }
        call.pass(2_100)
        #expect(call.exited == [.record])
    }

    @Test func whatIsSaidIntoALongReplyWaitsForItsEnd() throws {
        var call = try opened(TestCall.patient)
        let turn = try call.utter("כן")
        call.reply(turn, 0, "ארוך מאוד")
        call.done(turn, pieces: 1)
        for index in 0..<10 {
            if index == 0 { try call.utter("ועוד משהו") }
            call.speech(turn, 0, milliseconds: 2_000, index: index, last: index == 9)
            call.pass(index == 0 ? 800 : 1_900)
        }
        #expect(call.exited.isEmpty, "20 s of reply, and something was said 17 s ago")
        call.pass(2_500)
        #expect(call.asked.count == 3)
        call.pass(4_900)
        #expect(call.exited.isEmpty)
    }

    @Test func whatWasCutByAFileIsAnsweredAfterIt() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        var call = try opened(policy)
        call.files = .made(milliseconds: 20_000)
        let turn = try call.utter("כן")
        call.media(Sound.vowel(milliseconds: 300))
        call.answer(turn, ["ארוך"])
        call.media(Sound.vowel(milliseconds: 4_300))
        #expect(call.session.phase == .away)
        call.transcript(try #require(call.heardTurns.last), "עוד")
        call.pass(20_500)
        #expect(call.session.phase == .live)
        #expect(call.exited.isEmpty)
        #expect(call.asked.count == 3)
    }

    @Test func aLineThatComesBackHasItsOwnTime() throws {
        var policy = TestCall.patient
        policy.replyDeadline = 100_000
        var call = try opened(policy)
        _ = try call.utter("כן")
        call.pass(8_000)
        call.feed(.lineLost)
        call.pass(8_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(11_990)
        #expect(call.exited.isEmpty)
        call.pass(20)
        #expect(call.exited == [.record])
    }

    @Test func anExcuseIsAnAnswer() throws {
        var call = try opened(TestCall.patient)
        _ = try call.utter("כן")
        call.pass(7_000)
        #expect(call.said == [TestCall.sorry.text])
        call.pass(6_000)
        #expect(call.exited.isEmpty)
    }

    // MARK: - Streams that do not come

    @Test func aCallWhoseStreamNeverComesHasADeadline() throws {
        var call = try TestCall()
        call.exits = .done
        call.feed(.tick)
        #expect(call.hasDeadline)
        call.pass(10_001)
        #expect(call.exited == [.record])
        call.feed(.landed)
        #expect(call.endings == [.fallback])
    }

    @Test func aStreamThatFailsIsClosedAndComesBack() throws {
        var call = try opened(TestCall.patient)
        call.feed(.streamFailed("31921"))
        #expect(call.closings == 1)
        #expect(call.session.phase == .lost)
        call.pass(1_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.session.phase == .live)
        call.feed(.callCompleted)
        call.feed(.streamFailed("31921"))
        #expect(call.endings == [.callerHungUp])
    }

    // MARK: - The longest call

    @Test func theEndIsAnnounced() throws {
        var policy = TestCall.patient
        policy.longestCall = 80_000
        var call = try opened(policy, clips: [.warning: TestCall.warning])
        call.exits = .done
        call.pass(19_990)
        let before = call.playedMilliseconds
        call.pass(1_000)
        #expect(call.playedMilliseconds == before + 900)
        #expect(call.marks == ["t\(call.asked.last ?? 0).p-4"] || call.marks == ["t0.p-4"])
        call.pass(30_000)
        #expect(call.marks.count { $0.hasSuffix("p-4") } == 1)
    }

    @Test func aWarningThatFallsIntoAFileIsGivenAfterIt() throws {
        var policy = TestCall.patient
        policy.replyMode = .play
        policy.longestCall = 70_000
        var call = try opened(policy, clips: [.warning: TestCall.warning])
        call.files = .made(milliseconds: 15_000)
        let turn = try call.utter("כן")
        call.answer(turn, ["ארוך"])
        call.pass(14_000)
        #expect(call.session.phase == .away)
        #expect(call.playedMilliseconds == 0)
        call.pass(3_000)
        #expect(call.playedMilliseconds == 900)
        call.feed(.lineLost)
        call.pass(1_000)
        call.feed(.lineOpened(streamSID: "MZ3"))
        call.pass(1_000)
        #expect(call.playedMilliseconds == 900, "once")
    }

    /// Frames, marks and ticks by the thousand: what is looked at with each of them must not grow with the conversation.
    @Test func whatIsSaidIsLoggedOnceWhateverTheLineDoes() throws {
        var call = try opened(TestCall.patient)
        for round in 1...5 {
            let turn = try call.utter("\(round)")
            call.reply(turn, 0, "תשובה")
            call.feed(.lineLost)
            call.feed(.lineOpened(streamSID: "MZ"))
            call.answer(turn, ["תשובה"])
            call.pass(1_000)
            #expect(call.turnFacts.last?.entry.said == ["תשובה"])
        }
        let turns = call.turnFacts.map(\.entry.turn)
        #expect(Set(turns).count == turns.count)
    }
}
