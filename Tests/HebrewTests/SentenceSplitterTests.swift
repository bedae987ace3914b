import Testing

@testable import Hebrew

@Suite struct SentenceSplitterTests {
    private func whole(_ text: String, first: Int? = nil) -> [String] {
        var splitter = SentenceSplitter(firstPiece: first)
        return splitter.feed(text) + splitter.finish()
    }

    @Test(arguments: [
        ("שלום. מה שלומך?", ["שלום.", "מה שלומך?"]),
        ("מחיר 3.5 מיליון. טוב?", ["מחיר 3.5 מיליון.", "טוב?"]),
        ("נפגש ב-19:30. אצל ד\"ר כהן בת\"א! בסדר.", ["נפגש ב-19:30.", "אצל ד\"ר כהן בת\"א!", "בסדר."]),
        ("כתבו ל-info@example.co.il. תודה", ["כתבו ל-info@example.co.il.", "תודה"]),
        ("באתר www.example.co.il/a.b יש עוד. כן", ["באתר www.example.co.il/a.b יש עוד.", "כן"]),
        ("ב-15.2.2026. אחר כך", ["ב-15.2.2026.", "אחר כך"]),
        ("מה?! באמת... טוב.", ["מה?!", "באמת...", "טוב."]),
        ("הוא אמר \"בוא.\" והלך.", ["הוא אמר \"בוא.\"", "והלך."]),
        ("1. דירה. 2. בית.", ["1. דירה.", "2. בית."]),
        ("- דירה\n- בית\n", ["- דירה", "- בית"]),
        ("ת. ז. 123456782", ["ת. ז. 123456782"]),
        ("א. ב. יהושע כתב.", ["א. ב. יהושע כתב."]),
        ("טל. 03-1234567. רח. הרצל 5.", ["טל. 03-1234567.", "רח. הרצל 5."]),
        ("פרופ. לוי כאן. כן.", ["פרופ. לוי כאן.", "כן."]),
        ("ת.ז. 123", ["ת.ז. 123"]),
        ("כיתה א. הלכנו.", ["כיתה א.", "הלכנו."]),
        ("", []), ("   ", []), ("\n\n", []), ("...", ["..."]), ("שלום", ["שלום"]),
    ])
    func sentencesAreFound(text: String, expected: [String]) {
        #expect(whole(text) == expected)
    }

    @Test(arguments: [
        ("שלום לך, אני כאן לעזור, במה אפשר לסייע היום?", ["שלום לך, אני כאן לעזור,", "במה אפשר לסייע היום?"]),
        ("יש דירות של 3, 4 או 5 חדרים, בתל אביב.", ["יש דירות של 3, 4 או 5 חדרים,", "בתל אביב."]),
        ("המחיר הוא בערך 1,500 שקלים לחודש, לא כולל.", ["המחיר הוא בערך 1,500 שקלים לחודש,", "לא כולל."]),
        ("קבעתי לך תור ליום שלישי, 17.2, בשעה תשע.", ["קבעתי לך תור ליום שלישי, 17.2, בשעה תשע."]),
        ("הכתובת היא רחוב הרצל 5, דירה 3.", ["הכתובת היא רחוב הרצל 5, דירה 3."]),
        ("דירה גדולה (מעלית, חניה, מחסן) ויפה, בתל אביב.", ["דירה גדולה (מעלית, חניה, מחסן) ויפה,", "בתל אביב."]),
        ("כן, בטח, ברור. קבענו אז למחר, תודה.", ["כן, בטח, ברור.", "קבענו אז למחר, תודה."]),
    ])
    func theFirstPieceEndsAtACommaThatIsSafe(text: String, expected: [String]) {
        #expect(whole(text, first: 4) == expected)
    }

    /// However a stream is cut, the pieces are the same.
    @Test func piecesDoNotDependOnHowTheTextArrives() throws {
        var dice = Dice(state: 11)
        let texts = try Fixture.lines("spoken-sentences.tsv").map { $0.fields[0] }
        let text = texts.joined(separator: " ")
        for first in [nil, 4] {
            let expected = whole(text, first: first)
            #expect(expected.count >= 15)
            for _ in 0..<20 {
                var splitter = SentenceSplitter(firstPiece: first)
                var pieces: [String] = []
                var rest = Array(text.unicodeScalars)[...]
                while !rest.isEmpty {
                    let count = Int.random(in: 1...12, using: &dice)
                    pieces += splitter.feed(String(String.UnicodeScalarView(rest.prefix(count))))
                    rest = rest.dropFirst(count)
                }
                pieces += splitter.finish()
                #expect(pieces == expected)
            }
        }
    }

    @Test func nothingIsLostAtTheCuts() throws {
        for file in SpokenCorpusTests.files {
            let text = try Fixture.lines("spoken-\(file).tsv").map { $0.fields[0] }.joined(separator: ". ")
            let joined = whole(text, first: 4).joined()
            #expect(joined.filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace }, "\(file)")
        }
    }

    /// A sentence is said the same alone as within its text.
    @Test func sentencesAreSpokenAsTheTextIs() throws {
        for (number, fields) in try Fixture.lines("spoken-sentences.tsv") where !fields[0].contains("\n") {
            let parts = HebrewSpeech.sentences(fields[0]).map { HebrewSpeech.spoken($0) }
            #expect(parts.joined(separator: " ") == fields[1], "\(number)")
        }
    }

    @Test func aPieceComesAsSoonAsItIsComplete() {
        var splitter = SentenceSplitter()
        #expect(splitter.feed("שלום") == [])
        #expect(splitter.feed(".") == [])
        #expect(splitter.feed(" ") == ["שלום."])
        #expect(splitter.feed("רגע\n") == ["רגע"])
        #expect(splitter.feed("3.") == [])
        #expect(splitter.feed("5 חדרים") == [])
        #expect(splitter.finish() == ["3.5 חדרים"])
        #expect(splitter.finish() == [])
    }

    @Test func aTextWithoutMarksIsCutBetweenWords() {
        let text = String(repeating: "מילה ארוכה ועוד ", count: 200)
        let pieces = whole(text)
        #expect(pieces.count >= 7)
        #expect(pieces.allSatisfy { $0.unicodeScalars.count <= SentenceSplitter.long + 20 })
        #expect(pieces.joined(separator: " ") == String(text.dropLast()))
        let endless = whole(String(repeating: "א", count: 9_000))
        #expect(endless.allSatisfy { $0.unicodeScalars.count <= SentenceSplitter.longest })
        #expect(endless.joined().count == 9_000)
    }

    @Test func aLongSentenceIsCutAtAComma() {
        let clause = "זה משפט ארוך מאוד שאין בו שום נקודה,"
        let pieces = whole(Array(repeating: clause, count: 12).joined(separator: " "))
        #expect(pieces.count >= 2)
        #expect(pieces.allSatisfy { $0.hasSuffix(",") })
    }
}
