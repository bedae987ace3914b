import Testing

@testable import TwilioSimulatorKit

@Suite struct TwiMLTests {
    static let source = DocumentSource(
        url: WebAddress(scheme: "https", host: "voice.example.test", port: nil, target: "/webhook/incoming_call"), loopback: false)
    static let incoming = """
        <?xml version="1.0" encoding="UTF-8"?>
        <Response>
          <Play>https://voice.example.test/static/tts/greeting_he.mp3</Play>
          <Connect action="https://voice.example.test/webhook/stream_ended">
            <Stream url="wss://voice.example.test/ws/twilio-media">
              <Parameter name="call_sid" value="CA1"/><Parameter name="token" value="a&amp;b"/>
            </Stream>
          </Connect>
          <Hangup/>
        </Response>
        """

    func read(_ text: String, update: Bool = false, loopback: Bool = false) throws(TwilioNotice) -> TwiMLDocument {
        var source = Self.source
        source.isCallUpdate = update
        source.loopback = loopback
        return try TwiMLReader.read(Array(text.utf8), source: source)
    }

    func code(_ text: String, update: Bool = false, loopback: Bool = false) -> Int? {
        do throws(TwilioNotice) {
            _ = try read(text, update: update, loopback: loopback)
            return nil
        } catch { return error.code }
    }

    @Test func incomingCallDocument() throws {
        let document = try read(Self.incoming)
        #expect(document.warnings.isEmpty)
        #expect(document.verbs.count == 3)
        guard case .connect(let stream, let action?) = document.verbs[1] else { Issue.record("no <Connect>"); return }
        #expect(stream.url.description == "wss://voice.example.test/ws/twilio-media")
        #expect(stream.parameters == [FormField("call_sid", "CA1"), FormField("token", "a&b")])
        #expect(action.url.target == "/webhook/stream_ended")
        #expect(document.verbs[2] == .hangup)
    }

    @Test(arguments: [
        "", "\n<?xml version=\"1.0\"?><Response/>", "<Response>", "<Response></response>", "<Responses/>", "<Response a=b/>",
        "<Response><Play>a&b</Play></Response>", "<Response/>x", "<!DOCTYPE r [<!ENTITY a \"b\">]><Response/>",
        "<Response><Connect/><Hangup></Response></Hangup>", "<Response a='1' a='2'/>",
    ])
    func malformedIs12100(_ text: String) { #expect(code(text) == 12100) }

    @Test(arguments: [
        "<Response><hangup/></Response>", "<Response><Pause Length=\"2\"/></Response>", "<Response><Dance/></Response>",
        "<Response><Play>/a.mp3<b/></Play></Response>", "<Response><Hangup/><Pause/></Response>",
        "<Response><Connect><Stream url=\"wss://voice.example.test/m?token=1\"/></Connect></Response>",
    ])
    func schemaMistakesWarn12200(_ text: String) throws { #expect(try read(text).warnings.map(\.code) == [12200]) }

    @Test func streamMustBeSecureUnlessLoopback() {
        let text = #"<Response><Connect><Stream url="ws://127.0.0.1:8080/m"/></Connect></Response>"#
        #expect(code(text) == 31922)
        #expect(code(text, loopback: true) == nil)
        #expect(code(#"<Response><Connect><Stream url="https://voice.example.test/m"/></Connect></Response>"#) == 31922)
        #expect(code(#"<Response><Connect><Stream/></Connect></Response>"#) == 31923)
        #expect(code(#"<Response><Connect><Stream url="wss://voice.example.test/m" track="both_tracks"/></Connect></Response>"#) == 31941)
    }

    @Test func updatesNeedAbsoluteActions() {
        #expect(code(#"<Response><Connect action="/x"><Stream url="wss://voice.example.test/m"/></Connect></Response>"#, update: true) == 15004)
        #expect(code(#"<Response><Connect action="/x"><Stream url="wss://voice.example.test/m"/></Connect></Response>"#) == nil)
        #expect(code("<Response><Redirect>/x</Redirect></Response>", update: true) == 15004)
        #expect(code("<Response><Record/></Response>", update: true) == 11100)
    }

    @Test func answersAreCheckedLikeTwilioDoes() throws {
        func code(_ status: Int, _ type: String?, _ body: String) -> Int? {
            do throws(TwilioNotice) {
                _ = try TwiMLReader.read(status: status, contentType: type, body: Array(body.utf8), source: Self.source)
                return nil
            } catch { return error.code }
        }
        #expect(code(200, "text/xml; charset=utf-8", Self.incoming) == nil)
        #expect(code(500, "text/xml", Self.incoming) == 11200)
        #expect(code(403, nil, "") == 11200)
        #expect(code(200, "application/json", "{}") == 12300)
        #expect(code(200, nil, Self.incoming) == 12300)
        #expect(code(200, "text/xml", "<Response><!--" + String(repeating: "x", count: 65_536) + "--></Response>") == 11750)
        #expect(code(204, nil, "") == nil)
    }

    @Test func parameterLengthIsLimited() throws {
        let value = String(repeating: "x", count: 499)
        let text =
            #"<Response><Connect><Stream url="wss://voice.example.test/m"><Parameter name="t" value="\#(value)"/></Stream></Connect></Response>"#
        #expect(try read(text).warnings.map(\.code) == [12200])
    }

    // MARK: Executor

    @Test func runsVerbsInOrderAndAsksTheAction() throws {
        var executor = DocumentExecutor()
        let first = ActionTarget(url: Self.source.url, method: "POST")
        let seen1 = executor.begin(first)
        #expect(seen1 == [.fetch(first, extra: [])])
        let document = try read(Self.incoming)
        guard case .play = executor.documentArrived(document).first else { Issue.record("no play"); return }
        guard case .openStream = executor.playFinished().first else { Issue.record("no stream"); return }
        let seen2 = executor.playFinished().isEmpty
        #expect(seen2)
        guard case .fetch(let action, _) = executor.streamEnded().first else { Issue.record("no action"); return }
        #expect(action.url.target == "/webhook/stream_ended")
        let seen3 = executor.documentArrived(TwiMLDocument(verbs: [.hangup], warnings: []))
        #expect(seen3 == [.hangUp(byAgent: true, reason: "<Hangup>")])
        #expect(executor.hasEnded)
        let seen4 = executor.completedByREST().isEmpty
        #expect(seen4)
    }

    @Test func updateStopsTheStreamFirst() throws {
        var executor = DocumentExecutor()
        _ = executor.begin(ActionTarget(url: Self.source.url, method: "POST"))
        _ = executor.documentArrived(try read(Self.incoming))
        _ = executor.playFinished()
        let actions = executor.update(TwiMLDocument(verbs: [.pause(seconds: 1)], warnings: []))
        #expect(actions == [.closeStream, .pause(seconds: 1)])
        let seen5 = executor.streamEnded().isEmpty
        #expect(seen5)
        let seen6 = executor.pauseFinished()
        #expect(seen6 == [.hangUp(byAgent: true, reason: "the document ended")])
    }

    @Test func callerHangsUpDuringTheStream() throws {
        var executor = DocumentExecutor()
        _ = executor.begin(ActionTarget(url: Self.source.url, method: "POST"))
        _ = executor.documentArrived(try read(Self.incoming))
        _ = executor.playFinished()
        let actions = executor.callerHungUp(reason: "goodbye")
        #expect(actions.first == .closeStream)
        #expect(actions.last == .hangUp(byAgent: false, reason: "goodbye"))
        #expect(actions.count == 3)
    }

    @Test func elevenRedirectsInARowFail() {
        var executor = DocumentExecutor()
        let target = ActionTarget(url: Self.source.url, method: "POST")
        var actions = executor.begin(target)
        for _ in 0..<10 { actions = executor.documentArrived(TwiMLDocument(verbs: [.redirect(target)], warnings: [])) }
        #expect(actions == [.fetch(target, extra: [])])
        actions = executor.documentArrived(TwiMLDocument(verbs: [.redirect(target)], warnings: []))
        guard case .notice(let notice) = actions.first else { Issue.record("no notice"); return }
        #expect(notice.code == 11215)
        #expect(executor.hasEnded)
    }
}
