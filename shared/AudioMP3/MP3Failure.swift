/// What went wrong in MP3 coding.
package struct MP3Failure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Open-ended; more may come.
    package struct Code: Sendable, Equatable {
        package let name: String
        /// The encoder refused its settings.
        package static let settings = Code(name: "mp3.settings")
        /// The encoder failed.
        package static let encoding = Code(name: "mp3.encoding")
        /// The data is not MP3, or is damaged.
        package static let damaged = Code(name: "mp3.damaged")
    }
    package let code: Code
    /// What was seen, and the remedy.
    package let message: String
    package var description: String { "\(code.name): \(message)" }
}
