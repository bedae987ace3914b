import Foundation
import Testing

@testable import Hebrew

/// What is said is understood: numbers, every day of seven years, every minute of a day.
@Suite struct UnderstandingRoundTripTests {
    private static let now = Date(timeIntervalSince1970: 1_772_352_000)
    private func understanding(_ text: String, now: Date = now) -> Understanding { Understanding(text, context: UnderstandingContext(now: now)) }

    @Test(arguments: [true, false])
    func everyNumberToAHundredThousand(isFeminine: Bool) {
        for value in 0...100_000 {
            let words = SpokenForms.number(value, feminine: isFeminine)
            let found = NumberReader(text: SpokenText(words)).number(at: 0)
            guard found?.whole == value else {
                Issue.record("\(value): \(words) is \(String(describing: found))")
                return
            }
        }
    }

    @Test func largeNumbers() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            let value = Int.random(in: 0...1_000_000_000_000, using: &generator)
            for isFeminine in [true, false] {
                let words = SpokenForms.number(value, feminine: isFeminine)
                #expect(NumberReader(text: SpokenText(words)).number(at: 0)?.whole == value, "\(value): \(words)")
            }
        }
        for value in [1_000_000, 1_000_001, 2_000_000, 999_999_999_999, 1_000_000_000_000] {
            #expect(NumberReader(text: SpokenText(SpokenForms.number(value, feminine: true))).number(at: 0)?.whole == value)
        }
    }

    @Test func everyMinuteOfADay() {
        var count = 0
        for minutes in 0..<1440 {
            let time = CivilTime(minutes: minutes)
            for form in SpokenForms.times(time) {
                count += 1
                let found = understanding(form).time()
                #expect(found?.value == time, "\(time): \(form) is \(found?.value.description ?? "none")")
            }
        }
        #expect(count > 5000)
    }

    @Test func everyDayOfSevenYears() throws {
        var date = try #require(CivilDate(year: 2024, month: 1, day: 1))
        var count = 0
        while date.year <= 2030 {
            for form in SpokenForms.dates(date) {
                count += 1
                let found = understanding(form).date()
                if found?.value != date { Issue.record("\(date): \(form) is \(found?.value.description ?? "none")") }
            }
            date = date.adding(days: 1)
        }
        #expect(count == 2557 * 11)
    }

    @Test func everyDayOfTheYearToCome() throws {
        let today = try #require(CivilDate(year: 2026, month: 3, day: 1))
        for ahead in 0..<365 {
            let date = today.adding(days: ahead)
            for form in SpokenForms.datesWithoutYear(date) {
                let found = understanding(form).date()
                if found?.value != date { Issue.record("\(date): \(form) is \(found?.value.description ?? "none")") }
            }
        }
    }

    /// A day in the Hebrew calendar, by its letters.
    @Test func everyDayOfAHebrewYear() throws {
        let year = try #require(HebrewYear(5787))
        let now = try Date("2026-09-12T09:00:00+03:00", strategy: .iso8601)
        let months: [(HebrewMonth, String)] = [
            (.tishri, "תשרי"), (.heshvan, "חשוון"), (.kislev, "כסלו"), (.tevet, "טבת"), (.shevat, "שבט"), (.adarI, "אדר א'"), (.adar, "אדר ב'"),
            (.nisan, "ניסן"),
            (.iyar, "אייר"), (.sivan, "סיוון"), (.tammuz, "תמוז"), (.av, "אב"), (.elul, "אלול"),
        ]
        let letters = [
            "א'", "ב'", "ג'", "ד'", "ה'", "ו'", "ז'", "ח'", "ט'", "י'", "י\"א", "י\"ב", "י\"ג", "י\"ד", "ט\"ו", "ט\"ז", "י\"ז", "י\"ח", "י\"ט", "כ'",
            "כ\"א", "כ\"ב", "כ\"ג",
            "כ\"ד", "כ\"ה", "כ\"ו", "כ\"ז", "כ\"ח", "כ\"ט", "ל'",
        ]
        for (month, name) in months {
            for day in 1...year.days(in: month) {
                let date = try #require(HebrewDate(year: 5787, month: month, day: day)).civil
                // The fast of Av and others that are moved are asked for by their own names.
                let form = "\(letters[day - 1]) ב\(name)"
                let found = understanding(form, now: now).date()
                if found?.value != date { Issue.record("\(date): \(form) is \(found?.value.description ?? "none"), \(found?.why ?? "")") }
            }
        }
    }
}
