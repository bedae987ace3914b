import Foundation
import Signing

/// JSON web tokens that a service account signs itself, RS256.
enum SignedToken {
    static let scope = "https://www.googleapis.com/auth/cloud-platform"
    /// Google's longest, in seconds.
    static let lifetime = 3600
    /// A clock that is ahead of Google's would make tokens of the future, which are refused.
    static let allowedSkew = 30

    private struct Header: Encodable {
        let alg = "RS256"
        let typ = "JWT"
        let kid: String?
    }
    private struct Claims: Encodable {
        let iss: String
        var sub: String?
        var aud: String?
        let scope: String
        let iat: Int
        let exp: Int
    }

    /// A token that Google's interfaces take as it is. It names the scope and no audience, so that it serves every host, regional ones too.
    static func bearer(_ account: ServiceAccount, now: Int) throws -> GrantedToken {
        let issued = now - allowedSkew
        let claims = Claims(iss: account.email, sub: account.email, scope: scope, iat: issued, exp: issued + lifetime)
        return GrantedToken(text: try sign(claims, account), expires: issued + lifetime)
    }

    /// What is exchanged for an OAuth token.
    static func assertion(_ account: ServiceAccount, now: Int) throws -> String {
        let issued = now - allowedSkew
        return try sign(Claims(iss: account.email, aud: account.tokenAudience, scope: scope, iat: issued, exp: issued + lifetime), account)
    }

    private static func sign(_ claims: Claims, _ account: ServiceAccount) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let parts = [try encoder.encode(Header(kid: account.keyID)), try encoder.encode(claims)]
        let message = parts.map { Base64.encode($0, alphabet: .urlSafe) }.joined(separator: ".")
        return message + "." + Base64.encode(try account.signer.sign(Array(message.utf8)), alphabet: .urlSafe)
    }
}
