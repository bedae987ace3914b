import Business

/// Numbers that were said, found in words as `PhraseForm.words` gives them.
///
/// This decides only whether something was said at all. It reads no dates and no amounts.
enum SpokenNumbers {
    /// Hebrew counts hours in the feminine, days of the month in the masculine or by ordinals: the form tells what a number can be of.
    struct Forms: OptionSet {
        let rawValue: Int
        static let digits = Forms(rawValue: 1)
        static let feminine = Forms(rawValue: 2)
        static let masculine = Forms(rawValue: 4)
        static let ordinal = Forms(rawValue: 8)
        static let any: Forms = [.digits, .feminine, .masculine, .ordinal]
    }

    private static let units: [(form: Forms, names: [[String]])] = [
        (
            .feminine,
            [
                ["אפס"], ["אחת"], ["שתיים", "שתים", "שתי"], ["שלוש"], ["ארבע"], ["חמש"], ["שש"], ["שבע"], ["שמונה"], ["תשע"], ["עשר"],
            ]
        ),
        (
            .masculine,
            [
                [], ["אחד"], ["שניים", "שנים", "שני"], ["שלושה", "שלושת"], ["ארבעה", "ארבעת"], ["חמישה", "חמשה", "חמשת"], ["שישה", "ששה", "ששת"],
                ["שבעה", "שבעת"], ["שמונה", "שמונת"], ["תשעה", "תשעת"], ["עשרה", "עשרת"],
            ]
        ),
        (
            .ordinal,
            [
                [], ["ראשון", "ראשונה"], ["שני", "שנייה"], ["שלישי", "שלישית"], ["רביעי", "רביעית"], ["חמישי", "חמישית"], ["שישי", "שישית"],
                ["שביעי", "שביעית"], ["שמיני", "שמינית"], ["תשיעי", "תשיעית"], ["עשירי", "עשירית"],
            ]
        ),
    ]
    private static let tens = ["עשרים": 20, "שלושים": 30, "ארבעים": 40, "חמישים": 50, "שישים": 60, "שבעים": 70, "שמונים": 80, "תשעים": 90]
    /// After these a number may be larger than what is read here.
    private static let magnitudes = ["מאה", "מאתיים", "מאות", "אלף", "אלפיים", "אלפים", "מיליון", "מיליונים"]

    private static func formed(_ word: String) -> String { PhraseForm.words(word).joined() }
    private static let unitValues: [String: [(form: Forms, value: Int)]] = units.reduce(into: [:]) { table, forms in
        for (value, names) in forms.names.enumerated() { for name in names { table[formed(name), default: []].append((forms.form, value)) } }
    }
    private static let tenValues = Dictionary(uniqueKeysWithValues: tens.map { (formed($0), $1) })
    private static let magnitudeWords = Set(magnitudes.map(formed))
    /// "אחת עשרה" and "אחד עשר".
    private static let teenWords = [formed("עשרה"): Forms.feminine, formed("עשר"): .masculine]

    /// The word, and the word without one or two of the letters that Hebrew puts in front: "בחמש", "ושלוש", "לשבע".
    static func stems(of word: String) -> [String] {
        var stems = [word]
        for count in 1...2 where word.count > count + 1 && word.prefix(count).allSatisfy({ "בהולמשכ".contains($0) }) {
            stems.append(String(word.dropFirst(count)))
        }
        return stems
    }

    /// Every whole number that the words from `index` on may mean: below 100 in words, of any size in digits.
    static func values(at index: Int, in words: [String], _ forms: Forms) -> Set<Int> {
        var values: Set<Int> = []
        let next = index + 1 < words.count ? words[index + 1] : nil
        for stem in stems(of: words[index]) {
            if forms.contains(.digits), let number = Int(stem) { values.insert(number) }
            for (form, unit) in unitValues[stem] ?? [] where forms.contains(form) {
                if unit < 10, let next, let teen = teenWords[next], form == teen {
                    values.insert(10 + unit)
                } else {
                    values.insert(unit)
                }
            }
            if let ten = tenValues[stem] { values.insert(ten + (unit(after: next) ?? 0)) }
        }
        return values
    }

    static func values(in words: [String], _ forms: Forms) -> Set<Int> {
        words.indices.reduce(into: []) { $0.formUnion(values(at: $1, in: words, forms)) }
    }

    /// Whether any number was said, of whatever size.
    static func areIn(_ words: [String]) -> Bool {
        !values(in: words, .any).isEmpty || words.contains { word in stems(of: word).contains { magnitudeWords.contains($0) } }
    }

    /// All digits in their order, as a telephone number is told: one by one, or in pairs ("אפס חמישים ושתיים").
    static func digits(in words: [String]) -> String {
        var digits = ""
        var index = 0
        while index < words.count {
            let word = words[index]
            let next = index + 1 < words.count ? words[index + 1] : nil
            index += 1
            if word.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
                digits += word
            } else if let ten = stems(of: word).lazy.compactMap({ tenValues[$0] }).first {
                let unit = unit(after: next)
                digits += String(ten + (unit ?? 0))
                if unit != nil { index += 1 }
            } else if let unit = stems(of: word).lazy.compactMap({ unitValues[$0]?.first { $0.form != .ordinal }?.value }).first {
                digits += String(unit)
            }
        }
        return digits
    }

    /// "עשרים ושלוש": the unit that belongs to a ten begins with "ו".
    private static func unit(after next: String?) -> Int? {
        guard let next, next.hasPrefix("ו"), let unit = unitValues[String(next.dropFirst())]?.first?.value, (1...9).contains(unit) else { return nil }
        return unit
    }
}
