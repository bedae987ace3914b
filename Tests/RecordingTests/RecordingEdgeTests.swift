import BusContract
import CallVocabulary
import Foundation
import ServiceLifecycle
import Synchronization
import Testing
import TwilioWire

@testable import Gateway

@Suite(.timeLimit(.minutes(1))) struct RecordingEdgeTests {
    /// The gateway answers webhooks for ten seconds after SIGTERM; Twilio tells of a recording once.
    @Test func aNoticeThatComesWhileTheGatewayLeavesIsKept() async throws {
        let bench = try DeskBench()
        let desk = try await bench.desk()
        let group = ServiceGroup(
            configuration: .init(services: [.init(service: desk, successTerminationBehavior: .ignore)], logger: bench.log.logger))
        let running = Task { try await group.run() }
        try await Task.sleep(for: .milliseconds(100))
        await group.triggerGracefulShutdown()
        try await running.value
        let kept = await withCheckedContinuation { done in
            if let notice = try? Sample.notice() { desk.completed(notice) { done.resume(returning: $0) } }
        }
        #expect(kept, "a message that the caller believes to be left")
        await desk.stop()
    }

    /// A hidden number stays hidden.
    @Test(arguments: ["anonymous", "+266696687", ""]) func nobodyIsCalledBackAtAWord(from: String) throws {
        let fields = [
            ("CallSid", "CA00000000000000000000000000000001"), ("From", from), ("RecordingUrl", Sample.url(1)), ("RecordingDuration", "4"),
        ]
        let request = VoiceRequest(params: FormFields(fields.map { FormFields.Field(name: $0.0, value: $0.1) }), authenticity: .signed)
        // As the desk calls it: the book and Desk.caller have both said nil.
        let notice = try #require(RecordingNotice.action(request, business: Sample.business, caller: nil))
        #expect(notice.caller == nil)
    }
}
