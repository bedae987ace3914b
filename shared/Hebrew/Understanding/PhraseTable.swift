/// Fixed phrases with a value each; the longest that fits wins.
struct PhraseTable<Value: Sendable>: Sendable {
    struct Match {
        let value: Value
        let end: Int
        let length: Int
    }

    private var byFirst: [WordKey: [(words: [WordKey], value: Value)]] = [:]

    /// Lists of phrases, separated by commas.
    init(_ lists: [(String, Value)]) {
        for (phrases, value) in lists {
            for phrase in phrases.split(separator: ",") {
                let words = phrase.split(whereSeparator: \.isWhitespace).map { WordKey($0) }
                if let first = words.first { byFirst[first, default: []].append((words, value)) }
            }
        }
        byFirst = byFirst.mapValues { $0.sorted { $0.words.count > $1.words.count } }
    }

    /// The phrase that begins at `index`; "and" and "that" may stand before its first word.
    func match(_ text: SpokenText, at index: Int) -> Match? {
        guard index < text.count, text[index].kind == .word else { return nil }
        let key = text[index].key
        if let match = match(text, key, at: index) { return match }
        // ו and ש.
        guard (key.first == 6 && key.count > 2) || (key.first == 21 && key.count > 3) || key == PhraseTable.thatYes else { return nil }
        return match(text, key.dropFirst(1), at: index)
    }

    private static var thatYes: WordKey { WordKey("שכן") }

    private func match(_ text: SpokenText, _ first: WordKey, at index: Int) -> Match? {
        for (words, value) in byFirst[first] ?? byFirst[first.endsWithGeresh ? first.dropLast : first] ?? [] {
            guard words.indices.dropFirst().allSatisfy({ index + $0 < text.count && text[index + $0].key == words[$0] }) else { continue }
            return Match(value: value, end: index + words.count, length: words.count)
        }
        return nil
    }
}
