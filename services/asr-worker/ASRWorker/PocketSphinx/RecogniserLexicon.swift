/// How Hebrew words are written in the phones of the recogniser's acoustic model (English, CMU phones without stress).
///
/// This is the recogniser's own data: it says what callers may sound like, several ways for one word where people differ.
/// The voice's lexicon in module Hebrew says how the agent speaks and is not used here.
package enum RecogniserLexicon {
    /// The pronunciations of a word, at least one for a word that has a Hebrew letter; empty for any other text.
    ///
    /// The order is from the likeliest to the least. A word that is not in the lexicon is tried as a prefix before a
    /// known word, then by a letter rule, so that any business's phrases can be compiled. A hand-written entry recognises
    /// better than the rule.
    package static func pronunciations(of word: String) -> [[String]] {
        let letters = normalised(word)
        guard !letters.isEmpty else { return [] }
        return known(letters, prefixes: 0) ?? RecogniserLetterRule.pronunciations(of: letters)
    }

    /// Every phone of the acoustic model that is speech, for the phone loop of the confidence measure.
    package static let phones = [
        "AA", "AE", "AH", "AO", "AW", "AY", "B", "CH", "D", "DH", "EH", "ER", "EY", "F", "G", "HH", "IH", "IY", "JH",
        "K", "L", "M", "N", "NG", "OW", "OY", "P", "R", "S", "SH", "T", "TH", "UH", "UW", "V", "W", "Y", "Z", "ZH",
    ]

    private static func known(_ text: String, prefixes: Int) -> [[String]]? {
        if let entry = lexicon[text], prefixes == 0 || text.count >= 2 { return entry }
        guard prefixes < 3, let first = text.first, let sounds = prefixSounds[first] else { return nil }
        guard let rest = known(String(text.dropFirst()), prefixes: prefixes + 1) else { return nil }
        return rest.map { sounds + $0 }
    }

    /// Hebrew letters only: points, marks and quotes inside abbreviations are dropped, the geresh is kept.
    private static func normalised(_ word: String) -> String {
        var result = ""
        for scalar in word.unicodeScalars {
            switch scalar.value {
            case 0x05D0...0x05EA: result.unicodeScalars.append(scalar)
            case 0x27, 0x05F3, 0x2019: if !result.isEmpty { result.append("'") }
            default: continue
            }
        }
        while result.hasSuffix("'") { result.removeLast() }
        return result
    }

    private static let prefixSounds: [Character: [String]] = [
        "ו": ["V", "EY"], "ה": ["HH", "AA"], "ב": ["B", "EY"], "ל": ["L", "EY"], "מ": ["M", "EY"], "ש": ["SH", "EY"],
        "כ": ["K", "EY"],
    ]

    static let lexicon: [String: [[String]]] = {
        var entries: [String: [[String]]] = [:]
        for part in RecogniserLexiconData.parts {
            for line in part.split(separator: "\n") where !line.hasPrefix("#") {
                let fields = line.split(separator: "\t")
                guard fields.count == 2 else { continue }
                entries[normalised(String(fields[0]))] = fields[1].split(separator: "|").map { pronunciation in
                    pronunciation.split(separator: " ").map(String.init)
                }
            }
        }
        return entries
    }()
}
