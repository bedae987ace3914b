import BusContract
import CallVocabulary
import EventThread
import Synchronization
import ZeroMQ

/// The hub over ZeroMQ: a ROUTER for control and an XPUB for topics, both owned by one thread.
package final class ZeroMQHub: HubPort {
    private let thread: EventThread<HubDriver.Command>
    private let locks: [IPCEndpointLock]
    private let counts = HubCounts()

    /// Binds both endpoints.
    /// - Parameters:
    ///   - keys: for tcp; needed beyond this machine.
    ///   - limits: what one worker may send.
    ///   - receive: called on the bus thread with everything that one wake-up brought; must not wait.
    /// - Throws: `ZeroMQError`, for example when another gateway holds the endpoint; ``BusKeyError`` if keys are missing.
    package init(
        endpoints: BusEndpoints, keys: BusKeys? = nil, limits: FloodLimits = .control, receive: @escaping @Sendable ([HubEvent]) -> Void
    ) async throws {
        // libzmq lets a second process bind an ipc path and steal it silently (measured): the lock comes first. For tcp the system refuses.
        locks = try [endpoints.control, endpoints.topics].filter { $0.hasPrefix("ipc:///") }.map {
            try IPCEndpointLock(path: String($0.dropFirst(6)))
        }
        let counts = counts
        thread = try await EventThread(name: "bus-hub", mailboxLimit: 100_000, patienceMilliseconds: HubDriver.audioPatience) {
            try HubDriver(endpoints: endpoints, keys: keys, limits: limits, counts: counts, receive: receive)
        }
    }

    package func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) {
        thread.enqueue(.send(envelope, attachment, worker))
    }

    package func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {
        thread.enqueue(.audio(packets, worker), isPatient: true)
    }

    package func publish(_ event: TapEvent) {
        thread.enqueue(.tap(event))
    }

    /// Messages dropped because the bus thread did not keep up.
    package var dropped: Int { thread.droppedCommands }
    /// Messages of peers that had flooded, dropped unread.
    package var bannedMessages: Int { counts.bannedMessages.load(ordering: .relaxed) }
    /// Connections ended because of a flood.
    package var cutConnections: Int { counts.cutConnections.load(ordering: .relaxed) }

    package func stop() async {
        await thread.stop()
        for lock in locks { lock.release() }
    }
}

/// Counted on the bus thread, read from anywhere.
final class HubCounts: Sendable {
    let bannedMessages = Atomic<Int>(0)
    let cutConnections = Atomic<Int>(0)
}
