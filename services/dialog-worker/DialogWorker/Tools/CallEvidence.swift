import BusContract
import Business
import CallVocabulary
import Foundation

/// What was really said in a call, to hold a model's claims against. A model invents names and miscounts days; what nobody has said is not kept.
struct CallEvidence {
    /// Words of the caller's, of understood utterances and keys, in the form of `PhraseForm`.
    let caller: [String]
    /// The same and what the caller has heard of ours: a proposal that was not contradicted counts for days, hours and amounts, never for a name.
    let both: [String]
    /// nil: hidden.
    let callerNumber: String?
    let calendar: SpokenCalendar

    init(turn: DialogTurn, calendar: SpokenCalendar) {
        let heard = turn.log.map(\.heard) + [turn.heard]
        caller = heard.flatMap(Self.words)
        both = caller + turn.log.flatMap(\.said).flatMap(PhraseForm.words)
        callerNumber = turn.caller
        self.calendar = calendar
    }

    private static func words(_ heard: Heard) -> [String] {
        switch heard {
        case .speech(let transcript): transcript.understood ? PhraseForm.words(transcript.text) : []
        case .digits(let keys): [keys]
        case .opening, .silence, .interrupted: []
        }
    }

    /// Each word of the name was said by the caller, alone or with a letter in front ("לדנה").
    func holds(name: String) -> Bool {
        let spoken = Set(caller.flatMap { SpokenNumbers.stems(of: $0) })
        let words = PhraseForm.words(name)
        return !words.isEmpty && words.allSatisfy { spoken.contains($0) }
    }

    func holds(phone: String) -> Bool {
        phone == callerNumber || SpokenNumbers.digits(in: caller).contains(PhoneForm.spokenCore(phone))
    }

    /// - Parameter hour: 0 to 23. People say "five" for 17:00, "a quarter to six" for 17:45, and noon has a name.
    func holds(hour: Int, minute: Int) -> Bool {
        let said = SpokenNumbers.values(in: both, [.digits, .feminine])
        let stems = Set(both.flatMap { SpokenNumbers.stems(of: $0) })
        let hours = minute > 30 ? [hour, (hour + 1) % 24] : [hour]
        return hours.contains { hour in
            let names = hour == 12 ? ["צהריימ"] : hour == 0 ? ["חצות"] : []
            return [hour, hour % 12, hour % 12 + 12].contains { said.contains($0) } || names.contains { stems.contains($0) }
        }
    }

    /// Numbers are only asked to have been said at all: "שני מיליון" is read by nobody here.
    func holdsNumbers(of text: String) -> Bool {
        let digits = text.split { !$0.isNumber }
        return digits.isEmpty || SpokenNumbers.areIn(both)
    }

    func holds(date: CalendarDay) -> Bool { calendar.mentions(date, in: both) }
}

/// A day of the civil calendar.
struct CalendarDay: Equatable, CustomStringConvertible {
    let year: Int
    let month: Int
    let day: Int
    var description: String { String(format: "%04d-%02d-%02d", year, month, day) }

    /// - Parameter text: `2026-12-01`. Whether the calendar has such a day is not looked at.
    init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2, let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }
    init(year: Int, month: Int, day: Int) { (self.year, self.month, self.day) = (year, month, day) }
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

    let now: Date
    private let calendar: Calendar

    init(now: Date, zone: String) {
        self.now = now
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
        self.calendar = calendar
    }

    var today: CalendarDay { day(after: 0) }
    /// `15:04`.
    var clock: String {
        let parts = calendar.dateComponents([.hour, .minute], from: now)
        return String(format: "%02d:%02d", parts.hour ?? 0, parts.minute ?? 0)
    }

    func day(after days: Int) -> CalendarDay {
        let date = calendar.date(byAdding: .day, value: days, to: now) ?? now
        let parts = calendar.dateComponents([.year, .month, .day], from: date)
        return CalendarDay(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0)
    }

    /// 0 is Sunday.
    func weekday(_ day: CalendarDay) -> Int? { date(day).map { calendar.component(.weekday, from: $0) - 1 } }

    /// Days from today; nil for a day that the calendar does not have, such as the 30th of February.
    func distance(to day: CalendarDay) -> Int? {
        guard let date = date(day) else { return nil }
        return calendar.dateComponents([.day], from: calendar.startOfDay(for: now), to: calendar.startOfDay(for: date)).day
    }

    private func date(_ day: CalendarDay) -> Date? {
        let parts = DateComponents(year: day.year, month: day.month, day: day.day, hour: 12)
        guard let date = calendar.date(from: parts) else { return nil }
        let back = calendar.dateComponents([.year, .month, .day], from: date)
        return back.year == day.year && back.month == day.month && back.day == day.day ? date : nil
    }

    /// The day that a single expression means: "מחר", "יום שלישי" (the next one, today not counted). nil for anything else.
    func day(meant text: String) -> CalendarDay? {
        let words = PhraseForm.words(text).filter { !["יומ", "ביומ", "הקרוב", "בעוד"].contains($0) }
        guard words.count == 1 else { return nil }
        for stem in SpokenNumbers.stems(of: words[0]) {
            if let days = Self.relativeForms[stem] { return day(after: days) }
            if let weekday = Self.weekdayForms.firstIndex(of: stem), let today = self.weekday(today) {
                return day(after: (weekday - today + 6) % 7 + 1)
            }
        }
        return nil
    }

    /// Whether words that can mean this day were said: its weekday, its number in the month, "מחר", or a span of weeks or months.
    func mentions(_ day: CalendarDay, in words: [String]) -> Bool {
        guard let distance = distance(to: day), let weekday = weekday(day) else { return false }
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
        let stems = following.flatMap { SpokenNumbers.stems(of: $0) }
        return stems.contains(Self.monthForms[day.month - 1]) || stems.contains("חודש")
    }
}
