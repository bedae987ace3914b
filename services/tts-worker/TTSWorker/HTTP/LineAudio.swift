import Audio
import ProviderKit

/// What comes in as a provider sends it becomes audio of the line: mu-law, 8 kHz, mono.
///
/// Mu-law of 8 kHz passes as it is, PCM and other rates are converted with state. A RIFF header is recognised by its magic and parsed by
/// its chunks, whatever was asked for: providers differ in when they send one.
struct LineAudio: Sendable {
    /// What headerless bytes are.
    enum Raw: Sendable, Equatable {
        case muLaw
        /// 16 bits, little endian, mono.
        case pcm(sampleRate: Int)
    }

    private enum Form: Sendable {
        /// Not known before four bytes are here.
        case unknown
        case raw
        case wave(WAVStreamParser)
    }

    /// Other containers that a server may answer with though it was asked for samples.
    private static let foreign = ["OggS", "fLaC", "ID3"].map { Array($0.utf8) }

    private let raw: Raw
    private let mayBeMPEG: Bool
    private var form = Form.unknown
    /// Bytes before the form is known, or the first half of a sample.
    private var pending: [UInt8] = []
    private var resampler: Resampler?
    private let makeResampler: @Sendable (Int) -> Resampler

    /// - Parameters:
    ///   - mayBeMPEG: the server calls it that. An MPEG frame begins as samples of speech never do, and as mu-law silence always does.
    ///   - makeResampler: gives a fresh one from a rate in Hz to the line's. Building its filter takes 1 ms: keep those that are usual.
    init(_ raw: Raw, mayBeMPEG: Bool = false, makeResampler: @escaping @Sendable (Int) -> Resampler = { Resampler(from: $0, to: MuLaw.sampleRate) }) {
        self.raw = raw
        self.mayBeMPEG = mayBeMPEG
        self.makeResampler = makeResampler
    }

    /// - Throws: `ProviderFailure` or ``Audio/WAV/Failure`` when it is not audio.
    mutating func process(_ bytes: [UInt8]) throws -> [UInt8] {
        if case .unknown = form {
            pending += bytes
            guard pending.count >= 4 else { return [] }
            return try begin()
        }
        return try convert(bytes)
    }

    /// The rest.
    /// - Throws: `ProviderFailure` when the audio ends before its announced length, or in the middle of a sample.
    mutating func finish() throws -> [UInt8] {
        var rest: [UInt8] = []
        if case .unknown = form, !pending.isEmpty { rest = try begin() }
        switch form {
        case .wave(let parser) where parser.isCutShort:
            throw ProviderFailure(.broken, "the audio ends before its announced length; see whether the provider is well")
        case .raw where !pending.isEmpty:
            throw ProviderFailure(.broken, "the audio ends in the middle of a sample; see whether the provider is well")
        default: break
        }
        if var resampler {
            rest += MuLaw.encode(resampler.flush())
            self.resampler = resampler
        }
        return rest
    }

    private mutating func begin() throws -> [UInt8] {
        let first = pending
        pending = []
        guard first.count > 1 else {
            form = .raw
            return try convert(first)
        }
        if first.starts(with: "RIFF".utf8) {
            form = .wave(WAVStreamParser())
        } else if Self.foreign.contains(where: { first.starts(with: $0) }) || (mayBeMPEG && first[0] == 0xFF && first[1] & 0xE0 == 0xE0) {
            throw ProviderFailure(.garbage, "the audio is compressed, though samples were asked for; choose another format or server")
        } else {
            form = .raw
        }
        return try convert(first)
    }

    private mutating func convert(_ bytes: [UInt8]) throws -> [UInt8] {
        switch form {
        case .unknown: return []
        case .wave(var parser):
            defer { form = .wave(parser) }
            return try convert(wave: bytes, &parser)
        case .raw:
            guard case .pcm(let rate) = raw else { return bytes }
            pending += bytes
            let whole = pending.count - pending.count % 2
            defer { pending.removeFirst(whole) }
            return resample(Self.samples(pending[..<whole]), from: rate)
        }
    }

    private mutating func convert(wave bytes: [UInt8], _ parser: inout WAVStreamParser) throws -> [UInt8] {
        let data = try parser.data(bytes)
        guard let format = parser.format else { return [] }
        guard format.channels == 1 else {
            throw ProviderFailure(.garbage, "the audio has \(format.channels) channels; choose a voice with one")
        }
        if format.encoding == .muLaw, format.sampleRate == MuLaw.sampleRate { return data }
        return resample(format.encoding == .muLaw ? MuLaw.decode(data) : Self.samples(data[...]), from: format.sampleRate)
    }

    private mutating func resample(_ samples: [Int16], from rate: Int) -> [UInt8] {
        guard rate != MuLaw.sampleRate else { return MuLaw.encode(samples) }
        var resampler = self.resampler ?? makeResampler(rate)
        defer { self.resampler = resampler }
        return MuLaw.encode(resampler.process(samples))
    }

    /// - Parameter bytes: an even number of them.
    private static func samples(_ bytes: ArraySlice<UInt8>) -> [Int16] {
        bytes.withUnsafeBytes { bytes in
            [Int16](unsafeUninitializedCapacity: bytes.count / 2) { samples, count in
                for index in 0..<(bytes.count / 2) {
                    samples[index] = Int16(bitPattern: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)))
                }
                count = bytes.count / 2
            }
        }
    }
}

/// Cuts silence in front of a sentence down to 100 ms: some voices begin with half a second of it, and the caller waits for that as well.
/// 100 ms keep a soft first consonant, which is quieter than the threshold. The level is left alone.
struct LeadingSilence: Sendable {
    static let keptBytes = MuLaw.sampleRate / 10
    /// Above this, about -44 dBFS, a sample is sound.
    static let soundThreshold: Int16 = 200

    private static let isSound: [Bool] = MuLaw.decodeTable.map { $0 > soundThreshold || $0 < -soundThreshold }

    private(set) var hasEnded = false
    private var held: [UInt8] = []

    /// Mu-law in, mu-law out; nothing as long as there is no sound.
    mutating func trim(_ audio: [UInt8]) -> [UInt8] {
        guard !hasEnded else { return audio }
        held += audio
        guard let first = held.firstIndex(where: { Self.isSound[Int($0)] }) else {
            held.removeFirst(max(0, held.count - Self.keptBytes))
            return []
        }
        hasEnded = true
        defer { held = [] }
        return Array(held[max(0, first - Self.keptBytes)...])
    }
}

/// Audio of the line as a provider gives it becomes the pieces that a voice hands on.
struct SpokenPieces: Sendable {
    private var silence = LeadingSilence()
    private var pieces = LinePieces()

    mutating func take(_ audio: [UInt8]) -> [[UInt8]] { pieces.cut(silence.trim(audio)) }

    /// The rest.
    /// - Throws: `ProviderFailure` when there was no sound at all.
    mutating func finish(_ provider: String) throws(ProviderFailure) -> [UInt8] {
        guard silence.hasEnded else {
            throw ProviderFailure(.empty, "\(provider) answered with no sound; see whether the voice and the language fit")
        }
        return pieces.rest()
    }
}

/// Cuts audio into pieces for the bus: whole frames of the line, a quarter of a second at most.
struct LinePieces: Sendable {
    /// Twelve frames.
    static let largest = 12 * MuLaw.frameSamples

    private var pending: [UInt8] = []

    /// What is complete.
    mutating func cut(_ audio: [UInt8]) -> [[UInt8]] {
        pending += audio
        var pieces: [[UInt8]] = []
        var start = 0
        while pending.count - start >= MuLaw.frameSamples {
            let whole = (pending.count - start) / MuLaw.frameSamples * MuLaw.frameSamples
            let end = start + min(Self.largest, whole)
            pieces.append(Array(pending[start..<end]))
            start = end
        }
        pending.removeFirst(start)
        return pieces
    }

    /// What is left, less than a frame.
    mutating func rest() -> [UInt8] {
        defer { pending = [] }
        return pending
    }
}
