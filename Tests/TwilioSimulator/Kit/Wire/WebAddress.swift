/// An absolute http, https, ws or wss URL, split as far as a telephone platform needs it.
///
/// Own code instead of `Foundation.URL`, because the signature covers the URL's text "exactly as encoded" (contract, section 4):
/// nothing here may re-encode or normalise.
package struct WebAddress: Sendable, Hashable, CustomStringConvertible {
    /// Lower-case scheme.
    package var scheme: String
    /// Host without brackets changed; user information is kept apart.
    package var host: String
    /// Explicit port, nil when the URL names none.
    package var port: Int?
    /// Path and query as written; begins with "/".
    package var target: String
    /// What the fragment says about repeated attempts. It is not sent and not signed.
    package var overrides = ConnectionOverrides()

    /// The port to connect to.
    package var effectivePort: Int { port ?? (isSecure ? 443 : 80) }
    /// https or wss.
    package var isSecure: Bool { scheme == "https" || scheme == "wss" }
    /// ws or wss.
    package var isWebSocket: Bool { scheme == "ws" || scheme == "wss" }
    /// `host` or `host:port`, for the Host header.
    package var authority: String { port.map { "\(host):\($0)" } ?? host }
    package var description: String { "\(scheme)://\(authority)\(target)" }

    /// Parses an absolute URL. User information is dropped and the fragment kept apart, as Twilio does before it signs.
    /// Returns nil when the text is not an absolute URL of a known scheme.
    package init?(_ text: String) {
        guard let separator = text.firstRange(of: "://") else { return nil }
        let scheme = text[..<separator.lowerBound].lowercased()
        guard ["http", "https", "ws", "wss"].contains(scheme) else { return nil }
        var rest = text[separator.upperBound...]
        if let hash = rest.firstIndex(of: "#") {
            overrides = ConnectionOverrides(fragment: String(rest[rest.index(after: hash)...]))
            rest = rest[..<hash]
        }
        let authorityEnd = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<authorityEnd]
        if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
        var target = String(rest[authorityEnd...])
        if target.isEmpty { target = "/" } else if target.hasPrefix("?") { target = "/" + target }
        guard !target.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return nil }

        var port: Int?
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65535).contains(number) else { return nil }
            port = number
            authority = authority[..<colon]
        }
        guard !authority.isEmpty, !authority.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { return nil }
        self.scheme = scheme
        self.host = String(authority)
        self.port = port
        self.target = target
    }

    package init(scheme: String, host: String, port: Int?, target: String) {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.target = target
    }

    /// Resolves a reference found in TwiML against this document's address. Returns nil when it is malformed.
    package func resolving(_ reference: String) -> WebAddress? {
        let text = reference.trimmingASCIISpace()
        guard !text.isEmpty, !text.contains(" ") else { return nil }
        if text.contains("://") { return WebAddress(text) }
        let origin = "\(scheme)://\(authority)"
        if text.hasPrefix("//") { return WebAddress("\(scheme):\(text)") }
        if text.hasPrefix("/") { return WebAddress(origin + text) }
        let path = target.prefix { $0 != "?" }
        if text.hasPrefix("?") { return WebAddress(origin + path + text) }
        let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
        return WebAddress(origin + folder + text)
    }

    /// Whether both addresses name the same server, http and ws counted alike.
    package func hasSameOrigin(as other: WebAddress) -> Bool {
        host.lowercased() == other.host.lowercased() && isSecure == other.isSecure && effectivePort == other.effectivePort
    }
}

extension StringProtocol {
    /// Without leading and trailing spaces, tabs and line ends.
    func trimmingASCIISpace() -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" || $0 == "\n" || $0 == "\r" || $0 == "\r\n" }
        guard let first = firstIndex(where: { !isSpace($0) }), let last = lastIndex(where: { !isSpace($0) }) else { return "" }
        return String(self[first...last])
    }

    /// First occurrence of a needle; the standard library has it only behind `_StringProcessing`, whose cost is not wanted here.
    func firstRange(of needle: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
            start = index(after: start)
        }
        return nil
    }
}
