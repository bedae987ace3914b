import Audio
import Testing

@testable import TwilioSimulatorKit

@Suite struct StreamTests {
    // MARK: Playout

    @Test func audioPlaysInRealTimeFromItsArrival() {
        var buffer = PlayoutBuffer(position: 1000)
        let seen1 = buffer.enqueue([1, 2, 3, 4], at: 1003)
        #expect(seen1)
        let (first, _) = buffer.advance(to: 1005)
        #expect(first == [0xFF, 0xFF, 0xFF, 1, 2])
        let (second, _) = buffer.advance(to: 1010)
        #expect(second == [3, 4, 0xFF, 0xFF, 0xFF])
    }

    @Test func marksReturnOnlyAfterPlayout() {
        var buffer = PlayoutBuffer(position: 0)
        _ = buffer.enqueue([UInt8](repeating: 7, count: 320), at: 0)
        let seen2 = buffer.mark("a")
        #expect(!seen2)
        _ = buffer.enqueue([UInt8](repeating: 8, count: 80), at: 0)
        let seen3 = buffer.mark("b")
        #expect(!seen3)
        let seen4 = buffer.mark("c")
        #expect(!seen4)
        let seen5 = buffer.advance(to: 160).marks.isEmpty
        #expect(seen5)
        let seen6 = buffer.advance(to: 319).marks.isEmpty
        #expect(seen6)
        let seen7 = buffer.advance(to: 320).marks
        #expect(seen7 == ["a"])
        #expect(!buffer.isDrained)
        let seen8 = buffer.advance(to: 480).marks
        #expect(seen8 == ["b", "c"])
        #expect(buffer.isDrained)
    }

    @Test func markOnAnEmptyBufferReturnsAtOnce() {
        var buffer = PlayoutBuffer(position: 0)
        let seen9 = buffer.mark("now")
        #expect(seen9)
        _ = buffer.enqueue([1], at: 0)
        _ = buffer.advance(to: 160)
        let seen10 = buffer.mark("later")
        #expect(seen10)
    }

    @Test func clearReturnsAllPendingMarksAndSilences() {
        var buffer = PlayoutBuffer(position: 0)
        _ = buffer.enqueue([UInt8](repeating: 7, count: 800), at: 0)
        _ = buffer.mark("one")
        _ = buffer.enqueue([UInt8](repeating: 7, count: 800), at: 0)
        _ = buffer.mark("two")
        _ = buffer.advance(to: 160)
        let seen11 = buffer.clear()
        #expect(seen11 == ["one", "two"])
        #expect(buffer.isDrained)
        let seen12 = buffer.advance(to: 320).audio.allSatisfy { $0 == 0xFF }
        #expect(seen12)
        let seen13 = buffer.clear().isEmpty
        #expect(seen13)
        _ = buffer.enqueue([5], at: 320)
        let seen14 = buffer.advance(to: 321).audio
        #expect(seen14 == [5])
    }

    @Test func moreThanTenMinutesAreDiscarded() {
        var buffer = PlayoutBuffer(position: 0)
        let seen15 = buffer.enqueue([UInt8](repeating: 1, count: PlayoutBuffer.limit), at: 0)
        #expect(seen15)
        let seen16 = buffer.enqueue([1, 2, 3], at: 0)
        #expect(!seen16)
        #expect(buffer.discarded == 3)
    }

    // MARK: Messages

    @Test func messagesAreExactlyTwilios() {
        var writer = StreamMessageWriter(streamSid: "MZ1", callSid: "CA1", accountSid: "AC1")
        let seen17 = writer.connected()
        #expect(seen17 == #"{"event":"connected","protocol":"Call","version":"1.0.0"}"#)
        let start =
            #"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1","tracks":["inbound"],"#
            + #""mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"k":"v\"1"}},"streamSid":"MZ1"}"#
        let seen18 = writer.start(parameters: [FormField("k", "v\"1")]) == start
        #expect(seen18)
        let media =
            #"{"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"5","payload":"/w=="},"streamSid":"MZ1"}"#
        let seen19 = writer.media(timestamp: 5, payload: "/w==")
        #expect(seen19 == media)
        let seen20 = writer.mark(name: "my label")
        #expect(seen20 == #"{"event":"mark","sequenceNumber":"3","streamSid":"MZ1","mark":{"name":"my label"}}"#)
        let seen21 = writer.dtmf(digit: "1")
        #expect(seen21 == #"{"event":"dtmf","streamSid":"MZ1","sequenceNumber":"4","dtmf":{"track":"inbound_track","digit":"1"}}"#)
        let seen22 = writer.media(timestamp: 25, payload: "").contains(#""sequenceNumber":"5","media":{"track":"inbound","chunk":"2""#)
        #expect(seen22)
        let seen23 = writer.stop()
        #expect(seen23 == #"{"event":"stop","sequenceNumber":"6","stop":{"accountSid":"AC1","callSid":"CA1"},"streamSid":"MZ1"}"#)
    }

    @Test func serverMessagesAreRead() throws {
        func parse(_ text: String) throws -> ServerMessage { try ServerMessage.parse(Array(text.utf8), streamSid: "MZ1") }
        #expect(try parse(#"{"event":"media","streamSid":"MZ1","media":{"payload":"/wA="}}"#) == .media([0xFF, 0]))
        #expect(try parse(#" {"mark" : {"name":"\u05d0"}, "streamSid":"MZ1", "event":"mark"}"#) == .mark("א"))
        #expect(try parse(#"{"event":"clear","streamSid":"MZ1"}"#) == .clear)
    }

    @Test(arguments: [
        "", "x", "[]", #"{"event":"media"}"#, #"{"event":"dance","streamSid":"MZ1"}"#, #"{"event":"clear","streamSid":"MZ2"}"#,
        #"{"event":"clear"}"#, #"{"event":"clear","streamSid":"MZ1","sequenceNumber":"1"}"#,
        #"{"event":"media","streamSid":"MZ1","media":{"payload":"/w==","track":"outbound"}}"#,
        #"{"event":"media","streamSid":"MZ1","media":{"payload":"/w="}}"#, #"{"event":"media","streamSid":"MZ1","media":{"payload":1}}"#,
        #"{"event":"mark","streamSid":"MZ1","mark":{}}"#, #"{"event":"clear","streamSid":"MZ1"}{}"#,
        #"{"event":"clear","event":"clear","streamSid":"MZ1"}"#,
    ])
    func invalidMessagesAre31951(_ text: String) {
        #expect(throws: ServerMessage.Invalid.self) { try ServerMessage.parse(Array(text.utf8), streamSid: "MZ1") }
    }

    @Test(arguments: [#"{"a":01}"#, #"{"a":1.}"#, #"["\ud800"]"#, "[1,]", "\"\u{1}\"", "nul", String(repeating: "[", count: 40)])
    func strictJSON(_ text: String) {
        #expect(throws: JSONReader.Malformed.self) { try JSONReader.parse(Array(text.utf8)) }
    }

    @Test func jsonValues() throws {
        let value = try JSONReader.parse(Array(#"{"a":[1,-2.5e3,true,null],"b":"\ud83d\ude00\n"}"#.utf8))
        #expect(value["a"] == .array([.number("1"), .number("-2.5e3"), .bool(true), .null]))
        #expect(value["b"]?.string == "😀\n")
    }

    @Test func spansJoinShortGaps() {
        var track = [UInt8](repeating: 0xFF, count: 8000)
        track.replaceSubrange(800..<1600, with: repeatElement(0x80, count: 800))
        track.replaceSubrange(2000..<2400, with: repeatElement(0x80, count: 400))
        track.replaceSubrange(6000..<6400, with: repeatElement(0x80, count: 400))
        #expect(CallAnalysis.spans(of: track) == [800..<2400, 6000..<6400])
    }
}
