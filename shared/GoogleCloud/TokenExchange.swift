import Foundation
import HTTPFetch
import ProviderKit

/// Exchanges a signed assertion for an OAuth token (RFC 7523).
package struct TokenExchange: Sendable {
    private static let grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"

    private let fetch: HTTPFetch
    private let url: String
    private let timeout: Duration

    package init(_ fetch: HTTPFetch, url: String, timeout: Duration = .seconds(5)) {
        self.fetch = fetch
        self.url = url
        self.timeout = timeout
    }

    private struct Answer: Decodable {
        let access_token: String?
        let expires_in: Int?
        let error: String?
    }

    func grant(_ assertion: String, now: Int) async throws -> GrantedToken {
        // Only the grant type has characters that need an escape; an assertion is base64url and dots.
        let body = "grant_type=\(Self.grantType.replacing(":", with: "%3A"))&assertion=\(assertion)"
        var request = HTTPRequest(
            method: "POST", url: url, headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array(body.utf8))
        request.timeout = timeout
        request.maximumResponseBytes = 64 << 10
        let response: HTTPResponse
        do {
            response = try await fetch.send(request)
        } catch let error as HTTPFetchError {
            throw ProviderFailure(Self.kind(error), "Google's token server gave no answer: \(error.message)")
        }
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        guard response.status == 200 else {
            // 400 with `invalid_grant` is a key that was deleted, or a clock that is wrong.
            let kind: ProviderFailure.Kind = response.status == 400 ? .auth : ProviderFailure.kind(ofStatus: response.status)
            let code = (answer?.error).map { VendorText.cleaned($0, limit: 40) } ?? "no code"
            throw ProviderFailure(
                kind,
                "Google's token server refused the service account (HTTP \(response.status), \(code)); check that the key exists and the clock is right"
            )
        }
        guard let text = answer?.access_token, !text.isEmpty, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw ProviderFailure(.garbage, "Google's token server answered without a token; check GOOGLE_TOKEN_URL")
        }
        return GrantedToken(text: text, expires: now + min(max(answer?.expires_in ?? 3600, 60), 86_400))
    }

    private static func kind(_ error: HTTPFetchError) -> ProviderFailure.Kind {
        switch error.code {
        case .connectFailed, .full: .unreachable
        case .tls: .tls
        case .timeout: .timeout
        case .invalidRequest: .refused
        case .tooLarge: .garbage
        default: .broken
        }
    }
}
