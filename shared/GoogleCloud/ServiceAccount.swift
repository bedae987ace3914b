import Foundation
import Signing

/// Why credentials cannot be used. Holds nothing of what was read.
package struct GoogleCredentialsError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable {
        case unreadable = "credentials.unreadable"
        case malformed = "credentials.malformed"
        case wrongType = "credentials.wrong_type"
        case incomplete = "credentials.incomplete"
        case badKey = "credentials.bad_key"
    }
    package let code: Code
    /// What is wrong, and the remedy. Completes a sentence whose subject is the variable.
    package let message: String
    package var description: String { "\(code.rawValue): \(message)" }
}

/// A service account's key as Google's console writes it. The private key appears in no description of this value.
package struct ServiceAccount: Sendable, CustomStringConvertible, CustomReflectable {
    package let email: String
    package let keyID: String?
    /// The project that the account was made in.
    package let project: String?
    /// Where tokens are exchanged, and the audience of what is sent there.
    package let tokenAudience: String
    let signer: RSASigner

    package static let defaultTokenAudience = "https://oauth2.googleapis.com/token"
    /// Google's keys have some 2.4 KB.
    private static let largestFile = 64 << 10

    /// - Parameter setting: the JSON itself, or the path of a file that holds it.
    package init(_ setting: String) throws(GoogleCredentialsError) {
        if setting.first(where: { !$0.isWhitespace }) == "{" {
            try self.init(json: Data(setting.utf8))
            return
        }
        // The path is not repeated: what stands in its place by mistake may be the key.
        guard let handle = FileHandle(forReadingAtPath: setting), let content = try? handle.read(upToCount: Self.largestFile + 1) else {
            throw GoogleCredentialsError(
                code: .unreadable,
                message: "is neither JSON nor the path of a file that can be read; name the key file of a service account, or put its JSON here")
        }
        guard content.count <= Self.largestFile else {
            throw GoogleCredentialsError(
                code: .malformed, message: "names a file that is too large for a key; name the key file of a service account")
        }
        try self.init(json: content)
    }

    private struct File: Decodable {
        let type: String?
        let client_email: String?
        let private_key: String?
        let private_key_id: String?
        let project_id: String?
        let token_uri: String?
    }

    private init(json: Data) throws(GoogleCredentialsError) {
        guard let file = try? JSONDecoder().decode(File.self, from: json) else {
            throw GoogleCredentialsError(
                code: .malformed, message: "is no JSON of a service account's key; download the key again as JSON and do not edit it")
        }
        guard file.type == nil || file.type == "service_account" else {
            throw GoogleCredentialsError(
                code: .wrongType, message: "is not the key of a service account; make one in the console (IAM, service accounts, keys, JSON)")
        }
        guard let email = file.client_email, !email.isEmpty, let key = file.private_key, !key.isEmpty else {
            throw GoogleCredentialsError(
                code: .incomplete, message: "lacks client_email or private_key; download the key of the service account again as JSON")
        }
        do {
            // A JSON that went through a shell or a file of settings may have its line ends escaped twice.
            signer = try RSASigner(pem: key.replacing("\\n", with: "\n"))
        } catch {
            throw GoogleCredentialsError(
                code: .badKey, message: "has a private_key that is no RSA key in PEM; download the key again as JSON and keep its line ends (\\n)")
        }
        self.email = email
        keyID = file.private_key_id.flatMap { $0.isEmpty ? nil : $0 }
        project = file.project_id.flatMap { $0.isEmpty ? nil : $0 }
        tokenAudience = file.token_uri.flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultTokenAudience
    }

    package var description: String { "ServiceAccount(\(project ?? "no project"))" }
    package var customMirror: Mirror { Mirror(self, children: ["project": project ?? ""]) }
}
