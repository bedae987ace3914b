/// Finds the town a caller names.
struct PlaceReader: Sendable {
    let text: SpokenText

    /// Who asks for a place may search among what sounds alike, which takes a millisecond.
    func place(evenMisheard: Bool) -> Understood<String>? {
        var found: [(name: String, range: Range<Int>, score: Double)] = []
        var index = 0
        while index < text.count {
            let match = match(at: index)
            if let match { found.append((match.name, index..<match.end, match.score)) }
            index = match?.end ?? index + 1
        }
        guard let best = found.max(by: { ($0.score, -$0.range.lowerBound) < ($1.score, -$1.range.lowerBound) }) else {
            return evenMisheard ? misheard() : nil
        }
        let others = found.filter { $0.name != best.name && !$0.range.overlaps(best.range) }.map(\.name)
        return Understood(
            best.name, span: text.span(best.range), confidence: best.score, why: best.score > 0.9 ? "a place of the list" : "a place that sounds so",
            alternatives: others)
    }

    /// A name that nobody knows as a word, in a short answer or where one says where one lives. Short names are like too many words.
    private func misheard() -> Understood<String>? {
        let isShort = text.tokens.filter { $0.kind == .word && !Neutral.words.contains($0.key) }.count <= 3
        guard isShort || text.tokens.contains(where: { PlaceReader.living.contains($0.key) }) else { return nil }
        let matches = Places.vocabulary.find(in: String(decoding: text.bytes, as: UTF8.self), atLeast: 0.85)
        guard
            let match = matches.first(where: { match in
                Sound.skeleton(Sound.letters(match.name)[...]).count >= 3 && match.name.count >= 5 && isUnknown(match.span)
            })
        else { return nil }
        return Understood(match.id, span: match.span, confidence: match.score * 0.8, why: "sounds like a place of the list")
    }

    private func isUnknown(_ span: Range<Int>) -> Bool {
        let tokens = text.tokens.filter { span.contains($0.start) }
        return tokens.contains { token in
            token.readings.isEmpty && !NonNames.words.contains(token.key) && !Neutral.words.contains(token.key)
                && !PlaceReader.living.contains(token.key)
                && FirstNames.entry(token.key.withoutMarks) == nil && !FamilyNames.contains(token.key.withoutMarks)
        }
    }

    private static let living = Lexicon.keys(
        "גר גרה גרים גרות מתגורר מתגוררת נמצא נמצאת נמצאים בעיר העיר עיר ביישוב יישוב מושב קיבוץ באזור לאזור כתובת הכתובת")

    /// The longest name that begins here, as it stands or behind what is written onto it: in, from, to, and, that.
    private func match(at index: Int) -> (name: String, end: Int, score: Double)? {
        guard text[index].kind == .word else { return nil }
        var first = text[index].key.withoutMarks
        var prefix: Prefix = []
        var best: (name: String, end: Int, score: Double)?
        while true {
            for (words, name) in Places.byFirstWord[first] ?? [] where index + words.count > best?.end ?? index {
                guard words.indices.dropFirst().allSatisfy({ index + $0 < text.count && text[index + $0].key.withoutMarks == words[$0] }) else {
                    continue
                }
                // "באזור חיפה": the town of that name stands for itself alone.
                if words.count == 1, words[0] == PlaceReader.area, !text.isEnd(index + 1) { continue }
                if words.count == 1, prefix.isEmpty ? isOrdinary(index) : NonNames.words.contains(first) { continue }
                // "The Carmel" and "and Dan" are weaker than "from Haifa".
                best = (name, index + words.count, prefix.isEmpty || !prefix.isDisjoint(with: [.at, .to, .from]) ? 0.95 : 0.7)
            }
            guard first.count > 2, let letter = Prefix(letter: first.first), prefix.allows(letter) else { return best }
            prefix.insert(letter)
            first = first.dropFirst(1)
        }
    }

    private static let area = WordKey("אזור")

    /// Villages whose name is a first name or an ordinary word need a preposition, or that nothing else is said.
    private func isOrdinary(_ index: Int) -> Bool {
        let key = text[index].key.withoutMarks
        guard FirstNames.entry(key) != nil || NonNames.words.contains(key) || !text[index].readings.isEmpty else { return false }
        return !text.tokens.indices.allSatisfy { $0 == index || text[$0].kind == .mark || Neutral.words.contains(text[$0].key) }
    }
}
