import BusContract
import Foundation
import Testing

/// docs/BUS.md shows a message of every shape, and what it shows are the golden files: neither can drift from the other.
@Suite struct DocumentTests {
    private static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let fixtures = repository.appendingPathComponent("Tests/BusTests/Fixtures")

    /// The examples by the fixture's file name: the fence of each names it.
    private func examples() throws -> [String: String] {
        let text = try String(contentsOf: Self.repository.appendingPathComponent("docs/BUS.md"), encoding: .utf8)
        var examples: [String: String] = [:]
        var open: (name: String, lines: [Substring])?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if let block = open {
                if line == "```" {
                    #expect(examples[block.name] == nil, "\(block.name) stands twice in BUS.md")
                    examples[block.name] = block.lines.joined(separator: "\n")
                    open = nil
                } else {
                    open?.lines.append(line)
                }
            } else if line.hasPrefix("```") {
                let words = line.dropFirst(3).split(separator: " ")
                if words.count == 2, ["json", "hex"].contains(words[0]) { open = (String(words[1]), []) }
            }
        }
        return examples
    }

    /// Keys sorted and spaces gone, nothing dropped: a field that stands in one of them only makes them differ.
    private func normalised(_ json: String) throws -> String {
        let value = try JSONSerialization.jsonObject(with: Data(json.utf8))
        return String(decoding: try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .withoutEscapingSlashes]), as: UTF8.self)
    }

    @Test func everyGoldenFileStandsInTheDocument() throws {
        let examples = try examples()
        let files = try FileManager.default.subpathsOfDirectory(atPath: Self.fixtures.path).filter { $0.hasSuffix(".json") || $0.hasSuffix(".hex") }
        #expect(files.count > 40)
        #expect(examples.keys.sorted() == files.sorted(), "`python3 Tests/Interop/check_fixtures.py --write-document` brings BUS.md up to date")
        for file in files {
            let golden = try String(contentsOf: Self.fixtures.appendingPathComponent(file), encoding: .utf8)
            let example = try #require(examples[file])
            if file.hasSuffix(".json") {
                #expect(try normalised(example) == normalised(golden), "\(file)")
            } else {
                #expect(example + "\n" == golden, "\(file)")
            }
        }
    }

    /// Every kind has a heading of its own, so that an engineer finds it.
    @Test func everyKindHasItsChapter() throws {
        let text = try String(contentsOf: Self.repository.appendingPathComponent("docs/BUS.md"), encoding: .utf8)
        let headings = Set(text.split(separator: "\n").filter { $0.hasPrefix("### `") }.compactMap { $0.split(separator: "`").dropFirst().first })
        #expect(headings == Set(try Samples.all().map { Substring($0.message.kind) }))
    }

    /// The limits that the document names are the code's.
    @Test func theLimitsAreTheCodes() throws {
        let text = try String(contentsOf: Self.repository.appendingPathComponent("docs/BUS.md"), encoding: .utf8)
        #expect(EnvelopeCodec.maximumHeaderBytes == 1 << 20 && text.contains("| header | 1 MiB |"))
        #expect(text.contains("| audio payload | 1 to \(AudioPacket.maximumPayloadBytes) bytes |"))
        #expect(text.contains("version is \(Envelope.version)"))
    }
}
