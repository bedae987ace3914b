import Bus
import BusContract
import CallVocabulary
import Logging
import Metrics
import ServiceLifecycle
import Synchronization

/// The life of a worker: links, hello, work, heartbeats, drain. One task calls the logic, message after message; the heartbeat comes
/// from that very task, so it stops when the work does.
///
/// A worker may serve several gateways. Each has a link, a standing and a logic of its own, so that one's restart does not touch the
/// other's calls; the engine behind them (recogniser, voice, models, database) is one.
package struct WorkerService: Service {
    /// Everything that the working task reacts to, in one bounded stream.
    private enum Input: Sendable {
        /// By the number of the gateway.
        case link(Int, [LinkEvent])
        case tick
        case drain
    }

    package static let heartbeat = Duration.milliseconds(200)
    /// A worker that is told to stop while it carries calls waits this long for them to be taken away.
    package static let drainLimit = Duration.seconds(8)
    /// A gateway that cannot be reached for this long will not take its calls away.
    package static let awayLimit = Duration.seconds(1)
    /// Batches that may wait for the working task; a second's worth of a full bus.
    private static let inputLimit = 4_096

    private let address: WorkerAddress
    private let makeLinks: [WorkerLinkFactory]
    private let logger: Logger
    private let notifier: SystemdNotifier
    private let makeLogic: @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype

    /// - Parameters:
    ///   - links: how to reach each gateway; over ZeroMQ at the configured addresses when nil.
    ///   - makeLogic: makes the worker's own part, on the working task, once for each gateway.
    package init(
        pool: Pool, settings: CommonSettings, notifier: SystemdNotifier, logger: Logger, links: [WorkerLinkFactory]? = nil,
        makeLogic: @escaping @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype
    ) throws(ConfigurationError) {
        let name = settings.workerName ?? "\(pool.rawValue)-1"
        let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
        let nonce = String(repeating: "0", count: 8 - digits.count) + digits
        guard let address = WorkerAddress(pool: pool, name: name, nonce: nonce) else {
            throw ConfigurationError(faults: ["MAANE_WORKER_NAME: \(name) may have letters, digits, - and _ only, and at most 32 of them"])
        }
        self.address = address
        makeLinks = links ?? settings.buses.map { ZeroMQLink.factory($0, keys: settings.busKeys) }
        self.logger = logger
        self.notifier = notifier
        self.makeLogic = makeLogic
    }

    /// With one gateway.
    package init(
        pool: Pool, settings: CommonSettings, notifier: SystemdNotifier, logger: Logger, link: @escaping WorkerLinkFactory,
        makeLogic: @escaping @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype
    ) throws(ConfigurationError) {
        try self.init(pool: pool, settings: settings, notifier: notifier, logger: logger, links: [link], makeLogic: makeLogic)
    }

    package func run() async throws {
        let (inputs, feed) = AsyncStream.makeStream(of: Input.self, bufferingPolicy: .bufferingOldest(Self.inputLimit))
        let dropped = Counter(label: "maane_worker_input_dropped")
        var links: [any WorkerLink] = []
        for (number, makeLink) in makeLinks.enumerated() {
            links.append(
                try await makeLink(address) { events in
                    if case .dropped = feed.yield(.link(number, events)) { dropped.increment() }
                })
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
        let ports = links
        try await withGracefulShutdownHandler {
            try await work(inputs, ports, leaving)
        } onGracefulShutdown: {
            leaving.set()
            feed.yield(.drain)
        }
        // Each waits a moment for what it has still to send: together, not one after the other.
        await withTaskGroup { stopping in
            for link in ports { stopping.addTask { await link.stop() } }
        }
    }

    private func work(_ inputs: AsyncStream<Input>, _ links: [any WorkerLink], _ leaving: Flag) async throws {
        var posts: [Post] = []
        do {
            for link in links { posts.append(Post(link: link, logic: try await makeLogic(link))) }
        } catch is CancellationError where leaving.isSet {
            // Told to stop while it was still waiting for its database or its model.
            return
        }
        let malformed = Counter(label: "maane_bus_malformed")
        var leavingSince: ContinuousClock.Instant?
        var lastStatus = ""
        for await input in inputs {
            if leaving.isSet, leavingSince == nil {
                leavingSince = ContinuousClock.now
                notifier.stopping()
                logger.info("draining", metadata: ["worker": "\(address)"])
                // At once: whatever is assigned from now on would have to move again.
                beat(&posts, isDraining: true, hello: false)
            }
            switch input {
            case .drain: break
            case .tick:
                beat(&posts, isDraining: leavingSince != nil, hello: true)
                let status = "\(posts.reduce(0) { $0 + $1.active }) conversations\(leavingSince == nil ? "" : ", draining")"
                if status != lastStatus, posts.contains(where: \.isWelcome) { notifier.status(status) }
                lastStatus = status
            case .link(let number, let events):
                for event in events {
                    if case .malformed(let reason) = event {
                        malformed.increment()
                        logger.warning("bus message dropped", metadata: ["reason": "\(reason)"])
                    }
                    let actions = posts[number].take(event)
                    if !actions.isEmpty { try perform(actions, number, &posts, isDraining: leavingSince != nil) }
                }
            }
            if let leavingSince, mayLeave(posts, since: leavingSince) {
                for post in posts where post.isWelcome { post.link.send(Envelope(.goodbye)) }
                return
            }
        }
    }

    private func mayLeave(_ posts: [Post], since: ContinuousClock.Instant) -> Bool {
        let now = ContinuousClock.now
        let present = posts.filter { $0.isWelcome && !$0.isAway(at: now) }
        if present.isEmpty || now >= since + Self.drainLimit { return true }
        // What was assigned before the withdrawal arrived is on its way: it is let in and handed over like the rest.
        return now >= since + Self.heartbeat && present.allSatisfy(\.logic.isIdle)
    }

    private func perform(_ actions: [Membership.Action], _ number: Int, _ posts: inout [Post], isDraining: Bool) throws {
        for action in actions {
            switch action {
            case .sayHello: sayHello(number, posts, loads: Self.loads(&posts, isDraining: isDraining))
            case .beat: break
            case .reset: posts[number].logic.reset()
            case .becameReady:
                logger.info("welcome", metadata: ["worker": "\(address)", "gateway": "\(posts[number].membership.gateway ?? "")"])
                if posts.filter(\.isWelcome).count == 1 { notifier.ready(status: "welcome") }
            case .giveUp(let reason):
                logger.error("refused by a gateway", metadata: ["worker": "\(address)", "reason": "\(reason)"])
                guard posts.contains(where: { !$0.isRefused }) else {
                    throw ConfigurationError(faults: ["the gateway refuses this worker: \(reason)"])
                }
            }
        }
    }

    /// Hello or heartbeat to each gateway.
    private func beat(_ posts: inout [Post], isDraining: Bool, hello: Bool) {
        let loads = Self.loads(&posts, isDraining: isDraining)
        for number in posts.indices {
            for action in posts[number].membership.tick() {
                switch action {
                case .beat: posts[number].link.send(Envelope(.heartbeat(Heartbeat(load: loads[number], handled: posts[number].handled))))
                case .sayHello: if hello { sayHello(number, posts, loads: loads) }
                case .reset, .becameReady, .giveUp: break
                }
            }
        }
    }

    private func sayHello(_ number: Int, _ posts: [Post], loads: [Load]) {
        posts[number].link.send(Envelope(.hello(Hello(pool: address.pool, name: address.name, nonce: address.nonce, load: loads[number]))))
    }

    /// Each gateway is told what it has here, and how much room there is beside what all of them have.
    private static func loads(_ posts: inout [Post], isDraining: Bool) -> [Load] {
        var loads: [Load] = []
        for number in posts.indices {
            let load = posts[number].logic.load()
            posts[number].active = load.active
            loads.append(load)
        }
        let affinity = isDraining ? 0 : affinity(of: loads.map(\.affinity))
        return loads.map { load in
            var load = load
            load.affinity = affinity
            load.draining = isDraining
            return load
        }
    }

    /// Of a worker whose engine several logics share: what each takes away is taken from one and the same. Exact when each affinity falls
    /// linearly with the load.
    package static func affinity(of affinities: [Double]) -> Double {
        max(0, 1 - affinities.reduce(0) { $0 + (1 - $1) })
    }
}

/// A worker's place at one gateway.
private struct Post {
    let link: any WorkerLink
    let logic: any WorkerLogic & SendableMetatype
    var membership = Membership()
    /// The highest number of this gateway's messages that the logic is through with.
    var handled: UInt64?
    /// As of the last heartbeat.
    var active = 0
    private var awaySince: ContinuousClock.Instant?

    init(link: any WorkerLink, logic: any WorkerLogic & SendableMetatype) {
        self.link = link
        self.logic = logic
    }

    var isWelcome: Bool { membership.standing == .welcome }
    var isRefused: Bool { if case .refused = membership.standing { true } else { false } }
    func isAway(at now: ContinuousClock.Instant) -> Bool { awaySince.map { now - $0 >= WorkerService.awayLimit } ?? false }

    /// One event of the link. What concerns the standing comes back as actions.
    mutating func take(_ event: LinkEvent) -> [Membership.Action] {
        switch event {
        case .away:
            awaySince = awaySince ?? ContinuousClock.now
        case .malformed: break
        case .audio(let packets): logic.hear(packets)
        case .message(let envelope, let attachment):
            awaySince = nil
            defer { if let sequence = envelope.sequence { handled = max(handled ?? 0, sequence) } }
            switch envelope.message {
            case .welcome(let welcome):
                // Another gateway counts anew, and so does one that had forgotten us.
                if !isWelcome || membership.gateway != welcome.gateway { handled = nil }
                return membership.welcomed(welcome)
            case .refused(let refused):
                handled = nil
                return membership.refused(refused)
            default: logic.handle(envelope, attachment: attachment)
            }
        }
        return []
    }
}

/// Set once, by whoever wants the worker to leave.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
