import Audio
import Glibc
import TwilioSimulatorKit

/// Sounds that are no words, made from seeds: the same seed gives the same sound. All at 8 kHz through the telephone band, at -20 dBFS.
package enum Noises {
    static let level = -20.0
    private static let rate = Double(MuLaw.sampleRate)

    /// Pink noise with the hum of a 50 Hz mains, of which the band leaves the harmonics.
    package static func line(seconds: Double, seed: UInt64) -> [Int16] {
        var random = SplitMix64(state: seed)
        // Kellet's filter: a sum of first-order low-passes falls by 3 dB per octave to within 0.05 dB.
        var poles = [Double](repeating: 0, count: 6)
        let coefficients = [
            (0.99886, 0.0555179), (0.99332, 0.0750759), (0.96900, 0.1538520), (0.86650, 0.3104856), (0.55000, 0.5329522), (-0.7616, -0.0168980),
        ]
        return finish(
            count(seconds).map { index in
                let white = noise(&random)
                for pole in poles.indices { poles[pole] = coefficients[pole].0 * poles[pole] + coefficients[pole].1 * white }
                let hum = [150.0, 250, 350, 450].reduce(0) { $0 + sin(2 * .pi * $1 * Double(index) / rate) / 8 }
                return poles.reduce(white * 0.5362, +) + hum
            })
    }

    /// Chords of a plucked instrument over a slow bass: hold music.
    package static func music(seconds: Double, seed: UInt64) -> [Int16] {
        var random = SplitMix64(state: seed)
        let roots = [220.0, 174.6, 261.6, 196.0]
        var samples = [Double](repeating: 0, count: Int(seconds * rate))
        let beat = Int(rate * 0.3)
        for start in stride(from: 0, to: samples.count, by: beat) {
            let root = roots[start / (beat * 8) % roots.count]
            let interval = [1.0, 1.2599, 1.4983, 2.0][Int(random.next() % 4)]
            for index in start..<min(samples.count, start + beat * 3) {
                let time = Double(index - start) / rate
                let tone = (1...4).reduce(0) { $0 + sin(2 * .pi * root * interval * Double($1) * time) / Double($1) }
                samples[index] += tone * exp(-3 * time) + 0.3 * sin(2 * .pi * root * 2 * time)
            }
        }
        return finish(samples)
    }

    /// Several people who speak at once: every voice begins somewhere else, and goes round.
    /// - Parameter voices: the audio of some sentences by different voices, none of it empty.
    package static func babble(of voices: [[Int16]], seconds: Double, seed: UInt64) -> [Int16] {
        var random = SplitMix64(state: seed)
        var samples = [Double](repeating: 0, count: Int(seconds * rate))
        for voice in voices where !voice.isEmpty {
            let offset = Int(random.next() % UInt64(voice.count))
            let gain = 0.6 + 0.4 * Double(random.next() % 100) / 100
            for index in samples.indices { samples[index] += gain * Double(voice[(index + offset) % voice.count]) }
        }
        return finish(samples)
    }

    package static func sound(_ sound: Conversation.Sound, seed: UInt64) -> [Int16] {
        var random = SplitMix64(state: seed)
        switch sound {
        case .cough:
            // Two bursts: a sharp onset, and voice-like resonance in the noise.
            let bursts = [(0.0, 0.22), (0.30, 0.18)]
            var low = 0.0
            return finish(
                count(0.5).map { index in
                    let time = Double(index) / rate
                    let envelope = bursts.reduce(0.0) { sum, burst in
                        let age = time - burst.0
                        guard age >= 0, age < burst.1 else { return sum }
                        return sum + min(1, age / 0.01) * exp(-age * 14)
                    }
                    low = 0.7 * low + 0.3 * noise(&random)
                    return envelope * (noise(&random) * 0.5 + low * 2 + 0.4 * sin(2 * .pi * 420 * time))
                })
        case .click:
            return finish(count(0.03).map { index in noise(&random) * exp(-Double(index) / 30) })
        case .breath:
            return finish(count(0.6).map { index in noise(&random) * sin(.pi * Double(index) / (0.6 * rate)) }, level: -36)
        }
    }

    private static func count(_ seconds: Double) -> Range<Int> { 0..<Int(seconds * rate) }

    private static func noise(_ random: inout SplitMix64) -> Double { Double(random.next() >> 11) / Double(1 << 52) - 1 }

    /// Through the band, at the common level.
    private static func finish(_ samples: [Double], level: Double = Noises.level) -> [Int16] {
        let peak = max(1e-9, samples.reduce(0) { max($0, abs($1)) })
        var band = TelephoneBand()
        let pcm = band.process(samples.map { Int16(($0 / peak * 20_000).rounded()) })
        return Loudness.scaled(pcm, to: level)
    }
}

extension Loudness {
    /// The same sound at another level, in dBFS. Peaks are cut, as a telephone's encoder cuts them.
    static func scaled(_ pcm: [Int16], to level: Double) -> [Int16] {
        let present = rms(pcm)
        guard present > 0 else { return pcm }
        let gain = rms(dBFS: level) / present
        return pcm.map { Int16(max(-32_000, min(32_000, (Double($0) * gain).rounded()))) }
    }
}
