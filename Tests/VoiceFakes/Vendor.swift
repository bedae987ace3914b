/// The providers that have a fake, and what an operator sets for each.
package enum Vendor: String, CaseIterable, Sendable {
    case google, azure, elevenlabs, openai, compatible

    package var server: FakeServer {
        switch self {
        case .google: .google
        case .azure: .azure
        case .elevenlabs: .elevenLabs
        case .openai, .compatible: .openAI
        }
    }

    package var options: [String: String] { self == .compatible ? ["compatible": "yes"] : [:] }

    /// The audio comes whole.
    package var isUnary: Bool { self == .google }

    /// So much audio as it comes on the wire.
    package func bytes(milliseconds: Int) -> Int {
        switch self {
        case .google: milliseconds * 8 * 4 / 3
        case .azure, .elevenlabs: milliseconds * 8
        case .openai, .compatible: milliseconds * 48
        }
    }

    package static let key = "fake-key"

    /// What an operator sets.
    package func variables(_ url: String, key: String = Vendor.key) -> [String: String] {
        switch self {
        case .google: ["GOOGLE_TTS_API_KEY": key, "GOOGLE_TTS_BASE_URL": url]
        case .azure: ["AZURE_SPEECH_KEY": key, "AZURE_SPEECH_BASE_URL": url]
        case .elevenlabs:
            [
                "ELEVENLABS_API_KEY": key, "ELEVENLABS_BASE_URL": url, "ELEVENLABS_TTS_VOICE": "voiceOfDana000000001",
                "ELEVENLABS_TTS_VOICE_MASCULINE": "voiceOfYossi00000002",
            ]
        case .openai: ["OPENAI_API_KEY": key, "OPENAI_BASE_URL": url + "/v1", "OPENAI_TTS_MODEL": "gpt-4o-mini-tts"]
        case .compatible:
            [
                "TTS_COMPATIBLE_BASE_URL": url + "/v1", "TTS_COMPATIBLE_MODEL": "piper-he", "TTS_COMPATIBLE_VOICE": "noa",
                "TTS_COMPATIBLE_VOICE_MASCULINE": "yoav",
            ]
        }
    }
}
