import Bus
import BusContract
import CallVocabulary
import Glibc
import Synchronization
import TestSupport
import Testing
import ZeroMQ

/// Workers that send too much, against a hub over real sockets.
@Suite(.serialized) struct FloodTests {
    private static let limits = FloodLimits(
        messagesPerSecond: 2_000, messageBurst: 5_000, bytesPerSecond: 10_000_000, byteBurst: 20_000_000, banMilliseconds: 3_600_000)

    enum Kind: CaseIterable { case messages, bytes, nonsense, subscriptions }

    @Test(.timeLimit(.minutes(1)), arguments: Kind.allCases, ["ipc", "tcp"])
    func aFloodIsCutOffAndTheOthersGoOn(_ kind: Kind, _ transport: String) async throws {
        let directory = try TemporaryDirectory()
        // A callback that keeps what matters: a flood kept in full would measure this test's memory.
        let events = Events<HubEvent>()
        let keep: @Sendable ([HubEvent]) -> Void = { batch in
            events.add(
                batch.filter {
                    switch $0 {
                    case .message(let worker, _, _): worker.name == "good"
                    case .malformed(let reason): reason.contains("flooded")
                    case .subscribed(let topic): !topic.hasPrefix("flood.")
                    default: true
                    }
                })
        }
        let hub: ZeroMQHub
        let endpoints: BusEndpoints
        if transport == "ipc" {
            endpoints = try BusEndpoints("ipc://" + directory.path)
            hub = try await ZeroMQHub(endpoints: endpoints, limits: Self.limits, receive: keep)
        } else {
            (hub, endpoints) = try await SecureBusTests.Place.bind { try await ZeroMQHub(endpoints: $0, limits: Self.limits, receive: keep) }
        }
        let good = try #require(WorkerAddress(pool: .asr, name: "good", nonce: "1"))
        let received = Events<LinkEvent>()
        let link = try await ZeroMQLink(endpoints: endpoints, address: good, topics: [Topics.audio(good)]) { received.add($0) }
        let beat = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0))))
        try await events.until("the good one", nudge: { link.send(beat) }) { !$0.messages.isEmpty }

        let bad = try #require(WorkerAddress(pool: .tts, name: "bad", nonce: "1"))
        let flood = try Flood(kind, bad, endpoints)
        try await events.until("the end of the flood") {
            $0.contains {
                switch $0 {
                case .flooded(let worker): worker == bad
                case .malformed(let reason): kind == .subscriptions && reason.contains("topic lane")
                default: false
                }
            }
        }
        // While it goes on, and connects again and again, the other's round trips.
        var slowest = Duration.zero
        for number in 1...20 {
            let start = ContinuousClock.now
            link.send(Envelope(.credit(Credit(piece: number, milliseconds: 0))))
            try await events.until("message \(number)") {
                $0.messages.contains { if case .credit(let credit) = $0.envelope.message { credit.piece == number } else { false } }
            }
            hub.send(Envelope(.credit(Credit(piece: number, milliseconds: 0))), to: good)
            try await received.until("answer \(number)") { $0.messages.count >= number }
            slowest = max(slowest, ContinuousClock.now - start)
        }
        #expect(hub.cutConnections > 0)
        if kind != .subscriptions {
            #expect(hub.bannedMessages > 0)
            #expect(events.all.count { if case .flooded = $0 { true } else { false } } == 1, "told once, not for each message")
        }
        let sent = flood.stop()
        print(
            "flood of \(kind) over \(transport): \(sent) sent, \(hub.bannedMessages) dropped unread, \(hub.cutConnections) cuts, slowest round trip of the other \(slowest)"
        )
        #expect(slowest < .seconds(5))
        await link.stop()
        await hub.stop()
    }

    /// Sends as fast as a thread can, until stopped.
    private final class Flood: Sendable {
        private struct State {
            var stopping = false
            var ended = false
            var sent = 0
        }
        private let state = Mutex(State())

        init(_ kind: Kind, _ address: WorkerAddress, _ endpoints: BusEndpoints) throws {
            let header = try EnvelopeCodec.encode(Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0)))))
            Thread.start { [self] in
                try? run(kind, address, endpoints, header)
                state.withLock { $0.ended = true }
            }
        }

        func stop() -> Int {
            state.withLock { $0.stopping = true }
            while !state.withLock({ $0.ended }) { usleep(1_000) }
            return state.withLock { $0.sent }
        }

        private func run(_ kind: Kind, _ address: WorkerAddress, _ endpoints: BusEndpoints, _ header: [UInt8]) throws {
            let context = try ZeroMQContext()
            var options = ZeroMQSocketOptions()
            options.reconnectMilliseconds = 10
            if kind != .subscriptions { options.routingID = Array(address.description.utf8) }
            let socket = try ZeroMQSocket(context: context, kind: kind == .subscriptions ? .sub : .dealer, options: options)
            try socket.connect(kind == .subscriptions ? endpoints.topics : endpoints.control)
            let message: [[UInt8]] =
                switch kind {
                case .messages, .subscriptions: [header]
                case .bytes: [header, [UInt8](repeating: 0, count: 1 << 20)]
                case .nonsense: [[1, 2, 3]]
                }
            var number = 0
            while !state.withLock({ $0.stopping }) {
                for _ in 0..<100 {
                    if kind == .subscriptions {
                        try socket.subscribe(Array("flood.\(number).".utf8))
                    } else if try socket.send(message) != .sent {
                        usleep(1_000)
                        break
                    }
                    number += 1
                }
                // A subscriber keeps its topics and sends them again when it has connected again: a thousand are enough of a flood.
                usleep(kind == .subscriptions && number >= 1_000 ? 10_000 : 50)
                if kind == .subscriptions, number >= 1_000 { number = 900 }
                state.withLock { $0.sent = number }
            }
            socket.close()
        }
    }
}

/// A thread of the test's own: a flood must not take one of the pool's.
private enum Thread {
    static func start(_ body: @escaping @Sendable () -> Void) {
        final class Box {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var thread = pthread_t()
        let box = Unmanaged.passRetained(Box(body)).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, box)
        precondition(code == 0, "no thread")
        pthread_detach(thread)
    }
}
