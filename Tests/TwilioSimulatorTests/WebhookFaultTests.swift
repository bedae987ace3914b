import Testing

@testable import TwilioSimulatorKit

/// Webhooks and callbacks that arrive twice, late, never or in another order.
@Suite struct WebhookFaultTests {
    private static let hangup = LineCase.twiml("<Hangup/>")

    private func call(_ faults: [Fault], incoming: String = hangup, steps: [CallerSteps.Step] = [.wait(.end, withinMs: 5000)]) async throws
        -> LineCase
    {
        try await LineCase.call(incoming: incoming, steps: steps, faults: faults)
    }

    @Test(arguments: [nil, 200]) func everyWebhookComesTwice(_ ms: Int?) async throws {
        let line = try await call([Fault(.webhooksTwice, ms: ms)])
        let incoming = line.application.requests(to: "/webhook/incoming_call")
        #expect(incoming.count == 2)
        #expect(incoming[0].token == incoming[1].token)
        #expect(incoming[0].form == incoming[1].form)
        #expect(line.application.requests(to: "/webhook/call_status").count == 2)
        #expect(line.report.counters.duplicates == 2)
        #expect(line.report.counters.differingDuplicates == 0)
        #expect(line.report.verbs.map(\.name) == ["hangup"])
    }

    @Test func differentAnswersToARepeatedWebhookAreSeen() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.documents["/webhook/incoming_call"] = [Self.hangup, LineCase.twiml("<Pause/>")]
        let line = try await LineCase.call(behaviour, steps: [.wait(.end, withinMs: 5000)], faults: [Fault(.webhooksTwice, target: "incoming_call")])
        #expect(line.report.counters.differingDuplicates == 1)
    }

    @Test func anAnswerThatIsLostIsAskedForAgain() async throws {
        let line = try await call([Fault(.answerDropped, ms: 300, target: "incoming_call")])
        #expect(line.application.requests(to: "/webhook/incoming_call").count == 2)
        #expect((line.report.documents.first?.waitedMs ?? 0) >= 300)
        #expect(line.application.requests(to: "/webhook/call_status").count == 1)
    }

    @Test func aWebhookThatIsNotDeliveredLeadsToTheFallbackURL() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.documents["/webhook/fallback"] = [Self.hangup]
        let line = try await LineCase.call(
            behaviour, steps: [.wait(.end, withinMs: 5000)], faults: [Fault(.webhookLost, target: "incoming_call")]
        ) { $0.fallbackPath = "/webhook/fallback" }
        #expect(line.codes == [11205])
        #expect(line.application.targets == ["/webhook/fallback", "/webhook/call_status"])
    }

    @Test func callbacksAreLostLateOrInAnotherOrder() async throws {
        let lost = try await call([Fault(.callbackLost, target: "call_status")])
        #expect(lost.application.requests(to: "/webhook/call_status").isEmpty)
        let late = try await call([Fault(.callbackLate, ms: 500, target: "call_status")])
        #expect(late.application.requests(to: "/webhook/call_status").count == 1)
        let ended = late.report.durationMs
        #expect((late.report.timeline.last { $0.kind == "callback" }?.ms ?? 0) >= ended + 490)
        let other = try await call(
            [Fault(.callbacksReordered, target: "stream_status")], incoming: LineCase.stream,
            steps: [.wait(.listening, withinMs: 3000), .silence(ms: 200)])
        #expect(
            other.application.requests(to: "/webhook/stream_status").compactMap { $0.field("StreamEvent") } == ["stream-stopped", "stream-started"])
    }

    @Test func aFallbackIsAskedOnce() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.broken = ["/webhook/incoming_call"]
        behaviour.documents["/webhook/fallback"] = [Self.hangup]
        let line = try await LineCase.call(behaviour, steps: [.wait(.end, withinMs: 5000)]) { $0.fallbackPath = "/webhook/fallback" }
        #expect(line.codes == [11200])
        #expect(line.application.requests(to: "/webhook/fallback").first?.field("ErrorCode") == "11200")
        #expect(line.report.outcome.kind == "agent-ended")
        behaviour.broken.insert("/webhook/fallback")
        let second = try await LineCase.call(behaviour, steps: [.wait(.end, withinMs: 5000)]) { $0.fallbackPath = "/webhook/fallback" }
        #expect(second.codes == [11200, 11200])
        #expect(second.application.requests(to: "/webhook/fallback").count == 1)
        #expect(second.report.outcome.kind == "application-error")
    }

    @Test(arguments: [true, false]) func theConnectActionAfterAHangUpIsAChoice(_ asks: Bool) async throws {
        let line = try await LineCase.call(incoming: LineCase.stream, steps: [.wait(.listening, withinMs: 3000)]) {
            $0.habits.connectActionAfterHangUp = asks
        }
        #expect(line.application.targets.contains("/webhook/stream_ended") == asks)
    }
}
