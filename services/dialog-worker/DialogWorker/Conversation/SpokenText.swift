/// What of a model's text can be spoken. Models are told to write plain words, and forget it.
enum SpokenText {
    /// - Returns: one line without markup, pictures and direction marks; nil when no letter and no digit is left.
    static func cleaned(_ text: Substring) -> String? {
        let scalars = Array(text.unicodeScalars)
        var kept = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            // *2700 is a telephone number.
            let isStar = scalar == "*" && index + 1 < scalars.count && scalars[index + 1].properties.numericType != nil
            if isStar || !isSilent(scalar) { kept.append(scalar) }
        }
        var words = String(kept).split(whereSeparator: \.isWhitespace)[...]
        while words.count > 1, let first = words.first, isListMark(first) { words.removeFirst() }
        let line = words.joined(separator: " ")
        return line.contains { $0.isLetter || $0.isNumber } ? line : nil
    }

    private static func isSilent(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069, 0xFEFF: true  // direction marks
        case 0x200D, 0xFE0E, 0xFE0F, 0x2600...0x27BF, 0x1F000...0x1FAFF: true  // pictures and what joins them
        case 0x2A, 0x23, 0x60, 0x7E, 0x7C, 0x5F: true  // * # ` ~ | _
        default: false
        }
    }

    private static func isListMark(_ word: Substring) -> Bool {
        if ["-", "–", "•", ">"].contains(word) { return true }
        guard let last = word.last, last == "." || last == ")" else { return false }
        return word.dropLast().allSatisfy(\.isNumber)
    }
}

/// Takes away what a model thinks before it answers, where a server leaves it in the text: `<think>…</think>` at the beginning.
struct ThoughtFilter {
    private static let opening = "<think>"
    private static let closing = "</think>"
    private enum State { case start, thought, answer }
    private var state = State.start
    private var held = ""

    /// - Returns: what of the text belongs to the answer.
    mutating func take(_ text: String) -> String {
        switch state {
        case .answer: return text
        case .start:
            held += text
            let begin = held.drop(while: \.isWhitespace)
            if begin.hasPrefix(Self.opening) {
                state = .thought
                held = String(begin.dropFirst(Self.opening.count))
                return take("")
            }
            if Self.opening.hasPrefix(begin) { return "" }
        case .thought:
            held += text
            guard let end = held.firstRange(of: Self.closing) else { return "" }
            held = String(held[end.upperBound...])
        }
        state = .answer
        defer { held = "" }
        return held
    }

    /// What was held back in doubt, when nothing more comes. A thought without an end is no answer.
    mutating func finish() -> String {
        defer { held = "" }
        return state == .start ? held : ""
    }
}
