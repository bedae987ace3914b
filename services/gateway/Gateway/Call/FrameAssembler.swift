import CallVocabulary

/// Cuts the line's bytes into frames of 20 ms. Twilio sends 160 bytes at a time as far as anyone has seen, and promises no size.
package struct FrameAssembler: Sendable, Equatable, Codable {
    private var rest: [UInt8] = []
    package private(set) var nextSequence: UInt32 = 0

    package init() {}

    /// Another stream: half a frame of the former one is no half of its first.
    package mutating func startOver() { rest = [] }

    package mutating func push(_ bytes: [UInt8]) -> [AudioFrame] {
        if rest.isEmpty, bytes.count == AudioFrame.bytes {
            defer { nextSequence &+= 1 }
            return [AudioFrame(sequence: nextSequence, payload: bytes)]
        }
        rest += bytes
        var frames: [AudioFrame] = []
        var start = 0
        while rest.count - start >= AudioFrame.bytes {
            frames.append(AudioFrame(sequence: nextSequence, payload: Array(rest[start..<start + AudioFrame.bytes])))
            nextSequence &+= 1
            start += AudioFrame.bytes
        }
        rest.removeFirst(start)
        return frames
    }
}
