import Foundation

/// The months of the Hebrew calendar in the order of the year, which begins with Tishri.
package enum HebrewMonth: Int, CaseIterable, Sendable, Comparable {
    // The numbers are Foundation's: Adar I exists in leap years alone, Adar stands for Adar II as well.
    case tishri = 1, heshvan, kislev, tevet, shevat, adarI, adar, nisan, iyar, sivan, tammuz, av, elul

    package static func < (left: HebrewMonth, right: HebrewMonth) -> Bool { left.rawValue < right.rawValue }
}

/// A day of the Hebrew calendar, taken as the civil day on whose evening it ends.
package struct HebrewDate: Hashable, Sendable, Comparable {
    package let year: Int
    package let month: HebrewMonth
    /// 1 to 30.
    package let day: Int

    /// Nil for a day that the year does not have, and for years outside of ``HebrewYear/known``.
    package init?(year: Int, month: HebrewMonth, day: Int) {
        guard let length = HebrewYear(year)?.days(in: month), day >= 1, day <= length else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    /// Nil outside of ``HebrewYear/known``.
    package init?(_ date: CivilDate) {
        let number = date.dayNumber
        // A Hebrew year begins in September or October.
        guard let year = HebrewYear(date.year + 3761).flatMap({ $0.newYear <= number ? $0 : nil }) ?? HebrewYear(date.year + 3760) else { return nil }
        var rest = number - year.newYear
        guard rest >= 0 else { return nil }
        for month in HebrewMonth.allCases {
            let length = year.days(in: month)
            if rest < length {
                (self.year, self.month, day) = (year.number, month, rest + 1)
                return
            }
            rest -= length
        }
        return nil
    }

    package var civil: CivilDate {
        // Held to be valid by both initialisers.
        guard let year = HebrewYear(year) else { return CivilDate(dayNumber: 0) }
        return CivilDate(dayNumber: year.newYear + year.daysBefore(month) + day - 1)
    }

    package static func < (left: HebrewDate, right: HebrewDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

/// One year of the Hebrew calendar: when it begins and how long it is, which decides all the rest.
package struct HebrewYear: Hashable, Sendable {
    package let number: Int
    /// Day number (see ``CivilDate``) of 1 Tishri.
    package let newYear: Int
    /// 353 to 355, or 383 to 385.
    package let length: Int

    /// Years 5344 to 6000 (1583 to 2240), beyond any date that is spoken of on a telephone.
    package static let known = 5344...6000

    package init?(_ number: Int) {
        guard HebrewYear.known.contains(number) else { return nil }
        let index = number - HebrewYear.known.lowerBound
        self.number = number
        newYear = HebrewYear.newYears[index]
        length = HebrewYear.newYears[index + 1] - newYear
    }

    package var isLeap: Bool { length > 380 }

    /// 0 for Adar I in an ordinary year.
    package func days(in month: HebrewMonth) -> Int {
        switch month {
        case .tishri, .shevat, .nisan, .sivan, .av: 30
        case .tevet, .adar, .iyar, .tammuz, .elul: 29
        case .heshvan: length % 10 == 5 ? 30 : 29
        case .kislev: length % 10 == 3 ? 29 : 30
        case .adarI: isLeap ? 30 : 0
        }
    }

    package func daysBefore(_ month: HebrewMonth) -> Int {
        HebrewMonth.allCases.prefix { $0 < month }.reduce(0) { $0 + days(in: $1) }
    }

    /// Asked of Foundation once (0.4 ms for all): its calendar costs microseconds for each conversion, this table nothing.
    private static let newYears: [Int] = {
        var calendar = Calendar(identifier: .hebrew)
        calendar.timeZone = .gmt
        return (known.lowerBound...known.upperBound + 1).map { year in
            let noon = calendar.date(from: DateComponents(year: year, month: 1, day: 1, hour: 12)) ?? .distantPast
            return Int((noon.timeIntervalSince1970 / 86_400).rounded(.down))
        }
    }()
}
