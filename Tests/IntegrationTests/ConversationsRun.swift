import Foundation
import Testing

/// `make conversations` in its short form, on a debug build: whole turns on quiet lines, one barge-in and one cough.
@Suite(.serialized) struct ConversationsRun {
    @Test func turnsAreHeardAndAnsweredOnce() async throws {
        let folder = NSTemporaryDirectory() + "maane-conversations-\(UUID().uuidString.prefix(8))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (port, admin) = (try freePort(), try freePort())
        let files = ["need", "fine", "question-price", "barge-middle", "cough"].map { "Tests/Conversations/Scenarios/\($0).yaml" }
        let ended = try await Programs.run(
            Programs.repository + "/deploy/scripts/conversations.sh", files,
            environment: ["OUT": folder, "PORT": String(port), "ADMIN_PORT": String(admin), "PART": "1", "CALLS": "5", "LIMIT_SECONDS": "180", "LIMITS": "--late-percent 20"])
        #expect(ended.code == 0, "\(ended.output.suffix(8_000))")
        let table = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: folder + "/table.json")))
        let total = try #require((table as? [String: Any])?["total"] as? [String: Any])
        #expect(total["calls"] as? Int == 5)
        #expect(total["turns"] as? Int == 14)
        #expect(total["bargeIns"] as? Int == 1)
        _ = try await Programs.run(Programs.repository + "/deploy/scripts/postgres.sh", ["remove", folder])
    }
}
