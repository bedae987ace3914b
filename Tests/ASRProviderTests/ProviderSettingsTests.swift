import ASRWorker
import ProviderKit
import ServiceKit
import Testing

@Suite struct ProviderSettingsTests {
    @Test func defaults() {
        let reader = SettingsReader([
            "DEEPGRAM_API_KEY": "d", "SONIOX_API_KEY": "s", "ELEVENLABS_API_KEY": "e", "OPENAI_API_KEY": "o",
            "ASR_COMPATIBLE_BASE_URL": "http://127.0.0.1:8000/v1/",
        ])
        let deepgram = DeepgramSettings(reader)
        #expect((deepgram.address, deepgram.model, deepgram.language) == ("wss://api.deepgram.com", "nova-3", "he"))
        let soniox = SonioxSettings(reader)
        #expect((soniox.address, soniox.model, soniox.audioFormat) == ("wss://stt-rt.soniox.com/transcribe-websocket", "stt-rt-v5", "mulaw"))
        let elevenLabs = ElevenLabsTranscriptionSettings(reader)
        #expect((elevenLabs.address, elevenLabs.model, elevenLabs.wantsTimestamps) == ("wss://api.elevenlabs.io", "scribe_v2_realtime", false))
        let openAI = OpenAITranscriptionSettings.openAI(reader)
        #expect((openAI.address, openAI.model, openAI.wantsStream) == ("https://api.openai.com/v1", "gpt-transcribe", true))
        let own = OpenAITranscriptionSettings.compatible(reader)
        #expect((own.address, own.model, own.key.isEmpty) == ("http://127.0.0.1:8000/v1", "ivrit-ai/whisper-large-v3-turbo-ct2", true))
        #expect(reader.faults.isEmpty)
    }

    /// Everything that is wrong is named at once, and no value of a key is repeated.
    @Test func faults() {
        let reader = SettingsReader([
            "DEEPGRAM_API_KEY": "two words", "DEEPGRAM_BASE_URL": "ftp://h", "DEEPGRAM_ENDPOINTING_MS": "5",
            "SONIOX_BASE_URL": "ws://far.example.com", "ELEVENLABS_API_KEY": "e", "ELEVENLABS_BASE_URL": "https://user:hidden@h/",
            "OPENAI_API_KEY": "o", "OPENAI_STT_STREAM": "maybe",
            "OPENAI_ORGANIZATION": "a b",
        ])
        _ = (DeepgramSettings(reader), SonioxSettings(reader), ElevenLabsTranscriptionSettings(reader))
        _ = (OpenAITranscriptionSettings.openAI(reader), OpenAITranscriptionSettings.compatible(reader))
        let named = Set(reader.faults.map { String($0.prefix { $0 != ":" }) })
        #expect(
            named == [
                "DEEPGRAM_API_KEY", "DEEPGRAM_BASE_URL", "DEEPGRAM_ENDPOINTING_MS", "SONIOX_API_KEY", "SONIOX_BASE_URL", "ELEVENLABS_BASE_URL",
                "OPENAI_STT_STREAM", "OPENAI_ORGANIZATION", "ASR_COMPATIBLE_BASE_URL",
            ])
        #expect(!reader.faults.joined().contains("two words") && !reader.faults.joined().contains("hidden"))
    }

    @Test(arguments: [
        ("https://h/v1/", "https://h/v1"), ("wss://h", "https://h"), ("HTTPS://h:8/x//", "https://h:8/x"),
        ("http://localhost:1", "http://localhost:1"), ("ws://[::1]:5/v1", "http://[::1]:5/v1"), ("http://127.0.0.1", "http://127.0.0.1"),
    ])
    func addresses(_ text: String, _ address: String) {
        let reader = SettingsReader(["X_URL": text])
        #expect(reader.providerAddress("X_URL", default: nil) == address)
        #expect(reader.faults.isEmpty)
    }

    @Test(arguments: [
        "http://h", "http://127.0.0.1.evil.org", "h", "https://", "https://h?key=1", "https://h#f", "file:///etc/passwd", "https://h /",
    ])
    func addressesThatAreNone(_ text: String) {
        let reader = SettingsReader(["X_URL": text])
        #expect(reader.providerAddress("X_URL", default: nil) == "")
        #expect(reader.faults.count == 1)
    }

    @Test func keysAreNotPrinted() {
        let reader = SettingsReader(["DEEPGRAM_API_KEY": "sk-hidden", "OPENAI_API_KEY": "sk-hidden"])
        let (deepgram, openAI) = (DeepgramSettings(reader), OpenAITranscriptionSettings.openAI(reader))
        var dumped = "\(deepgram) \(openAI) \(String(reflecting: deepgram)) \(String(reflecting: openAI))"
        dump(deepgram, to: &dumped)
        dump(openAI, to: &dumped)
        #expect(!dumped.contains("hidden") && dumped.contains("(secret)"))
        #expect(deepgram.key.value == "sk-hidden")
    }
}
