/// Reads a word by its vowel points: what a business writes to have a name read its own way (נֹעַם, סַפָּר).
///
/// Stress falls on the last syllable, but for words of the form of סֵפֶר and נֹעַם; a meteg puts it elsewhere (בִּֽירָה). A point that is missing is
/// no vowel; letters before the first point are prefixes (בסַפָּר).
enum PointedWord {
    private struct Letter {
        var letter: Unicode.Scalar
        var vowel: String?
        var isSheva = false
        var hasDagesh = false
        var isSin = false
        var isStressed = false
        var isBare: Bool { vowel == nil && !isSheva && !hasDagesh && !isSin }
    }
    private struct Piece {
        var text: String
        var isVowel = false
        var isStressed = false
    }

    static func isPoint(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x05B0...0x05BD, 0x05C1, 0x05C2, 0x05C7: true
        default: false
        }
    }

    /// nil for a word without a vowel point.
    static func phonemes(of word: String) -> String? {
        let letters = letters(of: word)
        guard letters.contains(where: { $0.vowel != nil || $0.letter == vav && $0.hasDagesh }) else { return nil }
        let bare = letters.prefix { $0.isBare && Pronunciation.prefixSounds[Character($0.letter)] != nil }.count
        // A first letter without points in a word of points is a prefix only if enough is left behind it.
        let prefixes = letters.count - bare >= 2 ? bare : 0
        let begin = letters[..<prefixes].map { Pronunciation.prefixSounds[Character($0.letter)] ?? "" }.joined()
        var pieces = pieces(Array(letters[prefixes...]))
        if let stressed = stress(pieces, Array(letters[prefixes...])) { pieces[stressed].isStressed = true }
        return begin + pieces.map { ($0.isStressed ? "'" : "") + $0.text }.joined()
    }

    private static let vav: Unicode.Scalar = "ו"

    private static func letters(of word: String) -> [Letter] {
        var letters: [Letter] = []
        for scalar in word.unicodeScalars {
            guard isPoint(scalar), let last = letters.indices.last else {
                letters.append(Letter(letter: scalar))
                continue
            }
            switch scalar.value {
            case 0x05B0: letters[last].isSheva = true
            case 0x05B1, 0x05B5, 0x05B6: letters[last].vowel = "e"
            case 0x05B2, 0x05B7, 0x05B8: letters[last].vowel = "a"
            case 0x05B3, 0x05B9, 0x05BA, 0x05C7: letters[last].vowel = "o"
            case 0x05B4: letters[last].vowel = "i"
            case 0x05BB: letters[last].vowel = "u"
            case 0x05BC: letters[last].hasDagesh = true
            case 0x05BD: letters[last].isStressed = true
            case 0x05C2: letters[last].isSin = true
            default: break
            }
        }
        return letters
    }

    private static func pieces(_ letters: [Letter]) -> [Piece] {
        var pieces: [Piece] = []
        for (index, letter) in letters.enumerated() {
            let isLast = index == letters.count - 1
            let before = pieces.last
            let next = isLast ? nil : letters[index + 1]
            func add(_ consonant: String) {
                // רוּחַ: the last vowel is heard before its letter.
                if isLast, letter.vowel == "a", "חעה".unicodeScalars.contains(letter.letter), before?.isVowel == true {
                    pieces.append(Piece(text: "a", isVowel: true))
                    if !consonant.isEmpty { pieces.append(Piece(text: consonant)) }
                    return
                }
                if !consonant.isEmpty { pieces.append(Piece(text: consonant)) }
                if let vowel = letter.vowel {
                    pieces.append(Piece(text: vowel, isVowel: true, isStressed: letter.isStressed))
                } else if letter.isSheva, isVocal(letters, index) {
                    pieces.append(Piece(text: "e", isVowel: true))
                }
            }
            switch letter.letter {
            case "א", "ע": add(before?.isVowel == true && letter.vowel != nil && !(isLast && letter.letter == "ע" && letter.vowel == "a") ? "?" : "")
            case "ה": if !isLast || letter.vowel != nil || letter.hasDagesh { add(isLast ? "" : "h") }
            case "ו":
                if before.map({ !$0.isVowel }) ?? false || pieces.isEmpty, letter.vowel == "o", !letters[..<index].isEmpty {
                    pieces.append(Piece(text: "o", isVowel: true, isStressed: letter.isStressed))
                } else if letter.hasDagesh, letter.vowel == nil, !letter.isSheva, before?.isVowel != true {
                    pieces.append(Piece(text: "u", isVowel: true, isStressed: letter.isStressed))
                } else if letter.isBare, before?.isVowel == true, before?.text == "o" || before?.text == "u" {
                    // נֹועם: the letter only carries the vowel before it.
                } else {
                    add("v")
                }
            case "י":
                guard letter.isBare else {
                    add("j")
                    continue
                }
                if before?.text == "i" || before?.text == "e", before?.isVowel == true { continue }
                // דַּי, גּוֹי; בַּיִת has a vowel of its own.
                pieces.append(Piece(text: before?.isVowel == true ? "i" : "j"))
            case "'": continue
            default: add(consonant(letter, softened: next?.letter == "'"))
            }
        }
        return pieces
    }

    private static func consonant(_ letter: Letter, softened: Bool) -> String {
        let character = Character(letter.letter)
        if softened, let soft = LetterRule.softened[character] { return soft }
        return switch letter.letter {
        case "ב": letter.hasDagesh ? "b" : "v"
        case "כ", "ך": letter.hasDagesh ? "k" : "X"
        case "פ", "ף": letter.hasDagesh ? "p" : "f"
        case "ש": letter.isSin ? "s" : "S"
        default: LetterRule.plain[character] ?? ""
        }
    }

    /// A sheva that is heard: the second of two, and that of a first letter which does not slide into the next one.
    private static func isVocal(_ letters: [Letter], _ index: Int) -> Bool {
        guard index + 1 < letters.count else { return false }
        if index == 0 { return "ימנלרו".unicodeScalars.contains(letters[0].letter) || "אעה".unicodeScalars.contains(letters[1].letter) }
        return letters[index - 1].isSheva && index > 1
    }

    private static func stress(_ pieces: [Piece], _ letters: [Letter]) -> Int? {
        guard !pieces.contains(where: \.isStressed) else { return nil }
        let vowels = pieces.indices.filter { pieces[$0].isVowel }
        guard vowels.count > 1, let last = letters.last, letters.count > 2 else { return vowels.last }
        let before = letters[letters.count - 2]
        let isClosed = !pieces[pieces.count - 1].isVowel
        let isFurtive = last.vowel == "a" && "חעה".unicodeScalars.contains(last.letter)
        let gutturals = "חע".unicodeScalars
        // סֵפֶר, מֶלֶךְ, בֹּקֶר; נֹעַם, שַׁעַר; בַּיִת.
        let isSegolate =
            isClosed && last.vowel == nil && ["e", "o", "a"].contains(pieces[vowels[vowels.count - 2]].text)
            && (before.vowel == "e" && !before.hasDagesh && pieces[vowels[vowels.count - 2]].text != "a"
                || before.vowel == "a" && gutturals.contains(before.letter) && !before.hasDagesh || before.vowel == "i" && before.letter == "י")
        return isFurtive || isSegolate ? vowels[vowels.count - 2] : vowels.last
    }
}
