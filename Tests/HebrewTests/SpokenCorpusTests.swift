import Testing

@testable import Hebrew

/// The corpus: what a careful native speaker says, written by hand with the rule of each case.
@Suite struct SpokenCorpusTests {
    static let files = ["numbers", "nouns", "times", "dates", "money", "phones", "measures", "addresses", "abbreviations", "marks", "sentences"]

    @Test(arguments: files)
    func everyCaseIsSpoken(file: String) throws {
        let lines = try Fixture.lines("spoken-\(file).tsv")
        #expect(lines.count >= 35)
        for (number, fields) in lines {
            let spoken = HebrewSpeech.spoken(fields[0])
            if spoken != fields[1] { Issue.record("\(file):\(number) \(fields[0]): \(spoken), not \(fields[1]) (\(fields[2]))") }
        }
    }

    @Test func everyCaseIsSpokenWithItsOptions() throws {
        let lines = try Fixture.lines("spoken-options.tsv")
        #expect(lines.count >= 40)
        for (number, fields) in lines {
            let options = try #require(fields.count == 4 ? Self.options(fields[3]) : nil, "line \(number)")
            let spoken = HebrewSpeech.spoken(fields[0], options: options)
            if spoken != fields[1] { Issue.record("options:\(number) \(fields[0]): \(spoken), not \(fields[1]) (\(fields[2]))") }
        }
    }

    private static func options(_ text: String) -> SpokenOptions? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        var options = SpokenOptions()
        switch parts[0] {
        case "clock": options.clock = SpokenOptions.Clock(rawValue: parts[1]) ?? .natural
        case "part": options.namesDayPart = false
        case "latin": options.latin = SpokenOptions.Latin(rawValue: parts[1]) ?? .leave
        case "calendar": options.calendar = SpokenOptions.Calendar(rawValue: parts[1]) ?? .gregorian
        case "points": options.keepsPoints = false
        default: options.lexicon = SpokenLexicon([parts[0]: parts[1]])
        }
        return options
    }

    /// Nothing is written twice with two expectations, and every case has its rule.
    @Test func theCorpusIsWhole() throws {
        var seen: [String: String] = [:]
        var count = 0
        for file in Self.files {
            for (number, fields) in try Fixture.lines("spoken-\(file).tsv") {
                count += 1
                #expect(fields.count == 3 && !fields[2].isEmpty, "\(file):\(number)")
                if let other = seen.updateValue(fields[1], forKey: fields[0]) { #expect(other == fields[1], "\(file):\(number) \(fields[0])") }
            }
        }
        #expect(count >= 1_200)
    }

    /// A spoken form has nothing left to be spoken: no figure, no sign, and said again it stays.
    @Test(arguments: files)
    func spokenFormIsSpoken(file: String) throws {
        for (_, fields) in try Fixture.lines("spoken-\(file).tsv") {
            let hasForeign = fields[1].unicodeScalars.contains { $0.isASCIILetter }
            if !hasForeign {
                for scalar in fields[1].unicodeScalars where scalar.isDigit || "₪$€%°*#+=/\"'".unicodeScalars.contains(scalar) {
                    Issue.record("\(scalar) in \(fields[1])")
                }
                let again = HebrewSpeech.spoken(fields[1])
                if again != fields[1] { Issue.record("\(fields[1]) becomes \(again)") }
            }
        }
    }
}
