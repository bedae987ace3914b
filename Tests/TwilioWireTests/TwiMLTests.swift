import Testing
import TwilioWire

/// How verbs are written. The documents that the gateway answers with have golden files (Tests/GatewayTests/Golden).
@Suite struct TwiMLTests {
    static let head = #"<?xml version="1.0" encoding="UTF-8"?>"#
    private static let difficult = "https://v.example/a?b=1&c=\"<'>\n"
    private static let escaped = "https://v.example/a?b=1&amp;c=&quot;&lt;&apos;&gt;&#10;"

    static func verbs() throws -> [(TwiML.Verb, String)] {
        let parameters = [try TwiML.Parameter(name: "token", value: "1.1.99.AbC-_"), try TwiML.Parameter(name: "n", value: "\"דנה\" <&'>\n")]
        return [
            (.play(url: difficult), "<Play>\(escaped)</Play>"),
            (
                .connect(TwiML.Stream(url: difficult, parameters: parameters, statusCallback: difficult), action: difficult),
                #"<Connect action="\#(escaped)" method="POST"><Stream url="\#(escaped)" statusCallback="\#(escaped)">"#
                    + #"<Parameter name="token" value="1.1.99.AbC-_"/><Parameter name="n" value="&quot;דנה&quot; &lt;&amp;&apos;&gt;&#10;"/></Stream></Connect>"#
            ),
            (.connect(TwiML.Stream(url: "wss://v.example/w"), action: nil), #"<Connect><Stream url="wss://v.example/w"/></Connect>"#),
            (.hangup, "<Hangup/>"),
            (.redirect(url: difficult), #"<Redirect method="POST">\#(escaped)</Redirect>"#),
            (.redirect(url: "https://v.example/e", method: .get), #"<Redirect method="GET">https://v.example/e</Redirect>"#),
            (.pause(seconds: 1), #"<Pause length="1"/>"#),
            (
                .record(.init(action: difficult, statusCallback: difficult)),
                #"<Record action="\#(escaped)" method="POST" maxLength="120" timeout="5" recordingStatusCallback="\#(escaped)" recordingStatusCallbackEvent="completed absent"/>"#
            ),
            (
                .record(.init(action: "https://v.example/r", maximumLength: 60, silenceTimeout: 3)),
                #"<Record action="https://v.example/r" method="POST" maxLength="60" timeout="3"/>"#
            ),
            (
                .dial(number: "+972501112233", action: difficult, seconds: 25),
                #"<Dial action="\#(escaped)" method="POST" timeout="25">+972501112233</Dial>"#
            ),
        ]
    }

    @Test func verbsAreWrittenAsTwilioReadsThem() throws {
        for (verb, expected) in try Self.verbs() { #expect(TwiML([verb]).text == "\(Self.head)<Response>\(expected)</Response>") }
        let all = try Self.verbs()
        #expect(TwiML(all.map(\.0)).text == "\(Self.head)<Response>\(all.map(\.1).joined())</Response>")
        #expect(TwiML.empty.text == Self.head + "<Response/>")
    }

    @Test func parameterLimit() throws {
        #expect(throws: Never.self) { try TwiML.Parameter(name: "n", value: String(repeating: "v", count: 498)) }
        #expect(throws: TwiMLError.self) { try TwiML.Parameter(name: "n", value: String(repeating: "v", count: 499)) }
    }

    @Test func forbiddenCharactersAreLeftOut() {
        #expect(TwiML([.play(url: "a\u{0}\u{8}b\tc")]).text == Self.head + "<Response><Play>ab&#9;c</Play></Response>")
    }
}
