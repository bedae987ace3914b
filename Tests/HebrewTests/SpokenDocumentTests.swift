import Testing

@testable import Hebrew

/// What the document shows is what is said.
@Suite struct SpokenDocumentTests {
    @Test func everyExampleIsTrue() throws {
        let document = try Fixture.text("../../docs/HEBREW.md").split(separator: "\n")
        // The tables behind are those of understanding, which UnderstandingDocumentTests reads.
        let lines = document.prefix { $0 != "## Understanding" }
        try #require(lines.count < document.count)
        var spoken = 0
        var pieces = 0
        for line in lines where line.hasPrefix("| `") {
            // Code spans stand at the odd places.
            let spans = line.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map { String($0.element) }
            if spans.count == 2 {
                #expect(HebrewSpeech.spoken(spans[0]) == spans[1])
                spoken += 1
            } else {
                var splitter = SentenceSplitter()
                #expect(splitter.feed(spans[0]) + splitter.finish() == Array(spans.dropFirst()))
                pieces += 1
            }
        }
        #expect(spoken >= 25 && pieces >= 2)
    }
}
