import Audio
import Glibc

/// What the application hears of a caller: the voice, noise all the time, and the echo of what the line plays. A value, one frame at a time.
package struct LineMixer: Sendable {
    private let noise: [Int16]
    private var position: Int
    private let noiseGain: Float
    private let echoGain: Float
    /// Played samples on their way back, oldest at `head`; empty without an echo.
    private var delay: [Int16]
    private var head = 0

    /// - Parameters:
    ///   - noise: goes round; empty: none.
    ///   - noiseLevel: in dBFS; `noise` itself has ``Noises/level``.
    ///   - offset: sample of `noise` at which the line begins.
    package init(noise: [Int16] = [], noiseLevel: Double = 0, offset: Int = 0, echo: Double? = nil, echoDelay: Int = 0) {
        self.noise = noise
        position = noise.isEmpty ? 0 : offset % noise.count
        noiseGain = Float(pow(10, (noiseLevel - Noises.level) / 20))
        echoGain = echo.map { Float(pow(10, $0 / 20)) } ?? 0
        // At least a sample: what is played now comes back later.
        delay = echo == nil ? [] : [Int16](repeating: 0, count: max(1, echoDelay * MuLaw.sampleRate / 1_000))
    }

    /// The next frame of the line, as mu-law.
    /// - Parameters:
    ///   - voice: at most a frame of the caller's; empty: silence.
    ///   - played: the frame that the caller hears meanwhile, as mu-law.
    package mutating func frame(voice: ArraySlice<Int16>, played: [UInt8]) -> [UInt8] {
        if noise.isEmpty, delay.isEmpty {
            if voice.isEmpty { return MuLaw.silentFrame }
            return MuLaw.encode(voice) + MuLaw.silentFrame.dropFirst(voice.count)
        }
        var mixed = [Float](repeating: 0, count: MuLaw.frameSamples)
        for (index, sample) in voice.prefix(mixed.count).enumerated() { mixed[index] = Float(sample) }
        if !noise.isEmpty {
            for index in mixed.indices {
                mixed[index] += noiseGain * Float(noise[position])
                position = position + 1 == noise.count ? 0 : position + 1
            }
        }
        if !delay.isEmpty {
            for index in mixed.indices {
                mixed[index] += echoGain * Float(delay[head])
                delay[head] = index < played.count ? MuLaw.decode(played[index]) : 0
                head = head + 1 == delay.count ? 0 : head + 1
            }
        }
        return mixed.map { MuLaw.encode(Int16(max(-32_000, min(32_000, $0)))) }
    }
}
