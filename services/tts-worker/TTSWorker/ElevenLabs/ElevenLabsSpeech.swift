import Foundation
import HTTPFetch
import ProviderKit
import ServiceKit

/// Provider `elevenlabs`: text-to-speech streamed as mu-law. Of its models only `eleven_v3` speaks Hebrew.
struct ElevenLabsSpeech: SpeechService {
    let name = "elevenlabs"
    let baseURL: String
    private let key: String
    private let model: String
    private let voices: VoiceNames

    /// Of `eleven_v3`, in characters.
    private static let longestText = 5_000

    init(_ settings: ElevenLabsSpeechSettings) {
        baseURL = settings.baseURL
        key = settings.key
        model = settings.model
        voices = settings.voices
    }

    private struct Body: Encodable {
        let text: String
        let modelID: String
        let languageCode = "he"

        enum CodingKeys: String, CodingKey {
            case text
            case modelID = "model_id"
            case languageCode = "language_code"
        }
    }

    func signature(of request: VoiceRequest) -> String { "\(name) \(voices.choice(request, name)) \(model)" }

    func httpRequest(for request: VoiceRequest) async throws -> HTTPRequest {
        let text = try SpokenText.checked(request, name, limit: Self.longestText) { $0.unicodeScalars.count }
        return HTTPRequest(
            method: "POST", url: "\(baseURL)/v1/text-to-speech/\(voices.choice(request, name))/stream?output_format=ulaw_8000",
            headers: [("xi-api-key", key), ("Content-Type", "application/json")],
            body: Array(try JSONEncoder().encode(Body(text: text, modelID: model))))
    }

    func makeReader(_ type: String) -> (any SpeechReader & Sendable)? { AudioReader(LineAudio(.muLaw), type: type) }

    /// `detail` is an object with a status, or a list of what is wrong with the request's fields.
    private struct Problem: Decodable {
        struct Detail: Decodable {
            let status: String?
            let code: String?
        }
        let detail: Detail
    }

    func failure(_ response: HTTPStreamedResponse, body: [UInt8]) -> ProviderFailure {
        let detail = (try? JSONDecoder().decode(Problem.self, from: Data(body)))?.detail
        let code = ProviderFailure.code(detail?.status) ?? ProviderFailure.code(detail?.code)
        let (kind, remedy): (ProviderFailure.Kind, String) =
            switch code {
            case "invalid_api_key", "missing_api_key", "missing_permissions", "detected_unusual_activity":
                (.auth, "check the key and its permissions")
            // It comes with the status of a wrong key.
            case "quota_exceeded": (.quota, "the account's credits are used up")
            case "too_many_concurrent_requests", "system_busy", "rate_limit_exceeded":
                (.rateLimited, "the plan allows fewer sentences at once, or the service is busy")
            case "voice_not_found", "model_not_found", "invalid_uid": (.refused, "check the voice's id and the model")
            case "max_character_limit_exceeded", "text_too_long": (.unsuitable, "the text is too long for the model or the plan")
            default:
                switch response.status {
                case 401, 403: (.auth, "check the key and its permissions")
                case 404, 422: (.refused, "check the voice's id and the model")
                default: (ProviderFailure.kind(ofStatus: response.status), "look at the provider's status page")
                }
            }
        return ProviderFailure(
            kind, "elevenlabs answered \(response.status)\(code.map { " \($0)" } ?? ""); \(remedy)",
            retryAfter: ProviderFailure.retryAfter(response))
    }
}

/// What `elevenlabs` needs.
struct ElevenLabsSpeechSettings: Sendable {
    var key: String
    var baseURL: String
    var model: String
    var voices: VoiceNames

    /// Reads `ELEVENLABS_API_KEY`, `ELEVENLABS_BASE_URL`, `ELEVENLABS_TTS_MODEL` (eleven_v3), `ELEVENLABS_TTS_VOICE` (required: voices belong to
    /// accounts) and `ELEVENLABS_TTS_VOICE_MASCULINE` (the same voice). Faults are left in the reader.
    init(_ reader: SettingsReader) {
        key = reader.required("ELEVENLABS_API_KEY", secret: true, "copy it from the account's settings")
        baseURL = BaseURL.read(reader, "ELEVENLABS_BASE_URL", default: "https://api.elevenlabs.io", carriesSecret: true) ?? ""
        model = reader.string("ELEVENLABS_TTS_MODEL", default: "eleven_v3")
        let voice = reader.required("ELEVENLABS_TTS_VOICE", "copy the id of a voice of the account; a business may have another one")
        voices = VoiceNames.read(reader, "ELEVENLABS_TTS_VOICE", feminine: voice, masculine: voice)
    }
}
