/// Where the database is and how long to wait for it. Holds a secret: its description and its mirror show nothing of it.
package struct PostgresConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
    /// libpq's keywords and values (manual, section 34.1.2), in order; later ones win.
    let keywords: [(String, String)]

    /// The longest a connection attempt may take.
    package var connectTimeout: Duration = .seconds(5)
    /// The longest a statement may wait and run when the caller names no limit of its own.
    package var statementTimeout: Duration = .seconds(10)

    /// - Parameter connectionString: `postgresql://user:password@host/database?…` or `host=… dbname=…`.
    package init(connectionString: String) {
        keywords = [("dbname", connectionString)]
    }

    /// - Parameters:
    ///   - host: a name, an address, or the directory of a Unix socket.
    ///   - sslMode: libpq's `sslmode`; use `verify-full` across a network.
    package init(
        host: String, port: Int = 5432, database: String, user: String, password: String? = nil, sslMode: String? = nil,
        sslRootCertificate: String? = nil
    ) {
        var keywords = [("host", host), ("port", String(port)), ("dbname", Self.quoted(database)), ("user", user)]
        if let password { keywords.append(("password", password)) }
        if let sslMode { keywords.append(("sslmode", sslMode)) }
        if let sslRootCertificate { keywords.append(("sslrootcert", sslRootCertificate)) }
        self.keywords = keywords
    }

    /// libpq takes a database name with `=` or a URL prefix for a connection string; in the form `dbname='…'` it cannot.
    private static func quoted(_ database: String) -> String {
        var result = "dbname='"
        for character in database {
            if character == "'" || character == "\\" { result.append("\\") }
            result.append(character)
        }
        return result + "'"
    }

    package var description: String { "PostgresConfiguration" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
