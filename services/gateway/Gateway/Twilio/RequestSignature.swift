import Signing

/// Twilio's request signature (twilio.com/docs/usage/webhooks/webhooks-security and Twilio's SDK, `request_validator.py` of 9.13.0).
package struct RequestSignature: Sendable {
    /// How a signature is computed.
    package enum Algorithm: Sendable, Equatable {
        /// The account's auth token; what Twilio uses unless told otherwise.
        case hmacSHA1
        /// A shared key, announced by `X-Twilio-Webhooks-Signature-Settings`.
        case hmacSHA256
    }

    /// What `X-Twilio-Webhooks-Signature-Settings` announces, such as `key=webhooks_sharedkey_1,algorithm=HMAC_SHA256`.
    package struct Settings: Sendable, Equatable {
        /// Names the shared key; nil means the auth token.
        package var key: String?
        /// nil: one that we do not know. Such a request is refused.
        package var algorithm: Algorithm?

        /// Whether the account's auth token signed, rather than a shared key.
        package var usesAuthToken: Bool { key == nil && algorithm == .hmacSHA1 }

        /// - Parameter header: nil, empty or without `algorithm=` means HMAC-SHA1, as in Twilio's SDK.
        package init(header: String?) {
            algorithm = .hmacSHA1
            var isNamed = false
            for part in (header ?? "").split(separator: ",") {
                guard let equals = part.firstIndex(of: "=") else { continue }
                let value = Self.trimmed(part[part.index(after: equals)...])
                guard !value.isEmpty else { continue }
                switch Self.trimmed(part[..<equals]) {
                case "key": key = key ?? value
                case "algorithm" where !isNamed:
                    // The first one counts, also where it is unknown.
                    isNamed = true
                    algorithm = ["HMAC_SHA1": .hmacSHA1, "HMAC_SHA256": .hmacSHA256][value.uppercased()]
                default: break
                }
            }
        }

        private static func trimmed(_ text: Substring) -> String {
            let start = text.drop { $0.isWhitespace }
            return String(start.reversed().drop { $0.isWhitespace }.reversed())
        }
    }

    /// What was signed beside the URL.
    package enum Content: Sendable, Equatable {
        /// GET and WebSocket: nothing beside the URL.
        case none
        /// A form POST: its fields.
        case form(FormFields)
        /// Anything else: the raw body, bound by `bodySHA256` in the query.
        case body([UInt8])
    }

    private let key: [UInt8]
    private let algorithm: Algorithm

    /// - Parameter secret: the account's primary auth token, or the shared key.
    package init(secret: String, algorithm: Algorithm = .hmacSHA1) {
        key = Array(secret.utf8)
        self.algorithm = algorithm
    }

    /// Whether Twilio made this signature for this URL.
    ///
    /// Accepts the URL with and without its port: Twilio drops it for voice over HTTPS and keeps it over HTTP. User information is dropped,
    /// as Twilio drops it. For WebSockets the path may end in a slash or not. All comparisons take constant time.
    /// - Parameter url: public base URL from configuration, then path and query exactly as received. Never from the Host header.
    package func isValid(_ signature: String, url: String, content: Content) -> Bool {
        guard let given = Base64.decode(signature) else { return false }
        if case .body(let body) = content, !Self.bodyMatches(url, body) { return false }
        let suffix = Self.suffix(content)
        var valid = false
        for candidate in Self.candidates(url) {
            // No early exit: which candidate was right is nobody's business.
            if Digest.constantTimeEqual(given, digest(candidate, suffix)) { valid = true }
        }
        return valid
    }

    /// The header's value for exactly this URL.
    package func sign(url: String, content: Content) -> String { Base64.encode(digest(url, Self.suffix(content))) }

    private func digest(_ url: String, _ suffix: [UInt8]) -> [UInt8] {
        switch algorithm {
        case .hmacSHA1: Digest.hmacSHA1(Array(url.utf8) + suffix, key: key)
        case .hmacSHA256: Digest.hmacSHA256(Array(url.utf8) + suffix, key: key)
        }
    }

    /// What follows the URL in the signed text.
    private static func suffix(_ content: Content) -> [UInt8] {
        guard case .form(let form) = content else { return [] }
        // Sorted by bytes, which for UTF-8 is the order of code points, as in Twilio's SDK. Equal pairs count once.
        let pairs = form.fields.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
        let sorted = pairs.sorted {
            $0.name == $1.name ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
        }
        var result: [UInt8] = []
        var previous: (name: [UInt8], value: [UInt8])?
        for pair in sorted {
            if let previous, previous == pair { continue }
            result += pair.name
            result += pair.value
            previous = pair
        }
        return result
    }

    private static func bodyMatches(_ url: String, _ body: [UInt8]) -> Bool {
        let query = url.utf8.prefix { $0 != UInt8(ascii: "#") }.drop { $0 != UInt8(ascii: "?") }.dropFirst()
        for pair in query.split(separator: UInt8(ascii: "&")) {
            guard let field = (try? FormDecoder.decode(pair))?.fields.first, field.name == "bodySHA256", !field.value.isEmpty else { continue }
            // The first that says anything, as Twilio's SDK reads it.
            return Digest.constantTimeEqual(field.value.utf8, Hex.encode(Digest.sha256(body)).utf8)
        }
        // Nothing to bind.
        return body.isEmpty
    }

    // MARK: Which URL Twilio may have meant

    static func candidates(_ url: String) -> [String] {
        guard let parts = URLParts(url) else { return [url] }
        var paths = [parts.path]
        if parts.scheme == "wss" || parts.scheme == "ws" { paths.append(parts.otherPath) }
        // Twilio's SDK loses the question mark of an empty query, Twilio may not.
        let queries = parts.query == "?" ? [parts.query, ""] : [parts.query]
        return [nil, parts.port ?? parts.defaultPort].flatMap { port in
            paths.flatMap { path in
                queries.map { query in "\(parts.scheme)://\(parts.host)\(port.map { ":\($0)" } ?? "")\(path)\(query)" }
            }
        }
    }
}

/// The parts of a URL that signatures play with. User information and fragment are dropped, as Twilio drops them.
private struct URLParts {
    var scheme: String
    var host: Substring
    /// nil also for a colon without digits.
    var port: Substring?
    var path: Substring
    /// With its question mark.
    var query: Substring

    /// With a slash at the end, or without it if it has one.
    var otherPath: Substring {
        path.utf8.last == UInt8(ascii: "/") ? path[..<path.utf8.index(before: path.endIndex)] : path + "/"
    }

    var defaultPort: Substring { scheme == "https" || scheme == "wss" ? "443" : "80" }

    init?(_ url: String) {
        // By bytes: a character may be an ASCII delimiter with a combining mark behind it, and then equals no delimiter.
        func split(_ text: Substring, before delimiters: [UInt8]) -> (Substring, Substring) {
            let index = text.utf8.firstIndex { delimiters.contains($0) } ?? text.endIndex
            return (text[..<index], text[index...])
        }
        let url = split(url[...], before: [UInt8(ascii: "#")]).0
        let (scheme, rest) = split(url, before: [UInt8(ascii: ":")])
        guard !scheme.isEmpty, rest.utf8.starts(with: "://".utf8) else { return nil }
        self.scheme = scheme.lowercased()
        let (authority, target) = split(rest[rest.utf8.index(rest.startIndex, offsetBy: 3)...], before: [UInt8(ascii: "/"), UInt8(ascii: "?")])
        (path, query) = split(target, before: [UInt8(ascii: "?")])
        let utf8 = authority.utf8
        let hostPort = utf8.lastIndex(of: UInt8(ascii: "@")).map { authority[utf8.index(after: $0)...] } ?? authority
        // A colon inside the brackets of an IPv6 address is no port.
        if let colon = hostPort.utf8.lastIndex(of: UInt8(ascii: ":")), !hostPort.utf8[colon...].contains(UInt8(ascii: "]")) {
            host = hostPort[..<colon]
            let digits = hostPort[hostPort.utf8.index(after: colon)...]
            port = digits.isEmpty ? nil : digits
        } else {
            host = hostPort
            port = nil
        }
    }
}
