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

/// What a desk answers, and what it leaves behind.
@Suite struct DeskTests {
    private let call = DeskRig.call(1)

    private func outcome(_ facts: [Int: Fact.Body]) -> CallOutcome? { if case .callEnded(let outcome, _, _) = facts[2] { outcome } else { nil } }

    // MARK: - Tokens

    @Test func aRepeatedWebhookGetsTheSameTokenGoodForThePlayAndAMinute() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, call)
            rig.clock.advance(seconds: 7)
            #expect(try await rig.ask(.incomingCall, call) == first)
            let token = try #require(first.document.token)
            let end = 1_800_000_000 + Int64(DeskRig.secondsOfGreeting) + CallBook.tokenLife
            #expect(throws: Never.self) { try StreamToken.verify(token, callSid: call.rawValue, now: end, secret: rig.desk.secret) }
            #expect(throws: StreamToken.Refusal.expired) {
                try StreamToken.verify(token, callSid: call.rawValue, now: end + 1, secret: rig.desk.secret)
            }
        }
    }

    @Test func aTokenOpensOneStreamOfItsCall() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, call).document
            let other = try await rig.ask(.incomingCall, DeskRig.call(2)).document
            #expect(try await rig.stream(first) != nil)
            #expect(try await rig.stream(first) == nil, "it was used")
            let stolen = StreamStart(streamSid: "MZ", callSid: call.rawValue, customParameters: ["token": try #require(other.token)])
            let (desk, loop) = (rig.desk, rig.loop)
            let isRefused = try await loop.submit { if case .failure = desk.claim(stolen, on: loop) { true } else { false } }.get()
            #expect(isRefused, "a token of another call's")
            rig.clock.advance(seconds: 65)
            #expect(try await rig.stream(other) == nil, "it came too late")
        }
    }

    @Test func aSecondStreamTakesOverByGeneration() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let (old, new) = (FakeLine(), FakeLine())
            let runner = try await rig.stream(try await rig.ask(.incomingCall, call).document, old)
            // Twilio asks again for the call's document: it starts over.
            let second = try await rig.ask(.incomingCall, call).document
            #expect(second.generation == 2)
            let same = try await rig.stream(second, new, sid: "MZ2")
            #expect(runner === same, "it is the same conversation")
            try await rig.settle()
            #expect(old.closed == 1 && new.closed == 0)
            try await rig.feed(.lineStopped, old)
            #expect(rig.entry(call)?.outcome == nil, "the old stream has nothing to say any more")
        }
    }

    @Test func threeActionsWithoutAStartLeadToTheRecording() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            for _ in 1...2 { #expect(try await rig.ask(.streamEnded, call).document.generation == 1) }
            #expect(try await rig.ask(.streamEnded, call).document.isMessage)
            #expect(rig.entry(call)?.outcome == .fallback)
            #expect(outcome(await rig.facts(call)) == .fallback)
        }
    }

    // MARK: - Who calls

    @Test func anUnknownNumberIsRefusedAndAlarmed() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let reply = try await rig.ask(.incomingCall, call, ["To": "+97231111111\n\u{1B}[2J" + String(repeating: "x", count: 60_000)])
            #expect(reply.document.plays == ["refusal_he.mp3"])
            #expect(rig.book.count("ALARM") == 1)
            #expect(rig.book.lines("ALARM a call for a number that no business has").first?.metadata["called"]?.count == 64)
            #expect(rig.entry(call) == nil)
        }
    }

    @Test func whoFindsEveryLineTakenIsWrittenDownOnceAndCalledBack() async throws {
        try await DeskRig.live(.init(slots: 1)) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, DeskRig.call(2))
            for _ in 1...3 { #expect(try await rig.ask(.incomingCall, call).document.plays == ["busy_he.mp3"]) }
            rig.status(DeskRig.call(2), "completed")
            #expect(try await rig.ask(.incomingCall, call).document.plays == ["busy_he.mp3"], "a free slot does not change what was said")
            rig.status(call, "completed")
            let facts = await rig.facts(call)
            #expect(facts.keys.sorted() == [1, 2, 4])
            #expect(outcome(facts) == .busy)
            #expect(facts[4] == .lead(fields: ["callback": "promised"], caller: DeskRig.caller))
            #expect(rig.book.lines("CALL_ENDED").count { $0.metadata["call"] == call.rawValue } == 1)
            #expect(try await rig.ask(.fallback, call).document.isMessage, "whoever did not hear it can leave a message")
        }
    }

    @Test(arguments: ["anonymous", "", "+266696687", "+8656696", "client:dana", "+1", "+97250123456789012", "+97250123456a"])
    func aHiddenCallerHasNoNumber(_ from: String) async throws {
        try await DeskRig.live(.init(slots: 0)) { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call, ["From": from])
            let facts = await rig.facts(call)
            #expect(facts[1] == .callStarted(from: "", to: DeskRig.number))
            #expect(facts[4] == nil, "nobody can be called back")
        }
    }

    @Test func withRealtimeOffEveryCallIsRecorded() async throws {
        try await DeskRig.live(.init(realtime: false)) { (rig: DeskRig) async throws in
            let reply = try await rig.ask(.incomingCall, call)
            #expect(reply.document.isMessage && reply.document.plays == ["fallback_he.mp3"])
            let facts = await rig.facts(call)
            #expect(outcome(facts) == .fallback)
            #expect(facts[4] == .lead(fields: ["callback": "promised"], caller: DeskRig.caller))
        }
    }

    /// A worker whose provider has no key does not start: nobody is greeted and then met by silence.
    @Test func aStageWithoutAnybodySendsCallersToTheRecording() {
        var watch = StageWatch()
        let all: [Pool: Int] = [.asr: 1, .dialog: 1, .tts: 1]
        var without = all
        without[.dialog] = nil
        // None is there yet when the gateway starts.
        #expect([watch.look([:], at: 0), watch.look(without, at: 14_999)] == [false, false])
        #expect(watch.missing.isEmpty)
        #expect([watch.look(without, at: 15_000), watch.look(without, at: 15_100)] == [true, false])
        #expect(watch.missing == [.dialog])
        let back = watch.look(all, at: 16_000)
        #expect(back && watch.missing.isEmpty)
        // A restart is no absence.
        #expect([watch.look(without, at: 20_000), watch.look(all, at: 25_000), watch.look(without, at: 36_000)] == [false, false, false])
    }

    @Test func theGreetingIsSpokenWhereTheBusinessWantsIt() async throws {
        for (file, plays, inStream) in [("", ["greeting_he.mp3"], false), ("greeting_mode: stream\n", [], true)] {
            try await DeskRig.live(.init(business: file)) { (rig: DeskRig) async throws in
                #expect(try await rig.ask(.incomingCall, call).document.plays == plays)
                #expect(rig.entry(call)?.greetsInStream == inStream)
            }
        }
    }

    @Test func theNoticeComesFirstWhenCallsAreRecorded() async throws {
        try await DeskRig.live(.init(isRecorded: true)) { (rig: DeskRig) async throws in
            let reply = try await rig.ask(.incomingCall, call)
            #expect(reply.document.plays == ["recorded_he.mp3", "greeting_he.mp3"])
            #expect(rig.entry(call)?.streamDue == rig.clock.milliseconds + 2 * Int64(DeskRig.secondsOfGreeting) * 1000 + 6_000)
        }
    }

    @Test func aCallBelongsToTheBusinessThatItReachedFirst() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            for to in ["+97235550199", "+97231111111", ""] {
                #expect(try await rig.ask(.incomingCall, call, ["To": to]).document.plays == ["greeting_he.mp3"])
            }
            #expect(try await rig.ask(.handleRecording, call, ["To": "+97235550199"]).document.plays == ["fallback_he.mp3"])
            #expect(rig.entry(call)?.business == BusinessID("nadlan-hayarkon"))
        }
    }

    @Test func oddRequestsAreAnswered() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            #expect(try await rig.ask(.incomingCall, nil).status == 400)
            #expect(try await rig.ask(.streamEnded, nil, ["CallSid": "CA' OR 1"]).status == 400)
            _ = try await rig.ask(.incomingCall, call, ["From": String(repeating: "9", count: 60_000)], query: ["wait": "-9223372036854775808"])
            _ = try await rig.ask(.transferEnded, call, ["DialCallStatus": String(repeating: "x", count: 60_000)])
            rig.desk.notice(.streamStatus, rig.request(nil))
            rig.desk.notice(.streamStatus, rig.request(call, ["StreamEvent": "stream-error"]))
            rig.desk.notice(.recordingStatus, rig.request(call, ["RecordingUrl": "file:///etc/passwd"]))
            rig.desk.notice(.callStatus, rig.request(nil, ["CallStatus": "completed"]))
            rig.desk.fetched("r-nobody's")
            rig.desk.fetched(String(repeating: "x", count: 10_000))
            #expect(rig.entry(call)?.outcome == nil)
        }
    }

    // MARK: - The stream

    @Test func aStreamErrorMovesTheCallBeforeItsSocketKnows() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line, sid: "MZ7")
            rig.desk.notice(.streamStatus, rig.request(call, ["StreamEvent": "stream-error", "StreamSid": "MZ-of-an-older-one"]))
            try await rig.settle()
            #expect(line.closed == 0, "another stream's error")
            rig.desk.notice(
                .streamStatus, rig.request(call, ["StreamEvent": "stream-error", "StreamSid": "MZ7", "StreamError": "31921\n"]))
            try await rig.settle()
            #expect(line.closed == 1)
            #expect(try await rig.ask(.streamEnded, call).document.generation == 2)
        }
    }

    @Test func theFetchOfAReplyReachesItsCall() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let seen = LineLog()
            let ticket = rig.desk.control().makeReply(call) { seen.logger.info("\($0)") }
            rig.desk.fetched("greeting_he")
            rig.desk.fetched("r-" + String(repeating: "0", count: 32))
            #expect(seen.count("") == 0)
            rig.desk.fetched(ticket.name)
            rig.desk.fetched(ticket.name)
            #expect(seen.lines(ticket.name).count == 2)
        }
    }

    @Test func whileAReplyIsPlayedTheActionAnswersItAgain() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            let ticket = rig.desk.control().makeReply(call) { _ in }
            let document = try #require(rig.desk.control().announce(call, ticket.name, 3_000))
            #expect(rig.desk.control().announce(call, ticket.name, 3_000) == document, "the second attempt at it is the same")
            let asked = try await rig.ask(.streamEnded, call).document
            #expect(asked.plays == [ticket.name + ".mp3"] && asked.generation == 2)
            _ = try await rig.stream(asked)
            #expect(try await rig.ask(.streamEnded, call).document.plays == [], "it was heard")
        }
    }

    /// A prompt takes the place of a reply when the stream does not play.
    @Test func theWatchDoesNotCutAPromptThatIsPlayed() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            _ = rig.desk.control().announce(call, "sorry_he", 4_000)
            _ = try await rig.ask(.streamEnded, call)
            #expect(rig.entry(call)?.streamDue == rig.clock.milliseconds + 4_000 + 6_000)
        }
    }

    // MARK: - The recording

    @Test func aMessageIsTakenOnceItIsThere() async throws {
        let recording = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE" + String(repeating: "1", count: 32)
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            #expect(try await rig.ask(.handleRecording, call).document.isMessage)
            #expect(
                try await rig.ask(.handleRecording, call, ["RecordingUrl": recording, "RecordingDuration": "7"]).document.plays == ["thanks_he.mp3"])
            rig.desk.notice(
                .recordingStatus,
                rig.request(
                    call, ["RecordingUrl": recording, "RecordingSid": "RE" + String(repeating: "1", count: 32), "RecordingStatus": "completed"]))
            #expect(rig.intake.notices.map(\.sid) == Array(repeating: "RE" + String(repeating: "1", count: 32), count: 2))
            #expect(rig.intake.notices.allSatisfy { $0.business == BusinessID("nadlan-hayarkon") && $0.caller == DeskRig.caller })
            #expect(rig.desk.known(call)?.business == BusinessID("nadlan-hayarkon"))
        }
    }

    @Test func whoeverComesToTheRecordingTooOftenIsThanked() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            for _ in 1...CallBook.landings { #expect(try await rig.ask(.handleRecording, call).document.isMessage) }
            #expect(try await rig.ask(.handleRecording, call).document.plays == ["thanks_he.mp3"])
            #expect(await rig.facts(call).count == 3)
        }
    }

    @Test func aServedCallHasNothingToRecord() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.desk.state.withLock { $0.book.finish(call, .served, at: 0) }
            for webhook in [DocumentWebhook.handleRecording, .fallback, .streamEnded, .incomingCall, .transferEnded] {
                #expect(try await rig.ask(webhook, call).document == .endCall, "\(webhook)")
            }
            #expect(rig.entry(call)?.outcome == .served)
        }
    }

    @Test(arguments: [DocumentWebhook.streamEnded, .handleRecording, .fallback, .transferEnded])
    func aCallThatIsNotKnownCanLeaveAMessage(_ webhook: DocumentWebhook) async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            #expect(try await rig.ask(webhook, call).document.isMessage)
            #expect(outcome(await rig.facts(call)) == .fallback)
            // Of a number that is nobody's nothing is said, and nothing kept.
            let stranger = try await rig.ask(webhook, DeskRig.call(2), ["To": "+97231111111"]).document
            #expect(stranger == .endCall || stranger.plays == ["refusal_he.mp3"])
            #expect(rig.entry(DeskRig.call(2)) == nil)
        }
    }

    @Test func theFallbackURLIsAlarmedAndRecords() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
            #expect(try await rig.ask(.fallback, call, ["ErrorCode": "11200"]).document.isMessage)
            try await rig.finished(call)
            #expect(rig.entry(call)?.outcome == .fallback)
            #expect(rig.book.count("ALARM") == 1)
            #expect(outcome(await rig.facts(call)) == .fallback, "the conversation has ended with it")
        }
    }
}
