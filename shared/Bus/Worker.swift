import BusContract
import CallVocabulary

/// A worker's way to its gateway. May be used from any task; keeps order per caller.
package protocol WorkerPort: Sendable {
    /// Queues a message. Never waits; what cannot be sent because the gateway is away is dropped and counted, as the gateway will ask again.
    func send(_ envelope: Envelope, attachment: [UInt8])
}

extension WorkerPort {
    package func send(_ envelope: Envelope) { send(envelope, attachment: []) }
}

/// A worker's link: its port, and the end of it.
package protocol WorkerLink: WorkerPort {
    func stop() async
}

/// Makes a worker's link. `receive` is called on the bus's thread with everything that one wake-up brought, and must not wait.
package typealias WorkerLinkFactory =
    @Sendable (_ address: WorkerAddress, _ receive: @escaping @Sendable ([LinkEvent]) -> Void) async throws -> any WorkerLink

/// The part of a worker that is its own. It is made and called on one task, message after message, and must not wait:
/// longer work goes into child tasks or threads that answer through the port. Heartbeats are sent by the same task,
/// so a worker that hangs in one of these functions is seen to hang.
package protocol WorkerLogic: AnyObject {
    func handle(_ envelope: Envelope, attachment: [UInt8])
    /// Frames from the topic lane, in order of arrival. Only recognisers get any.
    func hear(_ packets: [AudioPacket])
    /// What the heartbeat says, asked once per heartbeat. `draining` is filled in by the runtime, and `affinity` is put together with that of the
    /// worker's other gateways, so it should fall linearly with the load.
    func load() -> Load
    /// Nothing is left that a worker which wants to leave should wait for.
    var isIdle: Bool { get }
    /// The gateway is gone or another one has taken its place: every conversation is over.
    func reset()
}

extension WorkerLogic {
    package func hear(_ packets: [AudioPacket]) {}
    package var isIdle: Bool { load().active == 0 }
}
