import Bus
import BusContract
import CallVocabulary
import Synchronization
import TestSupport
import Testing
import ZeroMQ

/// The same script over the bus without sockets and over ipc: what the twin does, the real one does.
@Suite struct BusScriptTests {
    enum Kind: CaseIterable { case memory, ipc }

    @Test(.timeLimit(.minutes(1)), arguments: Kind.allCases) func aWorkersLife(kind: Kind) async throws {
        let bus = try await Bench.make(kind)
        let address = try #require(WorkerAddress(pool: .asr, name: "asr-1", nonce: "0a1b2c3d"))
        let worker = try await bus.join(address)
        let samples = Dictionary(uniqueKeysWithValues: try Samples.all().map { ($0.message.kind, $0) })
        func sample(_ kind: String) throws -> Envelope { try #require(samples[kind]) }

        // hello → welcome; a hello before the link stands is dropped, so it is repeated like the real one.
        try await bus.hub.until("the subscription") { $0.contains { if case .subscribed(Topics.audio(address)) = $0 { true } else { false } } }
        let hello = try sample("hello")
        try await bus.hub.until("hello", nudge: { worker.port.send(hello) }) { $0.messages.contains { $0.envelope == hello && $0.worker == address } }
        let welcome = try sample("welcome")
        bus.port.send(welcome, to: address)
        try await worker.events.until("welcome") { $0.messages.contains { $0.envelope == welcome } }

        // assign → audio, in order and whole.
        let assign = try sample("assign")
        bus.port.send(assign, to: address)
        try await worker.events.until("assign") { $0.messages.contains { $0.envelope == assign } }
        let packets = try (0..<100).map { sequence in
            AudioPacket(
                epoch: Epoch(boot: 3, counter: 7), captureMicroseconds: Int64(sequence), call: try Samples.callID(),
                frame: AudioFrame(sequence: UInt32(sequence), payload: [UInt8](repeating: UInt8(sequence), count: 160)))
        }
        bus.port.publish(Array(packets[..<60]), to: address)
        bus.port.publish(Array(packets[60...]), to: address)
        try await worker.events.until("audio") { $0.audio.count >= 100 }
        #expect(worker.events.all.audio == packets)

        // speech with its attachment; messages of one sender keep their order.
        let speech = try sample("speech")
        let audio = (0..<8_000).map { UInt8(truncatingIfNeeded: $0) }
        worker.port.send(speech, attachment: audio)
        for number in 0..<200 { worker.port.send(Envelope(.credit(Credit(piece: number, milliseconds: 1)))) }
        try await bus.hub.until("everything") { $0.messages.count { if case .credit = $0.envelope.message { true } else { false } } == 200 }
        let received = bus.hub.all.messages
        #expect(received.first { $0.envelope == speech }?.attachment == audio)
        #expect(received.compactMap { if case .credit(let credit) = $0.envelope.message { credit.piece } else { nil } } == Array(0..<200))

        // goodbye, and the link is gone: what is sent now comes back as unreachable.
        worker.port.send(Envelope(.goodbye))
        try await bus.hub.until("goodbye") { $0.messages.contains { $0.envelope.message == .goodbye } }
        await worker.leave()
        try await bus.hub.until("the end of the subscription") {
            $0.contains { if case .unsubscribed(Topics.audio(address)) = $0 { true } else { false } }
        }
        try await bus.hub.until("unreachable", nudge: { bus.port.send(welcome, to: address) }) {
            $0.contains { if case .unreachable(address) = $0 { true } else { false } }
        }
        #expect(!bus.hub.all.contains { if case .malformed = $0 { true } else { false } })
        await bus.stop()
    }

    @Test(.timeLimit(.minutes(1)), arguments: Kind.allCases) func aWorkerHearsItsOwnTopicOnly(kind: Kind) async throws {
        let bus = try await Bench.make(kind)
        let names = [("asr-1", "1"), ("asr-1", "12"), ("asr-12", "1")]
        var workers: [(WorkerAddress, Bench.Worker)] = []
        for (name, nonce) in names {
            let address = try #require(WorkerAddress(pool: .asr, name: name, nonce: nonce))
            workers.append((address, try await bus.join(address)))
        }
        try await bus.hub.until("subscriptions") { $0.count { if case .subscribed = $0 { true } else { false } } == 3 }
        for (index, worker) in workers.enumerated() {
            let frame = AudioFrame(sequence: UInt32(index), payload: [1, 2, 3])
            bus.port.publish([AudioPacket(epoch: Epoch(rawValue: 1), captureMicroseconds: 0, call: try Samples.callID(), frame: frame)], to: worker.0)
        }
        for (index, worker) in workers.enumerated() {
            try await worker.1.events.until("its frame") { !$0.audio.isEmpty }
            #expect(worker.1.events.all.audio.map(\.frame.sequence) == [UInt32(index)])
        }
        for worker in workers { await worker.1.leave() }
        await bus.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aSecondHubIsRefusedWithARemedy() async throws {
        let directory = try TemporaryDirectory()
        let endpoints = try BusEndpoints("ipc://" + directory.path)
        let hub = try await ZeroMQHub(endpoints: endpoints) { _ in }
        do {
            let second = try await ZeroMQHub(endpoints: endpoints) { _ in }
            await second.stop()
            Issue.record("two hubs hold one endpoint")
        } catch let error as ZeroMQError {
            #expect(error.code == .endpointTaken)
            #expect(error.message.contains("Stop it first"))
        }
        await hub.stop()
        // And the place is free again.
        let third = try await ZeroMQHub(endpoints: endpoints) { _ in }
        await third.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aWorkerFindsAGatewayThatHasRestarted() async throws {
        let directory = try TemporaryDirectory()
        let endpoints = try BusEndpoints("ipc://" + directory.path)
        let address = try #require(WorkerAddress(pool: .tts, name: "tts-1", nonce: "1"))
        let link = try await ZeroMQLink(endpoints: endpoints, address: address, topics: []) { _ in }
        let beat = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0))))
        for _ in 0..<3 {
            let events = Events<HubEvent>()
            let hub = try await ZeroMQHub(endpoints: endpoints) { events.add($0) }
            try await events.until("a heartbeat", nudge: { link.send(beat) }) { $0.messages.contains { $0.worker == address } }
            await hub.stop()
        }
        await link.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aHubWithoutADirectorySaysWhatToDo() async throws {
        let directory = try TemporaryDirectory()
        let endpoints = try BusEndpoints("ipc://" + directory.path + "/none")
        do {
            _ = try await ZeroMQHub(endpoints: endpoints) { _ in }
            Issue.record("bound in a directory that is not there")
        } catch let error as ZeroMQError {
            #expect(error.message.contains("Create the runtime directory"))
        }
    }

    @Test(.timeLimit(.minutes(1))) func strangersAndNonsenseAreReportedAndHarmless() async throws {
        for parts in [[], [[1, 2, 3]], [Array("{}".utf8), [], []]] as [[[UInt8]]] {
            if case .success = ControlFrames.decode(parts) { Issue.record("\(parts.count) parts were taken for a message") }
        }
        let decoded = ControlFrames.decode([Array(#"{"v":1,"kind":"goodbye"}"#.utf8)])
        guard case .success(let (envelope, attachment)) = decoded else {
            Issue.record("a goodbye was not understood")
            return
        }
        #expect(envelope == Envelope(.goodbye))
        #expect(attachment.isEmpty)
        // What cannot be read is not quoted: it may hold a caller's words.
        if case .failure(let error) = ControlFrames.decode([Array("סוד".utf8)]) { #expect(!error.description.contains("סוד")) }
    }
}
