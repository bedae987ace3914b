/// Pronunciations of words that are in no lexicon, guessed from their letters.
///
/// Hebrew leaves open whether ו is `o` or `u` and which vowel stands between two consonants, so up to eight
/// pronunciations are given; the decoder picks the one that fits the sound.
enum RecogniserLetterRule {
    private enum Sound {
        case consonant([String])
        case vowel(String)
        /// ו between consonants.
        case oOrU
    }

    static func pronunciations(of letters: String) -> [[String]] {
        let sounds = sounds(of: Array(letters))
        var result: [[String]] = []
        for inserted in [["AA", "EY"], ["EY", "AA"]] {
            for round in ["OW", "UW"] {
                let phones = spell(sounds, inserting: inserted, round: round)
                for reading in readings {
                    let pronunciation = phones.map { reading[$0] ?? $0 }
                    if !pronunciation.isEmpty && !result.contains(pronunciation) { result.append(pronunciation) }
                }
            }
        }
        return result
    }

    /// Placeholders `chet` and `resh` have no counterpart in the English model. Measured on the telephone band, K and W are
    /// heard better for them than HH and R, which stay as the second reading.
    private static let readings = [["chet": "K", "resh": "W"], ["chet": "HH", "resh": "R"]]

    private static func spell(_ sounds: [Sound], inserting vowels: [String], round: String) -> [String] {
        var phones: [String] = []
        var inserted = 0
        var afterVowel = false
        for (index, sound) in sounds.enumerated() {
            switch sound {
            case .vowel(let vowel):
                phones.append(vowel)
                afterVowel = true
            case .oOrU:
                phones.append(round)
                afterVowel = true
            case .consonant(let consonant):
                phones += consonant
                if needsVowel(sounds, at: index, afterVowel: afterVowel) {
                    phones.append(vowels[min(inserted, vowels.count - 1)])
                    inserted += 1
                    afterVowel = true
                } else {
                    afterVowel = false
                }
            }
        }
        return phones
    }

    /// A consonant needs a vowel put in after it unless a vowel follows or it can close the syllable before it.
    private static func needsVowel(_ sounds: [Sound], at index: Int, afterVowel: Bool) -> Bool {
        let rest = sounds[(index + 1)...]
        guard let next = rest.first else { return !afterVowel && sounds.count > 1 }
        guard case .consonant = next else { return false }
        return !(afterVowel && rest.count >= 2)
    }

    private static func sounds(of letters: [Character]) -> [Sound] {
        var result: [Sound] = []
        var index = 0
        while index < letters.count {
            let letter = letters[index]
            let next = index + 1 < letters.count ? letters[index + 1] : nil
            let isFirst = index == 0
            let afterVowel = result.last.map { if case .consonant = $0 { false } else { true } } ?? false
            index += 1
            switch letter {
            case "א", "ע":
                if next == "ו" || next == "י" || (afterVowel && next == nil) { continue }
                result.append(.vowel("AA"))
            case "ה":
                if next != nil { result.append(.consonant(["HH"])) } else if !afterVowel { result.append(.vowel("AA")) }
            case "ו":
                if next == "ו" { index += 1 }
                result.append(isFirst || next == "ו" || afterVowel ? .consonant(["V"]) : .oOrU)
            case "י":
                if next == "י" && index + 2 == letters.count && letters[index + 1] == "ה" {
                    index += 2
                    result += [.vowel("IY"), .consonant(["Y"]), .vowel("AA")]
                } else if next == "י" {
                    index += 1
                    result += [.vowel("AY"), .vowel("IY")]
                } else if next == "ה" && index + 1 == letters.count {
                    index += 1
                    result += [.consonant(["Y"]), .vowel("AA")]
                } else {
                    result.append(isFirst && next != "ו" || afterVowel ? .consonant(["Y"]) : .vowel("IY"))
                }
            default:
                if next == "'", let soft = softened[letter] {
                    result.append(.consonant([soft]))
                    index += 1
                } else if let phones = isFirst ? (initial[letter] ?? plain[letter]) : plain[letter] {
                    result.append(.consonant(phones))
                }
            }
        }
        return result
    }

    private static let softened: [Character: String] = ["ג": "JH", "צ": "CH", "ץ": "CH", "ז": "ZH"]
    private static let initial: [Character: [String]] = ["ב": ["B"], "כ": ["K"]]
    private static let plain: [Character: [String]] = [
        "ב": ["V"], "ג": ["G"], "ד": ["D"], "ז": ["Z"], "ח": ["chet"], "ט": ["T"], "כ": ["chet"], "ך": ["chet"], "ל": ["L"],
        "מ": ["M"], "ם": ["M"], "נ": ["N"], "ן": ["N"], "ס": ["S"], "פ": ["P"], "ף": ["F"], "צ": ["T", "S"],
        "ץ": ["T", "S"], "ק": ["K"], "ר": ["resh"], "ש": ["SH"], "ת": ["T"],
    ]
}
