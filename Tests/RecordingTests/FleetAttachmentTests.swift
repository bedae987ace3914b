import ASRWorker
import Audio
import Bus
import BusContract
import CallVocabulary
import NIOCore
import ServiceKit
import ServiceLifecycle
import Synchronization
import TestSupport
import Testing

@testable import Gateway

private final class KeepingHub: HubPort {
    private let kept = Mutex<[(worker: WorkerAddress, job: String, attachment: [UInt8])]>([])
    func send(_ envelope: Envelope, attachment: [UInt8], to worker: WorkerAddress) {
        if case .job(let job) = envelope.message { kept.withLock { $0.append((worker, job.id, attachment)) } }
    }
    func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {}
    func publish(_ event: TapEvent) {}
    var jobs: [(worker: WorkerAddress, job: String, attachment: [UInt8])] { kept.withLock { $0 } }
    func jobs(_ count: Int) async throws -> [(worker: WorkerAddress, job: String, attachment: [UInt8])] {
        let end = ContinuousClock.now + .seconds(20)
        while jobs.count < count {
            try #require(ContinuousClock.now < end, "\(jobs.count) jobs were sent")
            try await Task.sleep(for: .milliseconds(1))
        }
        return jobs
    }
}

@Suite(.timeLimit(.minutes(1))) struct FleetAttachmentTests {
    private let log = LogLines()

    private func fleet(_ hub: any HubPort) -> Fleet {
        Fleet(
            hub: hub, boot: 1, logger: log.logger, now: { Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000) },
            courier: FactCourier(logger: log.logger), artifacts: { _, _, _, _ in })
    }

    private func hello(_ number: Int) throws -> (WorkerAddress, [HubEvent]) {
        let address = try #require(WorkerAddress(pool: .asr, name: "asr-\(number)", nonce: "n\(number)"))
        let hello = Hello(pool: .asr, name: address.name, nonce: address.nonce, load: Load(affinity: 1, active: 0))
        return (address, [.subscribed(topic: Topics.audio(address)), .message(address, Envelope(.hello(hello)), attachment: [])])
    }

    @Test func theAttachmentGoesToTheNextWorkerToo() async throws {
        let hub = KeepingHub()
        let fleet = fleet(hub)
        let sound = Sample.wav()
        let task = Task {
            try await fleet.run(.transcribe(format: "wav"), pool: .asr, business: nil, attachment: sound, deadlineMilliseconds: 60_000)
        }
        let (first, comes) = try hello(1)
        fleet.receive(comes)
        #expect(try await hub.jobs(1)[0].attachment == sound)
        fleet.receive([.unreachable(first)])
        let (second, comesToo) = try hello(2)
        fleet.receive(comesToo)
        let jobs = try await hub.jobs(2)
        #expect(jobs[1].worker == second && jobs[1].job == jobs[0].job && jobs[1].attachment == sound)
        fleet.receive([.message(second, Envelope(.jobDone(JobDone(id: jobs[1].job, text: "x"))), attachment: [])])
        #expect(try await task.value.text == "x")
    }

    @Test func attachmentsAreBounded() async throws {
        let hub = KeepingHub()
        let fleet = fleet(hub)
        func run(_ bytes: Int) async -> Fleet.JobFailure.Code? {
            do {
                _ = try await fleet.run(
                    .transcribe(format: "wav"), pool: .asr, business: nil, attachment: [UInt8](repeating: 0, count: bytes),
                    deadlineMilliseconds: 60_000)
                return nil
            } catch {
                return (error as? Fleet.JobFailure)?.code
            }
        }
        #expect(await run(Fleet.maximumAttachmentBytes + 1) == .tooLarge)
        let (_, comes) = try hello(1)
        fleet.receive(comes)
        let held = (0..<4).map { _ in Task { await run(Fleet.maximumAttachmentBytes) } }
        _ = try await hub.jobs(4)
        #expect(await run(1) == .tooLarge)
        fleet.cancelJobs(.asr)
        for task in held { #expect(await task.value == .leaving) }
        #expect(await run(0) == .leaving)
    }

    enum Bus: String, CaseIterable { case memory, ipc }

    /// A message of two minutes all the way: webhook, fetch, disk, bus, recogniser, facts.
    @Test(arguments: Bus.allCases) func aMessageOfTwoMinutesIsHeardByARealWorker(kind: Bus) async throws {
        let relay = Relay()
        let directory = try TemporaryDirectory()
        let hub: any HubPort
        let link: WorkerLinkFactory
        let stop: @Sendable () async -> Void
        switch kind {
        case .memory:
            let bus = try await MemoryBus()
            bus.receive { relay.receive($0) }
            (hub, link, stop) = (bus, { address, receive in bus.connect(address, receive: receive) }, { await bus.stop() })
        case .ipc:
            let endpoints = try BusEndpoints("ipc://" + directory.path)
            let real = try await ZeroMQHub(endpoints: endpoints) { relay.receive($0) }
            (hub, link, stop) = (real, ZeroMQLink.factory(endpoints), { await real.stop() })
        }
        let fleet = fleet(hub)
        relay.fleet.withLock { $0 = fleet }
        let recogniser = TonesRecognizer()
        try await recogniser.warm()
        let service = try WorkerService(
            pool: .asr, settings: CommonSettings(SettingsReader(["MAANE_WORKER_NAME": "asr-1"])), notifier: SystemdNotifier(environment: [:]),
            logger: log.logger, link: link
        ) { port in ASRWorkerLogic(port: port, recogniser: recogniser, capacity: 10) }
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)], logger: log.logger))
        let running = Task { try await group.run() }
        let ticking = Task {
            while !Task.isCancelled {
                fleet.tick()
                try? await Task.sleep(for: .milliseconds(100))
            }
        }

        var pcm: [Int16] = []
        for number: UInt16 in [7, 4_242] { pcm += [Int16](repeating: 0, count: 8_000) + ToneCode.encode(number) }
        pcm += [Int16](repeating: 0, count: 120 * 8_000 - pcm.count)
        let file = WAV.write(pcm, sampleRate: 8_000)
        #expect(file.count == 44 + 1_920_000)
        let (ledger, clock) = (Ledger(), Clock())
        let desk = try await RecordingDesk(
            stateDirectory: directory.path, retentionDays: 1, source: Fixed(bytes: file),
            surroundings: .init(
                transcribe: RecordingDesk.transcriber(fleet, deadlineMilliseconds: 30_000), known: { _ in nil },
                submit: { ledger.submit($0, $1, $2) }), clocks: clock.clocks, logger: log.logger)
        desk.completed(try Sample.notice(seconds: 120))
        let end = ContinuousClock.now + .seconds(50)
        while ledger.turns.isEmpty, ContinuousClock.now < end {
            clock.advance(20)
            desk.tick()
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(ledger.recording?.text == "7 4242")
        #expect(ledger.recording?.seconds == 120)
        #expect(ledger.lead == ["message": "7 4242", "callback": "promised"])
        await desk.stop()
        await group.triggerGracefulShutdown()
        try? await running.value
        ticking.cancel()
        await stop()
    }
}

private struct Fixed: RecordingSource {
    let bytes: [UInt8]
    func fetch(url: String, maximumBytes: Int) async -> Result<[UInt8], RecordingFetchFailure> { .success(bytes) }
}

private final class Relay: Sendable {
    let fleet = Mutex<Fleet?>(nil)
    func receive(_ events: [HubEvent]) { fleet.withLock { $0 }?.receive(events) }
}
