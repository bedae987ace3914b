import Foundation

/// Dates of the Hebrew calendar, as Foundation knows it.
package enum HebrewDateWords {
    /// כ״ח בשבט תשפ״ו, for a Gregorian date by daylight; nil for a day that the calendar does not have.
    package static func words(day: Int, month: Int, year: Int) -> String? {
        var gregorian = Calendar(identifier: .gregorian)
        var hebrew = Calendar(identifier: .hebrew)
        // Noon of one zone, so that no change of the clock moves the day.
        gregorian.timeZone = TimeZone(secondsFromGMT: 0) ?? .gmt
        hebrew.timeZone = gregorian.timeZone
        let components = DateComponents(year: year, month: month, day: day, hour: 12)
        guard let date = gregorian.date(from: components), gregorian.component(.day, from: date) == day else { return nil }
        let found = hebrew.dateComponents([.year, .month, .day], from: date)
        guard let hebrewYear = found.year, let hebrewMonth = found.month, let hebrewDay = found.day, (1...13).contains(hebrewMonth) else {
            return nil
        }
        let isLeap = (7 * hebrewYear + 1) % 19 < 7
        let name = hebrewMonth == 7 && isLeap ? "אדר ב׳" : hebrewMonth == 6 ? "אדר א׳" : months[hebrewMonth - 1]
        // ט״ו is said as one word.
        let day = hebrewDay == 15 ? "ט״ו" : Abbreviations.spelled(LetterNumber.letters(hebrewDay))
        return day + " ב" + name + " " + yearName(hebrewYear)
    }

    /// As Foundation numbers them: 6 is the first Adar of a leap year, 7 the Adar of any.
    private static let months = [
        "תשרי", "חשוון", "כסלו", "טבת", "שבט", "אדר א׳", "אדר", "ניסן", "אייר", "סיוון", "תמוז", "אב", "אלול",
    ]

    /// תשפ״ו, without the thousands: read as a word.
    private static func yearName(_ year: Int) -> String {
        let letters = LetterNumber.letters(year % 1_000)
        guard letters.unicodeScalars.count > 1, let last = letters.last else { return letters + "׳" }
        return letters.dropLast() + "״" + String(last)
    }
}
