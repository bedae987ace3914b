import Foundation
import Glibc
import Postgres
import TestSupport
import Testing

/// The contract in another language: a dialog-worker in Python serves real calls of a real fleet, and the golden files are read by both sides.
@Suite(.serialized) struct InteropTests {
    private struct LoadReport: Decodable {
        let utterances: Int
        let lostTurns: Int
        let failedCalls: [String]
    }

    private static let interop = Programs.repository + "/Tests/Interop/"
    private static let calls = 2
    private static let utterances = 3

    /// Debian's Python with pyzmq, made on first use.
    private func python() async throws -> String {
        // The whole environment: it may say where packages come from.
        let made = try await Programs.run(Programs.repository + "/deploy/scripts/venv.sh", environment: ProcessInfo.processInfo.environment)
        let path = made.output.split(separator: "\n").last.map(String.init)
        return try #require(made.code == 0 ? path : nil, "\(made.output)")
    }

    @Test func theOtherSideReadsTheSameGoldenFiles() async throws {
        let checked = try await Programs.run(try await python(), [Self.interop + "check_fixtures.py"])
        #expect(checked.code == 0, "\(checked.output)")
        #expect(checked.output.contains("golden files read"))
    }

    @Test(.enabled(if: PrivatePostgres.isInstalled)) func aWorkerInPythonAnswersTheTurnsOfRealCalls() async throws {
        let python = try await python()
        let postgres = try await PrivatePostgres.shared()
        let database = "postgresql:///\(try await postgres.makeDatabase())?host=\(postgres.host)&user=\(postgres.user)"
        let folder = try TemporaryDirectory()
        let (port, admin) = (try freePort(), try freePort())
        let bus = "ipc://" + folder.path
        let environment = [
            "PORT": String(port), "ADMIN_PORT": String(admin), "MAANE_STATE_DIR": folder.path + "/state", "MAANE_BUS": bus, "DATABASE_URL": database,
            "TWILIO_ACCOUNT_SID": "AC" + String(repeating: "1", count: 32), "TWILIO_AUTH_TOKEN": "interop", "ENDPOINT_SILENCE_MS": "200",
            "ASR_PROVIDERS": "tones", "TTS_PROVIDERS": "tone", "MAANE_BUSINESSES": Programs.repository + "/deploy/businesses",
        ]
        // Everything but a dialog-worker of our own.
        let fleet = try Running(Programs.repository + "/deploy/scripts/up.sh", ["--workers", "dialog=0"], environment: environment)
        var worker: Running?
        do {
            try await until("all but the dialogue is there") { await readiness(port).contains("no worker of dialog") }
            worker = try Running(python, [Self.interop + "dialog_worker.py"], environment: ["MAANE_BUS": bus])
            try await until("the gateway takes the worker in", seconds: 10) { await readiness(port).hasPrefix("ready") }
            try await call(port, report: folder.path + "/load.json")
            try await checkTurns(database)
            // A gateway that comes back knows nobody: the worker is told so and says hello.
            kill(try gateway(folder.path + "/state"), SIGKILL)
            try await until("the reborn gateway has taken the worker in", seconds: 20) { await readiness(port).hasPrefix("ready") }
            // Nothing is carried any more: told to stop, it says goodbye and ends.
            worker?.terminate()
            let ended = await worker?.end(within: .seconds(10))
            #expect(ended?.code == 0, "\(ended?.output ?? "")")
            try await until("the gateway has let it go", seconds: 10) { await readiness(port).contains("no worker of dialog") }
        } catch {
            worker?.terminate()
            let words = await worker?.end(within: .seconds(10)).output ?? ""
            fleet.interrupt()
            let ended = await fleet.end(within: .seconds(30))
            Issue.record("\(error)\nworker: \(words.suffix(2_000))\nfleet: \(ended.output.suffix(4_000))")
            return
        }
        fleet.interrupt()
        let ended = await fleet.end(within: .seconds(30))
        #expect(ended.code == 0, "\(ended.output.suffix(2_000))")
    }

    private func gateway(_ state: String) throws -> pid_t {
        struct FleetFile: Decodable {
            struct Entry: Decodable {
                let name: String
                let pid: pid_t?
            }
            let processes: [Entry]
        }
        let data = try #require(FileManager.default.contents(atPath: state + "/run/fleet.json"))
        return try #require(try JSONDecoder().decode(FleetFile.self, from: data).processes.first { $0.name == "gateway" }?.pid)
    }

    /// The body of `/readyz`.
    private func readiness(_ port: Int) async -> String {
        (try? await Programs.run("/usr/bin/curl", ["--silent", "--max-time", "5", "http://127.0.0.1:\(port)/readyz"]).output) ?? ""
    }

    /// Callers whose utterances carry numbers: loss and doubling show.
    private func call(_ port: Int, report path: String) async throws {
        let simulator = try await Programs.run(
            Programs.directory + "/twilio-simulator",
            [
                "load", "--base-url", "http://127.0.0.1:\(port)", "--loopback", "--account-sid", "AC" + String(repeating: "1", count: 32),
                "--auth-token",
                "interop", "--calls", String(Self.calls), "--utterances", String(Self.utterances), "--tones", "--json", path,
            ])
        let data = try #require(FileManager.default.contents(atPath: path), "\(simulator.output)")
        let report = try JSONDecoder().decode(LoadReport.self, from: data)
        #expect(simulator.code == 0 && report.failedCalls.isEmpty && report.lostTurns == 0, "\(simulator.output)")
        #expect(report.utterances == Self.calls * Self.utterances)
    }

    private func checkTurns(_ database: String) async throws {
        let connection = try await PostgresConnection(configuration: PostgresConfiguration(connectionString: database))
        try await connection.connect()
        func rows(_ sql: String) async throws -> [[String]] {
            try await connection.query(sql).rows.map { $0.values.map { $0 ?? "null" } }
        }
        let expected = (0..<Self.calls * Self.utterances).map(String.init)
        try await until("every call's end and summary are in the database", seconds: 15) {
            (try? await rows("select id from calls where ended_at is not null and summary is not null").count) == Self.calls
        }
        // Each number once, and each answered by the worker that is written in Python.
        let turns = try await rows(
            "select heard, dialog, said->>0, said->>1 from turns where heard_kind = 'speech' order by heard::integer")
        #expect(turns == expected.map { [$0, "python", "שמעתי \($0).", "מה עוד?"] })
        #expect(try await rows("select distinct dialog, state from turns where heard_kind = 'opening'") == [["python", "echo"]])
        // Its summary, made from the log that came with the job.
        let summaries = try await rows("select summary from calls order by summary").map { $0[0] }
        #expect(summaries.allSatisfy { $0.hasPrefix("\(Self.utterances + 1) turns: opening, ") }, "\(summaries)")
        await connection.close()
    }
}
