import Gateway
import NIOCore
import Testing
import TwilioWire

@Suite(.timeLimit(.minutes(1))) struct MediaSocketTests {
    @Test(arguments: ["/ws/twilio-media", "/ws/twilio-media/"])
    func batchOfOneRead(path: String) async throws {
        try await withServer { server, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            let response = try await client.upgrade(path)
            #expect(response.status == 101)
            #expect(response.headers["sec-websocket-accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(try await events.opened().isSignatureValid == nil)
            #expect(server.mediaCount == 1)
            try await client.send(RawClient.frame(Wire.start) + RawClient.frame(Wire.media(1)) + RawClient.frame(Wire.media(2)))
            let (batch, malformed) = try await events.received()
            #expect(batch == [Wire.startMessage, Wire.mediaMessage(1), Wire.mediaMessage(2)])
            #expect(malformed == 0)
            try await client.channel.close().get()
            try await events.closed()
        }
    }

    static let handshake =
        "GET /ws/twilio-media HTTP/1.1\r\nHost: l\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

    @Test func handshakeAndFirstMessageInOnePacket() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            try await client.send(Array(Self.handshake.utf8) + RawClient.frame(Wire.start))
            #expect(try await client.response().status == 101)
            _ = try await events.opened()
            #expect(try await events.received(messages: 1, malformed: 0) == [Wire.startMessage])
        }
    }

    @Test func upgradeOnAUsedConnection() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            #expect(try await client.request("GET", "/healthz").status == 200)
            #expect(try await client.request("GET", "/webhook/incoming_call").status == 200)
            #expect(try await client.upgrade().status == 101)
            _ = try await events.opened()
            try await client.send(RawClient.frame(Wire.start))
            #expect(try await events.received(messages: 1, malformed: 0) == [Wire.startMessage])
        }
    }

    @Test func failedHandshakesGetAnAnswer() async throws {
        try await withServer { _, port, _ in
            for (target, headers, status) in [
                ("/ws/twilio-media", ["Connection": "Upgrade", "Upgrade": "websocket"], 426), ("/ws/twilio-media", ["Upgrade": "h2c"], 426),
                ("/ws/other", ["Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAA"], 404),
                ("/webhook/incoming_call", ["Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c"], 200),
            ] {
                let client = try await RawClient(port: port)
                let response = try await client.request("GET", target, headers: headers)
                #expect(response.status == status, "\(target)")
                #expect(response.headers["connection"] == "close")
                await client.end()
            }
        }
    }

    @Test func badMessagesAreCountedAndTheCallGoesOn() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            let audio = [UInt8](repeating: 0xFF, count: 160)
            try await client.send(
                RawClient.frame(Wire.start) + RawClient.frame("not json") + RawClient.frame(audio, opcode: 2)
                    + RawClient.frame(audio, opcode: 2, fin: false) + RawClient.frame(audio, opcode: 0, fin: true) + RawClient.frame("{}")
                    + RawClient.frame([]) + RawClient.frame(#"{"event":"news"}"#) + RawClient.frame(Wire.media(1)))
            #expect(try await events.received(messages: 3, malformed: 5) == [Wire.startMessage, .unknown(event: "news"), Wire.mediaMessage(1)])
            #expect(desk.count("maane_media_malformed") == 5)
            #expect(desk.count("maane_media_unknown_events") == 1)
        }
    }

    @Test func fragmentsWithAPingBetween() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            let text = Array(Wire.start.utf8)
            try await client.send(
                RawClient.frame(Array(text[..<10]), fin: false) + RawClient.frame([1, 2, 3], opcode: 9)
                    + RawClient.frame(Array(text[10..<21]), opcode: 0, fin: false)
                    + RawClient.frame(Array(text[21...]), opcode: 0, fin: true) + RawClient.frame([], opcode: 10))
            #expect(try await events.received(messages: 1, malformed: 0) == [Wire.startMessage])
            #expect(try await client.frame() == RawClient.Frame(opcode: 10, payload: [1, 2, 3]))
        }
    }

    /// Text is cut anywhere, also within a letter; what is no UTF-8 at all is counted, and the call goes on.
    @Test func lettersInPieces() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            let text = Array(#"{"event":"mark","mark":{"name":"שלום"}}"#.utf8)
            var bytes = RawClient.frame(Wire.start)
            for (index, byte) in text.enumerated() {
                bytes += RawClient.frame([byte], opcode: index == 0 ? 1 : 0, fin: index == text.count - 1)
                if index % 5 == 0 { bytes += RawClient.frame([UInt8(index)], opcode: index % 10 == 0 ? 9 : 10) }
            }
            bytes += RawClient.frame(Array(#"{"event":"mark","mark":{"name":""#.utf8) + [0xD7] + Array(#""}}"#.utf8))
            bytes += RawClient.frame(Wire.media(1))
            try await client.send(bytes)
            #expect(try await events.received(messages: 3, malformed: 1) == [Wire.startMessage, .mark(name: "שלום"), Wire.mediaMessage(1)])
            for index in stride(from: 0, to: text.count, by: 10) {
                #expect(try await client.frame() == .init(opcode: 10, payload: [UInt8(index)]))
            }
        }
    }

    /// One byte per packet: nothing depends on where the network cuts.
    @Test func bytesOneByOne() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            for byte in Array(Self.handshake.utf8) + RawClient.frame(Wire.start) { try await client.send([byte]) }
            #expect(try await client.response().status == 101)
            _ = try await events.opened()
            #expect(try await events.received(messages: 1, malformed: 0) == [Wire.startMessage])
        }
    }

    /// What is sent back is legal, whatever came.
    @Test(
        arguments: [
            ([], []), ([0x03, 0xE8], [0x03, 0xE8]), ([0x03, 0xE9] + Array("bye".utf8), [0x03, 0xE9]), ([0x0F, 0xA0], [0x0F, 0xA0]),
            ([0x03], [0x03, 0xEA]), ([0x03, 0xED], [0x03, 0xEA]), ([0x03, 0xEE], [0x03, 0xEA]), ([0x00, 0x00], [0x03, 0xEA]),
            ([0xFF, 0xFF], [0x03, 0xEA]),
        ] as [([UInt8], [UInt8])])
    func goodbyes(sent: [UInt8], answer: [UInt8]) async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            try await client.send(RawClient.frame(sent, opcode: 8))
            #expect(try await client.frame() == .init(opcode: 8, payload: answer))
            await client.end()
            try await events.closed()
        }
    }

    @Test func sending() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            let line = try await events.opened()
            let early = try await line.eventLoop.submit { line.send(media: [0xFF]) || line.sendMark("m") || line.sendClear() }.get()
            #expect(!early)
            try await client.send(RawClient.frame(Wire.start))
            _ = try await events.received(messages: 1, malformed: 0)
            let large = [UInt8](repeating: 0xFF, count: 30_000)
            let sent = try await line.eventLoop.submit {
                var all = line.send(media: [0xFF, 0x7F, 0])
                line.grouped { all = line.sendMark("a\"b") && line.sendClear() && line.send(media: large[...]) && all }
                return all
            }.get()
            #expect(sent)
            #expect(
                try await client.frame()
                    == .init(opcode: 1, payload: Array(#"{"event":"media","streamSid":"\#(Wire.sid)","media":{"payload":"/38A"}}"#.utf8)))
            #expect(try await client.frame().text == #"{"event":"mark","streamSid":"\#(Wire.sid)","mark":{"name":"a\"b"}}"#)
            #expect(try await client.frame().text == #"{"event":"clear","streamSid":"\#(Wire.sid)"}"#)
            #expect(try await client.frame().payload == MediaMessageWriter(streamSid: Wire.sid).media(large))
            line.eventLoop.execute { line.close() }
            #expect(try await client.frame() == .init(opcode: 8, payload: [0x03, 0xE8]))
            try await client.send(RawClient.frame([0x03, 0xE8], opcode: 8))
            await client.end()
            try await events.closed()
            let late = try await line.eventLoop.submit { line.send(media: [0xFF]) }.get()
            #expect(!late)
        }
    }

    @Test func peerSaysGoodbye() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            try await client.send(RawClient.frame(Wire.start) + RawClient.frame(#"{"event":"stop"}"#) + RawClient.frame([0x03, 0xE9], opcode: 8))
            #expect(try await client.frame().code == 1001)
            await client.end()
            #expect(try await events.received(messages: 2, malformed: 0) == [Wire.startMessage, .stop])
            try await events.closed()
        }
    }

    struct Offence: Sendable, CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var code: Int
        var testDescription: String { name }
    }

    static let offences: [Offence] = [
        Offence(name: "unmasked", bytes: RawClient.frame(Array(Wire.start.utf8), masked: false), code: 1002),
        Offence(name: "compressed", bytes: RawClient.frame(Array(Wire.start.utf8), reserved: 0x40), code: 1002),
        Offence(name: "continuation of nothing", bytes: RawClient.frame([1], opcode: 0), code: 1002),
        Offence(name: "message within a message", bytes: RawClient.frame([1], fin: false) + RawClient.frame([1]), code: 1002),
        Offence(name: "frame too large", bytes: RawClient.frame(Wire.start) + RawClient.frame([UInt8](repeating: 32, count: 65537)), code: 1009),
        Offence(
            name: "message too large",
            bytes: RawClient.frame(Wire.start) + RawClient.frame([UInt8](repeating: 32, count: 40_000), fin: false)
                + RawClient.frame([UInt8](repeating: 32, count: 40_000), opcode: 0, fin: true), code: 1009),
        Offence(name: "reserved opcode", bytes: RawClient.frame([1], opcode: 3), code: 1002),
        Offence(name: "reserved control opcode", bytes: RawClient.frame([1], opcode: 11), code: 1002),
        Offence(name: "fragmented ping", bytes: RawClient.frame([1], opcode: 9, fin: false), code: 1002),
        Offence(name: "ping too long", bytes: RawClient.frame([UInt8](repeating: 1, count: 126), opcode: 9), code: 1002),
        Offence(name: "unmasked ping", bytes: RawClient.frame([1], opcode: 9, masked: false), code: 1002),
        Offence(name: "unmasked goodbye", bytes: RawClient.frame([0x03, 0xE8], opcode: 8, masked: false), code: 1002),
        Offence(name: "binary within a message", bytes: RawClient.frame([1], fin: false) + RawClient.frame([1], opcode: 2), code: 1002),
        Offence(name: "frame said to be endless", bytes: [0x81, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4], code: 1009),
        Offence(name: "frame said to be negative", bytes: [0x81, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4], code: 1009),
    ]

    @Test(arguments: offences)
    func offendersAreClosed(offence: Offence) async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            try await client.send(offence.bytes)
            let frame = try await client.frame()
            #expect(frame.opcode == 8)
            #expect(frame.code == offence.code)
            try await client.channel.close().get()
        }
    }

    @Test func audioForADeafPeerIsDropped() async throws {
        try await withServer {
            $0.media.stallBytes = 100_000
        } _: { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            let line = try await events.opened()
            try await client.send(RawClient.frame(Wire.start))
            _ = try await events.received(messages: 1, malformed: 0)
            try await client.channel.setOption(.autoRead, value: false).get()
            let second = [UInt8](repeating: 0xFF, count: 8000)
            // Far more than the kernel holds for a socket; the loop ends because sending never waits.
            let (sent, mark) = try await line.eventLoop.submit {
                var sent = 0
                while sent < 100_000, line.send(media: second) { sent += 1 }
                return (sent, line.sendMark("after"))
            }.get()
            #expect(sent < 100_000)
            #expect(desk.count("maane_media_dropped") == 1)
            #expect(mark)
        }
    }
}
