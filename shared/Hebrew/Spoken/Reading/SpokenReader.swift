/// Walks once over the tokens of a text and writes them as they are said.
///
/// Each kind of thing has its reader in an extension: it looks at the tokens from one place on and either says them and moves ``index``
/// behind them, or leaves everything as it is. How far a reader looks back or ahead is bounded by constants.
struct SpokenReader {
    let tokens: [SpeechToken]
    let options: SpokenOptions
    var out = SpokenWriter()
    var index = 0

    /// Behind the last date, time and weekday that were said: what follows closely is probably of the same kind.
    var dateEnd = -10
    var clockEnd = -10
    var clockIsKnown = false
    var weekdayEnd = -10
    var weekdayIsBare = false

    init(_ tokens: [SpeechToken], options: SpokenOptions) {
        self.tokens = tokens
        self.options = options
    }

    mutating func read() -> String {
        while index < tokens.count {
            let start = index
            let token = tokens[index]
            if !options.lexicon.isEmpty, readOverride() { continue }
            switch token.kind {
            case .word: readWord()
            case .digits: readNumber(index, NumberPrefix())
            case .latin: readLatin("")
            case .web: readWeb("")
            case .symbol: readSymbol()
            case .lineEnd:
                out.endLine()
                index += 1
            }
            // No reader may stand still.
            if index <= start { index = start + 1 }
        }
        return out.finished()
    }

    // MARK: - Looking

    func token(_ place: Int) -> SpeechToken? { place >= 0 && place < tokens.count ? tokens[place] : nil }

    func word(_ place: Int) -> String? {
        guard let token = token(place), token.kind == .word else { return nil }
        return token.text
    }

    func digits(_ place: Int) -> String? {
        guard let token = token(place), token.kind == .digits else { return nil }
        return token.text
    }

    /// Without white space before it.
    func isTight(_ place: Int) -> Bool { token(place)?.spaced == false }

    func isSymbol(_ place: Int, _ text: String) -> Bool {
        guard let token = token(place) else { return false }
        return token.kind == .symbol && token.text == text
    }

    func isDash(_ place: Int) -> Bool { isSymbol(place, "-") || isSymbol(place, "–") || isSymbol(place, "−") }

    /// A number may begin here: with a digit, a fraction, a currency or the sign of a telephone number.
    func isNumberStart(_ place: Int) -> Bool {
        guard let token = token(place) else { return false }
        switch token.kind {
        case .digits: return true
        case .symbol:
            if let scalar = token.text.unicodeScalars.first, SpokenScalars.vulgar[scalar] != nil { return true }
            let isCurrency = CountedUnit.currencySigns[token.text] != nil
            if isCurrency, isDash(place + 1), isTight(place + 1), digits(place + 2) != nil, isTight(place + 2) { return true }
            guard digits(place + 1) != nil else { return false }
            return isCurrency || ["+", "*", "%", "°"].contains(token.text) && isTight(place + 1)
        default: return false
        }
    }

    /// The word before a place, across a colon, a hyphen, a number sign or a quotation mark; nil across anything stronger.
    func previousWord(_ place: Int) -> String? {
        var before = place - 1
        while let token = token(before), token.kind == .symbol, [":", "-", "#", "\"", "("].contains(token.text), place - before < 4 { before -= 1 }
        return word(before)
    }

    /// The words before a place, the nearest first, as far back as `reach` tokens and within the sentence.
    func wordsBefore(_ place: Int, reach: Int) -> [String] {
        var words: [String] = []
        var before = place - 1
        while before >= 0, place - before <= reach {
            let token = tokens[before]
            if token.kind == .lineEnd || token.kind == .symbol && [".", "!", "?", ";"].contains(token.text) { break }
            if token.kind == .word { words.append(token.text) }
            before -= 1
        }
        return words
    }

    // MARK: - Saying

    /// A word of the text: by the business's lexicon, with its points, or as it is.
    func written(_ place: Int) -> String {
        let token = tokens[place]
        if !options.lexicon.isEmpty, let reading = options.lexicon.reading(token.text.lowercased()) { return reading }
        if options.keepsPoints, let pointed = token.pointed { return pointed }
        return token.text.typographic
    }

    mutating func say(_ phrase: String, _ prefix: NumberPrefix) {
        out.glue(prefix.outer + (prefix.isDefinite ? "ה" : ""))
        out.word(phrase)
    }
}

/// What a number begins with: ב-, ול-, ה-, מה-.
struct NumberPrefix: Equatable {
    /// Without the article.
    var outer = ""
    var isDefinite = false

    init() {}

    init?(_ word: String) {
        guard word.utf8.count <= 10, word != "של" else { return nil }
        // (ו)(כש|ש)(ב|ל|מ|כ)(ה)
        var rest = word[...]
        if rest.first == "ו" { rest = rest.dropFirst() }
        if rest.hasPrefix("כש") { rest = rest.dropFirst(2) } else if rest.first == "ש" { rest = rest.dropFirst() }
        if let letter = rest.first, "בלמכ".contains(letter) { rest = rest.dropFirst() }
        if rest == "ה" {
            isDefinite = true
            rest = rest.dropFirst()
        }
        guard rest.isEmpty else { return nil }
        outer = isDefinite ? String(word.dropLast()) : word
    }
}
