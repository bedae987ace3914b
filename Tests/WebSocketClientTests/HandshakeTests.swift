import Testing

@testable import WebSocketClient

@Suite struct AddressTests {
    @Test func parts() throws {
        let plain = try WebSocketAddress("ws://example.org")
        #expect((plain.isSecure, plain.host, plain.port, plain.target, plain.authority) == (false, "example.org", 80, "/", "example.org"))
        let secure = try WebSocketAddress("WSS://Example.org:8443/a/b?c=d")
        #expect((secure.isSecure, secure.host, secure.port) == (true, "Example.org", 8443))
        #expect((secure.target, secure.authority) == ("/a/b?c=d", "Example.org:8443"))
        let numbers = try WebSocketAddress("wss://[::1]:443?x")
        #expect((numbers.host, numbers.port, numbers.target, numbers.authority) == ("::1", 443, "/?x", "[::1]"))
    }

    @Test func aQueryIsEncoded() throws {
        var address = try WebSocketAddress("wss://h/p?a=1")
        address.add([("keyterm", "תור"), ("keyterm", "a b&c=d+e/~")])
        #expect(address.target == "/p?a=1&keyterm=%D7%AA%D7%95%D7%A8&keyterm=a%20b%26c%3Dd%2Be%2F~")
        var bare = try WebSocketAddress("wss://h")
        bare.add([("a", ""), ("b", "2")])
        #expect(bare.target == "/?a=&b=2")
    }

    @Test(arguments: [
        "http://h/", "h", "", "wss://", "wss:///p", "ws://h:0/", "ws://h:65536", "ws://h:x", "ws://u:p@h/", "ws://h/a b", "ws://h/\r\nX: y",
        "ws://h/#f", "ws://[::1/", "ws://[::1]x/", "ws://h/א",
    ])
    func malformed(_ url: String) { #expect(throws: WebSocketFailure.self) { try WebSocketAddress(url) } }

    @Test func loopback() throws {
        for url in ["ws://localhost:1", "ws://127.0.0.1", "ws://127.9.9.9", "ws://[::1]"] { #expect(try WebSocketAddress(url).isLoopback) }
        for url in ["ws://127.0.0.1.evil.org", "ws://localhost.evil.org", "ws://10.0.0.1"] { #expect(try !WebSocketAddress(url).isLoopback) }
    }
}

@Suite struct HandshakeTests {
    /// RFC 6455, 1.3.
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let good =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nconnection: keep-alive, UPGRADE\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"

    private func read(_ text: String, piece: Int = .max) -> HandshakeReader.Outcome? {
        var reader = HandshakeReader(accept: Self.accept)
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let outcome = reader.read(rest.prefix(piece))
            rest = rest.dropFirst(piece)
            // What comes after the head belongs to the frames: the reader's caller would hand it on.
            if let outcome { return outcome }
        }
        return nil
    }

    @Test func theKeyOfTheStandard() throws {
        #expect(HandshakeRequest.accept("dGhlIHNhbXBsZSBub25jZQ==") == Self.accept)
        let request = try HandshakeRequest(
            WebSocketAddress("wss://h:1/p?q"), headers: [("Authorization", "Token k")], userAgent: "maane", nonce: Array("the sample nonce".utf8))
        #expect(request.accept == Self.accept)
        #expect(
            String(decoding: request.bytes, as: UTF8.self) == """
                GET /p?q HTTP/1.1\r
                Host: h:1\r
                Upgrade: websocket\r
                Connection: Upgrade\r
                Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                Sec-WebSocket-Version: 13\r
                User-Agent: maane\r
                Authorization: Token k\r
                \r

                """)
    }

    @Test(arguments: [("Host", "x"), ("sec-websocket-protocol", "x"), ("A b", "x"), ("A", "x\r\nB: y"), ("A", "x\0"), ("", "x")])
    func headersThatCannotBeSent(_ name: String, _ value: String) {
        #expect(throws: WebSocketFailure.self) {
            try HandshakeRequest(WebSocketAddress("ws://h"), headers: [(name, value)], userAgent: nil, nonce: [])
        }
    }

    @Test func accepted() {
        #expect(read(Self.good) == .open(rest: []))
        #expect(read(Self.good + "\u{1}\u{2}") == .open(rest: [1, 2]))
        #expect(read(Self.good, piece: 1) == .open(rest: []))
        #expect(read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + Self.good, piece: 7) == .open(rest: []))
        #expect(read(String(Self.good.dropLast())) == nil)
    }

    @Test(arguments: [
        (accept, "AAAA"), ("Upgrade: WebSocket\r\n", ""), ("UPGRADE", "close"), ("HTTP/1.1 101", "HTTP/1.0 101"), ("HTTP/1.1 101", "HTTP/2 101"),
        ("HTTP/1.1 101", "HTTP/1.1 +01"), ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Protocol: x\r\n\r\n"), ("\r\n\r\n", "\r\nno colon\r\n\r\n"), ("\r\n\r\n", "\r\n folded: x\r\n\r\n"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Accept: \(accept)\r\n\r\n"), ("HTTP/1.1 101", "\u{16}\u{3}\u{1}"),
    ])
    func notAccepted(_ part: String, _ instead: String) {
        let text = Self.good.replacing(part, with: instead)
        guard case .failed(let failure)? = read(text) else { return #expect(Bool(false), "accepted: \(text)") }
        #expect(failure.code == .handshake)
    }

    @Test func aHeadWithoutEnd() {
        guard case .failed(let failure)? = read("HTTP/1.1 200 OK\r\nX: " + String(repeating: "x", count: 20_000), piece: 1_000) else {
            return #expect(Bool(false))
        }
        #expect(failure.code == .handshake)
    }

    @Test func refusals() {
        #expect(
            read("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nnope and more", piece: 3)
                == .refused(WebSocketRefusal(status: 401, body: Array("nope".utf8))))
        #expect(
            read("HTTP/1.0 429 Slow\r\nRetry-After: 17\r\nContent-Length: 0\r\n\r\n")
                == .refused(WebSocketRefusal(status: 429, retryAfter: .seconds(17))))
        #expect(read("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n") == .refused(WebSocketRefusal(status: 302)))
        #expect(read("HTTP/1.1 500 X\r\nContent-Length: -5\r\n\r\nx") == .refused(WebSocketRefusal(status: 500)))
        var endless = HandshakeReader(accept: "")
        #expect(endless.read(Array("HTTP/1.1 500 X\r\n\r\nhalf".utf8)) == nil)
        #expect(endless.isRefused)
        #expect(endless.end() == .refused(WebSocketRefusal(status: 500, body: Array("half".utf8))))
        let big = read("HTTP/1.1 500 X\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 100_000), piece: 999)
        #expect(big == .refused(WebSocketRefusal(status: 500, body: [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 10))))
    }

    @Test func retryAfterAsADate() {
        let head = "HTTP/1.1 503 X\r\nContent-Length: 0\r\nDate: Tue, 29 Feb 2028 23:59:30 GMT\r\nRetry-After: "
        #expect(read(head + "Wed, 01 Mar 2028 00:00:10 GMT\r\n\r\n") == .refused(WebSocketRefusal(status: 503, retryAfter: .seconds(40))))
        #expect(read(head + "Tue, 29 Feb 2028 23:59:00 GMT\r\n\r\n") == .refused(WebSocketRefusal(status: 503, retryAfter: .zero)))
        for nonsense in ["soon", "-1", "Wed, 01 Foo 2028 00:00:10 GMT", "99999999999999999999"] {
            #expect(read(head + nonsense + "\r\n\r\n") == .refused(WebSocketRefusal(status: 503)))
        }
        #expect(HTTPDate.seconds("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(HTTPDate.seconds("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
    }

    /// Whatever comes, it is an outcome or a request for more, and never a trap.
    @Test func garbage() {
        var random = SplitMix(seed: 7)
        for _ in 0..<3_000 {
            var bytes = Array(Self.good.utf8)
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            var reader = HandshakeReader(accept: Self.accept)
            var ended = false
            for piece in [bytes.prefix(20), bytes.dropFirst(20)] where !ended { ended = reader.read(piece) != nil }
            if !ended { _ = reader.end() }
        }
    }
}

/// Numbers that are the same on every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}
