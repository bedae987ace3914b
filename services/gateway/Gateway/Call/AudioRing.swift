import CallVocabulary

/// The caller's last 30 seconds, so that a recogniser that takes over hears what its predecessor had not finished. Bounded: 240 kB.
package struct AudioRing: Sendable, Equatable, Codable {
    /// 30 s of 20 ms frames.
    package static let capacity = 1_500

    private var storage: [UInt8] = []
    /// The frame that will be appended next.
    package private(set) var next: UInt32
    /// Frames that are kept.
    package private(set) var count = 0

    /// - Parameter next: sequence of the first frame that will be appended.
    package init(next: UInt32 = 0) { self.next = next }

    package var oldest: UInt32 { next &- UInt32(count) }

    /// Frames come in order and without gaps: they are cut from the line's bytes.
    package mutating func append(_ frame: AudioFrame) {
        guard frame.payload.count == AudioFrame.bytes else { return }
        if frame.sequence != next {
            // Not one stream any more: what lies before cannot be named.
            count = 0
            next = frame.sequence
        }
        let slot = Int(next % UInt32(Self.capacity)) * AudioFrame.bytes
        // All of it at once: growing by doubling ends above what is needed, and pages that nobody has written to cost nothing.
        if storage.isEmpty { storage.reserveCapacity(Self.capacity * AudioFrame.bytes) }
        if storage.count == slot {
            storage += frame.payload
        } else {
            if storage.count < slot + AudioFrame.bytes { storage += [UInt8](repeating: 0xFF, count: slot + AudioFrame.bytes - storage.count) }
            storage.withUnsafeMutableBytes { ring in
                frame.payload.withUnsafeBytes { UnsafeMutableRawBufferPointer(rebasing: ring[slot..<slot + AudioFrame.bytes]).copyMemory(from: $0) }
            }
        }
        next &+= 1
        count = min(count + 1, Self.capacity)
    }

    /// The frames from `first` on, as far as they are kept; `limit` at most.
    package func frames(from first: UInt32, limit: Int) -> [AudioFrame] {
        let start = max(first, oldest)
        guard start < next, limit > 0 else { return [] }
        let end = min(next, start.addingReportingOverflow(UInt32(min(limit, Self.capacity))).partialValue)
        guard end > start else { return [] }
        return (start..<end).map { sequence in
            let slot = Int(sequence % UInt32(Self.capacity)) * AudioFrame.bytes
            return AudioFrame(sequence: sequence, payload: Array(storage[slot..<slot + AudioFrame.bytes]))
        }
    }
}

/// What the recogniser gets next. Usually the frame that has just arrived; after a failover first what its predecessor heard, faster than real
/// time and no faster than providers take it, and live audio only behind it.
struct RecogniserFeed: Sendable, Equatable, Codable {
    private struct CatchUp: Sendable, Equatable, Codable {
        var next: UInt32
        var since: CallTime
        var sent = 0
    }

    /// Sent at once: an utterance and its lead-in, most times.
    static let burst = 100
    /// Then ten times real time. Google refuses audio much ahead of the clock and takes bursts; embedded recognisers take anything.
    static let framesPerStep = 10
    static let step = 20

    private var catchUp: CatchUp?

    var nextStep: CallTime? {
        catchUp.map { $0.since.adding(milliseconds: max(0, $0.sent - Self.burst) / Self.framesPerStep * Self.step + Self.step) }
    }

    /// A recogniser takes over, and has heard nothing.
    mutating func restart(from first: UInt32, at now: CallTime) { catchUp = CatchUp(next: first, since: now) }

    mutating func stop() { catchUp = nil }

    /// - Parameter fresh: frames that have just arrived, and that the ring has too.
    /// - Returns: what to send now, in order.
    mutating func take(_ fresh: [AudioFrame], from ring: AudioRing, at now: CallTime) -> [AudioFrame] {
        guard var state = catchUp else { return fresh }
        let steps = Int(now.milliseconds(since: state.since)) / Self.step
        let allowed = Self.burst + max(0, steps) * Self.framesPerStep - state.sent
        let frames = ring.frames(from: state.next, limit: allowed)
        state.sent += frames.count
        if let last = frames.last { state.next = last.sequence &+ 1 }
        catchUp = state.next >= ring.next ? nil : state
        return frames
    }
}
