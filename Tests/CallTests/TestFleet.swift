import ASRWorker
import Bus
import BusContract
import Business
import CallEngine
import CallVocabulary
import DialogWorker
import Foundation
import Gateway
import Logging
import NIOCore
import NIOPosix
import ServiceKit
import Synchronization
import TTSWorker
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

/// A gateway's fleet side and one worker of each pool, in this process, with the real bus, roster, call runner and worker services.
final class TestFleet: Sendable {
    private let fleet: Fleet
    private let loop: any EventLoop
    private let written: FactBook
    private let counter = Mutex(0)

    private init(fleet: Fleet, loop: any EventLoop, written: FactBook) {
        self.fleet = fleet
        self.loop = loop
        self.written = written
    }

    /// Starts the fleet, runs the body when every pool has a worker, and stops.
    static func run(
        _ kind: TestBus.Kind, recogniser: any SpeechRecognizer, _ body: @escaping @Sendable (TestFleet) async throws -> Void
    ) async throws {
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let logger = quiet
        let relay = FleetRelay()
        let bus = try await TestBus.make(kind) { relay.receive($0) }
        let written = FactBook()
        let fleet = Fleet(
            hub: bus.hub, boot: 1, logger: logger, now: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) },
            courier: FactCourier(logger: logger), artifacts: { _, _, _, _ in })
        relay.set(fleet)
        let businesses = try BusinessDirectory.load(path: Repository.path("deploy/businesses"))
        let models = try ModelProviders.make(["fixed"])
        let common = CommonSettings(SettingsReader([:]))
        let notifier = SystemdNotifier(environment: [:])
        func worker(_ pool: Pool, _ make: @escaping @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype) throws
            -> WorkerService
        {
            try WorkerService(pool: pool, settings: common, notifier: notifier, logger: logger, link: bus.link, makeLogic: make)
        }
        let workers = [
            try worker(.asr) { ASRWorkerLogic(port: $0, recogniser: recogniser, capacity: 100) },
            try worker(.dialog) { DialogWorkerLogic(businesses: businesses, models: models, port: $0, logger: logger) },
            try worker(.tts) { TTSWorkerLogic(port: $0, voice: ToneVoice(), businesses: businesses, capacity: 100, logger: logger) },
            try worker(.crm) { FactBook.Logic(port: $0, book: written) },
        ]
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let subject = TestFleet(fleet: fleet, loop: group.next(), written: written)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for worker in workers { tasks.addTask { try await worker.run() } }
            try await until { fleet.available.count == Pool.allCases.count }
            try await body(subject)
            tasks.cancelAll()
        }
        await bus.stop()
        try await group.shutdownGracefully()
    }

    /// A new call whose stream has just begun.
    func call() async throws -> TestCall {
        let number = counter.withLock { counter in
            counter += 1
            return counter
        }
        let digits = String(number)
        guard let id = CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits) else { throw TestFailure("a call id") }
        let opening = CallOpening(
            call: id, business: BusinessID("nadlan-hayarkon"), caller: "+972501234567", called: "+97235550100", startedUnixMilliseconds: 0,
            greeting: "שלום")
        let call = TestCall(loop: loop)
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let services = CallServices(logger: quiet, logTranscripts: true, trace: nil, unixMicroseconds: { 0 }, remember: { _ in }, finished: { _, _ in })
        let (fleet, loop) = (fleet, loop)
        try await loop.submit {
            call.begin(CallRunner(opening: opening, loop: loop, fleet: fleet, services: services) { _, _ in })
        }.get()
        return call
    }

    /// What a crm-worker has been told, once the condition holds.
    func facts(_ condition: @escaping @Sendable ([Fact]) -> Bool) async throws -> [Fact] {
        let written = written
        try await until { condition(written.facts) }
        return written.facts
    }
}

private final class FleetRelay: Sendable {
    private let fleet = Mutex<Fleet?>(nil)
    func set(_ fleet: Fleet) { self.fleet.withLock { $0 = fleet } }
    func receive(_ events: [HubEvent]) { fleet.withLock { $0 }?.receive(events) }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits for something that other threads bring about; ten seconds are a failure, not a timing claim.
func until(_ condition: @Sendable () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(10)
    while !condition() {
        guard ContinuousClock.now < end else { throw TestFailure("it did not happen") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

enum Repository {
    /// A path below the repository's top directory.
    static func path(_ relative: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            relative
        )
        .path
    }
}

/// The crm-worker of these tests: keeps facts in memory and confirms them.
final class FactBook: Sendable {
    private let book = Mutex<[Fact]>([])
    var facts: [Fact] { book.withLock { $0 } }

    final class Logic: WorkerLogic {
        private let port: any WorkerPort
        private let book: FactBook
        init(port: any WorkerPort, book: FactBook) {
            self.port = port
            self.book = book
        }
        func handle(_ envelope: Envelope, attachment: [UInt8]) {
            guard case .fact(let fact) = envelope.message else { return }
            book.book.withLock { if !$0.contains(where: { $0.id == fact.id }) { $0.append(fact) } }
            port.send(Envelope(.factStored(FactStored(id: fact.id))))
        }
        func load() -> Load { Load(affinity: 1, active: 0) }
        func reset() {}
    }
}
