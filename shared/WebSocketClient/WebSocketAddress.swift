/// The parts of a `ws` or `wss` address.
package struct WebSocketAddress: Sendable, Equatable {
    package var isSecure: Bool
    /// A name, or an address without brackets.
    package var host: String
    package var port: Int
    /// Begins with a slash; with the query, if there is one.
    package var target: String
    /// For the Host header: brackets around IPv6, the port unless it is the scheme's own.
    package var authority: String

    /// - Throws: ``WebSocketFailure`` with `invalidRequest`.
    package init(_ url: String) throws(WebSocketFailure) {
        func wrong(_ what: String) -> WebSocketFailure {
            WebSocketFailure(.invalidRequest, "A WebSocket address \(what). Write it like wss://host/path.")
        }
        // Nothing that could end the request's first line, and no letters that would need a guess at their encoding.
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { throw wrong("holds spaces or letters that are not ASCII") }
        guard !url.contains("#") else { throw wrong("has a fragment") }
        let lower = url.prefix(6).lowercased()
        let rest: Substring
        if lower.hasPrefix("wss://") {
            (isSecure, rest) = (true, url.dropFirst(6))
        } else if lower.hasPrefix("ws://") {
            (isSecure, rest) = (false, url.dropFirst(5))
        } else {
            throw wrong("begins neither with wss:// nor with ws://")
        }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let place = rest[..<end]
        guard !place.contains("@") else { throw wrong("has a user or a password in it") }
        var name = place
        var portText: Substring?
        if place.first == "[" {
            guard let bracket = place.firstIndex(of: "]") else { throw wrong("has a bracket that does not close") }
            name = place[place.index(after: place.startIndex)..<bracket]
            let after = place[place.index(after: bracket)...]
            guard after.isEmpty || after.first == ":" else { throw wrong("has something between the host and its port") }
            portText = after.isEmpty ? nil : after.dropFirst()
        } else if let colon = place.firstIndex(of: ":") {
            name = place[..<colon]
            portText = place[place.index(after: colon)...]
        }
        guard !name.isEmpty else { throw wrong("names no host") }
        host = String(name)
        port = isSecure ? 443 : 80
        authority = place.first == "[" ? "[\(name)]" : String(name)
        if let portText {
            guard let number = UInt16(portText), number > 0 else { throw wrong("has a port that is no number from 1 to 65535") }
            if Int(number) != port { authority += ":\(number)" }
            port = Int(number)
        }
        let path = rest[end...]
        target = path.first == "/" ? String(path) : "/" + path
    }

    /// Adds to the query, percent-encoded (RFC 3986, 2.3).
    package mutating func add(_ query: [(name: String, value: String)]) {
        for (name, value) in query {
            target += target.contains("?") ? (target.hasSuffix("?") || target.hasSuffix("&") ? "" : "&") : "?"
            target += Self.encode(name) + "=" + Self.encode(value)
        }
    }

    /// Whether it is an address of this machine, by its text alone.
    package var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") && Self.isIPv4(host) }
    /// TLS sends names only, and checks addresses otherwise.
    var isLiteral: Bool { host.contains(":") || Self.isIPv4(host) }

    private static func isIPv4(_ text: String) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { UInt8($0) != nil }
    }

    static func encode(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result += "%"
                for digit in [byte >> 4, byte & 15] { result.unicodeScalars.append(Unicode.Scalar(digit < 10 ? 48 + digit : 55 + digit)) }
            }
        }
        return result
    }
}
