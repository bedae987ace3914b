import Gateway
import NIOCore
import Testing
import TwilioWire

/// Media sockets that nobody has vouched for: always let in, never for long, never many.
@Suite(.timeLimit(.minutes(1))) struct StrangerTests {
    /// Every handshake gets its 101 (any other status ends a call, 31920); what the signature was worth is told and counted.
    @Test func handshakesAreAlwaysTaken() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            for path in ["/ws/twilio-media", "/ws/twilio-media/"] {
                // Twilio signs with or without the slash, whichever was asked for.
                for (signature, expected) in [
                    (Wire.signature("wss://voice.example.com/ws/twilio-media"), true),
                    (Wire.signature("wss://voice.example.com/ws/twilio-media/"), true),
                    (Wire.signature("wss://voice.example.com:443/ws/twilio-media"), true),
                    (Wire.signature("https://voice.example.com/ws/twilio-media"), false),
                    (Wire.signature("wss://evil.example/ws/twilio-media"), false),
                    ("junk", false), ("", false), (nil, nil),
                ] as [(String?, Bool?)] {
                    let client = try await RawClient(port: port)
                    let headers = signature.map { ["x-twilio-signature": $0] } ?? [:]
                    #expect(try await client.upgrade(path, headers: headers).status == 101)
                    #expect(try await events.opened().isSignatureValid == expected, "\(signature ?? "absent")")
                    try await client.channel.close().get()
                    try await events.closed()
                }
            }
            for (result, count) in [("valid", 6), ("invalid", 8), ("absent", 2)] as [(String, Int64)] {
                #expect(desk.count("maane_media_signatures", [("result", result)]) == count, "\(result)")
            }
            #expect(desk.count("maane_media_sockets") == 16)
        }
    }

    @Test func theHandshakeOfOtherHeadersIsTaken() async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            // As captured from Twilio, in its case and order.
            let client = try await RawClient(port: port)
            try await client.send(
                "GET /ws/twilio-media HTTP/1.1\r\nhost: voice.example.com\r\nuser-agent: Twilio.TmeWs/1.0\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
                    + "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\naccept-encoding: gzip\r\n"
                    + "x-twilio-signature: \(Wire.signature("wss://voice.example.com/ws/twilio-media"))\r\n\r\n")
            let response = try await client.response()
            #expect(response.status == 101)
            #expect(response.headers["sec-websocket-extensions"] == nil && response.headers["sec-websocket-protocol"] == nil)
            #expect(try await events.opened().isSignatureValid == true)
        }
    }

    struct Beginning: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var bytes: [UInt8]
        var reason: String
    }

    static let beginnings: [Beginning] = [
        Beginning(testDescription: "silence", bytes: [], reason: "no_start"),
        Beginning(
            testDescription: "no start", bytes: RawClient.frame(#"{"event":"connected","protocol":"Call","version":"1.0.0"}"#), reason: "no_start"),
        Beginning(testDescription: "half a frame", bytes: [0x81, 0xFE, 0x40], reason: "no_start"),
        Beginning(testDescription: "half a message", bytes: RawClient.frame(Array(Wire.start.utf8), fin: false), reason: "no_start"),
        Beginning(
            testDescription: "a start without a good token", bytes: RawClient.frame(Wire.start) + RawClient.frame(Wire.media(1)), reason: "no_token"),
    ]

    @Test(arguments: beginnings)
    func whoShowsNoTokenInTimeIsClosed(beginning: Beginning) async throws {
        try await withServer {
            $0.media.startTimeout = .milliseconds(300)
            $0.media.closeTimeout = .milliseconds(50)
        } _: { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            // In one packet, so that it is there long before the time is over.
            try await client.send(Array(MediaSocketTests.handshake.utf8) + beginning.bytes)
            #expect(try await client.response().status == 101)
            _ = try await events.opened()
            #expect(try await client.frame() == .init(opcode: 8, payload: [0x03, 0xE8]))
            // No goodbye from our side: closed all the same.
            await client.end()
            #expect(desk.count("maane_media_refused", [("reason", beginning.reason)]) == 1)
        }
    }

    @Test func drippingFramesDoNotBuyTime() async throws {
        try await withServer {
            $0.media.startTimeout = .milliseconds(300)
            $0.media.closeTimeout = .milliseconds(50)
        } _: { _, port, desk in
            let client = try await RawClient(port: port)
            #expect(try await client.upgrade().status == 101)
            var drops = 0
            while client.channel.isActive, drops < 1000 {
                try? await client.send(RawClient.frame([1], opcode: 9))
                drops += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(drops < 1000)
            #expect(desk.count("maane_media_refused", [("reason", "no_start")]) == 1)
        }
    }

    @Test func whoWasVouchedForStays() async throws {
        try await withServer {
            $0.media.startTimeout = .seconds(1)
            $0.media.closeTimeout = .milliseconds(50)
        } _: { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            #expect(try await client.upgrade().status == 101)
            let line = try await events.opened()
            try await client.send(RawClient.frame(Wire.start))
            _ = try await events.received(messages: 1, malformed: 0)
            try await line.eventLoop.submit { line.markAuthenticated() }.get()
            // When the time of one who came later is over, so would be that of the first.
            let later = try await RawClient(port: port)
            #expect(try await later.upgrade().status == 101)
            _ = try await events.opened()
            #expect(try await later.frame().code == 1000)
            try await client.send(RawClient.frame([7], opcode: 9))
            #expect(try await client.frame() == .init(opcode: 10, payload: [7]))
            #expect(desk.count("maane_media_refused", [("reason", "no_start")]) == 1)
            #expect(desk.count("maane_media_refused", [("reason", "no_token")]) == 0)
        }
    }

    /// 64 KiB before a start, counted with the frames' headers.
    static let floods: [Beginning] = [
        Beginning(testDescription: "messages", bytes: (0..<50).flatMap { _ in RawClient.frame([UInt8](repeating: 32, count: 2000)) }, reason: ""),
        Beginning(testDescription: "empty frames", bytes: (0..<11_000).flatMap { _ in RawClient.frame([]) }, reason: ""),
        Beginning(
            testDescription: "pings", bytes: (0..<1000).flatMap { _ in RawClient.frame([UInt8](repeating: 1, count: 100), opcode: 9) }, reason: ""),
        Beginning(
            testDescription: "pieces of one message",
            bytes: RawClient.frame([32], fin: false) + (0..<11_000).flatMap { _ in RawClient.frame([], opcode: 0, fin: false) }, reason: ""),
    ]

    @Test(arguments: floods)
    func whoFloodsBeforeAStartIsClosed(flood: Beginning) async throws {
        try await withServer { _, port, desk in
            var events = DeskEvents(desk)
            let client = try await RawClient(port: port)
            _ = try await client.upgrade()
            _ = try await events.opened()
            try await client.send(flood.bytes)
            var frame = try await client.frame()
            while frame.opcode == 10 { frame = try await client.frame() }
            #expect(frame == .init(opcode: 8, payload: [0x03, 0xE8]))
            #expect(desk.count("maane_media_refused", [("reason", "flood_before_start")]) == 1)
            try await client.channel.close().get()
        }
    }

    /// A socket of the given address; the proxy is trusted or not.
    private func stranger(_ port: Int, _ address: String) async throws -> RawClient {
        let client = try await RawClient(port: port)
        #expect(try await client.upgrade(headers: ["X-Forwarded-For": address]).status == 101)
        return client
    }

    @Test func strangersAreBoundedInAllAndByAddress() async throws {
        try await withServer {
            $0.trustedProxies = try TrustedProxies("127.0.0.1")
            $0.media.unauthenticatedSockets = 3
            $0.media.unauthenticatedSocketsPerAddress = 2
        } _: { server, port, desk in
            var events = DeskEvents(desk)
            let a1 = try await stranger(port, "198.51.100.1")
            _ = try await events.opened()
            let a2 = try await stranger(port, "198.51.100.1")
            _ = try await events.opened()
            let b1 = try await stranger(port, "198.51.100.2")
            let lineB = try await events.opened()
            #expect(lineB.remoteAddress == "198.51.100.2")
            // The address's oldest goes; the newcomer never does.
            let a3 = try await stranger(port, "198.51.100.1")
            #expect(try await a1.frame() == .init(opcode: 8, payload: [0x03, 0xE8]))
            await a1.end()
            // The oldest of all goes.
            let c1 = try await stranger(port, "198.51.100.3")
            #expect(try await a2.frame().code == 1000)
            await a2.end()
            // Who has shown a token does not count.
            try await lineB.eventLoop.submit { lineB.markAuthenticated() }.get()
            let c2 = try await stranger(port, "198.51.100.3")
            for client in [a3, b1, c1, c2] {
                try await client.send(RawClient.frame([1], opcode: 9))
                #expect(try await client.frame().opcode == 10)
            }
            #expect(desk.count("maane_media_refused", [("reason", "too_many")]) == 2)
            #expect(server.mediaCount == 4)
        }
    }

    @Test func anybodyCanWriteAHeader() async throws {
        try await withServer {
            $0.media.unauthenticatedSocketsPerAddress = 2
        } _: { _, port, desk in
            var events = DeskEvents(desk)
            let clients = [
                try await stranger(port, "198.51.100.1"), try await stranger(port, "198.51.100.2"), try await stranger(port, "198.51.100.3"),
            ]
            #expect(try await events.opened().remoteAddress == "127.0.0.1")
            #expect(try await clients[0].frame().code == 1000)
            try await clients[1].send(RawClient.frame([1], opcode: 9))
            #expect(try await clients[1].frame().opcode == 10)
            #expect(desk.count("maane_media_refused", [("reason", "too_many")]) == 1)
        }
    }
}
