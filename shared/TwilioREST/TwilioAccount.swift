/// Whose calls are updated, and where.
package struct TwilioAccount: Sendable, CustomStringConvertible, CustomReflectable {
    /// `AC` and 32 hexadecimal digits.
    package var sid: String
    /// The primary auth token. A secret: it appears in no description of this value.
    package var authToken: String
    /// Scheme, host and port, without a slash at the end; see ``fault(inBaseURL:)``.
    package var baseURL: String

    package static let defaultBaseURL = "https://api.twilio.com"

    package init(sid: String, authToken: String, baseURL: String = defaultBaseURL) {
        self.sid = sid
        self.authToken = authToken
        self.baseURL = baseURL.hasSuffix("/") ? String(baseURL.dropLast()) : baseURL
    }

    package var description: String { "TwilioAccount(\(sid))" }
    package var customMirror: Mirror { Mirror(self, children: ["sid": sid, "baseURL": baseURL]) }

    /// What is wrong with a value of TWILIO_API_BASE_URL, and the remedy; nil when it may be used.
    ///
    /// The account's auth token is sent there with every request: in clear only to this very machine (the simulator).
    package static func fault(inBaseURL text: String) -> String? {
        guard let url = WebAddress(text) else {
            return "\(text) is no web address; write it as \(defaultBaseURL), with no user, query or fragment"
        }
        guard url.rest.isEmpty || url.rest == "/" else { return "\(text) has a path; name scheme, host and port only, as \(defaultBaseURL) does" }
        if url.scheme == "http", !["127.0.0.1", "localhost"].contains(url.host) {
            return "\(text) would send the account's auth token in clear; use https (http is for 127.0.0.1 and localhost only)"
        }
        return nil
    }
}

/// The parts of an http or https address that decide who gets a request. Refuses whatever two readers might understand differently.
struct WebAddress: Equatable {
    /// `http` or `https`.
    let scheme: String
    /// In lower case.
    let host: String
    let port: Int
    /// Path and query as written, empty or beginning with a slash.
    let rest: String

    init?(_ text: String) {
        // No spaces, no control characters, and no backslash: some readers take it for a slash.
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") && $0 != UInt8(ascii: "#") }) else { return nil }
        let lowered = text.prefix(8).lowercased()
        if lowered == "https://" { scheme = "https" } else if lowered.hasPrefix("http://") { scheme = "http" } else { return nil }
        let after = text.dropFirst(scheme.count + 3)
        let authority = after.prefix { $0 != "/" && $0 != "?" }
        rest = String(after.dropFirst(authority.count))
        guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
        let parts = authority.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        // Names and IPv4 only: no user ("@"), no brackets.
        guard let name = parts.first, !name.isEmpty, name.utf8.allSatisfy(Self.isNameByte) else { return nil }
        host = name.lowercased()
        if parts.count == 2 {
            guard parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), let number = Int(parts[1]), (1...65_535).contains(number) else {
                return nil
            }
            port = number
        } else {
            port = scheme == "https" ? 443 : 80
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A) || byte == UInt8(ascii: ".")
            || byte == UInt8(ascii: "-")
    }

    /// The same server by name.
    func isSameServer(as other: WebAddress) -> Bool { scheme == other.scheme && host == other.host && port == other.port }

    /// One of Twilio's own servers, over https.
    var isTwilio: Bool { scheme == "https" && port == 443 && (host == "twilio.com" || host.hasSuffix(".twilio.com")) }
}
