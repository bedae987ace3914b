/// Whole numbers in words.
///
/// ו stands once, before the last element: מאה עשרים ושבע, אלף ומאה, מיליון ומאתיים אלף. Tens and units are one element (עשרים ושבע).
package enum Cardinal {
    /// What can be said; longer numbers are read digit by digit.
    package static let range = 0...999_999_999_999_999

    /// - Parameters:
    ///   - number: within ``range``; a number outside of it has no words and gives an empty text.
    ///   - gender: of what is counted.
    package static func words(_ number: Int, _ gender: NounGender = .feminine) -> String {
        guard range.contains(number) else { return "" }
        return number == 0 ? "אפס" : phrase(number, gender).text
    }

    /// 2...10 before a definite noun (שני הימים, שלושת הימים, שלוש הדירות); of the others the plain form.
    package static func construct(_ number: Int, _ gender: NounGender) -> String {
        switch (number, gender) {
        case (2, .masculine): "שני"
        case (2, .feminine): "שתי"
        case (3...10, .masculine): construct[number - 3]
        default: words(number, gender)
        }
    }

    /// Before an indefinite noun: only 2 is in the construct state.
    package static func counting(_ number: Int, _ gender: NounGender) -> String {
        number == 2 ? construct(2, gender) : words(number, gender)
    }

    /// One digit as it is dictated.
    package static func digit(_ digit: UInt8) -> String { feminine[Int(digit)] }

    // MARK: -

    /// A group of the number, and whether it has its ו already.
    private typealias Element = (text: String, hasAnd: Bool)

    private static func phrase(_ number: Int, _ gender: NounGender) -> Element {
        var elements: [Element] = []
        var rest = number
        for (size, name) in scales where rest >= size {
            elements.append(scaled(rest / size, name))
            rest %= size
        }
        if rest >= 1_000 {
            elements.append(thousands(rest / 1_000))
            rest %= 1_000
        }
        if rest >= 100 {
            elements.append((hundreds[rest / 100], false))
            rest %= 100
        }
        if rest > 0 { elements.append(below100(rest, gender)) }
        guard elements.count > 1, let last = elements.last else { return elements.first ?? ("", false) }
        var text = elements.dropLast().map(\.text).joined(separator: " ")
        text += last.hasAnd ? " " : " ו"
        text += last.text
        return (text, true)
    }

    private static func scaled(_ count: Int, _ name: String) -> Element {
        switch count {
        case 1: return (name, false)
        case 2: return ("שני " + name, false)
        default:
            let count = phrase(count, .masculine)
            return (count.text + " " + name, count.hasAnd)
        }
    }

    private static func thousands(_ count: Int) -> Element {
        switch count {
        case 1: return ("אלף", false)
        case 2: return ("אלפיים", false)
        case 3...10: return (construct[count - 3] + " אלפים", false)
        default:
            let count = phrase(count, .masculine)
            return (count.text + " אלף", count.hasAnd)
        }
    }

    private static func below100(_ number: Int, _ gender: NounGender) -> Element {
        let units = gender == .feminine ? feminine : masculine
        switch number {
        case ...10: return (units[number], false)
        case 12: return (gender == .feminine ? "שתים עשרה" : "שנים עשר", false)
        case 11...19: return (units[number - 10] + (gender == .feminine ? " עשרה" : " עשר"), false)
        default:
            let ten = tens[number / 10 - 2]
            return number % 10 == 0 ? (ten, false) : (ten + " ו" + units[number % 10], true)
        }
    }

    private static let feminine = ["אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר"]
    private static let masculine = ["אפס", "אחד", "שניים", "שלושה", "ארבעה", "חמישה", "שישה", "שבעה", "שמונה", "תשעה", "עשרה"]
    private static let construct = ["שלושת", "ארבעת", "חמשת", "ששת", "שבעת", "שמונת", "תשעת", "עשרת"]
    private static let tens = ["עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים"]
    private static let hundreds = [
        "", "מאה", "מאתיים", "שלוש מאות", "ארבע מאות", "חמש מאות", "שש מאות", "שבע מאות", "שמונה מאות", "תשע מאות",
    ]
    private static let scales = [(1_000_000_000_000, "טריליון"), (1_000_000_000, "מיליארד"), (1_000_000, "מיליון")]
}
