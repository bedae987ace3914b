import Hebrew

/// Reads `lexicon` of a business's file: how its own words are read.
struct LexiconReader {
    let log: FaultLog

    /// A name of a street with its number is long; a whole sentence is no word.
    private static let longest = 60
    /// Every sentence is looked through for them.
    private static let most = 500

    func read(_ file: YAMLSection) -> SpokenLexicon {
        guard file.node("lexicon") != nil else { return SpokenLexicon() }
        let section = file.section("lexicon", "lexicon", fields: nil)
        if section.keys.count > Self.most {
            log.add(.wrongValue, section.line, "the lexicon has \(section.keys.count) words", "Keep the \(Self.most) that are read wrongly without it")
        }
        var readings: [String: String] = [:]
        var forms: Set<String> = []
        for key in section.keys {
            guard let reading = section.text(key.value) else { continue }
            let word = key.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            for text in [word, reading.value] where !Self.isSpeakable(text) {
                log.add(
                    .wrongValue, key.line, "`\(text)` of the lexicon cannot be read",
                    "Write words with letters, at most \(Self.longest) characters, without braces and line marks")
            }
            // As the lexicon is asked: without points, however quotation marks are typed.
            if !forms.insert(SpokenLexicon.form(of: word)).inserted {
                log.add(.duplicate, key.line, "`\(word)` stands twice in the lexicon", "Leave one of them")
            }
            readings[word] = reading.value
        }
        return SpokenLexicon(readings)
    }

    private static func isSpeakable(_ text: String) -> Bool {
        text.count <= longest && text.contains { $0.isLetter || $0.isNumber } && !text.contains { "{}|<>[]".contains($0) }
            && text.unicodeScalars.allSatisfy { $0.value >= 0x20 }
    }
}
