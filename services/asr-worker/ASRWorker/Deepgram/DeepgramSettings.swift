import ProviderKit
import ServiceKit

/// Provider `deepgram`.
///
/// `DEEPGRAM_API_KEY` is required. `DEEPGRAM_BASE_URL` (`wss://api.deepgram.com`), `DEEPGRAM_MODEL` (`nova-3`), `DEEPGRAM_LANGUAGE` (`he`) and
/// `DEEPGRAM_ENDPOINTING_MS` (300: silence after which Deepgram makes words final by itself) have defaults.
package struct DeepgramSettings: Sendable {
    package var key: Secret
    package var address: String
    package var model: String
    package var language: String
    package var endpointingMilliseconds: Int

    package init(_ reader: SettingsReader) {
        key = reader.key("DEEPGRAM_API_KEY", "make one in Deepgram's console, or take deepgram out of ASR_PROVIDERS")
        address = reader.providerAddress("DEEPGRAM_BASE_URL", default: "wss://api.deepgram.com", ("wss", "ws"))
        model = reader.string("DEEPGRAM_MODEL", default: "nova-3")
        language = reader.string("DEEPGRAM_LANGUAGE", default: "he")
        endpointingMilliseconds = reader.integer("DEEPGRAM_ENDPOINTING_MS", default: 300, in: 10...5_000)
    }
}

extension SettingsReader {
    /// A key as it stands in a header. What it is, is never repeated.
    func key(_ variable: String, _ remedy: String) -> Secret {
        let value = required(variable, secret: true, remedy)
        guard value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            fault(variable, "holds a space, a line break or a letter that no key has; copy it again")
            return Secret("")
        }
        return Secret(value)
    }
}
