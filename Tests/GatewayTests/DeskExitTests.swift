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

/// How calls leave their stream, and how the gateway leaves its calls.
@Suite struct DeskExitTests {
    private let call = DeskRig.call(1)

    // MARK: - The transfer

    private func transferring(_ rig: DeskRig, _ line: FakeLine = FakeLine()) async throws {
        _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
        try await rig.feed(.digit("0"), line)
        try await rig.eventually("the transfer") { rig.updater?.updates.isEmpty == false }
        try await rig.feed(.lineStopped, line)
    }

    @Test func whoeverIsAnsweredByAPersonIsTransferred() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            try await transferring(rig)
            #expect(try await rig.ask(.transferEnded, call, ["DialCallStatus": "completed", "DialCallDuration": "61"]).document == .endCall)
            try await rig.finished(call)
            #expect(rig.entry(call)?.outcome == .transferred)
            #expect(try await rig.ask(.transferEnded, call, ["DialCallStatus": "completed"]).document == .endCall)
        }
    }

    @Test(arguments: ["no-answer", "busy", "failed", "canceled", ""])
    func whoeverIsNotAnsweredComesBack(_ status: String) async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            try await transferring(rig)
            let back = try await rig.ask(.transferEnded, call, ["DialCallStatus": status]).document
            #expect(back.plays == ["nobody_he.mp3"] && back.generation == 2)
            #expect(try await rig.ask(.transferEnded, call, ["DialCallStatus": status]).document == back, "a repeated one gets the same")
            #expect(try await rig.stream(back) != nil)
            #expect(rig.entry(call)?.outcome == nil && rig.entry(call)?.exit == nil)
        }
    }

    @Test func whoeverHangsUpWhileItRingsIsOver() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            try await transferring(rig)
            #expect(try await rig.ask(.transferEnded, call, ["DialCallStatus": "canceled", "CallStatus": "completed"]).document == .endCall)
            try await rig.finished(call)
            #expect(rig.entry(call)?.outcome != nil)
        }
    }

    // MARK: - Exits

    @Test(arguments: [
        (LineExit.complete, CallUpdate.completed), (.record, .url("https://voice.example.com/webhook/handle_recording")),
    ])
    func theBookKnowsBeforeTwilioDoes(_ exit: LineExit, _ expected: CallUpdate) async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            let booked = LineLog()
            rig.updater?.whenAsked { booked.logger.info("\(rig.entry(self.call)?.exit?.rawValue ?? "nothing")") }
            await withCheckedContinuation { told in
                rig.desk.exit(call, exit) { result in
                    #expect(result == .done)
                    told.resume()
                }
            }
            #expect(booked.lines(exit.rawValue).count == 1)
            #expect(rig.updater?.updates == [expected])
        }
    }

    @Test(arguments: [CallUpdateResult.over("21220"), .refused("20003"), .failed("20429"), .uncertain("no answer")])
    func whatTwilioAnswersIsTold(_ result: CallUpdateResult) async throws {
        try await DeskRig.live(.init(updater: FakeUpdater(result))) { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            let told = await withCheckedContinuation { told in rig.desk.exit(call, .complete) { told.resume(returning: $0) } }
            #expect(told == result)
            #expect(try await rig.ask(.streamEnded, call).document == .endCall, "whoever asks gets what Twilio could not be told")
        }
    }

    @Test func withoutAnAccountTheSocketIsClosedAndTheActionSaysIt() async throws {
        try await DeskRig.live(.init(updater: nil)) { (rig: DeskRig) async throws in
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
            try await rig.feed(.digit("0"), line)
            try await rig.settle()
            #expect(line.closed == 1)
            let document = try await rig.ask(.streamEnded, call).document
            #expect(document == rig.desk.transfer(BusinessID("nadlan-hayarkon")))
        }
    }

    @Test func aTransferToNobodyEndsAtTheRecording() async throws {
        try await DeskRig.live(.init(transfer: false)) { (rig: DeskRig) async throws in
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document)
            let told = await withCheckedContinuation { told in rig.desk.exit(call, .transfer) { told.resume(returning: $0) } }
            #expect(told == .refused("nobody to transfer to"))
            #expect(try await rig.ask(.streamEnded, call).document.isMessage)
        }
    }

    @Test func anExitOfACallThatIsForgottenIsSaidToFail() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let told = await withCheckedContinuation { told in rig.desk.exit(call, .complete) { told.resume(returning: $0) } }
            #expect(told == .failed("no account to tell"))
            #expect(rig.updater?.updates.isEmpty == true)
        }
    }

    // MARK: - Leaving

    @Test func whoCallsALeavingGatewayIsGreetedOnce() async throws {
        try await DeskRig.live(.init(isRecorded: true)) { (rig: DeskRig) async throws in
            rig.desk.leave()
            let first = try await rig.ask(.incomingCall, call)
            #expect(first.document.plays == ["recorded_he.mp3", "greeting_he.mp3"], "the notice is not all that is heard")
            #expect(first.document.redirect == rig.address.incomingCallURL + "?greeted=1")
            #expect(rig.entry(call) == nil, "the call is the successor's")
        }
        try await DeskRig.live(.init(business: "greeting_mode: stream\n")) { (rig: DeskRig) async throws in
            rig.desk.leave()
            #expect(try await rig.ask(.incomingCall, call).document.redirect == rig.address.incomingCallURL, "nobody has greeted yet")
        }
        try await DeskRig.live { (rig: DeskRig) async throws in
            #expect(try await rig.ask(.incomingCall, call, query: ["greeted": "1"]).document.plays == [])
            #expect(rig.entry(call)?.greetsInStream == false)
        }
    }

    @Test func aCallThatWasHandedOverIsNotTakenBack() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call).document, line)
            let next = try await rig.ask(.incomingCall, call).document
            rig.desk.leave()
            rig.desk.leaveAtOnce()
            try await rig.finished(call)
            #expect(try await rig.stream(next) == nil, "its history is with the successor")
            #expect(try await rig.ask(.streamEnded, call).document.redirect == rig.address.streamEndedURL)
            #expect(try await rig.ask(.transferEnded, call, ["DialCallStatus": "busy"]).document.redirect == rig.address.transferEndedURL)
            #expect(try await rig.ask(.streamEnded, DeskRig.call(9)).document.redirect == rig.address.streamEndedURL, "not known here")
            #expect(rig.entry(call)?.outcome == nil)
            rig.clock.advance(seconds: 600)
            rig.desk.watch()
            #expect(rig.updater?.updates.isEmpty == true, "the watch is the successor's")
        }
    }

    // MARK: - Room

    @Test func repliesAndCallsAreForgottenInTime() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            _ = try await rig.ask(.incomingCall, call)
            rig.status(call, "completed")
            rig.desk.tick()
            rig.clock.advance(seconds: Double(CallBook.memory) + 1)
            rig.desk.tick()
            #expect(rig.entry(call) == nil)
            let seen = LineLog()
            let ticket = rig.desk.control().makeReply(call) { seen.logger.info("\($0)") }
            rig.clock.advance(seconds: 901)
            rig.desk.tick()
            rig.desk.fetched(ticket.name)
            #expect(seen.count("") == 0)
        }
    }
}
