import Testing

@testable import TTSWorker

@Suite struct UnheardRestTests {
    private func rest(_ text: String, _ milliseconds: Int, pace: Double = 10 / 0.85) -> String? {
        UnheardRest.of(text, after: milliseconds, pace: pace)
    }

    /// At ten characters a second after caution, a character is 100 ms.
    @Test func theWordThatWasBegunIsSaidAgain() {
        let text = "אחד־אחד נכנסים כולם לחדר"
        #expect(rest(text, 0) == text && rest(text, 399) == text)
        // Characters 0–6, 8–14, 16–19, 21–24.
        #expect(rest(text, 800) == "נכנסים כולם לחדר")
        #expect(rest(text, 1_400) == "נכנסים כולם לחדר")
        #expect(rest(text, 1_500) == "כולם לחדר")
        #expect(rest(text, 2_000) == "לחדר")
        // All of it has been said, by the estimate: its end again, rather than perhaps not at all.
        #expect(rest(text, 60_000) == "לחדר")
    }

    @Test func aPlaceThatWouldRepeatEverythingIsNone() {
        #expect(rest("ירושלים", 500) == nil)
        #expect(rest("אני מגיעה עכשיו", 400) == "מגיעה עכשיו")
        #expect(rest("ירושלים הבירה", 500) == nil)
        #expect(rest("", 500) == nil && rest("   ", 500) == nil)
    }

    @Test func aClauseThatHasJustBegunIsSaidWhole() {
        let text = "הפגישה נקבעה, ביום שלישי בשעה נוחה"
        // In שלישי: its clause began five characters before.
        #expect(rest(text, 2_000) == "ביום שלישי בשעה נוחה")
        // In נוחה, 15 characters behind.
        #expect(rest(text, 3_000) == "נוחה")
        // The clause begins with the end of a number that is the sentence's beginning.
        #expect(rest("שלוש, ארבע דירות", 1_200) == "דירות")
    }

    @Test(arguments: [
        "המספר שלנו הוא אפס חמש שלוש שבע שמונה תשע", "המחיר הוא ארבעים ותשעה שקלים", "המספר שלנו הוא 03 555 01 00", "הדירה בשישה מיליון וחצי",
    ])
    func aNumberIsBegunAtItsBeginning(text: String) {
        let words = text.split(separator: " ")
        let first = words.firstIndex { NumberWords.contains($0) || $0.contains { $0.isNumber } }
        let number = words[(first ?? 0)...]
        let run = number.prefix { NumberWords.contains($0) || $0.contains { $0.isNumber } }.count
        for milliseconds in stride(from: 400, to: 8_000, by: 100) {
            guard let left = rest(text, milliseconds)?.split(separator: " ").count else { continue }
            // Never between two words of the number.
            let cut = words.count - left
            #expect(cut <= (first ?? 0) || cut >= (first ?? 0) + run, "\(milliseconds): \(left)")
        }
        #expect(rest(text, 60_000) != nil)
    }

    @Test func numbersAreKnownWithWhatIsWrittenTogetherWithThem() {
        for word in ["שלוש", "ושלוש", "בשלושים", "לחמש,", "ומהשבע", "שתיים", "כשש", "מאתיים.", "אפס"] { #expect(NumberWords.contains(word[...])) }
        for word in ["שלום", "בית", "ולמה", "שמונים־ואחת?x", "משרד", ""] { #expect(!NumberWords.contains(word[...]), "\(word)") }
    }

    @Test func paceIsLearnedFromWholeSentences() {
        let pace = Pace(count: 2)
        #expect(pace.of(0) == Pace.standard)
        pace.learn(0, characters: 40, milliseconds: 900)
        pace.learn(0, characters: 400, milliseconds: 1_000)
        #expect(pace.of(0) == Pace.standard, "too short, and impossible")
        pace.learn(0, characters: 30, milliseconds: 2_000)
        #expect(pace.of(0) == 15 && pace.of(1) == Pace.standard)
        pace.learn(0, characters: 20, milliseconds: 2_000)
        #expect(pace.of(0) == 14)
    }
}
