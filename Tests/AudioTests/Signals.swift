import Glibc

@testable import Audio

/// Deterministic test signals.
struct Noise {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// Uniform in 0..<1 (xorshift64*).
    mutating func uniform() -> Double {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) / Double(1 << 53)
    }

    /// White Gaussian noise with the given level in dBFS (sum of twelve uniform values).
    mutating func white(_ count: Int, dBFS: Double) -> [Int16] {
        let rms = Loudness.rms(dBFS: dBFS)
        return (0..<count).map { _ in
            var sum = -6.0
            for _ in 0..<12 { sum += uniform() }
            return Int16(max(-32768, min(32767, (sum * rms).rounded())))
        }
    }
}

func sine(_ hertz: Double, rate: Int, count: Int, dBFS: Double) -> [Int16] {
    let amplitude = Loudness.rms(dBFS: dBFS) * 2.0.squareRoot()
    return (0..<count).map {
        Int16((amplitude * sin(2 * .pi * hertz * Double($0) / Double(rate))).rounded())
    }
}

func mix(_ a: [Int16], _ b: [Int16]) -> [Int16] {
    zip(a, b).map { Int16(clamping: Int($0) + Int($1)) }
}

/// Signal to noise ratio in dB of `got` against `want`, over their common length less `margin` at both ends.
func snr(_ got: [Int16], _ want: [Int16], margin: Int = 0) -> Double {
    let count = min(got.count, want.count)
    var (signal, error) = (0.0, 0.0)
    for index in margin..<(count - margin) {
        signal += Double(want[index]) * Double(want[index])
        let difference = Double(got[index]) - Double(want[index])
        error += difference * difference
    }
    return 10 * log10(signal / max(error, 1e-9))
}

/// Level in dBFS of one frequency in a signal, as the level of a sine with that power.
func level(of hertz: Double, in pcm: [Int16], rate: Int) -> Double {
    var (re, im) = (0.0, 0.0)
    for (index, sample) in pcm.enumerated() {
        // A Hann window keeps a strong neighbour's leakage below -100 dB a few bins away.
        let window = 0.5 - 0.5 * cos(2 * .pi * (Double(index) + 0.5) / Double(pcm.count))
        let angle = 2 * .pi * hertz * Double(index) / Double(rate)
        re += window * Double(sample) * cos(angle)
        im += window * Double(sample) * sin(angle)
    }
    let amplitude = (re * re + im * im).squareRoot() * 4 / Double(pcm.count)
    return Loudness.dBFS(rms: amplitude / 2.0.squareRoot())
}

/// Bursts of voiced sound with the rhythm of syllables: 120 ms on, 60 ms of decay, at the given level.
func syllables(seconds: Double, dBFS: Double) -> [Int16] {
    let count = Int(seconds * 8000)
    let base = Loudness.rms(dBFS: dBFS) * 1.2
    return (0..<count).map { index in
        let time = Double(index) / 8000
        let within = time.truncatingRemainder(dividingBy: 0.18)
        let envelope = within < 0.12 ? 1.0 : exp(-(within - 0.12) * 60)
        let pitch = 2 * .pi * (120 + 15 * sin(time * 7)) * time
        let voice = sin(pitch) + 0.8 * sin(3 * pitch) + 0.6 * sin(5 * pitch) + 0.3 * sin(12 * pitch)
        return Int16(max(-32768, min(32767, envelope * base * voice)))
    }
}
