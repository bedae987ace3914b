/// Names of days and months, and dates in words.
enum SpokenCalendar {
    static let months = [
        "ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר",
    ]

    private static let monthWords: Set<String> = Set(
        months + ["מרס", "ינו'", "פבר'", "אפר'", "אוג'", "ספט'", "אוק'", "נוב'", "דצמ'"]
            + ["תשרי", "חשוון", "חשון", "מרחשוון", "מרחשון", "כסלו", "כסליו", "טבת", "שבט", "אדר", "ניסן", "אייר", "סיוון", "סיון", "תמוז", "אלול"])

    /// A month behind a day's number: פברואר, בפברואר, לפברואר. The month of אב needs its ב, to be told from a father.
    static func isMonth(_ word: String) -> Bool {
        if monthWords.contains(word) { return true }
        if word == "באב" { return true }
        guard let first = word.first, "בל".contains(first) else { return false }
        return monthWords.contains(String(word.dropFirst()))
    }

    /// 1 for Sunday.
    static let weekdays = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת"]

    /// א', ב' … ו', ש'; with or without the geresh.
    static func weekday(letter word: String) -> String? {
        guard let letter = word.first, word.utf8.count <= 3 else { return nil }
        guard word.utf8.count == 2 || word.utf8.last == 0x27, let place = Array("אבגדהוש").firstIndex(of: letter) else { return nil }
        return weekdays[place]
    }

    static func isValid(day: Int, month: Int) -> Bool {
        guard (1...12).contains(month) else { return false }
        return (1...[31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]).contains(day)
    }

    /// Two figures: up to 69 of this century, the others of the last one.
    static func year(_ digits: String) -> Int? {
        guard let year = Int(digits) else { return nil }
        switch digits.utf8.count {
        case 2: return year < 70 ? 2_000 + year : 1_900 + year
        case 4: return (1_000...2_999).contains(year) ? year : nil
        default: return nil
        }
    }

    /// חמישה עשר; with the article an ordinal up to ten: השלישי, החמישה עשר.
    static func day(_ day: Int, definite: Bool) -> String {
        definite ? "ה" + Ordinal.words(day, .masculine) : Cardinal.words(day, .masculine)
    }
}
