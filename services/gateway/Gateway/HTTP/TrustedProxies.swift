import Glibc

/// The proxies whose `X-Forwarded-For` is believed (`TRUSTED_PROXIES`).
package struct TrustedProxies: Sendable {
    /// An address and how many of its 128 bits count. IPv4 is kept as ::ffff:a.b.c.d, so that both ways of writing it compare equal.
    private struct Range: Sendable {
        var address: [UInt8]
        var bits: Int

        func contains(_ other: [UInt8]) -> Bool {
            let whole = bits / 8
            guard address[..<whole] == other[..<whole] else { return false }
            let rest = bits % 8
            return rest == 0 || (address[whole] ^ other[whole]) >> UInt8(8 - rest) == 0
        }
    }

    private let ranges: [Range]

    /// Believes nobody.
    package init() {
        ranges = []
    }

    /// - Parameter list: addresses or CIDR ranges, separated by commas or white space.
    /// - Throws: ``ServerError`` naming the entry that is neither.
    package init(_ list: String) throws(ServerError) {
        var ranges: [Range] = []
        for entry in list.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
            let isIPv4 = !parts[0].contains(":")
            guard parts.count <= 2, let address = Self.bytes(String(parts[0])), let bits = parts.count == 1 ? (isIPv4 ? 32 : 128) : Int(parts[1]),
                bits >= 0, bits <= (isIPv4 ? 32 : 128)
            else {
                throw ServerError(
                    .configuration, "TRUSTED_PROXIES has \"\(entry)\". Write addresses or ranges such as 10.0.0.0/8, separated by commas.")
            }
            ranges.append(Range(address: address, bits: isIPv4 ? bits + 96 : bits))
        }
        self.ranges = ranges
    }

    /// The address that a request really came from: the last one in `X-Forwarded-For` that no trusted proxy vouches for.
    package func client(peer: String, forwardedFor: [String]) -> String {
        guard trusts(peer) else { return peer }
        var client = peer
        for entry in forwardedFor.flatMap({ $0.split(separator: ",") }).reversed() {
            let address = String(entry.filter { !$0.isWhitespace })
            guard Self.bytes(address) != nil else { break }
            client = address
            if !trusts(address) { break }
        }
        return client
    }

    private func trusts(_ text: String) -> Bool {
        guard !ranges.isEmpty, let address = Self.bytes(text) else { return false }
        return ranges.contains { $0.contains(address) }
    }

    private static func bytes(_ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET6, text, &bytes) == 1 { return bytes }
        var short = [UInt8](repeating: 0, count: 4)
        guard inet_pton(AF_INET, text, &short) == 1 else { return nil }
        return [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + short
    }
}
