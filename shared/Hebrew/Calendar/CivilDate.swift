/// A day of the Gregorian calendar, without a zone and without a time.
package struct CivilDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int

    /// Nil for a day that does not exist, such as 31 April, and for years outside of 1 to 9999.
    package init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1, day <= CivilDate.days(inMonth: month, of: year) else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// The day that lies `dayNumber` days after 1 January 1970; held within the years 1 to 9999.
    package init(dayNumber: Int) {
        // Eras of 400 years that begin in March, so that the leap day is a year's last.
        let number = min(max(dayNumber, CivilDate.firstDayNumber), CivilDate.lastDayNumber) + 719_468
        let era = (number >= 0 ? number : number - 146_096) / 146_097
        let dayOfEra = number - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// Exactly `2026-03-01`.
    package init?(iso text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[1].utf8.count == 2, parts[2].utf8.count == 2,
            parts.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2])
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// Days since 1 January 1970.
    package var dayNumber: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package var weekday: Weekday {
        // 1 January 1970 was a Thursday.
        let index = (dayNumber + 4) % 7
        return Weekday.allCases[index < 0 ? index + 7 : index]
    }

    package func adding(days: Int) -> CivilDate {
        CivilDate(dayNumber: dayNumber + min(max(days, -CivilDate.farthest), CivilDate.farthest))
    }

    /// The same day of the month; its last day where the month is shorter: a month after 31 January is 28 February.
    package func adding(months: Int) -> CivilDate {
        let count = year * 12 + month - 1 + min(max(months, -120_000), 120_000)
        let (newYear, newMonth) = (min(max(count / 12, 1), 9999), count < 12 ? 1 : count % 12 + 1)
        let newDay = min(day, CivilDate.days(inMonth: newMonth, of: newYear))
        return CivilDate(year: newYear, month: newMonth, day: newDay) ?? self
    }

    /// Whole days from `other` to this day; negative when this day is earlier.
    package func days(since other: CivilDate) -> Int { dayNumber - other.dayNumber }

    /// The first such weekday after this day, or this day itself if `including`.
    package func next(_ wanted: Weekday, including: Bool = false) -> CivilDate {
        let ahead = (wanted.index - weekday.index + 7) % 7
        return adding(days: ahead == 0 && !including ? 7 : ahead)
    }

    /// The last such weekday before this day, or this day itself if `including`.
    package func previous(_ wanted: Weekday, including: Bool = false) -> CivilDate {
        let back = (weekday.index - wanted.index + 7) % 7
        return adding(days: back == 0 && !including ? -7 : -back)
    }

    /// The Sunday on or before this day: weeks begin on Sunday.
    package var startOfWeek: CivilDate { previous(.sunday, including: true) }
    package var lastDayOfMonth: CivilDate { CivilDate(year: year, month: month, day: CivilDate.days(inMonth: month, of: year)) ?? self }
    package var firstDayOfMonth: CivilDate { CivilDate(year: year, month: month, day: 1) ?? self }

    /// `2026-03-01`.
    package var description: String { "\(Digits.padded(year, 4))-\(Digits.padded(month, 2))-\(Digits.padded(day, 2))" }

    package static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static let firstDayNumber = -719_162
    private static let lastDayNumber = 2_932_896
    private static let farthest = 4_000_000
}

/// The days of the week in Hebrew order: Sunday is the first.
package enum Weekday: String, CaseIterable, Sendable, Comparable {
    case sunday, monday, tuesday, wednesday, thursday, friday, saturday

    /// 0 for Sunday to 6 for Saturday.
    package var index: Int {
        switch self {
        case .sunday: 0
        case .monday: 1
        case .tuesday: 2
        case .wednesday: 3
        case .thursday: 4
        case .friday: 5
        case .saturday: 6
        }
    }

    /// As people call the day: יום ראשון, שבת.
    package var name: String { self == .saturday ? "שבת" : "יום " + SpokenCalendar.weekdays[index] }

    /// 1 for Sunday to 7 for Saturday; nil for any other number.
    package init?(ordinal: Int) {
        guard (1...7).contains(ordinal) else { return nil }
        self = Weekday.allCases[ordinal - 1]
    }

    package static func < (left: Weekday, right: Weekday) -> Bool { left.index < right.index }
}

/// ASCII digits of small numbers: `String(format:)` is slower by far and needs a locale.
enum Digits {
    static func padded(_ number: Int, _ width: Int) -> String {
        let text = String(number)
        return text.utf8.count >= width ? text : String(repeating: "0", count: width - text.utf8.count) + text
    }
}
