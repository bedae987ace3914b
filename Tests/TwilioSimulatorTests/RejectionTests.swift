import Audio
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOWebSocket
import Testing

@testable import TwilioSimulatorKit

/// What Twilio rejects is rejected here, with Twilio's code.
@Suite struct RejectionTests {
    private static let quick: [CallerSteps.Step] = [.wait(.listening, withinMs: 3000), .silence(ms: 400)]

    private func onStream(_ change: (inout FakeApplication.Behaviour) -> Void) async throws -> LineCase {
        var behaviour = FakeApplication.Behaviour()
        change(&behaviour)
        return try await LineCase.call(behaviour, incoming: LineCase.stream, steps: Self.quick)
    }

    @Test func aBinaryFrameIs31950() async throws {
        let line = try await onStream { $0.firstFrames = [WebSocketFrame(fin: true, opcode: .binary, data: ByteBuffer(string: "{}"))] }
        #expect(line.codes == [31950])
        #expect(line.report.notices.first?.level == .warning)
    }

    @Test(arguments: [
        "no json", #"{"event":"dance","streamSid":"STREAM"}"#, #"{"event":"clear","streamSid":"STREAM","extra":1}"#, #"{"event":"clear"}"#,
        #"{"event":"clear","streamSid":"MZ0"}"#, #"{"event":"mark","streamSid":"STREAM","mark":{"name":"a","b":"c"}}"#,
    ])
    func aBadMessageIs31951(_ text: String) async throws {
        let line = try await onStream { $0.firstMessage = text }
        #expect(line.codes == [31951])
    }

    @Test func badMessagesAreReportedOncePerStream() async throws {
        let bad = WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: "x"))
        let line = try await onStream { $0.firstFrames = [bad, bad, bad] }
        #expect(line.codes == [31951])
        #expect(line.report.counters.invalidMessages == 3)
    }

    @Test func aMalformedFrameIs31924() async throws {
        // A control frame of 126 bytes, which RFC 6455 (5.5) forbids.
        let line = try await onStream { $0.firstBytes = [0x89, 0x7E, 0x00, 0x7E] + [UInt8](repeating: 0, count: 126) }
        #expect(line.codes == [31924])
    }

    @Test func framesThatNoServerMaySendAre31924() async throws {
        let masked = WebSocketFrame(fin: true, opcode: .text, maskKey: [1, 2, 3, 4], data: ByteBuffer(string: "{}"))
        let first = try await onStream { $0.firstFrames = [masked] }
        #expect(first.codes == [31924])
        let compressed = WebSocketFrame(fin: true, rsv1: true, opcode: .text, data: ByteBuffer(string: "{}"))
        let second = try await onStream { $0.firstFrames = [compressed] }
        #expect(second.codes == [31924])
    }

    @Test func moreThanTenMinutesOfAudioAre31931() async throws {
        var behaviour = FakeApplication.Behaviour()
        let audio = [UInt8](repeating: 0xFF, count: 9000).base64
        behaviour.firstMessage = #"{"event":"media","streamSid":"STREAM","media":{"payload":"\#(audio)"}}"#
        // A buffer of a second: reading ten minutes of audio as JSON would stop every clock of these tests.
        let line = try await LineCase.call(behaviour, incoming: LineCase.stream, steps: Self.quick) { $0.bufferedSamples = 8000 }
        #expect(line.codes == [31931])
    }

    @Test func aServerThatDoesNotReadIs31930() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.isDeaf = true
        // Kernel buffers take some megabytes: only messages that are far larger than Twilio's fill them in a test's time.
        let line = try await LineCase.call(
            behaviour, incoming: LineCase.stream, steps: [.wait(.listening, withinMs: 3000), .silence(ms: 500)],
            during: { call, _ in
                try await LineCase.until(call) { $0.counters.streamsStarted == 1 }
                await call.flood()
            })
        #expect(line.codes == [31930])
        #expect(line.report.counters.framesDropped > 0)
    }

    @Test func answersAreCheckedLikeTwilioChecksThem() async throws {
        func first(_ change: (inout FakeApplication.Behaviour) -> Void) async throws -> [Int] {
            var behaviour = FakeApplication.Behaviour()
            change(&behaviour)
            return try await LineCase.call(behaviour, steps: [.wait(.end, withinMs: 5000)]).codes
        }
        #expect(try await first { $0.incomingStatus = .internalServerError } == [11200])
        #expect(try await first { $0.contentType = "application/json" } == [12300])
        #expect(try await first { $0.contentType = nil } == [12300])
        #expect(try await first { $0.incomingTwiML = "<Response>" } == [12100])
        #expect(try await first { $0.incomingTwiML = "<Response><!--" + String(repeating: "x", count: 65_536) + "--></Response>" } == [11750])
        #expect(try await first { $0.incomingTwiML = "<Response><Redirect method=\"POST\">ftp://x</Redirect></Response>" } == [11100])
        #expect(try await first { $0.incomingTwiML = "<Response><Say>hello</Say><Dance/></Response>" } == [12200, 12200])
        #expect(try await first { $0.incomingTwiML = "<Response><Redirect>/webhook/incoming_call</Redirect></Response>" } == [11215])
        let wav = ("audio/wav", [UInt8]("RIFF no".utf8))
        #expect(
            try await first {
                $0.incomingTwiML = "<Response><Play>/bad.wav</Play></Response>"
                $0.files["/bad.wav"] = wav
            } == [13420])
        #expect(
            try await first {
                $0.incomingTwiML = "<Response><Play>/text.mp3</Play></Response>"
                $0.files["/text.mp3"] = ("text/html", [60])
            } == [12300])
    }

    @Test func noServerIs11205() async throws {
        let application = try await FakeApplication.start()
        let route = try application.route()
        await application.stop()
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        let report = try await account.call(
            account.plan(from: "+972501234567", to: "+97235550100", route: route, script: EndToEndTests.script, voice: EndToEndTests.ToneVoice())
        ).report
        #expect(report.errors.first?.code == 11205)
    }

    @Test func aCallbackThatIsRefusedIs15003() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.broken = ["/webhook/call_status"]
        let line = try await LineCase.call(behaviour, incoming: LineCase.twiml("<Hangup/>"), steps: [.wait(.end, withinMs: 3000)])
        #expect(line.codes == [15003])
        #expect(line.report.notices.first?.level == .warning)
    }

    @Test func aServerOnAUnidirectionalStreamIsNotHeard() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.firstMessage = #"{"event":"clear","streamSid":"STREAM"}"#
        let start = #"<Start><Stream url="wss://voice.example.test/ws/twilio-media" track="both_tracks" name="tap"/></Start>"#
        let line = try await LineCase.call(
            behaviour, incoming: LineCase.twiml(start + "<Pause length=\"1\"/><Stop><Stream name=\"tap\"/></Stop>"),
            steps: [.wait(.end, withinMs: 5000)])
        #expect(line.codes == [31924])
        #expect(line.report.verbs.map(\.name) == ["start", "pause", "stop"])
        let messages = line.application.messages.withLockedValue { $0 }
        #expect(messages.contains { $0.contains(#""tracks":["inbound","outbound"]"#) })
        #expect(messages.last?.contains(#""event":"stop""#) == true)
        // Two tracks for a second.
        #expect((60...120).contains(line.application.media.withLockedValue { $0.count }))
    }
}

extension Call {
    /// Puts so much on the media socket that no kernel takes it.
    func flood() {
        let noise = #"{"event":"noise","x":""# + String(repeating: "x", count: 1 << 18) + "\"}"
        var sent = 0
        while stream?.socket?.isWritable == true, sent < 100 {
            transmit(noise)
            sent += 1
        }
    }
}
