import Audio
import Glibc
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Signing
import Testing

@testable import TwilioSimulatorKit

/// Whole calls against ``FakeApplication``, in real time.
@Suite(.serialized) struct EndToEndTests {
    /// A voice without a program: 300 ms of a square wave.
    struct ToneVoice: CustomerVoice {
        func speak(_ sentence: String, voice: String, rate: Int) async throws -> SpokenSentence {
            EspeakCustomerVoice.overTheLine(
                sentence, pcm: (0..<2400).map { Int16($0 / 10 % 2 == 0 ? 6000 : -6000) }, sampleRate: 8000)
        }
    }

    static let script = CustomerScript(
        name: "tones", opening: "one", answers: [.init(when: [], say: "two"), .init(when: [], say: "three")])

    static func call(_ behaviour: FakeApplication.Behaviour = .init(), script: CustomerScript = script) async throws -> (FakeApplication, CallResult)
    {
        await Lines.shared.take()
        defer { Task { await Lines.shared.give() } }
        let application = try await FakeApplication.start(behaviour)
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        let plan = account.plan(
            from: "+972501234567", to: "+97235550100", route: try application.route(), script: script, voice: ToneVoice())
        let result = try await account.call(plan)
        await application.stop()
        return (application, result)
    }

    @Test func aWholeCall() async throws {
        let (application, result) = try await Self.call()
        let report = result.report
        #expect(report.outcome.succeeded, "\(report.outcome.reason)")
        #expect(report.outcome.kind == "agent-ended")
        #expect(report.notices == [])
        #expect(report.customerUtterances.map(\.text) == ["one", "two", "three"])
        for utterance in report.customerUtterances {
            let delay = try #require(utterance.delayMs)
            // The application's rule is 200 ms of silence; ten times that is the limit on a busy machine.
            #expect(delay >= 200 && delay < 2000, "\(delay)")
            #expect(utterance.voiceEndMs - utterance.voiceStartMs > 250)
            #expect(utterance.agentArrivedMs != nil)
        }
        // Greeting and three replies.
        #expect(report.agentSpeech.count == 4)
        #expect(report.counters.marksReturned == 3)
        #expect(abs(result.agentTrack.count - result.callerTrack.count) < 8000)

        let requests = application.requests.withLockedValue { $0 }
        #expect(
            requests.map(\.target) == [
                "/webhook/incoming_call", "/static/greeting.mp3", "/ws/twilio-media", "/webhook/stream_ended", "/webhook/call_status",
            ])
        for request in requests { #expect(request.signatureIsRight, "\(request.target)") }
        #expect(requests[0].form.contains(FormField("CallStatus", "ringing")))
        #expect(requests[0].form.contains(FormField("From", "+972501234567")))
        #expect(requests[4].form.contains(FormField("CallStatus", "completed")))
        #expect(requests[4].form.contains { $0.name == "CallDuration" })
        #expect(requests[0].token != nil && requests[0].token != requests[3].token)

        let messages = application.messages.withLockedValue { $0 }
        #expect(messages.first == #"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        #expect(messages[1].contains(#""customParameters":{"token":"t1"}"#))
        #expect(messages.filter { $0.contains(#""event":"mark""#) }.count == 3)
    }

    /// Says goodbye at once; whose call it is does not matter here.
    struct OneCue: AgentTextSource {
        func cues(callSid: String) -> AsyncStream<AgentCue> {
            AsyncStream(bufferingPolicy: .bufferingNewest(8)) { continuation in
                continuation.yield(AgentCue(text: "תודה, ולהתראות.", turn: 4))
                continuation.finish()
            }
        }
    }

    @Test func aCueEndsTheCall() async throws {
        let application = try await FakeApplication.start()
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        var script = Self.script
        script.hangUpWhen = ["להתראות"]
        var plan = account.plan(
            from: "+972501234567", to: "+97235550100", route: try application.route(), script: script, voice: ToneVoice())
        plan.textSource = OneCue()
        let report = try await account.call(plan).report
        await application.stop()
        #expect(report.agentCues.map(\.turn) == [4])
        #expect(report.outcome == .init(succeeded: true, kind: "goodbye", reason: "the agent said goodbye and the customer hung up"))
        #expect(report.customerUtterances.map(\.text) == ["one"])
        // The caller hung up during the stream: `stop` is sent, the action and the status callback are told.
        #expect(application.messages.withLockedValue { $0.last?.contains(#""event":"stop""#) } == true)
        let targets = application.requests.withLockedValue { $0.map(\.target) }
        #expect(Set(targets.suffix(2)) == ["/webhook/stream_ended", "/webhook/call_status"])
    }

    static let hasEspeak = (getenv("PATH").map { String(cString: $0) } ?? "").split(separator: ":").contains { access("\($0)/espeak-ng", X_OK) == 0 }

    @Test(.enabled(if: hasEspeak, "espeak-ng is not installed")) func theRealVoiceIsLineAudio() async throws {
        let voice = EspeakCustomerVoice(lexicon: try PhonemeLexicon("שלום\tSal'om"))
        let spoken = try await voice.speak("שלום", voice: "he+m3", rate: 150)
        #expect((1600...16_000).contains(spoken.audio.count))
        #expect(spoken.voiced == 0..<spoken.audio.count)
        #expect(Loudness.dBFS(MuLaw.decode(spoken.audio)) > -40)
        await #expect(throws: SimulatorFailure.self) { try await voice.speak("שלום עולם", voice: "he+m3", rate: 150) }
    }

    @Test func aRefusedWebhookFailsTheCall() async throws {
        let (application, result) = try await Self.call(.init(incomingStatus: .forbidden))
        #expect(!result.report.outcome.succeeded)
        #expect(result.report.errors.map(\.code) == [11200])
        #expect(application.requests.withLockedValue { $0.last?.target } == "/webhook/call_status")
    }

    @Test func aRefusedHandshakeIs31920AndTheActionRuns() async throws {
        let (application, result) = try await Self.call(.init(streamPath: "/ws/wrong"))
        #expect(result.report.errors.map(\.code) == [31920])
        #expect(application.requests.withLockedValue { $0.map(\.target) }.contains("/webhook/stream_ended"))
    }

    @Test func aMissingFileIs11200() async throws {
        let twiml = "<Response><Play>https://voice.example.test/static/none.mp3</Play><Hangup/></Response>"
        let (_, result) = try await Self.call(.init(incomingTwiML: twiml))
        #expect(result.report.errors.map(\.code) == [11200])
    }

    @Test func foreignStreamSidIs31951Once() async throws {
        var short = Self.script
        short.answers = []
        let (_, result) = try await Self.call(
            .init(replies: 1, firstMessage: #"{"event":"clear","streamSid":"MZother"}"#), script: short)
        #expect(result.report.notices.map(\.code) == [31951])
        #expect(result.report.outcome.succeeded)
    }

    @Test func anAbnormalCloseIs31921() async throws {
        let (_, result) = try await Self.call(.init(replies: 1, closeCode: .unexpectedServerError))
        #expect(result.report.errors.map(\.code) == [31921])
    }

    @Test func recordLeavesAMessage() async throws {
        var short = Self.script
        short.answers = []
        let twiml = #"<Response><Record action="https://voice.example.test/webhook/stream_ended" timeout="2" maxLength="20"/></Response>"#
        let (application, result) = try await Self.call(.init(incomingTwiML: twiml), script: short)
        let action = try #require(application.requests.withLockedValue { $0.first { $0.target == "/webhook/stream_ended" } })
        #expect(action.form.contains { $0.name == "RecordingUrl" && $0.value.contains("/2010-04-01/Accounts/AC1/Recordings/RE") })
        #expect(result.recordings.count == 1)
        #expect(CallAnalysis.spans(of: result.recordings.values.first ?? []).count == 1)
    }

    @Test func theAccountAPIAnswersLikeTwilio() async throws {
        let application = try await FakeApplication.start()
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)
        let call = Call(
            plan: account.plan(from: "+972501234567", to: "+97235550100", route: try application.route(), script: Self.script, voice: ToneVoice()),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        account.add(call)
        let authorization = "Basic " + Base64.encode(Array("AC1:\(FakeApplication.authToken)".utf8))
        func post(_ sid: String, _ form: [FormField], authorization: String? = authorization) async -> (Int, JSONValue) {
            let answer = await account.answer(
                RESTRequest(
                    method: "POST", path: "/2010-04-01/Accounts/AC1/Calls/\(sid).json", authorization: authorization, form: form))
            return (answer.status, (try? JSONReader.parse(answer.body)) ?? .null)
        }
        let unauthorised = await post(call.callSid, [], authorization: nil)
        #expect(unauthorised.0 == 401 && unauthorised.1["code"] == .number("20003"))
        let unknown = await post("CA0", [])
        #expect(unknown.0 == 404 && unknown.1["code"] == .number("20404"))
        async let running = call.run()
        while await call.report.streamSids.isEmpty { await Task.yield() }
        let relative = await post(call.callSid, [FormField("Twiml", "<Response><Redirect>/x</Redirect></Response>")])
        #expect(relative.0 == 400 && relative.1["code"] == .number("15004"))
        let long = await post(call.callSid, [FormField("Twiml", "<Response>" + String(repeating: " ", count: 4000) + "</Response>")])
        #expect(long.1["code"] == .number("32018"))
        let twiml = "<Response><Play>https://voice.example.test/static/greeting.mp3</Play><Hangup/></Response>"
        let updated = await post(call.callSid, [FormField("Twiml", twiml)])
        #expect(updated.0 == 200 && updated.1["sid"]?.string == call.callSid && updated.1["status"]?.string == "in-progress")
        let result = try await running
        #expect(
            result.report.timeline.map(\.kind).filter { ["play-started", "stream-stopped"].contains($0) } == [
                "play-started", "stream-stopped", "play-started",
            ])
        let late = await post(call.callSid, [FormField("Status", "completed")])
        #expect(late.0 == 400 && late.1["code"] == .number("21220"))
        await application.stop()
    }

    @Test func aSmallLoadRun() async throws {
        let application = try await FakeApplication.start(.init(replies: 100))
        var plan = LoadPlan(
            calls: 3, accountSid: "AC1", authToken: FakeApplication.authToken, to: "+97235550100", route: try application.route(),
            signal: .voiced(milliseconds: 300))
        plan.turns.utterances = 2
        let report = await LoadRun.run(plan)
        await application.stop()
        #expect(report.failedCalls == [])
        #expect(report.utterances == 6)
        #expect(report.lostTurns == 0)
        let delay = try #require(report.fromLastVoicedFrame)
        #expect(delay.count == 6)
        #expect(delay.p50 >= 190 && delay.p50 < 2000)
        #expect(report.invalidMessages == 0)
        #expect(application.requests.withLockedValue { $0.filter { $0.target == "/webhook/call_status" }.count } == 3)
    }
}
