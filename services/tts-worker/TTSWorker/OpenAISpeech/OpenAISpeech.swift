import Audio
import Foundation
import HTTPFetch
import ProviderKit

/// Providers `openai` and `compatible`: `/audio/speech` of OpenAI, and of servers that answer as it does. Samples of 24 kHz come as they are
/// made, and become the line's 8 kHz with state, so that no boundary of chunks is heard.
struct OpenAISpeech: SpeechService {
    let name: String
    let baseURL: String
    private let settings: OpenAISpeechSettings

    /// In characters.
    private static let longestText = 4_096
    /// Of `pcm`, which has no header.
    private static let sampleRate = 24_000
    private static let resampler = Resampler(from: sampleRate, to: MuLaw.sampleRate)

    init(_ settings: OpenAISpeechSettings) {
        name = settings.provider
        baseURL = settings.baseURL
        self.settings = settings
    }

    private struct Body: Encodable {
        let model: String
        let input: String
        let voice: String
        let responseFormat: String
        let instructions: String?

        enum CodingKeys: String, CodingKey {
            case model, input, voice, instructions
            case responseFormat = "response_format"
        }
    }

    func signature(of request: VoiceRequest) -> String {
        // A server of one's own may be replaced by another with the same names.
        "\(name) \(baseURL) \(settings.voices.choice(request, name)) \(settings.model) \(settings.instructions ?? "")"
    }

    func httpRequest(for request: VoiceRequest) async throws -> HTTPRequest {
        let text = try SpokenText.checked(request, name, limit: Self.longestText) { $0.unicodeScalars.count }
        let body = Body(
            model: settings.model, input: text, voice: settings.voices.choice(request, name), responseFormat: settings.format.rawValue,
            instructions: settings.instructions)
        var headers = [(name: "Content-Type", value: "application/json"), (name: "Accept", value: "application/octet-stream")]
        if let key = settings.key { headers.append(("Authorization", "Bearer \(key)")) }
        if let organization = settings.organization { headers.append(("OpenAI-Organization", organization)) }
        if let project = settings.project { headers.append(("OpenAI-Project", project)) }
        return HTTPRequest(method: "POST", url: baseURL + "/audio/speech", headers: headers, body: Array(try JSONEncoder().encode(body)))
    }

    /// A header is read whichever was asked for: some servers send one with `pcm`.
    func makeReader(_ type: String) -> (any SpeechReader & Sendable)? {
        let audio = LineAudio(.pcm(sampleRate: Self.sampleRate), mayBeMPEG: type.hasPrefix("audio/mp")) { rate in
            rate == Self.sampleRate ? Self.resampler : Resampler(from: rate, to: MuLaw.sampleRate)
        }
        return AudioReader(audio, type: type)
    }

    /// Some servers put the code into `type`, or have a text for `error`.
    private struct Problem: Decodable {
        struct Error: Decodable {
            let code: String?
            let type: String?
        }
        let error: Error
    }

    func failure(_ response: HTTPStreamedResponse, body: [UInt8]) -> ProviderFailure {
        let error = (try? JSONDecoder().decode(Problem.self, from: Data(body)))?.error
        let code = ProviderFailure.code(error?.code) ?? ProviderFailure.code(error?.type)
        let (kind, remedy): (ProviderFailure.Kind, String) =
            switch code {
            case "invalid_api_key", "account_deactivated": (.auth, "check the key")
            case "insufficient_quota", "billing_hard_limit_reached": (.quota, "the account's credit is used up")
            case "rate_limit_exceeded", "slow_down": (.rateLimited, "the account's limit of requests is reached")
            case "server_is_overloaded", "server_error": (.broken, "the provider is unwell")
            case "model_not_found": (.refused, "check the model: it may have been switched off")
            default:
                switch response.status {
                case 401, 403: (.auth, "check the key")
                case 400, 404, 422: (.refused, "check the address, the model and the voice")
                default: (ProviderFailure.kind(ofStatus: response.status), "look at the provider's status page")
                }
            }
        return ProviderFailure(
            kind, "\(name) answered \(response.status)\(code.map { " \($0)" } ?? ""); \(remedy)",
            retryAfter: ProviderFailure.retryAfter(response))
    }
}
