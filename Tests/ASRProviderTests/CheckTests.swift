import ASRWorker
import ProviderKit
import Testing

/// What `check-providers` says about a recogniser.
@Suite(.serialized) struct CheckTests {
    @Test(arguments: RecognizerCases.all) func oneThatWorksShowsWhatItHeard(_ provider: RecognizerCase) async throws {
        let run = try await provider.start(FakeBehaviour())
        let check = await HearingCheck.run(run.provider, audio: Speech.say([7, 300, 9]), hints: RecognitionHints())
        guard case .works(let milliseconds, let what) = check.outcome else {
            Issue.record("\(check.text)")
            return
        }
        #expect(what.contains("7 300 9") && milliseconds < 5_000)
        #expect(check.text.hasPrefix("asr     \(provider.name)"))
    }

    @Test(arguments: RecognizerCases.all) func aWrongKeyIsToldFromAnEmptyAccount(_ provider: RecognizerCase) async throws {
        for (fault, kind) in [(FakeBehaviour.Fault.auth, ProviderFailure.Kind.auth), (.quota, .quota)] {
            let run = try await provider.start(FakeBehaviour(fault: fault))
            let check = await HearingCheck.run(run.provider, audio: Speech.say([7]), hints: RecognitionHints())
            guard case .failed(let failure) = check.outcome else {
                Issue.record("\(check.text)")
                continue
            }
            #expect(failure.kind == kind && check.text.contains(kind.remedy))
            #expect(!check.text.contains(run.secret))
        }
    }

    /// A provider that never answers costs its patience, and is a failure.
    @Test func oneThatSaysNothingIsATimeout() async throws {
        let run = try await RecognizerCases.deepgram.start(FakeBehaviour(fault: .mute))
        let check = await HearingCheck.run(
            run.provider, audio: Speech.say([7]), hints: RecognitionHints(), patience: .milliseconds(1_500))
        guard case .failed(let failure) = check.outcome else {
            Issue.record("\(check.text)")
            return
        }
        #expect(failure.kind == .timeout)
    }
}
