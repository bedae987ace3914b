import Testing

@testable import Hebrew

/// Number words read back by a reader that shares nothing with their writer.
@Suite struct NumberWordsTests {
    @Test(arguments: [NounGender.masculine, .feminine])
    func everyNumberToAHundredThousandComesBack(gender: NounGender) {
        var wrong = 0
        for number in 0...100_000 {
            let words = Cardinal.words(number, gender)
            guard let read = InverseNumber(words), read.value == number, read.gender == .either || (read.gender == .feminine) == (gender == .feminine)
            else {
                wrong += 1
                if wrong < 5 { Issue.record("\(number): \(words)") }
                continue
            }
        }
        #expect(wrong == 0)
    }

    @Test func randomNumbersToATrillionComeBack() {
        var dice = Dice(state: 7)
        for _ in 0..<20_000 {
            // As many small as large ones.
            let number = Int(dice.next() % 1_000_000_000_001) / [1, 1_000, 1_000_000][Int(dice.next() % 3)]
            for gender in [NounGender.masculine, .feminine] {
                let words = Cardinal.words(number, gender)
                if InverseNumber(words)?.value != number { Issue.record("\(number): \(words)") }
            }
        }
        #expect(InverseNumber(Cardinal.words(1_000_000_000_000))?.value == 1_000_000_000_000)
    }

    @Test func everyNumberHasOneAndAtMostOneAndBeforeItsEnd() {
        for number in stride(from: 1, through: 999_999, by: 97) {
            let words = Cardinal.words(number, .feminine).split(separator: " ")
            // ו stands at the last word of a multiplier and of the number, nowhere else.
            let marked = words.indices.filter { words[$0].hasPrefix("ו") }
            #expect(marked.count <= 2, "\(number)")
            if let last = marked.last, marked.count == 2 { #expect(last >= words.count - 2, "\(number)") }
        }
    }

    @Test func whatIsOutOfRangeHasNoWords() {
        #expect(Cardinal.words(-1) == "")
        #expect(Cardinal.words(1_000_000_000_000_000) == "")
        #expect(InverseNumber(Cardinal.words(999_999_999_999_999))?.value == 999_999_999_999_999)
    }

    @Test func statesOfSmallNumbers() {
        #expect((2...10).map { Cardinal.construct($0, .masculine) } == ["שני", "שלושת", "ארבעת", "חמשת", "ששת", "שבעת", "שמונת", "תשעת", "עשרת"])
        #expect((2...4).map { Cardinal.construct($0, .feminine) } == ["שתי", "שלוש", "ארבע"])
        #expect(Cardinal.counting(3, .masculine) == "שלושה")
        #expect((1...11).map { Ordinal.words($0, .feminine) }.last == "אחת עשרה")
    }

    /// What this reader takes for numbers is checked too: the tests above would pass with one that takes all.
    @Test(arguments: ["שנים עשרה", "חמישה עשרה", "שלושה מאות", "ואחת", "דירה", "אלף מיליון", "אחת ושתיים", "עשרים מאה", "עשר ועשרים", ""])
    func theReaderRefusesWhatIsNoNumber(words: String) {
        #expect(InverseNumber(words) == nil)
    }

    @Test func digitGroups() {
        #expect(DigitWords.groups("1234") == ["1234"])
        #expect(DigitWords.groups("12345") == ["123", "45"])
        #expect(DigitWords.groups("1234567") == ["123", "4567"])
        #expect(DigitWords.groups("12345678") == ["1234", "5678"])
        #expect(DigitWords.groups("123456789") == ["123", "456", "789"])
        #expect(DigitWords.groups("1234567890") == ["123", "456", "7890"])
        for count in 1...40 {
            let digits = String(repeating: "7", count: count)
            #expect(DigitWords.groups(digits).joined() == digits)
            #expect(DigitWords.groups(digits).allSatisfy { (1...4).contains($0.count) })
        }
    }
}

/// SplitMix64: the same numbers on every run.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
