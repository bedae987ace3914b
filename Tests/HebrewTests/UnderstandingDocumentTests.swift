import Foundation
import Testing

@testable import Hebrew

/// What the document says of understanding, matching, telephone numbers and forms of gender is so.
@Suite struct UnderstandingDocumentTests {
    private static let lines: [String] = {
        let path = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined() + "/docs/HEBREW.md"
        return ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }()

    /// The cells of the rows of each table whose first row is `header`, with the last text line before it.
    private static func tables(_ header: [String]) -> [(title: String, rows: [[String]])] {
        var tables: [(title: String, rows: [[String]])] = []
        var title = ""
        var isInside = false
        for line in lines {
            guard line.hasPrefix("|") else {
                if !line.isEmpty { title = line }
                isInside = false
                continue
            }
            let cells = line.replacing("\\|", with: "\u{0}").split(separator: "|", omittingEmptySubsequences: false).dropFirst().dropLast().map {
                $0.trimmingCharacters(in: .whitespaces).replacing("`", with: "").replacing("\u{0}", with: "|")
            }
            if cells == header {
                tables.append((title, []))
                isInside = true
            } else if isInside, cells.first?.hasPrefix("---") != true {
                tables[tables.count - 1].rows.append(cells)
            }
        }
        return tables
    }

    private static func facts(_ kind: String, _ text: String) throws -> (value: String, through: String?, alternatives: [String], bound: String) {
        let now = try Date("2026-03-01T10:00:00+02:00", strategy: .iso8601)
        let understanding = Understanding(text, context: UnderstandingContext(now: now))
        func all<Value: CustomStringConvertible>(_ found: Understood<Value>?) -> (String, String?, [String], String) {
            (found?.value.description ?? "none", found?.through?.description, found?.alternatives.map(\.description) ?? [], found?.bound.rawValue ?? "")
        }
        switch kind {
        case "date": return all(understanding.date())
        case "time": return all(understanding.time())
        case "datetime": return all(understanding.dateTime())
        default:
            let row = UnderstandingCorpusTests.Row(kind: kind, now: "2026-03-01T10:00:00+02:00", text: text, expected: "", rule: "")
            let alternatives = kind == "price" ? all(understanding.price()).2 : []
            return (try UnderstandingCorpusTests.answer(row).value, nil, alternatives, "")
        }
    }

    private static func check(_ kind: String, _ text: String, _ cell: String) throws {
        let found = try facts(kind, text)
        var wanted = cell.replacing(/: [a-z].*$/, with: "")
        if let other = wanted.firstMatch(of: /\ \(else (.*)\)/) {
            let name = other.1 == "today" ? "2026-03-01" : String(other.1)
            #expect(found.alternatives.first == name, "\(text): \(found)")
            wanted.removeSubrange(other.range)
        }
        if let through = wanted.firstMatch(of: /\ to (.*)$/) {
            #expect(found.through == String(through.1), "\(text): \(found)")
            wanted.removeSubrange(through.range)
        }
        for bound in ["from", "until"] where wanted.hasPrefix(bound + " ") {
            #expect(found.bound == bound, "\(text): \(found)")
            wanted.removeFirst(bound.count + 1)
        }
        #expect(found.value == wanted, "\(text): \(found)")
    }

    @Test func theTablesOfMeaningsHold() throws {
        var rows = 0
        for table in Self.tables(["heard", "understood"]) {
            let kind = try #require(table.title.firstMatch(of: /--kind ([a-z]+)/)).1
            for row in table.rows {
                try Self.check(String(kind), row[0], row[1])
                rows += 1
            }
        }
        for table in Self.tables(["kind", "heard", "understood"]) {
            for row in table.rows {
                try Self.check(row[0], row[1], row[2])
                rows += 1
            }
        }
        #expect(rows >= 60)
    }

    @Test func theTableOfMatchesHolds() throws {
        let rows = try #require(Self.tables(["one", "other", "same"]).first).rows
        #expect(rows.count >= 8)
        for row in rows { #expect(MatchingForm.sameMeaning(row[0], row[1]) == (row[2] == "yes"), "\(row)") }
    }

    @Test func theTableOfNumbersHolds() throws {
        let rows = try #require(Self.tables(["written", "stored", "kind"]).first).rows
        #expect(rows.count >= 8)
        for row in rows {
            do throws(PhoneFault) {
                let phone = try PhoneNumber(parsing: row[0])
                #expect(phone.canonical == row[1])
            } catch {
                #expect(row[1] == "none: \(error.cause)", "\(row)")
            }
        }
    }

    @Test func theTableOfFormsHolds() throws {
        let rows = try #require(Self.tables(["template", "said"]).first).rows
        #expect(rows.count == 2)
        for row in rows { #expect(try GenderedPhrase(row[0]).text(agent: .feminine) == row[1]) }
    }
}
