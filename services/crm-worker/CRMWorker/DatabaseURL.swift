import CPQ

/// DATABASE_URL, checked. Its description is fit for logs and messages: it never holds the password.
package struct DatabaseURL: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// As libpq takes it, password included.
    package let text: String
    /// `user@host:port/database`, as far as the text says.
    package let description: String
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["description": description]) }

    /// - Parameter text: a URI (`postgresql://user:password@host:port/database?sslmode=require`) or keyword form (`host=… dbname=…`), as
    ///   libpq reads them (PostgreSQL manual, "Connection Strings").
    /// - Throws: `CRMStartError`; its message does not repeat what was given, and neither libpq's own, as both may hold the password.
    package init(_ text: String?) throws(CRMStartError) {
        guard let text, !text.allSatisfy(\.isWhitespace) else {
            throw CRMStartError(
                .databaseURLMissing,
                message: "DATABASE_URL is not set: give it the database for calls and leads, for example postgresql://maane@localhost/maane")
        }
        guard !text.utf8.contains(0), let options = Self.parse(text) else {
            throw CRMStartError(
                .databaseURLMalformed,
                message: """
                    DATABASE_URL is neither a URI (postgresql://user:password@host:port/database) nor keywords (host=… dbname=… user=…): \
                    correct it; special characters in a URI's password must be percent-encoded
                    """)
        }
        self.text = text
        let user = options["user"].map { $0 + "@" } ?? ""
        let host = options["host"] ?? options["hostaddr"] ?? "local socket"
        let port = options["port"].map { ":" + $0 } ?? ""
        description = "\(user)\(host)\(port)/\(options["dbname"] ?? options["user"] ?? "")"
    }

    /// libpq's own reading. It opens no connection, so it may run on any thread.
    private static func parse(_ text: String) -> [String: String]? {
        var message: UnsafeMutablePointer<CChar>?
        defer { PQfreemem(message) }
        guard let first = PQconninfoParse(text, &message) else { return nil }
        defer { PQconninfoFree(first) }
        var options: [String: String] = [:]
        var option = first
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val, value.pointee != 0 { options[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        return options
    }
}
