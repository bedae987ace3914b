import Foundation

extension SettingsReader {
    /// The address of a provider elsewhere, without a slash at its end. Encrypted, but to this machine: what callers say and the account's key
    /// go there.
    ///
    /// - Parameter schemes: with encryption first, for instance `https` and `http`. `wss` and `ws` may always stand for these, and they for those:
    ///   which of them is spoken is the client's business.
    package func providerAddress(
        _ variable: String, default fallback: String?, _ schemes: (secure: String, plain: String) = ("https", "http")
    ) -> String {
        guard let text = optional(variable) ?? fallback else {
            fault(variable, "is not set; name the provider's address, for example \(schemes.secure)://speech.example.com/v1")
            return ""
        }
        // Its text is not repeated: an address may have a password in it.
        guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty else {
            fault(variable, "is no address; write it like \(schemes.secure)://speech.example.com/v1")
            return ""
        }
        guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
            fault(variable, "has a user, a password, a query or a fragment in it; the key has a variable of its own")
            return ""
        }
        let isSecure = ["https", "wss"].contains(scheme)
        guard isSecure || ["http", "ws"].contains(scheme) else {
            fault(variable, "begins with \(scheme)://; \(schemes.secure):// is spoken here")
            return ""
        }
        guard isSecure || Self.isLoopback(host) else {
            fault(variable, "is not encrypted, and \(host) is another machine; use \(schemes.secure)://")
            return ""
        }
        var address = (isSecure ? schemes.secure : schemes.plain) + text.dropFirst(scheme.count)
        while address.last == "/" { address.removeLast() }
        return address
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost" || host == "::1" || numbers.count == 4 && numbers.allSatisfy({ UInt8($0) != nil }) && numbers[0] == "127"
    }
}
