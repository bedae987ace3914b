import Gateway
import Glibc
import NIOCore
import Testing
import TwilioWire

/// Who sends too much, too slowly, or does not read. Each on a real socket.
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    @Test func sizes() async throws {
        try await withServer { _, port, desk in
            let big = String(repeating: "a", count: 64 * 1024 + 1)
            let announced = try await RawClient(port: port).request("POST", "/webhook/incoming_call", body: big)
            #expect(announced.status == 413)
            #expect(announced.headers["connection"] == "close")
            let chunked = try await RawClient(port: port)
            try await chunked.send(
                "POST /webhook/incoming_call HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n\(big)\r\n0\r\n\r\n")
            #expect(try await chunked.response().status == 413)
            await chunked.end()
            let target = try await RawClient(port: port).request("GET", "/healthz?" + String(repeating: "a", count: 9000))
            #expect(target.status == 414)
            #expect(desk.last == nil)
        }
    }

    struct Bytes: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var start: String
        var drop = ""

        init(_ name: String, _ start: String, drop: String = "") {
            (testDescription, self.start, self.drop) = (name, start, drop)
        }
    }

    private static let get = "GET /healthz HTTP/1.1\r\nHost: l\r\n"
    private static let post = "POST /webhook/call_status HTTP/1.1\r\nHost: l\r\n"
    private static let chunked = post + "Transfer-Encoding: chunked\r\n\r\n"

    static let noRequests: [Bytes] = [
        Bytes("a header too long", get + "X-Big: \(String(repeating: "a", count: 20_000))\r\n\r\n"),
        Bytes("headers too many", get + String(repeating: "a: b\r\n", count: 4000) + "\r\n"),
        Bytes("a name too long", get + String(repeating: "a", count: 20_000) + ": b\r\n\r\n"),
        Bytes("TLS", "\u{16}\u{3}\u{1}junk\r\n\r\n"),
        Bytes("a negative length", get + "Content-Length: -1\r\n\r\n"),
        Bytes("a length beyond all", get + "Content-Length: 99999999999999999999\r\n\r\n"),
        Bytes("two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
        Bytes("length and chunks", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        Bytes("a chunk of no size", chunked + "zz\r\n\r\n"),
        Bytes("no target", "GET  HTTP/1.1\r\n\r\n"),
        Bytes("another version", "GET / HTTP/9.9\r\n\r\n"),
    ]

    @Test(arguments: noRequests)
    func whatIsNoRequestGetsAFourHundredAndTheEnd(bytes: Bytes) async throws {
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            try await client.send(bytes.start)
            let response = try await client.response()
            #expect((400...499).contains(response.status))
            #expect(response.headers["connection"] == "close")
            await client.end()
            #expect(desk.last == nil)
        }
    }

    /// Something every 20 ms: a limit that each byte extends would never end this.
    static let drips: [Bytes] = [
        Bytes("headers", "GET /healthz HTTP/1.1\r\n", drop: "X-A: b\r\n"), Bytes("one header", "GET /healthz HTTP/1.1\r\nHost: ", drop: "a"),
        Bytes("empty lines", "", drop: "\r\n"), Bytes("a target", "GET /", drop: "a"),
        Bytes("a body", post + "Content-Length: 60000\r\n\r\n", drop: "a"), Bytes("chunks", chunked, drop: "1\r\na\r\n"),
        Bytes("a chunk's extension", chunked + "1;", drop: "x"), Bytes("trailers", chunked + "0\r\n", drop: "a: b\r\n"),
        Bytes(
            "a handshake", "GET /ws/twilio-media HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
            drop: "X-A: b\r\n"),
        // A connection that was used before is no better.
        Bytes("a second request", get + "\r\nGET /healthz HTTP/1.1\r\n", drop: "X-A: b\r\n"),
    ]

    @Test(arguments: drips)
    func drippingIsNoWayToStay(drip: Bytes) async throws {
        try await withServer {
            $0.http.requestTimeout = .milliseconds(300)
            $0.http.idleTimeout = .milliseconds(300)
        } _: { _, port, desk in
            let client = try await RawClient(port: port)
            // A busy machine may be late, and the server not.
            try? await client.send(drip.start)
            var drops = 0
            while client.channel.isActive, drops < 1000 {
                try? await client.send(drip.drop)
                drops += 1
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(drops < 1000)
            #expect(desk.last == nil)
        }
    }

    @Test func whoSaysNothingIsClosed() async throws {
        try await withServer {
            $0.http.requestTimeout = .milliseconds(300)
            $0.http.idleTimeout = .milliseconds(300)
        } _: { _, port, _ in
            let silent = try await RawClient(port: port)
            await silent.end()
            let idle = try await RawClient(port: port)
            #expect(try await idle.request("GET", "/healthz").status == 200)
            await idle.end()
        }
    }

    /// Far more than the kernel keeps for a socket.
    private static let large = 24 << 20

    @Test func whoDoesNotReadTheAnswerIsClosed() async throws {
        let folder = try Folder()
        try folder.write("large.mp3", String(repeating: "a", count: Self.large))
        try await withServer(folder: folder.path) {
            $0.http.connections = 1
            $0.http.idleTimeout = .milliseconds(500)
        } _: { _, port, desk in
            let deaf = try await RawClient(port: port)
            try await deaf.channel.setOption(.autoRead, value: false).get()
            try await deaf.send("GET /static/tts/large.mp3 HTTP/1.1\r\nHost: l\r\n\r\n")
            // A connection that has asked nothing yet makes room for the next one.
            #expect(await isAnswering(desk))
            // Its place becomes free.
            #expect(await isServed(port))
            #expect(await Self.read(deaf) < Self.large)
        }
    }

    /// Each question costs a few bytes, each answer megabytes: they must not pile up here.
    @Test func answersNobodyReadsDoNotPileUp() async throws {
        let folder = try Folder()
        try folder.write("large.mp3", String(repeating: "a", count: Self.large))
        try await withServer(folder: folder.path) {
            $0.http.connections = 1
            $0.http.idleTimeout = .seconds(1)
        } _: { _, port, desk in
            let deaf = try await RawClient(port: port)
            try await deaf.channel.setOption(.autoRead, value: false).get()
            let asked = 50
            try await deaf.send(String(repeating: "GET /static/tts/large.mp3 HTTP/1.1\r\nHost: l\r\n\r\n", count: asked))
            // A connection that has asked nothing yet makes room for the next one.
            #expect(await isAnswering(desk))
            #expect(await isServed(port))
            #expect(await Self.read(deaf) < Self.large)
            // The first answer did not fit into the socket, so the second question was never looked at.
            #expect(desk.count("maane_http_requests", [("route", "speech"), ("status", "200")]) == 1)
        }
    }

    @Test func aSlowReaderGetsAllOfIt() async throws {
        let folder = try Folder()
        try folder.write("large.mp3", String(repeating: "a", count: 4 << 20))
        try await withServer(folder: folder.path) { _, port, _ in
            let client = try await RawClient(port: port)
            try await client.channel.setOption(.autoRead, value: false).get()
            try await client.send(
                "GET /static/tts/large.mp3 HTTP/1.1\r\nHost: l\r\n\r\nGET /healthz HTTP/1.1\r\nHost: l\r\nConnection: close\r\n\r\n")
            try await Task.sleep(for: .milliseconds(50))
            try await client.channel.setOption(.autoRead, value: true).get()
            #expect(try await client.response().body.utf8.count == 4 << 20)
            #expect(try await client.response().status == 200)
            await client.end()
        }
    }

    @Test func connectionsAreBounded() async throws {
        try await withServer {
            $0.http.connections = 1
        } _: { _, port, _ in
            let first = try await RawClient(port: port)
            #expect(try await first.request("GET", "/healthz").status == 200)
            // The newcomer is served, and the one that was idle goes.
            let second = try await RawClient(port: port)
            #expect(try await second.request("GET", "/healthz").status == 200)
            await first.end()
            // A call is no idle connection: here the newcomer goes.
            #expect(try await second.upgrade().status == 101)
            let third = try await RawClient(port: port)
            await third.end()
        }
    }

    /// How much was in the socket when the server closed it, in bytes.
    private static func read(_ client: RawClient) async -> Int {
        // It may be closed already.
        try? await client.channel.setOption(.autoRead, value: true).get()
        await client.end()
        return client.unread
    }

    /// Whether a newcomer gets an answer before long.
    /// The large file was asked for, and its answer has begun.
    private func isAnswering(_ desk: TestDesk) async -> Bool {
        for _ in 0..<400 {
            if desk.count("maane_http_requests", [("route", "speech"), ("status", "200")]) > 0 { return true }
            try? await Task.sleep(for: .milliseconds(25))
        }
        return false
    }

    private func isServed(_ port: Int) async -> Bool {
        for _ in 0..<400 {
            if let client = try? await RawClient(port: port), (try? await client.request("GET", "/healthz").status) == 200 { return true }
            try? await Task.sleep(for: .milliseconds(25))
        }
        return false
    }
}
