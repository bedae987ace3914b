/// Line audio as it arrives, with or without a WAVE header before it: services differ in whether they write one, and change their minds.
///
/// Only mono mu-law at 8 kHz passes. A header is read chunk by chunk, never skipped by a fixed length.
package struct MuLawStreamParser: Sendable {
    private enum State: Sendable {
        /// Too little has come to tell.
        case unknown
        case chunk
        case skip(Int)
        case data(remaining: Int)
        case headerless
        case done
    }

    private var state = State.unknown
    private var pending: [UInt8] = []
    private var hasFormat = false
    /// A `fmt ` chunk has 16, 18 or 40 bytes; more than this is not a sound file.
    private static let largestFormatChunk = 1024

    package init() {}

    /// - Returns: the mu-law bytes that are there by now.
    /// - Throws: ``WAV/Failure`` when there is a header, and not one of line audio.
    package mutating func process(_ bytes: [UInt8]) throws -> [UInt8] {
        if case .headerless = state { return bytes }
        pending += bytes
        var audio: [UInt8] = []
        var offset = 0
        while try step(&offset, &audio) {}
        pending.removeFirst(offset)
        return audio
    }

    /// What was kept back because it might have been the beginning of a header.
    package mutating func finish() -> [UInt8] {
        defer { pending = [] }
        if case .unknown = state, pending.count < 4 { return pending }
        return []
    }

    /// Does one thing; false if it needs more bytes.
    private mutating func step(_ offset: inout Int, _ audio: inout [UInt8]) throws -> Bool {
        let available = pending.count - offset
        switch state {
        case .unknown:
            guard available >= 4 else { return false }
            guard tag(0) == "RIFF" else {
                state = .headerless
                return true
            }
            guard available >= 12 else { return false }
            guard tag(8) == "WAVE" else {
                throw WAV.Failure(code: .notWave, message: "The data begins with RIFF and is no WAVE; check what wrote it.")
            }
            offset += 12
            state = .chunk
        case .chunk:
            guard available >= 8 else { return false }
            let size = Int(integer(offset + 4, bytes: 4))
            switch tag(offset) {
            case "data":
                guard hasFormat else {
                    throw WAV.Failure(code: .unsupported, message: "The data chunk comes before the fmt chunk; check what wrote it.")
                }
                offset += 8
                // Who writes into a pipe cannot know the size.
                state = .data(remaining: size == 0 || size >= 0x7FFF_0000 ? .max : size)
            case "fmt ":
                guard (16...Self.largestFormatChunk).contains(size) else {
                    throw WAV.Failure(code: .unsupported, message: "The fmt chunk has \(size) bytes; check what wrote it.")
                }
                guard available >= 8 + size + size % 2 else { return false }
                try check(offset + 8, size: size)
                hasFormat = true
                offset += 8 + size + size % 2
            default:
                offset += 8
                state = .skip(size + size % 2)
            }
        case .skip(let count):
            let passed = min(count, available)
            offset += passed
            state = passed == count ? .chunk : .skip(count - passed)
            return passed == count
        case .data(let remaining):
            let count = min(available, remaining)
            audio += pending[offset..<(offset + count)]
            offset += count
            if remaining == .max { return false }
            state = remaining == count ? .done : .data(remaining: remaining - count)
            return remaining == count
        case .headerless:
            audio += pending[offset...]
            offset = pending.count
            return false
        case .done:
            offset = pending.count
            return false
        }
        return true
    }

    private func check(_ offset: Int, size: Int) throws {
        var format = integer(offset, bytes: 2)
        // WAVE_FORMAT_EXTENSIBLE: the real tag is the first two bytes of the subformat.
        if format == 0xFFFE, size >= 40 { format = integer(offset + 24, bytes: 2) }
        let (channels, rate, bits) = (integer(offset + 2, bytes: 2), integer(offset + 4, bytes: 4), integer(offset + 14, bytes: 2))
        guard format == 7, channels == 1, rate == 8000, bits == 8 else {
            throw WAV.Failure(
                code: .unsupported,
                message: "Format tag \(format), \(channels) channels, \(rate) Hz, \(bits) bits; ask for mono mu-law at 8 kHz.")
        }
    }

    private func tag(_ offset: Int) -> String { String(decoding: pending[offset..<(offset + 4)], as: UTF8.self) }

    private func integer(_ offset: Int, bytes: Int) -> UInt32 {
        (0..<bytes).reduce(0) { $0 | UInt32(pending[offset + $1]) << UInt32(8 * $1) }
    }
}
