import EventThread
import TestSupport
import Testing
import ZeroMQ

/// A driver of the shape the product uses: one socket, batched both ways.
private final class SocketDriver: EventLoopDriver {
    private let socket: ZeroMQSocket
    private let poll: ZeroMQPoll
    private let received: @Sendable ([[[UInt8]]]) -> Void
    private var unsent: ArraySlice<[[UInt8]]> = []

    init(
        context: ZeroMQContext, kind: ZeroMQSocket.Kind, options: ZeroMQSocketOptions,
        attach: (ZeroMQSocket) throws -> Void, received: @escaping @Sendable ([[[UInt8]]]) -> Void
    ) throws {
        socket = try ZeroMQSocket(context: context, kind: kind, options: options)
        try attach(socket)
        poll = ZeroMQPoll(sockets: [socket])
        self.received = received
    }

    func handle(_ batch: [[[UInt8]]]) { unsent += batch }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        _ = try? poll.wait(wakeup: wakeup, timeoutMilliseconds: timeoutMilliseconds)
    }

    func ready() -> CInt? {
        while let message = unsent.first, (try? socket.send(message)) == .sent { unsent.removeFirst() }
        let batch = (try? socket.receive(limit: 256)) ?? []
        if !batch.isEmpty { received(batch) }
        if batch.count == 256 { return 0 }
        return unsent.isEmpty ? nil : 1
    }

    func close() { socket.close() }
}

@Suite struct ZeroMQThreadTests {
    @Test func tenThousandMessagesCrossTwoThreadsInOrder() async throws {
        let directory = try TemporaryDirectory()
        let context = try ZeroMQContext()
        let lock = try IPCEndpointLock(path: directory.path + "/bus")
        let endpoint = lock.endpoint
        let (batches, continuation) = AsyncStream.makeStream(of: [[[UInt8]]].self, bufferingPolicy: .unbounded)
        let receiver = try await EventThread<[[UInt8]]>(name: "router") {
            try SocketDriver(
                context: context, kind: .router, options: .init(),
                attach: { try $0.bind(endpoint) }, received: { continuation.yield($0) })
        }
        let sender = try await EventThread<[[UInt8]]>(name: "dealer") {
            var options = ZeroMQSocketOptions()
            options.routingID = Array("sender".utf8)
            return try SocketDriver(
                context: context, kind: .dealer, options: options,
                attach: { try $0.connect(endpoint) }, received: { _ in })
        }
        let total = 10_000
        for start in stride(from: 0, to: total, by: 100) {
            let batch = (start..<start + 100).map { number in
                [withUnsafeBytes(of: UInt32(number).bigEndian, Array.init), [UInt8](repeating: 0xFF, count: 160)]
            }
            #expect(sender.enqueue(contentsOf: batch) == 100)
        }
        var expected: UInt32 = 0
        for await batch in batches {
            for message in batch {
                let number = message[1].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                try #require(message.count == 3 && number == expected)
                expected += 1
            }
            if expected == total { break }
        }
        #expect(expected == total)
        await sender.stop()
        await receiver.stop()
    }

    @Test func aBindErrorReachesTheStarter() async throws {
        let context = try ZeroMQContext()
        await #expect(throws: ZeroMQError.self) {
            _ = try await EventThread<[[UInt8]]>(name: "router") {
                try SocketDriver(
                    context: context, kind: .router, options: .init(),
                    attach: { try $0.bind("ipc:///does/not/exist/bus") }, received: { _ in })
            }
        }
    }
}
