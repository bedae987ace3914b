/// What is left to say of a sentence whose voice broke in the middle.
///
/// Nobody tells which word had been reached, so it is estimated from the time: as many characters as this voice says in it, and rather too few.
/// The word there is said again. Nothing is left out, a word or two may be heard twice.
enum UnheardRest {
    /// With less than this the sentence is said again from its beginning, in milliseconds: hardly a word was heard.
    static let negligible = 400
    /// Of the estimate: speech is not even, and a word twice is better than a word lost.
    private static let caution = 0.85
    /// A clause that began at most so many characters before is said again whole: it sounds better than half of it. About a second.
    private static let clause = 12

    /// - Parameters:
    ///   - milliseconds: audio of the sentence that was handed on.
    ///   - pace: characters a second of the voice that broke.
    /// - Returns: the sentence or its end; nil when it cannot be cut anywhere without saying all of it, or half of a number, again.
    static func of(_ text: String, after milliseconds: Int, pace: Double) -> String? {
        guard milliseconds >= negligible else { return text }
        let words = words(text)
        let reached = Double(milliseconds) / 1000 * pace * caution
        guard let word = words.lastIndex(where: { Double($0.offset) <= reached }) else { return nil }
        let earliest = words[word].offset - clause
        let clause = (0..<words.count).last { $0 > 0 && $0 <= word && words[$0 - 1].endsClause && words[$0].offset >= earliest }
        guard let cut = [clause, word].compactMap({ $0 }).map({ beginOfNumber($0, words) }).first(where: { $0 > 0 }) else { return nil }
        return words[cut...].map(\.text).joined(separator: " ")
    }

    /// A number that is begun in its middle is another number.
    private static func beginOfNumber(_ index: Int, _ words: [Word]) -> Int {
        var index = index
        while index > 0, words[index].isNumber, words[index - 1].isNumber { index -= 1 }
        return index
    }

    private struct Word {
        let text: Substring
        /// In characters.
        let offset: Int
        var endsClause: Bool { text.last.map { ",;:.!?–—".contains($0) } ?? false }
        var isNumber: Bool { text.contains(where: \.isNumber) || NumberWords.contains(text) }
    }

    private static func words(_ text: String) -> [Word] {
        var words: [Word] = []
        var start: (index: String.Index, offset: Int)?
        var offset = 0
        for index in text.indices {
            if text[index] == " " {
                if let begun = start { words.append(Word(text: text[begun.index..<index], offset: begun.offset)) }
                start = nil
            } else if start == nil {
                start = (index, offset)
            }
            offset += 1
        }
        if let begun = start { words.append(Word(text: text[begun.index...], offset: begun.offset)) }
        return words
    }
}

/// Hebrew words that are numbers, or stand inside of one.
enum NumberWords {
    private static let words: Set<String> = [
        "אפס", "אחד", "אחת", "שניים", "שתיים", "שני", "שתי", "שנים", "שתים", "שלושה", "שלוש", "שלושת", "ארבעה", "ארבע", "ארבעת", "חמישה", "חמש",
        "חמשת", "שישה", "שש", "ששת", "שבעה", "שבע", "שבעת", "שמונה", "שמונת", "תשעה", "תשע", "תשעת", "עשרה", "עשר", "עשרת", "עשרים", "שלושים",
        "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים", "מאה", "מאתיים", "מאות", "אלף", "אלפיים", "אלפים", "מיליון", "מיליארד", "נקודה",
        "כוכבית", "סולמית", "חצי", "רבע",
    ]

    /// With or without what is written at a word's beginning (ו, ב, ל, מ, ה, כ, ש) and after its end.
    static func contains(_ word: Substring) -> Bool {
        var letters = Substring(word.filter { ("א"..."ת").contains($0) })
        for _ in 0..<4 {
            if words.contains(String(letters)) { return true }
            guard let first = letters.first, "ובלמהכש".contains(first) else { return false }
            letters.removeFirst()
        }
        return false
    }
}
