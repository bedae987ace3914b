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

private final class FakeLine: Line {
    var closed = 0
    func play(_ mulaw: [UInt8]) {}
    func mark(_ name: String) {}
    func clear() {}
    func grouped(_ body: () -> Void) { body() }
    func close() { closed += 1 }
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

    // MARK: - Desk

    private func withDesk(
        _ directory: String, boot: UInt32, _ group: MultiThreadedEventLoopGroup, _ hub: FakeHub, _ body: (Desk, Fleet, Journal) async throws -> Void
    ) async throws {
        let (journal, recovered) = await Journal.open(directory: directory + "/journal", logger: quiet())
        let courier = FactCourier(ledger: journal, logger: quiet())
        let fleet = Fleet(
            hub: hub, boot: boot, logger: quiet(), now: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) }, courier: courier,
            artifacts: { _, _, _, _ in })
        let businesses = try BusinessDirectory.load(
            path: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
                + "/deploy/businesses")
        let prompts = try await PromptLibrary(prompts: PromptList.prompts(for: businesses), stateDirectory: directory, logger: quiet())
        for prompt in PromptList.prompts(for: businesses) {
            for format in [Artifact.Format.mp3, .mulaw] {
                await withCheckedContinuation { continuation in
                    prompts.store(Artifact(name: prompt.name, format: format, job: nil, milliseconds: 1), [0xFF, 0xFF]) { _ in continuation.resume() }
                }
            }
        }
        let settings = GatewaySettings(
            SettingsReader(["PUBLIC_BASE_URL": "https://v.example.com", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "s"]))
        let desk = Desk(
            settings: settings, address: try PublicAddress(settings.publicBaseURL), businesses: businesses, prompts: prompts, fleet: fleet,
            journal: journal, recovered: recovered, boot: boot, spareLoop: group.next(), logger: quiet(),
            unixMilliseconds: { Clocks.unixMicroseconds() / 1_000 }
        ) { finished in
            CallServices(
                logger: quiet(), logTranscripts: false, trace: nil, unixMicroseconds: Clocks.unixMicroseconds, remember: { journal.append($0) },
                finished: finished)
        }
        try await body(desk, fleet, journal)
        await journal.stop()
    }

    private func request(_ fields: KeyValuePairs<String, String>) -> VoiceRequest {
        VoiceRequest(params: FormFields(fields), authenticity: .unchecked)
    }

    /// A call with a stream, as the journal and the desk know it.
    private func open(_ desk: Desk, _ loop: any EventLoop) async throws -> CallRunner {
        _ = try await desk.incomingCall(
            request(["CallSid": call.rawValue, "From": "+972501234567", "To": desk.businesses.businesses[0].numbers[0]]), on: loop
        ).get()
        let entry = try #require(desk.state.withLock { $0.book.entry(call) })
        let token = StreamToken.mint(callSid: call.rawValue, generation: UInt32(entry.generation), expires: entry.tokenExpires, secret: desk.secret)
        return try await loop.submit {
            let runner = try desk.claim(
                StreamStart(streamSid: "MZ1", callSid: self.call.rawValue, customParameters: ["token": token]), on: loop
            ).get()
            runner.open(FakeLine(), streamSID: "MZ1")
            return runner
        }.get()
    }

    private func facts(_ journal: Journal) async -> [Fact] {
        await journal.flush()
        return await journal.page(after: 0, limit: 1_000).map(\.fact)
    }
    private func ends(_ facts: [Fact]) -> [Fact] { facts.filter { if case .callEnded = $0.body { true } else { false } } }

    /// Handed over, and the caller hangs up while "one moment" is played: the status callback reaches the gateway that is leaving.
    @Test func theEndOfACallThatWasHandedOverIsTold() async throws {
        let directory = NSTemporaryDirectory() + "maane-desk-\(UUID().uuidString)"
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let hub = FakeHub()
        try await withDesk(directory, boot: 1, group, hub) { desk, _, journal in
            _ = try await open(desk, loop)
            desk.leave()
            desk.leaveAtOnce()
            try await loop.submit {}.get()
            try await loop.submit {}.get()
            #expect(desk.runningCalls == 0)
            _ = try await desk.streamEnded(request(["CallSid": call.rawValue]), on: loop).get()
            desk.callStatus(request(["CallSid": call.rawValue, "CallStatus": "completed"]))
            await journal.flush()
        }
        try await withDesk(directory, boot: 2, group, hub) { desk, fleet, journal in
            // The successor: Twilio has told its predecessor, and will not tell again; 30 s later it gives the call up by itself.
            _ = desk.endRecovered(call)
            try await loop.submit {}.get()
            try await loop.submit {}.get()
            #expect(ends(await facts(journal)).count == 1, "the call's end is told by nobody")
        }
        try await group.shutdownGracefully()
    }

    /// kill -9 between the call's end and its summary.
    @Test func aCallWhoseSummaryWasCutOffEndsOnce() async throws {
        let directory = NSTemporaryDirectory() + "maane-desk-\(UUID().uuidString)"
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let hub = FakeHub()
        try await withDesk(directory, boot: 1, group, hub) { desk, _, journal in
            let runner = try await open(desk, loop)
            try await loop.submit { runner.feed(.callCompleted) }.get()
            #expect(ends(await facts(journal)).count == 1)
            // Killed: nobody is there to write the summary, so .ended is not written.
        }
        try await Task.sleep(for: .milliseconds(1_200))
        try await withDesk(directory, boot: 2, group, hub) { desk, _, journal in
            desk.callStatus(request(["CallSid": call.rawValue, "CallStatus": "completed"]))
            try await loop.submit {}.get()
            try await loop.submit {}.get()
            let all = ends(await facts(journal))
            #expect(all.count == 1, "\(all)")
        }
        try await group.shutdownGracefully()
    }
}
