import Glibc

/// Cuts a stream of bytes into lines.
package struct LineSplitter: Sendable {
    /// A longer line is passed on in pieces, so that a process that writes no line ends cannot fill the memory.
    package static let longestLine = 8192

    private var partial: [UInt8] = []

    package init() {}

    /// The lines that `bytes` completes, without their line ends.
    package mutating func feed(_ bytes: some Sequence<UInt8>) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in bytes {
            if byte != UInt8(ascii: "\n") { partial.append(byte) }
            if byte == UInt8(ascii: "\n") || partial.count == Self.longestLine {
                lines.append(partial)
                partial = []
            }
        }
        return lines
    }

    /// What remains at the end of the stream.
    package mutating func finish() -> [UInt8]? {
        defer { partial = [] }
        return partial.isEmpty ? nil : partial
    }
}

/// The last lines a process wrote, for the report of its fault.
package struct Tail: Sendable {
    package static let length = 20
    package private(set) var lines: [[UInt8]] = []

    package init() {}

    package mutating func append(_ line: [UInt8]) {
        if lines.count == Self.length { lines.removeFirst() }
        lines.append(line)
    }
}

/// Passes lines to a descriptor without ever waiting for it: a terminal stopped by Ctrl-S must not stall the fleet.
/// Bounded; lines that find no room are dropped and counted.
final class LineSink {
    static let mostPendingBytes = 1 << 20

    private let descriptor: Int32
    private var pending: [[UInt8]] = []
    private var pendingBytes = 0
    private(set) var dropped = 0
    private var droppedUntold = 0

    /// - Parameter descriptor: borrowed; outlives the sink.
    init(descriptor: Int32) { self.descriptor = descriptor }

    var isEmpty: Bool { pending.isEmpty }
    var pollNumber: Int32 { descriptor }

    func append(prefix: String, _ line: [UInt8]) {
        guard pendingBytes + line.count < Self.mostPendingBytes else {
            dropped += 1
            droppedUntold += 1
            return
        }
        if droppedUntold > 0 {
            push(Array("supervisor | \(droppedUntold) lines dropped: nothing read the output\n".utf8))
            droppedUntold = 0
        }
        push(Array("\(prefix) | ".utf8) + line + [UInt8(ascii: "\n")])
    }

    /// Writes what the descriptor takes at once.
    func flush() {
        var sent = 0
        while sent < pending.count, isWritable() {
            // A pipe that polls writable has room for PIPE_BUF bytes: more could block.
            let line = pending[sent]
            let piece = line.prefix(Int(PIPE_BUF))
            let count = piece.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                // Nobody can read it any more (EPIPE, EIO after hang-up); the fleet goes on.
                if errno != EAGAIN { sent = pending.count }
                break
            }
            if count < line.count { pending[sent].removeFirst(count) } else { sent += 1 }
        }
        pending.removeFirst(sent)
        pendingBytes = pending.reduce(0) { $0 + $1.count }
    }

    private func push(_ line: [UInt8]) {
        pending.append(line)
        pendingBytes += line.count
    }

    private func isWritable() -> Bool {
        var query = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&query, 1, 0) == 1
    }
}
