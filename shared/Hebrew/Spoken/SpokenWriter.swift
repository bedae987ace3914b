/// Puts the spoken words together: one space between words, marks close behind the word, no two marks in a row.
struct SpokenWriter {
    private var text = ""
    private var prefix = ""
    private var lastMark: Unicode.Scalar?
    /// The last mark is our own and says nothing at the end of the text.
    private var isSoft = false

    /// What the next word begins with (ב, ול, the article).
    mutating func glue(_ letters: String) { prefix += letters }

    mutating func word(_ word: some StringProtocol) {
        guard !word.isEmpty || !prefix.isEmpty else { return }
        if !text.isEmpty { text += " " }
        text += prefix
        text += word
        prefix = ""
        lastMark = nil
    }

    /// `.`, `?`, `!`, `,`, `;` or `:`. Of several the strongest stays, the first of equals; nothing begins with a mark.
    mutating func mark(_ mark: Unicode.Scalar) {
        dropPrefix()
        guard !text.isEmpty else { return }
        if let lastMark {
            guard Self.strength(mark) > Self.strength(lastMark) else { return }
            text.unicodeScalars.removeLast()
        }
        text.unicodeScalars.append(mark)
        lastMark = mark
        isSoft = false
    }

    /// A comma that stands for a bracket, a dash or a column of a table.
    mutating func pause() {
        guard lastMark == nil else { return }
        mark(",")
        isSoft = lastMark == ","
    }

    /// A line's end is the end of a sentence that lacks its mark.
    mutating func endLine() {
        if lastMark == nil || lastMark == "," { mark(".") }
    }

    var isAfterPause: Bool { lastMark != nil || text.isEmpty }

    /// A prefix that no word took: it is said alone.
    private mutating func dropPrefix() {
        if !prefix.isEmpty { word("") }
    }

    mutating func finished() -> String {
        dropPrefix()
        if lastMark != nil && isSoft { text.unicodeScalars.removeLast() }
        return text
    }

    private static func strength(_ mark: Unicode.Scalar) -> Int {
        switch mark {
        case ",": 1
        case ";", ":": 2
        case ".": 3
        default: 4
        }
    }
}
