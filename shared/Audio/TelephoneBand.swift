import Glibc

/// The voice band of a telephone line, 300 to 3400 Hz, as a filter with state.
///
/// A fourth-order Butterworth high-pass and low-pass (two second-order sections each), so -3 dB at the
/// edges. Simulated callers speak through it: a recogniser must not hear what a line does not carry.
package struct TelephoneBand: Sendable {
    private var sections: [Section]

    /// - Parameter sampleRate: rate of the audio, in Hz, above 6800.
    package init(sampleRate: Int = MuLaw.sampleRate) {
        precondition(sampleRate > 6800, "A band up to 3400 Hz needs more than 6800 samples per second.")
        // The quality factors of the two pole pairs of a fourth-order Butterworth filter.
        sections = [0.541_196_1, 1.306_563].flatMap { quality in
            [
                Section(highPass: 300, quality: quality, rate: Double(sampleRate)),
                Section(lowPass: 3400, quality: quality, rate: Double(sampleRate)),
            ]
        }
    }

    /// Filters a chunk; the next chunk continues it.
    package mutating func process(_ pcm: [Int16]) -> [Int16] {
        var values = pcm.map(Float.init)
        for index in sections.indices { sections[index].run(&values) }
        return values.map { Int16(max(-32768, min(32767, $0.rounded()))) }
    }
}

/// A second-order section, transposed direct form II, by the bilinear transform of the analogue prototype.
private struct Section: Sendable {
    private var b: (Float, Float, Float)
    private var a: (Float, Float)
    private var state: (Float, Float) = (0, 0)

    init(lowPass frequency: Double, quality: Double, rate: Double) {
        let (c, alpha) = Section.angle(frequency, quality, rate)
        let side = (1 - c) / 2
        self.init(b: (side, 1 - c, side), c: c, alpha: alpha)
    }

    init(highPass frequency: Double, quality: Double, rate: Double) {
        let (c, alpha) = Section.angle(frequency, quality, rate)
        let side = (1 + c) / 2
        self.init(b: (side, -(1 + c), side), c: c, alpha: alpha)
    }

    private init(b: (Double, Double, Double), c: Double, alpha: Double) {
        let scale = 1 / (1 + alpha)
        self.b = (Float(b.0 * scale), Float(b.1 * scale), Float(b.2 * scale))
        a = (Float(-2 * c * scale), Float((1 - alpha) * scale))
    }

    private static func angle(_ frequency: Double, _ quality: Double, _ rate: Double) -> (Double, Double) {
        let omega = 2 * Double.pi * frequency / rate
        return (cos(omega), sin(omega) / (2 * quality))
    }

    mutating func run(_ values: inout [Float]) {
        var (s1, s2) = state
        for index in values.indices {
            let x = values[index]
            let y = b.0 * x + s1
            s1 = b.1 * x - a.0 * y + s2
            s2 = b.2 * x - a.1 * y
            values[index] = y
        }
        state = (s1, s2)
    }
}
