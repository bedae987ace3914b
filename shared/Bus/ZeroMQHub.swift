import BusContract
import CallVocabulary
import EventThread
import Foundation
import Synchronization
import ZeroMQ

/// The hub over ZeroMQ: a ROUTER for control and an XPUB for topics, both owned by one thread.
package final class ZeroMQHub: HubPort {
    private let thread: EventThread<HubDriver.Command>
    private let locks: [IPCEndpointLock]

    /// Binds both endpoints.
    /// - Parameter receive: called on the bus thread with everything that one wake-up brought; must not wait.
    /// - Throws: `ZeroMQError`, for example when another gateway holds the endpoint.
    package init(endpoints: BusEndpoints, receive: @escaping @Sendable ([HubEvent]) -> Void) async throws {
        // libzmq lets a second process bind an ipc path and steal it silently (measured): the lock comes first.
        locks = try [endpoints.control, endpoints.topics].filter { $0.hasPrefix("ipc:///") }.map {
            try IPCEndpointLock(path: String($0.dropFirst(6)))
        }
        thread = try await EventThread(name: "bus-hub", mailboxLimit: 100_000) { try HubDriver(endpoints: endpoints, receive: receive) }
    }

    package func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) {
        thread.enqueue(.send(envelope, attachment, worker))
    }

    package func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {
        thread.enqueue(.audio(packets, worker))
    }

    package func publish(_ event: TapEvent) {
        thread.enqueue(.tap(event))
    }

    /// Messages dropped because the bus thread did not keep up.
    package var dropped: Int { thread.droppedCommands }

    package func stop() async {
        await thread.stop()
        for lock in locks { lock.release() }
    }
}

private final class HubDriver: EventLoopDriver {
    enum Command: Sendable {
        case send(Envelope, [UInt8], WorkerAddress)
        case audio([AudioPacket], WorkerAddress)
        case tap(TapEvent)
    }

    private let context: ZeroMQContext
    private let router: ZeroMQSocket
    private let topics: ZeroMQSocket
    private let poll: ZeroMQPoll
    private let receive: @Sendable ([HubEvent]) -> Void
    /// Found out while sending; reported with the next batch.
    private var found: [HubEvent] = []
    private var topicBytes: [WorkerAddress: [UInt8]] = [:]

    /// Messages taken per wake-up before the rest of the loop gets its turn.
    private static let batch = 512

    init(endpoints: BusEndpoints, receive: @escaping @Sendable ([HubEvent]) -> Void) throws {
        context = try ZeroMQContext()
        var options = ZeroMQSocketOptions()
        options.maximumPartSize = 16 << 20
        // Control messages are bounded by what calls do; the mark only has to be beyond a busy second.
        options.sendHighWaterMark = 20_000
        options.receiveHighWaterMark = 20_000
        router = try ZeroMQSocket(context: context, kind: .router, options: options)
        // Per subscriber: one second of 400 calls. Older audio is worthless, and the recogniser sees the gap.
        topics = try ZeroMQSocket(context: context, kind: .xpub, options: options)
        try router.bind(endpoints.control)
        try topics.bind(endpoints.topics)
        poll = ZeroMQPoll(sockets: [router, topics])
        self.receive = receive
    }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        do {
            try poll.wait(wakeup: wakeup, timeoutMilliseconds: found.isEmpty ? timeoutMilliseconds : 0)
        } catch {
            found.append(.malformed(error.description))
        }
    }

    func handle(_ batch: [Command]) {
        for command in batch {
            switch command {
            case .send(let envelope, let attachment, let worker): send(envelope, attachment, worker)
            case .audio(let packets, let worker):
                let topic = topicBytes[worker] ?? remember(worker)
                for packet in packets { publish([topic, packet.encoded()]) }
            case .tap(let event):
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                if let body = try? encoder.encode(event) { publish([Array(Topics.event(event.name.rawValue).utf8), [UInt8](body)]) }
            }
        }
    }

    private func remember(_ worker: WorkerAddress) -> [UInt8] {
        // Workers come and go by restarts only; a fleet never has thousands.
        if topicBytes.count > 1_000 { topicBytes = [:] }
        let bytes = Array(Topics.audio(worker).utf8)
        topicBytes[worker] = bytes
        return bytes
    }

    private func send(_ envelope: Envelope, _ attachment: [UInt8], _ worker: WorkerAddress) {
        do {
            let outcome = try router.send([Array(worker.description.utf8)] + ControlFrames.encode(envelope, attachment))
            switch outcome {
            case .sent: break
            case .unreachable: found.append(.unreachable(worker))
            case .wouldBlock: found.append(.malformed("\(worker) does not read its control lane; a message was dropped"))
            }
        } catch {
            found.append(.malformed("send: \(error)"))
        }
    }

    private func publish(_ parts: [[UInt8]]) {
        do {
            _ = try topics.send(parts)
        } catch {
            found.append(.malformed("publish: \(error)"))
        }
    }

    func ready() -> CInt? {
        var events = found
        found = []
        do {
            for parts in try router.receive(limit: Self.batch) { events.append(Self.control(parts)) }
            for parts in try topics.receive(limit: Self.batch) { if let event = Self.subscription(parts) { events.append(event) } }
        } catch {
            events.append(.malformed("receive: \(error)"))
        }
        if !events.isEmpty { receive(events) }
        return events.count >= Self.batch ? 0 : nil
    }

    func close() {
        router.close()
        topics.close()
    }

    private static func control(_ parts: [[UInt8]]) -> HubEvent {
        guard let identity = parts.first, let worker = WorkerAddress(String(decoding: identity, as: UTF8.self)) else {
            return .malformed("a peer without a worker's address")
        }
        switch ControlFrames.decode(parts.dropFirst()) {
        case .success(let (envelope, attachment)): return .message(worker, envelope, attachment: attachment)
        case .failure(let error): return .malformed("\(worker): \(error)")
        }
    }

    /// XPUB delivers subscriptions as messages: 1 or 0, then the topic.
    private static func subscription(_ parts: [[UInt8]]) -> HubEvent? {
        guard let notice = parts.first, let first = notice.first, first <= 1 else { return nil }
        let topic = String(decoding: notice.dropFirst(), as: UTF8.self)
        return first == 1 ? .subscribed(topic: topic) : .unsubscribed(topic: topic)
    }
}
