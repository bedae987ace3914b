import Business
import DialogWorker
import Foundation
import ProviderKit
import Testing

/// What `check-providers` says about a model.
@Suite(.serialized) struct CheckTests {
    private func business() throws -> BusinessProfile {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../deploy/businesses").path
        return try #require(try BusinessDirectory.load(path: folder).first)
    }

    @Test func oneThatWorksShowsItsAnswer() async throws {
        let room = try await ChatFake.shared.value.room(then: ["text": "בשמחה. באיזו שעה?"])
        let check = await ThinkingCheck.run(room.model(), business: try business())
        #expect(check.works && check.text.contains("באיזו שעה?"), "\(check.text)")
        #expect(try await room.report().violations == [])
    }

    @Test(arguments: [
        (401, "invalid_api_key", ProviderFailure.Kind.auth), (404, "model_not_found", .refused), (429, "insufficient_quota", .quota),
        (500, "server_error", .broken),
    ]) func aWrongKeyIsToldFromAWrongModel(_ status: Int, _ code: String, _ kind: ProviderFailure.Kind) async throws {
        let room = try await ChatFake.shared.value.room(then: ["refuse": ["status": .integer(status), "code": .string(code)]])
        let check = await ThinkingCheck.run(room.model(), business: try business())
        guard case .failed(let failure) = check.outcome else {
            Issue.record("\(check.text)")
            return
        }
        #expect(failure.kind == kind && check.text.contains(kind.remedy), "\(check.text)")
    }
}
