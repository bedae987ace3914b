import Testing

@testable import TwilioSimulatorKit

/// Verbs that came later: `<Dial>`, `<Start>`, `<Stop>`, `<Reject>`; and what the attributes may be.
@Suite struct ExecutorTests {
    private let target = ActionTarget(url: TwiMLTests.source.url, method: "POST")

    private func running(_ verbs: [Verb], habits: TwilioHabits = TwilioHabits()) -> (DocumentExecutor, [DocumentExecutor.Action]) {
        var executor = DocumentExecutor(habits: habits)
        _ = executor.begin(target)
        let actions = executor.documentArrived(TwiMLDocument(verbs: verbs, warnings: []))
        return (executor, actions)
    }

    @Test func aDialAsksItsActionOrGoesOn() {
        let dial = DialVerb(number: "+972501112233", action: target)
        var (executor, actions) = running([.dial(dial), .hangup])
        #expect(actions == [.dial(dial)])
        let extra = [FormField("DialCallStatus", "busy")]
        #expect(executor.dialFinished(extra: extra) == [.fetch(target, extra: extra)])
        let plain = DialVerb(number: "+972501112233", action: nil)
        (executor, actions) = running([.dial(plain), .pause(seconds: 1)])
        #expect(executor.dialFinished(extra: extra) == [.pause(seconds: 1)])
        #expect(executor.begun.map(\.shortName) == ["dial +972501112233", "pause"])
    }

    @Test func aHangUpEndsWhatRuns() {
        var (executor, _) = running([.dial(DialVerb(number: "+972501112233", action: target))])
        #expect(executor.callerHungUp(reason: "bye") == [.stopDialing(asking: target), .hangUp(byAgent: false, reason: "bye")])
        let record = RecordVerb(action: target, timeout: 5, finishOnKey: "#", maxLength: 10, playBeep: true)
        (executor, _) = running([.record(record)])
        #expect(executor.callerHungUp(reason: "bye") == [.stopRecording(asking: target), .hangUp(byAgent: false, reason: "bye")])
        #expect(!executor.isRunningVerb)
    }

    @Test func theActionAfterAnUpdateIsAChoice() {
        let stream = StreamNoun(url: TwiMLTests.source.url)
        let document = TwiMLDocument(verbs: [.hangup], warnings: [])
        var habits = TwilioHabits()
        var (executor, _) = running([.connect(stream, action: target)], habits: habits)
        #expect(executor.update(document).prefix(2) == [.closeStream, .hangUp(byAgent: true, reason: "<Hangup>")])
        habits.connectActionAfterUpdate = true
        (executor, _) = running([.connect(stream, action: target)], habits: habits)
        #expect(executor.update(document).prefix(2) == [.closeStream, .notify(target, extra: [])])
        habits.connectActionAfterHangUp = false
        (executor, _) = running([.connect(stream, action: target)], habits: habits)
        #expect(executor.callerHungUp(reason: "x") == [.closeStream, .hangUp(byAgent: false, reason: "x")])
    }

    @Test func startAndStopDoNotBlock() {
        let stream = StreamNoun(url: TwiMLTests.source.url, tracks: ["outbound"])
        let (_, actions) = running([.start(stream), .stop(name: nil), .reject(reason: "busy")])
        #expect(actions == [.startStream(stream), .stopStream(name: nil), .hangUp(byAgent: true, reason: "<Reject reason=\"busy\">")])
    }

    // MARK: Reading

    private func warnings(_ verbs: String) throws -> [Int] {
        try TwiMLReader.read(Array("<Response>\(verbs)</Response>".utf8), source: TwiMLTests.source).warnings.map(\.code)
    }

    @Test func everyLegalAttributeIsKnown() throws {
        let all = """
            <Play loop="2">/a.mp3</Play>
            <Start action="/s"><Stream url="wss://voice.example.test/m" track="both_tracks" name="n" statusCallbackMethod="GET"/></Start>
            <Stop><Stream name="n"/></Stop>
            <Gather action="/g" method="GET" input="dtmf speech" timeout="5" speechTimeout="auto" numDigits="1" finishOnKey="#" language="he-IL" \
            hints="a" speechModel="phone_call" actionOnEmptyResult="true" profanityFilter="false"><Say voice="man" language="en-US" loop="1">x</Say>\
            <Pause length="2"/></Gather>
            <Dial timeout="20" timeLimit="60" callerId="+97235550100" answerOnBridge="true" hangupOnStar="true" record="record-from-answer" \
            trim="do-not-trim" ringTone="il" sequential="true" callReason="x" recordingTrack="both"><Number sendDigits="1">+972501112233</Number></Dial>
            <Connect action="/c" method="POST"><Stream url="wss://voice.example.test/m" name="x" \
            statusCallback="https://voice.example.test/s"><Parameter name="a" value="b"/></Stream></Connect>
            <Record action="/r" method="POST" timeout="5" finishOnKey="#" maxLength="120" playBeep="true" trim="trim-silence" \
            recordingStatusCallback="/s" recordingStatusCallbackMethod="POST" recordingStatusCallbackEvent="in-progress completed absent" \
            transcribe="false"/>
            """
        #expect(try warnings(all) == [])
    }

    @Test(arguments: [
        "<Dial timeOut=\"3\">+972501112233</Dial>", "<Record action=\"/r\" maxLength=\"0\"/>", "<Record action=\"/r\" finishOnKey=\"x\"/>",
        "<Record action=\"/r\" playBeep=\"yes\"/>", "<Redirect method=\"PUT\">/x</Redirect>", "<Pause length=\"long\"/>", "<Reject reason=\"no\"/>",
        "<Dial action=\"/a\">+972501112233</Dial><Hangup/>", "<Record action=\"/r\" recordingStatusCallbackEvent=\"soon\"/>",
    ])
    func oneMistakeIsOneWarning(_ verbs: String) throws { #expect(try warnings(verbs) == [12200]) }

    @Test func errorsOfADial() {
        func code(_ verbs: String, update: Bool = false) -> Int? {
            do throws(TwilioNotice) {
                _ = try TwiMLReader.read(
                    Array("<Response>\(verbs)</Response>".utf8),
                    source: DocumentSource(url: TwiMLTests.source.url, isCallUpdate: update, loopback: false))
                return nil
            } catch { return error.code }
        }
        #expect(code("<Dial>somebody</Dial>") == 13223)
        #expect(code("<Dial action=\"/a\">+972501112233</Dial>", update: true) == 15004)
        #expect(code("<Record action=\"/a\"/>", update: true) == 15004)
        #expect(code("<Play>/a.mp3</Play>", update: true) == 11100)
        #expect(code("<Redirect>https://a_b.example/x</Redirect>") == nil)
        #expect(code("<Connect action=\"https://a_b.example/x\"><Stream url=\"wss://voice.example.test/m\"/></Connect>") == 11100)
    }

    @Test func audioAndPlainTextAsAnAnswer() throws {
        let audio = try TwiMLReader.read(status: 200, contentType: "audio/mpeg", body: [1], source: TwiMLTests.source)
        #expect(audio.verbs == [.play(url: TwiMLTests.source.url, loop: 1), .hangup])
        let text = try TwiMLReader.read(
            status: 200, contentType: "text/plain", body: Array("<Response><Pause/></Response>".utf8), source: TwiMLTests.source)
        #expect(text.verbs == [.pause(seconds: 1)])
        let spoken = try TwiMLReader.read(status: 200, contentType: "text/plain", body: Array("hello".utf8), source: TwiMLTests.source)
        #expect(spoken.verbs == [.unsupported("Say"), .hangup])
    }
}
