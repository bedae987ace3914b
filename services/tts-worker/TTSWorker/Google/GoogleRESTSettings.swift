import ServiceKit

/// What `google` needs.
struct GoogleRESTSettings: Sendable {
    var baseURL = "https://texttospeech.googleapis.com"
    var access: GoogleAccess
    /// A and C are women's voices, B and D men's.
    var voices = VoiceNames(feminine: "he-IL-Wavenet-A", masculine: "he-IL-Wavenet-B")

    init(access: GoogleAccess) { self.access = access }

    /// Reads `GOOGLE_TTS_API_KEY` (instead of a service account), `GOOGLE_TTS_BASE_URL`, `GOOGLE_TTS_VOICE` (he-IL-Wavenet-A) and
    /// `GOOGLE_TTS_VOICE_MASCULINE` (he-IL-Wavenet-B). Faults are left in the reader.
    /// - Parameter tokens: reads the service account's variables; nil when none is set.
    init?(_ reader: SettingsReader, tokens: (SettingsReader) -> (any AccessTokenSource)?) {
        let key = reader.optional("GOOGLE_TTS_API_KEY", secret: true)
        let access = key.map { GoogleAccess.apiKey($0) } ?? tokens(reader).map { GoogleAccess.token($0) }
        let url = BaseURL.read(reader, "GOOGLE_TTS_BASE_URL", default: "https://texttospeech.googleapis.com", carriesSecret: true)
        let voices = VoiceNames.read(reader, "GOOGLE_TTS_VOICE", feminine: "he-IL-Wavenet-A", masculine: "he-IL-Wavenet-B")
        for (variable, name) in [("GOOGLE_TTS_VOICE", voices.feminine), ("GOOGLE_TTS_VOICE_MASCULINE", voices.masculine)]
        where !name.hasPrefix("he-IL-") {
            reader.fault(variable, "\(name) is no Hebrew voice; their names begin with he-IL-, for example he-IL-Wavenet-A")
        }
        guard let access else {
            // What is wrong with the account has been said by who read it.
            if reader.optional("GOOGLE_APPLICATION_CREDENTIALS", secret: true) == nil {
                reader.fault(
                    "GOOGLE_APPLICATION_CREDENTIALS",
                    "is not set, and google is in TTS_PROVIDERS; name the service account's key file, or set GOOGLE_TTS_API_KEY")
            }
            return nil
        }
        guard let url else { return nil }
        self.access = access
        baseURL = url
        self.voices = voices
    }
}

extension VoiceNames {
    /// `<variable>` and `<variable>_MASCULINE`.
    static func read(_ reader: SettingsReader, _ variable: String, feminine: String, masculine: String) -> VoiceNames {
        func read(_ variable: String, _ standard: String) -> String {
            let name = reader.string(variable, default: standard)
            if !name.isEmpty, let fault = fault(name) { reader.fault(variable, fault) }
            return name
        }
        return VoiceNames(feminine: read(variable, feminine), masculine: read(variable + "_MASCULINE", masculine))
    }

    /// Names stand in addresses and in markup.
    static func fault(_ name: String) -> String? {
        let isSound = name.utf8.count <= 100 && name.utf8.allSatisfy {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || "-_.:+".utf8.contains($0)
        }
        return isSound ? nil : "has other characters than a voice's name; copy it from the provider: letters, digits and - _ . : +"
    }
}
