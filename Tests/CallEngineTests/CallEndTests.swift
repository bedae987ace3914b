import BusContract
import CallEngine
import CallVocabulary
import Testing

/// How calls end, and what they survive: hang-ups, lost lines, lost workers.
@Suite struct CallEndTests {
    @Test func theLineIsClosedOnlyAfterTheGoodbyeWasHeard() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("זה הכול")
        call.answer(turn, ["תודה", "להתראות"], milliseconds: 1_000, ending: .goodbye)
        call.pass(1_990)
        #expect(call.closings == 0)
        call.pass(20)
        #expect(call.closings > 0)
        #expect(call.endings == [.served])
        #expect(call.turnFacts.last?.entry.said == ["תודה", "להתראות"])
        call.feed(.summary("סיכום"))
        #expect(call.facts.last?.body == .summary("סיכום"))
        #expect(call.finished == [.served])
    }

    @Test(arguments: [(DialogEnding.goodbye, CallOutcome.served), (.callback, .callbackPromised), (.unserved, .unserved)])
    func theDialoguesEndingIsTheCallsOutcome(ending: DialogEnding, outcome: CallOutcome) throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("טוב")
        call.answer(turn, ["להתראות"], ending: ending)
        call.pass(1_000)
        #expect(call.endings == [outcome])
    }

    @Test func aCallerWhoSpeaksIntoTheGoodbyeIsAnswered() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("ביי")
        call.answer(turn, ["תודה ולהתראות"], milliseconds: 2_500, ending: .goodbye)
        let second = try call.utter("אבל רגע")
        call.pass(2_500)
        #expect(call.closings == 0)
        #expect(call.asked.last == second)
        call.answer(second, ["כן, בבקשה"])
        call.pass(1_000)
        #expect(call.session.phase == .live)
    }

    enum Moment: CaseIterable {
        case opening, listening, speaking, hearing, awaitingFinal, thinking, awaitingAudio, inReply, queued, closing, lost, summary
    }

    private func at(_ moment: Moment) throws -> TestCall {
        var call = try TestCall()
        call.closesWhenAsked = false
        call.feed(.lineOpened(streamSID: "MZ1"))
        if moment == .opening { return call }
        call.done(0, pieces: 0)
        switch moment {
        case .opening, .listening: break
        case .speaking: call.speak(100)
        case .hearing: call.speak(600)
        case .awaitingFinal:
            call.speak(600)
            call.quiet(500)
        case .thinking: try call.utter("כן")
        case .awaitingAudio:
            let turn = try call.utter("כן")
            call.reply(turn, 0, "תודה")
        case .inReply:
            let turn = try call.utter("כן")
            call.answer(turn, ["תודה"], milliseconds: 4_000)
            call.pass(1_000)
        case .queued:
            let turn = try call.utter("כן")
            call.answer(turn, ["תודה"], milliseconds: 4_000)
            try call.utter("רגע")
        case .closing:
            let turn = try call.utter("ביי")
            call.answer(turn, ["להתראות"], ending: .goodbye)
            call.pass(1_000)
        case .lost: call.feed(.lineLost)
        case .summary: call.feed(.lineStopped)
        }
        return call
    }

    @Test(arguments: Moment.allCases) func aHangUpAtAnyMomentEndsTheCallOnce(moment: Moment) throws {
        for signs in [
            [CallEvent.lineStopped], [.callCompleted], [.lineStopped, .lineLost, .callCompleted], [.callCompleted, .lineStopped, .lineLost],
        ] {
            var call = try at(moment)
            for sign in signs { call.feed(sign) }
            // Last words are waited for.
            if [.speaking, .hearing, .awaitingFinal].contains(moment) { call.pass(1_501) }
            #expect(call.endings == [moment == .closing ? .served : .callerHungUp])
            #expect(call.actions.count { $0 == .releaseAll } == 1)
            #expect(call.finished.isEmpty)
            // Workers that do not know yet.
            call.transcript(1, "כן")
            call.reply(1, 0, "תודה")
            call.speech(1, 0, milliseconds: 100)
            call.feed(.mark("t1.p0"))
            call.lose(.tts)
            let played = call.playedMilliseconds
            call.pass(4_900)
            #expect(call.playedMilliseconds == played)
            call.feed(.summary("סיכום"))
            call.feed(.summary("עוד"))
            call.pass(60_000)
            #expect(call.endings.count == 1)
            #expect(call.finished.count == 1)
            #expect(call.facts.count { if case .summary = $0.body { true } else { false } } == 1)
            #expect(call.session.nextWake == nil)
            let turns = call.turnFacts.map(\.entry.turn)
            #expect(Set(turns).count == turns.count, "one fact for each turn")
        }
    }

    /// Somebody may still be there: the call is sent to the recording, and Twilio says whether there is a call.
    @Test(arguments: Moment.allCases, [TestCall.ExitAnswer.updateFailed, .callOver, .done, .never])
    func aLineThatIsLostForGoodEndsTheCallOnce(moment: Moment, answer: TestCall.ExitAnswer) throws {
        var call = try at(moment)
        call.exits = answer
        call.feed(.lineLost)
        call.pass(10_001)
        if [.done, .never].contains(answer), call.endings.isEmpty {
            #expect(call.exited == [.record])
            // Twilio has the call; nothing more is heard of it.
            call.pass(10_000)
        }
        let outcome: CallOutcome = moment == .closing ? .served : moment == .summary || answer == .callOver ? .callerHungUp : .fallback
        #expect(call.endings == [outcome])
        call.pass(5_001)
        #expect(call.finished.count == 1, "without a summary too")
        #expect(call.session.phase == .finished)
    }

    @Test(arguments: Moment.allCases) func everyMomentHasADeadline(moment: Moment) throws {
        let call = try at(moment)
        #expect(call.hasDeadline)
    }

    @Test func theSocketIsClosedWhenTheCallIsOver() throws {
        var call = try TestCall()
        call.open()
        call.feed(.callCompleted)
        #expect(call.closings > 0, "a socket close may never come from the other side")
    }

    @Test func whatWasHeardAndNotAnsweredIsInTheSummary() throws {
        var call = try at(.queued)
        call.feed(.lineStopped)
        let log = call.actions.compactMap { if case .summarise(let log, _, _) = $0 { log } else { nil } }.first
        #expect(log?.map(\.heard).last == .speech(Transcript(text: "רגע", confidence: 0.9, understood: true)))
        #expect(call.turnFacts.map(\.entry) == log)
    }

    // MARK: - The line goes and comes back

    /// A line that breaks and returns within its time, in every moment of a call that is alive.
    @Test(arguments: [Moment.opening, .listening, .speaking, .hearing, .awaitingFinal, .thinking, .awaitingAudio, .inReply, .queued])
    func aLineThatReturnsGoesOn(moment: Moment) throws {
        for gap in [100, 3_500, 9_500] {
            var call = try at(moment)
            call.closesWhenAsked = true
            call.feed(.lineLost)
            call.line = TestLine()
            #expect(call.session.phase == .lost)
            call.pass(gap)
            #expect(call.session.phase == .lost)
            call.feed(.lineOpened(streamSID: "MZ2"))
            #expect(call.session.phase == .live)
            #expect(call.hasDeadline)
            // A dialogue and a voice that answer everything they are asked, for a while.
            serve(&call, 20_000)
            #expect(call.session.phase == .live, "\(moment) after \(gap) ms: \(call.endings)")
            let asked = call.asked.count
            call.speak(600)
            call.quiet(500)
            call.transcript(try #require(call.heardTurns.last), "שלום")
            serve(&call, 5_000)
            #expect(call.asked.count > asked, "\(moment) after \(gap) ms: the caller is answered again")
            #expect(call.turnFacts.last?.entry.said == ["תשובה"])
        }
    }

    /// Answers every question to the dialogue and every sentence for the voice, and understands every utterance.
    private func serve(_ call: inout TestCall, _ milliseconds: Int) {
        var seen = 0
        var done: Set<Int> = []
        let end = call.now.adding(milliseconds: milliseconds)
        while call.now < end {
            let log = call.actions
            for action in log[seen...] {
                guard case .send(let pool, let envelope) = action, let turn = envelope.turn?.number else { continue }
                switch envelope.message {
                case .turn where turn == 0:
                    call.done(0, pieces: 0)
                case .turn:
                    call.reply(turn, 0, "תשובה")
                    call.done(turn, pieces: 1)
                case .speak(let speak): call.speech(turn, speak.piece, milliseconds: 300)
                case .listen(.end) where done.insert(turn).inserted: call.transcript(turn, "כן")
                default: _ = pool
                }
            }
            seen = log.count
            call.pass(20)
        }
    }

    @Test func aLostLineIsNotWaitedForBeyondTheLongestCall() throws {
        var policy = TestCall.patient
        policy.longestCall = 20_000
        var call = try TestCall(policy: policy)
        call.open()
        call.pass(7_000)
        call.feed(.lineLost)
        call.pass(9_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(1_000)
        call.feed(.lineLost)
        call.pass(4_000)
        call.feed(.lineOpened(streamSID: "MZ3"))
        call.pass(1_000)
        #expect(call.session.phase != .live)
        #expect(call.endings == [.maximumDuration])
    }

    @Test func aWorkerLostWithTheLineIsReplacedWhenItReturns() throws {
        var call = try TestCall()
        call.open()
        call.feed(.lineLost)
        call.lose(.asr)
        call.lose(.dialog)
        call.pass(1_000)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.pass(1_000)
        #expect(call.epochs[.asr] != nil)
        #expect(call.epochs[.dialog] != nil)
    }

    // MARK: - Workers

    @Test func aPoolWithoutAWorkerIsAskedAgain() throws {
        var call = try TestCall()
        call.workers = []
        call.feed(.lineOpened(streamSID: "MZ1"))
        #expect(call.logs(.noWorker).count == 3)
        #expect(call.asked.isEmpty)
        call.pass(2_000)
        #expect(call.logs(.noWorker).count == 3, "said once")
        #expect(call.actions.count { if case .assign = $0 { true } else { false } } >= 12, "and asked again and again")
        call.workers = [.asr, .dialog, .tts]
        call.pass(500)
        #expect(call.asked == [0], "the opening is asked as soon as somebody is there")
        #expect(call.sent(.asr).map(\.message) == [.assign(Assign(from: 0))])
    }

    @Test func aCallThatNobodyServesEndsInTheFallback() throws {
        var call = try TestCall()
        call.workers = []
        call.feed(.lineOpened(streamSID: "MZ1"))
        for _ in 0..<10 where call.endings.isEmpty {
            call.pass(4_000)
            call.speak(600)
            call.quiet(500)
            call.pass(3_000)
        }
        #expect(call.endings == [.fallback])
        #expect(call.said.first == TestCall.sorry.text, "and not without a word")
    }

    @Test func aLostDialogueIsAskedAgainUnderTheNewEpoch() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("כן")
        let former = try #require(call.epochs[.dialog])
        call.forget()
        call.lose(.dialog)
        let present = try #require(call.epochs[.dialog])
        #expect(former < present)
        let turns = call.sent(.dialog)
        #expect(turns.map(\.message.kind) == ["assign", "turn"])
        #expect(turns.allSatisfy { $0.epoch == present })
        #expect(turns.last?.turn == TurnID(turn))
        call.done(turn, pieces: 0, epoch: former)
        call.answer(turn, ["תודה"])
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    @Test func anAnsweredTurnIsNotAskedAgain() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("כן")
        call.answer(turn, ["תודה"], milliseconds: 2_000)
        call.forget()
        call.lose(.dialog)
        #expect(call.asked.isEmpty)
    }

    @Test func anExcusedTurnIsNotAskedAgain() throws {
        var call = try TestCall()
        call.open()
        _ = try call.utter("כן")
        call.pass(6_001)
        #expect(call.said == [TestCall.sorry.text])
        call.forget()
        call.lose(.dialog)
        #expect(call.asked.isEmpty)
    }

    @Test func aNewRecogniserLearnsWhatIsExpected() throws {
        var call = try TestCall()
        let city = Expectations(name: "city")
        call.open(expecting: city)
        call.forget()
        call.lose(.asr)
        #expect(call.sent(.asr).map(\.message) == [.assign(Assign(expectations: city, from: 0))])
    }

    @Test func aNewVoiceSpeaksWhatTheLostOneDidNot() throws {
        var call = try TestCall()
        call.open()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.lose(.tts)
        #expect(call.spoken == ["תודה", "תודה"])
        call.speech(turn, 0, milliseconds: 300)
        call.pass(1_000)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
    }

    @Test func anOlderEpochDoesNotReplaceANewerOne() throws {
        var call = try TestCall()
        call.open()
        let present = try #require(call.epochs[.tts])
        call.forget()
        call.feed(.assigned(.tts, Epoch(boot: 0, counter: 9)))
        call.feed(.assigned(.tts, present))
        #expect(call.actions.isEmpty)
    }
}
