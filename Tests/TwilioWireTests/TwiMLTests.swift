import Testing
import TwilioWire

/// Every document as a golden string, with what runs after each verb.
@Suite struct TwiMLTests {
    static let head = #"<?xml version="1.0" encoding="UTF-8"?>"#

    static func documents() throws -> [(TwiML, String)] {
        let parameters = [try TwiML.Parameter(name: "token", value: "1.1.99.AbC-_"), try TwiML.Parameter(name: "n", value: "\"דנה\" <&'>\n")]
        return [
            (
                .incomingCall(
                    greetingURL: "https://v.example/static/tts/greeting_he.mp3?a=1&b=2", streamURL: "wss://v.example/ws/twilio-media",
                    actionURL: "https://v.example/webhook/stream_ended", parameters: parameters),
                #"<Response><Play>https://v.example/static/tts/greeting_he.mp3?a=1&amp;b=2</Play><Connect action="https://v.example/webhook/stream_ended" method="POST"><Stream url="wss://v.example/ws/twilio-media"><Parameter name="token" value="1.1.99.AbC-_"/><Parameter name="n" value="&quot;דנה&quot; &lt;&amp;&apos;&gt;&#10;"/></Stream></Connect></Response>"#
            ),
            (
                .incomingCall(greetingURL: nil, streamURL: "wss://v.example/w", actionURL: "https://v.example/e", parameters: []),
                #"<Response><Connect action="https://v.example/e" method="POST"><Stream url="wss://v.example/w"/></Connect></Response>"#
            ),
            (.refusal(playURL: "https://v.example/r.mp3"), "<Response><Play>https://v.example/r.mp3</Play><Hangup/></Response>"),
            (.fallback(playURL: "https://v.example/f.mp3"), "<Response><Play>https://v.example/f.mp3</Play><Hangup/></Response>"),
            (.endCall, "<Response><Hangup/></Response>"),
            (.empty, "<Response/>"),
            (
                .wait(redirectURL: "https://v.example/e?a=1&b=2"),
                #"<Response><Pause length="1"/><Redirect method="POST">https://v.example/e?a=1&amp;b=2</Redirect></Response>"#
            ),
            (
                TwiML([.record(.init(action: "https://v.example/rec", statusCallback: "https://v.example/done"))]),
                #"<Response><Record action="https://v.example/rec" maxLength="120" timeout="5" recordingStatusCallback="https://v.example/done"/></Response>"#
            ),
        ]
    }

    @Test func goldens() throws {
        for (document, expected) in try Self.documents() { #expect(document.text == Self.head + expected) }
    }

    @Test func nothingIsSaidByTwilio() throws {
        for (document, _) in try Self.documents() { #expect(!document.text.contains("<Say")) }
    }

    @Test func callerIsNeverLeftOnASilentLine() throws {
        for (document, _) in try Self.documents() where !document.verbs.isEmpty {
            switch document.verbs.last {
            case .connect(_, let action, _): #expect(action != nil)
            case .hangup, .redirect, .record: break
            default: Issue.record("nothing follows the last verb of \(document.text)")
            }
        }
    }

    @Test func parameterLimit() throws {
        #expect(throws: Never.self) { try TwiML.Parameter(name: "n", value: String(repeating: "v", count: 498)) }
        #expect(throws: TwiMLError.self) { try TwiML.Parameter(name: "n", value: String(repeating: "v", count: 499)) }
    }

    @Test func forbiddenCharactersAreLeftOut() {
        #expect(TwiML([.play(url: "a\u{0}\u{8}b\tc")]).text == Self.head + "<Response><Play>ab&#9;c</Play></Response>")
    }
}
