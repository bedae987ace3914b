/// Times of day in words. Hours and minutes are feminine.
enum ClockWords {
    /// - Parameters:
    ///   - hour: 0...24.
    ///   - minute: 0...59.
    ///   - part: whether the part of the day is named; not for the 24-hour style, which needs none.
    static func words(hour: Int, minute: Int, style: SpokenOptions.Clock, part: Bool) -> String {
        if style == .digital { return digital(hour, minute) }
        if hour % 24 == 0 && minute == 0 && part { return "חצות" }
        let told = told(hour, minute, style)
        return part ? told.text + " " + dayPart(hour: told.hour) : told.text
    }

    /// The words, and the hour that they name: of quarter to four it is four.
    private static func told(_ hour: Int, _ minute: Int, _ style: SpokenOptions.Clock) -> (text: String, hour: Int) {
        switch minute {
        case 0: (name(hour), hour)
        case 15: (name(hour) + " ורבע", hour)
        case 30: (name(hour) + " וחצי", hour)
        case 45: ("רבע ל" + name(hour + 1), hour + 1)
        case 40 where style == .countdown: ("עשרים ל" + name(hour + 1), hour + 1)
        case 50 where style == .countdown: ("עשר דקות ל" + name(hour + 1), hour + 1)
        case 55 where style == .countdown: ("חמש דקות ל" + name(hour + 1), hour + 1)
        case 1: (name(hour) + " ודקה", hour)
        // "שלוש וחמש" would be two numbers; with the word it is a time.
        case 2...19: (name(hour) + " ו" + Cardinal.counting(minute, .feminine) + " דקות", hour)
        case 20, 40, 50: (name(hour) + " ו" + Cardinal.words(minute), hour)
        default: (name(hour) + " " + Cardinal.words(minute), hour)
        }
    }

    private static func digital(_ hour: Int, _ minute: Int) -> String {
        let hours = hour == 0 ? "אפס אפס" : Cardinal.words(hour)
        switch minute {
        case 0: return hours + " אפס אפס"
        case 1...9: return hours + " אפס " + Cardinal.words(minute)
        default: return hours + " " + Cardinal.words(minute)
        }
    }

    private static func name(_ hour: Int) -> String { Cardinal.words((hour + 11) % 12 + 1) }

    /// The part of the day that a native speaker names with an hour.
    static func dayPart(hour: Int) -> String {
        switch hour % 24 {
        case 4...5: "לפנות בוקר"
        case 6...11: "בבוקר"
        case 12...14: "בצהריים"
        case 15...16: "אחר הצהריים"
        case 17...21: "בערב"
        default: "בלילה"
        }
    }
}
