import BusContract
import CallEngine
import CallVocabulary
import Foundation
import GatewayJournal
import Logging
import NIOCore
import Synchronization
import Testing
import TwilioWire

@testable import Gateway

/// Webhooks come twice, late, and in another order than they were sent. A call ends the same.
@Suite struct DeskOrderTests {
    enum Step: Equatable, Sendable {
        case ask(DocumentWebhook, [String: String])
        case notice(NoticeWebhook, [String: String])
        /// A stream begins with the last document that has one.
        case stream
    }

    /// Numbers that are random and the same in every run.
    struct Dice: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let recording = "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE" + String(repeating: "1", count: 32)
    private static let recorded = [
        "RecordingUrl": recording, "RecordingSid": "RE" + String(repeating: "1", count: 32), "RecordingStatus": "completed",
    ]

    /// Calls as Twilio tells of them when nothing goes wrong on its side.
    static let calls: [String: [Step]] = [
        "no stream": [
            .ask(.incomingCall, [:]), .ask(.streamEnded, [:]), .ask(.streamEnded, ["Again": "1"]), .ask(.streamEnded, ["Again": "2"]),
            .ask(.handleRecording, ["RecordingUrl": recording]), .notice(.recordingStatus, recorded),
            .notice(.callStatus, ["CallStatus": "completed"]),
        ],
        "landed": [
            .notice(.callStatus, ["CallStatus": "ringing"]), .ask(.incomingCall, [:]), .notice(.callStatus, ["CallStatus": "in-progress"]),
            .ask(.handleRecording, [:]), .ask(.handleRecording, ["RecordingUrl": recording]), .notice(.callStatus, ["CallStatus": "completed"]),
            .notice(.recordingStatus, recorded),
        ],
        "hung up early": [.ask(.incomingCall, [:]), .notice(.callStatus, ["CallStatus": "completed"])],
        "conversation": [
            .ask(.incomingCall, [:]), .stream, .notice(.streamStatus, ["StreamEvent": "stream-started", "StreamSid": "MZ1"]),
            .ask(.streamEnded, [:]), .stream, .notice(.callStatus, ["CallStatus": "completed"]),
            .notice(.streamStatus, ["StreamEvent": "stream-stopped", "StreamSid": "MZ1"]),
        ],
    ]

    private struct End: Equatable {
        var outcome: CallOutcome?
        var facts: Set<Int>
        var told: CallOutcome?
    }

    /// Runs a call and waits until it is over.
    private func run(
        _ rig: DeskRig, _ call: CallID, _ steps: [(step: Step, token: String)], isWhole: Bool = true, _ answered: (Int, TwiMLReply) -> Void
    )
        async throws -> End
    {
        var last: TwiML?
        for (index, item) in steps.enumerated() {
            switch item.step {
            case .ask(let webhook, let more):
                let reply = try await rig.ask(webhook, call, more, token: item.token)
                if reply.document.isConversation { last = reply.document }
                answered(index, reply)
            case .notice(let webhook, let more): rig.desk.notice(webhook, rig.request(call, more))
            case .stream: if let last { _ = try await rig.stream(last) }
            }
            try await rig.settle()
        }
        if isWhole { try await rig.finished(call) }
        let facts = await rig.facts(call)
        var told: CallOutcome?
        if case .callEnded(let outcome, _, _) = facts[2] { told = outcome }
        return End(outcome: rig.entry(call)?.outcome, facts: Set(facts.keys), told: told)
    }

    /// Attempts of one request carry one token.
    private func tokens(_ steps: [Step]) -> [(step: Step, token: String)] { steps.enumerated().map { ($1, "token \($0)") } }

    @Test(arguments: calls.keys.sorted()) func repeatedAndLateDeliveriesLeaveTheSameState(_ name: String) async throws {
        let steps = tokens(try #require(Self.calls[name]))
        try await DeskRig.live(.init(slots: 1_000)) { (rig: DeskRig) async throws in
            let expected = try await run(rig, DeskRig.call(1), steps) { _, _ in }
            #expect(expected.outcome != nil && expected.told == expected.outcome)
            var dice = Dice(state: 42)
            for round in 2..<60 {
                var disturbed = steps.enumerated().map { (at: Double($0), item: $1) }
                // Each delivery may come again: at once, or any time later.
                for (index, item) in steps.enumerated() where item.step != .stream {
                    for _ in 0..<Int.random(in: 0...2, using: &dice) {
                        let delay = Bool.random(using: &dice) ? 0.5 : Double.random(in: 0...Double(steps.count), using: &dice)
                        disturbed.append((Double(index) + delay, item))
                    }
                }
                disturbed.sort { $0.at < $1.at }
                let order = disturbed.map(\.item)
                var answers: [TwiMLReply?] = order.map { _ in nil }
                let end = try await run(rig, DeskRig.call(round), order) { answers[$0] = $1 }
                #expect(end == expected, "round \(round): \(order.map(\.step))")
                for index in order.indices.dropFirst() where order[index].token == order[index - 1].token && answers[index] != nil {
                    #expect(answers[index] == answers[index - 1], "round \(round): a repeated request gets the same document")
                }
            }
        }
    }

    @Test(arguments: calls.keys.sorted()) func anyOrderEndsTheCallOnce(_ name: String) async throws {
        let steps = tokens(try #require(Self.calls[name]))
        try await DeskRig.live(.init(slots: 1_000)) { (rig: DeskRig) async throws in
            var dice = Dice(state: 7)
            for round in 1..<80 {
                let call = DeskRig.call(round)
                let order = (steps + steps).shuffled(using: &dice)
                _ = try await run(rig, call, order, isWhole: false) { _, _ in }
                // Whatever is still open ends by the clock.
                let told = rig.entry(call)?.outcome
                rig.clock.advance(seconds: 200)
                rig.desk.tick()
                rig.status(call, "completed")
                try await rig.finished(call)
                let entry = try #require(rig.entry(call))
                if let told { #expect(entry.outcome == told, "an end is an end") }
                let facts = await rig.facts(call)
                #expect(facts[1] == .callStarted(from: DeskRig.caller, to: DeskRig.number))
                guard case .callEnded(let outcome, _, _) = facts[2] else {
                    Issue.record("round \(round) ended without a word: \(order.map(\.step))")
                    continue
                }
                #expect(outcome == entry.outcome, "round \(round): \(order.map(\.step))")
                if entry.opened == 0 { #expect((facts[4] != nil) == [.fallback, .failed].contains(outcome), "round \(round)") }
            }
        }
    }

    /// From many threads at once, as connections, callbacks and the clock come in reality.
    @Test func aStormLeavesEveryCallWithOneEnd() async throws {
        try await DeskRig.live(.init(slots: 6)) { (rig: DeskRig) async throws in
            let calls = (1...10).map { DeskRig.call($0) }
            await withTaskGroup(of: Void.self) { tasks in
                for worker in 0..<8 {
                    tasks.addTask {
                        var dice = Dice(state: UInt64(worker) + 1)
                        var last: [CallID: TwiML] = [:]
                        for _ in 0..<150 {
                            guard let call = calls.randomElement(using: &dice) else { continue }
                            switch Int.random(in: 0..<12, using: &dice) {
                            case 0: rig.status(call, "completed")
                            case 1: rig.desk.tick()
                            case 2, 3: if let document = last[call] { _ = try? await rig.stream(document) }
                            case 4: rig.desk.exit(call, .complete) { _ in }
                            case 5: _ = rig.desk.control().announce(call, "sorry_he", 500)
                            case 6: rig.clock.advance(seconds: 1)
                            default:
                                let webhook = DocumentWebhook.allCases.randomElement(using: &dice) ?? .incomingCall
                                let token = Bool.random(using: &dice) ? "t\(worker)" : nil
                                if let reply = try? await rig.ask(webhook, call, token: token), reply.document.isConversation {
                                    last[call] = reply.document
                                }
                            }
                        }
                    }
                }
            }
            for call in calls { rig.status(call, "completed") }
            for call in calls {
                try await rig.finished(call)
                guard let entry = rig.entry(call) else { continue }
                guard case .callEnded(let outcome, _, _) = await rig.facts(call)[2] else {
                    Issue.record("\(call) ended without a word: \(entry)")
                    continue
                }
                #expect(entry.outcome == outcome)
            }
            #expect(rig.desk.activeCalls == 0)
        }
    }

    /// Without the header that names a request, repeated requests are counted, and still end well.
    @Test func withoutTokensARepeatedActionIsAnotherOne() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let call = DeskRig.call(1)
            let first = try await rig.ask(.incomingCall, call)
            #expect(try await rig.ask(.incomingCall, call) == first)
            _ = try await rig.stream(first.document)
            let next = try await rig.ask(.streamEnded, call)
            #expect(try await rig.ask(.streamEnded, call) == next)
            #expect(try await rig.ask(.streamEnded, call) == next)
            #expect(try await rig.ask(.streamEnded, call).document.isMessage, "three actions without a start")
        }
    }

    /// Three breaks, and a second copy of each request that arrives when the call has gone on: three breaks.
    @Test func aLateCopyIsNoSecondBreak() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let call = DeskRig.call(1)
            var line = FakeLine()
            _ = try await rig.stream(try await rig.ask(.incomingCall, call, token: "t0").document, line)
            for number in 1...CallBook.breaks {
                try await rig.feed(.lineLost, line)
                let next = try await rig.ask(.streamEnded, call, token: "t\(number)")
                #expect(next.document.isConversation)
                line = FakeLine()
                _ = try await rig.stream(next.document, line, sid: "MZ\(number + 1)")
                #expect(try await rig.ask(.streamEnded, call, token: "t\(number)") == next)
                #expect(rig.entry(call)?.breaks == number)
            }
            #expect(rig.entry(call)?.exit == nil)
        }
    }

    @Test func aRequestThatIsRepeatedForEverGetsOn() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let call = DeskRig.call(1)
            _ = try await rig.ask(.incomingCall, call, token: "t")
            var asked = 0
            while try await rig.ask(.streamEnded, call, token: "t").document.isConversation {
                asked += 1
                try #require(asked < 100)
            }
            #expect(asked > CallBook.unopenedLimit)
        }
    }

    @Test func answersAreForgottenBeforeTheirCalls() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let call = DeskRig.call(1)
            for number in 0..<9 { _ = try await rig.ask(.incomingCall, call, token: "t\(number)") }
            #expect(rig.entry(call)?.answers.count == 4)
            rig.clock.advance(seconds: 31)
            rig.desk.tick()
            #expect(rig.entry(call)?.answers.isEmpty == true)
        }
    }

    @Test func aTokenIsOfItsCallAndWebhookOnly() async throws {
        try await DeskRig.live { (rig: DeskRig) async throws in
            let first = try await rig.ask(.incomingCall, DeskRig.call(1), token: "t")
            #expect(try await rig.ask(.incomingCall, DeskRig.call(2), token: "t").document.call == DeskRig.call(2).rawValue)
            #expect(try await rig.ask(.handleRecording, DeskRig.call(1), token: "t").document.isMessage)
            #expect(first.document.call == DeskRig.call(1).rawValue)
        }
    }
}
