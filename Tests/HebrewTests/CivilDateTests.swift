import Foundation
import Testing

@testable import Hebrew

@Suite struct CivilDateTests {
    /// Against Foundation's calendar, over leap years and the ends of centuries.
    @Test func daysAreThoseOfTheCalendar() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for number in stride(from: -30_000, through: 60_000, by: 13) {
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(number) * 86_400))
            let day = CivilDate(dayNumber: number)
            #expect(day == CivilDate(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0))
            #expect(day.dayNumber == number)
            #expect(day.weekday.index == (parts.weekday ?? 0) - 1)
        }
    }

    @Test(arguments: [
        "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00", "2100-02-29", "0000-01-01", "2026-1-5", "26-01-05", "2026-01-05 ",
        "2026/01/05", "", "----", "+026-01-05", "2026-01-05-06",
    ]) func whatIsNoDay(text: String) {
        #expect(CivilDate(iso: text) == nil)
    }

    /// The clock of the business, with its summer time, and the day that has begun there already.
    @Test(arguments: [
        (1_796_130_240.0, "2026-12-01T15:04"), (1_796_162_399, "2026-12-01T23:59"), (1_796_162_400, "2026-12-02T00:00"),
        (1_782_907_200, "2026-07-01T15:00"),
    ]) func theDayOfJerusalem(time: Double, local: String) {
        #expect(CivilClock.jerusalem.local(Date(timeIntervalSince1970: time)).description == local)
    }

    @Test func daysHaveNames() {
        #expect(Weekday.allCases.map(\.name) == ["יום ראשון", "יום שני", "יום שלישי", "יום רביעי", "יום חמישי", "יום שישי", "שבת"])
    }
}
