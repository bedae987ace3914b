import BusContract
import CallEngine
import CallVocabulary
import Foundation
import GatewayJournal
import Logging
import NIOCore
import Synchronization
import Testing
import TwilioREST
import TwilioWire

@testable import Gateway

/// The watch over streams that never come, and the names in the log that operators look for.
@Suite struct DeskWatchTests {
    private let call = DeskRig.call(1)
    private let landing = CallUpdate.url("https://voice.example.com/webhook/handle_recording")

    private func outcome(_ facts: [Int: Fact.Body]) -> CallOutcome? { if case .callEnded(let outcome, _, _) = facts[2] { outcome } else { nil } }

    private func redirected(_ rig: DeskRig, _ count: Int = 1) async throws {
        try await rig.eventually("update \(count)") { (rig.updater?.updates.count ?? 0) >= count }
    }

    @Test func itCountsFromTheAnswerAndCutsNoGreeting() async throws {
        try await DeskRig.live(.init(start: 9)) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.clock.advance(seconds: Double(DeskRig.secondsOfGreeting) + 9)
            rig.desk.tick()
            #expect(rig.entry(call)?.exit == nil)
            rig.clock.advance(seconds: 0.001)
            rig.desk.tick()
            try await redirected(rig)
            #expect(rig.updater?.updates == [landing])
            rig.desk.tick()
            #expect(rig.book.lines("WATCHDOG_REDIRECT").map(\.metadata) == [["call": call.rawValue, "watch": "no start", "generation": "1"]])
            #expect(try await rig.ask(.handleRecording, call).document.isMessage)
            rig.clock.advance(seconds: 60)
            rig.desk.tick()
            #expect(rig.updater?.updates == [landing], "whoever has landed is left alone")
            #expect(outcome(await rig.facts(call)) == .fallback)
            #expect(rig.book.lines("CALL_ENDED").count == 1)
        }
    }

    @Test func aStreamThatCameIsNotMissed() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            rig.clock.advance(seconds: 100)
            rig.desk.tick()
            #expect(rig.entry(call)?.exit == nil)
        }
    }

    /// The watch's request is on its way when the stream comes, and Twilio carries it out: the stream stops as if the caller had hung up, and
    /// the caller stands at the recording.
    @Test func aStreamThatComesWhileTheUpdateIsUnderWayEndsAtTheRecording() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let document = try await rig.ask(.incomingCall, call).document
            rig.clock.advance(seconds: 30)
            rig.desk.tick()
            try await redirected(rig)
            let line = FakeLine()
            _ = try await rig.stream(document, line)
            try await rig.feed(.lineStopped, line)
            try await rig.finished(call)
            #expect(rig.entry(call)?.outcome == .callerHungUp)
            #expect(try await rig.ask(.handleRecording, call, ["CallStatus": "in-progress"]).document.isMessage)
            #expect(try await rig.ask(.handleRecording, call, ["CallStatus": "completed"]).document == .endCall)
        }
    }

    @Test func whoeverIsGoneNeedsNoRecording() async throws {
        try await DeskRig.live(.init(updater: FakeUpdater(.over("21220")))) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.clock.advance(seconds: 30)
            rig.desk.tick()
            try await rig.eventually("the end") { rig.entry(call)?.outcome == .callerHungUp }
            let facts = await rig.facts(call)
            #expect(outcome(facts) == .callerHungUp && facts[4] == nil)
        }
    }

    @Test(arguments: [(CallUpdateResult.failed("20429"), CallBook.redirects), (.uncertain("no answer"), CallBook.redirects), (.refused("20003"), 1)])
    func whatTwilioDoesNotTakeIsTriedAgainAndAnsweredWhenItAsks(_ result: CallUpdateResult, _ attempts: Int) async throws {
        try await DeskRig.live(.init(updater: FakeUpdater(result))) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            for attempt in 1...6 {
                rig.clock.advance(seconds: 15)
                rig.desk.tick()
                if attempt <= attempts { try await redirected(rig, attempt) }
                try await rig.eventually("the answer") { rig.book.count("call update") == min(attempt, attempts) }
            }
            #expect(rig.updater?.updates.count == attempts)
            #expect(rig.book.lines("WATCHDOG_REDIRECT").count == 1)
            #expect(try await rig.ask(.streamEnded, call).document.isMessage)
            #expect(outcome(await rig.facts(call)) == .fallback)
        }
    }

    @Test func aStreamThatComesWhileTwilioIsBusyStays() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, call).document
            rig.updater?.hold()
            rig.clock.advance(seconds: 11)
            rig.desk.tick()
            #expect(rig.entry(call)?.exit == .record)
            let line = FakeLine()
            #expect(try await rig.stream(first, line) != nil)
            rig.updater?.release()
            try await rig.eventually("the refusal") { rig.updater?.state.withLock { $0.refusedByPermit } == 1 }
            #expect(rig.updater?.updates.isEmpty == true)
            #expect(rig.entry(call)?.exit == nil && line.closed == 0)
            #expect(rig.desk.control().announce(call, "sorry_he", 1_000) != nil, "the call can be played to again")
        }
    }

    @Test func withoutAnAccountNothingIsTriedAndTwilioIsAnswered() async throws {
        try await DeskRig.live(.init(updater: nil)) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.clock.advance(seconds: 11)
            rig.desk.tick()
            #expect(try await rig.ask(.streamEnded, call).document.isMessage)
        }
    }

    @Test func aCallWhoseStreamNeverComesEndsByItself() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.clock.advance(seconds: 65)
            #expect(rig.desk.activeCalls == 0, "its slot was a lease")
            rig.clock.advance(seconds: 61)
            rig.desk.tick()
            let facts = await rig.facts(call)
            #expect(outcome(facts) == .failed && rig.entry(call)?.outcome == .failed)
            #expect(facts[4] != nil, "nobody knows what became of the caller: called back")
            #expect(try await rig.ask(.streamEnded, call).document.isMessage, "should somebody be there")
        }
    }

    // MARK: - It survives a restart

    @Test func itSurvivesARestart() async throws {
        try await DeskRig.lives { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
        } _: { (rig: DeskRig) async throws in
            #expect(rig.recovered.map(\.card.call) == [call])
            rig.clock.advance(seconds: 20)
            rig.desk.tick()
            #expect(rig.entry(call)?.exit == nil, "it may hear a greeting")
            rig.clock.advance(seconds: 17)
            rig.desk.tick()
            try await redirected(rig)
            #expect(rig.updater?.updates == [landing])
            #expect(try await rig.ask(.handleRecording, call).document.isMessage)
            #expect(outcome(await rig.facts(call)) == .fallback)
        }
    }

    @Test func whatIsNeverHeardOfAgainAfterARestartEnds() async throws {
        try await DeskRig.lives { rig in
            _ = try await rig.ask(.incomingCall, call)
            _ = try await rig.stream(try await rig.ask(.incomingCall, DeskRig.call(2)).document)
        } _: { rig in
            for _ in 0..<120 {
                rig.clock.advance(seconds: 1)
                rig.desk.tick()
            }
            try await rig.finished(DeskRig.call(2))
            #expect(outcome(await rig.facts(call)) == .failed)
            #expect(outcome(await rig.facts(DeskRig.call(2))) == .callerHungUp)
            let calls = Set(rig.updater?.state.withLock { $0.updates.map(\.call) } ?? [])
            #expect(calls == [call.rawValue, DeskRig.call(2).rawValue], "the watch had the first word")
            await rig.journal.flush()
            #expect(await rig.journal.openCalls().isEmpty)
        }
    }

    @Test func aConversationThatTwilioDoesNotAskAboutIsRecordedAfterARestart() async throws {
        try await DeskRig.lives { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
        } _: { (rig: DeskRig) async throws in
            rig.clock.advance(seconds: 16)
            rig.desk.tick()
            try await redirected(rig)
            #expect(rig.updater?.updates == [landing])
            #expect(try await rig.ask(.handleRecording, call).document.isMessage)
            try await rig.finished(call)
            #expect(rig.entry(call)?.outcome == .fallback)
        }
    }

    /// Twilio calls the person for half a minute and more, and nothing is missing meanwhile.
    @Test func aTransferIsNotCutByARestart() async throws {
        func transferring(_ rig: DeskRig) async throws {
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
            try await rig.feed(.digit("0"), line)
            try await redirected(rig)
        }
        func laterLife(_ rig: DeskRig) async throws {
            rig.clock.advance(seconds: 600)
            rig.desk.tick()
            try await rig.settle()
            #expect(rig.updater?.updates.isEmpty == true)
            #expect(rig.entry(call)?.outcome == nil)
        }
        try await DeskRig.lives(DeskRig.Options(), transferring) { (rig: DeskRig) async throws in
            try await laterLife(rig)
            #expect(try await rig.ask(.transferEnded, call, ["DialCallStatus": "completed"]).document == .endCall)
            try await rig.finished(call)
            #expect(outcome(await rig.facts(call)) == .transferred)
        }
        try await DeskRig.lives(DeskRig.Options(), transferring) { (rig: DeskRig) async throws in
            try await laterLife(rig)
            rig.status(call, "completed")
            try await rig.finished(call)
            #expect(outcome(await rig.facts(call)) == .transferred)
        }
        try await DeskRig.lives(DeskRig.Options(), transferring) { (rig: DeskRig) async throws in
            try await laterLife(rig)
            let back = try await rig.ask(.transferEnded, call, ["DialCallStatus": "no-answer"]).document
            #expect(back.plays == ["nobody_he.mp3"] && back.generation == 2)
            let line = FakeLine()
            #expect(try await rig.stream(back, line) != nil)
            try await rig.settle()
            #expect(line.closed == 0 && rig.entry(call)?.outcome == nil)
            await rig.journal.flush()
            #expect(await rig.journal.openCalls().map(\.outcome) == [nil], "a third life finds a conversation")
        }
    }

    @Test func aTransferThatIsNeverHeardOfAgainEndsWithTheLongestCall() async throws {
        try await DeskRig.lives(DeskRig.Options()) { (rig: DeskRig) async throws in
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
            try await rig.feed(.digit("0"), line)
            try await redirected(rig)
        } _: { (rig: DeskRig) async throws in
            rig.clock.advance(seconds: Double(CallBook.longest))
            rig.desk.tick()
            try await rig.finished(call)
            let end = await rig.facts(call)[2]
            #expect(outcome(await rig.facts(call)) == .transferred, "\(String(describing: end))")
        }
    }

    @Test func aUsedTokenIsRefusedByTheNextLife() async throws {
        let first = LineLog()
        try await DeskRig.lives(DeskRig.Options()) { (rig: DeskRig) async throws in
            let document = try await rig.ask(.incomingCall, call).document
            #expect(try await rig.stream(document) != nil)
            first.logger.info("\(document.token ?? "")")
        } _: { (rig: DeskRig) async throws in
            let entry = try #require(rig.entry(call))
            let used = rig.desk.conversation(entry, [])
            #expect(first.count(used.token ?? "-") == 1, "it is the very same token")
            #expect(try await rig.stream(used) == nil)
            let next = try await rig.ask(.streamEnded, call).document
            #expect(next.generation == 2)
            #expect(try await rig.stream(next) != nil)
        }
    }

    @Test func aTokenThatWasNotUsedIsGoodInTheNextLife() async throws {
        let token = LineLog()
        try await DeskRig.lives(DeskRig.Options()) { (rig: DeskRig) async throws in
            let document = try await rig.ask(.incomingCall, call).document
            token.logger.info("\(document.token ?? "")")
        } _: { (rig: DeskRig) async throws in
            let repeated = try await rig.ask(.incomingCall, call).document
            #expect(token.count(repeated.token ?? "-") == 1, "a repeated webhook gets the same one")
            #expect(try await rig.stream(repeated) != nil)
        }
    }

    @Test func aBusinessThatGreetsInTheStreamGreetsInTheNextLifeToo() async throws {
        var options = DeskRig.Options()
        options.business = "greeting_mode: stream\n"
        try await DeskRig.lives(options) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
        } _: { (rig: DeskRig) async throws in
            #expect(rig.entry(call)?.greetsInStream == true)
        }
    }

    /// Handed over, and the caller hangs up while "one moment" is played: the status callback reaches the gateway that is leaving.
    @Test func theEndOfACallThatWasHandedOverIsTold() async throws {
        try await DeskRig.lives(DeskRig.Options()) { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            rig.desk.leave()
            rig.desk.leaveAtOnce()
            try await rig.finished(call)
            _ = try await rig.ask(.streamEnded, call)
            rig.status(call, "completed")
        } _: { (rig: DeskRig) async throws in
            try await rig.finished(call)
            #expect(outcome(await rig.facts(call)) == .callerHungUp)
        }
    }

    /// kill -9 between the call's end and its summary.
    @Test func aCallWhoseSummaryWasCutOffEndsOnce() async throws {
        var options = DeskRig.Options()
        options.writesSummaries = true
        let told = LineLog()
        try await DeskRig.lives(options) { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            rig.status(call, "completed")
            try await rig.settle()
            let end = await rig.facts(call)[2]
            told.logger.info("\(String(describing: end))")
        } then: {
            $0.writesSummaries = false
        } _: { (rig: DeskRig) async throws in
            rig.clock.advance(seconds: 2)
            rig.status(call, "completed")
            try await rig.finished(call)
            let end = await rig.facts(call)[2]
            #expect(told.count("\(String(describing: end))") == 1, "the first word about it stays")
            await rig.journal.flush()
            #expect(await rig.journal.openCalls().isEmpty)
        }
    }

    // MARK: - Names in the log

    @Test func operatorsFindACallByItsNames() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
            rig.status(call, "in-progress")
            rig.status(call, "completed")
            try await rig.finished(call)
            #expect(rig.book.lines("CALL_STATUS").map { $0.metadata["status"] } == ["in-progress", "completed"])
            for name in ["WS_START", "CALL_ENDED"] {
                #expect(rig.book.lines(name).map { $0.metadata["call"] } == [call.rawValue], "\(name)")
            }
            #expect(rig.book.lines("WS_START").first?.metadata["signature"] == "valid")
            #expect(rig.book.lines("CALL_STATUS").allSatisfy { $0.metadata["call"] == call.rawValue })
        }
    }

    @Test func aCallWithoutAStreamIsFoundToo() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.status(call, "no-answer")
            rig.status(call, "completed")
            rig.desk.tick()
            let ended = rig.book.lines("CALL_ENDED").map(\.metadata)
            #expect(ended == [["call": call.rawValue, "outcome": "callerHungUp", "reason": "before the stream"]])
        }
    }
}
