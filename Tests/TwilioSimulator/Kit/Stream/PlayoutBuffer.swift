/// The far end's jitter buffer: what the server sends is played at 8 kHz in real time, in order (contract, section 1.3).
///
/// Positions are samples on the call's clock (8 per millisecond). A mark is returned when all audio before it has been played; `clear`
/// throws the rest away and returns every pending mark at once.
package struct PlayoutBuffer: Sendable {
    /// Ten minutes; what is beyond is discarded (31931).
    package static let limit = 10 * 60 * 8000

    private struct Segment: Sendable {
        /// Not played before this position: the time of arrival.
        var earliest: Int
        var audio: ArraySlice<UInt8>
    }

    private struct Mark: Sendable {
        var name: String
        /// Number of samples of this stream that come before the mark.
        var after: Int
    }

    private var segments: [Segment] = []
    private var first = 0
    private var marks: [Mark] = []
    /// Everything before this position has been rendered.
    package private(set) var position: Int
    private var enqueued = 0
    private var played = 0
    /// Samples that were thrown away because the buffer was full.
    package private(set) var discarded = 0

    private let limit: Int

    /// - Parameters:
    ///   - position: the call's clock when the stream began.
    ///   - limit: samples that fit.
    package init(position: Int, limit: Int = limit) {
        self.position = position
        self.limit = limit
    }

    /// Samples not yet played.
    package var buffered: Int { enqueued - played }
    /// Marks not yet returned.
    package var pendingMarks: Int { marks.count }
    /// Nothing to play and no mark to return.
    package var isDrained: Bool { buffered == 0 && marks.isEmpty }

    /// Appends audio that arrived at `now`. Returns false when some of it had to be discarded.
    package mutating func enqueue(_ audio: [UInt8], at now: Int) -> Bool {
        let room = max(0, limit - buffered)
        let kept = audio.prefix(room)
        discarded += audio.count - kept.count
        if !kept.isEmpty {
            segments.append(Segment(earliest: max(now, position), audio: kept))
            enqueued += kept.count
        }
        return kept.count == audio.count
    }

    /// A mark arrived. True when nothing is buffered, so that it goes back at once.
    package mutating func mark(_ name: String) -> Bool {
        guard buffered > 0 || !marks.isEmpty else { return true }
        marks.append(Mark(name: name, after: enqueued))
        return false
    }

    /// Empties the buffer. Returns every pending mark, in order.
    package mutating func clear() -> [String] {
        segments.removeAll()
        first = 0
        enqueued = played
        defer { marks.removeAll() }
        return marks.map(\.name)
    }

    /// Plays up to `now`: the audio of the time since the last call (0xFF where there was none) and the marks that are due.
    package mutating func advance(to now: Int) -> (audio: [UInt8], marks: [String]) {
        guard now > position else { return ([], []) }
        var audio: [UInt8] = []
        audio.reserveCapacity(now - position)
        while position < now {
            guard first < segments.count, segments[first].earliest < now else {
                audio.append(contentsOf: repeatElement(0xFF, count: now - position))
                position = now
                break
            }
            let gap = segments[first].earliest - position
            if gap > 0 {
                audio.append(contentsOf: repeatElement(0xFF, count: gap))
                position += gap
            }
            let part = segments[first].audio.prefix(now - position)
            audio.append(contentsOf: part)
            position += part.count
            played += part.count
            segments[first].audio.removeFirst(part.count)
            if segments[first].audio.isEmpty { first += 1 }
        }
        if first > 256 || first == segments.count {
            segments.removeFirst(first)
            first = 0
        }
        let due = marks.prefix { $0.after <= played }.map(\.name)
        marks.removeFirst(due.count)
        return (audio, due)
    }
}
