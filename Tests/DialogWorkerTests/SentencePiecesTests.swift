import Testing

@testable import DialogWorker

@Suite struct SentencePiecesTests {
    /// The pieces of a text that comes in tokens of this many letters.
    private func pieces(_ text: String, by size: Int) -> [String] {
        var cutter = SentencePieces()
        var pieces: [String] = []
        var rest = text[...]
        while !rest.isEmpty {
            pieces += cutter.take(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        if let last = cutter.finish() { pieces.append(last) }
        return pieces
    }

    private static let texts: [(text: String, pieces: [String])] = [
        ("בשמחה. באיזו עיר?", ["בשמחה.", "באיזו עיר?"]),
        ("כן! רגע… אני בודקת.", ["כן!", "רגע…", "אני בודקת."]),
        // No ends: numbers, hours, short forms with gershayim, initials, addresses.
        ("יש דירה של 3.5 חדרים בשעה 19:30 אצל ד\"ר כהן בת\"א. מתאים?", ["יש דירה של 3.5 חדרים בשעה 19:30 אצל ד\"ר כהן בת\"א.", "מתאים?"]),
        ("האתר הוא www.nadlan.co.il/a?b=c ושם הכל. טוב?", ["האתר הוא www.nadlan.co.il/a?b=c ושם הכל.", "טוב?"]),
        ("הכתובת info@nadlan.co.il שלנו. טוב?", ["הכתובת info@nadlan.co.il שלנו.", "טוב?"]),
        ("מספר ת.ז. של א. ב. יהושע. תודה.", ["מספר ת.ז. של א. ב. יהושע.", "תודה."]),
        ("ברח. הירקון, מס. 5, אצל פרופ. לוי. נכון?", ["ברח. הירקון, מס. 5, אצל פרופ. לוי.", "נכון?"]),
        ("הפגישה ב-19:30. להתראות.", ["הפגישה ב-19:30.", "להתראות."]),
        ("זה עולה 12.", ["זה עולה 12."]), ("12.", ["12."]),
        // Closing marks belong to the sentence; what has no letters is nothing.
        ("הוא שאל \"מה?\" ואז (כן.) שתק?!", ["הוא שאל \"מה?\"", "ואז (כן.)", "שתק?!"]),
        ("רגע... אני כאן.", ["רגע...", "אני כאן."]), ("...", []), (" \n ", []), ("", []), ("🙂", []),
        // Markup and lists are not spoken; star numbers are.
        (
            "**שלום** `דנה`\n- דירה אחת\n- דירה שתיים\n1. שלישית\n\u{200F}חייגו *2700 🙂.",
            ["שלום דנה", "דירה אחת", "דירה שתיים", "שלישית", "חייגו *2700 ."]
        ),
        // The first clause is enough, a short one is not, and later sentences come whole.
        (
            "אשמח לעזור לך למצוא דירה בתל אביב, ובאיזה אזור? אשמח לעזור לך למצוא דירה, ומתי?",
            ["אשמח לעזור לך למצוא דירה בתל אביב,", "ובאיזה אזור?", "אשמח לעזור לך למצוא דירה, ומתי?"]
        ),
        ("לשכור, לקנות, או למכור דירה?", ["לשכור, לקנות, או למכור דירה?"]),
    ]

    @Test(arguments: [1_000]) func sentences(size: Int) {
        for (text, expected) in Self.texts { #expect(pieces(text, by: size) == expected, "\(text)") }
    }

    /// However the tokens fall, the words are the same; only what a piece's end is may be known later or earlier.
    @Test(arguments: [1, 2, 3, 4, 7]) func tokensOfAnySize(size: Int) {
        for (text, expected) in Self.texts where !text.contains("...") && !text.contains("\"מה") && !text.contains("?!") {
            #expect(pieces(text, by: size) == expected, "\(text)")
        }
        for (text, expected) in Self.texts {
            let words = { (pieces: [String]) in pieces.joined(separator: " ").filter { $0.isLetter || $0.isNumber } }
            #expect(words(pieces(text, by: size)) == words(expected), "\(text)")
        }
    }

    /// A caller waits for the first word, so a sentence goes as soon as its end is certain.
    @Test func aSentenceGoesWithItsLastToken() {
        var cutter = SentencePieces()
        #expect(cutter.take("בשמחה") == [])
        #expect(cutter.take(".") == ["בשמחה."])
        #expect(cutter.take(" כמה חדרים") == [])
        #expect(cutter.take("?") == ["כמה חדרים?"])
        #expect(cutter.take(" יש 3") == [])
        #expect(cutter.take(".") == [], "3.5 may come")
        #expect(cutter.take("5.") == [])
        #expect(cutter.take(" ומה") == ["יש 3.5."])
        #expect(cutter.finish() == "ומה")
        #expect(cutter.finish() == nil)
    }

    @Test func aTextWithoutAnEndIsCutBetweenWords() {
        let text = Array(repeating: "מילה", count: 200).joined(separator: " ")
        let found = pieces(text, by: 3)
        #expect(found.count > 3)
        #expect(found.allSatisfy { $0.count <= 221 })
        #expect(found.joined(separator: " ") == text)
        #expect(pieces(String(repeating: "א", count: 500), by: 7).joined() == String(repeating: "א", count: 500))
    }

    @Test(arguments: [1, 3, 100]) func thoughtsAreNotSpoken(size: Int) {
        func visible(_ text: String) -> String {
            var filter = ThoughtFilter()
            var visible = ""
            var rest = text[...]
            while !rest.isEmpty {
                visible += filter.take(String(rest.prefix(size)))
                rest = rest.dropFirst(size)
            }
            return visible + filter.finish()
        }
        #expect(visible("\n<think>Er will mieten.</think>\n\nבשמחה.") == "\n\nבשמחה.")
        #expect(visible("<think></think>כן") == "כן")
        #expect(visible("<think>ohne Ende") == "")
        #expect(visible("<thi") == "<thi")
        #expect(visible("כן <think>לא</think>") == "כן <think>לא</think>")
        #expect(visible(" שלום") == " שלום")
    }
}
