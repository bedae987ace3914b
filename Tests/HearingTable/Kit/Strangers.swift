import Business
import DialogWorker

/// Sentences that no question expects: lines `kind<TAB>sentence`.
package struct Strangers: Sendable {
    package struct Sentence: Sendable, Hashable {
        /// Where it comes from: a kind of the file, or `other state`.
        package let kind: String
        package let text: String
    }

    package let sentences: [Sentence]

    /// - Parameter text: the file. Empty lines and lines that begin with `#` are skipped.
    /// - Throws: ``HearingFailure`` with the line's number.
    package init(_ text: String) throws {
        sentences = try DataLines.read(text, columns: 2, what: "sentences out of grammar").map { Sentence(kind: $0.columns[0], text: $0.columns[1]) }
    }

    /// How many answers of other states each state hears.
    private static let answersFromElsewhere = 60

    /// What a state must reject: the sentences of the file, and answers to other questions, evenly taken from all of them. A sentence that holds
    /// an answer to this very question ("on Sunday at nine" where a day is asked for) is none of them: an open recogniser's words would be
    /// understood as well.
    package func sentences(for state: String, of script: ReceptionistScript, understood: (String) -> Bool) -> [Sentence] {
        let others = script.states.filter { $0.name != state }.flatMap(\.answers).flatMap(\.phrases)
        var seen = Set(sentences.map(\.text))
        let foreign = others.filter { seen.insert($0).inserted && !understood($0) }
        let wanted = min(Self.answersFromElsewhere, foreign.count)
        // A step that is no divisor of the patterns' count, so that patterns and words vary.
        let taken = (0..<wanted).map { Sentence(kind: "other state", text: foreign[$0 * foreign.count / wanted]) }
        return sentences.filter { !understood($0.text) } + taken
    }
}
