import ChaosKit
import Testing
import TwilioSimulatorKit

/// A good run of two calls, into which each test plants one fault.
private struct Planted {
    var run: RunRecord

    /// Utterances begin every 4 s: 460 ms of speech, the reply's sentences heard 1.1 s and 2.1 s after.
    static let step = 4_000

    init() {
        var calls: [CallRecord] = []
        var written: [WrittenCall] = []
        for index in 0..<2 {
            let sid = "CA" + String(repeating: String(index), count: 32)
            var call = CallRecord(sid: sid, from: "+97250100000\(index)", began: 0)
            var log = WrittenCall(sid: sid)
            (log.from, log.hasStart, log.hasEnd, log.hasSummary, log.outcome) = (call.from, true, true, true, "callerHungUp")
            log.turns = [.init(turn: 0, kind: "opening", heard: nil, understood: nil)]
            var facts = ["call_started", "turn"]
            for number in 0..<10 {
                let begin = number * Self.step + 1_000
                var utterance = UtteranceRecord(number: index * 100 + number, attempts: [.init(reason: .first, start: begin, end: begin + 460)])
                utterance.heard = [[begin + 1_560], [begin + 2_560]]
                (utterance.answered, utterance.closed, utterance.silenceMs) = (begin + 2_560, begin + 3_100, 600)
                call.utterances.append(utterance)
                log.turns.append(.init(turn: number + 1, kind: "speech", heard: String(utterance.number), understood: true))
                facts += ["lead", "turn"]
            }
            log.lead = String(index * 100 + 9)
            facts += ["call_ended", "summary"]
            log.facts = facts.enumerated().map { .init(id: "\(sid).\(1_000_001 + $0)", kind: $1) }
            (call.ended, call.streams) = (42_000, 1)
            calls.append(call)
            written.append(log)
        }
        run = RunRecord(
            plan: ChaosPlan(seed: 42), command: "again", callers: 2, began: 0, ended: 42_000, events: [], calls: calls, written: written, faults: [])
    }

    mutating func hit(_ target: ChaosTarget, _ kind: ChaosKind, at: Int) {
        run.events.append(
            EventRecord(
                event: ChaosEvent(number: run.events.count + 1, at: at, target: target, kind: kind, victim: 0), at: at,
                victim: target == .gateway ? "gateway" : "\(target.rawValue)-1", pid: 77, over: at + 900))
    }

    /// The first call's utterance 3 has its stream cut in the middle, and is said again.
    mutating func cut(at: Int = 14_000) {
        run.calls[0].gaps = [LineGap(closed: at, opened: at + 1_000, audible: at + 1_500)]
        run.calls[0].streams = 2
        run.calls[0].utterances[3].attempts.append(.init(reason: .asked, start: at + 1_400, end: at + 1_860))
        run.calls[0].utterances[3].asked = [at + 1_300]
    }

    func findings(_ kind: Verdict.Finding.Kind) -> [Verdict.Finding] { Verdict(run).findings.filter { $0.kind == kind } }
    /// The kinds of everything that was found.
    var found: Set<Verdict.Finding.Kind> { Set(Verdict(run).findings.map(\.kind)) }
}

@Suite struct VerdictTests {
    @Test func aRunInWhichNothingGoesWrongIsGood() {
        let verdict = Verdict(Planted().run)
        #expect(verdict.findings.isEmpty)
        #expect(verdict.isGood)
        #expect(verdict.counts.utterances == 20)
        #expect(verdict.counts.facts == 2 * 24)
        #expect(verdict.calmMedian == 600)
        #expect(verdict.text(of: Planted().run).contains("GOOD"))
    }

    @Test func anUtteranceThatIsNotInTheTurnLogIsLost() {
        var planted = Planted()
        // With a fault of the log only: its fact is there, so the facts cry as well.
        planted.run.written?[1].turns.removeAll { $0.heard == "104" }
        #expect(planted.findings(.lost).map(\.number) == [104])
        #expect(planted.findings(.lost).first?.call == planted.run.calls[1].sid)
        #expect(Verdict(planted.run).counts.lost == 1)
    }

    @Test func anUtteranceThatIsTwiceInTheTurnLogIsDoubled() {
        var planted = Planted()
        planted.run.written?[0].turns.append(.init(turn: 11, kind: "speech", heard: "4", understood: true))
        planted.run.written?[0].lead = "4"
        #expect(planted.findings(.doubled).map(\.number) == [4])
    }

    @Test func aReplyThatWasNotWhollyHeardIsALoss() {
        var planted = Planted()
        planted.run.calls[0].utterances[9].heard[1] = []
        planted.run.calls[0].utterances[9].answered = nil
        #expect(planted.found == [.lost])
        #expect(planted.findings(.lost).map(\.number) == [9])
    }

    @Test func askingAgainWithoutACutIsALoss() {
        var planted = Planted()
        planted.hit(.asr, .kill, at: 5_200)
        planted.run.calls[0].utterances[1].attempts.append(.init(reason: .asked, start: 8_000, end: 8_460))
        #expect(planted.findings(.lost).map(\.number) == [1])
        #expect(planted.findings(.lost).first?.text.contains("5200 kill asr-1 (pid 77)") == true)
        #expect(Verdict(planted.run).counts.repeated == 1)
    }

    @Test func repeatingUnaskedIsASilentLoss() {
        var planted = Planted()
        planted.run.calls[0].utterances[1].attempts.append(.init(reason: .unasked, start: 8_000, end: 8_460))
        #expect(planted.found == [.unasked])
    }

    @Test func aCutUtteranceMayBeSaidAgainAndMayBeDoubled() {
        var planted = Planted()
        planted.hit(.gateway, .kill, at: 13_990)
        planted.cut()
        planted.run.calls[0].utterances[3].heard[0].append(15_000)
        planted.run.written?[0].turns.append(.init(turn: 11, kind: "speech", heard: "3", understood: true))
        planted.run.written?[0].facts.append(.init(id: planted.run.calls[0].sid + ".2000001", kind: "turn"))
        planted.run.written?[0].lead = "3"
        let verdict = Verdict(planted.run)
        #expect(verdict.findings.isEmpty, "\(verdict.findings)")
        #expect(verdict.counts.cut == 1)
        #expect(verdict.counts.repeated == 1)
        #expect(verdict.resumed.first?.values?.worst == 1_500)
    }

    @Test func aCutUtteranceMustBeAnsweredInTheEndAndBeInTheLog() {
        var planted = Planted()
        planted.hit(.gateway, .kill, at: 13_990)
        planted.cut()
        planted.run.calls[0].utterances[3].answered = nil
        planted.run.calls[0].utterances[3].closed = nil
        #expect(planted.findings(.cutUnanswered).map(\.number) == [3])
        var other = Planted()
        other.hit(.gateway, .kill, at: 13_990)
        other.cut()
        other.run.written?[0].turns.removeAll { $0.heard == "3" }
        #expect(other.findings(.factLost).contains { $0.number == 3 })
        #expect(other.findings(.lost).isEmpty)
    }

    @Test func whatWentWrongBeforeTheCutIsNotExcusedByIt() {
        var planted = Planted()
        planted.hit(.gateway, .kill, at: 13_990)
        planted.cut()
        planted.run.calls[0].utterances[3].asked = [13_900, 15_300]
        #expect(planted.found == [.lost])
    }

    @Test func aLineThatBreaksWithoutAGatewaysDeathExcusesNothing() {
        var planted = Planted()
        planted.cut()
        #expect(planted.found == [.lineLost, .lost])
    }

    @Test func aConversationThatGoesOnTooLateIsTold() {
        var planted = Planted()
        planted.hit(.gateway, .kill, at: 13_990)
        planted.cut()
        planted.run.calls[0].gaps[0].audible = 17_001
        #expect(planted.found == [.tooSlow])
        planted.run.calls[0].gaps[0].audible = nil
        #expect(planted.found == [.tooSlow])
    }

    @Test func whatNobodySaidIsForeign() {
        var planted = Planted()
        planted.run.written?[0].turns.append(.init(turn: 11, kind: "speech", heard: "104", understood: true))
        planted.run.written?[0].turns.append(.init(turn: 12, kind: "speech", heard: "3 4", understood: true))
        planted.run.calls[1].strays = [.init(number: 4, at: 5_000)]
        planted.run.written?.append(WrittenCall(sid: "CA" + String(repeating: "f", count: 32)))
        #expect(planted.findings(.foreign).count == 4)
    }

    @Test func sentencesHeardAgainAreAllowedOncePerVoiceThatWasHit() {
        var planted = Planted()
        planted.run.calls[0].utterances[2].heard[1].append(12_000)
        #expect(planted.found == [.tooManyRepeats])
        planted.hit(.tts, .kill, at: 11_000)
        #expect(planted.found == [])
        #expect(Verdict(planted.run).counts.repeatedSentences == 1)
        planted.run.calls[0].utterances[5].heard[0].append(24_000)
        #expect(planted.found == [.tooManyRepeats])
    }

    @Test func factsThatAreMissingOrTwiceAreFound() {
        func fact(_ change: (inout WrittenCall) -> Void) -> Set<Verdict.Finding.Kind> {
            var planted = Planted()
            if var call = planted.run.written?[0] {
                change(&call)
                planted.run.written?[0] = call
            }
            return planted.found
        }
        let next = Planted().run.calls[0].sid + ".1000025"
        #expect(fact { $0.facts.removeAll { $0.kind == "summary" } } == [.factLost])
        #expect(fact { $0.hasEnd = false } == [.factLost])
        #expect(fact { $0.facts.append(.init(id: next, kind: "call_started")) } == [.factDoubled])
        #expect(fact { $0.facts.append(.init(id: next, kind: "summary")) } == [.factDoubled])
        #expect(fact { $0.facts.append(.init(id: next, kind: "turn")) } == [.factDoubled])
        // The lead was made, and its fact is nowhere: the next number shows it.
        #expect(fact { call in call.facts.remove(at: call.facts.lastIndex { $0.kind == "lead" } ?? 0) } == [.factLost])
        #expect(fact { $0.lead = "8" } == [.factLost])
        #expect(fact { $0.from = "+972501000009" } == [.factLost])
        var planted = Planted()
        planted.run.written?.remove(at: 0)
        #expect(planted.findings(.factLost).count == 1)
        planted.run.written = nil
        #expect(planted.found == [.harness])
    }

    @Test func aCallThatTheAgentEndsIsLost() {
        var planted = Planted()
        planted.run.calls[0].cutOff = "ended by the agent: <Hangup>"
        #expect(planted.found == [.callLost])
    }

    @Test func extraSilenceIsMeasuredAgainstCalmTurnsAndJudged() throws {
        var planted = Planted()
        planted.hit(.dialog, .kill, at: 5_500)
        planted.run.calls[0].utterances[1].silenceMs = 1_500
        var verdict = Verdict(planted.run)
        #expect(verdict.isGood)
        let dialog = try #require(verdict.silences.first { $0.name == "  only dialog" }?.values)
        #expect(dialog.worst == 900)
        #expect(dialog.count == 2, "both calls were speaking then")
        // The turn after it is no measure of calm.
        #expect(verdict.silences.first { $0.name == "calm" }?.values?.count == 20 - 2)
        planted.run.calls[0].utterances[1].silenceMs = 1_700
        verdict = Verdict(planted.run)
        #expect(verdict.findings.map(\.kind) == [.tooSlow])
    }

    @Test func aFaultOfTheHarnessIsNoSuccess() {
        var planted = Planted()
        planted.run.faults = ["3 events were not struck"]
        #expect(planted.found == [.harness])
    }

    @Test func theReportNamesTheSeedAndTheCommand() {
        var planted = Planted()
        planted.run.calls[0].cutOff = "ended by the agent: <Hangup>"
        let text = Verdict(planted.run).text(of: planted.run)
        #expect(text.contains("seed 42; again with:\n  again"))
        #expect(text.contains(planted.run.calls[0].sid))
    }
}
