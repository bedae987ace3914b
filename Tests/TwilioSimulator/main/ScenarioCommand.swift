import ArgumentParser
import FoundationEssentials
import TwilioSimulatorKit

/// Calls that go wrong on command, and what must come of them.
struct ScenarioCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scenario", abstract: "Calls that go wrong on command; says what the caller heard, when, and whether that was right.")

    @OptionGroup var server: ServerOptions

    @Option(help: "Scenarios at once. Those that want other calls beside them, or act on the fleet, run alone, last.")
    var jobs: Int = 1

    @Argument(help: "Scenario files.")
    var files: [String] = []

    @Option(help: "Port of the account API; 0 = any. The application's TWILIO_API_BASE_URL names it.")
    var restPort: Int = 0

    @Option(help: "Folder for the recording and the report of each scenario.")
    var out: String?

    @Option(help: "Pronunciations for `say_text` (word TAB phonemes).")
    var phonemes: String = "Tests/TwilioSimulator/Voices/customer-phonemes.tsv"

    @Option(help: "Run only scenarios whose `needs` have this variable at this value, for example REPLY_MODE=play; others are left out.")
    var with: [String] = []

    @Option(name: .customLong("do"), help: "NAME=COMMAND: what the step `do: NAME` runs, by the shell.")
    var commands: [String] = []

    @Flag(help: "Only say what the scenarios need: one line for each, its file and its variables, with tabs between.")
    var list = false

    @Flag(help: "Speak TLS: a proxy with a certificate of a private authority is put in front of the application, whose PUBLIC_BASE_URL is https.")
    var tls = false

    @Flag(help: "Print events as they happen.")
    var console = false

    func run() async throws {
        do {
            guard try await runAll() else { throw ExitCode.failure }
        } catch let failure as SimulatorFailure {
            Console.error(failure.description)
            throw ExitCode.failure
        }
    }

    private func runAll() async throws -> Bool {
        guard !files.isEmpty else { throw ValidationError("no scenario file is named") }
        // All are read before the first call: a mistake in the last must not cost the time of the others.
        let scenarios = try files.map { try Scenario.parse(ResultFiles.read($0), file: $0) }.filter(isWanted)
        if list {
            for scenario in scenarios {
                Console.out(([scenario.file] + scenario.needs.map { "\($0.name)=\($0.value)" }.sorted()).joined(separator: "\t"))
            }
            return true
        }
        guard !scenarios.isEmpty else { throw ValidationError("no scenario is left by --with") }
        let account = SimulatedAccount(accountSid: server.accountSid, authToken: server.authToken)
        try await account.start(restPort: restPort)
        let (route, proxy) = try await reach()
        // The lexicon is needed for words only; scenarios of tones run without it.
        let lexicon = scenarios.contains { !$0.steps.sentences.isEmpty } ? try ResultFiles.read(phonemes) : ""
        let runner = ScenarioRun(
            account: account, route: route, to: server.to, voice: EspeakCustomerVoice(lexicon: try PhonemeLexicon(lexicon)),
            watch: console ? { @Sendable event in Console.out("  \(event.ms) ms  \(event.kind)  \(event.detail)") } : nil,
            external: { name in
                guard let command = commands(name) else { return }
                do { try await Shell.run(command) } catch { Console.error("\(name): \(error)") }
            })
        for name in Self.wanted(scenarios) where commands(name) == nil {
            throw ValidationError("a scenario wants --do \(name)=COMMAND")
        }
        let isAlone = { (scenario: Scenario) in scenario.background > 0 || scenario.earlier > 0 || !Self.wanted([scenario]).isEmpty }
        var failed: [String] = []
        try await withThrowingTaskGroup(of: ScenarioReport.self) { group in
            var waiting = scenarios.filter { !isAlone($0) }[...]
            for scenario in waiting.prefix(max(1, jobs)) { group.addTask { try await runner.run(scenario) } }
            waiting = waiting.dropFirst(max(1, jobs))
            for try await report in group {
                if try !tell(report) { failed.append(report.scenario.name) }
                if let scenario = waiting.popFirst() { group.addTask { try await runner.run(scenario) } }
            }
        }
        for scenario in scenarios.filter(isAlone) where try await !tell(runner.run(scenario)) { failed.append(scenario.name) }
        await account.stop()
        await proxy?.stop()
        Console.out(
            "\(scenarios.count - failed.count) of \(scenarios.count) scenarios passed"
                + (failed.isEmpty ? "" : "; FAILED: " + failed.joined(separator: ", ")))
        return failed.isEmpty
    }

    /// - Returns: whether it passed.
    private func tell(_ report: ScenarioReport) throws -> Bool {
        Console.out(report.text)
        if let out {
            try ResultFiles.write(report.result, folder: "\(out)/\(report.scenario.name)")
            try ResultFiles.write(Array(report.text.utf8), to: "\(out)/\(report.scenario.name)", name: "report.txt")
        }
        return report.passed
    }

    private func commands(_ name: String) -> String? {
        commands.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    private static func wanted(_ scenarios: [Scenario]) -> Set<String> {
        Set(scenarios.flatMap(\.steps.steps).compactMap { if case .external(let name) = $0 { name } else { nil } })
    }

    private func isWanted(_ scenario: Scenario) -> Bool {
        with.allSatisfy { item in
            let parts = item.split(separator: "=", maxSplits: 1).map(String.init)
            return scenario.needs.contains { $0.name == parts[0] && (parts.count < 2 || $0.value == parts[1]) }
        }
    }

    private func reach() async throws -> (Route, TLSProxy?) {
        guard tls else { return (try server.route(), nil) }
        let (base, publicBase) = try server.addresses()
        let folder = FileManager.default.temporaryDirectory.appending(path: "twilio-simulator-\(TwilioFormat.token())").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try await TestCertificates.make(in: folder, host: publicBase.host)
        let proxy = try await TLSProxy.start(
            certificate: files.certificate, key: files.key, target: .init(host: base.host, port: base.effectivePort))
        let route = try Route(
            publicBase: publicBase, connect: .init(host: "127.0.0.1", port: proxy.port), loopback: server.loopback,
            trust: .authority(file: files.authority))
        return (route, proxy)
    }
}
