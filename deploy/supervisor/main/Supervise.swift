import ArgumentParser
import Glibc
import Logging
import Supervisor

@main
struct Supervise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-supervisor",
        abstract: "Runs the fleet on a machine without systemd.",
        discussion: """
            Opens the public port (environment: PORT, default 8080) and passes it to the gateway as a systemd socket unit would; \
            restarts what dies; ends on SIGTERM or Ctrl-C, the gateway first. Who runs is in run/fleet.json of the state \
            directory (environment: MAANE_STATE_DIR, default var/up).
            """)

    @Option(help: "Directory of the programs; default: the supervisor's own.")
    var bin: String?

    @Option(help: "Workers per pool, for instance asr=2,dialog=1; one each by default.")
    var workers = ""

    @Option(help: "IPv4 address to listen on.")
    var host = "0.0.0.0"

    @Option(help: "Directory of the state; default: MAANE_STATE_DIR.")
    var stateDir: String?

    @Option(help: "Write one file per process here instead of everything to standard error.")
    var logDir: String?

    @Flag(help: "Print name, pid, restarts and readiness of the running fleet, and end.")
    var printPids = false

    func run() throws {
        do {
            throw ExitCode(try supervise())
        } catch let error as SupervisorError {
            // Not through ArgumentParser, which would add its usage and exit with 64.
            complain(error.message)
            throw ExitCode(1)
        }
    }

    private func supervise() throws -> Int32 {
        let stateDir = stateDir ?? variable("MAANE_STATE_DIR") ?? "var/up"
        if printPids {
            for process in try FleetFile.read(stateDirectory: stateDir).processes {
                print(process.name, process.pid.map { "\($0)" } ?? "-", process.restarts, process.ready ? "ready" : "starting")
            }
            return 0
        }
        let text = variable("PORT") ?? "8080"
        guard let port = UInt16(text) else {
            throw SupervisorError(.badPort, "PORT is \"\(text)\", which is no port. Use a number from 1024 to 65535.")
        }
        LoggingSystem.bootstrap { TerminalLogHandler(label: $0) }
        let description = try FleetDescription(workers: workers)
        let state = try StateDirectory(path: stateDir)
        let listener = try ListeningSocket(host: host, port: port)
        let runner = try Runner(
            settings: .init(
                description: description, programs: try bin ?? ownDirectory(), logDirectory: logDir, environment: environment()),
            listener: listener, state: state, logger: Logger(label: "supervisor"))
        return runner.run()
    }
}
