import ProviderKit
import WebSocketClient

/// ElevenLabs' Scribe in real time. Utterances end when we say so (`commit_strategy=manual`). Mu-law goes straight through.
package struct ElevenLabsTranscription: SocketProvider {
    package let name = "elevenlabs"
    /// The model begins to answer with its third second of audio, or with a commit. A session without audio was seen to end after 15 s.
    package let traits = StreamTraits(silence: .keepAlive, chunkMilliseconds: 100, keepAliveMilliseconds: 5_000, finalizes: true)
    let client: WebSocketClient
    private let settings: ElevenLabsTranscriptionSettings

    package init(_ settings: ElevenLabsTranscriptionSettings, client: WebSocketClient) {
        self.settings = settings
        self.client = client
    }

    func request(_ hints: RecognitionHints) -> WebSocketRequest {
        var query: [(name: String, value: String)] = [
            ("model_id", settings.model), ("audio_format", "ulaw_8000"), ("language_code", settings.language), ("commit_strategy", "manual"),
        ]
        if settings.wantsTimestamps { query.append(("include_timestamps", "true")) }
        query += hints.phrases(atMost: 50, length: 20, total: 1_000).map { ("keyterms", $0) }
        return WebSocketRequest(
            url: settings.address + "/v1/speech-to-text/realtime", query: query, headers: [("xi-api-key", settings.key.value)])
    }

    func dialect(_ hints: RecognitionHints) -> ElevenLabsDialect {
        ElevenLabsDialect(
            isTimed: settings.wantsTimestamps,
            failures: VendorFailures(
                name: name, key: settings.key, keyVariable: "ELEVENLABS_API_KEY", addressVariable: "ELEVENLABS_BASE_URL"))
    }
}
