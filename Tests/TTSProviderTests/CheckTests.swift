import ProviderKit
import Testing
import VoiceFakes

@testable import TTSWorker

/// What `check-providers` says about a voice.
@Suite(.timeLimit(.minutes(2))) struct CheckTests {
    private let request = VoiceRequest(text: "מספר 10001 ועוד 10002", purpose: .opening)

    @Test(arguments: Vendor.allCases) func oneThatWorksIsHeard(_ vendor: Vendor) async throws {
        try await vendor.with { (voice, _) async throws in
            let (check, audio) = await SpeakingCheck.run(voice, request)
            #expect(check.works, "\(check.text)")
            #expect(check.text.contains("2100 ms of speech"), "\(check.text)")
            #expect(audio.count == 2_100 * 8)
        }
    }

    @Test(arguments: Vendor.allCases) func eachOfTheVendorsCodesHasItsRemedy(_ vendor: Vendor) async throws {
        for (code, kind) in vendor.errors {
            try await vendor.with([Step(error: code)]) { (voice, _) async throws in
                let (check, audio) = await SpeakingCheck.run(voice, request)
                guard case .failed(let failure) = check.outcome else {
                    Issue.record("\(check.text)")
                    return
                }
                #expect(failure.kind == kind && check.text.contains(kind.remedy) && audio.isEmpty)
                #expect(!check.text.contains(Vendor.key))
            }
        }
    }
}
