import Foundation
import Testing

@testable import Hebrew

/// Sentences with what they mean, written by hand: kind, moment, text, expected, rule.
@Suite struct UnderstandingCorpusTests {
    struct Row: Sendable {
        let kind: String
        let now: String
        let text: String
        let expected: String
        let rule: String
    }

    static let folder = #filePath.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/Fixtures/"
    static let files = [
        "ids", "matching", "names", "dates", "datetimes", "durations", "goodbye", "numbers", "phones", "places", "prices", "times", "yesno", "mixed",
    ]

    static func rows(_ file: String) throws -> [Row] {
        let text = try String(contentsOfFile: folder + "understand-\(file).tsv", encoding: .utf8)
        return try text.split(separator: "\n").dropFirst().map { line in
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            try #require(fields.count == 5, "\(file): \(line)")
            return Row(kind: fields[0], now: fields[1], text: fields[2], expected: fields[3], rule: fields[4])
        }
    }

    @Test(arguments: files)
    func everyCaseIsUnderstood(file: String) throws {
        for row in try Self.rows(file) {
            let answer = try Self.answer(row)
            #expect(answer.value == row.expected, "\(row.kind): \(row.text) (\(row.rule))")
            #expect(!row.rule.isEmpty)
            // A value has its place in the sentence, a reason and a confidence.
            if answer.value != "none", row.kind != "same", row.kind != "goodbye" {
                #expect(!answer.span.isEmpty && answer.span.upperBound <= row.text.utf8.count, "\(row.text)")
                #expect(answer.confidence > 0 && answer.confidence <= 1, "\(row.text)")
                #expect(!answer.why.isEmpty, "\(row.text)")
            }
        }
    }

    @Test func theCorpusIsLargeAndCoversEveryKind() throws {
        let rows = try Self.files.flatMap { try Self.rows($0) }
        #expect(rows.count >= 1300)
        #expect(Set(rows.map { "\($0.kind)|\($0.now)|\($0.text)" }).count == rows.count, "a case is there twice")
        for kind in ["date", "time", "datetime", "duration", "number", "price", "phone", "id", "yesno", "name", "goodbye", "place", "same"] {
            #expect(rows.filter { $0.kind == kind }.count >= 30, "\(kind)")
        }
        #expect(rows.filter { $0.expected == "none" }.count >= 100)
    }

    struct Answer {
        var value: String
        var span = 0..<0
        var confidence = 0.0
        var why = ""

        init(_ value: String) { self.value = value }
        init<Value: CustomStringConvertible>(_ found: Understood<Value>?) { self.init(found) { $0.description } }
        init<Value>(_ found: Understood<Value>?, _ write: (Value) -> String) {
            value = found.map { write($0.value) } ?? "none"
            span = found?.span ?? 0..<0
            (confidence, why) = (found?.confidence ?? 0, found?.why ?? "")
        }
    }

    static func answer(_ row: Row) throws -> Answer {
        if row.kind == "same" {
            let pair = row.text.components(separatedBy: " / ")
            try #require(pair.count == 2)
            let same = MatchingForm.sameMeaning(pair[0], pair[1])
            #expect(MatchingForm.sameMeaning(pair[1], pair[0]) == same, "the order counts: \(row.text)")
            return Answer(String(same))
        }
        let now = try row.now.isEmpty ? Date(timeIntervalSince1970: 1_772_352_000) : Date(row.now, strategy: .iso8601)
        let understanding = Understanding(row.text, context: UnderstandingContext(now: now))
        switch row.kind {
        case "date": return Answer(understanding.date())
        case "time": return Answer(understanding.time())
        case "datetime": return Answer(understanding.dateTime())
        case "duration": return Answer(understanding.duration())
        case "number": return Answer(understanding.number())
        case "price": return Answer(understanding.price())
        case "phone": return Answer(understanding.phone())
        case "id": return Answer(understanding.identity())
        case "yesno": return Answer(understanding.yesNo()) { $0.rawValue }
        case "name": return Answer(understanding.name())
        case "place": return Answer(understanding.place())
        case "goodbye": return Answer(understanding.goodbye()) { String($0 >= 0.5) }
        default:
            Issue.record("no kind \(row.kind)")
            return Answer("")
        }
    }
}
