import Signing

/// Twilio's request signature (twilio.com/docs/usage/webhooks/webhooks-security and Twilio's SDK, `request_validator.py`).
package struct RequestSignature: Sendable {
    /// How a signature is computed.
    package enum Algorithm: Sendable {
        /// The account's auth token; what Twilio uses unless told otherwise.
        case hmacSHA1
        /// A shared key, announced by `X-Twilio-Webhooks-Signature-Settings`.
        case hmacSHA256
    }

    /// What was signed beside the URL.
    package enum Content: Sendable {
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
    /// Accepts the URL with and without its port, since Twilio drops it for voice over HTTPS, and for WebSockets with and without a
    /// trailing slash. All comparisons take constant time.
    /// - Parameter url: public base URL from configuration, then path and query exactly as received. Never from the Host header.
    package func isValid(_ signature: String, url: String, content: Content) -> Bool {
        guard let given = Base64.decode(signature) else { return false }
        if case .body(let body) = content, !bodyMatches(url, body) { return false }
        var valid = false
        for candidate in Self.candidates(url) {
            // No early exit: which candidate was right is nobody's business.
            if Digest.constantTimeEqual(given, digest(candidate, content)) { valid = true }
        }
        return valid
    }

    /// The header's value for exactly this URL.
    package func sign(url: String, content: Content) -> String { Base64.encode(digest(url, content)) }

    private func digest(_ url: String, _ content: Content) -> [UInt8] {
        var message = Array(url.utf8)
        if case .form(let form) = content {
            // Sorted by bytes, which for UTF-8 is the order of code points, as in Twilio's SDK. Equal pairs count once.
            var previous: (name: [UInt8], value: [UInt8])?
            let pairs = form.fields.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
            let sorted = pairs.sorted {
                $0.name == $1.name ? $0.value.lexicographicallyPrecedes($1.value) : $0.name.lexicographicallyPrecedes($1.name)
            }
            for pair in sorted {
                if let previous, previous == pair { continue }
                message += pair.name
                message += pair.value
                previous = pair
            }
        }
        return switch algorithm {
        case .hmacSHA1: Digest.hmacSHA1(message, key: key)
        case .hmacSHA256: Digest.hmacSHA256(message, key: key)
        }
    }

    private func bodyMatches(_ url: String, _ body: [UInt8]) -> Bool {
        guard let query = url.firstIndex(of: "?"), let fields = try? FormDecoder.decode(Array(url[query...].utf8.dropFirst())),
            let expected = fields["bodySHA256"].flatMap({ Hex.decode($0) })
        else { return false }
        return Digest.constantTimeEqual(expected, Digest.sha256(body))
    }

    // MARK: Which URL Twilio may have meant

    static func candidates(_ url: String) -> [String] {
        let parts = URLParts(url)
        var result = [url]
        if let parts {
            for port in [parts.port, nil, parts.defaultPort] { result.append(parts.text(port: port, path: parts.path)) }
            if parts.scheme == "wss" || parts.scheme == "ws" {
                let path = parts.path.hasSuffix("/") ? String(parts.path.dropLast()) : parts.path + "/"
                for port in [parts.port, nil, parts.defaultPort] { result.append(parts.text(port: port, path: path)) }
            }
        }
        var unique: [String] = []
        for candidate in result where !unique.contains(candidate) { unique.append(candidate) }
        return unique
    }
}

/// The parts of a URL that signatures play with. User information and fragment are dropped, as Twilio drops them.
private struct URLParts {
    var scheme: Substring
    var host: Substring
    var port: Substring?
    var path: String
    var query: Substring

    var defaultPort: Substring { scheme == "https" || scheme == "wss" ? "443" : "80" }

    init?(_ url: String) {
        let url = url.prefix { $0 != "#" }
        guard let colon = url.firstIndex(of: ":"), url[colon...].hasPrefix("://") else { return nil }
        scheme = url[..<colon]
        let rest = url[url.index(colon, offsetBy: 3)...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let after = rest[authority.endIndex...]
        path = String(after.prefix { $0 != "?" })
        query = after.dropFirst(path.count)
        let hostPort = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority
        // A colon inside the brackets of an IPv6 address is no port.
        if let colon = hostPort.lastIndex(of: ":"), !hostPort[colon...].contains("]") {
            host = hostPort[..<colon]
            port = hostPort[hostPort.index(after: colon)...]
        } else {
            host = hostPort
            port = nil
        }
    }

    func text(port: Substring?, path: String) -> String { "\(scheme)://\(host)\(port.map { ":\($0)" } ?? "")\(path)\(query)" }
}
