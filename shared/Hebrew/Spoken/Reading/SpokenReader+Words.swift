/// Hebrew words, the business's lexicon, prefixes, words in other scripts.
extension SpokenReader {
    mutating func readWord() {
        if readWeekday() || readPrefix() || readDotted() || readMidnight() { return }
        let text = tokens[index].text
        if let letters = letterNumber(text) {
            out.word(letters)
        } else if !options.lexicon.isEmpty || tokens[index].pointed != nil {
            out.word(written(index))
        } else {
            out.word(abbreviation(text, before: index + 1) ?? text)
        }
        index += 1
    }

    /// ע"מ before a number is עוסק מורשה.
    func abbreviation(_ text: String, before place: Int) -> String? {
        let isNumbered = digits(isSymbol(place, ":") ? place + 1 : place) != nil
        return isNumbered && text == "ע\"מ" ? "עוסק מורשה" : Abbreviations.words(text)
    }

    // MARK: - The business's lexicon

    mutating func readOverride() -> Bool {
        for length in stride(from: min(options.lexicon.longest, tokens.count - index), through: 1, by: -1) {
            let range = index..<(index + length)
            guard range.allSatisfy({ [.word, .latin, .digits].contains(tokens[$0].kind) }) else { continue }
            let key = range.map { tokens[$0].text }.joined(separator: " ").lowercased()
            var rest = key[...]
            var prefix = ""
            for _ in 0...3 {
                if let reading = options.lexicon.reading(String(rest)) {
                    out.word(prefix + reading)
                    index += length
                    return true
                }
                guard let letter = rest.first, SpokenContext.prefixLetters.contains(letter), rest.utf8.count > 4 else { break }
                prefix.append(letter)
                rest = rest.dropFirst()
            }
        }
        return false
    }

    // MARK: - Prefixes

    /// ב, ל, ה and their like before a number or a word in another script.
    private mutating func readPrefix() -> Bool {
        guard let prefix = NumberPrefix(tokens[index].text) else { return false }
        var next = index + 1
        guard isTight(next) else {
            // "ל 052-1234567": a space too many.
            guard ["ב", "ל", "מ", "כ"].contains(prefix.outer.suffix(1)), prefix.outer.utf8.count <= 4, !prefix.isDefinite, !isBehindDay(index) else {
                return false
            }
            if isDash(next), digits(next + 1) != nil, isTight(next + 1) {
                say("מינוס", prefix)
                index = next + 1
                readNumber(index, NumberPrefix())
                return true
            }
            guard digits(next) != nil else { return false }
            index = next
            readNumber(next, prefix)
            return true
        }
        let hasHyphen = isSymbol(next, "-") || isSymbol(next, "–")
        if hasHyphen { next += 1 }
        if isNumberStart(next) {
            index = next
            readNumber(next, prefix)
            return true
        }
        // "ב־−5": the sign belongs to the number.
        if hasHyphen, isDash(next), isNumberStart(next + 1), isTight(next + 1) {
            say("מינוס", prefix)
            index = next + 1
            readNumber(next + 1, NumberPrefix())
            return true
        }
        let hasQuotation = !hasHyphen && isSymbol(next, "\"")
        if hasQuotation { next += 1 }
        // "ב-תל אביב", "ו-ג'", "ב"הארץ"": nothing is needed between a prefix and a Hebrew word.
        if hasHyphen || hasQuotation, isTight(next), word(next) != nil {
            out.glue(tokens[index].text)
            index = next
            return true
        }
        guard isTight(next), let token = token(next), token.kind == .latin || token.kind == .web else { return false }
        let letters = tokens[index].text
        index = next
        if token.kind == .latin { readLatin(letters) } else { readWeb(letters) }
        return true
    }

    /// - Parameter prefix: Hebrew letters before the word; a hyphen parts them from another script.
    mutating func readLatin(_ prefix: String) {
        if let (reading, end) = foreignOverride() {
            sayForeign(reading, prefix)
            index = end
            return
        }
        let token = tokens[index]
        if let parts = reference(token.text) {
            sayForeign(options.latin == .leave ? parts.letters : LatinLetters.spelled(parts.letters), prefix)
            out.word(DigitWords.words(groups: DigitWords.groups(parts.digits)))
            index += 1
            return
        }
        let text = options.latin == .leave ? token.text : LatinLetters.spelled(token.text)
        if prefix.isEmpty, CountedUnit.currencyCodes[token.text] != nil, quantity(index) != nil {
            return readQuantity(index, NumberPrefix())
        }
        sayForeign(text, prefix)
        index += 1
    }

    /// A name of several words in other letters, behind what is written onto it: "ב-Loft Park".
    private func foreignOverride() -> (reading: String, end: Int)? {
        for length in stride(from: min(options.lexicon.longest, tokens.count - index), through: 1, by: -1) {
            let range = index..<(index + length)
            guard range.allSatisfy({ [.word, .latin, .digits].contains(tokens[$0].kind) }) else { continue }
            if let reading = options.lexicon.reading(range.map { tokens[$0].text }.joined(separator: " ").lowercased()) { return (reading, range.upperBound) }
        }
        return nil
    }

    /// AB-1234, LY0315: letters, then four digits and more, which are dictated. A4 and COVID-19 are names.
    private func reference(_ text: String) -> (letters: String, digits: String)? {
        let letters = text.prefix { !$0.isWholeNumber && $0 != "-" }
        let digits = text.dropFirst(letters.count).drop { $0 == "-" }
        guard !letters.isEmpty, (4...40).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return (String(letters), String(digits))
    }

    mutating func readWeb(_ prefix: String) {
        sayForeign(WebAddress.words(tokens[index].text, latin: options.latin), prefix)
        index += 1
    }

    private mutating func sayForeign(_ text: String, _ prefix: String) {
        if !prefix.isEmpty { out.glue(prefix + (text.unicodeScalars.first?.isHebrewLetter == true ? "" : "-")) }
        out.word(text)
    }
}
