/// Places in an order, and parts of a whole.
package enum Ordinal {
    /// Without the article: ראשון, שנייה; from 11 on Hebrew uses the cardinal (העשרים ואחת).
    package static func words(_ number: Int, _ gender: NounGender) -> String {
        guard (1...10).contains(number) else { return Cardinal.words(number, gender) }
        return gender == .feminine ? feminine[number - 1] : masculine[number - 1]
    }

    /// A fraction without a noun: חצי, שלושה רבעים, שתי חמישיות; nil where people say "חלקי".
    static func fraction(_ numerator: Int, _ denominator: Int) -> String? {
        guard numerator >= 1, let part = parts[denominator] else { return nil }
        if numerator == 1 { return part.one }
        if denominator == 2 { return nil }
        return Cardinal.counting(numerator, part.gender) + " " + part.many
    }

    /// A fraction before what is divided: חצי שעה, שלושת רבעי שעה, שני שלישי כוס.
    static func fractionOf(_ numerator: Int, _ denominator: Int) -> String? {
        guard numerator >= 1, let part = parts[denominator] else { return nil }
        if numerator == 1 { return part.one }
        if denominator == 2 { return nil }
        // Feminine parts have one form for both states.
        guard part.gender == .masculine, numerator <= 10 else { return fraction(numerator, denominator) }
        return Cardinal.construct(numerator, .masculine) + " " + part.many.dropLast()
    }

    private typealias Part = (one: String, many: String, gender: NounGender)
    private static let parts: [Int: Part] = [
        2: ("חצי", "חצאים", .masculine), 3: ("שליש", "שלישים", .masculine), 4: ("רבע", "רבעים", .masculine),
        5: ("חמישית", "חמישיות", .feminine), 6: ("שישית", "שישיות", .feminine), 7: ("שביעית", "שביעיות", .feminine),
        8: ("שמינית", "שמיניות", .feminine), 9: ("תשיעית", "תשיעיות", .feminine), 10: ("עשירית", "עשיריות", .feminine),
        100: ("מאית", "מאיות", .feminine), 1_000: ("אלפית", "אלפיות", .feminine),
    ]

    private static let masculine = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שביעי", "שמיני", "תשיעי", "עשירי"]
    private static let feminine = ["ראשונה", "שנייה", "שלישית", "רביעית", "חמישית", "שישית", "שביעית", "שמינית", "תשיעית", "עשירית"]
}
