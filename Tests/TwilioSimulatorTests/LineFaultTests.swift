import Audio
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import TwilioSimulatorKit

/// Each fault does what it says.
@Suite struct LineFaultTests {
    private static func rounds(_ count: Int) -> CallerSteps.Step { .rounds(CallerSteps.Rounds(count: count)) }
    private static let listening = CallerSteps.Step.wait(.listening, withinMs: 5000)

    private func echo(_ faults: [Fault], _ steps: [CallerSteps.Step], change: (inout CallPlan) -> Void = { _ in }) async throws -> LineCase {
        var behaviour = FakeApplication.Behaviour()
        behaviour.echo = true
        return try await LineCase.call(behaviour, incoming: LineCase.stream, steps: steps, faults: faults, change: change)
    }

    private func gaps(_ line: LineCase) -> [Int] {
        let times = line.application.media.withLockedValue { $0.map(\.at) }
        return zip(times.dropFirst(), times).map { Int(($0 - $1).nanoseconds / 1_000_000) }
    }

    @Test func withoutFaultsNumbersAreAnswered() async throws {
        let line = try await echo([], [Self.rounds(3)])
        #expect(line.report.spoken?.answered == 3)
        #expect(line.report.spoken?.problems == [])
        #expect(line.codes == [])
        #expect(line.report.outcome.kind == "caller-hung-up")
        let events = line.application.requests(to: "/webhook/stream_status").compactMap { $0.field("StreamEvent") }
        #expect(Set(events) == ["stream-started", "stream-stopped"])
        #expect(line.application.requests(to: "/webhook/stream_status").allSatisfy { $0.field("StreamSid") != nil && $0.field("Timestamp") != nil })
        #expect(line.application.sockets.withLockedValue { $0 } == ["open", "close 1000", "gone"])
    }

    @Test func aRefusedHandshakeIsNeverTried() async throws {
        let line = try await echo([Fault(.handshakeRefused, ms: 300)], [.wait(.end, withinMs: 5000)])
        #expect(line.codes == [31920])
        #expect(!line.application.targets.contains("/ws/twilio-media"))
        #expect(line.application.targets.contains("/webhook/stream_ended"))
        #expect(line.application.requests(to: "/webhook/stream_status").first?.field("StreamEvent") == "stream-error")
        #expect(line.application.requests(to: "/webhook/stream_status").first?.field("StreamError") != nil)
        #expect(line.report.durationMs >= 300)
        #expect(line.report.outcome.kind == "agent-ended")
    }

    @Test func onlyTheNamedStreamIsRefused() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.echo = true
        behaviour.documents["/webhook/stream_ended"] = [LineCase.stream]
        let line = try await LineCase.call(
            behaviour, incoming: LineCase.stream, steps: [Self.rounds(1)], faults: [Fault(.handshakeRefused, streams: 1...1)])
        #expect(line.codes == [31920])
        #expect(line.report.spoken?.answered == 1)
        #expect(line.report.verbs.map(\.name) == ["stream", "stream"])
    }

    @Test func startCanBeLateOrNever() async throws {
        let late = try await echo([Fault(.startDelayed, ms: 600)], [Self.listening])
        let connected = late.report.timeline.first { $0.kind == "stream-connected" }?.ms ?? 0
        let started = late.report.timeline.first { $0.kind == "stream-started" }?.ms ?? 0
        #expect(started - connected >= 590)
        let never = try await echo([Fault(.startNever)], [.silence(ms: 500)])
        #expect(never.application.messages.withLockedValue { $0.contains { $0.contains(#""event":"start""#) } } == false)
        #expect(never.application.messages.withLockedValue { $0.first?.contains("connected") } == true)
        #expect(never.application.media.withLockedValue { $0.count } == 0)
        #expect(never.report.counters.streamsStarted == 0)
    }

    @Test func mediaStops() async throws {
        var fault = Fault(.mediaStopped)
        fault.fromSecond = 0.6
        let line = try await echo([fault], [.silence(ms: 2000)])
        let count = line.application.media.withLockedValue { $0.count }
        #expect((1...35).contains(count), "\(count)")
        // The socket stayed open until the caller hung up.
        #expect(line.application.sockets.withLockedValue { $0 } == ["open", "close 1000", "gone"])
    }

    @Test func aHoleLosesNothingUnlessItShould() async throws {
        var fault = Fault(.mediaHole, ms: 400)
        fault.fromSecond = 0.5
        let line = try await echo([fault], [.silence(ms: 1500)])
        #expect((gaps(line).max() ?? 0) >= 350)
        let stamps = line.application.media.withLockedValue { $0.map(\.timestamp) }
        // The first frame may have begun before the stream.
        #expect(zip(stamps.dropFirst(2), stamps.dropFirst()).allSatisfy { $0 - $1 == 20 })
        fault.lost = true
        let lossy = try await echo([fault], [.silence(ms: 1500)])
        let holes = lossy.application.media.withLockedValue { $0.map(\.timestamp) }
        #expect((zip(holes.dropFirst(), holes).map { $0 - $1 }.max() ?? 0) >= 350)
    }

    @Test func burstsAndLargeFrames() async throws {
        var burst = Fault(.bursts)
        burst.frames = 25
        let line = try await echo([burst], [.silence(ms: 2500)])
        #expect((gaps(line).max() ?? 0) >= 400)
        var large = Fault(.largeFrames)
        large.frames = 3
        let other = try await echo([large], [.silence(ms: 1000)])
        #expect(other.application.media.withLockedValue { $0.allSatisfy { $0.bytes == 480 } && $0.count > 5 })
    }

    @Test func theStreamRefusesAudioFromAnUtteranceOn() async throws {
        var fault = Fault(.marksNever)
        fault.fromUtterance = 2
        var rounds = CallerSteps.Rounds(count: 2)
        rounds.withinMs = 6000
        let line = try await echo([fault], [.rounds(rounds)])
        #expect(line.report.spoken?.answered == 1)
        #expect(line.report.counters.marksReturned == 2)
        #expect(line.report.counters.mediaRefused >= 2)
        #expect(line.report.agentSpeech.count == 1)
    }

    @Test func aCutSocketIs31903AndHasNoCloseFrame() async throws {
        var fault = Fault(.socketCut)
        fault.fromSecond = 0.5
        let line = try await echo([fault], [.wait(.end, withinMs: 4000)])
        #expect(line.codes == [31903])
        #expect(line.application.sockets.withLockedValue { $0 } == ["open", "gone"])
        #expect(line.report.endedBy == "agent")
    }

    @Test func aCloseThatIsNeverDelivered() async throws {
        let line = try await echo([Fault(.closeUndelivered)], [Self.listening, .silence(ms: 300)])
        #expect(line.application.sockets.withLockedValue { $0 } == ["open"])
        #expect(line.application.messages.withLockedValue { $0.contains { $0.contains(#""event":"stop""#) } } == false)
        #expect(line.application.targets.contains("/webhook/call_status"))
        await line.account.stop()
    }

    @Test func theServersCloseCanGoUnnoticed() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.closesAfterMs = 300
        let line = try await LineCase.call(
            behaviour, incoming: LineCase.stream, steps: [Self.listening, .silence(ms: 1200)], faults: [Fault(.serverCloseIgnored)])
        #expect(line.report.endedBy == "caller")
        #expect(line.codes == [])
        #expect(line.report.verbs.map(\.name) == ["stream"])
    }

    @Test func aSecondSocketCarriesTheSameToken() async throws {
        let line = try await echo([Fault(.secondSocket, ms: 200)], [Self.rounds(1)])
        let starts = line.application.messages.withLockedValue { $0.filter { $0.contains(#""event":"start""#) } }
        #expect(starts.count == 2)
        #expect(starts.allSatisfy { $0.contains(#""token":"t1""#) })
        #expect(line.report.spoken?.answered == 1)
    }

    @Test func pingsAreAnswered() async throws {
        let line = try await echo([Fault(.pings)], [Self.listening, .silence(ms: 1500)])
        #expect((1...3).contains(line.report.timeline.count { $0.kind == "pong" }))
        #expect(line.codes == [])
    }

    @Test func aStrangerHasAWrongToken() async throws {
        let line = try await echo([Fault(.wrongToken, streams: 1...1)], [Self.listening])
        let start = line.application.messages.withLockedValue { $0.first { $0.contains(#""event":"start""#) } }
        #expect(start?.contains(#""token":"t1""#) == false)
        #expect(start?.contains(#""token":"no-"#) == true)
    }

    @Test func slowHops() async throws {
        let faults = [Fault(.slow, ms: 300, target: "webhook"), Fault(.slow, ms: 400, target: "media")]
        let line = try await echo(faults, [Self.rounds(1)])
        #expect((line.report.documents.first?.waitedMs ?? 0) >= 290)
        #expect((line.report.customerUtterances.first?.delayMs ?? 0) >= 780)
        #expect(line.report.spoken?.answered == 1)
        let file = try await LineCase.call(
            incoming: LineCase.twiml("<Play>/static/greeting.mp3</Play>"), steps: [.wait(.end, withinMs: 4000)],
            faults: [Fault(.slow, ms: 500, target: "file")])
        #expect((file.report.agentSpeech.first?.startMs ?? 0) >= 490)
    }

    @Test func theCallerHangsUpAtASecond() async throws {
        var fault = Fault(.callerHangsUp)
        fault.fromSecond = 0.8
        let line = try await echo([fault], [.silence(ms: 9000)])
        #expect((800...3000).contains(line.report.durationMs))
        #expect(line.report.outcome.kind == "caller-hung-up")
    }

    @Test func pressedKeysAreDTMFMessages() async throws {
        let line = try await echo([], [Self.listening, .keys("0#"), .silence(ms: 200)])
        let keys = line.application.messages.withLockedValue { $0.filter { $0.contains(#""event":"dtmf""#) } }
        #expect(keys.count == 2)
        #expect(keys.first?.contains(#""dtmf":{"track":"inbound_track","digit":"0"}"#) == true)
        let unheard = try await LineCase.call(incoming: LineCase.twiml("<Pause length=\"1\"/>"), steps: [.keys("1"), .wait(.end, withinMs: 3000)])
        #expect(unheard.report.counters.keysUnheard == 1)
    }

    @Test func wordsIntoTheVoidAreCounted() async throws {
        let line = try await LineCase.call(
            incoming: LineCase.twiml("<Play>/static/greeting.mp3</Play><Pause length=\"1\"/>"),
            steps: [.wait(.playing, withinMs: 3000), .say(7), .wait(.end, withinMs: 5000)])
        #expect(line.report.customerUtterances.map(\.unheard) == [true])
    }
}
