/// Turns Hebrew prompts into phoneme input for espeak-ng.
///
/// espeak-ng's own Hebrew rules drop most vowels, so every word is spoken from phonemes: from the lexicon when the word,
/// or the word behind its prefixes, is there, else from the letter rule in ``LetterRule``.
package enum Pronunciation {
    /// The text to hand to espeak-ng (voice `he`).
    ///
    /// Words become `[[...]]` spans. Punctuation stays outside of them, because espeak-ng takes pauses and intonation
    /// from it. A word with vowel points is read as they say. Numbers of up to two digits are read as feminine numbers (the way hours are
    /// told), longer ones digit by digit; ``HebrewSpeech/spoken(_:options:)`` reads them properly and goes first. Words in
    /// other scripts pass through unchanged.
    package static func espeakInput(for sentence: String) -> String {
        var output = ""
        var words: [String] = []
        func flush() {
            guard !words.isEmpty else { return }
            if let last = output.last, last != " " { output.append(" ") }
            output += "[[" + phonemes(ofWords: words).joined(separator: " ") + "]]"
            words.removeAll()
        }
        for token in Token.split(sentence) {
            switch token {
            case .word(let word), .pointed(let word):
                words.append(word)
            case .number(let digits):
                words += numberWords(digits).split(separator: " ").map(String.init)
            case .punctuation(let mark):
                flush()
                output.append(mark)
            case .foreign(let text):
                flush()
                if let last = output.last, last != " " { output.append(" ") }
                output += text
            }
        }
        flush()
        return output
    }

    /// A run of ASCII digits: up to two as a number, more one by one. ``HebrewSpeech`` leaves none; this is for text that did not pass it.
    private static func numberWords(_ digits: String) -> String {
        digits.utf8.count <= 2 ? Cardinal.words(Int(digits) ?? 0) : DigitWords.words(digits)
    }

    /// The phonemes of one Hebrew word alone, without the `[[ ]]`.
    package static func phonemes(of word: String) -> String {
        let cleaned = Token.split(word).compactMap { token -> String? in
            switch token {
            case .word(let text), .pointed(let text): text
            default: nil
            }
        }
        return phonemes(ofWords: cleaned).joined(separator: " ")
    }

    /// Longest lexicon phrase first, so that שני in "שני חדרים" and in "יום שני" is read as each needs.
    private static func phonemes(ofWords words: [String]) -> [String] {
        var result: [String] = []
        var start = 0
        while start < words.count {
            var matched = 1
            var sound: String?
            for length in stride(from: min(longestPhrase, words.count - start), through: 2, by: -1) {
                sound = known(words[start..<(start + length)].joined(separator: " "))
                if sound != nil {
                    matched = length
                    break
                }
            }
            let follower = start + 1 < words.count ? words[start + 1] : nil
            result.append(sound ?? PointedWord.phonemes(of: words[start]) ?? counting(words[start], follower) ?? known(words[start]) ?? LetterRule.phonemes(of: words[start]))
            start += matched
        }
        return result
    }

    /// שני and שמונה are read differently before what they count: שני שקלים, שמונה חדרים, שמונה במאי.
    private static func counting(_ word: String, _ follower: String?) -> String? {
        guard let follower, word.hasSuffix("שני") || word.hasSuffix("שמונה") else { return nil }
        let isPair = word.hasSuffix("שני")
        let prefix = String(word.dropLast(isPair ? 3 : 5))
        guard prefix.allSatisfy({ prefixSounds[$0] != nil }) else { return nil }
        let noun = NounLexicon.find(follower) ?? (follower.hasPrefix("ה") ? NounLexicon.find(String(follower.dropFirst())) : nil)
        let isCounted = noun.map { $0.noun.gender == .masculine && ($0.form != .singular || $0.noun.isMeasure) } ?? false
        guard isCounted || isPair && Self.parts.contains(follower) || !isPair && SpokenCalendar.isMonth(follower) else { return nil }
        return prefix.map { prefixSounds[$0] ?? "" }.joined() + (isPair ? "Sn'ei" : "Smon'a")
    }

    private static let parts: Set<String> = ["שלישים", "שלישי", "קילומטר", "סנטימטר"]

    /// The entry itself, or one to three prefixes before an entry of at least two letters.
    static func known(_ text: String, prefixes: Int = 0) -> String? {
        if let entry = lexicon[text], prefixes == 0 || text.count >= 2 { return entry }
        guard prefixes < 3, let first = text.first, let prefix = prefixSounds[first] else { return nil }
        guard let rest = known(String(text.dropFirst()), prefixes: prefixes + 1) else { return nil }
        return prefix + rest
    }

    static let prefixSounds: [Character: String] = [
        "ו": "ve", "ה": "ha", "ב": "be", "ל": "le", "מ": "me", "ש": "Se", "כ": "ke",
    ]

    private static let longestPhrase = 3

    static let lexicon: [String: String] = {
        var entries: [String: String] = [:]
        for part in PronunciationData.parts {
            for line in part.split(separator: "\n") where !line.hasPrefix("#") {
                let fields = line.split(separator: "\t")
                guard fields.count == 2 else { continue }
                entries[String(fields[0])] = String(fields[1])
            }
        }
        return entries
    }()
}
