/// What Israelis mark in a year, as it is kept in Israel: one day of each feast, and the dates to which the law or custom moves a day.
package enum Holiday: String, CaseIterable, Sendable {
    case roshHashana, fastOfGedaliah, yomKippur, sukkot, sukkotIntermediate, hoshanaRabba, simchatTorah
    case yomHaAliyah, rabinDay, sigd, chanukah, fastOfTevet, tuBishvat, familyDay
    case purimKatan, fastOfEsther, purim, shushanPurim
    case fastOfFirstborn, pesach, pesachIntermediate, seventhOfPesach, mimouna
    case holocaustDay, memorialDay, independenceDay, herzlDay, secondPesach, lagBaOmer, jerusalemDay
    case shavuot, fastOfTammuz, jabotinskyDay, fastOfAv, tuBAv

    /// What a day means for work.
    package enum Character: String, Sendable, CaseIterable {
        /// No work by Jewish law, and a day off by the law of the state.
        case rest
        /// A day off by law alone.
        case dayOff
        /// Between the first and the last day of Sukkot and of Pesach: many work shorter hours.
        case intermediate
        /// Work as usual, but places of entertainment are closed from the evening before.
        case memorial
        case fast
        /// Marked, and without effect on work.
        case observance
    }

    package var character: Character {
        switch self {
        case .roshHashana, .yomKippur, .sukkot, .simchatTorah, .pesach, .seventhOfPesach, .shavuot: .rest
        case .independenceDay: .dayOff
        case .sukkotIntermediate, .hoshanaRabba, .pesachIntermediate: .intermediate
        case .holocaustDay, .memorialDay: .memorial
        case .fastOfGedaliah, .fastOfTevet, .fastOfEsther, .fastOfFirstborn, .fastOfTammuz, .fastOfAv: .fast
        default: .observance
        }
    }

    /// The day before counts as an eve, on which one works shorter hours or stops early.
    package var hasEve: Bool {
        switch self {
        case .roshHashana, .yomKippur, .sukkot, .simchatTorah, .pesach, .seventhOfPesach, .shavuot, .independenceDay, .memorialDay, .holocaustDay,
            .purim, .fastOfAv:
            true
        default: false
        }
    }

    package var hebrewName: String {
        switch self {
        case .roshHashana: "ראש השנה"
        case .fastOfGedaliah: "צום גדליה"
        case .yomKippur: "יום כיפור"
        case .sukkot: "סוכות"
        case .sukkotIntermediate: "חול המועד סוכות"
        case .hoshanaRabba: "הושענא רבה"
        case .simchatTorah: "שמחת תורה"
        case .yomHaAliyah: "יום העלייה"
        case .rabinDay: "יום הזיכרון ליצחק רבין"
        case .sigd: "סיגד"
        case .chanukah: "חנוכה"
        case .fastOfTevet: "צום עשרה בטבת"
        case .tuBishvat: "ט\u{05F4}ו בשבט"
        case .familyDay: "יום המשפחה"
        case .purimKatan: "פורים קטן"
        case .fastOfEsther: "תענית אסתר"
        case .purim: "פורים"
        case .shushanPurim: "שושן פורים"
        case .fastOfFirstborn: "תענית בכורות"
        case .pesach: "פסח"
        case .pesachIntermediate: "חול המועד פסח"
        case .seventhOfPesach: "שביעי של פסח"
        case .mimouna: "מימונה"
        case .holocaustDay: "יום השואה"
        case .memorialDay: "יום הזיכרון"
        case .independenceDay: "יום העצמאות"
        case .herzlDay: "יום הרצל"
        case .secondPesach: "פסח שני"
        case .lagBaOmer: "ל\u{05F4}ג בעומר"
        case .jerusalemDay: "יום ירושלים"
        case .shavuot: "שבועות"
        case .fastOfTammuz: "צום י\u{05F4}ז בתמוז"
        case .jabotinskyDay: "יום ז\u{05F3}בוטינסקי"
        case .fastOfAv: "תשעה באב"
        case .tuBAv: "ט\u{05F4}ו באב"
        }
    }
}

/// One day of a holiday, or its eve.
package struct HolidayDay: Hashable, Sendable {
    package let holiday: Holiday
    package let date: CivilDate
    /// 0 for the eve, 1 for the first day.
    package let number: Int
    package var isEve: Bool { number == 0 }
    /// Work stops for the whole day.
    package var isDayOff: Bool { !isEve && (holiday.character == .rest || holiday.character == .dayOff) }

    package init(_ holiday: Holiday, _ date: CivilDate, number: Int = 1) { (self.holiday, self.date, self.number) = (holiday, date, number) }

    package var hebrewName: String { isEve ? "ערב " + holiday.hebrewName : holiday.hebrewName }
}
