import Bus
import BusContract
import CallVocabulary
import Synchronization
import TestSupport
import Testing

/// A bus of either kind, behind the two things that a fleet needs of it.
struct TestBus {
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case memory, ipc
        var testDescription: String { rawValue }
    }

    let hub: any HubPort
    let link: WorkerLinkFactory
    let stop: @Sendable () async -> Void

    static func make(_ kind: Kind, receive: @escaping @Sendable ([HubEvent]) -> Void) async throws -> TestBus {
        switch kind {
        case .memory:
            let bus = try await MemoryBus()
            bus.receive(receive)
            return TestBus(hub: bus, link: { address, receive in bus.connect(address, receive: receive) }, stop: { await bus.stop() })
        case .ipc:
            let directory = try TemporaryDirectory()
            let endpoints = try BusEndpoints("ipc://" + directory.path)
            let hub = try await ZeroMQHub(endpoints: endpoints, receive: receive)
            return TestBus(
                hub: hub, link: ZeroMQLink.factory(endpoints),
                stop: {
                    await hub.stop()
                    withExtendedLifetime(directory) {}
                })
        }
    }
}

/// A hub whose topic lane loses or delays frames on purpose. What is published a second time passes: the damage is done once.
final class LossyHub: HubPort {
    enum Fate { case pass, drop, delay }
    typealias Damage = @Sendable (AudioFrame) -> Fate

    private struct Held {
        let packet: AudioPacket
        let worker: WorkerAddress
        /// Frames that still have to overtake it.
        var left: Int
    }

    private struct State {
        var damage: Damage?
        var seen: [CallID: Set<UInt32>] = [:]
        var held: [Held] = []
        var harmed = 0
        var again = 0
    }

    /// A delayed frame comes behind this many later ones: 200 ms.
    static let delay = 10

    private let hub: any HubPort
    private let state = Mutex(State())

    init(_ hub: any HubPort) { self.hub = hub }

    func damage(_ damage: @escaping Damage) { state.withLock { $0.damage = damage } }
    /// Frames that were dropped or delayed.
    var harmed: Int { state.withLock { $0.harmed } }
    /// Frames that were published a second time.
    var again: Int { state.withLock { $0.again } }

    func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) { hub.send(envelope, attachment: attachment, to: worker) }
    func publish(_ event: TapEvent) { hub.publish(event) }

    func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {
        // Published under the lock, so that the order is kept.
        state.withLock { state in
            for packet in packets { publish(packet, to: worker, &state) }
        }
    }

    private func publish(_ packet: AudioPacket, to worker: WorkerAddress, _ state: inout State) {
        guard state.seen[packet.call, default: []].insert(packet.frame.sequence).inserted else {
            state.again += 1
            hub.publish([packet], to: worker)
            return
        }
        switch state.damage?(packet.frame) ?? .pass {
        case .pass: hub.publish([packet], to: worker)
        case .drop: state.harmed += 1
        case .delay:
            state.harmed += 1
            state.held.append(Held(packet: packet, worker: worker, left: Self.delay))
            return
        }
        for index in state.held.indices { state.held[index].left -= 1 }
        for item in state.held where item.left <= 0 { hub.publish([item.packet], to: item.worker) }
        state.held.removeAll { $0.left <= 0 }
    }
}
