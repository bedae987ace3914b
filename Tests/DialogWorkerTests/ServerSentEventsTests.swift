import Testing

@testable import DialogWorker

@Suite struct ServerSentEventsTests {
    /// The events of a body that comes in pieces of this size.
    private func events(_ body: String, by size: Int) throws -> [String] {
        let bytes = Array(body.utf8)
        var parser = ServerSentEvents()
        var events: [[UInt8]] = []
        for start in stride(from: 0, to: bytes.count, by: size) { events += try parser.take(Array(bytes[start..<min(start + size, bytes.count)])) }
        if let last = parser.finish() { events.append(last) }
        return events.map { String(decoding: $0, as: UTF8.self) }
    }

    private static let bodies: [(body: String, events: [String])] = [
        ("data: {\"a\":1}\n\ndata: [DONE]\n\n", ["{\"a\":1}", "[DONE]"]),
        ("data: שלום\r\n\r\ndata: עולם\r\n\r\n", ["שלום", "עולם"]),
        ("data: א\rdata: ב\r\rdata: ג\r\r", ["א\nב", "ג"]),
        // Comments, other fields, several lines of data, no space after the colon, two spaces.
        (": ping\n\nevent: x\nid: 7\nretry: 3\ndata:א\ndata:  ב\ndata\n\n:\n\n", ["א\n ב\n"]),
        // A mark at the beginning, a body that ends without its last empty line, and one in the middle of a line.
        ("\u{FEFF}data: א\n\ndata: ב\n", ["א", "ב"]), ("data: א\n\ndata: ב", ["א", "ב"]),
        ("\n\n\n\ndata: א\n\n\n\n\n", ["א"]), ("dat: א\n\ndatax: ב\n\n data: ג\n\n", []), ("", []), ("data:\n\n", [""]),
    ]

    @Test(arguments: [1, 2, 3, 5, 7, 16, 1_000]) func anyCutGivesTheSameEvents(size: Int) throws {
        for (body, expected) in Self.bodies { #expect(try events(body, by: size) == expected, "\(body)") }
    }

    @Test func anEndlessEventIsNoAnswer() throws {
        var parser = ServerSentEvents()
        let line = Array("data: \(String(repeating: "x", count: 60_000))\n".utf8)
        #expect(throws: Never.self) { for _ in 0..<4 { _ = try parser.take(line) } }
        let failure = #expect(throws: (any Error).self) { _ = try parser.take(line) }
        #expect("\(try #require(failure))".hasPrefix("garbage"))
        var other = ServerSentEvents()
        #expect(throws: (any Error).self) { _ = try other.take(Array(repeating: UInt8(ascii: "x"), count: ServerSentEvents.largestEvent + 1)) }
    }
}
