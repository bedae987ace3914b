import Audio
import Business
import HTTPFetch
import ProviderKit
import ServiceKit
import Testing
import VoiceFakes

@testable import TTSWorker

/// What one provider has of its own.
@Suite(.timeLimit(.minutes(2))) struct VendorTests {
    @Test func googleMayLeaveTheHeaderOutAndItsBase64IsStrict() async throws {
        try await Vendor.google.with([Step(wave: "none"), Step(wave: "base64")]) { (voice, _) async throws in
            #expect(try await voice.hear("10001").numbers == [10_001])
            #expect(try await voice.hear("10001").failure?.kind == .garbage)
        }
    }

    private struct Tokens: AccessTokenSource {
        let result: Result<String, any Error>
        func token() async throws -> String { try result.get() }
    }

    private struct Refusal: Error, CustomStringConvertible { let description = "private_key" }

    @Test func googleIsAskedWithATokenOfTheAccount() async throws {
        let session = try await FakeServer.google.session()
        let fetch = try await HTTPFetch()
        func voice(_ token: Result<String, any Error>) async throws -> any Voice {
            let reader = SettingsReader(["GOOGLE_TTS_BASE_URL": session.url])
            let parts = GoogleParts(tokens: { _ in Tokens(result: token) })
            return try #require(try await VoiceProviders.voice("google", reader, fetch, VoiceLimits(), parts, quiet))
        }
        #expect(try await voice(.success("fake-token")).hear("10001").numbers == [10_001])
        #expect(try await voice(.success("other")).hear("10001").failure?.kind == .auth)
        let refused = try await voice(.failure(Refusal())).hear("10001").failure
        #expect(refused?.kind == .auth && refused?.message.contains("private_key") == false)
        #expect(try await voice(.failure(ProviderFailure(.timeout, "slow"))).hear("10001").failure?.kind == .timeout)
        #expect(try await session.outcomes == ["done", "UNAUTHENTICATED"])
        await fetch.close()
    }

    @Test func aVoiceOfGooglesStreamIsShapedLikeTheOthers() async throws {
        let code = MuLaw.encode(ToneCode.encode(10_001))
        let reader = SettingsReader([:])
        let voice = GoogleStreamingVoice(
            reader,
            open: { text, name in
                AsyncThrowingStream { feed in
                    feed.yield([UInt8](repeating: MuLaw.silence, count: 4_000))
                    feed.yield(code)
                    feed.finish(throwing: text == "broken" ? ProviderFailure(.broken, name) : nil)
                }
            }, connect: {})
        #expect(reader.faults.isEmpty)
        let heard = try await voice.hear("שלום")
        #expect(heard.numbers == [10_001] && heard.failure == nil)
        // What is quieter than the threshold at its beginning counts as silence.
        #expect(abs(heard.audio.count - 800 - code.count) < 10)
        let broken = try await voice.hear(VoiceRequest(text: "broken", gender: .masculine))
        #expect(broken.failure == ProviderFailure(.broken, "he-IL-Chirp3-HD-Puck") && broken.numbers == [10_001])
        let wrong = SettingsReader(["GOOGLE_TTS_STREAMING_VOICE": "he-IL-Wavenet-A"])
        _ = GoogleStreamingVoice(wrong, open: { _, _ in AsyncThrowingStream { $0.finish() } }, connect: {})
        #expect(wrong.faults.count == 1)
    }

    @Test(arguments: [Vendor.openai, .compatible]) func samplesInAnyFormBecomeTheLines(_ vendor: Vendor) async throws {
        let prefix = vendor == .openai ? "OPENAI_TTS" : "TTS_COMPATIBLE"
        try await vendor.with(more: [prefix + "_FORMAT": "wav"]) { (voice, session) async throws in
            #expect(try await voice.hear("10001").numbers == [10_001])
            try await session.script(
                [Step(chunk: 333, wave: "16k"), Step(wave: "mp3"), Step(wave: "ogg"), Step(wave: "half")], options: vendor.options)
            let other = try await voice.hear("10001")
            #expect(other.numbers == [10_001] && abs(other.milliseconds - 600) <= 1, "the rate of the header counts")
            #expect(try await voice.hear("10001").failure?.kind == .garbage)
            #expect(try await voice.hear("10001").failure?.kind == .garbage)
            #expect(try await voice.hear("10001").failure?.kind == .broken)
        }
    }

    @Test func aServerOfOnesOwnMayAskForAKey() async throws {
        let session = try await FakeServer.openAI.session(options: ["compatible": "yes", "key": "house-key"])
        let fetch = try await HTTPFetch()
        let voice = try await Vendor.compatible.voice(session.url, fetch: fetch, more: ["TTS_COMPATIBLE_API_KEY": "house-key"])
        #expect(try await voice.hear("10001").numbers == [10_001])
        await fetch.close()
    }

    @Test func openAIsModelsTakeInstructions() async throws {
        let more = ["OPENAI_TTS_INSTRUCTIONS": "Speak slowly.", "OPENAI_ORGANIZATION": "org-1"]
        try await Vendor.openai.with(more: more) { (voice, session) async throws in
            #expect(try await voice.hear("10001").numbers == [10_001])
            #expect(try await session.outcomes == ["done"])
        }
    }
}
