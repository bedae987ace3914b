import ProviderKit
import ServiceKit

/// Provider `soniox`.
///
/// `SONIOX_API_KEY` is required. `SONIOX_BASE_URL` (`wss://stt-rt.soniox.com/transcribe-websocket`, the whole address), `SONIOX_MODEL`
/// (`stt-rt-v5`), `SONIOX_LANGUAGE` (`he`) and `SONIOX_AUDIO_FORMAT` (`mulaw`: Soniox's name for headerless G.711 mu-law) have defaults.
package struct SonioxSettings: Sendable {
    package var key: Secret
    package var address: String
    package var model: String
    package var language: String
    package var audioFormat: String

    package init(_ reader: SettingsReader) {
        key = reader.key("SONIOX_API_KEY", "make one in Soniox's console, or take soniox out of ASR_PROVIDERS")
        address = reader.providerAddress("SONIOX_BASE_URL", default: "wss://stt-rt.soniox.com/transcribe-websocket", ("wss", "ws"))
        model = reader.string("SONIOX_MODEL", default: "stt-rt-v5")
        language = reader.string("SONIOX_LANGUAGE", default: "he")
        audioFormat = reader.string("SONIOX_AUDIO_FORMAT", default: "mulaw")
    }
}
