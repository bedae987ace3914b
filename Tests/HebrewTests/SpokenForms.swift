@testable import Hebrew

/// Says numbers, dates and times, for the round trips. Independent of the product's own speaking: it knows the grammar of the school book and no
/// more.
enum SpokenForms {
    private static let feminine = ["אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע", "עשר"]
    private static let masculine = ["אפס", "אחד", "שניים", "שלושה", "ארבעה", "חמישה", "שישה", "שבעה", "שמונה", "תשעה", "עשרה"]
    private static let construct = ["", "", "שני", "שלושת", "ארבעת", "חמשת", "ששת", "שבעת", "שמונת", "תשעת", "עשרת"]
    private static let tens = ["", "", "עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "שבעים", "שמונים", "תשעים"]

    /// 0 to 10^15.
    static func number(_ value: Int, feminine isFeminine: Bool) -> String {
        if value == 0 { return feminine[0] }
        var parts: [String] = []
        var rest = value
        for (scale, name) in [(1_000_000_000_000, "טריליון"), (1_000_000_000, "מיליארד"), (1_000_000, "מיליון")] where rest >= scale {
            let count = rest / scale
            parts.append(count == 1 ? name : count == 2 ? "שני " + name : number(count, feminine: false) + " " + name)
            rest %= scale
        }
        if rest >= 1000 {
            let count = rest / 1000
            switch count {
            case 1: parts.append("אלף")
            case 2: parts.append("אלפיים")
            case 3...10: parts.append(construct[count] + " אלפים")
            default: parts.append(number(count, feminine: false) + " אלף")
            }
            rest %= 1000
        }
        var small: [String] = []
        if rest >= 100 {
            small.append(rest / 100 == 1 ? "מאה" : rest / 100 == 2 ? "מאתיים" : feminine[rest / 100] + " מאות")
            rest %= 100
        }
        if rest >= 20 {
            small.append(tens[rest / 10])
            rest %= 10
            if rest > 0 { small.append(isFeminine ? feminine[rest] : masculine[rest]) }
        } else if rest > 10 {
            small.append(teen(rest, isFeminine))
        } else if rest > 0 {
            small.append(isFeminine ? feminine[rest] : masculine[rest])
        }
        parts += small
        guard parts.count > 1, let last = parts.last else { return parts.joined() }
        // "And" stands before the last part alone.
        return parts.dropLast().joined(separator: " ") + " ו" + last
    }

    private static func teen(_ value: Int, _ isFeminine: Bool) -> String {
        if value == 12 { return isFeminine ? "שתים עשרה" : "שנים עשר" }
        return isFeminine ? feminine[value - 10] + " עשרה" : masculine[value - 10] + " עשר"
    }

    // MARK: - Times

    /// How one says a time with the part of the day, in several ways.
    static func times(_ time: CivilTime) -> [String] {
        let (hour, minute) = (time.hour, time.minute)
        let face = hour % 12 == 0 ? 12 : hour % 12
        let name = number(face, feminine: true)
        let part = part(hour)
        var forms: [String] = []
        switch minute {
        case 0: forms += ["\(name) \(part)", "ב\(name) \(part)", "בשעה \(name) \(part)"]
        case 15: forms += ["\(name) ורבע \(part)"]
        case 30: forms += ["\(name) וחצי \(part)", "ב\(name) וחצי \(part)"]
        default: break
        }
        if minute >= 10 {
            forms.append("\(name) ו\(number(minute, feminine: true)) \(part)")
            forms.append("בשעה \(name) ו\(number(minute, feminine: true)) דקות \(part)")
        }
        if minute > 0, minute < 10 { forms.append("\(name) אפס \(feminine[minute]) \(part)") }
        if minute > 1 { forms.append("\(name) ו\(number(minute, feminine: true)) דקות \(part)") }
        let next = face == 12 ? 1 : face + 1
        let nextPart = SpokenForms.part((hour + 1) % 24)
        if minute == 45, nextPart == part { forms.append("רבע ל\(number(next, feminine: true)) \(nextPart)") }
        if [35, 40, 50, 55].contains(minute), nextPart == part {
            forms.append("\(number(60 - minute, feminine: true)) דקות ל\(number(next, feminine: true)) \(nextPart)")
            forms.append("\(number(60 - minute, feminine: false)) ל\(number(next, feminine: true)) \(nextPart)")
        }
        // As announcements count hours.
        if hour > 12 || hour == 0 {
            let long = number(hour, feminine: true)
            forms.append("בשעה \(long) " + (minute < 10 ? "אפס \(feminine[minute])" : number(minute, feminine: true)))
        }
        forms.append("בשעה \(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)")
        return forms
    }

    private static func part(_ hour: Int) -> String {
        switch hour {
        case 0: "בלילה"
        case 1...3: "בלילה"
        case 4, 5: "לפנות בוקר"
        case 6...11: "בבוקר"
        case 12...14: "בצהריים"
        case 15...17: "אחר הצהריים"
        case 18...21: "בערב"
        default: "בלילה"
        }
    }

    // MARK: - Dates

    static let months = ["ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר"]
    private static let weekdays = ["ראשון", "שני", "שלישי", "רביעי", "חמישי", "שישי", "שבת"]

    /// With the year.
    static func dates(_ date: CivilDate) -> [String] {
        let (day, month, year) = (date.day, months[date.month - 1], date.year)
        let spoken = number(day, feminine: false)
        let spokenYear = number(year, feminine: true)
        return [
            "\(spoken) ב\(month) \(spokenYear)", "ב\(spoken) ל\(month) \(spokenYear)", "ה\(spoken) ב\(month) שנת \(spokenYear)",
            "\(number(day, feminine: true)) ב\(month) \(year)", "\(day) ב\(month) \(year)", "ב-\(day) ל\(month) \(year)",
            "\(day).\(date.month).\(year)", "\(day)/\(date.month)/\(year % 100)", date.description,
            "יום \(weekdays[date.weekday.index]), \(day) ב\(month) \(year)", "יום \(weekdays[date.weekday.index]) ה-\(day).\(date.month).\(year)",
        ]
    }

    /// Without the year: the next such day.
    static func datesWithoutYear(_ date: CivilDate) -> [String] {
        let (day, month) = (date.day, months[date.month - 1])
        let spoken = number(day, feminine: false)
        return [
            "\(spoken) ב\(month)", "ב\(spoken) ל\(month)", "\(day) ב\(month)", "ה-\(day) ל\(month)", "\(day).\(date.month)", "ב-\(day)/\(date.month)",
        ]
    }
}
