import Foundation
import Testing

/// A started fleet, asked from outside: by curl, and by calls that go wrong on command.
@Suite(.serialized) struct TwilioRuns {
    private func script(_ name: String, _ environment: [String: String] = [:], seconds: Int) async throws -> Programs.Ended {
        let folder = NSTemporaryDirectory() + "maane-\(name)-\(UUID().uuidString.prefix(8))"
        let (port, admin) = (try freePort(), try freePort())
        let program = try Running(
            Programs.repository + "/deploy/scripts/\(name).sh",
            environment: ["OUT": folder, "PORT": String(port), "ADMIN_PORT": String(admin)].merging(environment) { $1 })
        let ended = await program.end(within: .seconds(seconds))
        _ = try await Programs.run(Programs.repository + "/deploy/scripts/postgres.sh", ["remove", folder])
        if ended.code == 0 { try? FileManager.default.removeItem(atPath: folder) }
        return ended
    }

    /// TwiML, MP3s, 101 on both paths, callbacks, a live call and its names in the log, the watchdog's landing.
    @Test func theQuestionsOfAnOperatorAreAnswered() async throws {
        let ended = try await script("acceptance", seconds: 200)
        #expect(ended.code == 0, "\(ended.output.suffix(8_000))")
        #expect(!ended.output.contains("FAILED"))
    }

    /// Every scar of the line, thirty turns in either mode, and all that can happen to an update of a call.
    @Test func callsThatGoWrongEndWell() async throws {
        let ended = try await script("scenarios", seconds: 1_200)
        let failures = ended.output.split(separator: "\n").filter { $0.contains("FAIL") || $0.hasPrefix("──") && !$0.contains("PASS") }
        #expect(ended.code == 0, "\(failures.joined(separator: "\n"))\n\(ended.output.suffix(3_000))")
        #expect(ended.output.contains("All scenarios passed."))
    }
}
