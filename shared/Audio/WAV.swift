/// RIFF WAVE files. Source: "Multimedia Programming Interface and Data Specifications 1.0" (1991), and
/// RFC 2361 for the format tags.
package enum WAV {
    /// How samples are stored.
    package enum Encoding: Sendable, Equatable {
        /// Format tag 1, 16 bits, little endian.
        case pcm16
        /// Format tag 7, 8 bits, G.711 mu-law.
        case muLaw
    }

    /// The contents of a `fmt ` chunk that this code reads.
    package struct Format: Sendable, Equatable {
        package var encoding: Encoding
        package var sampleRate: Int
        package var channels: Int

        package init(encoding: Encoding, sampleRate: Int, channels: Int) {
            self.encoding = encoding
            self.sampleRate = sampleRate
            self.channels = channels
        }

        /// Bytes of one sample of every channel.
        package var bytesPerFrame: Int { channels * (encoding == .pcm16 ? 2 : 1) }
    }

    /// A whole file.
    package struct File: Sendable, Equatable {
        /// As stored; `samples` are 16-bit in either encoding.
        package var format: Format
        /// Interleaved if there is more than one channel.
        package var samples: [Int16]

        /// The samples of one channel, counted from 0.
        package func channel(_ index: Int) -> [Int16] {
            guard format.channels > 1 else { return samples }
            return stride(from: index, to: samples.count, by: format.channels).map { samples[$0] }
        }
    }

    /// What is wrong with a file.
    package struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// Open-ended; more may come.
        package struct Code: Sendable, Equatable {
            package let name: String
            /// Not a RIFF WAVE file.
            package static let notWave = Code(name: "wav.not_wave")
            /// Ends before its data, or before its format.
            package static let truncated = Code(name: "wav.truncated")
            /// Neither 16-bit PCM nor mu-law.
            package static let unsupported = Code(name: "wav.unsupported")
        }
        package let code: Code
        /// What was seen, and the remedy.
        package let message: String
        package var description: String { "\(code.name): \(message)" }
    }

    /// Reads a whole file. Data that is cut short is read as far as it goes; a size that is too
    /// large (a writer that could not seek back leaves 0x7FFFF000 or 0xFFFFFFFF) means "to the end".
    /// - Throws: ``Failure``.
    package static func read(_ bytes: [UInt8]) throws -> File {
        var parser = WAVStreamParser()
        let samples = try parser.process(bytes)
        guard let format = parser.format else {
            throw Failure(
                code: .truncated,
                message: "The file ends before its data chunk; record or convert it again as 16-bit WAV.")
        }
        return File(format: format, samples: samples)
    }

    /// A 16-bit PCM file of mono audio.
    package static func write(_ samples: [Int16], sampleRate: Int) -> [UInt8] {
        write(
            samples.withUnsafeBytes { Array($0) },
            format: Format(encoding: .pcm16, sampleRate: sampleRate, channels: 1))
    }

    /// A 16-bit PCM stereo file; the shorter side is filled with silence.
    package static func write(left: [Int16], right: [Int16], sampleRate: Int) -> [UInt8] {
        var data: [UInt8] = []
        let count = max(left.count, right.count)
        data.reserveCapacity(count * 4)
        for index in 0..<count {
            append(UInt16(bitPattern: index < left.count ? left[index] : 0), to: &data)
            append(UInt16(bitPattern: index < right.count ? right[index] : 0), to: &data)
        }
        return write(data, format: Format(encoding: .pcm16, sampleRate: sampleRate, channels: 2))
    }

    /// A mono mu-law file of line audio.
    package static func write(muLaw codes: [UInt8]) -> [UInt8] {
        write(codes, format: Format(encoding: .muLaw, sampleRate: MuLaw.sampleRate, channels: 1))
    }

    /// A file of ready data in `format`'s encoding.
    private static func write(_ data: [UInt8], format: Format) -> [UInt8] {
        let formatSize = format.encoding == .pcm16 ? 16 : 18
        var file: [UInt8] = []
        file.reserveCapacity(data.count + 46)
        file += "RIFF".utf8
        append(UInt32(clamping: 4 + 8 + formatSize + 8 + data.count + data.count % 2), to: &file)
        file += "WAVEfmt ".utf8
        append(UInt32(formatSize), to: &file)
        append(UInt16(format.encoding == .pcm16 ? 1 : 7), to: &file)
        append(UInt16(format.channels), to: &file)
        append(UInt32(format.sampleRate), to: &file)
        append(UInt32(format.sampleRate * format.bytesPerFrame), to: &file)
        append(UInt16(format.bytesPerFrame), to: &file)
        append(UInt16(format.encoding == .pcm16 ? 16 : 8), to: &file)
        if formatSize == 18 { append(UInt16(0), to: &file) }
        file += "data".utf8
        append(UInt32(clamping: data.count), to: &file)
        file += data
        if data.count % 2 == 1 { file.append(0) }
        return file
    }

    private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
