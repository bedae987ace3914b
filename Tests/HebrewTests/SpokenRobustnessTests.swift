import Glibc
import Testing

@testable import Hebrew

/// What must hold for any text at all.
@Suite struct SpokenRobustnessTests {
    @Test(arguments: [
        "₪", "-", "--", "ב-", "ה-", "ו-5-", "5-", "-5-", "*", "**", "#", "%", "°", "/", "1/", "/1", "1//2", "1:", ":30", "25:61", "99:99", "1.", ".5",
        "1..2", "1,2,3",
        "1,23", "1,2345", "1/0", "0/0", "5/0", "00:00:00:00", "32.13.2026", "31.2.2026", "0.0.0", "2026-13-45", "+", "+1", "++972", "+972", "*1", "(",
        ")", "[",
        "[](", "[a](b", "<", "<a", "&", "&amp", "\"", "\"\"", "'", "''", "א\"", "\"א", "א'", "ב\"ב\"ב", "½½", "1½½", "%%", "₪₪5", "5₪₪", "ב--5",
        "1-2-3-", "1x", "x1",
        "1x2x3x4x5", "٣", "１２", "①", "\u{05B0}", "\u{05B0}א", "\u{200F}", "a@", "@a", "a@b", "http://", "www.", "1.1.1.1.1.1",
        "999999999999999999999 ₪",
        "0000000000000000", "1000000000000000 דירות", "99999999999999 מיליון", "1.99999999999999999999 מיליון ₪", "½ מיליון", "0 מיליון",
    ])
    func nothingTraps(text: String) {
        let spoken = HebrewSpeech.spoken(text)
        #expect(spoken.unicodeScalars.count <= 40 + text.unicodeScalars.count * 30)
        #expect(!spoken.contains("  ") && spoken.first != " " && spoken.last != " ")
        for clock in SpokenOptions.Clock.allCases {
            _ = HebrewSpeech.spoken("ב-\(text) שעות", options: SpokenOptions(clock: clock, latin: .spell, calendar: .both))
        }
    }

    /// Accents of other scripts stay with their letters, and only there.
    @Test func accents() {
        #expect(HebrewSpeech.spoken("ו\u{35E}120") == "ומאה ועשרים")
        #expect(HebrewSpeech.spoken("\u{301}5 cafe\u{301}") == "חמש cafe\u{301}")
    }

    @Test func emptyTextsAreSilent() {
        for text in ["", " ", "\n", "\u{200F}", "😀", "—", "...", "**", "---"] { #expect(HebrewSpeech.spoken(text) == "" || text == "—", "\(text)") }
    }

    /// Twice the text takes about twice the time: no reader looks far. The bounds are wide.
    @Test(arguments: [
        "1", "1,", "1.", "1-", "1/", "1:", "(", "[", "<", "*", "\"", "'", "א\"", "א.", "5 ", "ב-", "1 או ", "₪", "0", "+1 ", "a@", "a.", "ו-1 ", "&",
        "_",
    ])
    func timeIsLinear(unit: String) {
        func cost(_ count: Int) -> Int {
            let text = String(repeating: unit, count: count)
            return Self.microseconds { _ = HebrewSpeech.spoken(text) }
        }
        _ = cost(60)
        let short = (0..<5).map { _ in cost(60) }.min() ?? 0
        let long = cost(1_920)
        // 32 times as much; quadratic time would be a thousand times as long.
        #expect(long < short * 320 + 50_000, "\(unit): \(short) µs, \(long) µs")
    }

    @Test func splittingIsLinear() {
        func cost(_ count: Int) -> Int {
            let text = String(repeating: "שלום. ", count: count)
            return Self.microseconds { _ = HebrewSpeech.sentences(text) }
        }
        let short = (0..<5).map { _ in cost(500) }.min() ?? 0
        let long = cost(16_000)
        #expect(long < short * 320 + 50_000, "\(short) µs, \(long) µs")
    }

    /// Processor time of this thread, whatever else the machine does.
    private static func microseconds(_ body: () -> Void) -> Int {
        func now() -> Int {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return time.tv_sec * 1_000_000 + time.tv_nsec / 1_000
        }
        let start = now()
        body()
        return now() - start
    }

    /// Mixtures of the corpus's pieces, cut anywhere: never a figure that is left, never two spaces.
    @Test func mixturesAreSpoken() throws {
        var dice = Dice(state: 3)
        let inputs = try SpokenCorpusTests.files.flatMap { try Fixture.lines("spoken-\($0).tsv").map { Array($0.fields[0].unicodeScalars) } }.filter {
            !$0.isEmpty
        }
        for _ in 0..<3_000 {
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 1...4, using: &dice) {
                let piece = inputs[Int.random(in: 0..<inputs.count, using: &dice)]
                let from = Int.random(in: 0..<piece.count, using: &dice)
                text.append(contentsOf: piece[from..<Int.random(in: from...piece.count, using: &dice)])
                if Bool.random(using: &dice) { text.append(" ") }
            }
            let written = String(text)
            let spoken = HebrewSpeech.spoken(written)
            if spoken.contains("  ") { Issue.record("\(written): \(spoken)") }
            if !written.unicodeScalars.contains(where: \.isForeignLetter) {
                if spoken.unicodeScalars.contains(where: \.isDigit) { Issue.record("\(written): \(spoken)") }
            }
        }
    }

    @Test func nounsAreConsistent() {
        #expect(NounLexicon.nouns.count >= 600)
        for noun in NounLexicon.nouns {
            #expect(NounLexicon.find(noun.singular) != nil && NounLexicon.find(noun.plural) != nil)
            let isHebrew = noun.singular.unicodeScalars.allSatisfy { $0.isHebrewLetter || $0 == " " || $0 == "'" }
            #expect(isHebrew, "\(noun.singular)")
        }
        #expect(Set(NounLexicon.nouns.map(\.singular)).count == NounLexicon.nouns.count)
    }

    /// The rule for nouns that are in no list. The list has more of the irregular nouns than any text, so this is the worst case.
    @Test func endingsAreMostlyRight() {
        let nouns = NounLexicon.nouns.filter { !$0.singular.contains(" ") && !$0.isAdjective }
        let wrong = nouns.filter { NounEnding.gender(ofPlural: $0.plural).map { $0 } ?? $0.gender != $0.gender }
        #expect(wrong.count * 100 < nouns.count * 22)
        let singulars = nouns.filter { NounEnding.gender(ofSingular: $0.singular) != $0.gender }
        #expect(singulars.count * 100 < nouns.count * 10)
    }

    @Test func lexiconOfABusinessIsFoundWithAnyMarks() {
        let options = SpokenOptions(lexicon: SpokenLexicon(["רמב״ם": "רַמְבַּם", "Wix": "וִיקְס", "": "כלום", "קפה ג'ו": "קפה ג׳וֹ"]))
        #expect(HebrewSpeech.spoken("ברמב\"ם וב-WIX, ליד קפה ג׳ו", options: options) == "ברַמְבַּם ובוִיקְס, ליד קפה ג׳וֹ")
        #expect(SpokenLexicon(["": "א", " ": "ב"]).isEmpty)
    }
}
