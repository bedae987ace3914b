import CShims
import Glibc
import TestSupport
import Testing
import ZeroMQ

/// Long enough for any scheduling, short enough to notice a hang.
private let patience: CInt = 20_000

extension ZeroMQSocket {
    /// The next message, waited for on the test's own thread.
    fileprivate func next() throws -> [[UInt8]]? {
        let poll = ZeroMQPoll(sockets: [self])
        if let message = try receive() { return message }
        try poll.wait(wakeup: -1, timeoutMilliseconds: patience)
        return try receive()
    }
}

private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

@Suite struct ZeroMQSocketTests {
    /// Both transports, the same body.
    enum Transport: CaseIterable { case inproc, ipc }

    private func endpoint(_ transport: Transport, _ directory: TemporaryDirectory) -> String {
        switch transport {
        case .inproc: "inproc://test"
        case .ipc: "ipc://" + directory.path + "/bus"
        }
    }

    @Test(arguments: Transport.allCases)
    func routerAndDealerExchangeMultipartMessages(_ transport: Transport) throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let router = try ZeroMQSocket(context: context, kind: .router)
        try router.bind(endpoint(transport, directory))
        var options = ZeroMQSocketOptions()
        options.routingID = bytes("worker-1")
        let dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
        try dealer.connect(endpoint(transport, directory))
        try dealer.sendWhenConnected([bytes("hello"), [], [0, 255]])
        #expect(try router.next() == [bytes("worker-1"), bytes("hello"), [], [0, 255]])
        #expect(try router.send([bytes("worker-1"), bytes("welcome")]) == .sent)
        #expect(try dealer.next() == [bytes("welcome")])
        #expect(try dealer.receive() == nil)
    }

    @Test(arguments: Transport.allCases)
    func aPeerThatIsGoneIsUnreachable(_ transport: Transport) throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let router = try ZeroMQSocket(context: context, kind: .router)
        try router.bind(endpoint(transport, directory))
        #expect(try router.send([bytes("nobody"), bytes("x")]) == .unreachable)

        var options = ZeroMQSocketOptions()
        options.routingID = bytes("worker-1")
        let dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
        try dealer.connect(endpoint(transport, directory))
        try dealer.sendWhenConnected([bytes("hello")])
        #expect(try router.next()?.first == bytes("worker-1"))
        dealer.close()
        #expect(try router.outcome(of: [bytes("worker-1"), bytes("x")], otherThan: .sent) == .unreachable)
    }

    @Test func aPeerThatComesBackTakesItsIdentityOver() throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let router = try ZeroMQSocket(context: context, kind: .router)
        try router.bind(endpoint(.ipc, directory))
        var options = ZeroMQSocketOptions()
        options.routingID = bytes("worker-1")
        var dealers: [ZeroMQSocket] = []
        for round in 0..<2 {
            let dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
            try dealer.connect(endpoint(.ipc, directory))
            try dealer.sendWhenConnected([bytes("hello \(round)")])
            #expect(try router.next() == [bytes("worker-1"), bytes("hello \(round)")])
            dealers.append(dealer)
        }
        #expect(try router.send([bytes("worker-1"), bytes("to the second")]) == .sent)
        #expect(try dealers[1].next() == [bytes("to the second")])
    }

    @Test func aDealerWithoutAPeerKeepsNothing() throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let dealer = try ZeroMQSocket(context: context, kind: .dealer)
        try dealer.connect(endpoint(.ipc, directory))
        #expect(try dealer.send([bytes("old audio")]) == .wouldBlock)
    }

    @Test func aSlowPeerIsWouldBlock() throws {
        let context = try ZeroMQContext()
        var options = ZeroMQSocketOptions()
        options.sendHighWaterMark = 5
        options.receiveHighWaterMark = 5
        let router = try ZeroMQSocket(context: context, kind: .router, options: options)
        try router.bind("inproc://slow")
        options.routingID = bytes("w")
        let dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
        try dealer.connect("inproc://slow")
        try dealer.sendWhenConnected([bytes("hello")])
        _ = try router.next()
        var sent = 0
        while sent < 100, try router.send([bytes("w"), [1], [2]]) == .sent { sent += 1 }
        #expect(sent >= 5 && sent <= 10)
        #expect(try router.send([bytes("w"), [1], [2]]) == .wouldBlock)
        #expect(try dealer.receive(limit: 3).count == 3)
        #expect(try dealer.receive(limit: 100) == Array(repeating: [[1], [2]], count: sent - 3))
    }

    @Test(arguments: Transport.allCases)
    func anXPUBHearsSubscriptionsAndSendsByPrefix(_ transport: Transport) throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let publisher = try ZeroMQSocket(context: context, kind: .xpub)
        try publisher.bind(endpoint(transport, directory))
        let first = try ZeroMQSocket(context: context, kind: .sub)
        try first.connect(endpoint(transport, directory))
        try first.subscribe(bytes("fleet."))
        #expect(try publisher.next() == [[1] + bytes("fleet.")])
        let second = try ZeroMQSocket(context: context, kind: .sub)
        try second.connect(endpoint(transport, directory))
        try second.subscribe(bytes("fleet."))
        try second.subscribe(bytes("other."))
        // Not verbose: the second subscription to the same prefix is silent, so the next notice is the other one.
        #expect(try publisher.next() == [[1] + bytes("other.")])
        #expect(try publisher.send([bytes("nobody.x"), bytes("0")]) == .sent)
        #expect(try publisher.send([bytes("fleet.x"), bytes("1")]) == .sent)
        #expect(try first.next() == [bytes("fleet.x"), bytes("1")])
        #expect(try second.next() == [bytes("fleet.x"), bytes("1")])
        try second.unsubscribe(bytes("other."))
        #expect(try publisher.next() == [[0] + bytes("other.")])
    }

    @Test func aMessageOfTooManyPartsIsDroppedAndCounted() throws {
        let context = try ZeroMQContext()
        let pull = try ZeroMQSocket(context: context, kind: .pull)
        try pull.bind("inproc://parts")
        let push = try ZeroMQSocket(context: context, kind: .push)
        try push.connect("inproc://parts")
        #expect(try push.send(Array(repeating: [1], count: ZeroMQSocket.maximumParts + 1)) == .sent)
        #expect(try push.send(Array(repeating: [2], count: ZeroMQSocket.maximumParts)) == .sent)
        #expect(try pull.next()?.count == ZeroMQSocket.maximumParts)
        #expect(pull.oversizeMessages == 1)
    }

    @Test func anOversizePartDisconnectsItsSender() throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        var options = ZeroMQSocketOptions()
        options.maximumPartSize = 100
        let router = try ZeroMQSocket(context: context, kind: .router, options: options)
        try router.bind(endpoint(.ipc, directory))
        options.routingID = bytes("w")
        let dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
        try dealer.connect(endpoint(.ipc, directory))
        try dealer.sendWhenConnected([[UInt8](repeating: 0, count: 101)])
        // The connection is made anew. What was queued on the old one may be lost; so the small message is repeated.
        var received: [[UInt8]]?
        for _ in 0..<patience where received == nil {
            _ = try dealer.send([bytes("small")])
            usleep(1000)
            received = try router.receive()
        }
        #expect(received == [bytes("w"), bytes("small")])
        #expect(try router.outcome(of: [bytes("w"), bytes("x")], otherThan: .unreachable) == .sent)
    }

    @Test func errorsNameTheRemedy() throws {
        let context = try ZeroMQContext()
        let socket = try ZeroMQSocket(context: context, kind: .router)
        let error = #expect(throws: ZeroMQError.self) { try socket.bind("ipc:///does/not/exist/bus") }
        #expect(error?.code == .endpoint)
        #expect(error?.description.contains("directory") == true)
        #expect(throws: ZeroMQError.self) { try socket.connect("nonsense") }
        socket.close()
        socket.close()
        #expect(throws: ZeroMQError.self) { try socket.receive() }
    }
}

extension ZeroMQSocket {
    /// With ZMQ_IMMEDIATE a dealer has nowhere to put a message until the handshake is done in the library's thread.
    fileprivate func sendWhenConnected(_ parts: [[UInt8]]) throws {
        try #require(try outcome(of: parts, otherThan: .wouldBlock) == .sent)
    }

    /// Sends until the outcome changes: the library learns of its peers on a thread of its own, and offers no event for it here.
    fileprivate func outcome(of parts: [[UInt8]], otherThan excluded: SendOutcome) throws -> SendOutcome {
        for _ in 0..<patience {
            let outcome = try send(parts)
            if outcome != excluded { return outcome }
            usleep(1000)
        }
        return excluded
    }
}
