/// A failure of the simulator or of the call it plays. The message contains the remedy.
package struct SimulatorFailure: Error, Sendable, CustomStringConvertible {
    /// Open-ended; more may come.
    package struct Code: Sendable, Hashable {
        package let name: String
        package static let badScript = Code(name: "simulator.bad_script")
        package static let badOption = Code(name: "simulator.bad_option")
        package static let badVoice = Code(name: "simulator.bad_voice")
        package static let network = Code(name: "simulator.network")
        package static let file = Code(name: "simulator.file")
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    package var description: String { "\(code.name): \(message)" }

    package init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }
}
