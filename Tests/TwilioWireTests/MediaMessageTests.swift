import Testing
import TwilioWire

private let sid = "MZ00000000000000000000000000000001"

private func parse(_ text: String) throws -> TwilioMessage {
    var parser = MediaMessageParser()
    return try parser.parse(Array(text.utf8))
}

private func code(_ text: String) -> MediaMessageError.Code? { code(Array(text.utf8)) }

private func code(_ bytes: [UInt8]) -> MediaMessageError.Code? {
    var parser = MediaMessageParser()
    do {
        _ = try parser.parse(bytes)
        return nil
    } catch {
        return error.code
    }
}

/// The messages of Twilio's documentation, with the field types it uses.
@Suite struct MediaMessageParserTests {
    static let start =
        #"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"\#(sid)","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"token":"a.b","שם":"דנה"}},"streamSid":"\#(sid)"}"#
    static let media =
        #"{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"5","payload":"/38A"},"streamSid":"\#(sid)"}"#

    @Test func documentedMessages() throws {
        #expect(try parse(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#) == .connected)
        let start = StreamStart(streamSid: sid, callSid: "CA1", accountSid: "AC1", customParameters: ["token": "a.b", "שם": "דנה"])
        #expect(try parse(Self.start) == .start(start))
        let media = InboundMedia(streamSid: sid, sequence: 4, chunk: 2, timestampMilliseconds: 5, payload: [0xFF, 0x7F, 0x00])
        #expect(try parse(Self.media) == .media(media))
        #expect(
            try parse(#"{"event":"dtmf","streamSid":"\#(sid)","sequenceNumber":"5","dtmf":{"track":"inbound_track","digit":"1"}}"#)
                == .dtmf(digit: "1"))
        #expect(try parse(#"{"event":"mark","sequenceNumber":"4","streamSid":"\#(sid)","mark":{"name":"my label"}}"#) == .mark(name: "my label"))
        #expect(try parse(#"{"event":"stop","sequenceNumber":"5","stop":{"accountSid":"AC1","callSid":"CA1"},"streamSid":"\#(sid)"}"#) == .stop)
    }

    @Test func keysInAnyOrderWithSpaceAndUnknownFields() throws {
        let text = """
             { "x" : [ 1 , -2.5e+3 , {"media":{"payload":"nope"}} , null , true, "\\u05d0" ] , "media" : { "payload" : "\\/38A" , "more":{},
            "timestamp" : 18553 , "chunk" : 925, "track":"outbound" } , "sequenceNumber":926 , "event" : "media" }
            """
        let media = InboundMedia(
            streamSid: nil, sequence: 926, chunk: 925, timestampMilliseconds: 18553, track: .outbound, payload: [0xFF, 0x7F, 0x00])
        #expect(try parse(text) == .media(media))
        #expect(try parse(#"{"event":"mood","mood":{"deep":[[[1]]]},"mark":7}"#) == .unknown(event: "mood"))
    }

    /// No order of keys is promised; nor that nothing is added, anywhere.
    @Test func everyOrderOfKeys() throws {
        var generator = SplitMix(state: 20_260_202)
        let unknown = [#""new":{"event":"stop","payload":"x"}"#, #""list":[1,{"a":[]}]"#, #""no":null"#, #""yes":true"#, #""n":-1.5e3"#, #""":"""#]
        func object(_ members: [String], _ generator: inout SplitMix) -> String {
            let added = unknown.filter { _ in Bool.random(using: &generator) }
            return "{" + (members + added).shuffled(using: &generator).joined(separator: Bool.random(using: &generator) ? "," : " ,\n\t") + "}"
        }
        let start = StreamStart(streamSid: sid, callSid: "CA1", accountSid: "AC1", customParameters: ["call_sid": "CA1", "token": "t"])
        for _ in 0..<500 {
            let number = { (name: String, value: Int, generator: inout SplitMix) in
                Bool.random(using: &generator) ? "\"\(name)\":\(value)" : "\"\(name)\":\"\(value)\""
            }
            let media = object(
                [#""track":"inbound""#, number("chunk", 2, &generator), number("timestamp", 5, &generator), #""payload":"/38A""#], &generator)
            let mediaText = object(
                [#""event":"media""#, number("sequenceNumber", 4, &generator), "\"media\":" + media, "\"streamSid\":\"\(sid)\""], &generator)
            #expect(
                try parse(mediaText)
                    == .media(InboundMedia(streamSid: sid, sequence: 4, chunk: 2, timestampMilliseconds: 5, payload: [0xFF, 0x7F, 0x00])),
                "\(mediaText)")
            let format = object(
                [#""encoding":"audio/x-mulaw""#, number("sampleRate", 8000, &generator), number("channels", 1, &generator)], &generator)
            let parameters = "{" + [#""call_sid":"CA1""#, #""token":"t""#].shuffled(using: &generator).joined(separator: ",") + "}"
            let inner = object(
                [
                    #""accountSid":"AC1""#, "\"streamSid\":\"\(sid)\"", #""callSid":"CA1""#, #""tracks":["inbound"]"#, "\"mediaFormat\":" + format,
                    "\"customParameters\":" + parameters,
                ], &generator)
            let startText = object([#""event":"start""#, "\"start\":" + inner, "\"streamSid\":\"\(sid)\""], &generator)
            #expect(try parse(startText) == .start(start), "\(startText)")
            let digit = number("digit", 7, &generator)
            #expect(try parse(object([#""event":"dtmf""#, "\"dtmf\":" + object([digit], &generator)], &generator)) == .dtmf(digit: "7"))
            #expect(try parse(object([#""event":"mark""#, "\"mark\":" + object([#""name":"m""#], &generator)], &generator)) == .mark(name: "m"))
            #expect(try parse(object([#""event":"stop""#, "\"stop\":" + object([], &generator)], &generator)) == .stop)
        }
    }

    @Test func startWithoutWhatIsNotNeeded() throws {
        let text =
            #"{"event":"start","streamSid":"\#(sid)","start":{"callSid":"CA1","mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000","channels":"1"}}}"#
        #expect(try parse(text) == .start(StreamStart(streamSid: sid, callSid: "CA1")))
        let odd =
            #"{"event":"start","streamSid":7,"start":{"streamSid":"\#(sid)","callSid":"CA1","accountSid":null,"customParameters":[],"mediaFormat":{"encoding":"audio/L16","sampleRate":16000,"channels":2,"bits":16},"tracks":"inbound"}}"#
        #expect(try parse(odd) == .start(StreamStart(streamSid: sid, callSid: "CA1", encoding: "audio/L16", sampleRate: 16000, channels: 2)))
    }

    @Test func escapes() throws {
        #expect(try parse(#"{"event":"mark","mark":{"name":"a\"\\\/\b\f\n\r\t\u05d0\uD83D\uDE00"}}"#) == .mark(name: "a\"\\/\u{8}\u{c}\n\r\tא😀"))
        #expect(try parse(#"{"event":"mark","mark":{"name":"א"}}"#) == .mark(name: "א"))
        #expect(code(#"{"event":"mark","mark":{"name":"\uD83D"}}"#) == .text)
        #expect(code(#"{"event":"mark","mark":{"name":"\uDE00\uD83D"}}"#) == .text)
        #expect(code(#"{"event":"mark","mark":{"name":"\u12G4"}}"#) == .syntax)
        #expect(code(#"{"event":"mark","mark":{"name":"\x"}}"#) == .syntax)
    }

    @Test(arguments: [
        "", " ", "null", "[]", "7", "{", "{}x", "{\"event\"}", "{\"event\":}", "{\"event\":\"stop\"", "{\"event\":\"stop\",}", "{event:\"stop\"}",
        "{\"event\":\"stop\"}{}", "{\"event\":\"stop\",\"x\":01}", "{\"event\":\"stop\",\"x\":1.}", "{\"event\":\"stop\",\"x\":+1}",
        "{\"event\":\"stop\",\"x\":-}", "{\"event\":\"stop\",\"x\":1e}", "{\"event\":\"stop\",\"x\":tru}", "{\"event\":\"stop\",\"x\":[1,]}",
        "{\"event\":\"stop\",\"x\":[1 2]}", "{\"event\":\"st\nop\"}", "{\"event\":\"stop\" \"x\":1}", "{\"event\":\"stop",
        "\u{FEFF}{\"event\":\"stop\"}",
        "{\"event\":\"stop\",\"x\":nul", "{'event':'stop'}", "{\"event\":\"stop\"}\0",
    ])
    func notJSON(text: String) {
        #expect(code(text) == .syntax)
    }

    /// Plain text is passed eight bytes at a time: whatever ends it may stand at any place among them.
    @Test(arguments: 0..<25) func specialBytesAtAnyPlace(_ place: Int) throws {
        let plain = String(repeating: "a", count: place)
        for rest in ["", "b", "bcdefghi", "bcdefghijklmnopqrst"] {
            #expect(try parse(#"{"event":"\#(plain)\#(rest)"}"#) == .unknown(event: plain + rest))
            #expect(try parse(#"{"event":"\#(plain)\"\#(rest)"}"#) == .unknown(event: plain + "\"" + rest))
            #expect(try parse(#"{"event":"\#(plain)\\\#(rest)"}"#) == .unknown(event: plain + "\\" + rest))
            #expect(try parse(#"{"event":"\#(plain)ש\#(rest)"}"#) == .unknown(event: plain + "ש" + rest))
            #expect(try parse(#"{"event":"\#(plain) ~!#[]\#(rest)"}"#) == .unknown(event: plain + " ~!#[]" + rest))
            for control: UInt8 in [0x00, 0x0A, 0x1F] {
                #expect(code(Array(#"{"event":"\#(plain)"#.utf8) + [control] + Array(#"\#(rest)"}"#.utf8)) == .syntax)
            }
            #expect(code(Array(#"{"event":"\#(plain)"#.utf8) + [0x80] + Array(#"\#(rest)"}"#.utf8)) == .text)
            #expect(code(#"{"event":"\#(plain)\#(rest)"#) == .syntax)
        }
    }

    @Test func notUTF8() {
        #expect(code(Array(#"{"event":"stop","x":""#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)) == .text)
        #expect(code(Array(#"{"event":"stop","x":""#.utf8) + [0xD7, 0x90] + Array(#""}"#.utf8)) == nil)
    }

    @Test(arguments: [
        #"{}"#, #"{"event":7}"#, #"{"event":"media"}"#, #"{"event":"media","media":"x"}"#, #"{"event":"mark","mark":{}}"#,
        #"{"event":"dtmf","dtmf":{"digit":null}}"#, #"{"event":"start"}"#,
        #"{"event":"media","sequenceNumber":"4","media":{"chunk":"2","timestamp":"5"}}"#,
        #"{"event":"media","sequenceNumber":"4","media":{"chunk":"-2","timestamp":"5","payload":""}}"#,
        #"{"event":"media","sequenceNumber":"4","media":{"chunk":2.5,"timestamp":"5","payload":""}}"#,
        #"{"event":"media","sequenceNumber":"9999999999999999999","media":{"chunk":"2","timestamp":"5","payload":""}}"#,
        #"{"event":"start","start":{"callSid":"CA1","streamSid":"MZ1"}}"#,
    ])
    func missingFields(text: String) {
        #expect(code(text) == .missingField)
    }

    @Test(arguments: ["/38", "/38A=", "====", "/3 A", "/39=", "/x==", "/38A/w", "/38A\\n", "-_8A"])
    func notBase64(payload: String) {
        #expect(code(#"{"event":"media","sequenceNumber":"4","media":{"chunk":"2","timestamp":"5","payload":"\#(payload)"}}"#) == .payload)
    }

    @Test func framesOfAnySize() throws {
        for (payload, count) in [("", 0), ("/w==", 1), ("//8=", 2), (String(repeating: "////", count: 2000), 6000)] {
            let message = try parse(#"{"event":"media","sequenceNumber":"4","media":{"chunk":"2","timestamp":"5","payload":"\#(payload)"}}"#)
            guard case .media(let media) = message else {
                Issue.record("not media")
                return
            }
            #expect(media.payload == [UInt8](repeating: 0xFF, count: count))
        }
    }

    @Test func limits() {
        #expect(code(String(repeating: " ", count: 64 * 1024) + "{}") == .tooLarge)
        let deep = String(repeating: "[", count: 20_000) + String(repeating: "]", count: 20_000)
        #expect(code(#"{"event":"stop","x":\#(deep)}"#) == .tooDeep)
        let objects = String(repeating: #"{"a":"#, count: 5000) + "1" + String(repeating: "}", count: 5000)
        #expect(code(objects) == .tooDeep)
    }

    @Test func oneParserSeesSeveralStreams() throws {
        var parser = MediaMessageParser()
        for name in [sid, sid, "MZ2", sid] {
            let text = #"{"event":"media","streamSid":"\#(name)","sequenceNumber":"4","media":{"chunk":"2","timestamp":"5","payload":""}}"#
            let message = try parser.parse(Array(text.utf8))
            #expect(message == .media(InboundMedia(streamSid: name, sequence: 4, chunk: 2, timestampMilliseconds: 5, payload: [])))
        }
    }

    /// Changed bytes are either understood or refused with an offset inside the message; nothing traps. Both must happen.
    @Test func mutations() {
        var generator = SplitMix(state: 20_260_101)
        let seeds = [Self.start, Self.media, #"{"event":"mark","mark":{"name":"\uD83D\uDE00 אב"},"x":[-1.5e3,null,{}]}"#].map { Array($0.utf8) }
        var accepted = 0
        var refused: Set<String> = []
        var parser = MediaMessageParser()
        for _ in 0..<20_000 {
            var bytes = seeds[Int.random(in: 0..<seeds.count, using: &generator)]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: bytes.remove(at: index)
                case 1: bytes.insert(Array("{}[]\",:\\u0".utf8)[Int.random(in: 0..<10, using: &generator)], at: index)
                case 2: bytes.removeSubrange(index...)
                default: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                }
                if bytes.isEmpty { bytes = [0x7B] }
            }
            do {
                _ = try parser.parse(bytes)
                accepted += 1
            } catch {
                refused.insert(error.code.rawValue)
                #expect(error.offset >= 0 && error.offset <= bytes.count)
            }
        }
        #expect(accepted > 200)
        #expect(refused.isSuperset(of: ["syntax", "text", "missing_field", "payload"]))
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

@Suite struct MediaMessageWriterTests {
    let writer = MediaMessageWriter(streamSid: sid)

    @Test func exactBytes() {
        #expect(text(writer.media([0xFF, 0x7F, 0x00, 0xFF])) == #"{"event":"media","streamSid":"\#(sid)","media":{"payload":"/38A/w=="}}"#)
        #expect(text(writer.media([])) == #"{"event":"media","streamSid":"\#(sid)","media":{"payload":""}}"#)
        #expect(text(writer.mark("t1.s2")) == #"{"event":"mark","streamSid":"\#(sid)","mark":{"name":"t1.s2"}}"#)
        #expect(text(writer.clear) == #"{"event":"clear","streamSid":"\#(sid)"}"#)
    }

    @Test func slices() {
        let audio = [UInt8](0..<200)
        #expect(writer.media(audio[10..<13]) == writer.media([10, 11, 12]))
    }

    @Test func markNamesSurvive() throws {
        for name in ["a\"b\\c/\u{1}\n\u{7F}א😀", ""] {
            var parser = MediaMessageParser()
            #expect(try parser.parse(writer.mark(name)) == .mark(name: name))
        }
        #expect(text(writer.mark("\"\\\u{1}")) == #"{"event":"mark","streamSid":"\#(sid)","mark":{"name":"\"\\\u0001"}}"#)
    }

    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
