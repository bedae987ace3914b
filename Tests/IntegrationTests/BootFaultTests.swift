import Foundation
import Testing

/// What cannot work says so at boot: one clear sentence with the remedy, and an exit code that is not 0.
struct BootFaultTests {
    private let directory = NSTemporaryDirectory() + "maane-boot-\(UUID().uuidString.prefix(8))"

    private func environment(_ more: [String: String]) -> [String: String] {
        [
            "PUBLIC_BASE_URL": "http://127.0.0.1:8080", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "t", "MAANE_STATE_DIR": directory,
            "MAANE_BUS": "ipc://\(directory)", "MAANE_BUSINESSES": Programs.repository + "/deploy/businesses",
        ].merging(more) { $1 }
    }

    private func boot(_ program: String, _ more: [String: String]) async throws -> Programs.Ended {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        return try await Programs.run(Programs.directory + "/" + program, environment: environment(more))
    }

    @Test func allMissingVariablesAreNamedAtOnce() async throws {
        let ended = try await boot("gateway", ["PUBLIC_BASE_URL": "", "TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "PORT": "none"])
        #expect(ended.code != 0)
        for variable in ["PUBLIC_BASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PORT"] { #expect(ended.output.contains("\(variable): ")) }
    }

    @Test func aPortInUseIsNamed() async throws {
        let (port, admin) = (try freePort(), try freePort())
        let holder = try Running(
            "/usr/bin/env",
            [
                "perl", "-MIO::Socket::INET", "-e",
                "my $s=IO::Socket::INET->new(LocalPort=>\(port),Listen=>1,ReuseAddr=>1) or die; print qq(listening\\n); $|=1; sleep 60",
            ])
        defer { holder.terminate() }
        try await until("the holder listens") {
            (try? await Programs.run("/usr/bin/curl", ["--silent", "--max-time", "1", "http://127.0.0.1:\(port)/"]))?.code != 7
        }
        let ended = try await boot("gateway", ["PORT": String(port), "ADMIN_PORT": String(admin)])
        #expect(ended.code != 0)
        #expect(ended.output.contains("\(port)") && ended.output.contains("PORT"), "\(ended.output)")
    }

    @Test func aBrokenBusinessNamesItsLine() async throws {
        let businesses = NSTemporaryDirectory() + "maane-yaml-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: businesses, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: businesses) }
        try Data("id: x\nname: [unclosed\n".utf8).write(to: URL(fileURLWithPath: businesses + "/broken.yaml"))
        for program in ["gateway", "dialog-worker", "tts-worker"] {
            let ended = try await boot(program, ["MAANE_BUSINESSES": businesses, "PORT": "1", "ADMIN_PORT": "1"])
            #expect(ended.code != 0)
            #expect(ended.output.contains("broken.yaml:"), "\(program): \(ended.output)")
        }
    }

    @Test func anUnreachableDatabaseIsNamedWithoutItsPassword() async throws {
        let ended = try await boot("crm-worker", ["DATABASE_URL": "postgresql://maane:hunter2@127.0.0.1:1/maane?connect_timeout=1"])
        #expect(ended.code != 0)
        #expect(ended.output.contains("DATABASE_URL"), "\(ended.output)")
        #expect(!ended.output.contains("hunter2"))
    }

    @Test func aMissingProgramOfTheVoiceIsNamed() async throws {
        let ended = try await boot("tts-worker", ["PATH": "/nonexistent"])
        #expect(ended.code != 0)
        #expect(ended.output.contains("espeak-ng"), "\(ended.output)")
    }

    @Test func tooLongABusPathIsNamed() async throws {
        let ended = try await boot("asr-worker", ["MAANE_BUS": "ipc:///" + String(repeating: "x", count: 120)])
        #expect(ended.code != 0)
        #expect(ended.output.contains("107"), "\(ended.output)")
    }

    @Test func theSupervisorNamesAPortInUse() async throws {
        let port = try freePort()
        let holder = try Running(
            "/usr/bin/env", ["perl", "-MIO::Socket::INET", "-e", "my $s=IO::Socket::INET->new(LocalPort=>\(port),Listen=>1,ReuseAddr=>1) or die; sleep 60"])
        defer { holder.terminate() }
        try await until("the holder listens") {
            (try? await Programs.run("/usr/bin/curl", ["--silent", "--max-time", "1", "http://127.0.0.1:\(port)/"]))?.code != 7
        }
        let ended = try await Programs.run(
            Programs.repository + "/deploy/scripts/up.sh", environment: ["PORT": String(port), "MAANE_STATE_DIR": directory])
        try? FileManager.default.removeItem(atPath: directory)
        #expect(ended.code != 0)
        #expect(ended.output.contains("\(port)"), "\(ended.output)")
    }
}
