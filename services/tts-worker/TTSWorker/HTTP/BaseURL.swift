import ServiceKit

/// Addresses of providers, which a test or a proxy may replace.
enum BaseURL {
    /// Without a slash at the end. Faults are left in the reader.
    /// - Parameter carriesSecret: the provider's key is sent there with every request: in clear to this very machine only.
    static func read(_ reader: SettingsReader, _ variable: String, default standard: String?, carriesSecret: Bool) -> String? {
        guard var url = reader.optional(variable) ?? standard else { return nil }
        if let fault = fault(url, carriesSecret: carriesSecret) { reader.fault(variable, fault) }
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }

    static func fault(_ url: String, carriesSecret: Bool) -> String? {
        let isSecure = url.lowercased().hasPrefix("https://")
        guard isSecure || url.lowercased().hasPrefix("http://"),
            url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\\#?\"<>@".utf8.contains($0) })
        else {
            return "\(shown(url)) is no web address; write it as https://host or https://host/path, with no user, query or fragment"
        }
        let host = url.dropFirst(isSecure ? 8 : 7).prefix { $0 != "/" && $0 != ":" }.lowercased()
        if host.isEmpty { return "\(shown(url)) names no host" }
        if carriesSecret, !isSecure, !["127.0.0.1", "localhost"].contains(host) {
            return "\(url) would send the key in clear; use https (http is for 127.0.0.1 and localhost only)"
        }
        return nil
    }

    /// A user and a password do not belong into a log.
    private static func shown(_ url: String) -> String { url.contains("@") ? "the value" : url }
}
