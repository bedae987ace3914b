import Postgres

/// What is to be done about a failed attempt to store a fact.
enum DatabaseFailure: Equatable {
    /// The fact itself is at fault: it will fail for ever.
    case refused
    /// Another transaction was in the way; the connection is sound.
    case again
    /// The connection or the server is gone or going: connect anew.
    case reconnect
    /// None of these (a missing table, a full disk, a bug): worth a few attempts, but it must not hold up everybody else's facts.
    case unexpected

    init(_ error: PostgresError) {
        if let sqlState = error.code.sqlState {
            self.init(sqlState: sqlState)
        } else {
            switch error.code {
            case .invalidInput: self = .refused
            case .transactionAborted: self = .again
            case .decoding, .unsupported: self = .unexpected
            // The connection broke, or the deadline passed and it is unknown what the server does. A statement whose transaction vanished
            // between two statements is reported as misuse.
            default: self = .reconnect
            }
        }
    }

    /// - Parameter sqlState: five characters of PostgreSQL's appendix A.
    init(sqlState: String) {
        switch sqlState {
        // serialization_failure, deadlock_detected, lock_not_available.
        case "40001", "40P01", "55P03": self = .again
        // query_canceled (a statement timeout or an operator) and idle_in_transaction_session_timeout, transaction_timeout.
        case "57014", "25P03", "25P04": self = .reconnect
        // read_only_sql_transaction: a standby, or a primary that has just become one.
        case "25006": self = .reconnect
        // unique_violation: every insert here has its ON CONFLICT, so it is a race or a bug and never the fact's own fault.
        case "23505": self = .unexpected
        default:
            switch sqlState.prefix(2) {
            // Data exception; integrity constraint violation; program limit exceeded (a value too large for its place).
            case "22", "23", "54": self = .refused
            // The rest of transaction rollback; connection exception, operator intervention (57P01 admin_shutdown …), invalid authorization;
            // insufficient resources, of which 53300 (too many connections) is over when others leave.
            case "40": self = .again
            case "08", "57", "28": self = .reconnect
            case "53": self = sqlState == "53300" ? .reconnect : .unexpected
            default: self = .unexpected
            }
        }
    }
}
