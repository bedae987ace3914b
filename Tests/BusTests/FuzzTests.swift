import Bus
import BusContract
import CallVocabulary
import EventThread
import Glibc
import TestSupport
import Testing
import ZeroMQ

/// Bytes that are nearly, or not at all, what they should be. Each run has another seed; a failure names it, and MAANE_FUZZ_SEED repeats it.
enum Fuzz {
    static func seed() -> UInt64 {
        getenv("MAANE_FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0...UInt64.max)
    }

    static func bytes(_ range: ClosedRange<Int>, _ dice: inout Dice) -> [UInt8] {
        (0..<Int.random(in: range, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
    }

    /// A valid message made wrong in one of many ways.
    static func mutated(_ bytes: [UInt8], _ dice: inout Dice) -> [UInt8] {
        var bytes = bytes
        func place() -> Int { Int.random(in: 0..<max(1, bytes.count), using: &dice) }
        for _ in 0..<Int.random(in: 1...4, using: &dice) where !bytes.isEmpty {
            switch Int.random(in: 0..<9, using: &dice) {
            case 0: bytes[place()] ^= 1 << UInt8.random(in: 0..<8, using: &dice)
            case 1: bytes = Array(bytes.prefix(place()))
            case 2: bytes.insert(contentsOf: Fuzz.bytes(1...20, &dice), at: place())
            case 3: bytes.removeSubrange(place()...(bytes.count - 1))
            case 4: bytes.insert(contentsOf: pieces.randomElement(using: &dice) ?? [], at: place())
            case 5:
                // Numbers grow.
                if let digit = bytes.indices.filter({ (48...57).contains(bytes[$0]) }).randomElement(using: &dice) {
                    bytes.replaceSubrange(digit...digit, with: numbers.randomElement(using: &dice) ?? [])
                }
            case 6:
                let (from, length) = (place(), Int.random(in: 1...40, using: &dice))
                let piece = Array(bytes[from..<min(bytes.count, from + length)])
                bytes.insert(contentsOf: piece, at: place())
            case 7: bytes[place()] = UInt8.random(in: 0...255, using: &dice)
            default: bytes.swapAt(place(), place())
            }
        }
        return bytes
    }

    private static let pieces = [
        "\"", "{", "}", "[", "]", ":", ",", "null", "true", "\\u0000", "\\ud800", "\u{FEFF}", "\"v\":2,", "\"kind\":\"hello\",", "-", "e99", "//",
        "NaN",
    ].map { Array($0.utf8) }
    private static let numbers = [
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "1e308", "1e999", "-0", "0.1", "4294967296",
        "9007199254740992", "00", "1e3", "9007199254740993",
    ].map { Array($0.utf8) }
}

@Suite struct FuzzTests {
    @Test func headersOfAnyBytesNeverTrap() throws {
        let seed = Fuzz.seed()
        var dice = Dice(seed: seed)
        let originals = try Samples.all().map { try EnvelopeCodec.encode($0) }
        var accepted = 0
        for round in 0..<6_000 {
            let bytes =
                round % 8 == 0 ? Fuzz.bytes(0...300, &dice) : Fuzz.mutated(originals.randomElement(using: &dice) ?? [], &dice)
            if case .success(let (envelope, _)) = ControlFrames.decode([bytes]) {
                accepted += 1
                // What was understood can be said.
                if (try? EnvelopeCodec.encode(envelope)) == nil { Issue.record("understood but not encodable, seed \(seed): \(bytes)") }
            }
            _ = try? EnvelopeCodec.decode(bytes)
        }
        #expect(accepted > 100, "some mutations change nothing that matters; seed \(seed)")
        #expect(accepted < 5_000, "seed \(seed)")
    }

    @Test func packetsOfAnyBytesNeverTrap() throws {
        let seed = Fuzz.seed()
        var dice = Dice(seed: seed)
        let original = AudioPacket(
            epoch: Epoch(boot: 1, counter: 1), captureMicroseconds: 1, call: try Samples.callID(),
            frame: AudioFrame(sequence: 1, payload: [UInt8](repeating: 0xFF, count: 160))
        ).encoded()
        for round in 0..<30_000 {
            let bytes = round % 4 == 0 ? Fuzz.bytes(0...300, &dice) : Fuzz.mutated(original, &dice)
            if let packet = AudioPacket(bytes), packet.encoded() != bytes { Issue.record("read and written, it differs; seed \(seed): \(bytes)") }
        }
    }

    @Test func multipartMessagesOfAnyShapeNeverTrap() throws {
        let seed = Fuzz.seed()
        var dice = Dice(seed: seed)
        let headers = try Samples.all().map { try EnvelopeCodec.encode($0) }
        for _ in 0..<2_000 {
            let parts = (0..<Int.random(in: 0...5, using: &dice)).map { _ in
                Bool.random(using: &dice) ? headers.randomElement(using: &dice) ?? [] : Fuzz.bytes(0...50, &dice)
            }
            if case .success = ControlFrames.decode(parts), !(1...2).contains(parts.count) { Issue.record("\(parts.count) parts; seed \(seed)") }
        }
    }

    /// What a decoder that recurses, or a program that calculates, might not survive.
    static let hostile: [(String, [UInt8])] = [
        ("nested arrays", Array(repeating: UInt8(ascii: "["), count: 100_000)),
        ("nested arrays, closed", Array((String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)).utf8)),
        ("nested objects", Array(String(repeating: #"{"a":"#, count: 100_000).utf8)),
        ("nested body", Array((#"{"v":1,"kind":"hello","body":"# + String(repeating: "[", count: 500_000)).utf8)),
        (
            "nested under a field nobody reads",
            Array((#"{"v":1,"kind":"goodbye","x":"# + String(repeating: "[", count: 200) + String(repeating: "]", count: 200) + "}").utf8)
        ),
        ("a number of a million digits", Array((#"{"v":1,"kind":"goodbye","turn":"# + String(repeating: "9", count: 1_000_000) + "}").utf8)),
        ("the largest number", Array(#"{"v":1,"kind":"credit","body":{"piece":0,"milliseconds":9223372036854775807}}"#.utf8)),
        ("the smallest number", Array(#"{"v":1,"kind":"credit","body":{"piece":-9223372036854775808,"milliseconds":1}}"#.utf8)),
        ("a large number in disguise", Array(#"{"v":1,"kind":"credit","body":{"piece":0,"milliseconds":9e18}}"#.utf8)),
        ("infinity", Array(#"{"v":1,"kind":"heartbeat","body":{"load":{"affinity":1e999,"active":0,"draining":false,"done":0}}}"#.utf8)),
        ("no UTF-8", Array(#"{"v":1,"kind":"goodbye","business":""#.utf8) + [0xFF, 0xC0, 0x80] + Array(#""}"#.utf8)),
        ("an open string", Array(#"{"v":1,"kind":"goodbye","business":"\"#.utf8)),
        ("too large", [UInt8](repeating: UInt8(ascii: " "), count: EnvelopeCodec.maximumHeaderBytes + 1)),
    ]

    @Test(arguments: hostile.map(\.0)) func hostileHeadersAreRefused(name: String) throws {
        let bytes = try #require(Self.hostile.first { $0.0 == name }).1
        if case .success(let (envelope, _)) = ControlFrames.decode([bytes]) { Issue.record("\(name) was taken for \(envelope.message.kind)") }
        // The decoder behind the guard does not crash either.
        _ = try? EnvelopeCodec.decode(bytes)
    }

    @Test func theGuardLetsRealMessagesThrough() throws {
        for envelope in try Samples.all() { #expect(HeaderGuard.fault(try EnvelopeCodec.encode(envelope)) == nil) }
        func fault(_ text: String) -> String? { HeaderGuard.fault(Array(text.utf8)) }
        #expect(
            fault(
                #"["9223372036854775807", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "\"[", 9007199254740992, -9007199254740992, 0.12345678901234567]"#
            ) == nil)
        #expect(fault("9007199254740994") != nil)
        #expect(fault(String(repeating: "[", count: 32)) == nil)
        #expect(fault(String(repeating: "[", count: 33)) != nil)
        #expect(fault(String(repeating: "[]", count: 1_000)) == nil)
        // The largest epoch that keeps its exact value elsewhere.
        #expect(fault("\(Epoch(boot: 1 << 21 - 1, counter: .max).rawValue)") == nil)
    }

    @Test func aKeyThatComesTwiceIsNoCrash() {
        _ = ControlFrames.decode([Array(#"{"v":1,"v":2,"kind":"goodbye","kind":"hello"}"#.utf8)])
    }

    @Test func anotherVersionIsUnderstoodAsFarAsItGoes() throws {
        guard case .success(let (envelope, _)) = ControlFrames.decode([Array(#"{"v":7,"kind":"later","new":{"a":[1]}}"#.utf8)]) else {
            Issue.record("a later version must be answered with a refusal, so it must be read")
            return
        }
        #expect(envelope.version == 7 && envelope.message == .unknown("later"))
    }
}

/// The same against live sockets over ipc: whatever comes, both ends go on.
@Suite(.serialized) struct LiveFuzzTests {
    private static let beat = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 1, active: 0))))

    @Test(.timeLimit(.minutes(1))) func theHubOutlivesWhatWorkersSend() async throws {
        let seed = Fuzz.seed()
        var dice = Dice(seed: seed)
        let directory = try TemporaryDirectory()
        let endpoints = try BusEndpoints("ipc://" + directory.path)
        let events = Events<HubEvent>()
        // The guard against floods has tests of its own; here nobody shall be cut off.
        let limits = FloodLimits(messagesPerSecond: 1e9, messageBurst: 1e9, bytesPerSecond: 1e12, byteBurst: 1e12, banMilliseconds: 1)
        let hub = try await ZeroMQHub(endpoints: endpoints, limits: limits) { events.add($0) }
        let headers = try Samples.all().map { try EnvelopeCodec.encode($0) }
        try Raw.run(.dealer, "asr.fuzz.1", endpoints.control) { socket in
            for _ in 0..<3_000 {
                let parts = (0..<Int.random(in: 1...3, using: &dice)).map { _ in
                    Bool.random(using: &dice)
                        ? Fuzz.mutated(headers.randomElement(using: &dice) ?? [], &dice) : Fuzz.bytes(0...100, &dice)
                }
                try Raw.send(socket, parts)
            }
            for (_, bytes) in FuzzTests.hostile { try Raw.send(socket, [bytes]) }
            try Raw.send(socket, Array(repeating: [1], count: 1_000))
        }
        // Names that are none, and subscriptions of any bytes.
        for name in [nil, "", "x", "asr.a b.1", "asr.\u{0}.1", String(repeating: "a", count: 255)] as [String?] {
            try Raw.run(.dealer, name, endpoints.control) { try Raw.send($0, [headers[0]]) }
        }
        try Raw.run(.sub, nil, endpoints.topics) { socket in
            for _ in 0..<100 { try socket.subscribe(Fuzz.bytes(0...200, &dice)) }
            usleep(50_000)
        }
        try await events.until("the last of it; seed \(seed)") { $0.contains { "\($0)".contains("too many parts") } }
        #expect(events.all.count { if case .malformed = $0 { true } else { false } } > 1_000, "seed \(seed)")
        // An oversized part: the library hangs up, and the worker comes back.
        let address = try #require(WorkerAddress(pool: .tts, name: "large", nonce: "1"))
        let link = try await ZeroMQLink(endpoints: endpoints, address: address, topics: []) { _ in }
        try await events.until("a heartbeat", nudge: { link.send(Self.beat) }) { $0.messages.contains { $0.worker == address } }
        link.send(Self.beat, attachment: [UInt8](repeating: 0, count: 17 << 20))
        try await events.until("the worker again; seed \(seed)", nudge: { link.send(Envelope(.goodbye)) }) {
            $0.messages.contains { $0.worker == address && $0.envelope.message == .goodbye }
        }
        await link.stop()
        await hub.stop()
    }

    @Test(.timeLimit(.minutes(1))) func theLinkOutlivesWhatAGatewaySends() async throws {
        let seed = Fuzz.seed()
        var dice = Dice(seed: seed)
        let directory = try TemporaryDirectory()
        let endpoints = try BusEndpoints("ipc://" + directory.path)
        let address = try #require(WorkerAddress(pool: .asr, name: "asr-1", nonce: "1"))
        let gateway = try await WorkerThread<FalseGateway>(name: "false-gateway") { try FalseGateway(endpoints, address) }
        let received = Events<LinkEvent>()
        let headers = try Samples.all().map { try EnvelopeCodec.encode($0) }
        let packet = AudioPacket(
            epoch: Epoch(rawValue: 1), captureMicroseconds: 0, call: try Samples.callID(), frame: AudioFrame(sequence: 7, payload: [1, 2, 3]))
        let topic = Array(Topics.audio(address).utf8)
        let link = try await ZeroMQLink(endpoints: endpoints, address: address, topics: [Topics.audio(address)]) { received.add($0) }
        try await gateway.run { try $0.awaitWorker() }
        var control: [[[UInt8]]] = []
        var topics: [[[UInt8]]] = []
        for _ in 0..<2_000 {
            control.append((0..<Int.random(in: 1...3, using: &dice)).map { _ in Fuzz.mutated(headers.randomElement(using: &dice) ?? [], &dice) })
            topics.append([topic] + (0..<Int.random(in: 0...2, using: &dice)).map { _ in Fuzz.mutated(packet.encoded(), &dice) })
        }
        control += FuzzTests.hostile.map { [$0.1] } + [Array(repeating: [1], count: 1_000)]
        topics.append([topic, packet.encoded()])
        let (messages, frames) = (control, topics)
        try await gateway.run { gateway in
            for parts in messages { try gateway.tell(parts) }
            for parts in frames { _ = try gateway.topics.send(parts) }
            try gateway.tell([EnvelopeCodec.encode(Envelope(.release))])
        }
        try await received.until("the last of it; seed \(seed)") {
            $0.audio.last == packet && $0.messages.contains { $0.envelope.message == .release }
        }
        #expect(received.all.count { if case .malformed = $0 { true } else { false } } > 500, "seed \(seed)")
        // Parts that are too large end the connection, and here the library would never make it again by itself.
        try await gateway.run { gateway in
            try gateway.tell([[UInt8](repeating: 0, count: 17 << 20)])
            _ = try gateway.topics.send([topic, [UInt8](repeating: 0, count: 17 << 20)])
        }
        let before = received.all.audio.count
        let clock = ContinuousClock.now
        while received.all.audio.count == before || !received.all.messages.contains(where: { $0.envelope.message == .revoke }) {
            try #require(ContinuousClock.now - clock < .seconds(10), "the link did not come back; seed \(seed)")
            try await gateway.run { gateway in
                _ = try gateway.router.send([gateway.identity, EnvelopeCodec.encode(Envelope(.revoke))])
                _ = try gateway.topics.send([topic, packet.encoded()])
            }
            try await Task.sleep(for: .milliseconds(10))
        }
        await link.stop()
        await gateway.stop()
    }
}

/// A gateway that says anything. Lives on one thread.
private final class FalseGateway {
    let router: ZeroMQSocket
    let topics: ZeroMQSocket
    let identity: [UInt8]

    init(_ endpoints: BusEndpoints, _ worker: WorkerAddress) throws {
        let context = try ZeroMQContext()
        var options = ZeroMQSocketOptions()
        options.sendHighWaterMark = 100_000
        router = try ZeroMQSocket(context: context, kind: .router, options: options)
        topics = try ZeroMQSocket(context: context, kind: .xpub, options: options)
        try router.bind(endpoints.control)
        try topics.bind(endpoints.topics)
        identity = Array(worker.description.utf8)
    }

    /// Until it can be reached on both lanes.
    func awaitWorker() throws {
        let poll = ZeroMQPoll(sockets: [topics])
        try poll.wait(wakeup: -1, timeoutMilliseconds: 10_000)
        guard try topics.receive() != nil else { throw TestSupportError(message: "no subscription came") }
        try tell([EnvelopeCodec.encode(Envelope(.goodbye))])
    }

    func tell(_ parts: [[UInt8]]) throws {
        for _ in 0..<10_000 {
            if try router.send([identity] + parts) == .sent { return }
            usleep(1_000)
        }
        throw TestSupportError(message: "the worker cannot be reached")
    }
}

/// Sockets without the link's manners.
private enum Raw {
    static func run(_ kind: ZeroMQSocket.Kind, _ name: String?, _ endpoint: String, _ body: (ZeroMQSocket) throws -> Void) throws {
        var options = ZeroMQSocketOptions()
        if let name, !name.isEmpty { options.routingID = Array(name.utf8) }
        options.lingerMilliseconds = 5_000
        let socket = try ZeroMQSocket(context: try ZeroMQContext(), kind: kind, options: options)
        defer { socket.close() }
        try socket.connect(endpoint)
        try body(socket)
    }

    static func send(_ socket: ZeroMQSocket, _ parts: [[UInt8]]) throws {
        for _ in 0..<10_000 {
            if try socket.send(parts) == .sent { return }
            usleep(1_000)
        }
        throw TestSupportError(message: "the hub does not take anything")
    }
}
