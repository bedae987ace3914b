/// One piece of a prompt.
enum Token: Equatable {
    /// Hebrew letters without points; geresh and gershayim as `'` and `"`.
    case word(String)
    /// Hebrew letters with vowel points, as somebody wrote them who wants them read.
    case pointed(String)
    case number(String)
    /// One mark, or one space.
    case punctuation(Character)
    /// Anything else that has letters, for example a name in Latin script.
    case foreign(String)

    static func split(_ text: String) -> [Token] {
        var tokens: [Token] = []
        var run = ""
        /// The run with its points, once it has any.
        var pointed = ""
        var kind = Kind.none
        func flush() {
            switch kind {
            case .hebrew:
                while let last = run.last, last == "\"" || last == "'" && !isPartOfWord(run) { run.removeLast() }
                if !run.isEmpty { tokens.append(pointed.isEmpty ? .word(run) : .pointed(pointed)) }
            case .digits: tokens.append(.number(run))
            case .foreign: tokens.append(.foreign(run))
            case .none: break
            }
            run = ""
            pointed = ""
            kind = .none
        }
        func extend(_ character: Character, _ next: Kind) {
            if kind != next { flush() }
            kind = next
            run.append(character)
            if !pointed.isEmpty { pointed.append(character) }
        }
        for scalar in text.unicodeScalars {
            let character = Character(scalar)
            switch scalar.value {
            case 0x05BE:  // maqaf joins two words
                flush()
            case 0x05B0...0x05C7 where kind == .hebrew && PointedWord.isPoint(scalar):
                if pointed.isEmpty { pointed = run }
                pointed.unicodeScalars.append(scalar)
            case 0x0591...0x05C7, 0x200E, 0x200F:  // points, accents and direction marks have no sound of their own
                continue
            case 0x05D0...0x05EA:
                extend(character, .hebrew)
            case 0x05F3 where kind == .hebrew, 0x27 where kind == .hebrew, 0x2019 where kind == .hebrew:
                run.append("'")
                if !pointed.isEmpty { pointed.append("'") }
            case 0x05F4 where kind == .hebrew, 0x22 where kind == .hebrew, 0x201D where kind == .hebrew:
                run.append("\"")
            case 0x30...0x39:
                extend(character, .digits)
            case 0x3A where kind == .digits:  // the colon of a time of day is not a pause
                flush()
            case 0x2D where kind == .hebrew:
                flush()
            default:
                if scalar.properties.isAlphabetic {
                    extend(character, .foreign)
                } else if scalar.properties.isWhitespace {
                    // Between Hebrew words a space is implied by the two tokens.
                    if kind == .foreign { flush(); tokens.append(.punctuation(" ")) } else { flush() }
                } else {
                    flush()
                    // Brackets would end or open a phoneme span.
                    if character != "[" && character != "]" && character != "\"" {
                        tokens.append(.punctuation(character))
                    }
                }
            }
        }
        flush()
        return tokens
    }

    /// The geresh of a letter that is read by its name (א'), or that softens the last one (סנדוויץ').
    private static func isPartOfWord(_ run: String) -> Bool {
        let letters = run.dropLast()
        return letters.count == 1 || letters.last.map { "גזצץ".contains($0) } ?? false
    }

    private enum Kind { case none, hebrew, digits, foreign }
}
