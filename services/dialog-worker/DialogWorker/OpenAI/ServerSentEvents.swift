import ProviderKit

/// The events of a `text/event-stream` body, however it is cut into pieces. A value: bytes in, whole events out.
///
/// Only `data` is kept: chat completions name no events. Comments are signs of life and nothing else.
struct ServerSentEvents {
    /// A chunk has some 300 bytes, and an answer that comes whole some kilobytes. What is longer than this is no answer to a caller.
    static let largestEvent = 256 << 10

    private var line: [UInt8] = []
    /// The lines of `data` of the open event; nil: there was none yet.
    private var data: [UInt8]?
    /// The last byte was a carriage return: a line feed now belongs to it.
    private var hasReturned = false
    private var isFirstLine = true

    /// The data of every event that these bytes complete, several lines of `data` joined by line feeds.
    mutating func take(_ bytes: [UInt8]) throws(ProviderFailure) -> [[UInt8]] {
        var events: [[UInt8]] = []
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\n") where hasReturned: hasReturned = false
            case UInt8(ascii: "\n"), UInt8(ascii: "\r"):
                hasReturned = byte == UInt8(ascii: "\r")
                if let event = endLine() { events.append(event) }
            default:
                hasReturned = false
                line.append(byte)
                guard line.count + (data?.count ?? 0) <= Self.largestEvent else {
                    throw ProviderFailure(.garbage, "an event of more than \(Self.largestEvent) bytes: look whether the address is that of a chat")
                }
            }
        }
        return events
    }

    /// What the end of the body completes: some servers leave out the last empty line.
    mutating func finish() -> [UInt8]? {
        if !line.isEmpty, let event = endLine() { return event }
        defer { data = nil }
        return data
    }

    private mutating func endLine() -> [UInt8]? {
        defer { line.removeAll(keepingCapacity: true) }
        if isFirstLine {
            isFirstLine = false
            if line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
        }
        guard !line.isEmpty else {
            defer { data = nil }
            return data
        }
        let colon = line.firstIndex(of: UInt8(ascii: ":"))
        guard line[..<(colon ?? line.endIndex)].elementsEqual("data".utf8) else { return nil }
        var value = colon.map { line[line.index(after: $0)...] } ?? []
        if value.first == UInt8(ascii: " ") { value.removeFirst() }
        if data == nil { data = Array(value) } else { data?.append(contentsOf: [UInt8(ascii: "\n")] + value) }
        return nil
    }
}
