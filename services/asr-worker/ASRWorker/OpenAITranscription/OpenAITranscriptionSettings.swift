import ProviderKit
import ServiceKit

/// A server that answers `/v1/audio/transcriptions` as OpenAI's does.
package struct OpenAITranscriptionSettings: Sendable {
    /// As in `ASR_PROVIDERS`.
    package var name: String
    /// Empty for a server of one's own that asks for none.
    package var key: Secret
    /// With the version, without a slash at its end: `https://api.openai.com/v1`.
    package var address: String
    package var model: String
    package var language: String
    /// Asks for the text in pieces as the model writes it.
    package var wantsStream: Bool
    /// OpenAI's organisation and project, for accounts with several.
    package var organization: String?
    package var project: String?
    /// For one utterance. The session asks another provider long before.
    package var timeout = Duration.seconds(15)
    /// For what an operator is told.
    package var variables: (key: String, address: String)

    /// Provider `openai`. `OPENAI_API_KEY` is required; `OPENAI_BASE_URL` (`https://api.openai.com/v1`), `OPENAI_STT_MODEL`
    /// (`gpt-transcribe`), `OPENAI_STT_LANGUAGE` (`he`), `OPENAI_STT_STREAM` (on) have defaults; `OPENAI_ORGANIZATION` and `OPENAI_PROJECT`
    /// may be set.
    package static func openAI(_ reader: SettingsReader) -> OpenAITranscriptionSettings {
        OpenAITranscriptionSettings(
            name: "openai", key: reader.key("OPENAI_API_KEY", "make one at OpenAI, or take openai out of ASR_PROVIDERS"),
            address: reader.providerAddress("OPENAI_BASE_URL", default: "https://api.openai.com/v1"),
            model: reader.string("OPENAI_STT_MODEL", default: "gpt-transcribe"), language: reader.string("OPENAI_STT_LANGUAGE", default: "he"),
            wantsStream: reader.flag("OPENAI_STT_STREAM", default: true), organization: reader.header("OPENAI_ORGANIZATION"),
            project: reader.header("OPENAI_PROJECT"), variables: ("OPENAI_API_KEY", "OPENAI_BASE_URL"))
    }

    /// Provider `compatible`: speaches, whisper.cpp, vLLM and others, which is also how ivrit.ai's models are used. `ASR_COMPATIBLE_BASE_URL`
    /// is required; `ASR_COMPATIBLE_API_KEY` (none), `ASR_COMPATIBLE_MODEL` (`ivrit-ai/whisper-large-v3-turbo-ct2`),
    /// `ASR_COMPATIBLE_LANGUAGE` (`he`: those models detect no language) and `ASR_COMPATIBLE_STREAM` (off: not every server knows it) have
    /// defaults.
    package static func compatible(_ reader: SettingsReader) -> OpenAITranscriptionSettings {
        let key = reader.optional("ASR_COMPATIBLE_API_KEY", secret: true) == nil ? Secret("") : reader.key("ASR_COMPATIBLE_API_KEY", "")
        return OpenAITranscriptionSettings(
            name: "compatible", key: key, address: reader.providerAddress("ASR_COMPATIBLE_BASE_URL", default: nil),
            model: reader.string("ASR_COMPATIBLE_MODEL", default: "ivrit-ai/whisper-large-v3-turbo-ct2"),
            language: reader.string("ASR_COMPATIBLE_LANGUAGE", default: "he"), wantsStream: reader.flag("ASR_COMPATIBLE_STREAM", default: false),
            variables: ("ASR_COMPATIBLE_API_KEY", "ASR_COMPATIBLE_BASE_URL"))
    }
}

extension SettingsReader {
    /// What goes into a header as it is.
    fileprivate func header(_ variable: String) -> String? {
        guard let value = optional(variable) else { return nil }
        guard value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            fault(variable, "holds a space or a letter that no header takes")
            return nil
        }
        return value
    }
}
