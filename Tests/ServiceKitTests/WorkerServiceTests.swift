import Bus
import BusContract
import CallVocabulary
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization
import Testing

/// One gateway's end of a memory bus.
private final class Gateway: Sendable {
    let bus: MemoryBus
    let name: String
    private let kept = Mutex<[(worker: WorkerAddress, envelope: Envelope)]>([])

    init(_ name: String) async throws {
        bus = try await MemoryBus()
        self.name = name
        bus.receive { events in
            for case .message(let worker, let envelope, _) in events { self.kept.withLock { $0.append((worker, envelope)) } }
        }
    }

    var link: WorkerLinkFactory { { address, receive in self.bus.connect(address, receive: receive) } }
    var received: [(worker: WorkerAddress, envelope: Envelope)] { kept.withLock { $0 } }
    var kinds: [String] { received.map(\.envelope.message.kind) }
    var beats: [Heartbeat] { received.compactMap { if case .heartbeat(let beat) = $0.envelope.message { beat } else { nil } } }

    func send(_ message: BusMessage, _ conversation: String? = nil, sequence: UInt64? = nil) throws {
        let worker = try #require(received.first?.worker)
        bus.send(
            Envelope(message, conversation: conversation.map { ConversationID($0) }, epoch: Epoch(rawValue: 1), sequence: sequence), to: worker)
    }
    func welcome(as other: String? = nil, sequence: UInt64? = nil) throws {
        try send(.welcome(Welcome(gateway: other ?? name, heartbeatMilliseconds: 200)), sequence: sequence)
    }
    /// A heartbeat that was sent after now and is as wanted.
    func beat(where isWanted: @escaping @Sendable (Heartbeat) -> Bool) async throws {
        let known = beats.count
        try await until { self.beats.dropFirst(known).contains(where: isWanted) }
    }
}

/// Carries a tenth of an engine per conversation.
private final class TenthLogic: WorkerLogic {
    private let log: Log
    private var conversations: Set<ConversationID> = []
    init(_ log: Log) { self.log = log }
    func handle(_ envelope: Envelope, attachment: [UInt8]) {
        guard let conversation = envelope.conversation else { return }
        switch envelope.message {
        case .assign: conversations.insert(conversation)
        case .release: conversations.remove(conversation)
        default: break
        }
    }
    func load() -> Load { Load(affinity: 1 - Double(conversations.count) / 10, active: conversations.count, done: 5, outstanding: 2) }
    func reset() {
        conversations = []
        log.resets.wrappingAdd(1, ordering: .relaxed)
    }

    final class Log: Sendable {
        let resets = Atomic<Int>(0)
    }
}

/// Waits for something that other tasks bring about; twenty seconds are a failure, not a timing claim.
private func until(_ condition: @Sendable () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while !condition() {
        try #require(ContinuousClock.now < end, "it did not happen")
        try await Task.sleep(for: .milliseconds(2))
    }
}

@Suite(.timeLimit(.minutes(1))) struct WorkerServiceTests {
    private let log = TenthLogic.Log()

    /// Runs a worker with these links while `body` plays its gateways. `leave` is what SIGTERM is to a process.
    private func withWorker(
        _ links: [WorkerLinkFactory], _ body: (_ leave: @Sendable () async -> Void, _ hasEnded: @escaping @Sendable () -> Bool) async throws -> Void
    ) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let log = log
        let worker = try WorkerService(
            pool: .tts, settings: CommonSettings(SettingsReader([:])), notifier: SystemdNotifier(environment: [:]), logger: quiet, links: links
        ) { _ in TenthLogic(log) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: worker, successTerminationBehavior: .gracefullyShutdownGroup)], logger: quiet))
        let ended = Flag()
        let running = Task {
            defer { ended.set() }
            try await group.run()
        }
        do {
            try await body({ await group.triggerGracefulShutdown() }, { ended.isSet })
        } catch {
            running.cancel()
            throw error
        }
        await group.triggerGracefulShutdown()
        running.cancel()
        try await running.value
    }

    @Test func heartbeatsNameWhatWasHandled() async throws {
        let gateway = try await Gateway("gateway-1")
        try await withWorker([gateway.link]) { _, _ in
            try await until { gateway.kinds.contains("hello") }
            #expect(gateway.beats.isEmpty)
            try gateway.welcome(sequence: 1)
            try await gateway.beat { $0.handled == 1 && $0.load == Load(affinity: 1, active: 0, done: 5, outstanding: 2) }
            try gateway.send(.assign(Assign()), "a", sequence: 2)
            try gateway.send(.assign(Assign()), "b", sequence: 3)
            try await gateway.beat { $0.handled == 3 && $0.load.active == 2 && $0.load.affinity == 0.8 }
            // A gateway that had forgotten us counts anew.
            let hellos = gateway.kinds.count { $0 == "hello" }
            try gateway.send(.refused(Refused(reason: "who?", mayRetry: true)))
            try await until { gateway.kinds.count { $0 == "hello" } > hellos }
            #expect(log.resets.load(ordering: .relaxed) == 1)
            try gateway.welcome(sequence: 1)
            try await gateway.beat { $0.handled == 1 && $0.load.active == 0 }
            // And so does another one in its place.
            try gateway.send(.assign(Assign()), "c", sequence: 9)
            try await gateway.beat { $0.handled == 9 && $0.load.active == 1 }
            try gateway.welcome(as: "gateway-2", sequence: 1)
            try await gateway.beat { $0.handled == 1 && $0.load.active == 0 }
            #expect(log.resets.load(ordering: .relaxed) == 2)
        }
        await gateway.bus.stop()
    }

    @Test func twoGatewaysShareOneEngineAndNothingElse() async throws {
        let (one, two) = (try await Gateway("gateway-1"), try await Gateway("gateway-2"))
        try await withWorker([one.link, two.link]) { _, _ in
            try await until { one.kinds.contains("hello") && two.kinds.contains("hello") }
            #expect(one.received.first?.worker == two.received.first?.worker)
            try one.welcome()
            try await one.beat { $0.load.affinity == 1 }
            #expect(two.beats.isEmpty)
            try two.welcome()
            for name in ["a", "b", "c"] { try one.send(.assign(Assign()), name) }
            try two.send(.assign(Assign()), "d", sequence: 40)
            try await one.beat { abs($0.load.affinity - 0.6) < 1e-9 && $0.load.active == 3 && $0.handled == nil }
            try await two.beat { abs($0.load.affinity - 0.6) < 1e-9 && $0.load.active == 1 && $0.handled == 40 }
            // One gateway is born again: the other's conversations stay.
            try one.welcome(as: "gateway-3")
            try await one.beat { $0.load.active == 0 }
            try await two.beat { abs($0.load.affinity - 0.9) < 1e-9 && $0.load.active == 1 }
            #expect(log.resets.load(ordering: .relaxed) == 1)
        }
        await one.bus.stop()
        await two.bus.stop()
    }

    @Test func aWorkerThatOneGatewayRefusesServesTheOther() async throws {
        let (one, two) = (try await Gateway("gateway-1"), try await Gateway("gateway-2"))
        try await withWorker([one.link, two.link]) { _, hasEnded in
            try await until { one.kinds.contains("hello") && two.kinds.contains("hello") }
            try one.send(.refused(Refused(reason: "another version", mayRetry: false)))
            try two.welcome()
            try await two.beat { $0.load.affinity == 1 }
            #expect(!hasEnded())
            #expect(one.beats.isEmpty)
        }
        await one.bus.stop()
        await two.bus.stop()
    }

    @Test func aWorkerThatNobodyWantsSaysWhy() async throws {
        let gateway = try await Gateway("gateway-1")
        await #expect(throws: ConfigurationError.self) {
            try await withWorker([gateway.link]) { _, hasEnded in
                try await until { gateway.kinds.contains("hello") }
                try gateway.send(.refused(Refused(reason: "another version", mayRetry: false)))
                try await until { hasEnded() }
            }
        }
        await gateway.bus.stop()
    }

    @Test func aWorkerThatLeavesWithdrawsFirstAndWaitsForItsCalls() async throws {
        let gateway = try await Gateway("gateway-1")
        try await withWorker([gateway.link]) { leave, hasEnded in
            try await until { gateway.kinds.contains("hello") }
            try gateway.welcome()
            for name in ["a", "b"] { try gateway.send(.assign(Assign()), name) }
            try await gateway.beat { $0.load.active == 2 }
            let known = gateway.beats.count
            await leave()
            try await gateway.beat { $0.load.draining && $0.load.affinity == 0 && $0.load.active == 2 }
            // It goes on working and beating meanwhile.
            try gateway.send(.release, "a", sequence: 7)
            try await gateway.beat { $0.load.draining && $0.load.active == 1 && $0.handled == 7 }
            #expect(!hasEnded())
            #expect(!gateway.kinds.contains("goodbye"))
            try gateway.send(.release, "b")
            try await until { hasEnded() }
            #expect(gateway.kinds.last == "goodbye")
            #expect(gateway.beats.dropFirst(known).drop { !$0.load.draining }.allSatisfy { $0.load.draining && $0.load.affinity == 0 })
        }
        await gateway.bus.stop()
    }

    /// A call that was assigned before the withdrawal arrived is carried like the others.
    @Test func whatWasOnItsWayIsLetIn() async throws {
        let gateway = try await Gateway("gateway-1")
        try await withWorker([gateway.link]) { leave, hasEnded in
            try await until { gateway.kinds.contains("hello") }
            try gateway.welcome()
            try await gateway.beat { $0.load.active == 0 }
            await leave()
            try gateway.send(.assign(Assign()), "late")
            try await gateway.beat { $0.load.draining && $0.load.active == 1 }
            #expect(!hasEnded())
            try gateway.send(.release, "late")
            try await until { hasEnded() }
        }
        await gateway.bus.stop()
    }

    @Test func aWorkerThatWasNeverWelcomeLeavesAtOnce() async throws {
        let gateway = try await Gateway("gateway-1")
        try await withWorker([gateway.link]) { leave, hasEnded in
            try await until { gateway.kinds.contains("hello") }
            await leave()
            try await until { hasEnded() }
            #expect(!gateway.kinds.contains("goodbye"))
        }
        await gateway.bus.stop()
    }

    @Test func aWorkerWhoseGatewayIsAwayDoesNotWaitForIt() async throws {
        let gateway = try await Gateway("gateway-1")
        let feed = Mutex<(@Sendable ([LinkEvent]) -> Void)?>(nil)
        let link = gateway.link
        let listening: WorkerLinkFactory = { address, receive in
            feed.withLock { $0 = receive }
            return try await link(address, receive)
        }
        try await withWorker([listening]) { leave, hasEnded in
            try await until { gateway.kinds.contains("hello") }
            try gateway.welcome()
            try gateway.send(.assign(Assign()), "a")
            try await gateway.beat { $0.load.active == 1 }
            // What the link says when nothing can be sent.
            feed.withLock { $0 }?([.away])
            let began = ContinuousClock.now
            await leave()
            try await until { hasEnded() }
            // Well before the limit for calls that are still carried.
            #expect(ContinuousClock.now - began < WorkerService.drainLimit)
            #expect(ContinuousClock.now - began >= WorkerService.heartbeat)
        }
        await gateway.bus.stop()
    }

    @Test func affinitiesOfOneEngineAddUp() {
        #expect(WorkerService.affinity(of: []) == 1)
        #expect(WorkerService.affinity(of: [0.75]) == 0.75)
        #expect(WorkerService.affinity(of: [0.75, 0.5]) == 0.25)
        #expect(WorkerService.affinity(of: [0.25, 0.5]) == 0)
    }
}

/// Set once.
private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { value.load(ordering: .acquiring) }
    func set() { value.store(true, ordering: .releasing) }
}
