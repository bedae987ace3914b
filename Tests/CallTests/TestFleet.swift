import ASRWorker
import Bus
import BusContract
import Business
import CRMWorker
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

/// A gateway's fleet side and some workers of each pool, in this process, with the real bus, roster, call runner, worker services and logics.
final class TestFleet: Sendable {
    struct Setup: Sendable {
        /// Workers of each pool at the start, `asr-1`, `asr-2`…
        var workers: [Pool: Int] = [:]
        var models: [any LanguageModel] = [EchoModel()]
        var voice: any Voice = ToneVoice()
        var recogniser: any SpeechRecognizer = TonesRecognizer()

        /// One of each, and more of these.
        static func with(_ workers: [Pool: Int] = [:], models: [any LanguageModel] = [EchoModel()], voice: any Voice = ToneVoice()) -> Setup {
            Setup(workers: workers, models: models, voice: voice)
        }
        static let two = Setup.with(Dictionary(uniqueKeysWithValues: Pool.allCases.map { ($0, 2) }))
    }

    private struct State {
        var workers: [TestWorker] = []
        /// Who has seen the conversation's last assignment.
        var holders: [ConversationID: [Pool: TestWorker]] = [:]
        var calls = 0
    }

    let book = FactBook()
    let log: LogBook
    let hub: LossyHub
    private let fleet: Fleet
    private let bus: TestBus
    private let relay: FleetRelay
    private let setup: Setup
    private let businesses: BusinessDirectory
    private let loops: MultiThreadedEventLoopGroup
    private let state = Mutex(State())

    private init(_ kind: TestBus.Kind, _ setup: Setup) async throws {
        let (relay, log) = (FleetRelay(), LogBook())
        businesses = try BusinessDirectory.load(path: Repository.path("deploy/businesses"))
        bus = try await TestBus.make(kind) { relay.receive($0) }
        hub = LossyHub(bus.hub)
        fleet = Fleet(
            hub: hub, boot: 1, logger: log.logger, now: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) },
            courier: FactCourier(logger: log.logger), artifacts: { _, _, _, _ in })
        relay.set(fleet)
        loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        self.relay = relay
        self.log = log
        self.setup = setup
    }

    /// Starts the fleet, runs the body when all its workers are there, and stops.
    static func run(
        _ kind: TestBus.Kind, _ setup: Setup = Setup(), at location: SourceLocation = #_sourceLocation, _ body: (TestFleet) async throws -> Void
    ) async throws {
        let subject = try await TestFleet(kind, setup)
        // The gateway's own rhythm.
        let ticking = Task {
            while !Task.isCancelled {
                subject.fleet.tick()
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
        do {
            for pool in Pool.allCases {
                for number in 1...setup.workers[pool, default: 1] { try subject.begin(pool, "\(pool.rawValue)-\(number)") }
            }
            for worker in subject.state.withLock({ $0.workers }) { try await subject.isReady(worker) }
            try await body(subject)
        } catch {
            Issue.record("\(error)\n\(subject.log.story)", sourceLocation: location)
        }
        ticking.cancel()
        await subject.stop()
    }

    private func stop() async {
        for worker in workers { await worker.end() }
        await bus.stop()
        try? await loops.shutdownGracefully()
    }

    // MARK: - Workers

    /// Starts a worker and waits until calls can be given to it.
    @discardableResult func start(_ pool: Pool, _ name: String) async throws -> TestWorker {
        let worker = try begin(pool, name)
        try await isReady(worker)
        return worker
    }

    @discardableResult private func begin(_ pool: Pool, _ name: String) throws -> TestWorker {
        let seen = Seen(fleet: self)
        let worker = TestWorker(pool: pool, name: name) { seen.assigned($0) }
        seen.worker.withLock { $0 = worker }
        let (setup, businesses, logger) = (setup, businesses, log.logger)
        state.withLock { $0.workers.append(worker) }
        try worker.run(bus.link, logger: logger) { port in
            switch pool {
            case .asr: ASRWorkerLogic(port: port, recogniser: setup.recogniser, capacity: 100)
            case .dialog: DialogWorkerLogic(businesses: businesses, models: setup.models, port: port, logger: logger)
            case .tts: TTSWorkerLogic(port: port, voice: setup.voice, businesses: businesses, capacity: 100, logger: logger)
            case .crm: self.crm(worker, port, logger)
            }
        }
        return worker
    }

    private func crm(_ worker: TestWorker, _ port: any WorkerPort, _ logger: Logger) -> CRMWorkerLogic {
        let queue = FactQueue(logger: logger)
        let book = book
        worker.own(Task { await queue.run(book.store()) })
        return CRMWorkerLogic(port: port, queue: queue, logger: logger)
    }

    private func isReady(_ worker: TestWorker) async throws {
        let relay = relay
        try await until("\(worker.name) is ready") {
            guard let address = worker.address, worker.isWelcome else { return false }
            return worker.pool != .asr || relay.hasSeen(Topics.audio(address))
        }
    }

    /// All workers, in the order of their start.
    var workers: [TestWorker] { state.withLock { $0.workers } }
    func workers(_ pool: Pool) -> [TestWorker] { workers.filter { $0.pool == pool } }

    /// The worker that has seen the call's last assignment in this pool.
    func holder(_ pool: Pool, of call: TestCall) throws -> TestWorker {
        guard let worker = state.withLock({ $0.holders[call.id.conversation]?[pool] }) else { throw TestFailure("no \(pool) for \(call.id)") }
        return worker
    }

    /// The pool's other worker that is alive.
    func other(than worker: TestWorker) throws -> TestWorker {
        guard let other = workers(worker.pool).last(where: { $0 !== worker && !$0.isDead }) else { throw TestFailure("no other \(worker.pool)") }
        return other
    }

    /// Between a worker and its fleet: made before either.
    private final class Seen: Sendable {
        let worker = Mutex<TestWorker?>(nil)
        private let fleet: TestFleet
        init(fleet: TestFleet) { self.fleet = fleet }
        func assigned(_ conversation: ConversationID) {
            let worker = worker.withLock { $0 }
            fleet.state.withLock { $0.holders[conversation, default: [:]][worker?.pool ?? .crm] = worker }
        }
    }

    // MARK: - Calls

    /// A new call that is listened to.
    func call(_ change: (inout CallOpening) -> Void = { _ in }) async throws -> TestCall {
        let number = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        let digits = String(number)
        guard let id = CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits) else { throw TestFailure("a call id") }
        var opening = CallOpening(
            call: id, business: BusinessID("nadlan-hayarkon"), caller: "+972501234567", called: "+97235550100", startedUnixMilliseconds: 0,
            greeting: "שלום")
        // A machine that is busy with other tests must not make a caller look silent.
        opening.policy.silence = 60_000
        // The caller's ear is as fast as the caller's mouth, unless a script is about what is under way.
        opening.policy.playbackLead = 600_000
        change(&opening)
        let loop = loops.next()
        let call = TestCall(id: id, loop: loop)
        let services = CallServices(
            logger: log.logger, logTranscripts: true, trace: nil, unixMicroseconds: { 0 }, remember: { _ in }, finished: { _, _ in })
        let (fleet, settled) = (fleet, opening)
        try await loop.submit {
            call.begin(CallRunner(opening: settled, loop: loop, fleet: fleet, services: services) { _, _ in })
        }.get()
        try await call.listens()
        // The caller may be listened to before the last of the workers has been told of the call.
        try await until("\(id) has its workers") {
            self.state.withLock { state in [Pool.asr, .dialog, .tts].allSatisfy { state.holders[id.conversation]?[$0] != nil } }
        }
        return call
    }

    /// The caller hangs up. What has been written down of the call when everything has.
    func hangUp(_ call: TestCall) async throws -> [Fact] {
        call.hangUp()
        let (book, fleet) = (book, fleet)
        try await until("the facts of \(call.id) are stored") {
            fleet.pendingFacts == 0 && book.facts.contains { if case .summary = $0.body { $0.id.hasPrefix(call.id.rawValue) } else { false } }
        }
        // Numbered, and stored in any order: a repeated fact comes behind its successors.
        func number(_ fact: Fact) -> Int { Int(fact.id.dropFirst(CallID.width + 1)) ?? 0 }
        return book.facts.filter { $0.id.hasPrefix(call.id.rawValue) }.sorted { number($0) < number($1) }
    }

    /// Hangs up, and holds what the call knows against what the caller said: every number was heard once, answered once, heard by the caller
    /// once and written down once.
    /// - Parameter repeated: sentences of which the caller may hear the beginning, or all, a second time.
    func expectWhole(
        _ call: TestCall, said numbers: [UInt16], repeated: Int = 0, at location: SourceLocation = #_sourceLocation
    ) async throws {
        let facts = try await hangUp(call)
        let turns = facts.compactMap { if case .turn(let record) = $0.body { record.entry } else { nil } }
        let heard = turns.compactMap { if case .speech(let transcript) = $0.heard { transcript.text } else { nil } }
        let story = Comment(rawValue: log.story)
        #expect(heard == numbers.map { String($0) }, story, sourceLocation: location)
        #expect(turns.dropFirst().map(\.said) == numbers.map { TestFleet.reply(to: $0).map { String($0) } }, story, sourceLocation: location)
        #expect(Set(turns.map(\.turn)).count == turns.count, story, sourceLocation: location)
        // What was played: the replies, in order; a repeated sentence may come twice in a row.
        let played = call.numbers
        var once: [UInt16] = []
        for number in played where once.last != number { once.append(number) }
        #expect(once == numbers.flatMap(TestFleet.reply), story, sourceLocation: location)
        #expect(played.count - once.count <= repeated, story, sourceLocation: location)
        #expect(log.count("SENTENCE_REPEATED", ["call": call.id.rawValue]) <= repeated, story, sourceLocation: location)
        #expect(facts.count { if case .callEnded = $0.body { true } else { false } } == 1, story, sourceLocation: location)
        #expect(log.count("QUARANTINED") + log.count("STAGE_LATE") == 0, story, sourceLocation: location)
    }

    /// What the provider `echo` answers.
    static func reply(to number: UInt16) -> [UInt16] { [number, number + UInt16(EchoModel.second)] }
}

private final class FleetRelay: Sendable {
    private struct State {
        var fleet: Fleet?
        var topics: Set<String> = []
    }
    private let state = Mutex(State())
    func set(_ fleet: Fleet) { state.withLock { $0.fleet = fleet } }
    func receive(_ events: [HubEvent]) {
        state.withLock { $0.fleet }?.receive(events)
        state.withLock { state in for case .subscribed(let topic) in events { state.topics.insert(topic) } }
    }
    func hasSeen(_ topic: String) -> Bool { state.withLock { $0.topics.contains(topic) } }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits for something that other threads bring about; twenty seconds are a failure, not a timing claim.
func until(_ what: String, _ condition: @Sendable () -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(20)
    while !condition() {
        guard ContinuousClock.now < end else { throw TestFailure("it did not happen: \(what)") }
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
