import Bus
import BusContract
import CallVocabulary
import Glibc
import TestSupport
import Testing
import ZeroMQ

/// The bus over tcp with CURVE: who has the keys works, who has not is refused, counted, and harms nobody.
@Suite struct SecureBusTests {
    /// A hub at two free ports of this machine, with keys of its own and a list that names `worker`.
    struct Place {
        let endpoints: BusEndpoints
        let gateway: CurveKeyPair
        let worker: CurveKeyPair
        let hub: ZeroMQHub
        let events: Events<HubEvent>
        let directory: TemporaryDirectory

        init() async throws {
            directory = try TemporaryDirectory()
            (gateway, worker) = (try CurveKeyPair.generate(), try CurveKeyPair.generate())
            try BusKeyFiles.write(worker, to: directory.path + "/worker")
            let keys = BusKeys(pair: gateway, authorised: try AuthorisedKeys(file: directory.path + "/worker.public"))
            let events = Events<HubEvent>()
            self.events = events
            (hub, endpoints) = try await Place.bind { try await ZeroMQHub(endpoints: $0, keys: keys) { events.add($0) } }
        }

        /// Ports are not kept for us: another test may take one between the look and the bind.
        static func bind(_ make: (BusEndpoints) async throws -> ZeroMQHub) async throws -> (ZeroMQHub, BusEndpoints) {
            for _ in 0..<50 {
                let endpoints = try BusEndpoints("tcp://127.0.0.1:\(Int.random(in: 20_000..<32_000) * 2)")
                do {
                    return (try await make(endpoints), endpoints)
                } catch let error as ZeroMQError where error.code == .endpointTaken {
                    continue
                }
            }
            throw TestSupportError(message: "no two free ports")
        }

        var rightKeys: BusKeys { BusKeys(pair: worker, gateway: gateway.publicKey) }

        /// A hello goes there and a welcome comes back.
        func expectRoundTrip(_ name: String, _ keys: BusKeys?) async throws {
            let address = try #require(WorkerAddress(pool: .asr, name: name, nonce: "1"))
            let received = Events<LinkEvent>()
            let link = try await ZeroMQLink(endpoints: endpoints, address: address, topics: [Topics.audio(address)], keys: keys) { received.add($0) }
            let beat = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0))))
            try await events.until("a heartbeat", nudge: { link.send(beat) }) { $0.messages.contains { $0.worker == address } }
            hub.send(Envelope(.release), to: address)
            try await received.until("an answer") { $0.messages.contains { $0.envelope.message == .release } }
            try await events.until("the subscription") { $0.contains { if case .subscribed(Topics.audio(address)) = $0 { true } else { false } } }
            let packet = AudioPacket(
                epoch: Epoch(rawValue: 1), captureMicroseconds: 0, call: try Samples.callID(), frame: AudioFrame(sequence: 1, payload: [1]))
            hub.publish([packet], to: address)
            try await received.until("audio") { $0.audio == [packet] }
            await link.stop()
        }
    }

    @Test(.timeLimit(.minutes(1))) func withTheRightKeysTheBusIsTheSame() async throws {
        let place = try await Place()
        try await place.expectRoundTrip("asr-1", place.rightKeys)
        #expect(place.events.all.refused.isEmpty)
        await place.hub.stop()
    }

    enum Stranger: CaseIterable { case unknownKey, wrongServerKey, noKey, noZeroMQ }

    @Test(.timeLimit(.minutes(1)), arguments: Stranger.allCases) func aStrangerIsRefusedAndCounted(_ stranger: Stranger) async throws {
        let place = try await Place()
        let other = try CurveKeyPair.generate()
        let address = try #require(WorkerAddress(pool: .asr, name: "stranger", nonce: "1"))
        let received = Events<LinkEvent>()
        let hello = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0))))
        var link: ZeroMQLink?
        var descriptor: CInt = -1
        switch stranger {
        case .unknownKey, .wrongServerKey, .noKey:
            let keys: BusKeys? =
                switch stranger {
                case .unknownKey: BusKeys(pair: other, gateway: place.gateway.publicKey)
                case .wrongServerKey: BusKeys(pair: place.worker, gateway: other.publicKey)
                default: nil
                }
            link = try await ZeroMQLink(endpoints: place.endpoints, address: address, topics: [Topics.audio(address)], keys: keys) {
                received.add($0)
            }
        case .noZeroMQ:
            descriptor = try connect(place.endpoints.control)
            let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + String(repeating: "x", count: 100)
            try #require(write(descriptor, request, request.utf8.count) > 0)
        }
        let expected =
            switch stranger {
            case .unknownKey: "key not authorised: \(other.publicKey.z85.prefix(8))… from 127.0.0.1"
            case .wrongServerKey: "the keys do not match"
            // Which side hangs up first is a race: either the server says why, or the client is gone before.
            case .noKey, .noZeroMQ: ""
            }
        if stranger == .noZeroMQ {
            // Dropped before there is a handshake that could fail: the library tells nobody. The peer is hung up on.
            try #require(endOfConnection(descriptor))
        } else {
            try await place.events.until("a refusal", nudge: { link?.send(hello) }) { $0.refused.contains { $0.reason.hasPrefix(expected) } }
        }
        // The worker is told, too.
        if stranger == .unknownKey {
            try await received.until("a reason") {
                $0.contains { if case .malformed(let reason) = $0 { reason.contains("MAANE_BUS_AUTHORISED_KEYS_FILE") } else { false } }
            }
        }
        // The others do not notice.
        try await place.expectRoundTrip("asr-1", place.rightKeys)
        #expect(!place.events.all.messages.contains { $0.worker == address })
        #expect(!place.events.all.contains { if case .subscribed(Topics.audio(address)) = $0 { true } else { false } })
        if descriptor >= 0 { close(descriptor) }
        await link?.stop()
        await place.hub.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aWorkerIsLetInAsSoonAsItIsOnTheList() async throws {
        let place = try await Place()
        let newcomer = try CurveKeyPair.generate()
        let address = try #require(WorkerAddress(pool: .asr, name: "new", nonce: "1"))
        let link = try await ZeroMQLink(
            endpoints: place.endpoints, address: address, topics: [], keys: BusKeys(pair: newcomer, gateway: place.gateway.publicKey)
        ) { _ in }
        try await place.events.until("a refusal") { !$0.refused.isEmpty }
        let list = open(place.directory.path + "/worker.public", O_WRONLY | O_APPEND)
        let line = newcomer.publicKey.z85 + " new\n"
        try #require(write(list, line, line.utf8.count) == line.utf8.count)
        close(list)
        let beat = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0))))
        try await place.events.until("a heartbeat", nudge: { link.send(beat) }) { $0.messages.contains { $0.worker == address } }
        await link.stop()
        // A list that is gone is complained of and changes nothing.
        unlink(place.directory.path + "/worker.public")
        try await place.expectRoundTrip("asr-1", place.rightKeys)
        #expect(place.events.all.contains { if case .malformed(let reason) = $0 { reason.contains("authorised keys") } else { false } })
        await place.hub.stop()
    }

    @Test(.timeLimit(.minutes(1))) func aSecondGatewayAtTheSamePortsSaysWhy() async throws {
        let (hub, endpoints) = try await Place.bind { try await ZeroMQHub(endpoints: $0) { _ in } }
        do {
            let second = try await ZeroMQHub(endpoints: endpoints) { _ in }
            await second.stop()
            Issue.record("two hubs hold one endpoint")
        } catch let error as ZeroMQError {
            #expect(error.code == .endpointTaken)
            #expect(error.message.contains("Stop it first") && error.message.contains(endpoints.control))
        }
        await hub.stop()
    }

    /// Waits, at most ten seconds, until the other side has hung up; it may greet first.
    private func endOfConnection(_ descriptor: CInt) -> Bool {
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var buffer = [UInt8](repeating: 0, count: 256)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count <= 0 { return count == 0 || errno == ECONNRESET }
        }
    }

    /// To a tcp endpoint, without ZeroMQ.
    private func connect(_ endpoint: String) throws -> CInt {
        let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(code == 0)
        return descriptor
    }
}

extension [HubEvent] {
    var refused: [(reason: String, count: Int)] { compactMap { if case .refusedPeer(let reason, let count) = $0 { (reason, count) } else { nil } } }
}
