/// What ``AbbreviationData`` says of a word with geresh or gershayim, and the rule for all the others.
enum Abbreviations {
    /// The words of an abbreviation, also behind prefixes; nil for a word that is none.
    static func words(_ word: String) -> String? {
        guard word.utf8.contains(0x22) || word.utf8.contains(0x27) else { return nil }
        if let reading = table[word] { return spoken(reading, word, definite: false) }
        var rest = word[...]
        var prefix = ""
        for _ in 0..<3 {
            guard let letter = rest.first, SpokenContext.prefixLetters.contains(letter), rest.utf8.count > 5 else { break }
            rest = rest.dropFirst()
            if let reading = table[String(rest)] {
                guard letter == "ה" else { return prefix + String(letter) + spoken(reading, String(rest), definite: false) }
                if let definite = reading.definite { return prefix + definite }
                return prefix + (reading.words.isEmpty ? "ה" : "") + spoken(reading, String(rest), definite: true)
            }
            prefix.append(letter)
        }
        return unit(word) ?? byRule(word)
    }

    /// A unit without its number: מחיר למ"ר.
    private static func unit(_ word: String) -> String? {
        guard word.utf8.contains(0x22) else { return nil }
        if let unit = CountedUnit.hebrew[word] { return unit.singular }
        guard let letter = word.first, SpokenContext.prefixLetters.contains(letter), let unit = CountedUnit.hebrew[String(word.dropFirst())] else {
            return nil
        }
        return String(letter) + unit.singular
    }

    private struct Reading {
        var words: String
        var definite: String?
    }

    private static let table: [String: Reading] = {
        var table: [String: Reading] = [:]
        for fields in AbbreviationData.table.entries {
            let words = fields.count > 1 ? String(fields[1]) : ""
            table[String(fields[0])] = Reading(words: words, definite: fields.count > 2 ? String(fields[2]) : nil)
        }
        return table
    }()

    private static func spoken(_ reading: Reading, _ word: String, definite: Bool) -> String {
        switch reading.words {
        case "": word.typographic
        case "*": spelled(word)
        // Without a form of its own the article goes before the last word (הוראת הקבע).
        case let words where definite: definiteForm(words)
        case let words: words
        }
    }

    private static func definiteForm(_ words: String) -> String {
        guard let space = words.lastIndex(of: " ") else { return "ה" + words }
        return words[...space] + "ה" + words[words.index(after: space)...]
    }

    /// Two letters are spelled; three and more are read as a word, the way most acronyms are. A geresh belongs to its letter.
    private static func byRule(_ word: String) -> String {
        guard word.utf8.contains(0x22) else { return word.typographic }
        return letters(word).count == 2 ? spelled(word) : word.typographic
    }

    /// Each letter with a geresh, the way that letters are written which are read by their name.
    static func spelled(_ word: String) -> String { letters(word).map { String($0) + "׳" }.joined(separator: " ") }

    private static func letters(_ word: String) -> [Unicode.Scalar] { word.unicodeScalars.filter(\.isHebrewLetter) }
}

/// Numbers written in Hebrew letters.
enum LetterNumber {
    /// Whether the letters go down in value, as those of a number do: כ"ט, קי"ט, ט"ו.
    static func isNumber(_ word: String) -> Bool {
        var last = 1_000
        var count = 0
        for scalar in word.unicodeScalars where scalar.isHebrewLetter {
            guard let value = values[scalar], value < last || value == 400 && last == 400 else { return false }
            // ט"ו and ט"ז stand for 15 and 16; units end the number.
            guard last > 9 || last == 9 && (value == 6 || value == 7) else { return false }
            last = value
            count += 1
        }
        return (1...4).contains(count)
    }

    private static let values: [Unicode.Scalar: Int] = {
        var values: [Unicode.Scalar: Int] = [:]
        for (index, letter) in "אבגדהוזחט".unicodeScalars.enumerated() { values[letter] = index + 1 }
        for (index, letter) in "יכלמנסעפצ".unicodeScalars.enumerated() { values[letter] = (index + 1) * 10 }
        for (index, letter) in "קרשת".unicodeScalars.enumerated() { values[letter] = (index + 1) * 100 }
        return values
    }()

    /// The letters of a number, 1...999, as they are written.
    static func letters(_ number: Int) -> String {
        var result = ""
        var rest = number
        for (value, letter) in [(400, "ת"), (300, "ש"), (200, "ר"), (100, "ק")] {
            while rest >= value {
                result += letter
                rest -= value
            }
        }
        // Not with the letters of the Name.
        if rest == 15 || rest == 16 { return result + (rest == 15 ? "טו" : "טז") }
        let tens = Array("יכלמנסעפצ")
        let units = Array("אבגדהוזחט")
        if rest >= 10 { result.append(tens[rest / 10 - 1]) }
        if rest % 10 > 0 { result.append(units[rest % 10 - 1]) }
        return result
    }
}

extension String {
    /// Hebrew's own marks for the ASCII ones.
    var typographic: String {
        guard utf8.contains(0x22) || utf8.contains(0x27) else { return self }
        var view = String.UnicodeScalarView()
        for scalar in unicodeScalars { view.append(scalar == "\"" ? "״" : scalar == "'" ? "׳" : scalar) }
        return String(view)
    }
}
