/// Reads a WAVE file in pieces as they arrive, for a program that writes one into a pipe.
///
/// Such a program cannot know the size when it writes the header, so sizes beyond 0x7FFF0000 (and 0 in a
/// `data` chunk) mean "until the end of the stream". Chunks before `data` are skipped by their sizes,
/// never by a fixed header length.
package struct WAVStreamParser: Sendable {
    /// The format, once its chunk and the start of the data have arrived.
    package private(set) var format: WAV.Format?

    private enum State: Sendable {
        case riff
        case chunk
        case formatChunk(size: Int)
        case skip(Int)
        case data(remaining: Int)
        case done
    }

    private var state = State.riff
    private var pending: [UInt8] = []
    private var seenFormat: WAV.Format?
    /// A `fmt ` chunk has 16, 18 or 40 bytes; more than this is not a sound file.
    private static let largestFormatChunk = 1024

    package init() {}

    /// Whether the file announced more data than has come. False when it announced none: such a file is as long as its stream.
    package var isCutShort: Bool {
        switch state {
        case .riff, .chunk, .formatChunk, .skip: format == nil
        case .data(let remaining): remaining != .max && remaining >= (format?.bytesPerFrame ?? 1)
        case .done: false
        }
    }

    /// Takes bytes in and returns the samples that are complete: interleaved, 16-bit whatever the encoding.
    /// - Throws: ``WAV/Failure``.
    package mutating func process(_ bytes: [UInt8]) throws -> [Int16] {
        var samples: [Int16] = []
        try take(bytes) { parser, range in
            if let format = parser.format { parser.decode(range, format.encoding, into: &samples) }
        }
        return samples
    }

    /// Takes bytes in and returns the data that is complete, as it is stored: mu-law that is handed on needs no decoding.
    /// - Throws: ``WAV/Failure``.
    package mutating func data(_ bytes: [UInt8]) throws -> [UInt8] {
        var data: [UInt8] = []
        try take(bytes) { parser, range in data.append(contentsOf: parser.pending[range]) }
        return data
    }

    private mutating func take(_ bytes: [UInt8], _ found: (Self, Range<Int>) -> Void) throws {
        pending.append(contentsOf: bytes)
        var offset = 0
        while try step(&offset, found) {}
        pending.removeFirst(offset)
    }

    /// Does one thing; false if it needs more bytes.
    private mutating func step(_ offset: inout Int, _ found: (Self, Range<Int>) -> Void) throws -> Bool {
        let available = pending.count - offset
        switch state {
        case .riff:
            guard available >= 12 else { return false }
            guard tag(offset) == "RIFF", tag(offset + 8) == "WAVE" else {
                throw WAV.Failure(
                    code: .notWave,
                    message: "The data does not begin with RIFF and WAVE; check what wrote it.")
            }
            offset += 12
            state = .chunk
        case .chunk:
            guard available >= 8 else { return false }
            let name = tag(offset)
            let size = Int(integer(offset + 4, bytes: 4))
            if name == "data" {
                guard let seenFormat else {
                    throw WAV.Failure(
                        code: .unsupported, message: "The data chunk comes before the fmt chunk; rewrite the file.")
                }
                format = seenFormat
                state = .data(remaining: size == 0 || size >= 0x7FFF_0000 ? .max : size)
            } else {
                state = name == "fmt " ? .formatChunk(size: size) : .skip(size + size % 2)
            }
            offset += 8
        case .formatChunk(let size):
            guard size >= 16, size <= Self.largestFormatChunk else {
                throw WAV.Failure(
                    code: .unsupported, message: "The fmt chunk has \(size) bytes; rewrite the file as plain WAV.")
            }
            guard available >= size + size % 2 else { return false }
            seenFormat = try readFormat(offset, size: size)
            offset += size + size % 2
            state = .chunk
        case .skip(let count):
            let passed = min(count, available)
            offset += passed
            state = passed == count ? .chunk : .skip(count - passed)
            return passed == count
        case .data(let remaining):
            guard let format else { return false }
            var count = min(available, remaining)
            count -= count % format.bytesPerFrame
            guard count > 0 else {
                // A rest smaller than one frame can never become one.
                if remaining < format.bytesPerFrame { state = .done }
                return remaining < format.bytesPerFrame
            }
            found(self, offset..<(offset + count))
            offset += count
            state = .data(remaining: remaining == .max ? .max : remaining - count)
        case .done:
            offset = pending.count
            return false
        }
        return true
    }

    private func readFormat(_ offset: Int, size: Int) throws -> WAV.Format {
        var tag = integer(offset, bytes: 2)
        // WAVE_FORMAT_EXTENSIBLE: the real tag is the first two bytes of the subformat.
        if tag == 0xFFFE, size >= 40 { tag = integer(offset + 24, bytes: 2) }
        let channels = Int(integer(offset + 2, bytes: 2))
        let rate = Int(integer(offset + 4, bytes: 4))
        let bits = integer(offset + 14, bytes: 2)
        let encoding: WAV.Encoding
        switch (tag, bits) {
        case (1, 16): encoding = .pcm16
        case (7, 8): encoding = .muLaw
        default:
            throw WAV.Failure(
                code: .unsupported,
                message: "Format tag \(tag) with \(bits) bits; convert it to 16-bit PCM or 8-bit mu-law.")
        }
        guard (1...2).contains(channels), (4000...192_000).contains(rate) else {
            throw WAV.Failure(
                code: .unsupported,
                message: "\(channels) channels at \(rate) Hz; convert it to mono or stereo, 4 to 192 kHz.")
        }
        return WAV.Format(encoding: encoding, sampleRate: rate, channels: channels)
    }

    private func decode(_ range: Range<Int>, _ encoding: WAV.Encoding, into samples: inout [Int16]) {
        switch encoding {
        case .muLaw:
            samples.append(contentsOf: MuLaw.decode(pending[range]))
        case .pcm16:
            samples.reserveCapacity(samples.count + range.count / 2)
            pending.withUnsafeBytes { bytes in
                for index in stride(from: range.lowerBound, to: range.upperBound, by: 2) {
                    let raw = bytes.loadUnaligned(fromByteOffset: index, as: UInt16.self)
                    samples.append(Int16(bitPattern: UInt16(littleEndian: raw)))
                }
            }
        }
    }

    private func tag(_ offset: Int) -> String {
        String(decoding: pending[offset..<(offset + 4)], as: UTF8.self)
    }

    private func integer(_ offset: Int, bytes: Int) -> UInt32 {
        (0..<bytes).reduce(0) { $0 | UInt32(pending[offset + $1]) << UInt32(8 * $1) }
    }
}
