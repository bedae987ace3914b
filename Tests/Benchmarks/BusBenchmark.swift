import ArgumentParser
import Bus
import BusContract
import CallVocabulary
import Glibc
import Synchronization
import TestSupport

/// The bus under audio: gateway → worker and back.
///
/// Two processes on one machine over ipc, as in production: this one is the gateway (hub and load), a child is the recogniser (link and one
/// task that takes batches, like `WorkerService`). Each call sends a frame of 20 ms every 20 ms; calls are spread over the 20 ms, and each
/// frame is published by itself, as calls do. `there` is a frame's time from publish to the worker's task. Every 50th frame of a call is
/// answered by a message on the control lane; `round trip` is from that frame's publish to the hub's callback. CPU is of each thread, from
/// the kernel's account of it.
struct BusBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bus", abstract: "Latency and CPU of the bus under audio.")

    @Option(help: "Concurrent calls, comma-separated.")
    var calls = "100,400,1000"
    @Option(help: "Seconds for each number of calls.")
    var seconds = 10
    @Option(help: .hidden)
    var workerAt: String?

    func run() async throws {
        if let workerAt {
            try await BenchmarkWorker.run(at: workerAt)
        } else {
            try BenchmarkCodec.run()
            for count in calls.split(separator: ",").compactMap({ Int($0) }) { try await BenchmarkGateway.run(calls: count, seconds: seconds) }
        }
    }
}

/// What the hub's thread pays for a message of the control lane besides the socket.
private enum BenchmarkCodec {
    static func run() throws {
        let heartbeat = Envelope(.heartbeat(Heartbeat(load: Load(affinity: 0.5, active: 10, done: 1_000))))
        let log = (0..<40).map { TurnEntry(turn: TurnID($0), heard: .digits("5"), said: ["A sentence of usual length, as a caller hears it."]) }
        let turn = Envelope(.turn(DialogTurn(heard: .silence, log: log, caller: "+972501234567")), turn: TurnID(40), epoch: Epoch(rawValue: 1))
        for (name, envelope, rounds) in [("heartbeat", heartbeat, 20_000), ("turn with a log of 40", turn, 2_000)] {
            let parts = try ControlFrames.encode(envelope, [])
            let encoding = try time(rounds) { _ = try ControlFrames.encode(envelope, []) }
            let guarding = time(rounds) { _ = HeaderGuard.fault(parts[0]) }
            let decoding = try time(rounds) { _ = try ControlFrames.decode(parts).get() }
            print("\(name), \(parts[0].count) bytes: encode \(encoding) µs, look \(guarding) µs, look and decode \(decoding) µs")
        }
    }

    private static func time(_ rounds: Int, _ body: () throws -> Void) rethrows -> Double {
        let start = monotonicMicroseconds()
        for _ in 0..<rounds { try body() }
        return (Double(monotonicMicroseconds() - start) / Double(rounds) * 100).rounded() / 100
    }
}

private enum BenchmarkWorker {
    /// Echoes every 50th frame; on `release` reports what it has measured as a job's result, and ends.
    static func run(at directory: String) async throws {
        guard let address = WorkerAddress(pool: .asr, name: "bench", nonce: "1") else { return }
        let (batches, feed) = AsyncStream.makeStream(of: [LinkEvent].self, bufferingPolicy: .bufferingOldest(4_096))
        let link = try await ZeroMQLink(endpoints: try BusEndpoints("ipc://\(directory)"), address: address, topics: [Topics.audio(address)]) {
            feed.yield($0)
        }
        // The parent may be killed; nobody is left to say release then.
        let parent = getppid()
        let orphanage = Task {
            while getppid() == parent { try await Task.sleep(for: .seconds(1)) }
            exit(1)
        }
        var there = Histogram()
        var batchCount = 0
        done: for await batch in batches {
            for event in batch {
                switch event {
                case .audio(let packets):
                    let now = monotonicMicroseconds()
                    batchCount += 1
                    for packet in packets {
                        there.add(Int(now - packet.captureMicroseconds))
                        if packet.frame.sequence % 50 == 0 {
                            link.send(Envelope(.credit(Credit(piece: 0, milliseconds: Int(packet.captureMicroseconds))), epoch: packet.epoch))
                        }
                    }
                case .message(let envelope, _):
                    if case .release = envelope.message { break done }
                case .away: break
                case .malformed(let reason): throw BenchmarkError(description: reason)
                }
            }
        }
        let cpu = cpuByThread("self").sorted { $0.value > $1.value }.prefix(4).map { "\($0.key) \(Int($0.value))" }.joined(separator: ",")
        let text = [
            "\(there.total)", "\(there.quantile(0.5))", "\(there.quantile(0.99))", "\(Double(there.maximum) / 1_000)", "\(batchCount)", cpu,
        ].joined(separator: "|")
        link.send(Envelope(.jobDone(JobDone(id: "bench", text: text))))
        try await Task.sleep(for: .milliseconds(300))
        await link.stop()
        orphanage.cancel()
    }
}

private enum BenchmarkGateway {
    private struct Seen: Sendable {
        var subscribed = false
        var back = Histogram()
        var report: String?
        var faults = 0
    }

    static func run(calls: Int, seconds: Int) async throws {
        guard let address = WorkerAddress(pool: .asr, name: "bench", nonce: "1") else { return }
        let directory = try TemporaryDirectory()
        let seen = Mutex(Seen())
        let hub = try await ZeroMQHub(endpoints: try BusEndpoints("ipc://\(directory.path)")) { events in
            let now = monotonicMicroseconds()
            seen.withLock { seen in
                for event in events {
                    switch event {
                    case .subscribed: seen.subscribed = true
                    case .unsubscribed: break
                    case .message(_, let envelope, _):
                        switch envelope.message {
                        case .credit(let credit): seen.back.add(Int(now) - credit.milliseconds)
                        case .jobDone(let done): seen.report = done.text
                        default: break
                        }
                    default: seen.faults += 1
                    }
                }
            }
        }
        let child = try spawn(["bus", "--worker-at", directory.path])
        try await wait("the worker", 10) { seen.withLock { $0.subscribed } }
        let before = cpuByThread("self")
        let ids = (0..<calls).compactMap { number in
            let hex = String(number, radix: 16)
            return CallID("CA" + String(repeating: "0", count: 32 - hex.count) + hex)
        }
        let payload = [UInt8](repeating: 0xFF, count: 160)
        let start = monotonicMicroseconds()
        // Twenty groups of calls, one each millisecond: a call's frames come every 20 ms, and calls are not in step.
        for tick in 0..<(seconds * 1_000) {
            let due = start + Int64(tick) * 1_000
            let left = due - monotonicMicroseconds()
            if left > 0 { usleep(UInt32(left)) }
            let sequence = UInt32(tick / 20)
            for index in stride(from: tick % 20, to: calls, by: 20) {
                // Spread the probes too, or all calls would ask in the same second.
                let packet = AudioPacket(
                    epoch: Epoch(rawValue: UInt64(index)), captureMicroseconds: monotonicMicroseconds(), call: ids[index],
                    frame: AudioFrame(sequence: sequence &+ UInt32(index), payload: payload))
                hub.publish([packet], to: address)
            }
        }
        let elapsed = Double(monotonicMicroseconds() - start) / 1_000_000
        try await Task.sleep(for: .milliseconds(300))
        hub.send(Envelope(.release), to: address)
        try await wait("the worker's report", 10) { seen.withLock { $0.report != nil } }
        let after = cpuByThread("self")
        var status: CInt = 0
        waitpid(child, &status, 0)
        let result = seen.withLock { $0 }
        let dropped = hub.dropped
        await hub.stop()
        print(calls: calls, seconds: seconds, elapsed: elapsed, result, before, after, dropped: dropped)
    }

    private static func print(
        calls: Int, seconds: Int, elapsed: Double, _ result: Seen, _ before: [String: Double], _ after: [String: Double], dropped: Int
    ) {
        let frames = calls * seconds * 50
        let report = (result.report ?? "").split(separator: "|").map(String.init)
        guard report.count == 6, let received = Int(report[0]), let batches = Int(report[4]) else {
            Swift.print("\(calls) calls: no report")
            return
        }
        func perFrame(_ microseconds: Double) -> String { "\((microseconds / Double(frames) * 100).rounded() / 100) µs" }
        func milliseconds(_ value: Double) -> String { "\((value * 100).rounded() / 100) ms" }
        Swift.print("\(calls) calls × 50 frames/s: \(frames) frames in \((elapsed * 100).rounded() / 100) s")
        Swift.print(
            "  there       p50 \(report[1]) ms, p99 \(report[2]) ms, max \(report[3]) ms; \(received) received, \(frames - received) lost, "
                + "\((Double(received) / Double(max(1, batches)) * 10).rounded() / 10) frames per batch")
        Swift.print(
            "  round trip  p50 \(milliseconds(result.back.quantile(0.5))), p99 \(milliseconds(result.back.quantile(0.99))), max \(milliseconds(Double(result.back.maximum) / 1_000)); \(result.back.total) probes"
        )
        let hub = (after["bus-hub"] ?? 0) - (before["bus-hub"] ?? 0)
        let io = (after["ZMQbg/IO/0"] ?? 0) - (before["ZMQbg/IO/0"] ?? 0)
        Swift.print("  gateway     hub thread \(perFrame(hub)) per frame, library's thread \(perFrame(io))")
        let worker = report[5].split(separator: ",").map { entry -> String in
            let words = entry.split(separator: " ")
            return "\(words.dropLast().joined(separator: " ")) \(perFrame(Double(words.last ?? "") ?? 0))"
        }
        Swift.print("  worker      \(worker.joined(separator: ", ")) per frame")
        if result.faults + dropped > 0 { Swift.print("  faults \(result.faults), dropped at the hub \(dropped)") }
    }

    private static func spawn(_ arguments: [String]) throws -> pid_t {
        var pid: pid_t = 0
        var argv = (["maane-benchmarks"] + arguments).map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        let code = posix_spawn(&pid, "/proc/self/exe", nil, nil, &argv, environ)
        guard code == 0 else { throw BenchmarkError(description: "the worker could not be started (errno \(code))") }
        return pid
    }

    private static func wait(_ what: String, _ seconds: Int, _ condition: () -> Bool) async throws {
        for _ in 0..<seconds * 100 {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        throw BenchmarkError(description: "waited in vain for \(what)")
    }
}
