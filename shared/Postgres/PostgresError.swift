/// Why a statement or a connection failed.
///
/// `description` names the SQLSTATE, the constraint and the remedy, and never a value: the server's own words may quote what a
/// caller said. They are in ``serverMessage``, for reflection and tests, not for logs.
package struct PostgresError: Error, Sendable, CustomStringConvertible {
    /// Open-ended: a transport condition, or the server's SQLSTATE (PostgreSQL manual, appendix A).
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String
        /// The five characters, nil for a condition of the transport.
        package let sqlState: String?

        private init(_ name: String) {
            description = name
            sqlState = nil
        }

        private init(state: String) {
            description = "SQLSTATE \(state)"
            sqlState = state
        }

        /// The configuration cannot be used.
        package static let configuration = Code("configuration")
        /// The server could not be reached or refused the connection.
        package static let connectFailed = Code("connectFailed")
        /// There is no connection. Call `connect()`.
        package static let notConnected = Code("notConnected")
        /// The connection broke while the statement ran. Whether it took effect is unknown.
        package static let connectionLost = Code("connectionLost")
        /// The connection broke or the time ended during COMMIT. Whether the transaction took effect is unknown.
        package static let commitOutcomeUnknown = Code("commitOutcomeUnknown")
        /// The time was over; the statement was cancelled.
        package static let deadlineExceeded = Code("deadlineExceeded")
        /// A statement of the transaction failed and the caller went on to commit: the server rolled back.
        package static let transactionAborted = Code("transactionAborted")
        /// A transaction was opened, ended or used outside `withTransaction`, or the connection inside it.
        package static let transactionMisuse = Code("transactionMisuse")
        /// A parameter or statement that cannot be sent, for example text with a zero byte.
        package static let invalidInput = Code("invalidInput")
        /// A column that is not there, null, or not of the type asked for.
        package static let decoding = Code("decoding")
        /// COPY and other protocols that this client does not speak.
        package static let unsupported = Code("unsupported")
        /// The connection's thread has been stopped.
        package static let stopped = Code("stopped")

        package static func sqlState(_ state: String) -> Code { Code(state: state) }
        package static let uniqueViolation = sqlState("23505")
        package static let foreignKeyViolation = sqlState("23503")
        package static let checkViolation = sqlState("23514")
        /// Two rows that an exclusion constraint keeps apart, for example one slot booked twice.
        package static let exclusionViolation = sqlState("23P01")
        package static let serializationFailure = sqlState("40001")
        package static let deadlockDetected = sqlState("40P01")
        package static let queryCanceled = sqlState("57014")
    }

    package let code: Code
    /// What happened and what helps. No values.
    package let message: String
    /// The constraint that was violated, by its name in the schema.
    package let constraint: String?
    /// The server's own words. May quote callers: not for logs.
    package let serverMessage: String?

    package var description: String { message }

    /// The same transaction may succeed when it is run again from its start.
    package var isWorthRetrying: Bool { code == .serializationFailure || code == .deadlockDetected }

    init(_ code: Code, _ message: String, constraint: String? = nil, serverMessage: String? = nil) {
        self.code = code
        self.message = message
        self.constraint = constraint
        self.serverMessage = serverMessage
    }

    /// An error that the server reported.
    static func server(state: String, constraint: String?, serverMessage: String) -> PostgresError {
        let remedy =
            switch state.prefix(2) {
            case "08", "57": "Check the server's log and connect again."
            case "22": "A value has the wrong form for its column; check it before it is sent."
            case "23": "A constraint forbids the row; tell the caller or choose another value."
            case "25", "40": "Run the whole transaction again."
            case "28": "Check the user, the password and the server's pg_hba.conf."
            case "3D": "Create the database, or correct its name in the configuration."
            case "42": "The statement does not fit the schema or the rights; check the migrations."
            case "53": "The server is out of room or connections; look at its limits."
            default: "See appendix A of the PostgreSQL manual."
            }
        let name = constraint.map { ", constraint \($0)" } ?? ""
        return PostgresError(
            .sqlState(state), "PostgreSQL refused a statement: SQLSTATE \(state)\(name). \(remedy)",
            constraint: constraint, serverMessage: serverMessage)
    }
}
