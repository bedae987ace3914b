import CPQ

/// libpq behind functions of Swift types. Everything here is called on the connection's thread only and never waits,
/// except for ``cancel(_:)`` and the look-up of a host name inside ``start(_:)``.
enum LibPQ {
    /// Checks the configuration and begins to connect.
    static func start(_ configuration: PostgresConfiguration) throws(PostgresError) -> OpaquePointer {
        var keywords = configuration.keywords
        if let string = keywords.first(where: { $0.0 == "dbname" })?.1 {
            // Parsed here only to keep libpq's complaint, which quotes the string and so the password, out of our errors.
            var complaint: UnsafeMutablePointer<CChar>?
            let parsed = string.contains("=") || string.contains("://") ? PQconninfoParse(string, &complaint) : nil
            PQfreemem(complaint)
            guard let parsed else {
                throw PostgresError(.configuration, "The database's connection string cannot be read. Use postgresql://user@host/database.")
            }
            PQconninfoFree(parsed)
        }
        keywords += [
            ("client_encoding", "UTF8"),
            // A peer that vanished is noticed in 10 s instead of the kernel's 15 minutes. No effect on a Unix socket.
            ("tcp_user_timeout", "10000"),
            // Times are stored and read in UTC; the zone is the business of the edge.
            ("options", "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 -c bytea_output=hex"),
        ]
        let connection = withCStrings(keywords.map(\.0)) { names in
            withCStrings(keywords.map(\.1)) { values in PQconnectStartParams(names, values, 1) }
        }
        guard let connection else {
            throw PostgresError(.connectFailed, "libpq has no memory for a connection. Give the service more.")
        }
        // By default libpq prints notices to standard error, and they may quote values.
        PQsetNoticeReceiver(connection, { _, _ in }, nil)
        return connection
    }

    /// Sends a statement. False means that the connection is unusable.
    static func send(_ kind: PostgresOperation.Kind, on connection: OpaquePointer) -> Bool {
        switch kind {
        case .query(let statement, let parameters):
            withCStrings(parameters) { values in
                PQsendQueryParams(connection, statement, CInt(parameters.count), nil, values, nil, nil, 0) == 1
            }
        case .script(let text), .begin(let text): PQsendQuery(connection, text) == 1
        case .commit: PQsendQuery(connection, "COMMIT") == 1
        case .rollback: PQsendQuery(connection, "ROLLBACK") == 1
        }
    }

    /// Asks the server to cancel what runs. Waits until the server has taken the request, on purpose: a request that is still
    /// on its way when the next statement begins would hit that one instead.
    static func cancel(_ connection: OpaquePointer) {
        guard let request = PQgetCancel(connection) else { return }
        var complaint = [CChar](repeating: 0, count: 256)
        _ = PQcancel(request, &complaint, CInt(complaint.count))
        PQfreeCancel(request)
    }

    /// What one result says.
    enum Outcome {
        case success(PostgresResult)
        case failure(PostgresError)
        /// A COPY or similar has begun, which this client cannot speak.
        case unsupported
    }

    static func read(_ result: OpaquePointer) -> Outcome {
        switch PQresultStatus(result) {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY: .success(rows(result))
        case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH: .unsupported
        default:
            .failure(
                .server(
                    // libpq's PG_DIAG_ macros are character literals, which Swift does not import: SQLSTATE, constraint name, message.
                    state: field(result, "C") ?? "58000", constraint: field(result, "n"), serverMessage: field(result, "M") ?? ""))
        }
    }

    private static func rows(_ result: OpaquePointer) -> PostgresResult {
        let columnCount = PQnfields(result)
        let header = PostgresColumns(names: (0..<columnCount).map { PQfname(result, $0).map { String(cString: $0) } ?? "" })
        let rows = (0..<PQntuples(result)).map { row in
            PostgresRow(
                values: (0..<columnCount).map { column in
                    if PQgetisnull(result, row, column) == 1 { return nil }
                    let length = Int(PQgetlength(result, row, column))
                    return PQgetvalue(result, row, column).map { value in
                        String(decoding: UnsafeRawBufferPointer(start: value, count: length), as: UTF8.self)
                    }
                }, header: header)
        }
        return PostgresResult(
            rows: rows, affectedRows: PQcmdTuples(result).flatMap { Int(String(cString: $0)) },
            commandTag: PQcmdStatus(result).map { String(cString: $0) } ?? "", header: header)
    }

    private static func field(_ result: OpaquePointer, _ letter: Unicode.Scalar) -> String? {
        PQresultErrorField(result, CInt(letter.value)).map { String(cString: $0) }
    }

    /// A null-terminated array of C strings that lives as long as the call.
    private static func withCStrings<Result>(
        _ strings: [String?], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
        // One block for all texts, and offsets into it: growing the block would move earlier texts.
        var storage: [CChar] = []
        var offsets: [Int?] = []
        for string in strings {
            offsets.append(string == nil ? nil : storage.count)
            if let string { storage.append(contentsOf: string.utf8CString) }
        }
        return storage.withUnsafeBufferPointer { storage in
            let pointers = offsets.map { offset in offset.flatMap { storage.baseAddress?.advanced(by: $0) } } + [nil]
            return pointers.withUnsafeBufferPointer { pointers in
                // Never empty, because of the terminator.
                body(pointers.baseAddress.unsafelyUnwrapped)
            }
        }
    }
}
