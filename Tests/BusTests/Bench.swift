import Bus
import BusContract
import CallVocabulary
import Synchronization
import TestSupport
import Testing

/// A hub with workers, over either bus.
final class Bench: Sendable {
    struct Worker: Sendable {
        let port: any WorkerPort
        let events: Events<LinkEvent>
        let leave: @Sendable () async -> Void
    }

    let port: any HubPort
    let hub: Events<HubEvent>
    let join: @Sendable (WorkerAddress) async throws -> Worker
    let stop: @Sendable () async -> Void

    private init(
        port: any HubPort, hub: Events<HubEvent>, join: @escaping @Sendable (WorkerAddress) async throws -> Worker,
        stop: @escaping @Sendable () async -> Void
    ) {
        self.port = port
        self.hub = hub
        self.join = join
        self.stop = stop
    }

    static func make(_ kind: BusScriptTests.Kind) async throws -> Bench {
        let events = Events<HubEvent>()
        switch kind {
        case .memory:
            let bus = try await MemoryBus()
            bus.receive { events.add($0) }
            return Bench(
                port: bus, hub: events,
                join: { address in
                    let received = Events<LinkEvent>()
                    return Worker(port: bus.connect(address) { received.add($0) }, events: received, leave: { bus.disconnect(address) })
                }, stop: { await bus.stop() })
        case .ipc:
            let directory = try TemporaryDirectory()
            let endpoints = try BusEndpoints("ipc://" + directory.path)
            let bus = try await ZeroMQHub(endpoints: endpoints) { events.add($0) }
            return Bench(
                port: bus, hub: events,
                join: { address in
                    let received = Events<LinkEvent>()
                    let link = try await ZeroMQLink(endpoints: endpoints, address: address, topics: [Topics.audio(address)]) { received.add($0) }
                    return Worker(port: link, events: received, leave: { await link.stop() })
                },
                stop: {
                    await bus.stop()
                    _ = directory.path
                })
        }
    }
}

/// What one side has received so far, and a way to wait for more of it.
final class Events<Event: Sendable>: Sendable {
    private let events = Mutex<[Event]>([])

    func add(_ more: [Event]) { events.withLock { $0 += more } }
    var all: [Event] { events.withLock { $0 } }

    /// Returns as soon as the condition holds; gives up, with an issue, after ten seconds.
    /// - Parameter nudge: repeated while waiting, every 10 ms.
    func until(_ what: String, nudge: () -> Void = {}, _ condition: ([Event]) -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(10)
        while true {
            if condition(all) { return }
            try #require(ContinuousClock.now < limit, "waited in vain for \(what)")
            nudge()
            // Another thread has to act, and there is nothing to be told by: look again in a moment.
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

extension [HubEvent] {
    var messages: [(worker: WorkerAddress, envelope: Envelope, attachment: [UInt8])] {
        compactMap { if case .message(let worker, let envelope, let attachment) = $0 { (worker, envelope, attachment) } else { nil } }
    }
}

extension [LinkEvent] {
    var messages: [(envelope: Envelope, attachment: [UInt8])] {
        compactMap { if case .message(let envelope, let attachment) = $0 { (envelope, attachment) } else { nil } }
    }
    var audio: [AudioPacket] { compactMap { if case .audio(let packets) = $0 { packets } else { nil } }.flatMap(\.self) }
}
