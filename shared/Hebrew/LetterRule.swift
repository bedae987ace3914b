/// How a word that is in no lexicon is probably read.
///
/// Hebrew writes few vowels. ו and י are read as vowels between consonants, א and ע as `a`; where two consonants meet and
/// no syllable fits, a vowel is put in: first `a`, then `e`. Stress falls on the last syllable. This is a guess that
/// keeps a word recognisable; words that matter belong in the lexicon.
enum LetterRule {
    private enum Sound {
        case consonant(String)
        case vowel(String)
    }

    static func phonemes(of word: String) -> String {
        let sounds = sounds(of: Array(word))
        var pieces: [(text: String, isVowel: Bool)] = []
        var inserted = 0
        for (index, sound) in sounds.enumerated() {
            switch sound {
            case .vowel(let vowel):
                pieces.append((vowel, true))
            case .consonant(let consonant):
                pieces.append((consonant, false))
                if !closesOrLeads(sounds, at: index, afterVowel: pieces.dropLast().last?.isVowel ?? false) {
                    pieces.append((inserted == 0 ? "a" : "e", true))
                    inserted += 1
                }
            }
        }
        let stressed = pieces.lastIndex { $0.isVowel }
        return pieces.enumerated().map { $0.offset == stressed ? "'" + $0.element.text : $0.element.text }.joined()
    }

    /// Whether a consonant needs no vowel put in after it: a vowel follows, or it can close the syllable before it.
    private static func closesOrLeads(_ sounds: [Sound], at index: Int, afterVowel: Bool) -> Bool {
        let rest = sounds[(index + 1)...]
        guard let next = rest.first else { return afterVowel || sounds.count == 1 }
        if case .vowel = next { return true }
        // The next consonant must open a syllable of its own, or it would be left over at the end.
        return afterVowel && rest.count >= 2
    }

    private static func sounds(of letters: [Character]) -> [Sound] {
        var result: [Sound] = []
        var index = 0
        while index < letters.count {
            let letter = letters[index]
            let next = index + 1 < letters.count ? letters[index + 1] : nil
            let isLast = next == nil
            let isFirst = index == 0
            let afterVowel: Bool = if case .vowel? = result.last { true } else { false }
            index += 1
            switch letter {
            case "א", "ע":
                if next == "ו" || next == "י" || (afterVowel && isLast) { continue }
                if afterVowel { result.append(.consonant("?")) }
                result.append(.vowel("a"))
            case "ה":
                if !isLast { result.append(.consonant("h")) } else if !afterVowel { result.append(.vowel("a")) }
            case "ו":
                if next == "ו" { index += 1 }
                let isConsonant = isFirst || next == "ו" || afterVowel
                result.append(isConsonant ? .consonant("v") : .vowel("o"))
            case "י":
                if next == "י" && index + 2 == letters.count && letters[index + 1] == "ה" {
                    index += 2
                    result += [.vowel("i"), .consonant("j"), .vowel("a")]
                } else if next == "י" {
                    index += 1
                    result.append(.vowel("ai"))
                } else if next == "ה" && index + 1 == letters.count {
                    result += [.consonant("j"), .vowel("a")]
                    index += 1
                } else {
                    result.append(isFirst && next != "ו" || afterVowel ? .consonant("j") : .vowel("i"))
                }
            default:
                if next == "'", let soft = softened[letter] {
                    result.append(.consonant(soft))
                    index += 1
                } else if let sound = isFirst ? (initial[letter] ?? plain[letter]) : plain[letter] {
                    result.append(.consonant(sound))
                }
            }
        }
        return result
    }

    static let softened: [Character: String] = ["ג": "dZ", "צ": "tS", "ץ": "tS", "ז": "Z"]
    private static let initial: [Character: String] = ["ב": "b", "כ": "k"]
    static let plain: [Character: String] = [
        "ב": "v", "ג": "g", "ד": "d", "ז": "z", "ח": "X", "ט": "t", "כ": "X", "ך": "X", "ל": "l", "מ": "m", "ם": "m",
        "נ": "n", "ן": "n", "ס": "s", "פ": "p", "ף": "f", "צ": "ts", "ץ": "ts", "ק": "k", "ר": "Q\"", "ש": "S", "ת": "t",
    ]
}
