import BusContract
import CallVocabulary
import EventThread
import Foundation
import Synchronization
import ZeroMQ

/// The hub's sockets, on their thread.
final class HubDriver: EventLoopDriver {
    enum Command: Sendable {
        case send(Envelope, [UInt8], WorkerAddress)
        case audio([AudioPacket], WorkerAddress)
        case tap(TapEvent)
    }

    private let context: ZeroMQContext
    private let router: ZeroMQSocket
    private let topics: ZeroMQSocket
    private let monitors: [SocketMonitor]
    private let door: Door?
    private let authenticator: ZAPAuthenticator?
    private let poll: ZeroMQPoll
    private let counts: HubCounts
    private let receive: @Sendable ([HubEvent]) -> Void
    /// Found out while sending; reported with the next batch.
    private var found: [HubEvent] = []
    private var topicBytes: [WorkerAddress: [UInt8]] = [:]
    private var lastTopic: (worker: WorkerAddress, bytes: [UInt8])?
    private var controlGuard: FloodGuard
    private var topicGuard = FloodGuard(.subscriptions)
    private var refusals = Tally()
    private var flow = AudioFlow()

    /// How long audio waits at most for more of it, in milliseconds, while many speak. With a wake-up of this thread, of the library's and of
    /// the worker's for each frame, 400 calls cost 14 to 17 µs a frame in this process; so they cost 5 to 6. Messages never wait.
    static let audioPatience: CInt = 2
    /// Messages taken per wake-up before the rest of the loop gets its turn.
    private static let batch = 512
    /// And bytes: 512 headers of the largest size would take seconds to decode, and nothing would be sent meanwhile.
    private static let batchBytes = 2 << 20
    /// A subscription is a topic: `audio.`, 32 and 16 bytes and dots. Who sends more is no worker, and is disconnected.
    private static let maximumSubscriptionBytes: Int64 = 1_024

    init(
        endpoints: BusEndpoints, keys: BusKeys?, limits: FloodLimits, counts: HubCounts, receive: @escaping @Sendable ([HubEvent]) -> Void
    ) throws {
        let curve = try BusSecurity.curve(endpoints, keys, .gateway)
        context = try ZeroMQContext()
        door = if curve != nil, let list = keys?.authorised { Door(list) } else { nil }
        authenticator = if let door { try ZAPAuthenticator(context: context) { door.admits($0.key) } } else { nil }
        var options = ZeroMQSocketOptions()
        options.curve = curve
        options.maximumPartSize = 16 << 20
        // Control messages are bounded by what calls do; the mark only has to be beyond a busy second.
        options.sendHighWaterMark = 20_000
        // Beyond it a worker waits in its own queue, so that a flood stays with its sender and not in this process's memory.
        options.receiveHighWaterMark = 1_000
        router = try ZeroMQSocket(context: context, kind: .router, options: options)
        // Per subscriber: one second of 400 calls. Older audio is worthless, and the recogniser sees the gap.
        options.maximumPartSize = Self.maximumSubscriptionBytes
        topics = try ZeroMQSocket(context: context, kind: .xpub, options: options)
        monitors = [
            try SocketMonitor(router, context: context, name: "control", scope: .failures),
            try SocketMonitor(topics, context: context, name: "topics", scope: .failures),
        ]
        try router.bind(endpoints.control)
        try topics.bind(endpoints.topics)
        poll = ZeroMQPoll(sockets: [router, topics] + monitors.map(\.socket) + (authenticator.map { [$0.socket] } ?? []))
        controlGuard = FloodGuard(limits)
        self.counts = counts
        self.receive = receive
    }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        do {
            try poll.wait(wakeup: wakeup, timeoutMilliseconds: found.isEmpty ? timeoutMilliseconds : 0)
        } catch {
            found.append(.malformed(error.description))
        }
    }

    // MARK: - Out

    func handle(_ batch: [Command]) {
        for command in batch {
            switch command {
            case .send(let envelope, let attachment, let worker): send(envelope, attachment, worker)
            case .audio(let packets, let worker):
                flow.count += 1
                // One recogniser after the other has many calls.
                if worker != lastTopic?.worker { lastTopic = (worker, topicBytes[worker] ?? remember(worker)) }
                guard let topic = lastTopic?.bytes else { continue }
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

    // MARK: - In

    func ready() -> CInt? {
        var events = found
        found = []
        let now = BusClock.milliseconds()
        var more = false
        do {
            try authenticate(&events, at: now)
            more = try control(&events, at: now)
            let notices = try subscriptions(&events, at: now)
            more = more || notices
        } catch {
            events.append(.malformed("receive: \(error)"))
        }
        for report in refusals.reports(at: now) {
            events.append(.refusedPeer(reason: report.detail.isEmpty ? report.kind : "\(report.kind): \(report.detail)", count: report.count))
        }
        if !events.isEmpty { receive(events) }
        if more { return 0 }
        return flow.isStrong(at: now) ? Self.audioPatience : refusals.wait(at: now)
    }

    private func authenticate(_ events: inout [HubEvent], at now: Int64) throws {
        for request in try authenticator?.answer() ?? [] {
            // The beginning of a public key is enough to find the machine.
            refusals.add("key not authorised", detail: request.map { "\($0.key.z85.prefix(8))… from \($0.address)" } ?? "", at: now)
        }
        if let complaint = door?.takeComplaint() { events.append(.malformed(complaint)) }
        for monitor in monitors {
            for case .failed(let failure) in try monitor.events(limit: Self.batch) {
                // Told by the authenticator, with more detail.
                if authenticator != nil, case .refused = failure { continue }
                refusals.add("\(failure)", at: now)
            }
        }
    }

    /// - Returns: whether more is there.
    private func control(_ events: inout [HubEvent], at now: Int64) throws -> Bool {
        var bytes = 0
        for _ in 0..<Self.batch {
            guard bytes < Self.batchBytes else { return true }
            guard let message = try router.receiveTraced() else { return false }
            bytes += message.bytes
            let identity = message.parts[0]
            switch controlGuard.take(from: identity, bytes: message.bytes, at: now) {
            case .pass:
                let event = Self.control(message)
                events.append(event)
                guard case .malformed = event else { continue }
                if controlGuard.malformed(from: identity, at: now) == .flooded { flooded(identity, message.source, &events) }
            case .flooded: flooded(identity, message.source, &events)
            case .banned(let cut):
                counts.bannedMessages.wrappingAdd(1, ordering: .relaxed)
                if cut { self.cut(message.source) }
            }
        }
        return true
    }

    private func flooded(_ identity: [UInt8], _ source: CInt?, _ events: inout [HubEvent]) {
        if let worker = WorkerAddress(String(decoding: identity, as: UTF8.self)) {
            events.append(.flooded(worker))
        } else {
            events.append(.malformed("a peer without a worker's address has flooded the bus and is cut off"))
        }
        cut(source)
    }

    private func cut(_ source: CInt?) {
        if let source, router.disconnect(source: source) { counts.cutConnections.wrappingAdd(1, ordering: .relaxed) }
    }

    private func subscriptions(_ events: inout [HubEvent], at now: Int64) throws -> Bool {
        for _ in 0..<Self.batch {
            guard let message = try topics.receiveTraced() else { return false }
            if let source = message.source {
                let verdict = topicGuard.take(from: withUnsafeBytes(of: source) { Array($0) }, bytes: message.bytes, at: now)
                if verdict != .pass {
                    if topics.disconnect(source: source) { counts.cutConnections.wrappingAdd(1, ordering: .relaxed) }
                    events.append(.malformed("a peer has flooded the topic lane with subscriptions and is cut off"))
                    continue
                }
            }
            if let event = Self.subscription(message.parts) { events.append(event) }
        }
        return true
    }

    func close() {
        for monitor in monitors { monitor.close() }
        router.close()
        topics.close()
        authenticator?.close()
    }

    private static func control(_ message: ZeroMQSocket.Message) -> HubEvent {
        guard let worker = WorkerAddress(String(decoding: message.parts[0], as: UTF8.self)) else {
            return .malformed("a peer without a worker's address")
        }
        guard !message.isOversize else { return .malformed("\(worker): a message of too many parts") }
        switch ControlFrames.decode(message.parts.dropFirst()) {
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

/// The list of workers as the authenticator asks it, on the bus thread.
private final class Door {
    private var list: AuthorisedKeys
    private var complaint: String?

    init(_ list: AuthorisedKeys) { self.list = list }

    func admits(_ key: CurveKey) -> Bool {
        do {
            try list.refresh()
        } catch {
            // The last good list stays: calls depend on the workers that are there.
            complaint = "the list of authorised keys is kept as it was: \(error)"
        }
        return list.admits(key)
    }

    func takeComplaint() -> String? {
        defer { complaint = nil }
        return complaint
    }
}
