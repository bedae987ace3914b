import ArgumentParser
import TwilioSimulatorKit

/// Many simple calls, to measure.
struct LoadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "load", abstract: "Many calls with synthetic utterances; measures the delay until the agent is heard.")

    @OptionGroup var server: ServerOptions

    @Option(help: "Calls at once.")
    var calls: Int = 10

    @Option(help: "Utterances of each call.")
    var utterances: Int = 5

    @Option(help: "Length of an utterance, in milliseconds.")
    var utteranceMs: Int = 800

    @Flag(help: "Each utterance carries its number as tones instead of a voiced sound.")
    var tones = false

    @Option(help: "The application's end-of-speech silence, subtracted from each delay.")
    var silenceRuleMs: Double = 200

    @Option(help: "Quiet on the line before an utterance, in milliseconds.")
    var gapMs: Double = 700

    @Option(help: "A turn without an audible answer after this time is lost, in milliseconds.")
    var answerTimeoutMs: Double = 5000

    @Option(help: "Time between the beginnings of two calls, in milliseconds.")
    var staggerMs: Int = 37

    @Option(help: "Threads of the simulator.")
    var eventLoops: Int = 1

    @Option(help: "File for the report, as JSON.")
    var json: String?

    func run() async throws {
        let report: LoadReport
        do {
            report = try await measure()
        } catch let failure as SimulatorFailure {
            Console.error(failure.description)
            throw ExitCode.failure
        }
        Console.out(Self.table(report))
        guard report.failedCalls.isEmpty, report.lostTurns == 0 else { throw ExitCode.failure }
    }

    private func measure() async throws -> LoadReport {
        var plan = LoadPlan(
            calls: calls, accountSid: server.accountSid, authToken: server.authToken, to: server.to, route: try server.route(),
            signal: tones ? .tones : .voiced(milliseconds: utteranceMs))
        plan.turns.utterances = utterances
        plan.turns.gap = gapMs
        plan.turns.answerTimeout = answerTimeoutMs
        plan.silenceRuleMs = silenceRuleMs
        plan.staggerMs = staggerMs
        plan.eventLoops = eventLoops
        let report = await LoadRun.run(plan)
        if let json {
            let slash = json.lastIndex(of: "/")
            let folder = slash.map { String(json[..<$0]) } ?? "."
            let name = slash.map { String(json[json.index(after: $0)...]) } ?? json
            try ResultFiles.write(ResultFiles.json(report), to: folder, name: name)
        }
        return report
    }

    private static func table(_ report: LoadReport) -> String {
        func row(_ name: String, _ values: LoadReport.Distribution?) -> String {
            guard let values else { return "\(name): nothing measured" }
            func ms(_ value: Double) -> String { "\(Int(value.rounded())) ms" }
            return "\(name): p50 \(ms(values.p50))  p95 \(ms(values.p95))  p99 \(ms(values.p99))  worst \(ms(values.worst))  (\(values.count))"
        }
        var lines = [
            "calls \(report.calls)  utterances \(report.utterances)  lost turns \(report.lostTurns)  failed calls \(report.failedCalls.count)",
            row("webhook", report.webhook),
            row("last voiced frame to first audible frame", report.fromLastVoicedFrame),
            row("less the silence rule of \(Int(report.silenceRuleMs)) ms", report.afterSilenceRule),
            "simulator: \(Int((report.simulatorCPUSeconds * 1000).rounded())) ms CPU in \(Int(report.wallSeconds.rounded())) s, "
                + "\(report.lateTicks) of \(report.ticks) ticks late, worst \(Int(report.worstTickDelayMs.rounded())) ms",
        ]
        if !report.keptPace { lines.append("WARNING: the simulator fell behind its own deadlines; use fewer calls or more --event-loops") }
        if report.invalidMessages > 0 { lines.append("invalid messages from the application (31951): \(report.invalidMessages)") }
        for failure in Set(report.failedCalls).sorted() { lines.append("failed: \(failure)") }
        return lines.joined(separator: "\n")
    }
}
