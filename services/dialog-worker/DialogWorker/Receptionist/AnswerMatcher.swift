import Business

/// Finds the expected answer in a transcript. Works on copies; the transcript stays as it is.
struct AnswerMatcher {
    enum Match: Equatable {
        case answer(Int)
        case again
        /// Nothing but a hesitation: no turn, as far as the dialogue is concerned.
        case hesitation
        case none
    }

    /// - Returns: the index of the answer in `answers`.
    static func match(_ text: String, answers: [ReceptionistScript.Answer], repeats: [[String]]) -> Match {
        let words = PhraseForm.words(text)
        guard !words.isEmpty else { return text.contains(where: \.isLetter) ? .hesitation : .none }
        var spans: [Span] = []
        func look(for phrases: [[String]], meaning: Match) -> Bool {
            for wanted in phrases {
                // A closed grammar gives exactly a phrase.
                if wanted == words { return true }
                spans += Span.all(of: wanted, in: words, meaning: meaning)
            }
            return false
        }
        for (index, answer) in answers.enumerated() where look(for: answer.forms, meaning: .answer(index)) { return .answer(index) }
        if look(for: repeats, meaning: .again) { return .again }

        // An open recogniser gives more words around it. "לא נכון" holds "נכון": what lies inside a longer find says nothing of its own.
        // Two answers side by side ("כן, לא") are none: asking again is better than guessing.
        let outer = spans.filter { span in !spans.contains { $0.holds(span) } }
        let found = outer.map(\.meaning)
        let meant = found.filter { $0 != .again }
        if let first = meant.first { return meant.allSatisfy { $0 == first } ? first : .none }
        return found.isEmpty ? .none : .again
    }

    private struct Span {
        let range: Range<Int>
        let meaning: Match

        func holds(_ other: Span) -> Bool {
            range.lowerBound <= other.range.lowerBound && range.upperBound >= other.range.upperBound && range.count > other.range.count
        }

        static func all(of phrase: [String], in words: [String], meaning: Match) -> [Span] {
            guard !phrase.isEmpty, phrase.count <= words.count else { return [] }
            return (0...(words.count - phrase.count)).compactMap { start in
                let range = start..<(start + phrase.count)
                return words[range].elementsEqual(phrase) ? Span(range: range, meaning: meaning) : nil
            }
        }
    }
}
