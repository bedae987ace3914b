/// One piece of a cleaned text.
struct SpeechToken: Equatable {
    enum Kind: UInt8 {
        /// Hebrew letters without points; `'` and `"` where they belong to the word.
        case word
        /// A run of ASCII digits.
        case digits
        /// A word in another script, with digits and marks that belong to it (`A4`, `AT&T`, `wi-fi`).
        case latin
        /// An e-mail address or an address of the web.
        case web
        /// Any other character.
        case symbol
        case lineEnd
    }

    let kind: Kind
    let text: String
    /// The word with its points, where it has any.
    var pointed: String?
    /// Whether white space, or the beginning of the text, is before it.
    let spaced: Bool
}

/// Cuts a cleaned text into tokens, each scalar looked at once, but for a bounded look ahead.
struct SpeechScanner {
    private let text: [Unicode.Scalar]
    private var tokens: [SpeechToken] = []
    private var index = 0
    private var spaced = true
    /// No address begins before here.
    private var webChecked = 0

    static func tokens(of text: [Unicode.Scalar]) -> [SpeechToken] {
        var scanner = SpeechScanner(text)
        scanner.run()
        return scanner.tokens
    }

    private init(_ text: [Unicode.Scalar]) {
        self.text = text
        tokens.reserveCapacity(text.count / 3 + 4)
    }

    private func scalar(_ place: Int) -> Unicode.Scalar? { place >= 0 && place < text.count ? text[place] : nil }

    private mutating func run() {
        while index < text.count {
            let scalar = text[index]
            switch scalar {
            case " ":
                spaced = true
                index += 1
            case "\n":
                add(.lineEnd, "\n")
                spaced = true
                index += 1
            case _ where scalar.isHebrewLetter: word()
            case _ where scalar.isHebrewPoint: index += 1
            case _ where scalar.isDigit || scalar.isForeignLetter:
                if web() { continue }
                if scalar.isDigit { digits() } else { latin() }
            default:
                // Two apostrophes are a quotation mark.
                if scalar == "'", self.scalar(index + 1) == "'" {
                    add(.symbol, "\"")
                    index += 2
                } else {
                    add(.symbol, String(scalar))
                    index += 1
                }
            }
        }
    }

    private mutating func add(_ kind: SpeechToken.Kind, _ text: String, pointed: String? = nil) {
        tokens.append(SpeechToken(kind: kind, text: text, pointed: pointed, spaced: spaced))
        spaced = false
    }

    private func string(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text[range])
        return String(view)
    }

    private mutating func digits() {
        let start = index
        while index < text.count, text[index].isDigit { index += 1 }
        add(.digits, string(start..<index))
    }

    // MARK: - Words

    private mutating func word() {
        var letters = String.UnicodeScalarView()
        var pointed = String.UnicodeScalarView()
        var hasPoints = false
        let quoted = scalar(index - 1) == "'"
        loop: while let scalar = scalar(index) {
            switch scalar {
            case _ where scalar.isHebrewLetter:
                letters.append(scalar)
                pointed.append(scalar)
                index += 1
            case _ where scalar.isHebrewPoint:
                hasPoints = true
                pointed.append(scalar)
                index += 1
            case "\"",
                "'" where self.scalar(index + 1) == "'":
                let width = scalar == "'" ? 2 : 1
                guard isGershayim(index, width) else { break loop }
                letters.append("\"")
                pointed.append("״")
                index += width
            case "'":
                // A word within single quotes ends with one of them.
                if quoted, self.scalar(index + 1)?.isHebrewLetter != true { break loop }
                letters.append("'")
                pointed.append("׳")
                index += 1
            default: break loop
            }
        }
        add(.word, String(letters), pointed: hasPoints ? String(pointed) : nil)
    }

    /// A quotation mark within a word: letters follow, few of them, and it does not open a quotation (ב"הארץ").
    private func isGershayim(_ place: Int, _ width: Int) -> Bool {
        var end = place + width
        while let scalar = scalar(end), scalar.isHebrewLetter || scalar.isHebrewPoint, end - place <= 12 { end += 1 }
        let letters = end - place - width
        guard letters >= 1, letters <= 5 else { return false }
        guard scalar(end) == "\"" else { return true }
        // Two such marks: בי"ד"ר is no word; a quotation of one letter hardly exists.
        return letters == 1
    }

    private mutating func latin() {
        let start = index
        loop: while let scalar = scalar(index) {
            switch scalar {
            case _ where scalar.isForeignLetter || scalar.isForeignMark || scalar.isDigit: index += 1
            case "'", "&", ".":
                guard self.scalar(index + 1)?.isForeignLetter == true else { break loop }
                index += 1
            case "-":
                // "3K-5K" and "7am-9pm" are ranges, "COVID-19" a name.
                guard let next = self.scalar(index + 1), next.isForeignLetter || next.isDigit && isName(start..<index) else { break loop }
                index += 1
            case "+", "#":
                guard let before = self.scalar(index - 1), before == "+" || index - start == 1, self.scalar(index + 1)?.isDigit != true else {
                    break loop
                }
                index += 1
            default: break loop
            }
        }
        add(.latin, string(start..<index))
    }

    /// More than the scale or the unit of a number.
    private func isName(_ range: Range<Int>) -> Bool {
        range.count >= 2 && !["am", "pm", "kg", "km", "cm", "mm"].contains(string(range).lowercased())
    }

    // MARK: - Addresses

    private mutating func web() -> Bool {
        guard index >= webChecked else { return false }
        var end = index
        while let scalar = scalar(end), scalar.value < 0x80, scalar.isASCIILetter || scalar.isDigit || Self.webMarks.contains(scalar) { end += 1 }
        while end > index, let last = scalar(end - 1), !last.isASCIILetter, !last.isDigit { end -= 1 }
        webChecked = max(end, index + 1)
        guard end - index >= 4, WebAddress.isAddress(text[index..<end]) else { return false }
        add(.web, string(index..<end))
        index = end
        return true
    }

    private static let webMarks: Set<Unicode.Scalar> = ["@", ".", "_", "%", "+", "-", ":", "/", "?", "&", "=", "#", "~"]
}
