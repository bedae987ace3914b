/// Finds the town a caller names.
struct PlaceReader: Sendable {
    let text: SpokenText

    func place() -> Understood<String>? {
        var found: [(name: String, range: Range<Int>, score: Double)] = []
        var index = 0
        while index < text.count {
            // The longest name first: "בית שמש" before "בית".
            let match = stride(from: min(4, text.count - index), through: 1, by: -1).lazy.compactMap { length in self.match(index, length).map { ($0, length) } }.first
            if let (place, length) = match { found.append((place.name, index..<index + length, place.score)) }
            index += match?.1 ?? 1
        }
        guard let best = found.max(by: { ($0.score, -$0.range.lowerBound) < ($1.score, -$1.range.lowerBound) }) else { return misheard() }
        let others = found.filter { $0.name != best.name && !$0.range.overlaps(best.range) }.map(\.name)
        return Understood(
            best.name, span: text.span(best.range), confidence: best.score, why: best.score > 0.9 ? "a place of the list" : "a place that sounds so",
            alternatives: others)
    }

    /// Long names alone: short ones are like too many words.
    private func misheard() -> Understood<String>? {
        guard let match = Places.vocabulary.find(in: String(decoding: text.bytes, as: UTF8.self), atLeast: 0.85).first(where: { $0.name.count >= 5 }) else { return nil }
        return Understood(match.id, span: match.span, confidence: match.score * 0.8, why: "sounds like a place of the list")
    }

    private func match(_ index: Int, _ length: Int) -> (name: String, score: Double)? {
        var words: [String] = []
        for at in index..<index + length {
            guard text[at].kind == .word else { return nil }
            words.append(text[at].key.withoutMarks.text)
        }
        if let exact = Places.name(words.joined(separator: " ")) { return length == 1 && isOrdinary(index) ? nil : (exact, 0.95) }
        // What is written onto the first word: from, to, in, and that.
        var first = text[index].key
        var prefix: Prefix = []
        while first.count > 2, let letter = Prefix(letter: first.first), prefix.allows(letter) {
            prefix.insert(letter)
            first = first.dropFirst(1)
            words[0] = first.withoutMarks.text
            if let exact = Places.name(words.joined(separator: " ")) {
                return length == 1 && NonNames.words.contains(first) ? nil : (exact, prefix.isDisjoint(with: [.at, .to, .from]) ? 0.7 : 0.95)
            }
        }
        return nil
    }

    /// Villages whose name is a first name or an ordinary word need a preposition, or that nothing else is said.
    private func isOrdinary(_ index: Int) -> Bool {
        let key = text[index].key.withoutMarks
        guard FirstNames.entry(key) != nil || NonNames.words.contains(key) || !text[index].readings.isEmpty else { return false }
        return !text.tokens.indices.allSatisfy { $0 == index || text[$0].kind == .mark || Neutral.words.contains(text[$0].key) }
    }
}
