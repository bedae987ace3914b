import Business
import Logging
import ProviderKit
import ServiceKit
import TestSupport
import Testing
import VoiceFakes

@testable import TTSWorker

@Suite(.timeLimit(.minutes(1))) struct SettingsTests {
    private func faults(_ variables: [String: String]) async throws -> [String] {
        do {
            _ = try await VoiceProviders.make(SettingsReader(variables), stateDirectory: "/nowhere", logger: quiet)
            return []
        } catch let error as ConfigurationError {
            return error.faults
        }
    }

    private func names(_ faults: [String]) -> [String] { faults.map { String($0.prefix { $0 != ":" }) } }

    @Test func whatIsMissingForAllOfThemIsNamedAtOnce() async throws {
        let found = try await faults(["TTS_PROVIDERS": "google, azure,elevenlabs,openai,compatible"])
        #expect(
            names(found) == [
                "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_SPEECH_KEY", "AZURE_SPEECH_REGION", "ELEVENLABS_API_KEY", "ELEVENLABS_TTS_VOICE",
                "OPENAI_API_KEY", "OPENAI_TTS_MODEL", "TTS_COMPATIBLE_BASE_URL", "TTS_COMPATIBLE_VOICE", "TTS_COMPATIBLE_MODEL",
            ], "\(found)")
    }

    @Test func whatIsMalformedIsNamedAtOnceAndShowsNoSecret() async throws {
        let found = try await faults([
            "TTS_PROVIDERS": "google,azure,elevenlabs,openai,compatible,google", "TTS_ATTEMPT_MS": "5", "TTS_HEDGE_MS": "50", "TTS_IDLE_MS": "x",
            "MAANE_TTS_CACHE_MB": "-1", "GOOGLE_TTS_API_KEY": "hush", "GOOGLE_TTS_VOICE": "en-US-A", "GOOGLE_TTS_BASE_URL": "http://example.com",
            "AZURE_SPEECH_KEY": "hush", "AZURE_SPEECH_REGION": "West Europe", "AZURE_TTS_VOICE": "a\"b", "ELEVENLABS_API_KEY": "hush",
            "ELEVENLABS_TTS_VOICE": "../x", "ELEVENLABS_BASE_URL": "https://user:hush@example.com", "OPENAI_API_KEY": "hush",
            "OPENAI_TTS_MODEL": "m", "OPENAI_BASE_URL": "ftp://x", "OPENAI_TTS_FORMAT": "mp3", "TTS_COMPATIBLE_BASE_URL": "http://10.0.0.5:8000/v1",
            "TTS_COMPATIBLE_API_KEY": "hush", "TTS_COMPATIBLE_MODEL": "m", "TTS_COMPATIBLE_VOICE": "v",
        ])
        #expect(
            names(found) == [
                "TTS_PROVIDERS", "TTS_ATTEMPT_MS", "TTS_HEDGE_MS", "TTS_IDLE_MS", "MAANE_TTS_CACHE_MB", "GOOGLE_TTS_BASE_URL", "GOOGLE_TTS_VOICE",
                "AZURE_SPEECH_REGION", "AZURE_TTS_VOICE", "ELEVENLABS_BASE_URL", "ELEVENLABS_TTS_VOICE", "ELEVENLABS_TTS_VOICE_MASCULINE",
                "OPENAI_BASE_URL", "OPENAI_TTS_FORMAT", "TTS_COMPATIBLE_BASE_URL",
            ], "\(found)")
        #expect(found.allSatisfy { !$0.contains("hush") })
    }

    @Test func embeddedVoicesNeedNothing() async throws {
        for name in ["local", "tone", "local,tone"] {
            let stage = try await VoiceProviders.make(SettingsReader(["TTS_PROVIDERS": name]), stateDirectory: "/nowhere", logger: quiet)
            #expect(stage.warmer == nil && stage.voice.name == (name == "tone" ? "tone" : "espeak") && !stage.voice.waitsForOthers)
        }
        #expect(try await faults([:]).isEmpty)
        #expect(names(try await faults(["TTS_PROVIDERS": "google-streaming"])) == ["TTS_PROVIDERS"])
        #expect(names(try await faults(["TTS_PROVIDERS": "google", "GOOGLE_APPLICATION_CREDENTIALS": "/key"])) == ["GOOGLE_APPLICATION_CREDENTIALS"])
    }

    @Test func providersStandBehindEachOtherAndWhatTheySayIsKept() async throws {
        let directory = try TemporaryDirectory()
        let (google, azure) = (try await FakeServer.google.session([Step(error: "UNAUTHENTICATED")]), try await FakeServer.azure.session())
        var variables = Vendor.google.variables(google.url).merging(Vendor.azure.variables(azure.url)) { $1 }
        variables["TTS_PROVIDERS"] = "google,azure,local"
        variables["MAANE_TTS_CACHE_DIR"] = directory.path + "/cache"
        let stage = try await VoiceProviders.make(SettingsReader(variables), stateDirectory: "/nowhere", logger: quiet)
        #expect(stage.voice.name == "google+azure+local" && stage.voice.waitsForOthers && stage.warmer != nil)
        try await stage.voice.warm()
        for _ in 0..<3 { #expect(try await stage.voice.hear("10001").numbers == [10_001]) }
        #expect(try await google.outcomes == ["UNAUTHENTICATED"])
        #expect(try await azure.outcomes == ["done"], "the second and third time it was kept")
        await stage.close()
    }

    @Test func whereSentencesAreKept() {
        func path(_ variables: [String: String]) -> String { CacheSettings(SettingsReader(variables), stateDirectory: "/state").path }
        #expect(path([:]) == "/state/tts-cache")
        #expect(path(["CACHE_DIRECTORY": "/var/cache/maane:/var/cache/other"]) == "/var/cache/maane/tts")
        #expect(path(["CACHE_DIRECTORY": "/var/cache/maane", "MAANE_TTS_CACHE_DIR": "/own"]) == "/own")
    }

    @Test func addressesOfProviders() {
        for url in ["https://api.example.com", "https://api.example.com:8443/v1", "http://127.0.0.1:8000/v1", "http://localhost"] {
            #expect(BaseURL.fault(url, carriesSecret: true) == nil, "\(url)")
        }
        #expect(BaseURL.fault("http://speech.lan:8000/v1", carriesSecret: false) == nil)
        for url in [
            "http://speech.lan", "http://127.0.0.1.evil.com", "example.com", "https://", "https://a b", "https://x?y", "https://u@x", "file:///x",
        ] {
            #expect(BaseURL.fault(url, carriesSecret: true) != nil, "\(url)")
        }
        #expect(BaseURL.read(SettingsReader(["U": "https://x/v1//"]), "U", default: nil, carriesSecret: true) == "https://x/v1")
    }

    /// The names that a business's file may use are those of the configuration.
    @Test func theNamesOfProvidersAreTheSameEverywhere() {
        #expect(Set(VoiceSettings.namedProviders).union(["local", "tone", "profile"]) == Set(Providers.tts))
    }
}
