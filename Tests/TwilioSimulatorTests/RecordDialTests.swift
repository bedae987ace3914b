import Audio
import AudioMP3
import Signing
import Testing

@testable import TwilioSimulatorKit

@Suite struct RecordDialTests {
    private static let record = LineCase.twiml(
        """
        <Record action="\(FakeApplication.base)/webhook/handle_recording" maxLength="20" timeout="2" \
        recordingStatusCallback="\(FakeApplication.base)/webhook/recording_status" recordingStatusCallbackEvent="in-progress completed"/>
        """)

    private func recorded(
        _ steps: [CallerSteps.Step], readyMs: Int = 100, during: (@Sendable (Call, SimulatedAccount) async throws -> Void)? = nil
    ) async throws -> LineCase {
        var behaviour = FakeApplication.Behaviour()
        behaviour.documents["/webhook/handle_recording"] = [LineCase.twiml("<Hangup/>")]
        return try await LineCase.call(
            behaviour, incoming: Self.record, steps: steps, change: { $0.recordingReadyMs = readyMs }, during: during)
    }

    @Test func silenceEndsIt() async throws {
        let line = try await recorded([.wait(.recording, withinMs: 3000), .say(5), .wait(.end, withinMs: 8000)])
        let action = try #require(line.application.requests(to: "/webhook/handle_recording").first)
        #expect(action.field("Digits") == nil)
        #expect(action.field("RecordingDuration") == "3")
        #expect(action.field("RecordingUrl")?.contains("/2010-04-01/Accounts/AC1/Recordings/RE") == true)
        let callbacks = line.application.requests(to: "/webhook/recording_status")
        #expect(callbacks.compactMap { $0.field("RecordingStatus") } == ["in-progress", "completed"])
        #expect(callbacks.last?.field("RecordingSource") == "RecordVerb")
        // The beep is heard and not recorded; the number is.
        #expect(line.report.agentSpeech.count == 1)
        let audio = try #require(line.result.recordings.values.first)
        #expect(ToneCode.decode(muLaw: audio).map(\.number) == [5])
    }

    @Test func aKeyEndsIt() async throws {
        let line = try await recorded([.wait(.recording, withinMs: 3000), .silence(ms: 300), .keys("#"), .wait(.end, withinMs: 3000)])
        #expect(line.application.requests(to: "/webhook/handle_recording").first?.field("Digits") == "#")
        #expect(line.report.durationMs < 2000)
    }

    @Test func hangingUpEndsIt() async throws {
        let line = try await recorded([.wait(.recording, withinMs: 3000), .say(9)])
        let action = try #require(line.application.requests(to: "/webhook/handle_recording").first)
        #expect(action.field("Digits") == "hangup")
        #expect(action.field("CallStatus") == "completed")
        #expect(line.application.requests(to: "/webhook/recording_status").last?.field("RecordingStatus") == "completed")
    }

    @Test func theFileIsThereWhenTheCallbackSaysSo() async throws {
        let line = try await recorded([.wait(.recording, withinMs: 3000), .silence(ms: 400), .keys("1"), .wait(.end, withinMs: 3000)], readyMs: 1500)
        {
            call, account in
            try await LineCase.until(call) { $0.timeline.contains { $0.kind == "recorded" } }
            let sid = try #require(await call.recordings.keys.first)
            #expect(await RESTCases.get(account, "Recordings/\(sid)").status == 404)
            #expect(await RESTCases.get(account, "Recordings/\(sid).json").json["status"]?.string == "processing")
            try await LineCase.until(call) { $0.timeline.contains { $0.kind == "recording-ready" } }
            let wave = await RESTCases.get(account, "Recordings/\(sid)")
            #expect(wave.contentType == "audio/x-wav")
            #expect(try WAV.read(wave.body).format.sampleRate == 8000)
            let mp3 = await RESTCases.get(account, "Calls/\(call.callSid)/Recordings/\(sid).mp3")
            #expect(mp3.contentType == "audio/mpeg")
            #expect(try MP3Decoder.file(mp3.body).pcm.count > 2000)
            #expect(await RESTCases.get(account, "Recordings/\(sid).json").json["status"]?.string == "completed")
            #expect(await call.report.counters.recordingsFetched == 2)
            #expect(await RESTCases.send(account, "DELETE", "Recordings/\(sid)").status == 204)
            #expect(await RESTCases.get(account, "Recordings/\(sid)").status == 404)
        }
        #expect(line.result.recordings.count == 1)
        await line.account.stop()
    }

    // MARK: Dial

    private static let dial = LineCase.twiml(
        "<Dial action=\"\(FakeApplication.base)/webhook/transfer_ended\" timeout=\"2\">+972501112233</Dial>")

    private func dialled(_ plan: DialPlan, steps: [CallerSteps.Step] = [.wait(.end, withinMs: 8000)]) async throws -> LineCase {
        var behaviour = FakeApplication.Behaviour()
        behaviour.documents["/webhook/transfer_ended"] = [LineCase.twiml("<Hangup/>")]
        return try await LineCase.call(behaviour, incoming: Self.dial, steps: steps) { $0.dials = [plan] }
    }

    @Test func somebodyAnswers() async throws {
        let line = try await dialled(
            DialPlan(.answered, afterMs: 500, talkMs: 1600), steps: [.hear(Call.ActiveDial.person, withinMs: 5000), .wait(.end, withinMs: 5000)])
        let action = try #require(line.application.requests(to: "/webhook/transfer_ended").first)
        #expect(action.field("DialCallStatus") == "completed")
        #expect(action.field("DialCallDuration") == "2")
        #expect(action.field("DialBridged") == "true")
        #expect(action.field("DialCallSid")?.hasPrefix("CA") == true)
        #expect(line.report.spoken?.problems == [])
        #expect(line.report.dials == ["completed"])
    }

    @Test(arguments: [DialPlan(.busy, afterMs: 300), DialPlan(.noAnswer), DialPlan(.failed)]) func nobodyAnswers(_ plan: DialPlan) async throws {
        let line = try await dialled(plan)
        let action = try #require(line.application.requests(to: "/webhook/transfer_ended").first)
        #expect(action.field("DialCallStatus") == plan.status.rawValue)
        #expect(action.field("DialCallDuration") == nil)
        #expect(action.field("DialBridged") == "false")
        // The caller hears it ring until then.
        if plan.status == .noAnswer { #expect(line.report.agentSpeech.count == 1) }
    }

    @Test func hangingUpDuringADialTellsTheAction() async throws {
        let line = try await dialled(DialPlan(.answered, afterMs: 100, talkMs: nil), steps: [.wait(.connected, withinMs: 4000), .silence(ms: 300)])
        let action = try #require(line.application.requests(to: "/webhook/transfer_ended").first)
        #expect(action.field("DialCallStatus") == "completed")
        #expect(line.report.endedBy == "caller")
    }

    @Test func anUpdateDuringADialAsksTheActionFirst() async throws {
        var behaviour = FakeApplication.Behaviour()
        behaviour.documents["/webhook/transfer_ended"] = [LineCase.twiml("<Pause length=\"9\"/>")]
        let line = try await LineCase.call(behaviour, incoming: Self.dial, steps: [.wait(.end, withinMs: 8000)]) {
            $0.dials = [DialPlan(.answered, afterMs: 100, talkMs: nil)]
        } during: { call, account in
            try await LineCase.until(call) { $0.timeline.contains { $0.kind == "dial-answered" } }
            let child = try #require(await call.children.keys.first)
            let shown = await RESTCases.get(account, "Calls/\(child).json").json
            #expect(shown["parent_call_sid"]?.string == call.callSid)
            #expect(shown["direction"]?.string == "outbound-dial")
            _ = await RESTCases.send(account, "POST", "Calls/\(call.callSid).json", [FormField("Twiml", LineCase.twiml("<Hangup/>"))])
        }
        #expect(line.application.requests(to: "/webhook/transfer_ended").count == 1)
        #expect(line.report.verbs.map(\.name) == ["dial +972501112233", "hangup"])
        await line.account.stop()
    }
}

/// Requests to the account API, past the socket.
enum RESTCases {
    static func send(_ account: SimulatedAccount, _ method: String, _ path: String, _ form: [FormField] = []) async -> RESTAnswer {
        await account.answer(
            RESTRequest(
                method: method, path: "/2010-04-01/Accounts/AC1/" + path,
                authorization: "Basic " + Base64.encode(Array("AC1:\(FakeApplication.authToken)".utf8)), form: form))
    }

    static func get(_ account: SimulatedAccount, _ path: String) async -> RESTAnswer { await send(account, "GET", path) }
}

extension RESTAnswer {
    var json: JSONValue { (try? JSONReader.parse(body)) ?? .null }
}
