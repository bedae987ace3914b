import BusContract
import CallVocabulary
import EventThread
import ZeroMQ

/// A worker's link over ZeroMQ: a DEALER for control and a SUB for its topics, both owned by one thread. Reconnects by itself.
package final class ZeroMQLink: WorkerLink {
    private let thread: EventThread<LinkDriver.Command>

    /// - Parameters:
    ///   - topics: what to subscribe to, besides nothing.
    ///   - receive: called on the bus thread with everything that one wake-up brought; must not wait.
    package init(
        endpoints: BusEndpoints, address: WorkerAddress, topics: [String], receive: @escaping @Sendable ([LinkEvent]) -> Void
    ) async throws {
        thread = try await EventThread(name: "bus-link", mailboxLimit: 50_000) {
            try LinkDriver(endpoints: endpoints, address: address, topics: topics, receive: receive)
        }
    }

    /// Links to the gateway at these endpoints; recognisers subscribe to their audio.
    package static func factory(_ endpoints: BusEndpoints) -> WorkerLinkFactory {
        { address, receive in
            try await ZeroMQLink(
                endpoints: endpoints, address: address, topics: address.pool == .asr ? [Topics.audio(address)] : [], receive: receive)
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
    private let poll: ZeroMQPoll
    private let receive: @Sendable ([LinkEvent]) -> Void
    private var found: [LinkEvent] = []
    private static let batch = 512

    init(endpoints: BusEndpoints, address: WorkerAddress, topics: [String], receive: @escaping @Sendable ([LinkEvent]) -> Void) throws {
        context = try ZeroMQContext()
        var options = ZeroMQSocketOptions()
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
        for topic in topics { try subscriber.subscribe(Array(topic.utf8)) }
        try dealer.connect(endpoints.control)
        try subscriber.connect(endpoints.topics)
        poll = ZeroMQPoll(sockets: [dealer, subscriber])
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
        for case .send(let envelope, let attachment) in batch {
            do {
                // No gateway, no queue (ZMQ_IMMEDIATE): stale messages must not be delivered to the next one.
                _ = try dealer.send(ControlFrames.encode(envelope, attachment))
            } catch {
                found.append(.malformed("send: \(error)"))
            }
        }
    }

    func ready() -> CInt? {
        var events = found
        found = []
        var packets: [AudioPacket] = []
        do {
            let messages = try dealer.receive(limit: Self.batch)
            for parts in messages {
                switch ControlFrames.decode(parts) {
                case .success(let (envelope, attachment)): events.append(.message(envelope, attachment: attachment))
                case .failure(let error): events.append(.malformed(error.reason))
                }
            }
            for parts in try subscriber.receive(limit: Self.batch) {
                if parts.count == 2, let packet = AudioPacket(parts[1]) {
                    packets.append(packet)
                } else {
                    events.append(.malformed("topic message of \(parts.count) parts"))
                }
            }
        } catch {
            events.append(.malformed("receive: \(error)"))
        }
        if !packets.isEmpty { events.append(.audio(packets)) }
        if !events.isEmpty { receive(events) }
        return packets.count >= Self.batch ? 0 : nil
    }

    func close() {
        dealer.close()
        subscriber.close()
    }
}
