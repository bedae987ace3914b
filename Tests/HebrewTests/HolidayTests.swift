import Testing

@testable import Hebrew

@Suite struct HolidayTests {
    private func date(_ iso: String) throws -> CivilDate { try #require(CivilDate(iso: iso)) }

    /// Dates of the printed calendars, the moved ones among them.
    @Test(arguments: [
        ("2026-04-02", Holiday.pesach, 1), ("2026-04-01", .pesach, 0), ("2026-04-08", .seventhOfPesach, 1), ("2026-03-03", .purim, 1),
        ("2026-09-11", .roshHashana, 0), ("2026-09-12", .roshHashana, 1), ("2026-09-13", .roshHashana, 2), ("2026-09-21", .yomKippur, 1),
        ("2026-10-03", .simchatTorah, 1), ("2026-12-05", .chanukah, 1), ("2026-12-12", .chanukah, 8), ("2026-05-22", .shavuot, 1),
        // 5 Iyar was a Saturday in 2021, a Monday in 2024, a Friday in 2023's neighbour 2025.
        ("2021-04-15", .independenceDay, 1), ("2024-05-14", .independenceDay, 1), ("2025-05-01", .independenceDay, 1),
        ("2023-04-26", .independenceDay, 1),
        ("2024-05-13", .memorialDay, 1), ("2025-04-30", .memorialDay, 1),
        // 27 Nisan was a Friday in 2021, a Sunday in 2024.
        ("2021-04-08", .holocaustDay, 1), ("2024-05-06", .holocaustDay, 1), ("2026-04-14", .holocaustDay, 1),
        // 9 Av and 17 Tammuz fell on a Saturday in 2022, 13 Adar in 2024, 3 Tishri in 2024.
        ("2022-08-07", .fastOfAv, 1), ("2022-07-17", .fastOfTammuz, 1), ("2024-03-21", .fastOfEsther, 1), ("2024-10-06", .fastOfGedaliah, 1),
        ("2021-03-25", .fastOfFirstborn, 1),
        // Leap years have Purim in the second Adar.
        ("2024-03-24", .purim, 1), ("2024-02-23", .purimKatan, 1),
    ])
    func aDayIsWhereTheCalendarHasIt(iso: String, holiday: Holiday, number: Int) throws {
        let days = HolidayCalendar.days(on: try date(iso))
        #expect(days.contains { $0.holiday == holiday && $0.number == number }, "\(days)")
    }

    @Test func whatTheRulesOfPostponementForbidNeverHappens() throws {
        for number in 5760...5860 {
            for day in try #require(HolidayCalendar.year(number)) where !day.isEve {
                switch day.holiday {
                case .independenceDay: #expect([.tuesday, .wednesday, .thursday].contains(day.date.weekday), "\(number)")
                case .memorialDay: #expect([.monday, .tuesday, .wednesday].contains(day.date.weekday), "\(number)")
                case .holocaustDay: #expect(![.friday, .saturday, .sunday].contains(day.date.weekday), "\(number)")
                case .yomKippur: #expect(![.friday, .sunday].contains(day.date.weekday), "\(number)")
                case .fastOfAv, .fastOfTammuz, .fastOfGedaliah, .fastOfEsther, .fastOfFirstborn, .fastOfTevet, .rabinDay:
                    #expect(day.date.weekday != .saturday, "\(number) \(day.holiday)")
                case .roshHashana where day.number == 1: #expect(![.sunday, .wednesday, .friday].contains(day.date.weekday), "\(number)")
                default: break
                }
            }
        }
    }

    @Test func hebrewDatesComeBack() throws {
        var date = try date("1900-01-01")
        while date.year < 2100 {
            let hebrew = try #require(HebrewDate(date))
            #expect(hebrew.civil == date)
            date = date.adding(days: 1)
        }
        #expect(HebrewDate(try self.date("1500-01-01")) == nil)
        #expect(HebrewDate(year: 5786, month: .adarI, day: 1) == nil, "an ordinary year has one Adar")
        #expect(HebrewDate(year: 5787, month: .adarI, day: 30) != nil)
    }

    @Test func civilDatesComeBack() throws {
        for number in stride(from: -700_000, through: 2_900_000, by: 997) {
            let date = CivilDate(dayNumber: number)
            #expect(date.dayNumber == number)
            #expect(CivilDate(iso: date.description) == date)
        }
        #expect(CivilDate(dayNumber: .max) == CivilDate(year: 9999, month: 12, day: 31))
        #expect(CivilDate(dayNumber: .min) == CivilDate(year: 1, month: 1, day: 1))
        #expect(try date("2026-01-31").adding(months: 1).description == "2026-02-28")
        #expect(try date("2024-02-29").adding(months: 12).description == "2025-02-28")
        #expect(try date("2026-03-01").weekday == .sunday)
        #expect(CivilDate(iso: "2026-02-29") == nil)
        #expect(CivilDate(iso: "26-02-01") == nil)
    }

    @Test func shabbatComesInAndGoesOut() throws {
        let friday = try date("2026-03-06")
        let entry = ShabbatTimes.jerusalem.entry(onEve: friday)
        let exit = ShabbatTimes.jerusalem.exit(on: friday.adding(days: 1))
        // Printed calendars of that week say 17:00 and 18:14 for Jerusalem.
        #expect(abs(entry.minutes - CivilTime(minutes: 17 * 60).minutes) <= 3)
        #expect(abs(exit.minutes - (18 * 60 + 14)) <= 5)
        #expect(!ShabbatTimes.jerusalem.isRest(at: CivilDateTime(friday, CivilTime(minutes: entry.minutes - 1))))
        #expect(ShabbatTimes.jerusalem.isRest(at: CivilDateTime(friday, entry)))
        #expect(ShabbatTimes.jerusalem.isRest(at: CivilDateTime(friday.adding(days: 1), .noon)))
        #expect(!ShabbatTimes.jerusalem.isRest(at: CivilDateTime(friday.adding(days: 1), exit)))
        // Two days of rest in a row have no pause between: the New Year of 2026 is a Saturday and a Sunday.
        #expect(ShabbatTimes.jerusalem.isRest(at: CivilDateTime(try date("2026-09-12"), CivilTime(minutes: 22 * 60))))
        #expect(ShabbatTimes.telAviv.entry(onEve: friday) > entry, "Tel Aviv lights twenty minutes later")
    }

    @Test func theNextHolidayIsFound() throws {
        #expect(HolidayCalendar.next(.pesach, from: try date("2026-04-03"))?.description == "2027-04-22")
        #expect(HolidayCalendar.next(.purimKatan, from: try date("2024-03-01"))?.description == "2027-02-21")
        #expect(HolidayCalendar.newMoon(after: try date("2026-04-10")).map(\.description) == ["2026-04-17", "2026-04-18"])
        #expect(HolidayCalendar.isDayOff(try date("2026-04-22")))
        #expect(!HolidayCalendar.isDayOff(try date("2026-03-03")), "Purim is no day off")
    }
}
