import BusContract
import CallEngine
import CallVocabulary
import Testing

/// What goes wrong only when two things happen at once: losses and deadlines, deaths and assignments, ends and recoveries.
@Suite struct FailoverEdgeTests {
    private static let clips: [CallOpening.Clip: CallOpening.CannedLine] = [
        .sorry: TestCall.sorry, .moment: TestCall.moment, .resumed: TestCall.resumed,
    ]
    private func opened() throws -> TestCall {
        var call = try TestCall(clips: Self.clips)
        call.open(expecting: Expectations(name: "city"))
        return call
    }

    /// Two utterances wait for finals when the recogniser is replaced: each has the time that the new one was given.
    @Test func bothUtterancesOfAFailoverAreHeard() throws {
        var call = try opened()
        call.speak(600)
        call.quiet(500)
        call.speak(600)
        call.quiet(500)
        let turns = call.heardTurns
        #expect(turns.count == 2)
        call.pass(900)
        call.lose(.asr, .hung)
        call.pass(2_000)
        call.transcript(turns[0], "חיפה")
        #expect(call.logs(.stageLate).isEmpty)
        call.transcript(turns[1], "שלוש")
        #expect(
            call.remembered.map(\.heard) == [
                .speech(Transcript(text: "חיפה", confidence: 0.9, understood: true)),
                .speech(Transcript(text: "שלוש", confidence: 0.9, understood: true)),
            ])
    }

    /// What the caller says next does not take back the time that the new recogniser was given.
    @Test func theNextUtteranceDoesNotTakeBackTheDeadline() throws {
        var call = try opened()
        call.speak(600)
        call.quiet(500)
        let turn = try #require(call.heardTurns.last)
        call.pass(1_500)
        call.lose(.asr)
        call.speak(600)
        call.quiet(500)
        #expect(call.logs(.stageLate).isEmpty, "1.1 s after the failover")
        call.transcript(turn, "חיפה")
        #expect(call.remembered.first?.heard == .speech(Transcript(text: "חיפה", confidence: 0.9, understood: true)))
    }

    /// "One moment" grants 8 s, whatever the caller says meanwhile.
    @Test func theHoldIsNotTakenBackByTheCallersNextWord() throws {
        var call = try opened()
        call.speak(600)
        call.quiet(500)
        call.workers.remove(.asr)
        call.lose(.asr)
        call.pass(2_000)
        call.speak(600)
        call.quiet(500)
        #expect(call.logs(.stageLate).isEmpty, "3.2 s after the loss, 8 s were granted")
    }

    /// The news of the death may overtake the news of the assignment.
    @Test func aWorkerThatDiesBeforeItsAssignmentIsToldIsReplaced() throws {
        let id = try #require(CallID("CA00000000000000000000000000000001"))
        var session = CallSession(
            CallOpening(
                call: id, business: BusinessID("b"), caller: nil, called: "+9723", startedUnixMilliseconds: 0, greeting: "x", clips: Self.clips))
        func epoch(_ n: UInt32) -> Epoch { Epoch(boot: 1, counter: n) }
        _ = session.handle(.lineOpened(streamSID: "MZ"), at: .zero)
        _ = session.handle(.assigned(.dialog, epoch(1)), at: .zero)
        _ = session.handle(.assigned(.tts, epoch(2)), at: .zero)
        // fleet.assign gave epoch 3 and it was lost at once: lost is delivered before assigned.
        var actions = session.handle(.workerLost(.asr, epoch(3), .died), at: .zero)
        actions += session.handle(.assigned(.asr, epoch(3)), at: .zero)
        var now = CallTime.zero
        for _ in 0..<300 {
            now = now.adding(milliseconds: 100)
            actions += session.handle(.tick, at: now)
        }
        #expect(actions.contains(.assign(.asr, replacing: true)), "in 30 s nobody is asked for")
    }

    @Test func fiveUnansweredUtterancesSurviveTheGateway() throws {
        let entries = (1...5).map { TurnEntry(turn: TurnID($0), heard: .speech(Transcript(text: "\($0)", confidence: 1, understood: true))) }
        let history = CallOpening.History(log: [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום"])], unanswered: entries, lead: [:])
        var call = try TestCall(clips: Self.clips, history: history, firstFact: 2_000_001)
        call.feed(.lineOpened(streamSID: "MZ2"))
        call.feed(.callCompleted)
        #expect(call.turnFacts.map(\.entry.turn.number) == [1, 2, 3, 4, 5])
    }

    /// One is with the dialogue and the others wait: all of them are kept.
    @Test func everyUtteranceOfAHoldIsInTheLog() throws {
        var call = try opened()
        call.workers.remove(.dialog)
        call.lose(.dialog)
        for n in 1...6 { try call.utter("\(n)") }
        call.feed(.lineStopped)
        #expect(call.turnFacts.compactMap { if case .speech(let t) = $0.entry.heard { t.text } else { nil } } == ["1", "2", "3", "4", "5", "6"])
    }

    /// Killed during the summary: the next life tells the end again, under the same id.
    @Test func theEndIsToldOnce() throws {
        var first = try opened()
        first.pass(20_000)
        first.feed(.lineStopped)
        let told = first.facts.filter { if case .callEnded = $0.body { true } else { false } }
        // The journal has .decided(callerHungUp) and every closed turn; the gateway is killed before the summary comes.
        let history = CallOpening.History(log: first.session.turns.log, unanswered: [], lead: [:], outcome: first.session.outcome)
        var second = try TestCall(clips: Self.clips, history: history, firstFact: 2_000_001)
        second.pass(60_000)
        second.feed(.callCompleted)
        let again = second.facts.filter { if case .callEnded = $0.body { true } else { false } }
        #expect(Set(told.map(\.id)).isSuperset(of: again.map(\.id)), "\(told) \(again)")
    }

    @Test func aVoiceThatIgnoresItsCreditIsNotBuffered() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.reply(turn, 0, "א")
        for index in 0..<100 { call.speech(turn, 0, milliseconds: 60_000, index: index, last: false) }
        #expect(!call.logs(.stageLate).isEmpty, "100 minutes of audio for one sentence; 4 s were granted")
    }

    /// A canned line for a later turn is being played when the reply to the earlier one comes.
    @Test func aSentenceThatIsPlayedIsNotCutInTwo() {
        let player = Player()
        let (moment, reply) = (SpeechID(turn: TurnID(5), piece: -2), SpeechID(turn: TurnID(4), piece: 0))
        player.expect(moment)
        player.receive([UInt8](repeating: 1, count: 16_000), for: moment, last: true)
        var played: [UInt8] = []
        func run(_ ms: Int) {
            for case .play(let bytes) in player.pump(at: CallTime(milliseconds: ms)) { played += bytes }
        }
        run(0)
        player.expect(reply)
        player.receive([UInt8](repeating: 2, count: 4_000), for: reply, last: true)
        for ms in stride(from: 0, through: 4_000, by: 20) { run(ms) }
        #expect(zip(played, played.dropFirst()).count { $0 != $1 } == 1, "one, two, and not one again")
    }

    /// Losses soon after an assignment, minutes apart: the work did not kill them.
    @Test func quickLossesThatLieFarApartAreAccidents() throws {
        var call = try opened()
        for _ in 0..<5 {
            call.isLeaving(.asr)
            call.quiet(1_000)
            call.lose(.asr)
            call.quiet(6_000)
        }
        #expect(call.logs(.workerLost).count == 5)
        #expect(call.logs(.quarantined).isEmpty)
    }

    /// Poison may come with the assignment and not with a turn.
    @Test func expectationsThatKillRecognisersAreQuarantined() throws {
        var call = try opened()
        call.quiet(1_000)
        for _ in 0..<20 { call.lose(.asr) }
        #expect(!call.logs(.quarantined).isEmpty)
    }

    /// A worker of one pool cannot speak for another.
    @Test func aRecogniserCannotAnswerForTheDialogue() throws {
        var call = try opened()
        let turn = try call.utter("כן")
        call.from(.asr, .reply(ReplyPiece(piece: 0, text: "from asr")), turn: turn)
        #expect(call.spoken.isEmpty)
    }

    @Test func anUtteranceInFlightWhenTheCallEndsIsInTheLog() throws {
        var call = try opened()
        call.speak(600)
        call.quiet(500)
        call.feed(.lineStopped)
        call.feed(.callCompleted)
        #expect(call.endings.isEmpty, "the last words are still being heard")
        let turn = try #require(call.heardTurns.last)
        call.transcript(turn, "אפס חמש שתיים")
        #expect(call.turnFacts.last?.entry.heard == .speech(Transcript(text: "אפס חמש שתיים", confidence: 0.9, understood: true)))
        #expect(call.endings == [.callerHungUp])
    }
}
