/// Why a provider of hearing, thinking or speaking did not do its work. What to do about it depends on the kind alone, so each client
/// translates its vendor's codes here, once.
package struct ProviderFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Open-ended: switch with a default.
    package struct Kind: RawRepresentable, Sendable, Hashable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        /// The key, token or account was not accepted: every further attempt fails until an operator acts.
        package static let auth = Kind(rawValue: "auth")
        /// The account has no money or no quota left.
        package static let quota = Kind(rawValue: "quota")
        /// Too many requests at once or in a short time; `retryAfter` may tell when.
        package static let rateLimited = Kind(rawValue: "rate_limited")
        /// The request itself was refused: model, voice, language or a parameter. Another attempt of the same will fail too.
        package static let refused = Kind(rawValue: "refused")
        /// No connection.
        package static let unreachable = Kind(rawValue: "unreachable")
        /// TLS failed or the certificate was not accepted.
        package static let tls = Kind(rawValue: "tls")
        /// Nothing came in time.
        package static let timeout = Kind(rawValue: "timeout")
        /// The connection broke, or the provider said that it is unwell (5xx).
        package static let broken = Kind(rawValue: "broken")
        /// What came could not be read.
        package static let garbage = Kind(rawValue: "garbage")
        /// It ended well and brought nothing.
        package static let empty = Kind(rawValue: "empty")

        /// Whether the same request may do better a moment later.
        package var isPassing: Bool { ![Kind.auth, .quota, .refused].contains(self) }
    }

    package let kind: Kind
    /// What was seen and what helps, for an operator: vendor's code, never a key, a caller's word or a body.
    package let message: String
    /// What the provider asked to wait.
    package let retryAfter: Duration?

    package init(_ kind: Kind, _ message: String, retryAfter: Duration? = nil) {
        self.kind = kind
        self.message = message
        self.retryAfter = retryAfter
    }

    package var description: String { "\(kind.rawValue): \(message)" }

    /// The kind of an HTTP status that is no success.
    package static func kind(ofStatus status: Int) -> Kind {
        switch status {
        case 401, 403: .auth
        case 402: .quota
        case 408, 504: .timeout
        case 429: .rateLimited
        case 400...499: .refused
        default: .broken
        }
    }
}
