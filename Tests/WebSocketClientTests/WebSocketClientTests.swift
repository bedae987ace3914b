import NIOCore
import NIOPosix
import NIOSSL
import TestSupport
import Testing
import WebSocketClient

@Suite(.timeLimit(.minutes(1))) struct WebSocketClientTests {
    private func with(
        _ configuration: WebSocketConfiguration = .init(), path: String = "/p", _ request: (inout WebSocketRequest) -> Void = { _ in },
        _ body: (Events, TestPeer.Connection) async throws -> Void
    ) async throws {
        let peer = try await TestPeer()
        var asked = WebSocketRequest(url: peer.url + path)
        request(&asked)
        let events = Events(try WebSocketClient(configuration: configuration), asked)
        let connection = try await peer.next()
        try await body(events, connection)
        events.connection.cancel()
        connection.close()
        await peer.stop()
    }

    @Test func opensAndTalks() async throws {
        try await with(path: "/listen?a=b") { request in
            request.query = [("keyterm", "תור"), ("keyterm", "x y")]
            request.headers = [("Authorization", "Token secret")]
        } _: { events, peer in
            #expect(peer.head.hasPrefix("GET /listen?a=b&keyterm=%D7%AA%D7%95%D7%A8&keyterm=x%20y HTTP/1.1\r\n"))
            #expect(peer.head.contains("\r\nAuthorization: Token secret"))
            #expect(!peer.head.lowercased().contains("extensions"))
            // Before the peer accepts: kept, in order.
            events.connection.send("ראשון")
            events.connection.send([1, 2, 3])
            peer.accept(and: TestPeer.text("at once"))
            #expect(await events.next() == .open)
            #expect(await events.next() == .text("at once"))
            #expect(await peer.next() == .init(opcode: 1, payload: Array("ראשון".utf8)))
            #expect(await peer.next() == .init(opcode: 2, payload: [1, 2, 3]))
            events.connection.send("")
            #expect(await peer.next() == .init(opcode: 1, payload: []))
            let long = [UInt8](repeating: 7, count: 70_000)
            events.connection.send(long)
            #expect(await peer.next() == .init(opcode: 2, payload: long))
            peer.write(TestPeer.frame(2, [9]))
            #expect(await events.next() == .binary([9]))
        }
    }

    @Test func fragmentsAndControlFramesBetween() async throws {
        try await with { events, peer in
            peer.accept()
            let word = Array("של".utf8)
            peer.write(TestPeer.frame(1, [word[0]], fin: false))
            peer.write(TestPeer.frame(9, [5, 6]))
            peer.write(TestPeer.frame(0, [word[1], word[2]], fin: false))
            peer.write(TestPeer.frame(10, []))
            peer.write(TestPeer.frame(0, [word[3]]) + TestPeer.frame(2, [], fin: false) + TestPeer.frame(0, [8]))
            #expect(await events.next() == .open)
            #expect(await events.next() == .text("של"))
            #expect(await events.next() == .binary([8]))
            #expect(await peer.next() == .init(opcode: 10, payload: [5, 6]))
        }
    }

    // MARK: Closing

    @Test(arguments: [(UInt16(1000), ""), (1011, "NET-0001: no audio"), (4999, "סוף")])
    func thePeerCloses(_ code: UInt16, _ reason: String) async throws {
        try await with { events, peer in
            peer.accept(and: TestPeer.text("last") + TestPeer.close(code, reason) + TestPeer.text("too late"))
            #expect(await events.next() == .open)
            #expect(await events.next() == .text("last"))
            #expect(await events.next() == .ended(.closed(code: code, reason: reason)))
            #expect(await events.next() == nil)
            #expect(await peer.next() == .init(opcode: 8, payload: [UInt8(code >> 8), UInt8(code & 255)]))
            #expect(await peer.next() == nil)
        }
    }

    @Test func thePeerClosesWithoutACode() async throws {
        try await with { events, peer in
            peer.accept(and: TestPeer.frame(8, []))
            #expect(await events.end() == .closed(code: 1005, reason: ""))
        }
    }

    @Test func weClose() async throws {
        try await with { events, peer in
            peer.accept()
            #expect(await events.next() == .open)
            events.connection.send("before")
            events.connection.close(code: 3001, reason: "ביי" + String(repeating: "x", count: 200))
            events.connection.send("after")
            #expect(await peer.next()?.text == "before")
            let frame = try #require(await peer.next())
            #expect(frame.opcode == 8 && Array(frame.payload.prefix(2)) == [11, 185] && frame.payload.count == 125)
            // Between our frame and the peer's, its messages still count.
            peer.write(TestPeer.text("still") + TestPeer.close(3001))
            #expect(await events.next() == .text("still"))
            #expect(await events.next() == .ended(.closed(code: 3001, reason: "")))
            #expect(await peer.next() == nil)
        }
    }

    @Test func aPeerThatNeverAnswersTheClose() async throws {
        var configuration = WebSocketConfiguration()
        configuration.closeTimeout = .milliseconds(50)
        try await with(configuration) { events, peer in
            peer.accept()
            #expect(await events.next() == .open)
            events.connection.close()
            #expect(await events.end() == .closed(code: 1006, reason: ""))
            await peer.gone()
        }
    }

    @Test func closingBeforeItIsOpen() async throws {
        try await with { events, peer in
            events.connection.close()
            #expect(await events.next() == .ended(.closed(code: 1006, reason: "")))
            await peer.gone()
        }
    }

    @Test func cancelReportsNothing() async throws {
        let peer = try await TestPeer()
        let client = try WebSocketClient()
        let (stream, feed) = AsyncStream.makeStream(of: WebSocketEvent.self)
        let connection = client.connect(.init(url: peer.url)) { feed.yield($0) }
        let other = try await peer.next()
        other.accept()
        var iterator = stream.makeAsyncIterator()
        #expect(await iterator.next() == .open)
        connection.cancel()
        other.write(TestPeer.text("too late"))
        await other.gone()
        connection.send("nothing")
        feed.finish()
        #expect(await iterator.next() == nil)
        await peer.stop()
    }

    @Test func aPeerThatVanishes() async throws {
        try await with { events, peer in
            peer.accept()
            #expect(await events.next() == .open)
            peer.close()
            #expect(await events.failure() == .broken)
        }
    }

    // MARK: Handshakes

    @Test func refusals() async throws {
        try await with { events, peer in
            peer.write("HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nContent-Length: 7\r\n\r\n{\"a\":1}")
            #expect(await events.end() == .refused(.init(status: 429, retryAfter: .seconds(3), body: Array("{\"a\":1}".utf8))))
            await peer.gone()
        }
        try await with { events, peer in
            peer.write("HTTP/1.1 307 Elsewhere\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
            #expect(await events.end() == .refused(.init(status: 307)))
        }
        // Without a length: what comes before the connection ends, or within a moment.
        try await with { events, peer in
            peer.write("HTTP/1.1 401 No\r\n\r\nhalf")
            peer.close()
            #expect(await events.end() == .refused(.init(status: 401, body: Array("half".utf8))))
        }
        try await with { events, peer in
            peer.write("HTTP/1.1 403 No\r\n\r\nhalf")
            #expect(await events.end() == .refused(.init(status: 403, body: Array("half".utf8))))
            await peer.gone()
        }
    }

    @Test func nonsenseInsteadOfAHandshake() async throws {
        try await with { events, peer in
            peer.write("SSH-2.0-OpenSSH_9.2\r\n\r\n")
            #expect(await events.failure() == .handshake)
            await peer.gone()
        }
        try await with { events, peer in
            peer.close()
            #expect(await events.failure() == .handshake)
        }
    }

    @Test func aSlowHandshake() async throws {
        var configuration = WebSocketConfiguration()
        configuration.connectTimeout = .milliseconds(150)
        // Nothing at all, and a drip that never ends.
        try await with(configuration) { events, peer in
            #expect(await events.failure() == .timeout)
            await peer.gone()
        }
        try await with(configuration) { events, peer in
            let drip = peer.channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(10)) { _ in peer.write("H") }
            let code = await events.failure()
            drip.cancel()
            #expect(code == .timeout || code == .handshake)
        }
    }

    @Test func nobodyThere() async throws {
        let peer = try await TestPeer()
        let port = peer.port
        await peer.stop()
        let client = try WebSocketClient()
        #expect(await Events(client, .init(url: "ws://127.0.0.1:\(port)/")).failure() == .unreachable)
        #expect(await Events(client, .init(url: "ws://nobody.invalid/")).failure() == .unreachable)
        #expect(await Events(client, .init(url: "http://127.0.0.1/")).failure() == .invalidRequest)
        #expect(await Events(client, .init(url: "ws://127.0.0.1/", headers: [("A", "\n")])).failure() == .invalidRequest)
    }

    // MARK: Rules

    @Test(arguments: [
        TestPeer.frame(1, [65], mask: true), TestPeer.frame(1, [65], reserved: 4), TestPeer.frame(3, []), TestPeer.frame(11, []),
        TestPeer.frame(0, [65]), TestPeer.frame(1, [65], fin: false) + TestPeer.frame(1, [66]), TestPeer.frame(9, [], fin: false),
        TestPeer.frame(9, [UInt8](repeating: 0, count: 126)), TestPeer.frame(1, [0xC0, 0xAF]), TestPeer.frame(8, [3]), TestPeer.close(1005),
        TestPeer.close(999), TestPeer.frame(8, [3, 232, 0xFF]), Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8),
    ])
    func violations(_ bytes: [UInt8]) async throws {
        try await with { events, peer in
            peer.accept(and: bytes)
            #expect(await events.failure() == .violation)
            #expect(await peer.next() == .init(opcode: 8, payload: [3, 234]))
            await peer.gone()
        }
    }

    @Test func messagesThatAreTooLong() async throws {
        var configuration = WebSocketConfiguration()
        configuration.maximumMessageBytes = 1_000
        let just = [UInt8](repeating: 65, count: 1_000)
        for bytes in [
            TestPeer.frame(1, just + [65]), TestPeer.frame(1, just, fin: false) + TestPeer.frame(0, [65]),
            [0x81, 127, 0x7F, 255, 255, 255, 255, 255, 255, 255], [0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255],
        ] {
            try await with(configuration) { events, peer in
                peer.accept(and: TestPeer.frame(2, just) + bytes)
                #expect(await events.next() == .open)
                #expect(await events.next() == .binary(just))
                #expect(await events.failure() == .tooLarge)
                #expect(await peer.next() == .init(opcode: 8, payload: [3, 241]))
                await peer.gone()
            }
        }
    }

    // MARK: Peers that do not move

    @Test func aPeerThatIsGoneWithoutAWord() async throws {
        var configuration = WebSocketConfiguration()
        configuration.pingAfter = .milliseconds(30)
        configuration.pongTimeout = .milliseconds(100)
        try await with(configuration) { events, peer in
            peer.accept()
            for _ in 0..<3 {
                #expect(await peer.next() == .init(opcode: 9, payload: []))
                peer.write(TestPeer.frame(10, []))
            }
            // Answers no more.
            #expect(await events.failure() == .silent)
            await peer.gone()
        }
    }

    @Test func aPeerThatReadsNothing() async throws {
        var configuration = WebSocketConfiguration()
        configuration.maximumPendingBytes = 300_000
        try await with(configuration) { events, peer in
            peer.accept()
            #expect(await events.next() == .open)
            try await peer.channel.setOption(.autoRead, value: false).get()
            let message = [UInt8](repeating: 0, count: 100_000)
            events.connection.send(message)
            var most = 0
            // The system's buffers hold some megabytes at most.
            for _ in 0..<1_000 {
                events.connection.send(message)
                most = max(most, events.connection.pendingBytes)
                if most > 300_000 { break }
            }
            #expect(await events.failure() == .overflow)
            #expect(most <= 400_000)
        }
    }

    @Test func whatLeftDoesNotCount() async throws {
        try await with { events, peer in
            peer.accept()
            for index in 0..<30 {
                events.connection.send([UInt8](repeating: UInt8(index), count: 20_000))
                #expect(await peer.next()?.payload.first == UInt8(index))
            }
            events.connection.send("end")
            #expect(await peer.next()?.text == "end")
            #expect(events.connection.pendingBytes == 0)
        }
    }

    // MARK: TLS

    /// A peer with a certificate for these names, and a client that trusts it and no other.
    private func secure(_ names: String, in directory: TemporaryDirectory) async throws -> (TestPeer, WebSocketClient) {
        let identity = try TestIdentity(names: names)
        let (authority, key) = (directory.path + "/ca.pem", directory.path + "/key.pem")
        try identity.writeCertificate(to: authority)
        try identity.writeKey(to: key)
        let chain = try NIOSSLCertificate.fromPEMFile(authority).map { NIOSSLCertificateSource.certificate($0) }
        let context = try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(NIOSSLPrivateKey(file: key, format: .pem))))
        var configuration = WebSocketConfiguration()
        configuration.certificateAuthorityFile = authority
        return (try await TestPeer(tls: context), try WebSocketClient(configuration: configuration))
    }

    @Test(arguments: [("IP:127.0.0.1", "127.0.0.1"), ("DNS:localhost", "localhost")])
    func certificates(_ names: String, _ host: String) async throws {
        let directory = try TemporaryDirectory()
        let (peer, client) = try await secure(names, in: directory)
        let events = Events(client, .init(url: "wss://\(host):\(peer.port)/"))
        let connection = try await peer.next()
        connection.accept(and: TestPeer.text("safe"))
        #expect(await events.next() == .open)
        #expect(await events.next() == .text("safe"))
        events.connection.send("hello")
        #expect(await connection.next()?.text == "hello")
        connection.close()
        #expect(await events.failure() == .broken)
        await peer.stop()
    }

    @Test func certificatesThatAreNotAccepted() async throws {
        let directory = try TemporaryDirectory()
        let (peer, client) = try await secure("DNS:elsewhere.test", in: directory)
        // Another name, and an authority that nobody trusts.
        #expect(await Events(client, .init(url: "wss://localhost:\(peer.port)/")).failure() == .tls)
        #expect(await Events(client, .init(url: "wss://127.0.0.1:\(peer.port)/")).failure() == .tls)
        #expect(await Events(try WebSocketClient(), .init(url: "wss://127.0.0.1:\(peer.port)/")).failure() == .tls)
        // No TLS where it is expected, and TLS where it is not.
        #expect(await Events(client, .init(url: "ws://127.0.0.1:\(peer.port)/")).failure() == .handshake)
        var configuration = WebSocketConfiguration()
        configuration.connectTimeout = .milliseconds(200)
        let plain = try await TestPeer()
        #expect(await Events(try WebSocketClient(configuration: configuration), .init(url: "wss://127.0.0.1:\(plain.port)/")).failure() == .timeout)
        configuration.certificateAuthorityFile = directory.path + "/absent"
        #expect(throws: WebSocketFailure.self) { try WebSocketClient(configuration: configuration) }
        await plain.stop()
        await peer.stop()
    }

    // MARK: Garbage

    /// Random bytes after the handshake: always one end, never a hang or a trap.
    @Test func garbage() async throws {
        var random = SplitMix(seed: 11)
        let peer = try await TestPeer()
        var configuration = WebSocketConfiguration()
        configuration.maximumMessageBytes = 10_000
        let client = try WebSocketClient(configuration: configuration)
        for _ in 0..<150 {
            let events = Events(client, .init(url: peer.url))
            let connection = try await peer.next()
            connection.accept(and: (0..<Int.random(in: 1...300, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) })
            connection.close()
            #expect(await events.end() != nil)
        }
        await peer.stop()
    }
}
