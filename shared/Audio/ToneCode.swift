import Glibc

/// A number written in sound, to see in a test whether each utterance arrives once.
///
/// Nine tones of 50 ms: two that mark the start, four hexadecimal digits (highest first), two digits of
/// checksum, one that marks the end: 450 ms. The sixteen digit tones lie at 700 to 2950 Hz, the
/// marks at 450 and 3200 Hz, all inside the telephone band and 150 Hz apart or more.
package enum ToneCode {
    /// A number found in audio.
    package struct Detection: Sendable, Equatable {
        /// The number.
        package var number: UInt16
        /// Index of the first sample of its first tone, to about 5 ms.
        package var offset: Int
    }

    /// Samples of one encoded number, at 8 kHz: 450 ms.
    package static let sampleCount = symbolCount * symbolSamples

    static let symbolSamples = 400
    static let symbolCount = 9
    /// 30 ms in the middle of a tone: tones 33 Hz apart are already orthogonal, and 10 ms of error is harmless.
    private static let windowSamples = 240
    private static let windowMargin = (symbolSamples - windowSamples) / 2
    private static let startMark = 16
    private static let endMark = 17
    /// Share of a window's power that its tone must have. White noise gives one of 18 tones about 0.05.
    private static let threshold: Float = 0.45

    private static func frequency(_ symbol: Int) -> Double {
        switch symbol {
        case startMark: 3200
        case endMark: 450
        default: 700 + 150 * Double(symbol)
        }
    }

    private static let coefficients: [Float] = (0..<18).map {
        Float(2 * cos(2 * .pi * frequency($0) / Double(MuLaw.sampleRate)))
    }

    /// The audio of a number: 8 kHz mono at -15 dBFS.
    package static func encode(_ number: UInt16) -> [Int16] {
        var pcm: [Int16] = []
        pcm.reserveCapacity(sampleCount)
        let amplitude = 32768 * pow(10, -15.0 / 20) * 2.0.squareRoot()
        let ramp = 40
        for symbol in symbols(number) {
            let step = 2 * Double.pi * frequency(symbol) / Double(MuLaw.sampleRate)
            for index in 0..<symbolSamples {
                // Ramps of 5 ms keep each tone's energy in its own band.
                let edge = min(index, symbolSamples - 1 - index)
                let gain = edge >= ramp ? 1 : 0.5 - 0.5 * cos(.pi * Double(edge) / Double(ramp))
                pcm.append(Int16((amplitude * gain * sin(step * Double(index))).rounded()))
            }
        }
        return pcm
    }

    /// Finds all numbers in line audio, in order.
    package static func decode(muLaw codes: [UInt8]) -> [Detection] { decode(pcm: MuLaw.decode(codes)) }

    /// Finds all numbers in 8 kHz mono audio, in order.
    package static func decode(pcm: [Int16]) -> [Detection] {
        let samples = pcm.map { Float($0) }
        var found: [Detection] = []
        var offset = 0
        // The tail may be cut by up to a tone's margin.
        while offset + sampleCount - windowMargin <= samples.count {
            if let start = start(in: samples, near: offset), let number = number(in: samples, at: start) {
                found.append(Detection(number: number, offset: max(0, start)))
                offset = start + sampleCount - windowMargin
            } else {
                offset += windowMargin
            }
        }
        return found
    }

    private static func symbols(_ number: UInt16) -> [Int] {
        let digits = [12, 8, 4, 0].map { Int(number >> UInt16($0)) & 15 }
        let check = checksum(number)
        return [startMark, endMark] + digits + [Int(check >> 4), Int(check & 15), endMark]
    }

    /// CRC-8 with polynomial 0x07, started at 0xA5 so that the all-zero number has a check too.
    private static func checksum(_ number: UInt16) -> UInt8 {
        var crc: UInt8 = 0xA5
        for byte in [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] {
            crc ^= byte
            for _ in 0..<8 { crc = crc & 0x80 != 0 ? crc << 1 ^ 0x07 : crc << 1 }
        }
        return crc
    }

    /// The best place for the start marks within half a tone after `offset`, or nil.
    private static func start(in samples: [Float], near offset: Int) -> Int? {
        guard share(of: startMark, in: samples, at: offset + windowMargin) > threshold else { return nil }
        var best: (score: Float, start: Int)?
        for shift in stride(from: -windowMargin * 2, through: symbolSamples, by: 20) {
            let start = offset + shift
            let first = share(of: startMark, in: samples, at: start + windowMargin)
            let second = share(of: endMark, in: samples, at: start + symbolSamples + windowMargin)
            guard first > threshold, second > threshold else { continue }
            // Close to the boundary each tone leaks out of its own place; count that too.
            let leak = share(of: endMark, in: samples, at: start + windowMargin + windowMargin)
            let score = first + second - leak
            if score > best?.score ?? 0 { best = (score, start) }
        }
        return best?.start
    }

    private static func number(in samples: [Float], at start: Int) -> UInt16? {
        var digits: [Int] = []
        for place in 2..<8 {
            let at = start + place * symbolSamples + windowMargin
            var best = (share: threshold, symbol: -1)
            for symbol in 0..<16 {
                let value = share(of: symbol, in: samples, at: at)
                if value > best.share { best = (value, symbol) }
            }
            guard best.symbol >= 0 else { return nil }
            digits.append(best.symbol)
        }
        let end = start + 8 * symbolSamples + windowMargin
        guard share(of: endMark, in: samples, at: end) > threshold else { return nil }
        let number = digits.prefix(4).reduce(UInt16(0)) { $0 << 4 | UInt16($1) }
        return UInt8(digits[4] << 4 | digits[5]) == checksum(number) ? number : nil
    }

    /// The share of a window's power that one tone has (Goertzel's algorithm), 0...1.
    private static func share(of symbol: Int, in samples: [Float], at start: Int) -> Float {
        guard start >= 0, start + windowSamples <= samples.count else { return 0 }
        let coefficient = coefficients[symbol]
        var (s1, s2, power): (Float, Float, Float) = (0, 0, 0)
        for index in start..<(start + windowSamples) {
            let sample = samples[index]
            power += sample * sample
            (s1, s2) = (sample + coefficient * s1 - s2, s1)
        }
        // Under -50 dBFS there is no tone of ours, whatever its share.
        guard power > 10_000 * Float(windowSamples) else { return 0 }
        let tone = s1 * s1 + s2 * s2 - coefficient * s1 * s2
        return min(1, tone * 2 / (power * Float(windowSamples)))
    }
}
