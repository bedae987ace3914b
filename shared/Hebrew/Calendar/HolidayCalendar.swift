import Synchronization

/// The holidays of Israel, computed from the Hebrew year.
package enum HolidayCalendar {
    /// Everything that falls on this day, eves included; most days have nothing.
    package static func days(on date: CivilDate) -> [HolidayDay] {
        guard let hebrew = HebrewDate(date), let all = year(hebrew.year) else { return [] }
        let days = all.filter { $0.date == date }
        // The eve of the New Year is the last day of the year before.
        guard hebrew.month == .elul, hebrew.day == 29, let next = year(hebrew.year + 1) else { return days }
        return days + next.filter { $0.date == date }
    }

    /// A holiday that work stops for falls on this day.
    package static func isDayOff(_ date: CivilDate) -> Bool { days(on: date).contains { $0.isDayOff } }

    /// All days and eves of a Hebrew year in order of date; nil outside of ``HebrewYear/known``. The eve of 1 Tishri belongs to the year that begins.
    package static func year(_ number: Int) -> [HolidayDay]? {
        cache.withLock { years in
            if let days = years[number] { return days }
            guard let year = HebrewYear(number) else { return nil }
            let days = compute(year)
            // A hostile list of dates cannot make this grow beyond the few years that calls are about.
            if years.count >= 64 { years.removeAll() }
            years[number] = days
            return days
        }
    }

    /// The holiday's first day (its eve if `eve`) on or after `date`.
    package static func next(_ holiday: Holiday, from date: CivilDate, eve: Bool = false) -> CivilDate? {
        guard let hebrew = HebrewDate(date) else { return nil }
        // Purim Katan comes as seldom as every third year.
        for number in hebrew.year...hebrew.year + 4 {
            if let day = year(number)?.first(where: { $0.holiday == holiday && $0.number == (eve ? 0 : 1) && $0.date >= date }) { return day.date }
        }
        return nil
    }

    /// The first day on or after `date` that satisfies; looks at three Hebrew years.
    package static func next(from date: CivilDate, where matches: (HolidayDay) -> Bool) -> HolidayDay? {
        guard let hebrew = HebrewDate(date) else { return nil }
        for number in hebrew.year...hebrew.year + 2 {
            if let day = year(number)?.first(where: { $0.date >= date && matches($0) }) { return day }
        }
        return nil
    }

    /// The first of the month, or its two days when the month before has thirty.
    package static func newMoon(after date: CivilDate) -> [CivilDate] {
        for ahead in 0...31 {
            let day = date.adding(days: ahead)
            guard let hebrew = HebrewDate(day) else { return [] }
            // 1 Tishri is the New Year and not called so.
            if hebrew.day == 30 { return [day, day.adding(days: 1)] }
            if hebrew.day == 1, hebrew.month != .tishri { return [day] }
        }
        return []
    }

    private static func compute(_ year: HebrewYear) -> [HolidayDay] {
        var days: [HolidayDay] = []
        func at(_ month: HebrewMonth, _ day: Int) -> CivilDate { CivilDate(dayNumber: year.newYear + year.daysBefore(month) + day - 1) }
        func add(_ holiday: Holiday, _ first: CivilDate, count: Int = 1) {
            if holiday.hasEve { days.append(HolidayDay(holiday, first.adding(days: -1), number: 0)) }
            for number in 1...count { days.append(HolidayDay(holiday, first.adding(days: number - 1), number: number)) }
        }
        func moved(_ date: CivilDate, _ shifts: [Weekday: Int]) -> CivilDate { date.adding(days: shifts[date.weekday] ?? 0) }

        add(.roshHashana, at(.tishri, 1), count: 2)
        add(.fastOfGedaliah, moved(at(.tishri, 3), [.saturday: 1]))
        add(.yomKippur, at(.tishri, 10))
        add(.sukkot, at(.tishri, 15))
        add(.sukkotIntermediate, at(.tishri, 16), count: 5)
        add(.hoshanaRabba, at(.tishri, 21))
        add(.simchatTorah, at(.tishri, 22))
        add(.yomHaAliyah, at(.heshvan, 7))
        // By law on 12 Heshvan, on the Thursday before when that is a Friday.
        add(.rabinDay, moved(at(.heshvan, 12), [.friday: -1]))
        add(.sigd, moved(at(.heshvan, 29), [.saturday: -2]))
        add(.chanukah, at(.kislev, 25), count: 8)
        add(.fastOfTevet, at(.tevet, 10))
        add(.tuBishvat, at(.shevat, 15))
        add(.familyDay, at(.shevat, 30))
        if year.isLeap { add(.purimKatan, at(.adarI, 14)) }
        add(.fastOfEsther, moved(at(.adar, 13), [.saturday: -2]))
        add(.purim, at(.adar, 14))
        add(.shushanPurim, at(.adar, 15))
        add(.fastOfFirstborn, moved(at(.nisan, 14), [.saturday: -2]))
        add(.pesach, at(.nisan, 15))
        add(.pesachIntermediate, at(.nisan, 16), count: 5)
        add(.seventhOfPesach, at(.nisan, 21))
        add(.mimouna, at(.nisan, 22))
        // Neither day may touch a Sabbath: the ceremonies would desecrate it, or their preparation would.
        add(.holocaustDay, moved(at(.nisan, 27), [.friday: -1, .sunday: 1]))
        let independence = moved(at(.iyar, 5), year.number >= 5764 ? [.friday: -1, .saturday: -2, .monday: 1] : [.friday: -1, .saturday: -2])
        add(.memorialDay, independence.adding(days: -1))
        add(.independenceDay, independence)
        add(.herzlDay, moved(at(.iyar, 10), [.saturday: 1]))
        add(.secondPesach, at(.iyar, 14))
        add(.lagBaOmer, at(.iyar, 18))
        add(.jerusalemDay, at(.iyar, 28))
        add(.shavuot, at(.sivan, 6))
        add(.fastOfTammuz, moved(at(.tammuz, 17), [.saturday: 1]))
        add(.jabotinskyDay, moved(at(.tammuz, 29), [.saturday: 1]))
        add(.fastOfAv, moved(at(.av, 9), [.saturday: 1]))
        add(.tuBAv, at(.av, 15))
        return days.sorted { ($0.date, $0.number) < ($1.date, $1.number) }
    }

    private static let cache = Mutex<[Int: [HolidayDay]]>([:])
}
