import Foundation

/// A server of Google's interfaces.
package struct GoogleEndpoint: Sendable, Hashable {
    package var host: String
    package var port: Int
    /// Without TLS; only for servers on this machine.
    package var isPlaintext: Bool
    /// PEM file of certificate authorities; nil: the system's.
    package var certificateAuthorityFile: String?

    package init(host: String, port: Int = 443, isPlaintext: Bool = false, certificateAuthorityFile: String? = nil) {
        self.host = host
        self.port = port
        self.isPlaintext = isPlaintext
        self.certificateAuthorityFile = certificateAuthorityFile
    }

    /// - Parameter baseURL: `https://host` or `https://host:port`.
    /// - Throws: ``EndpointFault``.
    package init(baseURL: String, certificateAuthorityFile: String? = nil) throws(EndpointFault) {
        guard let parts = URLComponents(string: baseURL), let host = parts.host, !host.isEmpty, ["https", "http"].contains(parts.scheme ?? ""),
            parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil, ["", "/"].contains(parts.path)
        else { throw EndpointFault(message: "is no address of a server; write it as https://host or https://host:port, without a path") }
        let isPlaintext = parts.scheme == "http"
        if isPlaintext, !Self.own.contains(host) {
            throw EndpointFault(message: "would send the account's token in clear; use https (http is for 127.0.0.1 and localhost only)")
        }
        let port = parts.port ?? (isPlaintext ? 80 : 443)
        guard (1...65_535).contains(port) else { throw EndpointFault(message: "has no port from 1 to 65535") }
        self.init(host: host, port: port, isPlaintext: isPlaintext, certificateAuthorityFile: certificateAuthorityFile)
    }

    private static let own: Set<String> = ["127.0.0.1", "localhost"]

    /// What is wrong with the address of a token server, and the remedy; nil when it may be used.
    package static func fault(inTokenURL text: String) -> String? {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, ["https", "http"].contains(parts.scheme ?? ""),
            parts.user == nil, parts.fragment == nil
        else { return "is no web address; write it as \(ServiceAccount.defaultTokenAudience)" }
        if parts.scheme == "http", !own.contains(host) {
            return "would send the account's assertion in clear; use https (http is for 127.0.0.1 and localhost only)"
        }
        return nil
    }
}

/// What is wrong with an address, and the remedy.
package struct EndpointFault: Error, Sendable {
    package let message: String
}
