/// The form in which phrases are compared. Transcripts themselves are never rewritten: this makes a copy.
package enum PhraseForm {
    /// Words without niqqud, punctuation, final letters and hesitations ("אמ", "אה"), which are no words of an answer.
    package static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        func close() {
            if !word.isEmpty, !fillers.contains(word) { words.append(word) }
            word = ""
        }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x05BE: close()  // maqaf joins two words
            case 0x0591...0x05C7: continue  // niqqud and cantillation
            case 0x05F3, 0x05F4, 0x27, 0x22, 0x2019, 0x201D: continue  // geresh and gershayim, as typed in various ways
            case 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: continue  // direction marks
            case 0x05D0...0x05EA: word.unicodeScalars.append(medial[scalar] ?? scalar)
            default:
                if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
                    word += scalar.properties.lowercaseMapping
                } else {
                    close()
                }
            }
        }
        close()
        return words
    }

    private static let medial: [Unicode.Scalar: Unicode.Scalar] = ["ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ"]
    /// In compared form, so without final letters.
    private static let fillers: Set<String> = ["אמ", "אממ", "אה", "אהה", "אהמ", "הממ", "המ", "אמממ", "הממממ"]
}
