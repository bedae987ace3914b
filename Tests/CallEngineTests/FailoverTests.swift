import BusContract
import CallEngine
import CallVocabulary
import Testing

/// Any worker may die at any moment: nothing that was said is lost, and nothing is said twice that need not be.
@Suite struct FailoverTests {
    private static let clips: [CallOpening.Clip: CallOpening.CannedLine] = [
        .sorry: TestCall.sorry, .moment: TestCall.moment, .resumed: TestCall.resumed,
    ]
    private func opened(_ policy: CallPolicy = TestCall.patient) throws -> TestCall {
        var call = try TestCall(policy: policy, clips: Self.clips)
        call.open(expecting: Expectations(name: "city"))
        return call
    }
    private func marks(_ call: TestCall) -> [Listen] {
        call.sent(.asr).compactMap { if case .listen(let mark) = $0.message { mark } else { nil } }
    }
    private func assign(_ call: TestCall) -> Assign? {
        call.sent(.asr).compactMap { if case .assign(let assign) = $0.message { assign } else { nil } }.last
    }

    // MARK: - Hearing

    @Test func aRecogniserLostInMidUtteranceIsReplacedByOneThatHearsItFromTheBeginning() throws {
        var call = try opened()
        call.quiet(3_000)
        call.speak(800)
        let begin = try #require(marks(call).last)
        guard case .begin(let from) = begin else { return #expect(Bool(false), "\(begin)") }
        call.forget()
        call.lose(.asr)
        #expect(assign(call)?.expectations == Expectations(name: "city"))
        #expect(assign(call)?.from == from - 50, "a second of context")
        #expect(marks(call) == [begin])
        call.speak(200)
        call.quiet(500)
        #expect(call.published.first == from - 50)
        #expect(call.published == Array(call.published[0]...(call.published.last ?? 0)), "every frame once, in order")
        let turn = try #require(call.heardTurns.last)
        call.transcript(turn, "תל אביב")
        #expect(call.asked.last == turn)
        #expect(call.turnFacts.isEmpty)
    }

    @Test func anUtteranceThatWaitsForItsFinalIsHeardByTheNextOne() throws {
        var call = try opened()
        call.speak(600)
        call.quiet(500)
        let turn = try #require(call.heardTurns.last)
        let former = try #require(call.epochs[.asr])
        let before = marks(call)
        call.pass(2_000)
        call.forget()
        call.lose(.asr, .hung)
        #expect(marks(call) == before, "the same marks again: begin and end")
        call.pass(1_000)
        call.transcript(turn, "מן העבר", epoch: former)
        #expect(call.asked.isEmpty, "a thawed recogniser is not listened to")
        #expect(call.logs(.staleEpoch).count == 1)
        call.transcript(turn, "חיפה")
        #expect(call.lastQuestion?.heard == .speech(Transcript(text: "חיפה", confidence: 0.9, understood: true)))
        #expect(call.remembered.map(\.turn) == [TurnID(turn)])
        #expect(call.logs(.stageLate).isEmpty, "the deadline counts from the new worker's start")
    }

    @Test func aLongUtteranceIsReplayedNoFasterThanProvidersTakeIt() throws {
        var call = try opened()
        call.media(Sound.vowel(milliseconds: 10_000))
        call.forget()
        call.lose(.asr)
        #expect(call.published.count == 100, "a burst at once")
        call.pass(200)
        #expect((150...220).contains(call.published.count), "then ten times real time: \(call.published.count)")
        call.quiet(1_000)
        #expect(call.published.last == UInt32(500 + 50 - 1))
        #expect(call.published == Array(call.published[0]...(call.published.last ?? 0)))
    }

    @Test func theRingForgetsWhatIsOlderThanThirtySeconds() throws {
        var policy = TestCall.patient
        policy.longestUtterance = 60_000
        var call = try opened(policy)
        call.media(Sound.vowel(milliseconds: 40_000))
        call.forget()
        call.lose(.asr)
        #expect(assign(call)?.from == 500)
        call.pass(5_000)
        #expect(call.published.count == AudioRing.capacity)
    }

    @Test func missingFramesAreSentAgainAndNotWithoutEnd() throws {
        var call = try opened()
        call.quiet(2_000)
        call.forget()
        call.from(.asr, .resend(Resend(from: 10, through: 12)), turn: nil)
        #expect(call.published == [10, 11, 12])
        call.from(.asr, .resend(Resend(from: 90, through: .max)), turn: nil)
        #expect(call.published == [10, 11, 12] + Array(90..<100))
        call.from(.asr, .resend(Resend(from: 9, through: 3)), turn: nil)
        #expect(call.published.count == 13, "backwards is nothing")
        for _ in 0..<1_000 { call.from(.asr, .resend(Resend(from: 0, through: .max)), turn: nil) }
        #expect(call.published.count <= AudioRing.capacity)
    }

    // MARK: - Thinking

    @Test func aReplyGoesOnAfterWhatWasSaid() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "יופי.")
        call.speech(turn, 0, milliseconds: 500)
        call.forget()
        call.lose(.dialog)
        #expect(call.lastQuestion?.said == ["יופי."])
        call.reply(turn, 1, "באיזו עיר?")
        call.done(turn, pieces: 2)
        call.speech(turn, 1, milliseconds: 500)
        call.pass(2_000)
        #expect(call.turnFacts.last?.entry.said == ["יופי.", "באיזו עיר?"])
        #expect(call.said == ["באיזו עיר?"], "nothing is said again")
    }

    // MARK: - Speaking

    @Test func whatHasArrivedWholePlaysOnAndTheRestIsMadeAnew() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        for (piece, text) in ["א", "ב", "ג"].enumerated() { call.reply(turn, piece, text) }
        call.done(turn, pieces: 3)
        call.speech(turn, 0, milliseconds: 1_000)
        call.speech(turn, 1, milliseconds: 300, last: false)
        call.forget()
        call.lose(.tts)
        #expect(call.spoken == ["ב", "ג"])
        #expect(call.logs(.sentenceRepeated).isEmpty, "nothing of it had been sent")
        call.speech(turn, 1, milliseconds: 500)
        call.speech(turn, 2, milliseconds: 500)
        call.pass(4_000)
        #expect(call.turnFacts.last?.entry.said == ["א", "ב", "ג"])
    }

    @Test func aSentenceWhoseBeginningWasHeardIsRepeatedOnceAndCounted() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "א")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 300, last: false)
        call.pass(100)
        let heard = call.playedMilliseconds
        call.lose(.tts)
        #expect(call.logs(.sentenceRepeated).count == 1)
        call.speech(turn, 0, milliseconds: 900)
        call.pass(2_000)
        #expect(call.playedMilliseconds == heard + 900)
        #expect(call.turnFacts.last?.entry.said == ["א"])
        #expect(call.turnFacts.count == 2)
    }

    // MARK: - Nobody there

    @Test(arguments: [Pool.asr, .dialog, .tts]) func aCallerWhoWaitsForNobodyIsToldSoAndServedLater(pool: Pool) throws {
        var call = try opened()
        var turn = 0
        if pool == .asr {
            call.speak(600)
            call.quiet(500)
            turn = try #require(call.heardTurns.last)
        } else {
            turn = try call.utter("כן")
            if pool == .tts {
                call.reply(turn, 0, "תודה")
                call.done(turn, pieces: 1)
            }
        }
        call.workers.remove(pool)
        call.lose(pool)
        call.pass(1_001)
        #expect(call.playedMilliseconds >= 500, "one moment, within a second")
        #expect(call.turnFacts.count == 1)
        call.pass(3_000)
        #expect(call.logs(.stageLate).isEmpty)
        call.workers.insert(pool)
        call.pass(501)
        switch pool {
        case .asr: call.transcript(turn, "כן")
        default: break
        }
        if pool == .tts { call.speech(turn, 0, milliseconds: 500) } else { call.answer(turn, ["תודה"]) }
        call.pass(2_000)
        #expect(call.turnFacts.last?.entry.said == ["תודה"])
        #expect(call.turnFacts.last?.entry.heard == .speech(Transcript(text: "כן", confidence: 0.9, understood: true)))
    }

    @Test func patienceEnds() throws {
        var call = try opened()
        _ = try call.utter("כן")
        call.workers.remove(.dialog)
        call.lose(.dialog)
        call.pass(9_500)
        #expect(call.said.last == TestCall.sorry.text)
    }

    // MARK: - Poison

    @Test(arguments: [WorkerLoss.died, .hung]) func workThatIsInFlightAtTwoDeathsIsNotGivenToAThird(loss: WorkerLoss) throws {
        var call = try opened()
        _ = try call.utter("כן")
        call.lose(.dialog, loss)
        #expect(call.session.phase == .live)
        call.lose(.dialog, loss)
        #expect(call.logs(.quarantined).count == 1)
        #expect(call.session.outcome == .fallback)
        call.pass(10_000)
        #expect(call.endings == [.fallback])
    }

    @Test func deathsThatHitDifferentWorkAreAccidents() throws {
        var call = try opened()
        for _ in 0..<6 {
            let turn = try call.utter("כן")
            call.lose(.dialog)
            call.lose(.asr)
            call.lose(.tts)
            call.lose(.dialog, .left)
            call.answer(turn, ["תודה"])
            call.pass(2_000)
            call.lose(.dialog)
            call.quiet(2_500)
            call.lose(.dialog)
            call.quiet(2_500)
        }
        #expect(call.logs(.quarantined).isEmpty)
        #expect(call.session.phase == .live)
    }

    @Test func aLossOfAnEarlierEpochConcernsNobody() throws {
        var call = try opened()
        let former = try #require(call.epochs[.tts])
        call.lose(.tts)
        call.forget()
        call.feed(.workerLost(.tts, former, .died))
        #expect(call.actions.isEmpty)
    }

    // MARK: - Leaving

    @Test func aLeavingRecogniserIsLeftBetweenUtterances() throws {
        var call = try opened()
        call.speak(600)
        let epoch = try #require(call.epochs[.asr])
        call.isLeaving(.asr)
        call.quiet(500)
        #expect(call.epochs[.asr] == epoch, "its final is still due")
        call.transcript(try #require(call.heardTurns.last), "כן")
        #expect(call.actions.contains(.move(.asr)))
        #expect(try #require(call.epochs[.asr]) > epoch)
        #expect(call.actions.count { $0 == .move(.asr) } == 1)
    }

    @Test func aLeavingVoiceFinishesWhatItIsSaying() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "תודה")
        call.done(turn, pieces: 1)
        call.speech(turn, 0, milliseconds: 300, last: false)
        call.isLeaving(.tts)
        call.isLeaving(.dialog)
        #expect(call.actions.contains(.move(.dialog)), "the dialogue has answered")
        #expect(!call.actions.contains(.move(.tts)))
        call.speech(turn, 0, milliseconds: 300, index: 1)
        #expect(call.actions.contains(.move(.tts)))
        #expect(call.spoken == ["תודה"], "nothing is said again")
    }

    @Test func whoHasNowhereToGoStaysAndTriesAgain() throws {
        var call = try opened()
        call.workers.remove(.asr)
        call.isLeaving(.asr)
        call.pass(2_200)
        #expect((3...6).contains(call.actions.count { $0 == .move(.asr) }))
        call.workers.insert(.asr)
        call.pass(600)
        call.forget()
        call.pass(3_000)
        #expect(!call.actions.contains(.move(.asr)))
    }

    // MARK: - The gateway leaves

    @Test func aCallIsHandedOverWhenItListens() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.feed(.handOver(atOnce: false))
        call.answer(turn, ["תודה"])
        #expect(call.closings == 0)
        call.pass(1_000)
        #expect(call.closings == 1)
        #expect(call.actions.contains(.handedOver))
        #expect(call.endings.isEmpty, "the call goes on elsewhere")
        #expect(call.session.nextWake == nil)
    }

    @Test func aCallerIsNotCutOffInMidSentenceUnlessTimeIsUp() throws {
        var call = try opened()
        call.speak(600)
        call.feed(.handOver(atOnce: false))
        call.speak(600)
        #expect(call.closings == 0)
        call.feed(.handOver(atOnce: true))
        #expect(call.closings == 1)
    }

    // MARK: - A call of an earlier life

    private func history(unanswered: [TurnEntry] = [], outcome: CallOutcome? = nil) -> CallOpening.History {
        CallOpening.History(
            log: [
                TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום"]),
                TurnEntry(turn: TurnID(3), heard: .speech(Transcript(text: "כן", confidence: 1, understood: true)), said: ["באיזו עיר?"]),
            ], unanswered: unanswered, lead: ["need": "rent"], outcome: outcome)
    }

    @Test func aCallThatReturnsSaysOneSentenceAndAsksAgain() throws {
        var call = try TestCall(clips: Self.clips, history: history(), firstFact: 2_000_001)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.asked == [4])
        #expect(call.lastQuestion?.heard == .interrupted)
        #expect(call.lastQuestion?.log.map(\.turn) == [TurnID(0), TurnID(3)])
        #expect(call.playedMilliseconds >= 400, "without waiting for any worker")
        call.answer(4, ["באיזו עיר?"], lead: ["need": "rent"])
        call.pass(3_000)
        #expect(call.said == ["באיזו עיר?"])
        #expect(call.facts.first?.id.hasSuffix(".1") == true, "the start of the call has the same id in every life")
        #expect(call.turnFacts.last?.entry.turn == TurnID(4))
        #expect(call.session.turns.lead == ["need": "rent"])
        #expect(call.session.isListening)
    }

    @Test func anUnansweredUtteranceIsAnsweredUnderItsOwnNumber() throws {
        let entry = TurnEntry(turn: TurnID(5), heard: .speech(Transcript(text: "חיפה", confidence: 1, understood: true)))
        var call = try TestCall(clips: Self.clips, history: history(unanswered: [entry]), firstFact: 2_000_001)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.asked == [5])
        #expect(call.lastQuestion?.heard == entry.heard)
        call.answer(5, ["תודה"])
        call.pass(3_000)
        #expect(call.turnFacts.map(\.entry.turn) == [TurnID(5)])
        #expect(try call.utter("כן") == 6)
    }

    @Test func aCallThatEndedWhileNobodyWasThereIsToldAsItWasDecided() throws {
        var call = try TestCall(clips: Self.clips, history: history(outcome: .served))
        call.feed(.callCompleted)
        #expect(call.endings == [.served])
        call.feed(.summary("סיכום"))
        #expect(call.finished == [.served])
    }

    @Test func theReplayOfAReturnedCallIsExact() throws {
        var call = try TestCall(clips: Self.clips, history: history(), firstFact: 2_000_001)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.answer(4, ["באיזו עיר?"])
        call.pass(2_000)
        call.lose(.asr)
        _ = try call.utter("חיפה")
        let (steps, difference) = try CallTrace.replay(call.trace())
        #expect(steps == call.steps.count - 1)
        #expect(difference == nil)
    }

    @Test func aFinalThatComesWhileTheLineIsLostCounts() throws {
        var call = try opened()
        call.speak(600)
        call.quiet(500)
        let turn = try #require(call.heardTurns.last)
        call.feed(.lineLost)
        call.transcript(turn, "כן")
        call.pass(500)
        call.feed(.lineOpened(streamSID: "MZ2"))
        #expect(call.asked.last == turn)
    }
}
