import ArgumentParser
import Glibc

/// A whole gateway under calls: the CPU that it spends, divided by the frames that it is sent, and the time of its webhooks.
///
/// The fleet runs already, with real workers; `deploy/scripts/bench.sh` starts it. This process is Twilio, as cheaply as can be: every call
/// has its own socket and its own phase, sends a frame each 20 ms, says something from time to time, and returns marks when their audio
/// would have been played. The gateway's CPU is the kernel's account of all of its threads, so that it holds everything: sockets, WebSocket,
/// JSON, voice activity, publishing, the bus, the journal, replies, heartbeats.
struct ServerBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "CPU of a running gateway for each inbound frame, and the latency of its webhooks.")

    @Option(help: "Calls at once.")
    var calls = 400
    @Option(help: "Seconds that are measured.")
    var seconds = 20
    @Option(help: "Seconds before that, with all calls there.")
    var settle = 5
    @Option(help: "Each caller says something every so many seconds; 0: never.")
    var every = 8
    @Option(help: "Signed webhooks per second beside the calls.")
    var webhooks = 0
    @Option(help: "The gateway's public port on this machine; PUBLIC_BASE_URL names it too.")
    var port: UInt16 = 8080
    @Option(help: "TWILIO_ACCOUNT_SID.")
    var accountSid: String
    @Option(help: "TWILIO_AUTH_TOKEN.")
    var authToken: String
    @Option(help: "The number that is called.")
    var to = "+97235550100"
    @Option(help: "A process to account for, as NAME=PID; the gateway first. May be repeated.")
    var process: [String] = []

    private struct Account {
        var name: String
        var threads: [String: Double]
        var total: Double { threads.values.reduce(0, +) }
    }

    func run() async throws {
        let target = BenchmarkTarget(port: port, accountSid: accountSid, authToken: authToken, to: to)
        var line = Line(webhooks: ServerWebhooks(target, perSecond: 0, now: 0))
        for number in 0..<calls {
            // Callers do not speak in chorus.
            line.callers.append(try ServerCaller(target, number: number, every: every * 50, first: every * 50 * number / calls))
            // Some seventy calls a second begin, while the earlier ones go on.
            try line.run(until: monotonicMicroseconds() + 10_000)
        }
        line.webhooks = ServerWebhooks(target, perSecond: webhooks, now: monotonicMicroseconds())
        try line.run(until: monotonicMicroseconds() + Int64(settle) * 1_000_000)
        line.isMeasuring = true
        let (before, sentBefore, begin) = (accounts(), line.frames, monotonicMicroseconds())
        try line.run(until: begin + Int64(seconds) * 1_000_000)
        let (after, frames, wall) = (accounts(), line.frames - sentBefore, Double(monotonicMicroseconds() - begin) / 1_000_000)
        line.isMeasuring = false
        for caller in line.callers { caller.hangUp() }
        report(line, before, after, frames: frames, wall: wall)
    }

    private func accounts() -> [Account] {
        (process + ["callers=self"]).compactMap { entry in
            let words = entry.split(separator: "=").map(String.init)
            return words.count == 2 ? Account(name: words[0], threads: cpuByThread(words[1])) : nil
        }
    }

    private func report(_ line: Line, _ before: [Account], _ after: [Account], frames: Int, wall: Double) {
        func perFrame(_ microseconds: Double) -> String { "\(rounded(microseconds / Double(max(1, frames)))) µs" }
        print("\(calls) calls: \(frames) frames in \(rounded(wall)) s (\(Int(Double(frames) / wall)) a second), \(webhooks) webhooks a second")
        for (before, after) in zip(before, after) {
            let threads = after.threads.map { ($0.key, $0.value - before.threads[$0.key, default: 0]) }.sorted { $0.1 > $1.1 }
            print(
                "  \(after.name.padded(24)) \(perFrame(after.total - before.total)) CPU per inbound frame, \(rounded((after.total - before.total) / wall / 10_000)) % of a core"
            )
            guard after.name == before.name, after.name == "gateway" else { continue }
            for (name, used) in threads where used / Double(max(1, frames)) >= 0.05 { print("    \(name.padded(22)) \(perFrame(used))") }
        }
        for text in line.webhooks.lines() { print(text) }
        let asked = line.callers.reduce(0) { $0 + $1.asked }
        let answered = line.callers.reduce(0) { $0 + $1.answered }
        let open = line.callers.count { $0.isAsking }
        let stalls = line.callers.reduce(0) { $0 + $1.stalls }
        let closed = line.callers.count { $0.isClosed }
        print(
            "  utterances \(asked), answered \(answered), under way \(open); lines closed \(closed), frames that waited \(stalls), "
                + "frames later than 10 ms \(line.late), worst \(rounded(Double(line.worst) / 1_000)) ms")
    }

    /// The callers and their clock.
    private struct Line {
        var webhooks: ServerWebhooks
        var callers: [ServerCaller] = []
        var isMeasuring = false
        private(set) var frames = 0
        private(set) var late = 0
        private(set) var worst: Int64 = 0
        private var ticks = 0
        private var began: Int64 = 0

        init(webhooks: ServerWebhooks) { self.webhooks = webhooks }

        /// Every caller in turn, spread evenly over the 20 ms.
        mutating func run(until end: Int64) throws {
            // A new number of callers is a new order of turns.
            began = monotonicMicroseconds()
            ticks = 0
            while true {
                let due = began + Int64(ticks) * 20_000 / Int64(callers.count)
                let now = monotonicMicroseconds()
                if now >= end { return }
                try webhooks.send(now: now)
                guard due <= now else {
                    webhooks.wait(until: min(due, end, webhooks.next), measuring: isMeasuring)
                    continue
                }
                callers[ticks % callers.count].tick(now: now)
                ticks += 1
                frames += 1
                guard isMeasuring else { continue }
                if now - due > 10_000 { late += 1 }
                worst = max(worst, now - due)
            }
        }
    }
}
