import Foundation
import Glibc
import Testing

/// `make up`'s script with the real programs and a real PostgreSQL.
@Suite(.serialized) struct UpTests {
    private struct FleetFile: Decodable {
        struct Entry: Decodable {
            let name: String
            let pid: Int32?
            let restarts: Int
            let ready: Bool
        }
        let processes: [Entry]
    }

    private let state = NSTemporaryDirectory() + "maane-up-\(UUID().uuidString.prefix(8))"
    private let port: Int
    private let adminPort: Int

    init() throws {
        port = try freePort()
        adminPort = try freePort()
    }

    private var environment: [String: String] {
        [
            "PORT": String(port), "ADMIN_PORT": String(adminPort), "MAANE_STATE_DIR": state,
            "MAANE_BUSINESSES": Programs.repository + "/deploy/businesses",
        ]
    }

    private func processes() -> [FleetFile.Entry] {
        guard let data = FileManager.default.contents(atPath: state + "/run/fleet.json") else { return [] }
        return (try? JSONDecoder().decode(FleetFile.self, from: data))?.processes ?? []
    }

    private func curl(_ arguments: String...) async throws -> String {
        try await Programs.run("/usr/bin/curl", ["--silent", "--max-time", "5"] + arguments).output
    }

    private func isReady() async -> Bool {
        let status = try? await curl("--output", "/dev/null", "--write-out", "%{http_code}", "http://127.0.0.1:\(port)/readyz")
        return status == "200"
    }

    @Test func everyProgramComesBackAfterItsDeathAndCtrlCEndsAllCleanly() async throws {
        defer { try? FileManager.default.removeItem(atPath: state) }
        let fleet = try Running(Programs.repository + "/deploy/scripts/up.sh", environment: environment)
        do {
            try await until("ready") { await isReady() }
            try await answersTheSeed()
            for name in processes().map(\.name) {
                let before = try #require(processes().first { $0.name == name })
                kill(try #require(before.pid), SIGKILL)
                try await until("\(name) is back") {
                    processes().contains { $0.name == name && $0.restarts == before.restarts + 1 && $0.ready && $0.pid != before.pid }
                }
                // The fleet as a whole works again: the gateway knows the reborn worker, or the workers the reborn gateway.
                try await until("ready after \(name)") { await isReady() }
            }
            #expect(processes().count == 5)
            #expect(processes().allSatisfy { $0.restarts == 1 })
            fleet.interrupt()
            let ended = await fleet.end(within: .seconds(40))
            #expect(ended.code == 0, "\(ended.output.suffix(2_000))")
        } catch {
            fleet.terminate()
            let ended = await fleet.end(within: .seconds(40))
            Issue.record("\(error)\n\(ended.output.suffix(4_000))")
        }
        #expect(!FileManager.default.fileExists(atPath: state + "/run/fleet.json"))
    }

    /// The closing checks that an operator makes with curl.
    private func answersTheSeed() async throws {
        let base = "http://127.0.0.1:\(port)"
        let preview = try await curl("\(base)/webhook/incoming_call")
        #expect(preview.contains("<Play>\(base)/static/tts/greeting_he.mp3</Play>"))
        #expect(preview.contains("<Stream url=\"ws://127.0.0.1:\(port)/ws/twilio-media\" "))
        #expect(!preview.contains("<Say"))
        for name in ["greeting_he", "fallback_he"] {
            let head = try await curl("--head", "\(base)/static/tts/\(name).mp3")
            #expect(head.hasPrefix("HTTP/1.1 200"))
            #expect(head.lowercased().contains("content-type: audio/mpeg"))
        }
        for path in ["/ws/twilio-media", "/ws/twilio-media/"] {
            let upgrade = try await Programs.run(
                "/usr/bin/curl",
                [
                    "--silent", "--include", "--max-time", "1", "--http1.1", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H",
                    "Sec-WebSocket-Version: 13", "-H", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", base + path,
                ])
            #expect(upgrade.output.hasPrefix("HTTP/1.1 101"), "\(path): \(upgrade.output)")
        }
        func status(_ arguments: String...) async throws -> String {
            try await Programs.run(
                "/usr/bin/curl", ["--silent", "--max-time", "5", "--output", "/dev/null", "--write-out", "%{http_code}"] + arguments
            ).output
        }
        #expect(try await status("--data", "CallSid=CA1", "\(base)/webhook/incoming_call") == "403")
        #expect(try await status("\(base)/webhook/incoming_call?CallSid=CA1") == "403")
        #expect(try await curl("http://127.0.0.1:\(adminPort)/metrics").contains("maane_"))
    }
}
