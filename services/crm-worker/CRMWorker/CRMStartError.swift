/// Why a crm-worker cannot begin. The message is one sentence with the remedy and never holds a password.
package struct CRMStartError: Error, CustomStringConvertible {
    /// Open-ended: more may be added.
    package struct Code: Hashable, Sendable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package static let databaseURLMissing = Code(rawValue: "database_url_missing")
        package static let databaseURLMalformed = Code(rawValue: "database_url_malformed")
        package static let databaseUnreachable = Code(rawValue: "database_unreachable")
        package static let migrationFailed = Code(rawValue: "migration_failed")
    }
    package let code: Code
    package let message: String
    package let cause: (any Error)?
    package init(_ code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
    package var description: String { message }
}
