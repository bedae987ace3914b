/// One alphabet of marks: what a text may be written with is brought to ASCII punctuation, ASCII digits and plain Hebrew letters, and
/// what makes no sound is dropped (direction marks, emoji, joiners).
enum SpokenScalars {
    static func normalised(_ text: String) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x20...0x7E, 0x0A, 0x05D0...0x05EA: result.append(scalar)
            case 0x0D: if result.last != "\n" { result.append("\n") }
            case 0x00...0x1F, 0x7F...0x9F: result.append(scalar.value == 0x85 ? "\n" : " ")
            default: append(scalar, to: &result)
            }
        }
        return result
    }

    private static func append(_ scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
        switch scalar.value {
        case 0x0591...0x05BD, 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7: result.append(scalar)
        case 0x05BE, 0x2010, 0x2011: result.append("-")
        case 0x05C0, 0x05C6, 0x05EF: break
        case 0x05C3: result.append(".")
        case 0x05F0: result += ["ו", "ו"]
        case 0x05F1: result += ["ו", "י"]
        case 0x05F2: result += ["י", "י"]
        case 0x05F3, 0x2018...0x201B, 0x2032, 0x00B4, 0x02BC: result.append("'")
        case 0x05F4, 0x201C...0x201F, 0x2033, 0x00AB, 0x00BB: result.append("\"")
        case 0x2012...0x2015: result.append("–")
        case 0x2212, 0x2052: result.append("−")
        case 0x2028, 0x2029: result.append("\n")
        case 0x2022, 0x00B7, 0x2219, 0x25CF, 0x25AA: result.append("•")
        case 0x2026: result += [".", ".", "."]
        case 0x060C: result.append(",")
        case 0x061B: result.append(";")
        case 0x061F: result.append("?")
        case 0x066A: result.append("%")
        // Ordinal signs have no reading in Hebrew; one of them is mistaken for the degree.
        case 0x00BA where result.last?.isDigit == true: result.append("°")
        case 0x00AA, 0x00BA: break
        case 0x2103: result += ["°", "C"]
        case 0x2109: result += ["°", "F"]
        case 0xFB1D...0xFB4F: result += presentationForm(scalar)
        case 0xFF01...0xFF5E: if let ascii = Unicode.Scalar(scalar.value - 0xFEE0) { result.append(ascii) }
        case 0x00B0, 0x2116, 0x2030, 0x00B1, 0x00D7, 0x00F7, 0x2248, 0x2264, 0x2265, 0x2260, 0x00B2, 0x00B3, 0x00B5: result.append(scalar)
        default: appendByCategory(scalar, to: &result)
        }
    }

    private static func appendByCategory(_ scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]) {
        let properties = scalar.properties
        switch properties.generalCategory {
        case .decimalNumber, .otherNumber:
            if vulgar[scalar] != nil {
                result.append(scalar)
            } else if let value = properties.numericValue, value >= 0, value <= 9_999, value == value.rounded() {
                // Every fifth digit of a run of such would cost nothing more: they are short.
                result += String(Int(value)).unicodeScalars
            }
        // Emoji part words that they stand between.
        case .spaceSeparator, .otherSymbol: result.append(" ")
        case .currencySymbol, .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .otherLetter, .modifierLetter, .letterNumber:
            result.append(scalar)
        // Accents of other scripts belong to their letter; variation selectors and keycaps are not among them.
        case .nonspacingMark, .spacingMark:
            if scalar.value < 0xFE00, let last = result.last, last.isForeignLetter || last.isForeignMark { result.append(scalar) }
        default: break
        }
    }

    /// Fractions of one character.
    static let vulgar: [Unicode.Scalar: (Int, Int)] = [
        "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6),
        "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8), "⅐": (1, 7), "⅑": (1, 9), "⅒": (1, 10),
    ]

    /// Letters that carry their points in one character, without these but for the dot of ש.
    private static func presentationForm(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        case 0xFB1D, 0xFB39: ["י"]
        case 0xFB1F: ["י", "י"]
        case 0xFB20: ["ע"]
        case 0xFB21, 0xFB2E, 0xFB2F, 0xFB30: ["א"]
        case 0xFB22, 0xFB33: ["ד"]
        case 0xFB23, 0xFB34: ["ה"]
        case 0xFB24, 0xFB3B, 0xFB4D: ["כ"]
        case 0xFB25, 0xFB3C: ["ל"]
        case 0xFB26: ["ם"]
        case 0xFB27, 0xFB48: ["ר"]
        case 0xFB28, 0xFB4A: ["ת"]
        case 0xFB29: ["+"]
        case 0xFB2A, 0xFB2C: ["ש", "\u{05C1}"]
        case 0xFB2B, 0xFB2D: ["ש", "\u{05C2}"]
        case 0xFB31, 0xFB4C: ["ב"]
        case 0xFB32: ["ג"]
        case 0xFB35, 0xFB4B: ["ו"]
        case 0xFB36: ["ז"]
        case 0xFB38: ["ט"]
        case 0xFB3A: ["ך"]
        case 0xFB3E: ["מ"]
        case 0xFB40: ["נ"]
        case 0xFB41: ["ס"]
        case 0xFB43: ["ף"]
        case 0xFB44, 0xFB4E: ["פ"]
        case 0xFB46: ["צ"]
        case 0xFB47: ["ק"]
        case 0xFB49: ["ש"]
        case 0xFB4F: ["א", "ל"]
        default: []
        }
    }
}

extension Unicode.Scalar {
    var isHebrewLetter: Bool { (0x05D0...0x05EA).contains(value) }
    var isHebrewPoint: Bool { (0x0591...0x05C7).contains(value) }
    var isDigit: Bool { (0x30...0x39).contains(value) }
    var isASCIILetter: Bool { (0x41...0x5A).contains(value) || (0x61...0x7A).contains(value) }
    /// A letter of another script.
    var isForeignLetter: Bool {
        if value < 0x80 { return isASCIILetter }
        return !isHebrewLetter && !isHebrewPoint && properties.isAlphabetic
    }
    /// An accent of a letter of another script.
    var isForeignMark: Bool {
        guard value >= 0x300, !isHebrewPoint else { return false }
        return properties.generalCategory == .nonspacingMark || properties.generalCategory == .spacingMark
    }
}
