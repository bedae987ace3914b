/// Cuts text that arrives in pieces (a model's reply) into sentences, each of which can be spoken on its own.
///
/// A cut is made only where what follows cannot change how the sentence is read: never inside 3.5, 19:30, ד"ר, ת"א, an address of the web,
/// an abbreviation with its dot, or a list of numbers. The pieces together are the text, but for white space at the cuts.
package struct SentenceSplitter: Sendable {
    /// Words after which the first piece may end at a comma already, so that speech begins early; nil for sentences only.
    private let firstPiece: Int?
    /// A sentence whose end can hardly be doubted goes before the next text shows that it is one.
    private let isEager: Bool
    /// What has arrived, where the piece begins that is being gathered, and how far it was looked at.
    private var text: [Unicode.Scalar] = []
    private var begin = 0
    private var looked = 0
    private var words = 0
    private var depth = 0
    private var isFirst = true
    /// Ends of the piece so far, if it becomes too long: behind a comma, behind a word; or its beginning.
    private var lastPause = 0
    private var lastSpace = 0

    /// Scalars. A sentence that is longer is cut at a comma, then between words, then anywhere.
    static let comfortable = 200
    static let long = 400
    static let longest = 2_000

    /// - Parameters:
    ///   - firstPiece: four words are about a second and a half of speech, longer than the next piece takes to come.
    ///   - isEager: a mark behind a Hebrew word ends a piece as soon as it arrives. A listener waits less; of several marks (?!) the later ones
    ///   become a piece of their own when they arrive later.
    package init(firstPiece: Int? = 4, isEager: Bool = false) {
        self.firstPiece = firstPiece
        self.isEager = isEager
    }

    /// The pieces that are complete with this text.
    package mutating func feed(_ delta: String) -> [String] {
        text.append(contentsOf: delta.unicodeScalars)
        let pieces = advance(isLast: false)
        // Once for all pieces of a delta: a long text is not moved for each of its sentences.
        text.removeFirst(begin)
        looked -= begin
        lastPause -= begin
        lastSpace -= begin
        begin = 0
        return pieces
    }

    /// What is left. The splitter is as new afterwards.
    package mutating func finish() -> [String] {
        let pieces = advance(isLast: true) + piece(text.count)
        self = SentenceSplitter(firstPiece: firstPiece, isEager: isEager)
        return pieces
    }

    // MARK: -

    private enum Cut {
        case no, yes
        /// What follows decides and has not arrived.
        case wait
    }

    private func scalar(_ place: Int) -> Unicode.Scalar? { place >= 0 && place < text.count ? text[place] : nil }

    private mutating func advance(isLast: Bool) -> [String] {
        var pieces: [String] = []
        while looked < text.count {
            let scalar = text[looked]
            var end = looked + 1
            var cut = Cut.no
            switch scalar {
            case "\n", "\u{2028}", "\u{2029}": cut = .yes
            case ".", "!", "?", "…", "؟":
                while let next = self.scalar(end), Self.terminators.contains(next) || Self.closers.contains(next) { end += 1 }
                cut = isSentenceEnd(scalar, end, isLast)
            case ",", ";", ":", "–", "—":
                cut = isPause(end, isLast)
                if cut == .yes {
                    lastPause = end
                    let isEarly = isFirst && firstPiece.map { words + 1 >= $0 } == true && scalar != "–" && scalar != "—"
                    if !isEarly && end - begin < Self.comfortable { cut = .no }
                }
            case "(", "[": depth += 1
            case ")", "]": depth = max(0, depth - 1)
            default:
                if scalar.properties.isWhitespace {
                    if let before = self.scalar(looked - 1), !before.properties.isWhitespace {
                        words += 1
                        if isBetweenWords(looked) { lastSpace = looked }
                    }
                }
            }
            switch cut {
            case .wait: return pieces
            case .yes:
                pieces += piece(end)
                continue
            case .no: looked = end
            }
            if looked - begin > Self.comfortable, lastPause > begin {
                pieces += piece(lastPause)
            } else if looked - begin > Self.long, lastSpace > begin {
                pieces += piece(lastSpace)
            } else if looked - begin >= Self.longest {
                pieces += piece(looked)
            }
        }
        return pieces
    }

    /// Takes the piece up to there; nothing where it is white space.
    private mutating func piece(_ end: Int) -> [String] {
        let scalars = text[begin..<end]
        begin = end
        looked = end
        words = 0
        depth = 0
        lastPause = end
        lastSpace = end
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else {
            return []
        }
        isFirst = false
        return [String(String.UnicodeScalarView(scalars[first...last]))]
    }

    private static let terminators: Set<Unicode.Scalar> = [".", "!", "?", "…", "؟"]
    private static let closers: Set<Unicode.Scalar> = [
        "\"", "'", "”", "’", "״", "׳", ")", "]", "*", "_", "»", "\u{200E}", "\u{200F}", "\u{2069}", "\u{202C}",
    ]

    // MARK: - Ends of sentences

    /// - Parameter end: behind the marks.
    private func isSentenceEnd(_ mark: Unicode.Scalar, _ end: Int, _ isLast: Bool) -> Cut {
        guard let next = scalar(end) else { return isLast || isEager && endsWord(mark, end) ? .yes : .wait }
        guard next.properties.isWhitespace else { return .no }
        // Several marks, or others than a full stop, leave no doubt.
        guard mark == ".", end == looked + 1, next != "\n" else { return .yes }
        var start = looked
        while start > begin, !text[start - 1].properties.isWhitespace, looked - start < 20 { start -= 1 }
        let word = String(String.UnicodeScalarView(text[start..<looked].drop { $0 == "(" || $0 == "\"" || $0 == "*" }))
        let opensLine = text[begin..<start].allSatisfy { $0.properties.isWhitespace || Self.bullets.contains($0) }
        // "1. דירה", "א. סעיף": the number of a list.
        if opensLine, word.unicodeScalars.count <= 3, word.unicodeScalars.allSatisfy(\.isDigit) || word.unicodeScalars.count == 1 { return .no }
        var follower = end
        while let space = scalar(follower), space == " " || space == "\u{A0}" { follower += 1 }
        if Self.isShortened(word) {
            guard let next = scalar(follower) else { return isLast ? .yes : .wait }
            // בטל and המס are words of their own where no number follows.
            let isWord = !Self.shortened.contains(word) && !next.isDigit && WordStems.of(word).contains { Self.numbered.contains($0) }
            return next == "\n" || isWord ? .yes : .no
        }
        guard word.unicodeScalars.first?.isHebrewLetter == true else { return .yes }
        // The last dot of an acronym (ת.ז.) ends nothing.
        if word.unicodeScalars.dropFirst().first == "." { return .no }
        // "ת. ז.", "א. ב. יהושע": letters with dots go on while letters follow.
        guard word.unicodeScalars.count == 1 else { return .yes }
        // The last of several, too: "ת. ז. 123".
        if scalar(start - 1) == " ", scalar(start - 2) == ".", scalar(start - 3)?.isHebrewLetter == true,
            scalar(start - 4).map({ !$0.isHebrewLetter }) ?? true
        {
            return .no
        }
        guard let letter = scalar(follower), let dot = scalar(follower + 1) else { return isLast ? .yes : .wait }
        return letter.isHebrewLetter && dot == "." ? .no : .yes
    }

    /// Whether the mark, which is the last that has arrived, ends a sentence all the same: it stands behind a Hebrew word that is no short form.
    private func endsWord(_ mark: Unicode.Scalar, _ end: Int) -> Bool {
        var start = looked
        while start > begin, !text[start - 1].properties.isWhitespace { start -= 1 }
        let word = text[start..<looked]
        guard let last = word.last, last.isHebrewLetter, word.allSatisfy({ $0 != "/" && $0 != "@" }) else { return false }
        guard mark == "." else { return true }
        return word.count > 1 && word.allSatisfy { $0 != "." } && !Self.isShortened(String(String.UnicodeScalarView(word)))
    }

    private static let bullets: Set<Unicode.Scalar> = ["-", "*", "•", "–", "#", ">"]

    /// Words that are cut with a dot.
    private static let shortened: Set<String> = [
        "טל", "רח", "שד", "מס", "עמ", "פרופ", "גב", "שכ", "סע", "נק", "Dr", "Mr", "Mrs", "Ms", "St", "No", "vs", "Prof",
    ]

    /// Those that stand before a number.
    private static let numbered: Set<String> = ["טל", "מס", "עמ", "סע", "נק"]

    /// Also behind letters that are written onto it: "ברח.", "לטל.".
    private static func isShortened(_ word: String) -> Bool { WordStems.of(word).contains { shortened.contains($0) } }

    // MARK: - Pauses

    /// A comma after which a piece may begin anew: no number touches it, and no bracket is open.
    private func isPause(_ end: Int, _ isLast: Bool) -> Cut {
        guard depth == 0 else { return .no }
        var next = end
        guard let space = scalar(next) else { return isLast ? .no : .wait }
        guard space == " " else { return .no }
        while scalar(next) == " " { next += 1 }
        guard let first = scalar(next) else { return isLast ? .no : .wait }
        if first.isDigit || Self.signs.contains(first) { return .no }
        var before = looked - 1
        while let scalar = scalar(before), scalar == " " || Self.closers.contains(scalar) { before -= 1 }
        guard let last = scalar(before), !last.isDigit, !Self.signs.contains(last) else { return .no }
        return .yes
    }

    private static let signs: Set<Unicode.Scalar> = ["₪", "$", "€", "£", "%", "*", "+", "-", "−", "#", "°"]

    /// A space between two words without figures.
    private func isBetweenWords(_ place: Int) -> Bool {
        guard let before = scalar(place - 1), let after = scalar(place + 1) else { return false }
        return before.properties.isAlphabetic && after.properties.isAlphabetic && depth == 0
    }
}
