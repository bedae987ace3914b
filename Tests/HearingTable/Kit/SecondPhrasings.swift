import Business

/// The phrasings that nothing was tuned on: lines `state<TAB>phrase`, in which `{}` stands for any words.
/// `repeat` instead of a state: the requests to hear the question again, in every state.
package struct SecondPhrasings: Sendable {
    private struct Line: Sendable {
        let number: Int
        let state: String
        /// The phrase, or what stands before and after the place of a pattern.
        let parts: [String]

        func covers(_ phrase: String) -> Bool {
            guard parts.count == 2 else { return phrase == parts[0] }
            return phrase.hasPrefix(parts[0]) && phrase.hasSuffix(parts[1]) && phrase.count > parts[0].count + parts[1].count
        }
    }

    private let lines: [Line]

    /// - Parameter text: the file. Empty lines and lines that begin with `#` are skipped.
    /// - Throws: ``HearingFailure`` with the line's number.
    package init(_ text: String) throws {
        lines = try DataLines.read(text, columns: 2, what: "second phrasings").map { number, columns in
            let parts = columns[1].split(separator: "{}", omittingEmptySubsequences: false).map(String.init)
            guard parts.count <= 2 else {
                throw HearingFailure(.badData, "line \(number) of the second phrasings has two places; write `{}` once")
            }
            return Line(number: number, state: columns[0], parts: parts)
        }
    }

    /// - Parameter state: `ReceptionistScript.repeatValue` for requests to repeat.
    package func contains(_ phrase: String, in state: String) -> Bool { lines.contains { $0.state == state && $0.covers(phrase) } }

    /// Every line must be of use: one that no phrase of the business matches would quietly move phrasings into the first set.
    /// - Throws: ``HearingFailure`` that names the first idle line.
    package func check(against script: ReceptionistScript) throws {
        for line in lines {
            let isRepeat = line.state == ReceptionistScript.repeatValue
            let phrases = isRepeat ? script.repeatPhrases : script.state(line.state)?.answers.flatMap(\.phrases) ?? []
            guard phrases.contains(where: line.covers) else {
                throw HearingFailure(
                    .badData, "line \(line.number) of the second phrasings is no phrase of the state \(line.state); add it to the business's file")
            }
        }
    }
}

/// Files of tab-separated columns.
enum DataLines {
    static func read(_ text: String, columns count: Int, what: String) throws -> [(number: Int, columns: [String])] {
        try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { index, line in
            if line.isEmpty || line.hasPrefix("#") { return nil }
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard columns.count == count, columns.allSatisfy({ !$0.isEmpty }) else {
                throw HearingFailure(.badData, "line \(index + 1) of the \(what) has not \(count) columns; separate them by one tab")
            }
            return (index + 1, columns)
        }
    }
}

/// Why no table can be made.
package struct HearingFailure: Error, Sendable, CustomStringConvertible {
    /// Open-ended; more may come.
    package struct Code: Sendable, Equatable {
        package let name: String
        /// A file of sentences is not as it must be.
        package static let badData = Code(name: "hearing.data")
        /// The recogniser gave no final in time.
        package static let silent = Code(name: "hearing.silent")
    }
    package let code: Code
    /// What was seen, and the remedy.
    package let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
    package var description: String { "\(code.name): \(message)" }
}
