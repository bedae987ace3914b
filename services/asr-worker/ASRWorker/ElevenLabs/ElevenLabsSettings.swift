import ProviderKit
import ServiceKit

/// Provider `elevenlabs` (Scribe).
///
/// `ELEVENLABS_API_KEY` is required. `ELEVENLABS_BASE_URL` (`https://api.elevenlabs.io`, the voices' too), `ELEVENLABS_STT_MODEL`
/// (`scribe_v2_realtime`), `ELEVENLABS_STT_LANGUAGE` (`he`) and `ELEVENLABS_STT_TIMESTAMPS` (off: with them each final waits for a second
/// message that has its words' times) have defaults.
package struct ElevenLabsTranscriptionSettings: Sendable {
    package var key: Secret
    package var address: String
    package var model: String
    package var language: String
    package var wantsTimestamps: Bool

    package init(_ reader: SettingsReader) {
        key = reader.key("ELEVENLABS_API_KEY", "make one in ElevenLabs' settings, or take elevenlabs out of ASR_PROVIDERS")
        address = reader.providerAddress("ELEVENLABS_BASE_URL", default: "https://api.elevenlabs.io", ("wss", "ws"))
        model = reader.string("ELEVENLABS_STT_MODEL", default: "scribe_v2_realtime")
        language = reader.string("ELEVENLABS_STT_LANGUAGE", default: "he")
        wantsTimestamps = reader.flag("ELEVENLABS_STT_TIMESTAMPS", default: false)
    }
}
