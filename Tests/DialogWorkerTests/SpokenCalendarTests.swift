import Foundation
import Testing

@testable import DialogWorker

@Suite struct SpokenCalendarTests {
    /// Against Foundation's calendar, over leap years and the ends of centuries.
    @Test func daysAreThoseOfTheCalendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for number in stride(from: -30_000, through: 60_000, by: 13) {
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(number) * 86_400))
            let day = CalendarDay(number: number)
            #expect(day == CalendarDay(year: parts.year ?? 0, month: parts.month ?? 0, day: parts.day ?? 0))
            #expect(day.number == number)
            #expect(day.weekday == (parts.weekday ?? 0) - 1)
        }
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-01-00", "2100-02-29", "0000-01-01"]) func daysThatDoNotExist(
        text: String
    ) {
        #expect(CalendarDay(text)?.number == nil)
    }

    @Test func daysAreWrittenInOneWay() {
        #expect(CalendarDay("2028-02-29")?.number != nil)
        #expect(CalendarDay("2026-01-05")?.description == "2026-01-05")
        for text in ["2026-1-5", "26-01-05", "2026-01-05 ", "2026/01/05", "", "----", "+026-01-05", "2026-01-05-06"] {
            #expect(CalendarDay(text) == nil, "\(text)")
        }
    }

    /// The clock of the business, with its summer time, and the day that has begun there already.
    @Test(arguments: [
        (1_796_130_240.0, "2026-12-01", "15:04"), (1_796_162_399, "2026-12-01", "23:59"), (1_796_162_400, "2026-12-02", "00:00"),
        (1_782_907_200, "2026-07-01", "15:00"),
    ]) func theDayOfTheBusiness(time: Double, day: String, clock: String) {
        let calendar = SpokenCalendar(now: Date(timeIntervalSince1970: time), zone: "Asia/Jerusalem")
        #expect(calendar.today.description == day)
        #expect(calendar.clock == clock)
        #expect(calendar.distance(to: calendar.day(after: 40)) == 40)
    }

    @Test(
        arguments: [
            ("מחר", "2026-12-02"), ("היום", "2026-12-01"), ("מחרתיים", "2026-12-03"), ("יום חמישי", "2026-12-03"), ("ביום שלישי", "2026-12-08"),
            ("שבת", "2026-12-05"), ("בשבת הקרוב", "2026-12-05"), ("יום", nil), ("בקרוב", nil), ("מחר או מחרתיים", nil),
        ] as [(String, String?)]) func wordsForDays(text: String, day: String?)
    {
        #expect(SpokenCalendar(now: tuesday, zone: "Asia/Jerusalem").day(meant: text)?.description == day)
    }
}
