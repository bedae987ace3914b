/// Cuts a text that comes in tokens into pieces that are spoken one after the other, each as soon as it can be spoken well. A value.
///
/// A sentence ends at `.`, `?`, `!`, `…` or a line's end, never inside 3.5, 19:30, ד"ר, ת"א, an abbreviation or an address. Of a reply's first
/// sentence a clause is enough: a caller who hears its first words has waited less, and a comma is a pause in any voice.
package struct SentencePieces: Sendable {
    /// Words before a comma that make a clause of the first piece. "שלום דנה," alone would sound cut off.
    private static let clauseWords = 5
    /// Characters after which a sentence without an end is cut between words: a voice is given a breath's length at a time.
    private static let longest = 220

    private var pending = ""
    private var isFirst = true

    package init() {}

    /// - Returns: the pieces that this text completes.
    package mutating func take(_ text: String) -> [String] {
        pending += text
        var pieces: [String] = []
        while let cut = nextCut() {
            let piece = SpokenText.cleaned(pending[..<cut])
            pending.removeSubrange(..<cut)
            if let piece {
                pieces.append(piece)
                isFirst = false
            }
        }
        return pieces
    }

    /// What is left when nothing more comes; nil: nothing that could be spoken.
    package mutating func finish() -> String? {
        defer { pending = "" }
        return SpokenText.cleaned(pending[...])
    }

    // MARK: - Where to cut

    private func nextCut() -> String.Index? {
        var index = pending.startIndex
        while index < pending.endIndex {
            let after = pending.index(after: index)
            switch pending[index] {
            case let end where end.isNewline: return after
            case ".", "?", "!", "…":
                if let cut = sentenceEnd(at: index) { return cut }
            case ",", ";", ":", "–", "—":
                if isFirst, after < pending.endIndex, pending[after].isWhitespace, words(before: index) >= Self.clauseWords { return after }
            default: break
            }
            index = after
        }
        guard pending.count > Self.longest else { return nil }
        let breath = pending.index(pending.startIndex, offsetBy: Self.longest)
        let place = pending[..<breath].lastIndex { ",;".contains($0) } ?? pending[..<breath].lastIndex(where: \.isWhitespace)
        return place.map { pending.index(after: $0) } ?? breath
    }

    private static let closing: Set<Character> = ["\"", "”", "'", "’", ")", "]", "״", "׳", "»", ".", "?", "!", "…"]

    /// The end of the sentence whose last letter stands before `index`; nil when no sentence ends there, or when it cannot be known yet.
    private func sentenceEnd(at index: String.Index) -> String.Index? {
        var after = pending.index(after: index)
        while after < pending.endIndex, Self.closing.contains(pending[after]) { after = pending.index(after: after) }
        let isLast = after == pending.endIndex
        guard isLast || pending[after].isWhitespace else { return nil }
        let start = pending[..<index].lastIndex(where: \.isWhitespace).map { pending.index(after: $0) } ?? pending.startIndex
        let word = pending[start..<index]
        let isAddress = word.contains("/") || word.contains("@") || word.hasPrefix("www.")
        guard pending[index] == "." else { return isLast && isAddress ? nil : after }
        if Self.isAbbreviation(word) { return nil }
        // "1." begins a list's item; later in a sentence a number may well be its last word.
        if word.allSatisfy(\.isNumber), words(before: index) <= 1 { return nil }
        guard isLast else { return after }
        // The next token may go on with 3.5 or an address; after a Hebrew word nothing of the kind comes.
        return word.last.map(Self.isHebrew) == true && !isAddress ? after : nil
    }

    private func words(before index: String.Index) -> Int { pending[..<index].split(whereSeparator: \.isWhitespace).count }

    /// Short forms that are written with a full stop, without their prefix letters.
    private static let abbreviations: Set<String> = ["מס", "טל", "רח", "שד", "עמ", "שכ", "נק", "סע", "פרופ", "מר", "גב"]

    private static func isAbbreviation(_ word: Substring) -> Bool {
        let letters = word.drop { !isHebrew($0) && !$0.isLetter && !$0.isNumber }
        // Initials: "א.", "ת.ז".
        let parts = letters.split(separator: ".", omittingEmptySubsequences: false)
        if parts.allSatisfy({ $0.count == 1 && $0.first?.isLetter == true }) { return true }
        if abbreviations.contains(String(letters)) { return true }
        return "בלהומשכ".contains(letters.first ?? " ") && abbreviations.contains(String(letters.dropFirst()))
    }

    private static func isHebrew(_ character: Character) -> Bool {
        character.unicodeScalars.first.map { (0x05D0...0x05EA).contains($0.value) } ?? false
    }
}
