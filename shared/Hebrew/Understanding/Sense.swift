/// What a word may mean to the readers. One word has several: שני counts, names a day, and orders.
enum Sense: Sendable, Hashable {
    /// 0 to 10, as one counts feminine things (hours, digits) or masculine ones (days, shekels).
    case unit(Int, feminine: Bool)
    /// 20 to 90.
    case ten(Int)
    /// 100 and 200.
    case hundred(Int)
    /// מאות behind a unit.
    case hundreds
    /// A thousand and what lies above, alone or behind what it multiplies.
    case scale(Int)
    /// אלפיים.
    case twoThousand
    /// Of one, in twelfths: a half is 6.
    case twelfths(Int)
    /// רבעי behind שלושת.
    case quarters
    /// שלישים behind שני.
    case thirds
    /// 1 to 10.
    case ordinal(Int)
    /// 1 for Sunday to 7; those that need no "day" before them, as שבת.
    case weekday(Int, alone: Bool)
    case month(Int)
    case hebrewMonth(HebrewMonth)
    /// Days from today.
    case dayOffset(Int)
    /// היום with a part of it: הערב.
    case todayPart(DayPart)
    case dayPart(DayPart)
    /// A unit of time; 1 for one, 2 for the dual, 0 for the plural.
    case timeUnit(TimeUnit, Int)
    case currency(Currency)
    case keyword(Keyword)
}

enum TimeUnit: Int, Sendable, Hashable { case second, minute, hour, day, week, month, year }

/// Money that callers speak of.
package enum Currency: String, Sendable, Hashable, CaseIterable {
    case shekel = "ILS"
    case dollar = "USD"
    case euro = "EUR"
    case pound = "GBP"
}

/// Parts of the day, each with the time that stands for it and its length.
package enum DayPart: String, Sendable, Hashable, CaseIterable {
    case dawn, morning, forenoon, noon, afternoon, evening, night

    /// The time that stands for the part when none is named.
    package var time: CivilTime {
        switch self {
        case .dawn: CivilTime(minutes: 300)
        case .morning: CivilTime(minutes: 540)
        case .forenoon: CivilTime(minutes: 660)
        case .noon: CivilTime(minutes: 720)
        case .afternoon: CivilTime(minutes: 960)
        case .evening: CivilTime(minutes: 1140)
        case .night: CivilTime(minutes: 1320)
        }
    }

    /// Where the part ends.
    package var end: CivilTime {
        switch self {
        case .dawn: CivilTime(minutes: 360)
        case .morning, .forenoon: CivilTime(minutes: 720)
        case .noon: CivilTime(minutes: 900)
        case .afternoon: CivilTime(minutes: 1080)
        case .evening: CivilTime(minutes: 1320)
        case .night: CivilTime(minutes: 180)
        }
    }
}

enum Keyword: UInt8, Sendable, Hashable {
    // Of time.
    case inTime, more, within, before, after, until, between, about, now, soon, exactly, minus, midnight, dawnOf
    // Of dates.
    case next, coming, past, this, start, end, middle, day, days, eve, outgoing, newMoonHead, weekend, born, year, every
    // Of talk.
    case sorry, correction, no, wait, but, rather, except, or, refuse, want
    // Of numbers.
    case point, dash, double, twice, times, triple, star, plus, percent, free, agorot, negative, dozen, countedNoun
}
