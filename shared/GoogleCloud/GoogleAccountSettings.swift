import Foundation
import HTTPFetch
import Logging
import ServiceKit

/// Who we are at Google: what all its services have in common.
///
/// | Variable | Default | |
/// | --- | --- | --- |
/// | GOOGLE_APPLICATION_CREDENTIALS | | a service account's key: the path of its JSON file, or the JSON itself |
/// | GOOGLE_AUTH | `jwt` | `jwt`: tokens signed here; `oauth`: exchanged at the token server |
/// | GOOGLE_TOKEN_URL | the key's own | the token server, for `oauth` |
/// | GOOGLE_CLOUD_PROJECT | the key's own | the project that pays |
/// | GOOGLE_CA_FILE | the system's | certificate authorities (PEM), for a proxy that ends TLS |
package struct GoogleAccountSettings: Sendable {
    /// nil when a fault was told.
    package var account: ServiceAccount?
    package var method: GoogleTokens.Method
    package var tokenURL: String
    package var project: String
    package var certificateAuthorityFile: String?

    /// - Parameter needsProject: whether the service names a project in its requests.
    package init(_ reader: SettingsReader, needsProject: Bool = true) {
        let variable = "GOOGLE_APPLICATION_CREDENTIALS"
        let setting = reader.required(variable, secret: true, "name the key file of a service account, or put its JSON here")
        if !setting.isEmpty {
            do {
                account = try ServiceAccount(setting)
            } catch {
                reader.fault(variable, error.message)
            }
        }
        let method = reader.string("GOOGLE_AUTH", default: GoogleTokens.Method.jwt.rawValue)
        if let known = GoogleTokens.Method(rawValue: method) {
            self.method = known
        } else {
            reader.fault("GOOGLE_AUTH", "\(method) is not one of \(GoogleTokens.Method.allCases.map(\.rawValue).joined(separator: ", "))")
            self.method = .jwt
        }
        tokenURL = reader.optional("GOOGLE_TOKEN_URL") ?? account?.tokenAudience ?? ServiceAccount.defaultTokenAudience
        if let fault = GoogleEndpoint.fault(inTokenURL: tokenURL) { reader.fault("GOOGLE_TOKEN_URL", fault) }
        project = reader.optional("GOOGLE_CLOUD_PROJECT") ?? account?.project ?? ""
        if needsProject, account != nil {
            if project.isEmpty {
                reader.fault("GOOGLE_CLOUD_PROJECT", "is not set and the key names no project; set it to the project that pays")
            } else if !project.utf8.allSatisfy(Self.isNameByte) {
                reader.fault("GOOGLE_CLOUD_PROJECT", "is no project's id; ids have letters, digits, dots, colons and hyphens")
            }
        }
        certificateAuthorityFile = reader.optional("GOOGLE_CA_FILE")
        if let file = certificateAuthorityFile, !FileManager.default.isReadableFile(atPath: file) {
            reader.fault("GOOGLE_CA_FILE", "\(file) cannot be read; name a PEM file, or leave it unset for the system's authorities")
        }
    }

    /// - Parameter fetch: for the exchange of tokens; used with `oauth` only.
    package func tokens(_ account: ServiceAccount, fetch: HTTPFetch, logger: Logger) -> GoogleTokens {
        GoogleTokens(account, exchange: method == .oauth ? TokenExchange(fetch, url: tokenURL) : nil, logger: logger)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: ":"), UInt8(ascii: "_")].contains(byte)
        }
    }
}
