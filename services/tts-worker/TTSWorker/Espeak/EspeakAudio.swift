import Audio
import Glibc

/// Turns the program's WAVE stream into line audio: parsed, resampled to 8 kHz, without the silence in
/// front, levelled.
struct EspeakAudio: Sendable {
    /// Root mean square of the spoken parts of every sentence, in dBFS.
    static let targetLevel = -18.0
    /// How much of the silence before the first sound stays: 20 ms. The program's own is up to 60 ms.
    static let leadSamples = MuLaw.sampleRate / 50
    /// The gain is set by the first 600 ms of sound and kept for the sentence. The program makes
    /// that much in 2 ms.
    static let gaugeSamples = MuLaw.sampleRate * 6 / 10
    /// Measured levels of single sentences are -21 to -15 dBFS; more gain would only lift a breath.
    static let gainRange = -6.0...6.0
    /// Above this, about -44 dBFS, a sample is sound.
    static let soundThreshold: Int16 = 200

    private var parser = WAVStreamParser()
    private var resampler: Resampler
    private var lead: [Int16] = []
    private var heardSound = false
    private var gauge: [Int16] = []
    private var gain: Float?

    /// - Parameter resampler: a fresh value from the program's rate; copied, because building its filter takes 1 ms.
    init(resampler: Resampler) { self.resampler = resampler }

    /// Bytes as the program wrote them in, samples out.
    /// - Throws: ``Audio/WAV/Failure``.
    mutating func process(_ bytes: [UInt8]) throws -> [Int16] {
        let samples = try parser.process(bytes)
        if let rate = parser.format?.sampleRate, rate != resampler.inputRate {
            // Another build of the program, or another voice: before the first sample, so nothing is lost.
            resampler = Resampler(from: rate, to: MuLaw.sampleRate)
        }
        return level(trim(resampler.process(samples)), isLast: false)
    }

    /// The rest of the sentence.
    mutating func finish() -> [Int16] { level(trim(resampler.flush()), isLast: true) }

    private mutating func trim(_ samples: [Int16]) -> [Int16] {
        guard !heardSound else { return samples }
        lead += samples
        guard let first = lead.firstIndex(where: { $0 > Self.soundThreshold || $0 < -Self.soundThreshold })
        else {
            lead.removeFirst(max(0, lead.count - Self.leadSamples))
            return []
        }
        heardSound = true
        defer { lead = [] }
        return Array(lead[max(0, first - Self.leadSamples)...])
    }

    private mutating func level(_ samples: [Int16], isLast: Bool) -> [Int16] {
        if let gain { return Self.amplify(samples, gain) }
        gauge += samples
        guard gauge.count >= Self.gaugeSamples || isLast else { return [] }
        // Of exactly these samples: the sound must not depend on how the pipe cut it.
        let decibels = Self.targetLevel - Self.speechLevel(Array(gauge.prefix(Self.gaugeSamples)))
        let gain = Float(pow(10, min(Self.gainRange.upperBound, max(Self.gainRange.lowerBound, decibels)) / 20))
        self.gain = gain
        defer { gauge = [] }
        return Self.amplify(gauge, gain)
    }

    /// The level of the spoken frames: those at most 20 dB under the loudest.
    static func speechLevel(_ pcm: [Int16]) -> Double {
        let frame = MuLaw.frameSamples
        let levels = stride(from: 0, to: pcm.count, by: frame).map {
            Loudness.rms(Array(pcm[$0..<min($0 + frame, pcm.count)]))
        }
        guard let loudest = levels.max(), loudest > 0 else { return targetLevel }
        let spoken = levels.filter { $0 > loudest / 10 }
        return Loudness.dBFS(rms: (spoken.reduce(0) { $0 + $1 * $1 } / Double(spoken.count)).squareRoot())
    }

    /// Gain with a soft knee: from 80 % of full scale on, peaks are bent and never clipped.
    static func amplify(_ pcm: [Int16], _ gain: Float) -> [Int16] {
        let knee: Float = 26214
        let room: Float = 32767 - knee
        return pcm.map { sample in
            let value = Float(sample) * gain
            let magnitude = abs(value)
            guard magnitude > knee else { return Int16(value.rounded()) }
            let bent = knee + room * tanhf((magnitude - knee) / room)
            return Int16((value < 0 ? -bent : bent).rounded(.towardZero))
        }
    }
}
