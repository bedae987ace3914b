import Signing

/// The proof that a media socket belongs to a call that we were asked to take.
///
/// Anybody can open a media socket; only TwiML that we wrote carries this token as a `<Parameter>`. It binds the call, the stream's
/// generation within the call and an expiry under HMAC-SHA256. That it is used only once is for the caller to see to.
package enum StreamToken {
    /// The generation of tokens in previews: well formed, and never accepted.
    package static let previewGeneration: UInt32 = 0

    /// Why a token was refused.
    package enum Refusal: Error, Sendable, Equatable {
        /// Not a token of ours at all.
        case malformed
        /// Made for another call, with another secret, or changed.
        case forged
        /// Its time is over.
        case expired
        /// Shown to somebody who looked at the TwiML; opens nothing.
        case preview
    }

    /// - Parameters:
    ///   - generation: counts the streams of one call, from 1.
    ///   - expires: Unix time in seconds until which a stream may begin.
    ///   - secret: at least 32 random bytes.
    /// - Returns: text of letters, digits, `-`, `_` and `.`, under 100 characters.
    package static func mint(callSid: String, generation: UInt32, expires: Int64, secret: [UInt8]) -> String {
        let body = "1.\(generation).\(expires)"
        return "\(body).\(Base64.encode(code(body, callSid, secret), alphabet: .urlSafe))"
    }

    /// A token that looks right and is always refused, for whoever fetches the TwiML without a call.
    package static func mintPreview(expires: Int64, secret: [UInt8]) -> String {
        mint(callSid: "preview", generation: previewGeneration, expires: expires, secret: secret)
    }

    /// - Parameter now: Unix time in seconds.
    /// - Returns: the generation that the token was made for.
    package static func verify(_ token: String, callSid: String, now: Int64, secret: [UInt8]) throws(Refusal) -> UInt32 {
        guard token.utf8.count < 200 else { throw .malformed }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0] == "1", let generation = UInt32(parts[1]), let expires = Int64(parts[2]),
            let given = Base64.decode(String(parts[3]), alphabet: .urlSafe)
        else { throw .malformed }
        guard generation != previewGeneration else { throw .preview }
        // Over the text as sent: "+1" or "01" must not pass for "1", or one token would have many spellings.
        guard Digest.constantTimeEqual(given, code(parts[..<3].joined(separator: "."), callSid, secret)) else { throw .forged }
        guard now <= expires else { throw .expired }
        return generation
    }

    private static func code(_ body: String, _ callSid: String, _ secret: [UInt8]) -> [UInt8] {
        // The prefix keeps this use of the secret apart from any other.
        Digest.hmacSHA256(Array("maane stream token\n\(body)\n\(callSid)".utf8), key: secret)
    }
}
