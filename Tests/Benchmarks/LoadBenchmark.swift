import ArgumentParser
import BenchmarksKit
import Foundation
import Glibc

/// Conversations of many callers at once with a running fleet, turn by turn. `deploy/scripts/bench.sh` starts it, a fleet of its own for each
/// number of calls.
///
/// This process is Twilio: frames leave by absolute deadlines, each call has its own phase of the 20 ms and of speaking, and what it costs and
/// how late it was stands in the report, so that its own faults are not taken for the fleet's.
struct LoadBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Delay, losses and cost of a running fleet under callers who converse.")

    @Option(help: "Calls at once.")
    var calls = 10
    @Option(help: "Seconds of talk.")
    var seconds = 35
    @Option(help: "Seconds before that, with all calls there and talking.")
    var settle = 5
    @Option(help: "Milliseconds taken off the delays: the silence that the endpointer waits for.")
    var silenceRuleMs = 0
    @Option(help: "The fleet's profile of providers; none: those that cost nothing.")
    var profile = "none"
    @Option(help: "The folder of the recogniser `profile`: callers speak words then.")
    var scripts: String?
    @Option(help: "Milliseconds after which an answer is lost.")
    var patienceMs = 3_000
    @Option(help: "Of what is said and of pauses.")
    var seed: UInt64 = 1
    @Option(help: "The gateway's public port on this machine; PUBLIC_BASE_URL names it too.")
    var port: UInt16 = 8080
    @Option(help: "TWILIO_ACCOUNT_SID.")
    var accountSid: String
    @Option(help: "TWILIO_AUTH_TOKEN.")
    var authToken: String
    @Option(help: "The number that is called.")
    var to = "+97235550100"
    @Option(help: "A process to account for, as NAME=PID. May be repeated.")
    var process: [String] = []
    @Option(help: "Where the report goes as JSON.")
    var json: String?

    /// Milliseconds of voice, and of pauses between an answer and the next utterance.
    private static let utterance = 1_000
    private static let pause = 400...1_200
    /// Callers begin to speak within this time of each other: that of one turn.
    private static let spread: Int64 = 3_500_000

    func run() throws {
        let target = BenchmarkTarget(port: port, accountSid: accountSid, authToken: authToken, to: to)
        let fleet = process.compactMap { entry in
            let words = entry.split(separator: "=").map(String.init)
            return words.count == 2 ? (name: words[0], pid: words[1]) : nil
        }
        let idle = fleet.map { ProcessFigures($0.pid) }
        let plan = LoadTalk.Plan(
            utterances: scripts == nil ? [LoadUtterance(milliseconds: Self.utterance)] : LoadUtterance.sentences, pause: Self.pause,
            patience: patienceMs)
        var line = LoadLine()
        for number in 0..<calls {
            line.add(
                try LoadCaller(
                    target, number: number, scripts: scripts, plan: plan, first: Int64(phase(number) * Double(Self.spread)),
                    seed: seed &+ UInt64(number) &* 7_919))
            // Some seventy calls a second begin, while the earlier ones go on.
            line.run(until: monotonicMicroseconds() + 10_000)
        }
        line.run(until: monotonicMicroseconds() + Int64(settle) * 1_000_000)

        let begin = monotonicMicroseconds()
        let end = begin + Int64(seconds) * 1_000_000
        for caller in line.callers { caller.measure(until: end) }
        let (before, machine) = (fleet.map { ProcessFigures($0.pid) }, MachineFigures())
        let own = ProcessFigures("self")
        line.isMeasuring = true
        line.run(until: end)
        line.isMeasuring = false
        let (after, machineAfter, ownAfter) = (fleet.map { ProcessFigures($0.pid) }, MachineFigures(), ProcessFigures("self"))
        let wall = Double(monotonicMicroseconds() - begin) / 1_000_000
        // Whoever was asked is given the time to answer.
        let last = monotonicMicroseconds() + Int64(patienceMs) * 3_000
        while line.callers.contains(where: { !$0.talk.isQuiet && !$0.isClosed }), monotonicMicroseconds() < last {
            line.run(until: monotonicMicroseconds() + 100_000)
        }
        for caller in line.callers { caller.hangUp() }

        var report = LoadReport(calls: calls, seconds: wall, profile: profile, silenceRule: silenceRuleMs)
        let minutes = wall / 60 * Double(calls)
        report.processes = fleet.indices.map { index in
            var process = LoadReport.Process(fleet[index].name, before: before[index], after: after[index], callMinutes: minutes)
            process.idleResident = idle[index]?.resident ?? 0
            return process
        }
        report.idleMemory = report.processes.reduce(0) { $0 + $1.idleResident }
        fill(&report, line)
        let used = (ownAfter?.cpu ?? 0) - (own?.cpu ?? 0)
        report.caller.cpu = used / wall
        report.loadBefore = machine.load
        report.loadAfter = machineAfter.load
        report.others = max(0, (machineAfter.busy - machine.busy - used) / wall - (report.fleetCPU ?? 0) * Double(calls) / 60)
        for text in report.lines() { print(text) }
        if let json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
            try encoder.encode(report).write(to: URL(fileURLWithPath: json))
        }
        if report.lost > 0 || report.doubled > 0 || report.linesClosed > 0 { throw ExitCode(1) }
    }

    private func fill(_ report: inout LoadReport, _ line: LoadLine) {
        let talks = line.callers.map(\.talk)
        func milliseconds(_ samples: [Int64], less rule: Int = 0) -> Percentiles { Percentiles(samples.map { Double($0) / 1_000 - Double(rule) }) }
        report.asked = talks.reduce(0) { $0 + $1.asked }
        // What is still open now has not been answered either.
        report.lost = talks.reduce(0) { $0 + $1.lost } + talks.count { !$0.isQuiet }
        report.doubled = talks.reduce(0) { $0 + $1.doubled }
        report.overlaps = talks.reduce(0) { $0 + $1.overlaps }
        report.linesClosed = line.callers.count { $0.isClosed }
        report.sound = milliseconds(talks.flatMap(\.sounds), less: silenceRuleMs)
        report.reply = milliseconds(talks.flatMap(\.replies), less: silenceRuleMs)
        report.underruns = milliseconds(talks.flatMap(\.underruns))
        report.gaps = milliseconds(talks.flatMap(\.gaps))
        report.caller.frames = line.lateness.total
        report.caller.late = line.late
        report.caller.latenessP99 = line.lateness.quantile(0.99)
        report.caller.latenessWorst = Double(line.lateness.maximum) / 1_000
        report.caller.stalls = line.callers.reduce(0) { $0 + $1.stalls }
    }
}

/// Evenly spread over 0 to 1, without neighbours in chorus: multiples of the golden section.
private func phase(_ number: Int) -> Double { (Double(number + 1) * 0.618_033_988_749_895).truncatingRemainder(dividingBy: 1) }

/// The callers and their clock.
private struct LoadLine {
    private(set) var callers: [LoadCaller] = []
    var isMeasuring = false
    /// Microseconds by which frames were late.
    private(set) var lateness = Histogram()
    private(set) var late = 0
    /// Callers by their phase of the 20 ms, and that phase in microseconds.
    private var order: [(phase: Int64, caller: Int)] = []
    private var began: Int64 = 0
    private var ticks = 0
    private var nextLook: Int64 = 0
    private static let frame: Int64 = 20_000
    /// Microseconds between two looks for the first sound of an answer, which is as exact as a delay can be.
    private static let look: Int64 = 250

    init() {}

    mutating func add(_ caller: LoadCaller) {
        order.append((Int64(phase(callers.count) * Double(Self.frame)), callers.count))
        order.sort { $0.phase < $1.phase }
        callers.append(caller)
        // A new number of callers is a new order of turns.
        began = 0
    }

    mutating func run(until end: Int64) {
        if began == 0 { (began, ticks) = (monotonicMicroseconds(), 0) }
        while true {
            let now = monotonicMicroseconds()
            if now >= end { return }
            let slot = order[ticks % order.count]
            let due = began + Int64(ticks / order.count) * Self.frame + slot.phase
            if due <= now {
                callers[slot.caller].tick(at: now)
                ticks += 1
                if isMeasuring {
                    lateness.add(Int(now - due))
                    if now - due > Int64(LoadReport.Caller.lateness) * 1_000 { late += 1 }
                }
            }
            if now >= nextLook {
                listen()
                nextLook = now + Self.look
            }
            let left = min(due <= now ? 0 : due - now, nextLook - now, end - now)
            if left > 0 { usleep(UInt32(left)) }
        }
    }

    /// Who waits for an answer hears it at once; what follows is heard with the next frame.
    private func listen() {
        let waiting = callers.filter(\.isWaiting)
        guard !waiting.isEmpty else { return }
        var items = waiting.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        guard poll(&items, nfds_t(items.count), 0) > 0 else { return }
        let now = monotonicMicroseconds()
        for (item, caller) in zip(items, waiting) where item.revents != 0 { caller.listen(at: now) }
    }
}

/// The reports of several runs as one table.
struct LoadTable: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "table", abstract: "One table of the reports of `load`.")
    @Argument(help: "Their JSON.")
    var reports: [String]

    func run() throws {
        let reports = try reports.map { try JSONDecoder().decode(LoadReport.self, from: Data(contentsOf: URL(fileURLWithPath: $0))) }
        for line in LoadReport.table(reports) { print(line) }
    }
}
