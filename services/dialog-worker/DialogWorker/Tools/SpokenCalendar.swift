import Business
import Foundation

/// A day of the civil calendar.
struct CalendarDay: Equatable, CustomStringConvertible {
    let year: Int
    let month: Int
    let day: Int
    var description: String { "\(year)-\(Self.two(month))-\(Self.two(day))" }
    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    init(year: Int, month: Int, day: Int) { (self.year, self.month, self.day) = (year, month, day) }

    /// - Parameter text: `2026-12-01`. Whether the calendar has such a day is not looked at.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [4, 2, 2], parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
        let numbers = parts.compactMap { Int($0) }
        self.init(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// - Parameter number: days since the first of January 1970. By arithmetic on a year that begins in March: a calendar of Foundation's takes
    ///   fifty times as long, and a caller waits.
    init(number: Int) {
        let days = number + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        self.init(year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    /// nil for a day that the calendar does not have, such as the 30th of February.
    var number: Int? {
        guard (1...12).contains(month), (1...31).contains(day), (1...9_999).contains(year) else { return nil }
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return CalendarDay(number: number) == self ? number : nil
    }

    /// 0 is Sunday; the first of January 1970 was a Thursday.
    var weekday: Int? { number.map { (($0 + 4) % 7 + 7) % 7 } }
}

/// The calendar of a business at one moment, and the words by which people mean its days.
struct SpokenCalendar {
    static let weekdays = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת"]
    private static func formed(_ word: String) -> String { PhraseForm.words(word).joined() }
    private static let weekdayForms = weekdays.map(formed)
    private static let relativeForms = ["היום": 0, "הערב": 0, "מחר": 1, "מחרתיים": 2].reduce(into: [String: Int]()) { $0[formed($1.key)] = $1.value }
    private static let weekForms: Set<String> = Set(["שבוע", "שבועיים", "שבועות"].map(formed))
    private static let spanForms: Set<String> = Set(["חודש", "חודשיים", "חודשים"].map(formed))
    private static let monthForms =
        ["ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר"].map(formed)
    /// Further away nobody makes an appointment by telephone.
    static let farthest = 366

    /// Minutes since the beginning of 1970, on the clock that hangs in the business.
    private let minutes: Int

    init(now: Date, zone: String) {
        let offset = TimeZone(identifier: zone)?.secondsFromGMT(for: now) ?? 0
        minutes = Int((now.timeIntervalSince1970.rounded(.down) + Double(offset)) / 60)
    }

    var today: CalendarDay { day(after: 0) }
    /// `15:04`.
    var clock: String {
        let (hour, minute) = (minutes % 1_440 / 60, minutes % 60)
        return (hour < 10 ? "0" : "") + "\(hour)" + (minute < 10 ? ":0" : ":") + "\(minute)"
    }

    func day(after days: Int) -> CalendarDay { CalendarDay(number: minutes / 1_440 + days) }

    /// Days from today; nil for a day that the calendar does not have.
    func distance(to day: CalendarDay) -> Int? { day.number.map { $0 - minutes / 1_440 } }

    /// The day that a single expression means: "מחר", "יום שלישי" (the next one, today not counted). nil for anything else.
    func day(meant text: String) -> CalendarDay? {
        let words = PhraseForm.words(text).filter { !["יומ", "ביומ", "הקרוב", "בעוד"].contains($0) }
        guard words.count == 1 else { return nil }
        for stem in SpokenNumbers.stems(of: words[0]) {
            if let days = Self.relativeForms[stem] { return day(after: days) }
            if let weekday = Self.weekdayForms.firstIndex(of: stem), let today = today.weekday {
                return day(after: (weekday - today + 6) % 7 + 1)
            }
        }
        return nil
    }

    /// Whether words that can mean this day were said: its weekday, its number in the month, "מחר", or a span of weeks or months.
    func mentions(_ day: CalendarDay, in words: [String]) -> Bool {
        guard let distance = distance(to: day), let weekday = day.weekday else { return false }
        let stems = Set(words.flatMap { SpokenNumbers.stems(of: $0) })
        if stems.contains(Self.weekdayForms[weekday]) { return true }
        if Self.relativeForms.contains(where: { $0.value == distance && stems.contains($0.key) }) { return true }
        if words.indices.contains(where: { numbers(day, at: $0, in: words) }) { return true }
        if !stems.isDisjoint(with: Self.weekForms), (5...30).contains(distance) { return true }
        return !stems.isDisjoint(with: Self.spanForms) && (25...100).contains(distance)
    }

    /// Whether the word is the day's number in its month. "שלושה חדרים" and "יום שלישי" hold a three, and neither is a third of a month.
    private func numbers(_ day: CalendarDay, at index: Int, in words: [String]) -> Bool {
        guard SpokenNumbers.values(at: index, in: words, [.digits, .masculine, .ordinal]).contains(day.day) else { return false }
        // No weekday, no hour and no number of rooms is as high.
        if day.day > 12 || day.day > 6 && SpokenNumbers.values(at: index, in: words, .ordinal).contains(day.day) { return true }
        let following = words[(index + 1)...].prefix(2)
        if following.contains(where: { Int($0) == day.month }) { return true }
        // "בשלישי לרביעי": months are counted too.
        if index + 1 < words.count, SpokenNumbers.values(at: index + 1, in: words, .ordinal).contains(day.month) { return true }
        let stems = following.flatMap { SpokenNumbers.stems(of: $0) }
        return stems.contains(Self.monthForms[day.month - 1]) || stems.contains("חודש")
    }
}
