import ArgumentParser
import ChaosKit
import Glibc
import TwilioSimulatorKit

/// Kills what serves calls, and proves that the callers lose nothing.
@main
struct MaaneChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-chaos", abstract: "Strikes a running fleet by a seeded schedule while simulated callers speak numbers.",
        discussion: """
            The fleet runs under maane-supervisor with the providers tones, echo and tone (deploy/scripts/chaos.sh starts it so). Exit code 0: \
            nothing was lost or doubled, and nobody waited too long. 1: something was; the report says what, and the seed that brings it back.
            """)

    @Option(help: "The application's PUBLIC_BASE_URL.")
    var baseURL: String
    @Option(help: "TWILIO_ACCOUNT_SID.")
    var accountSid: String
    @Option(help: "TWILIO_AUTH_TOKEN.")
    var authToken: String
    @Option(help: "The number that is called.")
    var to: String = "+97235550100"
    @Option(help: "DATABASE_URL of the fleet.")
    var databaseURL: String
    @Option(help: "MAANE_STATE_DIR of the fleet.")
    var stateDir: String
    @Option(help: "Directory of the private PostgreSQL cluster, for stops.")
    var postgresDir: String?
    @Option(help: "The script that stops and starts it.")
    var postgresScript: String = "deploy/scripts/postgres.sh"
    @Option(help: "What the schedule is made from; a random one when it is not given.")
    var seed: UInt64?
    @Option(help: "Calls at once.")
    var calls: Int = 20
    @Option(help: "Utterances of each call.")
    var utterances: Int = 24
    @Option(help: "Sudden deaths of workers. An eighth of that comes on top as stalls, and an eighth as restarts by SIGTERM.")
    var workerDeaths: Int = 200
    @Option(help: "Sudden deaths of the gateway. A fifth of that comes on top as restarts by SIGTERM.")
    var gatewayDeaths: Int = 20
    @Option(help: "Stalls of the gateway.")
    var gatewayStalls: Int = 0
    @Option(help: "Crashes of PostgreSQL.")
    var postgresStops: Int = 0
    @Option(help: "Seconds until PostgreSQL is started again.")
    var postgresDownSeconds: Int = 10
    @Option(help: "Seconds of calm before and after.")
    var calmSeconds: Int = 12
    @Option(help: "Ticks of the simulated callers that may be late, in percent; with more than 1 the times say nothing.")
    var latePercent: Int = 1
    @Option(help: "File for the ledger, as JSON.")
    var json: String?
    @Option(help: "What to tell as the command that repeats the run; @SEED@ in it is replaced.")
    var repeatWith: String?

    func run() async throws {
        var plan = ChaosPlan(seed: seed ?? UInt64.random(in: 1...999_999))
        plan.workerDeaths = workerDeaths
        plan.workerStalls = (workerDeaths + 7) / 8
        plan.workerRestarts = (workerDeaths + 7) / 8
        plan.gatewayDeaths = gatewayDeaths
        plan.gatewayRestarts = (gatewayDeaths + 4) / 5
        plan.gatewayStalls = gatewayStalls
        plan.postgresStops = postgresStops
        plan.postgresDownMs = postgresDownSeconds * 1000
        guard let base = WebAddress(baseURL) else { throw ValidationError("--base-url \(baseURL) is not an absolute URL") }
        var setup = ChaosSetup(
            accountSid: accountSid, authToken: authToken, to: to, route: try Route(publicBase: base, connect: nil, loopback: true))
        setup.caller.utterances = utterances
        var chaos = ChaosRun(
            plan: plan, databaseURL: databaseURL,
            place: .init(stateDirectory: stateDir, postgresScript: postgresScript, postgresDirectory: postgresDir), setup: setup,
            command: command(plan), print: { Self.out($0) })
        chaos.callers = calls
        chaos.latePercent = latePercent
        chaos.warmUpMs = calmSeconds * 1000
        chaos.coolDownMs = calmSeconds * 1000 * 2 / 3
        Self.out("seed \(plan.seed)")
        let record = try await chaos.run()
        if let json {
            let slash = json.lastIndex(of: "/")
            try ResultFiles.write(
                try ResultFiles.json(record), to: slash.map { String(json[..<$0]) } ?? ".",
                name: slash.map { String(json[json.index(after: $0)...]) } ?? json)
        }
        let verdict = Verdict(record)
        Self.out(verdict.text(of: record))
        if !verdict.isGood { throw ExitCode(1) }
    }

    private func command(_ plan: ChaosPlan) -> String {
        if let repeatWith { return repeatWith.replacing("@SEED@", with: String(plan.seed)) }
        return "maane-chaos --seed \(plan.seed) " + CommandLine.arguments.dropFirst().joined(separator: " ")
    }

    /// Straight to the descriptor: the global streams of C are not usable in strict concurrency.
    private static func out(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            offset += count
        }
    }
}
