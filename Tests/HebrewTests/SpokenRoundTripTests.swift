import Testing

@testable import Hebrew

/// Every minute and every date is told differently, and told so that it can be understood again.
@Suite struct SpokenRoundTripTests {
    @Test(arguments: [SpokenOptions.Clock.natural, .countdown])
    func everyMinuteOfTheDayComesBack(clock: SpokenOptions.Clock) {
        var seen: Set<String> = []
        for minute in 0..<1_440 {
            let written = Self.two(minute / 60) + ":" + Self.two(minute % 60)
            let spoken = HebrewSpeech.spoken(written, options: SpokenOptions(clock: clock))
            if !seen.insert(spoken).inserted { Issue.record("\(written): \(spoken)") }
            if InverseClock.minutes(spoken) != minute { Issue.record("\(written): \(spoken)") }
        }
    }

    @Test func everyMinuteOfTheDayComesBackInTwentyFourHours() {
        var seen: Set<String> = []
        for minute in 0..<1_440 {
            let written = Self.two(minute / 60) + ":" + Self.two(minute % 60)
            let spoken = HebrewSpeech.spoken(written, options: SpokenOptions(clock: .digital))
            if !seen.insert(spoken).inserted { Issue.record("\(written): \(spoken)") }
            if InverseClock.digitalMinutes(spoken) != minute { Issue.record("\(written): \(spoken)") }
        }
    }

    @Test func everyMinuteBehindAPrefixIsTheSame() {
        for minute in stride(from: 1, to: 1_440, by: 7) {
            let written = Self.two(minute / 60) + ":" + Self.two(minute % 60)
            let alone = HebrewSpeech.spoken(written)
            #expect(HebrewSpeech.spoken("ב-\(written)") == "ב" + alone)
            #expect(HebrewSpeech.spoken("נפגש ל\(written).") == "נפגש ל" + alone + ".")
        }
    }

    @Test(arguments: [".", "/", "-"])
    func everyDateComesBack(separator: String) {
        var seen: Set<String> = []
        for year in 2024...2030 {
            for month in 1...12 {
                for day in 1...Self.days(month, year) {
                    let short = "\(day)\(separator)\(month)\(separator)\(year)"
                    let long = Self.two(day) + separator + Self.two(month) + separator + "\(year)"
                    let spoken = HebrewSpeech.spoken(short)
                    if !seen.insert(spoken).inserted { Issue.record("\(short): \(spoken)") }
                    if InverseClock.date(spoken) != [day, month, year] { Issue.record("\(short): \(spoken)") }
                    if HebrewSpeech.spoken(long) != spoken { Issue.record("\(long)") }
                    let iso = "\(year)-\(Self.two(month))-\(Self.two(day))"
                    if HebrewSpeech.spoken(iso) != spoken { Issue.record("\(iso)") }
                }
            }
        }
        #expect(seen.count == 2_557)
    }

    /// Each Hebrew date of seven years is another one, and each has its month.
    @Test func everyHebrewDateIsDistinct() throws {
        var seen: Set<String> = []
        for year in 2024...2030 {
            for month in 1...12 {
                for day in 1...Self.days(month, year) {
                    let words = try #require(HebrewDateWords.words(day: day, month: month, year: year))
                    if !seen.insert(words).inserted { Issue.record("\(day).\(month).\(year): \(words)") }
                }
            }
        }
        #expect(HebrewDateWords.words(day: 31, month: 2, year: 2026) == nil)
    }

    @Test func everyPriceComesBack() throws {
        for agorot in stride(from: 1, through: 30_000, by: 7) {
            let written = "\(agorot / 100).\(Self.two(agorot % 100)) ₪"
            let spoken = HebrewSpeech.spoken(written)
            if Self.agorot(spoken) != agorot { Issue.record("\(written): \(spoken)") }
        }
    }

    private static func agorot(_ spoken: String) -> Int? {
        var rest = spoken
        var total = 0
        if let part = rest.range(of: "שקלים") ?? rest.range(of: "שקל אחד") {
            let words = rest[..<part.lowerBound].trimming
            guard let shekels = words.isEmpty ? 1 : words == "אפס" ? 0 : InverseNumber(words)?.value else { return nil }
            total = shekels * 100
            rest = rest[part.upperBound...].trimming
            if rest.hasPrefix("ו") { rest.removeFirst() }
        }
        if rest.isEmpty { return total }
        if rest == "אגורה אחת" { return total + 1 }
        guard rest.hasSuffix("אגורות"), let part = InverseNumber(String(rest.dropLast(6)).trimming), part.gender != .masculine else { return nil }
        return total + part.value
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func days(_ month: Int, _ year: Int) -> Int {
        month == 2 ? (year % 4 == 0 ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}

extension StringProtocol {
    fileprivate var trimming: String {
        var text = Substring(self)
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }

    fileprivate func range(of part: String) -> Range<Index>? { firstRange(of: part) }
}
