/// What kept the supervisor from starting or going on: one sentence with the remedy.
package struct SupervisorError: Error, CustomStringConvertible {
    /// Open-ended: a new kind of fault is a new value, not a new case.
    package struct Code: RawRepresentable, Hashable, Sendable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        package static let badFleet = Code(rawValue: "bad-fleet")
        package static let missingProgram = Code(rawValue: "missing-program")
        package static let portInUse = Code(rawValue: "port-in-use")
        package static let badPort = Code(rawValue: "bad-port")
        package static let alreadyRunning = Code(rawValue: "already-running")
        package static let notRunning = Code(rawValue: "not-running")
        package static let systemCall = Code(rawValue: "system-call")
    }

    package let code: Code
    /// A sentence for the operator, remedy included.
    package let message: String
    /// The underlying fault, when there is one.
    package let cause: (any Error)?

    package var description: String { message }

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}

#if canImport(Glibc)
    import Glibc
#endif

extension SupervisorError {
    /// A failed system call, told with the text of errno.
    static func system(_ what: String, _ number: Int32 = errno) -> SupervisorError {
        SupervisorError(.systemCall, "\(what): \(String(cString: strerror(number))).")
    }
}
