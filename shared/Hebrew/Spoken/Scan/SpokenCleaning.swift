/// Takes the dress off a text: Markdown, tags and entities, after ``SpokenScalars`` has brought the characters to one alphabet.
///
/// One pass; every look ahead is bounded, so that no text takes more than linear time.
struct SpokenCleaning {
    private let text: [Unicode.Scalar]
    private var result: [Unicode.Scalar] = []
    private var index = 0
    /// Where a star that belongs to a telephone number was let through.
    private var starKeptBefore = -1

    static func clean(_ text: String) -> [Unicode.Scalar] {
        var cleaning = SpokenCleaning(SpokenScalars.normalised(text))
        return cleaning.run()
    }

    private init(_ text: [Unicode.Scalar]) {
        self.text = text
        result.reserveCapacity(text.count)
    }

    /// As far as a link's text, its address, or a tag may reach.
    private static let reach = 300

    private func scalar(_ place: Int) -> Unicode.Scalar? { place >= 0 && place < text.count ? text[place] : nil }

    private mutating func run() -> [Unicode.Scalar] {
        beginLine()
        while index < text.count {
            let scalar = text[index]
            switch scalar {
            case "\n":
                result.append(scalar)
                index += 1
                beginLine()
            case "*": star()
            case "_":
                // Within addresses; elsewhere emphasis.
                if isWordlike(index - 1) && isWordlike(index + 1) { result.append(scalar) }
                index += 1
            case "`":
                if self.scalar(index - 1)?.isHebrewLetter == true && self.scalar(index + 1)?.isHebrewLetter == true { result.append("'") }
                index += 1
            case "~" where self.scalar(index + 1) == "~": index += 2
            case "\\": index += 1
            case "!" where self.scalar(index + 1) == "[": index += 1
            case "[": bracket()
            case "<": tag()
            case "&": entity()
            default:
                result.append(scalar)
                index += 1
            }
        }
        return result
    }

    private func isWordlike(_ place: Int) -> Bool {
        guard let scalar = scalar(place) else { return false }
        return scalar.isASCIILetter || scalar.isDigit || scalar == "@" || scalar == "_"
    }

    // MARK: - Lines

    private mutating func beginLine() {
        skipSpaces()
        if isRule() { return skipLine() }
        while scalar(index) == ">", scalar(index + 1) == " " || scalar(index + 1) == ">" {
            index += 1
            skipSpaces()
        }
        if scalar(index) == "#" {
            var end = index
            while scalar(end) == "#" { end += 1 }
            // "#5" and "#מבצע" are no headings.
            if end - index <= 6, scalar(end) == " " {
                index = end
                skipSpaces()
            }
        }
        if let mark = scalar(index), ["-", "*", "+", "•", "–"].contains(mark), mark == "•" || scalar(index + 1) == " " {
            index += 1
            skipSpaces()
            skipCheckbox()
        }
        number()
        if scalar(index) == "`", scalar(index + 1) == "`", scalar(index + 2) == "`" { skipLine() }
    }

    /// "1. " and "2) " of a list: the number, then a pause.
    private mutating func number() {
        var end = index
        while let digit = scalar(end), digit.isDigit, end - index < 3 { end += 1 }
        guard end > index, scalar(end) == "." || scalar(end) == ")", scalar(end + 1) == " " else { return }
        result += text[index..<end]
        result += [",", " "]
        index = end + 1
        skipSpaces()
    }

    private mutating func skipCheckbox() {
        guard scalar(index) == "[", let mark = scalar(index + 1), [" ", "x", "X"].contains(mark), scalar(index + 2) == "]" else { return }
        index += 3
        skipSpaces()
    }

    private mutating func skipSpaces() {
        while scalar(index) == " " { index += 1 }
    }

    private mutating func skipLine() {
        while index < text.count, text[index] != "\n" { index += 1 }
    }

    /// A line across the page, or the line under a table's heading.
    private func isRule() -> Bool {
        var marks = 0
        var end = index
        while let scalar = scalar(end), scalar != "\n" {
            switch scalar {
            case "-", "=", "_", "*", "|", ":", "–": marks += 1
            case " ": break
            default: return false
            }
            end += 1
        }
        return marks >= 3
    }

    // MARK: - Within a line

    /// Emphasis is dropped; a star stays where it is a key, a telephone number's first sign, or a multiplication.
    private mutating func star() {
        let start = index
        while scalar(index) == "*" { index += 1 }
        let before = scalar(start - 1)
        let after = scalar(index)
        let single = (index - start) % 2 == 1
        if after?.isDigit == true {
            if before?.isDigit == true { return result.append("×") }
            var end = index
            while scalar(end)?.isDigit == true, end - index <= 6 { end += 1 }
            if single, (3...6).contains(end - index) {
                starKeptBefore = end
                result.append("*")
            }
        } else if before?.isDigit == true {
            // A number that is written from the right has its star behind it. Whether it is one, the words around it tell.
            if index - start == 1, starKeptBefore != start { result.append("*") }
        } else if single, before == nil || before == " " || before == "\n" || before == "(" || before == "\"" {
            if after == " ", result.last(where: { $0 != " " })?.isDigit == true, scalar(index + 1)?.isDigit == true {
                result.append("×")
            } else if after == nil || after?.isHebrewLetter != true && after?.isForeignLetter != true {
                result.append("*")
            }
        }
    }

    /// `[text](address)` leaves the text; other brackets stay.
    private mutating func bracket() {
        let limit = min(text.count, index + Self.reach)
        var close = index + 1
        while close < limit, text[close] != "]", text[close] != "\n", text[close] != "[" { close += 1 }
        if close < limit, text[close] == "]", scalar(close + 1) == "(" {
            let end = min(text.count, close + 2 + Self.reach)
            var last = close + 2
            while last < end, text[last] != ")", text[last] != "\n" { last += 1 }
            if last < end, text[last] == ")" {
                result += text[(index + 1)..<close].filter { $0 != "*" && $0 != "`" && $0 != "_" }
                index = last + 1
                return
            }
        }
        result.append("[")
        index += 1
    }

    private mutating func tag() {
        let limit = min(text.count, index + Self.reach)
        var close = index + 1
        var isAddress = false
        while close < limit, text[close] != ">", text[close] != "\n", text[close] != "<" {
            isAddress = isAddress || text[close] == "@" || text[close] == ":"
            close += 1
        }
        guard close < limit, text[close] == ">", let first = scalar(index + 1), first.isASCIILetter || first == "/" else {
            result.append("<")
            index += 1
            return
        }
        let content = text[(index + 1)..<close]
        if isAddress, !content.contains(" ") {
            result += content
        } else if Self.breaks.contains(String(String.UnicodeScalarView(content.prefix { $0 != " " })).lowercased()) {
            result.append("\n")
        }
        index = close + 1
    }

    private static let breaks: Set<String> = ["br", "br/", "p", "/p", "li", "/li", "div", "/div", "tr", "/tr", "/h1", "/h2", "/h3"]

    private mutating func entity() {
        for (name, meaning) in Self.entities where text[index...].starts(with: name) {
            result.append(meaning)
            index += name.count
            return
        }
        result.append("&")
        index += 1
    }

    private static let entities: [([Unicode.Scalar], Unicode.Scalar)] = [
        ("&amp;", "&"), ("&nbsp;", " "), ("&quot;", "\""), ("&#39;", "'"), ("&apos;", "'"), ("&lt;", "<"), ("&gt;", ">"),
    ].map { (Array($0.0.unicodeScalars), $0.1) }
}
