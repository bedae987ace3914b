import BusContract
import CallVocabulary
import EventThread
import ZeroMQ

/// A worker's link over ZeroMQ: a DEALER for control and a SUB for its topics, both owned by one thread. Reconnects by itself.
package final class ZeroMQLink: WorkerLink {
    private let thread: EventThread<LinkDriver.Command>

    /// - Parameters:
    ///   - topics: what to subscribe to, besides nothing.
    ///   - keys: for tcp; needed beyond this machine.
    ///   - receive: called on the bus thread with everything that one wake-up brought; must not wait.
    package init(
        endpoints: BusEndpoints, address: WorkerAddress, topics: [String], keys: BusKeys? = nil,
        receive: @escaping @Sendable ([LinkEvent]) -> Void
    ) async throws {
        thread = try await EventThread(name: "bus-link", mailboxLimit: 50_000) {
            try LinkDriver(endpoints: endpoints, address: address, topics: topics, keys: keys, receive: receive)
        }
    }

    /// Links to the gateway at these endpoints; recognisers subscribe to their audio.
    package static func factory(_ endpoints: BusEndpoints, keys: BusKeys? = nil) -> WorkerLinkFactory {
        { address, receive in
            try await ZeroMQLink(
                endpoints: endpoints, address: address, topics: [Topics.audio(address)], keys: keys,
                receive: receive)
        }
    }

    package func send(_ envelope: Envelope, attachment: [UInt8]) {
        thread.enqueue(.send(envelope, attachment))
    }

    package func stop() async { await thread.stop() }
}

private final class LinkDriver: EventLoopDriver {
    enum Command: Sendable {
        case send(Envelope, [UInt8])
    }

    private let context: ZeroMQContext
    private let dealer: ZeroMQSocket
    private let subscriber: ZeroMQSocket
    private let lines: [Line]
    private let hasKeys: Bool
    private let poll: ZeroMQPoll
    private let receive: @Sendable ([LinkEvent]) -> Void
    private var found: [LinkEvent] = []
    private var failures = Tally()
    private static let batch = 512
    /// And bytes of the control lane: audio must not wait until a hundred large headers are decoded.
    private static let batchBytes = 2 << 20

    init(
        endpoints: BusEndpoints, address: WorkerAddress, topics: [String], keys: BusKeys?, receive: @escaping @Sendable ([LinkEvent]) -> Void
    ) throws {
        let curve = try BusSecurity.curve(endpoints, keys, .worker)
        context = try ZeroMQContext()
        var options = ZeroMQSocketOptions()
        options.curve = curve
        options.routingID = Array(address.description.utf8)
        options.maximumPartSize = 16 << 20
        options.sendHighWaterMark = 20_000
        options.receiveHighWaterMark = 20_000
        // A restarted gateway is back within a second; its workers should be there before the next caller is.
        options.reconnectMilliseconds = 50
        options.reconnectMaximumMilliseconds = 500
        // What a dying worker has said is given a moment to leave; a gateway that is away must not hold its exit.
        options.lingerMilliseconds = 200
        dealer = try ZeroMQSocket(context: context, kind: .dealer, options: options)
        var topicOptions = options
        topicOptions.routingID = nil
        subscriber = try ZeroMQSocket(context: context, kind: .sub, options: topicOptions)
        hasKeys = curve != nil
        for topic in topics { try subscriber.subscribe(Array(topic.utf8)) }
        lines = [
            try Line(dealer, to: endpoints.control, context, name: "control"), try Line(subscriber, to: endpoints.topics, context, name: "topics"),
        ]
        poll = ZeroMQPoll(sockets: [dealer, subscriber] + lines.map(\.monitor.socket))
        self.receive = receive
    }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        do {
            try poll.wait(wakeup: wakeup, timeoutMilliseconds: timeoutMilliseconds)
        } catch {
            found.append(.malformed(error.description))
        }
    }

    func handle(_ batch: [Command]) {
        var isAway = false
        for case .send(let envelope, let attachment) in batch {
            do {
                // No gateway, no queue (ZMQ_IMMEDIATE): stale messages must not be delivered to the next one.
                if try dealer.send(ControlFrames.encode(envelope, attachment)) != .sent { isAway = true }
            } catch {
                found.append(.malformed("send: \(error)"))
            }
        }
        if isAway { found.append(.away) }
    }

    func ready() -> CInt? {
        var events = found
        found = []
        var packets: [AudioPacket] = []
        var more = false
        let now = BusClock.milliseconds()
        do {
            try watch(&events, at: now)
            more = try control(&events)
            var left = Self.batch
            while left > 0, let parts = try subscriber.receive() {
                left -= 1
                if parts.count == 2, let packet = AudioPacket(parts[1]) {
                    packets.append(packet)
                } else {
                    events.append(.malformed("topic message of \(parts.count) parts"))
                }
            }
            more = more || left == 0
        } catch {
            events.append(.malformed("receive: \(error)"))
        }
        if !packets.isEmpty { events.append(.audio(packets)) }
        if !events.isEmpty { receive(events) }
        return more ? 0 : ([failures.wait(at: now)] + lines.map { $0.wait(at: now) }).compactMap(\.self).min()
    }

    /// - Returns: whether more is there.
    private func control(_ events: inout [LinkEvent]) throws -> Bool {
        var bytes = 0
        for _ in 0..<Self.batch {
            guard bytes < Self.batchBytes else { return true }
            guard let parts = try dealer.receive() else { return false }
            bytes += parts.reduce(0) { $0 + $1.count }
            switch ControlFrames.decode(parts) {
            case .success(let (envelope, attachment)): events.append(.message(envelope, attachment: attachment))
            case .failure(let error): events.append(.malformed(error.reason))
            }
        }
        return true
    }

    /// A wrong key would otherwise look like a gateway that is away.
    private func watch(_ events: inout [LinkEvent], at now: Int64) throws {
        for line in lines {
            // Without keys a handshake fails when the gateway dies in it, and that is no news.
            for failure in try line.watch(at: now) where hasKeys || failure == .mechanism { failures.add("\(failure)", at: now) }
        }
        for report in failures.reports(at: now) {
            events.append(
                .malformed(
                    "the gateway does not shake hands: \(report.kind). Compare MAANE_BUS_SERVER_KEY_FILE with the gateway's public key, and its MAANE_BUS_AUTHORISED_KEYS_FILE with this worker's."
                ))
        }
    }

    func close() {
        for line in lines { line.monitor.close() }
        dealer.close()
        subscriber.close()
    }
}

/// A socket's connection to its endpoint. The library connects again after an end, but gives up for ever after a breach of the protocol: a
/// part that is too large, a refused key. So it is told to begin anew if it does not by itself.
private final class Line {
    let monitor: SocketMonitor
    private let socket: ZeroMQSocket
    private let endpoint: String
    private var renewAt: Int64?

    /// The library says within milliseconds that it will try again; so slow that a refused worker does not fill the gateway's log.
    private static let patienceMilliseconds: Int64 = 1_000

    init(_ socket: ZeroMQSocket, to endpoint: String, _ context: ZeroMQContext, name: String) throws {
        self.socket = socket
        self.endpoint = endpoint
        monitor = try SocketMonitor(socket, context: context, name: name, scope: .everything)
        try socket.connect(endpoint)
    }

    /// - Returns: handshakes that failed.
    func watch(at now: Int64) throws -> [SocketMonitor.Failure] {
        var failures: [SocketMonitor.Failure] = []
        for event in try monitor.events(limit: 512) {
            switch event {
            case .failed(let failure):
                failures.append(failure)
                renewAt = renewAt ?? now + Self.patienceMilliseconds
            case .disconnected: renewAt = renewAt ?? now + Self.patienceMilliseconds
            case .connected, .retrying: renewAt = nil
            }
        }
        if let due = renewAt, due <= now {
            renewAt = nil
            // The library may have forgotten the endpoint with the connection.
            try? socket.disconnect(endpoint)
            try socket.connect(endpoint)
        }
        return failures
    }

    func wait(at now: Int64) -> CInt? { renewAt.map { CInt(clamping: max(0, $0 - now)) } }
}
