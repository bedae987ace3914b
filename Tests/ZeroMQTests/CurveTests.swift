import Glibc
import TestSupport
import Testing
import ZeroMQ

/// Long enough for any scheduling, short enough to notice a hang.
private let patience: CInt = 20_000

@Suite struct CurveKeyTests {
    @Test func aKeyIsItsText() throws {
        // The example of rfc.zeromq.org/spec/32 has 8 bytes; this is it four times.
        let text = String(repeating: "HelloWorld", count: 4)
        let key = try #require(CurveKey(z85: text))
        #expect(Array(key.bytes.prefix(8)) == [0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])
        #expect(key.z85 == text)
        #expect(CurveKey(bytes: key.bytes) == key)
        #expect(!"\(key)".contains("Hello"), "a secret must not get into a log")
    }

    @Test(arguments: ["", "HelloWorld", String(repeating: "HelloWorld", count: 4) + "H", "~" + String(repeating: "a", count: 39)])
    func whatIsNoKeyIsRefused(text: String) {
        #expect(CurveKey(z85: text) == nil)
    }

    @Test func aPairBelongsTogether() throws {
        let pair = try CurveKeyPair.generate()
        #expect(try CurveKeyPair(secretKey: pair.secretKey) == pair)
        #expect(try CurveKeyPair.generate() != pair)
        #expect(CurveKey(bytes: [1]) == nil)
    }
}

@Suite struct CurveTests {
    /// A server that admits one client, with its authenticator and monitor, all driven by the test's thread.
    private final class Server {
        let context: ZeroMQContext
        let pair: CurveKeyPair
        let router: ZeroMQSocket
        let authenticator: ZAPAuthenticator
        let monitor: SocketMonitor
        var refused: [ZAPAuthenticator.Request?] = []
        var failures: [SocketMonitor.Failure] = []
        let endpoint: String

        init(admitting client: CurveKey) throws {
            context = try ZeroMQContext()
            pair = try CurveKeyPair.generate()
            authenticator = try ZAPAuthenticator(context: context) { $0.key == client }
            var options = ZeroMQSocketOptions()
            options.curve = .server(pair)
            router = try ZeroMQSocket(context: context, kind: .router, options: options)
            monitor = try SocketMonitor(router, context: context, name: "router", scope: .failures)
            try router.bind("tcp://127.0.0.1:*")
            endpoint = try router.lastEndpoint()
        }

        /// Turns the crank until the condition holds or time is over.
        func turn(_ what: Comment, until condition: (Server) throws -> Bool) throws {
            let poll = ZeroMQPoll(sockets: [authenticator.socket, monitor.socket, router])
            for _ in 0..<patience / 10 {
                try poll.wait(wakeup: -1, timeoutMilliseconds: 10)
                refused += try authenticator.answer()
                for case .failed(let failure) in try monitor.events(limit: 100) { failures.append(failure) }
                if try condition(self) { return }
            }
            Issue.record("waited in vain: \(what)")
        }

        func close() {
            monitor.close()
            router.close()
            authenticator.close()
        }
    }

    private func dealer(_ server: Server, _ curve: CurveRole?) throws -> ZeroMQSocket {
        var options = ZeroMQSocketOptions()
        options.routingID = Array("w".utf8)
        options.curve = curve
        options.reconnectMilliseconds = 10
        let dealer = try ZeroMQSocket(context: server.context, kind: .dealer, options: options)
        try dealer.connect(server.endpoint)
        return dealer
    }

    @Test func theRightKeysTalk() throws {
        let client = try CurveKeyPair.generate()
        let server = try Server(admitting: client.publicKey)
        let dealer = try dealer(server, .client(client, server: server.pair.publicKey))
        var received: [[UInt8]]?
        try server.turn("a message") {
            _ = try dealer.send([Array("hello".utf8)])
            received = try $0.router.receive()
            return received != nil
        }
        #expect(received == [Array("w".utf8), Array("hello".utf8)])
        #expect(server.failures.isEmpty && server.refused.isEmpty)
        dealer.close()
        server.close()
    }

    enum Wrong: CaseIterable { case unknownClient, wrongServerKey, plain }

    @Test(arguments: Wrong.allCases) func wrongKeysAreRefusedAndSeen(_ wrong: Wrong) throws {
        let client = try CurveKeyPair.generate()
        let stranger = try CurveKeyPair.generate()
        let server = try Server(admitting: client.publicKey)
        let role: CurveRole? =
            switch wrong {
            case .unknownClient: .client(stranger, server: server.pair.publicKey)
            case .wrongServerKey: .client(client, server: stranger.publicKey)
            case .plain: nil
            }
        let bad = try dealer(server, role)
        var heard = false
        try server.turn("a failure") {
            _ = try bad.send([Array("hello".utf8)])
            heard = try heard || $0.router.receive() != nil
            return !$0.failures.isEmpty
        }
        switch wrong {
        case .unknownClient:
            #expect(server.failures.first == .refused(400))
            #expect(server.refused.first??.key == stranger.publicKey)
            #expect(server.refused.first??.address == "127.0.0.1")
        case .wrongServerKey: #expect(server.failures.first == .cryptographic)
        case .plain: #expect(server.failures.first == .mechanism)
        }
        #expect(!heard)
        // And the next one is welcome.
        let good = try dealer(server, .client(client, server: server.pair.publicKey))
        try server.turn("the good one") {
            _ = try good.send([Array("hello".utf8)])
            return try $0.router.receive() != nil
        }
        bad.close()
        good.close()
        server.close()
    }

    @Test func aPortThatIsTakenSaysSo() throws {
        let context = try ZeroMQContext()
        let first = try ZeroMQSocket(context: context, kind: .router)
        try first.bind("tcp://127.0.0.1:*")
        let second = try ZeroMQSocket(context: context, kind: .router)
        let endpoint = try first.lastEndpoint()
        let error = #expect(throws: ZeroMQError.self) { try second.bind(endpoint) }
        #expect(error?.code == .endpointTaken)
        #expect(error?.message.contains(endpoint) == true)
    }
}

@Suite struct SourceTests {
    @Test(arguments: ["ipc", "tcp"]) func aMessagesSourceCanBeCutOff(transport: String) throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let router = try ZeroMQSocket(context: context, kind: .router)
        try router.bind(transport == "ipc" ? "ipc://\(directory.path)/bus" : "tcp://127.0.0.1:*")
        var dealers: [ZeroMQSocket] = []
        var sources: [String: CInt] = [:]
        for name in ["a", "b"] {
            var options = ZeroMQSocketOptions()
            options.routingID = Array(name.utf8)
            let dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
            try dealer.connect(try router.lastEndpoint())
            dealers.append(dealer)
            for _ in 0..<patience where sources[name] == nil {
                _ = try dealer.send([Array("x".utf8)])
                usleep(1_000)
                while let message = try router.receiveTraced() {
                    #expect(message.bytes == 2 && !message.isOversize)
                    sources[String(decoding: message.parts[0], as: UTF8.self)] = message.source
                }
            }
        }
        let source = try #require(sources["a"])
        #expect(router.disconnect(source: source))
        // The peer notices, and its identity is unroutable until it has connected again.
        var outcome = ZeroMQSocket.SendOutcome.sent
        for _ in 0..<patience where outcome != .unreachable {
            outcome = try router.send([Array("a".utf8), [1]])
            usleep(500)
        }
        #expect(outcome == .unreachable)
        #expect(try router.send([Array("b".utf8), [1]]) == .sent)
        // What is none of this socket's connections is left alone.
        #expect(!router.disconnect(source: 0))
        #expect(!router.disconnect(source: -1))
        for dealer in dealers { dealer.close() }
    }
}
