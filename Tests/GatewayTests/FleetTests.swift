import Bus
import BusContract
import Business
import CallEngine
import CallVocabulary
import Foundation
import GatewayJournal
import Logging
import NIOCore
import NIOPosix
import ServiceKit
import Synchronization
import Testing
import TwilioWire

@testable import Gateway

private final class FakeHub: HubPort {
    struct State {
        var sent: [(Envelope, WorkerAddress)] = []
        var taps: [TapEvent] = []
        var onTap: (@Sendable (TapEvent) -> Void)?
    }
    let state = Mutex(State())
    func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) { state.withLock { $0.sent.append((envelope, worker)) } }
    func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {}
    func publish(_ event: TapEvent) {
        let on = state.withLock { state in
            state.taps.append(event)
            return state.onTap
        }
        on?(event)
    }
    var jobs: [WorkerAddress] { state.withLock { $0.sent.compactMap { if case .job = $0.0.message { $0.1 } else { nil } } } }
    func count(_ kind: String) -> Int { state.withLock { $0.sent.count { $0.0.message.kind == kind } } }
}

private func quiet() -> Logger {
    var logger = Logger(label: "t")
    logger.logLevel = .critical
    return logger
}

private func hello(_ address: WorkerAddress) -> HubEvent {
    .message(
        address, Envelope(.hello(Hello(pool: address.pool, name: address.name, nonce: address.nonce, load: Load(affinity: 1, active: 0)))),
        attachment: [])
}

@Suite(.serialized) struct FleetTests {
    private let call: CallID
    init() throws { call = try #require(CallID("CA00000000000000000000000000000001")) }

    private func fleet(_ hub: FakeHub, _ courier: FactCourier? = nil) -> Fleet {
        Fleet(
            hub: hub, boot: 1, logger: quiet(), now: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) },
            courier: courier ?? FactCourier(logger: quiet()), artifacts: { _, _, _, _ in })
    }

    @Test func aPoisonJobDoesNotKillThePool() async throws {
        let hub = FakeHub()
        let fleet = fleet(hub)
        let task = Task { try await fleet.run(.prompt(name: "x", text: "poison"), pool: .tts, business: nil, deadlineMilliseconds: 20_000) }
        for n in 0..<10 {
            let worker = try #require(WorkerAddress(pool: .tts, name: "tts-1", nonce: "n\(n)"))
            fleet.receive([hello(worker)])
            for _ in 0..<1_000 where hub.jobs.count <= n { try await Task.sleep(for: .milliseconds(1)) }
            fleet.receive([.unreachable(worker)])
        }
        #expect(hub.jobs.count <= 2, "\(hub.jobs.count) workers were given the job that killed each")
        task.cancel()
        let last = try #require(WorkerAddress(pool: .tts, name: "tts-1", nonce: "end"))
        fleet.receive([hello(last)])
        for _ in 0..<1_000 where hub.jobs.last != last { try await Task.sleep(for: .milliseconds(1)) }
        let id = hub.state.withLock { state -> String in
            for (envelope, _) in state.sent { if case .job(let job) = envelope.message { return job.id } }
            return ""
        }
        fleet.receive([.message(last, Envelope(.jobDone(JobDone(id: id))), attachment: [])])
        _ = try? await task.value
    }

    private func runner(_ fleet: Fleet, _ loop: any EventLoop) -> CallRunner {
        CallRunner(
            opening: CallOpening(
                call: call, business: BusinessID("b"), caller: nil, called: "+9723", startedUnixMilliseconds: 0, greeting: "x"),
            loop: loop, fleet: fleet,
            services: CallServices(
                logger: quiet(), logTranscripts: false, trace: nil, unixMicroseconds: { 0 }, remember: { _ in }, finished: { _, _ in })
        ) { _, _ in }
    }

    /// The bus thread learns of the death between the assignment and its announcement to the call.
    @Test func aWorkerThatDiesAtItsAssignmentIsReplaced() async throws {
        let hub = FakeHub()
        let fleet = fleet(hub)
        let first = try #require(WorkerAddress(pool: .dialog, name: "dialog-1", nonce: "a"))
        let second = try #require(WorkerAddress(pool: .dialog, name: "dialog-2", nonce: "a"))
        fleet.receive([hello(first), hello(second)])
        let killed = Mutex<WorkerAddress?>(nil)
        hub.state.withLock {
            $0.onTap = { event in
                guard event.name == .assigned, let detail = event.detail, detail.hasPrefix("dialog "), killed.withLock({ $0 }) == nil else { return }
                let victim = detail.hasSuffix("dialog-1") ? first : second
                killed.withLock { $0 = victim }
                // As the bus thread would, at this very moment.
                fleet.receive([.unreachable(victim)])
            }
        }
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let runner = runner(fleet, loop)
        try await loop.submit { runner.open(FakeLine(), streamSID: "MZ") }.get()
        try await Task.sleep(for: .milliseconds(2_500))
        let victim = try #require(killed.withLock { $0 })
        let survivor = victim == first ? second : first
        let asked = hub.state.withLock { $0.sent.contains { $0.1 == survivor && $0.0.message.kind == "turn" } }
        #expect(asked, "2.5 s later the living worker has not been asked: \(hub.state.withLock { $0.sent.map { "\($0.1) \($0.0.message.kind)" } })")
        try await group.shutdownGracefully()
    }

    @Test func aCallTakesNoCRMWorker() async throws {
        let hub = FakeHub()
        let fleet = fleet(hub)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let runner = runner(fleet, loop)
        try await loop.submit { runner.open(FakeLine(), streamSID: "MZ") }.get()
        fleet.receive([hello(try #require(WorkerAddress(pool: .crm, name: "crm-1", nonce: "a")))])
        try await loop.submit {}.get()
        try await loop.submit {}.get()
        #expect(!hub.state.withLock { $0.taps.contains { $0.name == .assigned } })
        try await group.shutdownGracefully()
    }

    @Test func twoLivingWorkersOfOneNameDoNotKillEachOther() throws {
        var roster = Roster(boot: 1)
        let a = try #require(WorkerAddress(pool: .tts, name: "tts-1", nonce: "a"))
        let b = try #require(WorkerAddress(pool: .tts, name: "tts-1", nonce: "b"))
        func hi(_ w: WorkerAddress) -> Hello { Hello(pool: .tts, name: "tts-1", nonce: w.nonce, load: Load(affinity: 1, active: 0)) }
        var lost = 0
        func tell(_ actions: [Roster.Action]) { for case .lost(_, let held, _, _) in actions { lost += held.count } }
        let beat = Heartbeat(load: Load(affinity: 1, active: 1), handled: nil)
        for round in 0..<10 {
            let now = Int64(round) * 200
            for worker in [a, b] {
                let answer = roster.heartbeat(beat, from: worker, at: now)
                tell(answer)
                if case .refuse? = answer.first { tell(roster.hello(hi(worker), from: worker, version: 1, at: now)) }
                _ = roster.assign(ConversationID("call:x"), .tts, at: now)
            }
        }
        #expect(lost <= 1, "the call has lost its worker \(lost) times in two seconds")
    }

    @Test func aCreditlessNonCRMWorkerCannotConfirmFacts() throws {
        let hub = FakeHub()
        let courier = FactCourier(logger: quiet())
        let fleet = fleet(hub, courier)
        let stranger = try #require(WorkerAddress(pool: .asr, name: "asr-9", nonce: "z"))
        fleet.submit(Fact(id: "\(call.rawValue).1", at: 0, body: .summary("x")), business: BusinessID("b"), conversation: call.conversation)
        #expect(fleet.pendingFacts == 1)
        fleet.receive([.message(stranger, Envelope(.factStored(FactStored(id: "\(call.rawValue).1"))), attachment: [])])
        #expect(fleet.pendingFacts == 1, "a stranger that has not even said hello confirmed a fact")
    }

    @Test func aDamagedCardDoesNotStopTheGateway() async throws {
        await #expect(processExitsWith: .success) {
            var book = CallBook()
            let call = try #require(CallID("CA00000000000000000000000000000001"))
            book.restore(
                CallBook.Entry(
                    call: call, business: BusinessID("b"), caller: nil, called: "x", generation: 1, tokenExpires: .max, opened: 0, outcome: nil,
                    touched: 0, arrivedMilliseconds: 0))
            book.purge(at: 10)
        }
        await #expect(processExitsWith: .success) {
            let history = CallOpening.History(log: [TurnEntry(turn: TurnID(.max), heard: .opening)], unanswered: [], lead: [:])
            let call = try #require(CallID("CA00000000000000000000000000000001"))
            var session = CallSession(
                CallOpening(
                    call: call, business: BusinessID("b"), caller: nil, called: "x", startedUnixMilliseconds: 0, greeting: "x", history: history))
            _ = session.handle(.lineOpened(streamSID: "MZ"), at: .zero)
        }
    }
}
