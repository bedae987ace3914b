import BusContract
import CallVocabulary
import EventThread
import Synchronization

/// The bus without sockets, for tests: the same codecs, the same order, one delivering thread. What passes here and not over ipc is a bug of one of them.
package final class MemoryBus: HubPort {
    private struct State {
        var hub: (@Sendable ([HubEvent]) -> Void)?
        var workers: [WorkerAddress: @Sendable ([LinkEvent]) -> Void] = [:]
        var taps: [@Sendable (TapEvent) -> Void] = []
    }

    private let state = Mutex(State())
    private let thread: WorkerThread<Void>

    package init() async throws { thread = try await WorkerThread<Void>(name: "bus-memory") }

    package func receive(_ body: @escaping @Sendable ([HubEvent]) -> Void) { state.withLock { $0.hub = body } }
    package func tap(_ body: @escaping @Sendable (TapEvent) -> Void) { state.withLock { $0.taps.append(body) } }

    /// Connects a worker and subscribes it to its audio topic.
    package func connect(_ address: WorkerAddress, receive: @escaping @Sendable ([LinkEvent]) -> Void) -> any WorkerLink {
        state.withLock { $0.workers[address] = receive }
        toHub(.subscribed(topic: Topics.audio(address)))
        return Port(bus: self, address: address)
    }

    /// The worker is gone, as if killed.
    package func disconnect(_ address: WorkerAddress) {
        state.withLock { _ = $0.workers.removeValue(forKey: address) }
        toHub(.unsubscribed(topic: Topics.audio(address)))
    }

    package func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) {
        thread.submit { _ in
            guard let parts = try? ControlFrames.encode(envelope, attachment), case .success(let decoded) = ControlFrames.decode(parts) else {
                return
            }
            if let receive = self.state.withLock({ $0.workers[worker] }) {
                receive([.message(decoded.0, attachment: decoded.1)])
            } else {
                self.state.withLock { $0.hub }?([.unreachable(worker)])
            }
        }
    }

    package func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {
        thread.submit { _ in
            let decoded = packets.compactMap { AudioPacket($0.encoded()) }
            self.state.withLock { $0.workers[worker] }?([.audio(decoded)])
        }
    }

    package func publish(_ event: TapEvent) {
        thread.submit { _ in for tap in self.state.withLock({ $0.taps }) { tap(event) } }
    }

    fileprivate func toHub(_ event: HubEvent) {
        thread.submit { _ in self.state.withLock { $0.hub }?([event]) }
    }

    package func stop() async { await thread.stop() }

    private struct Port: WorkerLink {
        func stop() async { bus.disconnect(address) }
        let bus: MemoryBus
        let address: WorkerAddress
        func send(_ envelope: Envelope, attachment: [UInt8]) {
            guard let parts = try? ControlFrames.encode(envelope, attachment), case .success(let decoded) = ControlFrames.decode(parts) else {
                return
            }
            bus.toHub(.message(address, decoded.0, attachment: decoded.1))
        }
    }
}
