import Hebrew
import Logging
import ServiceKit

/// Makes the voice that the configuration names first.
package enum VoiceProviders {
    /// - Throws: when the provider cannot work here, with the remedy.
    package static func make(_ reader: SettingsReader) throws -> any Voice {
        let names = reader.list("TTS_PROVIDERS", default: ["local"], allowed: Providers.tts)
        try reader.finish()
        switch names[0] {
        case "tone": return ToneVoice()
        default: return EspeakVoice(pronounce: { Pronunciation.espeakInput(for: $0) })
        }
    }
}
