import Signing

/// Twilio's request signature, from the signing side (contract, section 4).
package struct TwilioSigner: Sendable {
    /// HMAC-SHA1 is what every account uses; SHA-256 is the shared-key form.
    package enum Algorithm: Sendable { case hmacSHA1, hmacSHA256 }

    private let authToken: String

    package init(authToken: String) { self.authToken = authToken }

    /// The text that is signed: the URL, then every distinct name and value in code-point order.
    package static func signedText(url: String, form: [FormField]) -> String {
        // Compared as UTF-8, whose byte order is code-point order; Swift's own `<` would compare canonical equivalents as equal.
        let keys = Set(form.map { Key(name: Array($0.name.utf8), value: Array($0.value.utf8)) })
        let ordered = keys.sorted {
            $0.name == $1.name ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        return url + ordered.map { String(decoding: $0.name + $0.value, as: UTF8.self) }.joined()
    }

    private struct Key: Hashable {
        let name: [UInt8]
        let value: [UInt8]
    }

    /// Base64 of the keyed hash. `url` must already be in the form that ``urlForSignature(_:)`` gives.
    package func signature(url: String, form: [FormField] = [], algorithm: Algorithm = .hmacSHA1) -> String {
        let text = Array(Self.signedText(url: url, form: form).utf8)
        let key = Array(authToken.utf8)
        return switch algorithm {
        case .hmacSHA1: Base64.encode(Digest.hmacSHA1(text, key: key))
        case .hmacSHA256: Base64.encode(Digest.hmacSHA256(text, key: key))
        }
    }

    /// The URL as Twilio signs it for voice: no user information, no fragment; the port is dropped over https and kept over http.
    /// For ws and wss an explicit port is kept (unconfirmed in the contract, which advises to use 443).
    package static func urlForSignature(_ address: WebAddress) -> String {
        var address = address
        if address.scheme == "https" { address.port = nil }
        return address.description
    }
}
