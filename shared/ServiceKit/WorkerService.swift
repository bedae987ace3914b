import Bus
import BusContract
import CallVocabulary
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// The life of a worker: link, hello, work, heartbeats, drain. One task calls the logic, message after message; the heartbeat comes
/// from that very task, so it stops when the work does.
package struct WorkerService: Service {
    /// Everything that the working task reacts to, in one bounded stream.
    private enum Input: Sendable {
        case link([LinkEvent])
        case tick
        case drain
    }

    package static let heartbeat = Duration.milliseconds(200)
    /// A worker that is told to stop while it carries calls waits this long for them.
    package static let drainLimit = Duration.seconds(8)
    /// Batches that may wait for the working task; a second's worth of a full bus.
    private static let inputLimit = 4_096

    private let address: WorkerAddress
    private let makeLink: WorkerLinkFactory
    private let logger: Logger
    private let notifier: SystemdNotifier
    private let makeLogic: @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype

    /// - Parameters:
    ///   - link: how to reach the gateway; over ZeroMQ at the configured address when nil.
    ///   - makeLogic: makes the worker's own part, on the working task.
    package init(
        pool: Pool, settings: CommonSettings, notifier: SystemdNotifier, logger: Logger, link: WorkerLinkFactory? = nil,
        makeLogic: @escaping @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype
    ) throws(ConfigurationError) {
        let name = settings.workerName ?? "\(pool.rawValue)-1"
        let nonce = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        guard let address = WorkerAddress(pool: pool, name: name, nonce: nonce) else {
            throw ConfigurationError(faults: ["MAANE_WORKER_NAME: \(name) may have letters, digits, - and _ only, and at most 32 of them"])
        }
        self.address = address
        makeLink = link ?? ZeroMQLink.factory(settings.bus, keys: settings.busKeys)
        self.logger = logger
        self.notifier = notifier
        self.makeLogic = makeLogic
    }

    package func run() async throws {
        let (inputs, feed) = AsyncStream.makeStream(of: Input.self, bufferingPolicy: .bufferingOldest(Self.inputLimit))
        let dropped = Counter(label: "maane_worker_input_dropped")
        let link = try await makeLink(address) { events in
            if case .dropped = feed.yield(.link(events)) { dropped.increment() }
        }
        let ticking = Task {
            while !Task.isCancelled {
                feed.yield(.tick)
                try await Task.sleep(for: Self.heartbeat)
            }
        }
        defer { ticking.cancel() }
        // A full stream drops what is yielded: the wish to stop must not be lost with it, and the next input finds it here.
        let leaving = Flag()
        try await withGracefulShutdownHandler {
            try await work(inputs, link, leaving)
        } onGracefulShutdown: {
            leaving.set()
            feed.yield(.drain)
        }
        await link.stop()
    }

    private func work(_ inputs: AsyncStream<Input>, _ link: any WorkerLink, _ leaving: Flag) async throws {
        let logic = try await makeLogic(link)
        let malformed = Counter(label: "maane_bus_malformed")
        var membership = Membership()
        var leaveBy: ContinuousClock.Instant?
        var lastStatus = ""
        for await input in inputs {
            if leaving.isSet, leaveBy == nil {
                leaveBy = ContinuousClock.now + Self.drainLimit
                notifier.stopping()
                logger.info("draining", metadata: ["worker": "\(address)"])
                beat(logic, link, draining: true)
            }
            switch input {
            case .drain: break
            case .tick:
                for action in membership.tick() { try perform(action, logic, link, draining: leaveBy != nil) }
                let load = logic.load()
                let status = "\(load.active) conversations\(leaveBy == nil ? "" : ", draining")"
                if status != lastStatus, membership.standing == .welcome { notifier.status(status) }
                lastStatus = status
            case .link(let events):
                for event in events {
                    switch event {
                    case .message(let envelope, let attachment):
                        switch envelope.message {
                        case .welcome(let welcome):
                            for action in membership.welcomed(welcome) { try perform(action, logic, link, draining: leaveBy != nil) }
                        case .refused(let refused):
                            for action in membership.refused(refused) { try perform(action, logic, link, draining: leaveBy != nil) }
                        default: logic.handle(envelope, attachment: attachment)
                        }
                    case .audio(let packets): logic.hear(packets)
                    case .malformed(let reason):
                        malformed.increment()
                        logger.warning("bus message dropped", metadata: ["reason": "\(reason)"])
                    }
                }
            }
            if let leaveBy, logic.load().active == 0 || ContinuousClock.now >= leaveBy {
                link.send(Envelope(.goodbye))
                return
            }
        }
    }

    private func perform(_ action: Membership.Action, _ logic: any WorkerLogic, _ link: any WorkerLink, draining: Bool) throws {
        switch action {
        case .sayHello:
            link.send(
                Envelope(.hello(Hello(pool: address.pool, name: address.name, nonce: address.nonce, load: load(logic, draining: draining)))))
        case .beat: beat(logic, link, draining: draining)
        case .reset: logic.reset()
        case .becameReady:
            logger.info("welcome", metadata: ["worker": "\(address)"])
            notifier.ready(status: "welcome")
        case .giveUp(let reason):
            throw ConfigurationError(faults: ["the gateway refuses this worker: \(reason)"])
        }
    }

    private func beat(_ logic: any WorkerLogic, _ link: any WorkerLink, draining: Bool) {
        link.send(Envelope(.heartbeat(Heartbeat(load: load(logic, draining: draining)))))
    }

    private func load(_ logic: any WorkerLogic, draining: Bool) -> Load {
        var load = logic.load()
        load.draining = draining
        if draining { load.affinity = 0 }
        return load
    }
}

/// Set once, by whoever wants the worker to leave.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
