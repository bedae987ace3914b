/// Reads spoken times and dates back, independently of what writes them: for tests only.
enum InverseClock {
    /// Minutes since midnight of a time with its part of the day (natural and countdown).
    static func minutes(_ text: String) -> Int? {
        if text == "חצות" { return 0 }
        guard let part = parts.first(where: { text.hasSuffix(" " + $0.name) }) else { return nil }
        let told = String(text.dropLast(part.name.count + 1))
        for (name, before) in [("רבע ל", 15), ("עשרים ל", 20), ("עשר דקות ל", 10), ("חמש דקות ל", 5)] where told.hasPrefix(name) {
            guard let hour = hour(String(told.dropFirst(name.count)), part.hours) else { continue }
            return (hour * 60 - before + 1_440) % 1_440
        }
        var words = told.split(separator: " ").map(String.init)
        if words.last == "ורבע" || words.last == "וחצי" || words.last == "ודקה" {
            let minute = ["ורבע": 15, "וחצי": 30, "ודקה": 1][words.removeLast()] ?? 0
            return hour(words.joined(separator: " "), part.hours).map { $0 * 60 + minute }
        }
        let isCounted = words.last == "דקות"
        if isCounted { words.removeLast() }
        // The longest beginning that is an hour; the rest are minutes.
        for length in stride(from: min(2, words.count), through: 1, by: -1) {
            guard let hour = hour(words[..<length].joined(separator: " "), part.hours) else { continue }
            if length == words.count { return isCounted ? nil : hour * 60 }
            var rest = words[length...].joined(separator: " ")
            if InverseNumber(rest) == nil { rest = rest.hasPrefix("ו") ? String(rest.dropFirst()) : "" }
            guard let minute = InverseNumber(rest), (1...59).contains(minute.value), minute.gender != .masculine else { continue }
            return hour * 60 + minute.value
        }
        return nil
    }

    /// Of the 24-hour style.
    static func digitalMinutes(_ text: String) -> Int? {
        var words = text.split(separator: " ").map(String.init)
        let minute: Int
        if text.hasPrefix("אפס אפס") {
            words.removeFirst(2)
            return number(words)
        }
        if let zero = words.lastIndex(of: "אפס"), zero > 0 {
            var rest = Array(words[zero...])
            var hours = Array(words[..<zero])
            if hours.last == "אפס" { hours.removeLast() }
            if rest.count > 1 { rest.removeFirst() }
            guard let first = number(hours), let second = number(rest) else { return nil }
            return first * 60 + second
        }
        for length in stride(from: min(2, words.count - 1), through: 1, by: -1) {
            // עשרים ואחת is one number, עשרים אחת two.
            guard let first = number(Array(words[..<length])), let second = number(Array(words[length...])), first < 24, second >= 10 else {
                continue
            }
            minute = second
            return first * 60 + minute
        }
        return nil
    }

    private static func number(_ words: [String]) -> Int? {
        if words == ["אפס", "אפס"] { return 0 }
        let rest = words.first == "אפס" && words.count == 2 ? Array(words.dropFirst()) : words
        return InverseNumber(rest.joined(separator: " "))?.value
    }

    private static func hour(_ words: String, _ hours: [Int]) -> Int? {
        guard let number = InverseNumber(words), (1...12).contains(number.value), number.gender != .masculine else { return nil }
        return hours.first { ($0 + 11) % 12 + 1 == number.value }
    }

    private static let parts: [(name: String, hours: [Int])] = [
        ("לפנות בוקר", [4, 5]), ("בבוקר", Array(6...11)), ("אחר הצהריים", [15, 16]), ("בצהריים", [12, 13, 14]), ("בערב", Array(17...21)),
        ("בלילה", [22, 23, 0, 1, 2, 3]),
    ]

    /// Day, month, year of "חמישה עשר בפברואר אלפיים עשרים ושש".
    static func date(_ text: String) -> [Int]? {
        let words = text.split(separator: " ").map(String.init)
        guard let place = words.firstIndex(where: { $0.hasPrefix("ב") && months.contains(String($0.dropFirst())) }) else { return nil }
        guard let month = months.firstIndex(of: String(words[place].dropFirst())), let day = InverseNumber(words[..<place].joined(separator: " "))
        else { return nil }
        guard let year = InverseNumber(words[(place + 1)...].joined(separator: " ")), day.gender != .feminine, year.gender != .masculine else {
            return nil
        }
        return [day.value, month + 1, year.value]
    }

    private static let months = [
        "ינואר", "פברואר", "מרץ", "אפריל", "מאי", "יוני", "יולי", "אוגוסט", "ספטמבר", "אוקטובר", "נובמבר", "דצמבר",
    ]
}
