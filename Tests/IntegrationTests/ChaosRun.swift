import Foundation
import Testing

/// `make chaos` in its short form: every kind of death once or more, on a debug build, in about a minute.
@Suite(.serialized) struct ChaosRun {
    @Test func callersLoseNothingWhileProcessesDie() async throws {
        let folder = NSTemporaryDirectory() + "maane-chaos-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (port, admin) = (try freePort(), try freePort())
        let ended = try await Programs.run(
            Programs.repository + "/deploy/scripts/chaos.sh",
            environment: [
                "OUT": folder, "PORT": String(port), "ADMIN_PORT": String(admin), "SEED": "3", "CALLS": "6", "WORKER_DEATHS": "12",
                "GATEWAY_DEATHS": "2", "CALM_SECONDS": "8", "LIMIT_SECONDS": "240",
                // Here only what is lost or doubled counts.
                "LATE_PERCENT": "20",
            ])
        #expect(ended.code == 0, "\(ended.output.suffix(8_000))")
        // A run that did not strike proves nothing.
        #expect(ended.output.contains("GOOD"))
        _ = try await Programs.run(Programs.repository + "/deploy/scripts/postgres.sh", ["remove", folder])
    }
}
