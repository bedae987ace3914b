/// Reads number words back, independently of what writes them: for tests only.
struct InverseNumber {
    enum Gender { case masculine, feminine, either }

    private(set) var value = 0
    /// Of the last word that tells one.
    private(set) var gender = Gender.either

    /// Nil for anything that is no number, or has its words in an order or its ו in a place that no number has.
    init?(_ text: String) {
        var words = text.split(separator: " ").map(String.init)
        guard !words.isEmpty else { return nil }
        var negative = false
        if words[0] == "מינוס" {
            negative = true
            words.removeFirst()
        }
        if words == ["אפס"] { return }
        var total = 0
        var group = 0
        var lastScale = Int.max
        var index = 0
        while index < words.count {
            var word = words[index]
            let isJoined = !Self.isKnown(word) && word.hasPrefix("ו")
            if isJoined {
                guard index > 0 else { return nil }
                word.removeFirst()
            }
            let next = index + 1 < words.count ? words[index + 1] : ""
            if let unit = Self.units[word] {
                if next == "עשר" || next == "עשרה" {
                    guard group % 100 == 0, (1...9).contains(unit.value), (next == "עשר") == (unit.gender == .masculine) || unit.gender == .either
                    else { return nil }
                    group += 10 + unit.value
                    gender = next == "עשר" ? .masculine : .feminine
                    index += 1
                } else if next == "מאות" {
                    guard group == 0, (3...9).contains(unit.value), unit.gender != .masculine else { return nil }
                    group += unit.value * 100
                    gender = .either
                    index += 1
                } else {
                    // Behind a round ten, a hundred or nothing; ten stands behind no ten.
                    guard group % 10 == 0, group % 100 == 0 || isJoined, group % 100 != 10, unit.value < 10 || group % 100 == 0 else { return nil }
                    group += unit.value
                    gender = unit.gender
                }
            } else if let ten = Self.tens[word] {
                guard ten >= 100 ? group == 0 : group % 100 == 0 else { return nil }
                group += ten
                gender = .either
            } else if let scale = Self.scales[word] {
                guard scale.size < lastScale else { return nil }
                lastScale = scale.size
                if scale.count > 0 {
                    guard group == 0 else { return nil }
                    total += scale.count * scale.size
                } else {
                    total += max(1, group) * scale.size
                }
                group = 0
                gender = .either
            } else {
                return nil
            }
            index += 1
        }
        value = negative ? -(total + group) : total + group
    }

    private static func isKnown(_ word: String) -> Bool { units[word] != nil || tens[word] != nil || scales[word] != nil }

    private static let units: [String: (value: Int, gender: Gender)] = [
        "אחת": (1, .feminine), "אחד": (1, .masculine), "שתיים": (2, .feminine), "שניים": (2, .masculine), "שתי": (2, .feminine),
        "שני": (2, .masculine),
        "שתים": (2, .feminine), "שנים": (2, .masculine), "שלוש": (3, .feminine), "שלושה": (3, .masculine), "שלושת": (3, .masculine),
        "ארבע": (4, .feminine), "ארבעה": (4, .masculine), "ארבעת": (4, .masculine), "חמש": (5, .feminine), "חמישה": (5, .masculine),
        "חמשת": (5, .masculine), "שש": (6, .feminine), "שישה": (6, .masculine), "ששת": (6, .masculine), "שבע": (7, .feminine),
        "שבעה": (7, .masculine),
        "שבעת": (7, .masculine), "שמונה": (8, .either), "שמונת": (8, .masculine), "תשע": (9, .feminine), "תשעה": (9, .masculine),
        "תשעת": (9, .masculine), "עשר": (10, .feminine), "עשרה": (10, .masculine), "עשרת": (10, .masculine),
    ]
    private static let tens = [
        "עשרים": 20, "שלושים": 30, "ארבעים": 40, "חמישים": 50, "שישים": 60, "שבעים": 70, "שמונים": 80, "תשעים": 90, "מאה": 100, "מאתיים": 200,
    ]
    /// With a count they stand alone.
    private static let scales: [String: (size: Int, count: Int)] = [
        "אלף": (1_000, 0), "אלפים": (1_000, 0), "אלפיים": (1_000, 2), "מיליון": (1_000_000, 0), "מיליארד": (1_000_000_000, 0),
        "טריליון": (1_000_000_000_000, 0),
    ]
}
