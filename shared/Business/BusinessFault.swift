/// One thing that is wrong in a business's file.
package struct BusinessFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// Open-ended: more kinds of fault will come.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }
        package static let unreadable = Code(rawValue: "unreadable")
        package static let brokenYAML = Code(rawValue: "broken_yaml")
        package static let unknownField = Code(rawValue: "unknown_field")
        package static let missing = Code(rawValue: "missing")
        package static let wrongValue = Code(rawValue: "wrong_value")
        package static let unknownState = Code(rawValue: "unknown_state")
        package static let duplicate = Code(rawValue: "duplicate")
        package static let noPhrases = Code(rawValue: "no_phrases")
    }
    package let code: Code
    package let file: String
    /// From 1; nil when the file as a whole is meant.
    package let line: Int?
    package let problem: String
    package let remedy: String

    package var description: String {
        let place = line.map { "\(file):\($0)" } ?? file
        return "\(place): \(problem). \(remedy)."
    }
}

/// Everything that is wrong in a folder of businesses, named together.
package struct BusinessFaults: Error, Sendable, Equatable, CustomStringConvertible {
    package let faults: [BusinessFault]
    package var description: String { faults.map(\.description).joined(separator: "\n") }
}
