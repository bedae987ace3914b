import Audio
import Foundation
import HTTPFetch
import ProviderKit
import Signing

/// Provider `google`: Google Cloud Text-to-Speech, one REST request per sentence (`text:synthesize`). Plain text, no markup: which tags the
/// Hebrew voices understand is not known. The whole audio comes at once.
struct GoogleRESTSpeech: SpeechService {
    let name = "google"
    let baseURL: String
    private let access: GoogleAccess
    private let voices: VoiceNames

    /// In bytes of UTF-8; Google cannot raise it.
    private static let longestText = 5_000
    /// The line is a telephone's. Known of these two families only.
    private static let profile = "telephony-class-application"

    init(_ settings: GoogleRESTSettings) {
        baseURL = settings.baseURL
        access = settings.access
        voices = settings.voices
    }

    private struct Body: Encodable {
        struct Input: Encodable { let text: String }
        struct Voice: Encodable {
            let languageCode = "he-IL"
            let name: String
        }
        struct Audio: Encodable {
            let audioEncoding = "MULAW"
            let sampleRateHertz = MuLaw.sampleRate
            let effectsProfileId: [String]?
        }
        let input: Input
        let voice: Voice
        let audioConfig: Audio
    }

    private static func profiles(_ voice: String) -> [String]? {
        voice.contains("-Wavenet-") || voice.contains("-Standard-") ? [profile] : nil
    }

    func signature(of request: VoiceRequest) -> String {
        let voice = voices.choice(request, name)
        return "\(name) \(voice) \(Self.profiles(voice)?.joined() ?? "")"
    }

    func httpRequest(for request: VoiceRequest) async throws -> HTTPRequest {
        let text = try SpokenText.checked(request, name, limit: Self.longestText) { $0.utf8.count }
        let voice = voices.choice(request, name)
        let body = Body(input: .init(text: text), voice: .init(name: voice), audioConfig: .init(effectsProfileId: Self.profiles(voice)))
        var headers = [(name: "Content-Type", value: "application/json; charset=utf-8")]
        switch access {
        case .apiKey(let key): headers.append(("x-goog-api-key", key))
        case .token(let source): headers.append(("Authorization", "Bearer \(try await token(source))"))
        }
        return HTTPRequest(
            method: "POST", url: baseURL + "/v1/text:synthesize", headers: headers, body: Array(try JSONEncoder().encode(body)))
    }

    private func token(_ source: any AccessTokenSource) async throws -> String {
        do {
            return try await source.token()
        } catch let error where !(error is CancellationError) && !(error is ProviderFailure) {
            throw ProviderFailure(.auth, "Google gave no access token (\(type(of: error))); check the service account's key")
        }
    }

    func makeReader(_ type: String) -> (any SpeechReader & Sendable)? { GoogleReader() }

    private struct Problem: Decodable {
        struct Error: Decodable {
            let status: String?
        }
        let error: Error
    }

    func failure(_ response: HTTPStreamedResponse, body: [UInt8]) -> ProviderFailure {
        let problem = try? JSONDecoder().decode(Problem.self, from: Data(body))
        let status = ProviderFailure.code(problem?.error.status)
        let kind: ProviderFailure.Kind =
            switch status {
            case "UNAUTHENTICATED", "PERMISSION_DENIED": .auth
            // Quotas are per minute: it passes.
            case "RESOURCE_EXHAUSTED": .rateLimited
            case "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "OUT_OF_RANGE", "UNIMPLEMENTED": .refused
            case "DEADLINE_EXCEEDED": .timeout
            case "UNAVAILABLE", "INTERNAL", "ABORTED", "UNKNOWN": .broken
            default: ProviderFailure.kind(ofStatus: response.status)
            }
        let remedy: String =
            switch kind {
            case .auth: "check the credentials, and that Text-to-Speech is switched on for the project"
            case .refused: "check the voice's name"
            default: "look at Google's status page and the project's quotas"
            }
        return ProviderFailure(
            kind, "google answered \(response.status)\(status.map { " \($0)" } ?? ""); \(remedy)",
            retryAfter: ProviderFailure.retryAfter(response))
    }
}

/// `{"audioContent": "<base64>"}`, read when it is whole.
private struct GoogleReader: SpeechReader {
    private struct Answer: Decodable { let audioContent: String }

    private var body: [UInt8] = []

    mutating func read(_ bytes: [UInt8]) throws -> [UInt8] {
        body += bytes
        return []
    }

    mutating func finish() throws -> [UInt8] {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(body)), let bytes = Base64.decode(answer.audioContent) else {
            throw ProviderFailure(.garbage, "google answered with something that is not its audio; see whether a proxy stands between")
        }
        var audio = LineAudio(.muLaw)
        return try audio.process(bytes) + audio.finish()
    }
}
