/// Gives the token with which a request says who asks.
package protocol AccessTokenSource: Sendable {
    /// For `Authorization: Bearer`. Kept and renewed by the source, so that it is at hand nearly always.
    func token() async throws -> String
}

/// How Google knows who asks.
package enum GoogleAccess: Sendable, CustomStringConvertible, CustomReflectable {
    case token(any AccessTokenSource)
    case apiKey(String)

    package var description: String { "GoogleAccess" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
