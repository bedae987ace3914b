import ServiceKit

/// What `openai` or `compatible` needs.
struct OpenAISpeechSettings: Sendable, CustomReflectable {
    enum Format: String, Sendable, CaseIterable { case pcm, wav }

    var provider: String
    var baseURL: String
    /// nil: a server that asks for none.
    var key: String?
    var organization: String?
    var project: String?
    var model: String
    var voices: VoiceNames
    var format: Format
    /// How to speak, in words; for models that take it.
    var instructions: String?

    var customMirror: Mirror { Mirror(self, children: ["provider": provider, "baseURL": baseURL, "model": model]) }

    /// Models that OpenAI has announced to switch off, and when.
    static let endingModels = [
        "tts-1": "2027-01-06", "tts-1-hd": "2027-01-06", "gpt-4o-mini-tts": "2027-01-06", "gpt-4o-mini-tts-2025-12-15": "2027-01-06",
    ]

    /// Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORGANIZATION`, `OPENAI_PROJECT`, `OPENAI_TTS_MODEL` (required: names end),
    /// `OPENAI_TTS_VOICE` (coral), `OPENAI_TTS_VOICE_MASCULINE` (ash), `OPENAI_TTS_FORMAT` (pcm or wav) and `OPENAI_TTS_INSTRUCTIONS`.
    static func openAI(_ reader: SettingsReader) -> OpenAISpeechSettings {
        OpenAISpeechSettings(
            provider: "openai",
            baseURL: BaseURL.read(reader, "OPENAI_BASE_URL", default: "https://api.openai.com/v1", carriesSecret: true) ?? "",
            key: reader.required("OPENAI_API_KEY", secret: true, "copy it from the account's settings"),
            organization: reader.optional("OPENAI_ORGANIZATION"), project: reader.optional("OPENAI_PROJECT"),
            model: reader.required("OPENAI_TTS_MODEL", "name a model for speech that the account has; tts-1 and gpt-4o-mini-tts end on 2027-01-06"),
            voices: VoiceNames.read(reader, "OPENAI_TTS_VOICE", feminine: "coral", masculine: "ash"), format: format(reader, "OPENAI_TTS_FORMAT"),
            instructions: reader.optional("OPENAI_TTS_INSTRUCTIONS"))
    }

    /// Reads `TTS_COMPATIBLE_BASE_URL` (required, with its path, for example http://127.0.0.1:8000/v1), `TTS_COMPATIBLE_API_KEY`,
    /// `TTS_COMPATIBLE_MODEL` and `TTS_COMPATIBLE_VOICE` (both required), `TTS_COMPATIBLE_VOICE_MASCULINE` (the same voice),
    /// `TTS_COMPATIBLE_FORMAT` (pcm or wav) and `TTS_COMPATIBLE_INSTRUCTIONS`.
    static func compatible(_ reader: SettingsReader) -> OpenAISpeechSettings {
        let key = reader.optional("TTS_COMPATIBLE_API_KEY", secret: true)
        let url = BaseURL.read(reader, "TTS_COMPATIBLE_BASE_URL", default: nil, carriesSecret: key != nil)
        if url == nil { reader.fault("TTS_COMPATIBLE_BASE_URL", "is not set; write the server's address with its path, as http://127.0.0.1:8000/v1") }
        let voice = reader.required("TTS_COMPATIBLE_VOICE", "name a voice of the server; a business may have another one")
        return OpenAISpeechSettings(
            provider: "compatible", baseURL: url ?? "", key: key,
            model: reader.required("TTS_COMPATIBLE_MODEL", "name a model for speech that the server has"),
            voices: VoiceNames.read(reader, "TTS_COMPATIBLE_VOICE", feminine: voice, masculine: voice),
            format: format(reader, "TTS_COMPATIBLE_FORMAT"), instructions: reader.optional("TTS_COMPATIBLE_INSTRUCTIONS"))
    }

    private static func format(_ reader: SettingsReader, _ variable: String) -> Format {
        let text = reader.string(variable, default: Format.pcm.rawValue)
        if let format = Format(rawValue: text) { return format }
        reader.fault(variable, "\(text) is neither pcm nor wav")
        return .pcm
    }
}
