import Glibc

/// Converts the sample rate of 16-bit mono audio, with state.
///
/// A polyphase filter: the ratio is reduced to `up / down`, and each of the `up` phases has its own row
/// of a Kaiser-windowed sinc. Output sample n stands at input time n * down / up, without delay, so the
/// output never depends on how the input was cut into chunks. The last output samples wait for
/// input that follows them: ``flush()`` gives them out.
///
/// Copies share the filter and not the state: keep one fresh value and copy it, to build the filter once.
package struct Resampler: Sendable {
    /// Input rate, in Hz.
    package let inputRate: Int
    /// Output rate, in Hz.
    package let outputRate: Int
    private let filter: Filter?
    /// Input samples not yet passed by; begins with the left half of the next output's window.
    private var window: [Float]
    /// Index in `window` of the input sample at or before the next output sample.
    private var position: Int
    /// How far the next output lies behind that sample, in units of 1 / up.
    private var phase = 0
    private var inputCount = 0
    private var outputCount = 0

    /// - Parameters:
    ///   - inputRate: input rate, in Hz, above 0.
    ///   - outputRate: output rate, in Hz, above 0.
    package init(from inputRate: Int, to outputRate: Int) {
        precondition(inputRate > 0 && outputRate > 0, "A sample rate is above 0 Hz.")
        self.inputRate = inputRate
        self.outputRate = outputRate
        filter = inputRate == outputRate ? nil : Filter(from: inputRate, to: outputRate)
        window = [Float](repeating: 0, count: filter?.left ?? 0)
        position = filter?.left ?? 0
    }

    /// Takes a chunk in and returns what can be computed by now.
    package mutating func process(_ input: [Int16]) -> [Int16] {
        input.withUnsafeBufferPointer { process($0) }
    }

    /// Takes a chunk in and returns what can be computed by now.
    package mutating func process(_ input: UnsafeBufferPointer<Int16>) -> [Int16] {
        guard let filter else { return Array(input) }
        inputCount += input.count
        window.reserveCapacity(window.count + input.count + filter.taps)
        for sample in input { window.append(Float(sample)) }
        return drain(filter, limit: .max)
    }

    /// Returns the rest, so that the whole output lasts as long as the whole input (rounded up to a
    /// sample), and begins anew: the next chunk is the start of other audio.
    package mutating func flush() -> [Int16] {
        guard let filter else { return [] }
        let total = (inputCount * filter.up + filter.down - 1) / filter.down
        window.append(contentsOf: repeatElement(0, count: filter.taps))
        let rest = drain(filter, limit: total)
        window.removeAll(keepingCapacity: true)
        window.append(contentsOf: repeatElement(0, count: filter.left))
        position = filter.left
        phase = 0
        inputCount = 0
        outputCount = 0
        return rest
    }

    private mutating func drain(_ filter: Filter, limit: Int) -> [Int16] {
        let last = window.count - (filter.taps - filter.left)
        guard position <= last, outputCount < limit else { return [] }
        var output: [Int16] = []
        output.reserveCapacity(((last - position + 1) * filter.up) / filter.down + 1)
        var (position, phase, produced) = (position, phase, outputCount)
        filter.rows.withUnsafeBytes { rows in
            window.withUnsafeBytes { samples in
                while position <= last, produced < limit {
                    let value = Filter.dot(
                        rows, row: phase * filter.taps, samples, at: position - filter.left, count: filter.taps)
                    output.append(Int16(max(-32768, min(32767, value.rounded()))))
                    produced += 1
                    phase += filter.down
                    position += phase / filter.up
                    phase %= filter.up
                }
            }
        }
        let passed = min(position - filter.left, window.count)
        window.removeFirst(passed)
        self.position = position - passed
        self.phase = phase
        outputCount = produced
        return output
    }
}

/// The filter's rows: one per phase, `taps` coefficients each.
private final class Filter: Sendable {
    let up: Int
    let down: Int
    /// Coefficients per row, a multiple of 8 for the vector unit.
    let taps: Int
    /// How many input samples of the window lie before the position.
    let left: Int
    let rows: [Float]

    init(from inputRate: Int, to outputRate: Int) {
        let divisor = greatestCommonDivisor(inputRate, outputRate)
        up = outputRate / divisor
        down = inputRate / divisor
        // In units of the input rate. 24 zero crossings and beta 8 give about 80 dB of rejection and a transition
        // of 0.22 of the narrower band. Centred at 0.94 of it, 22050 to 8000 Hz keeps 3400 Hz to 0.3 dB, and what
        // folds back from above 4000 Hz lands above 3800 Hz, outside the telephone band.
        let narrower = min(1, Double(outputRate) / Double(inputRate))
        let zeroCrossings = 24.0
        let beta = 8.0
        let half = zeroCrossings / narrower
        let cutoff = narrower * 0.94
        left = Int(half.rounded(.up))
        taps = (2 * left + 1 + 7) / 8 * 8
        var rows = [Float](repeating: 0, count: up * taps)
        var row = [Double](repeating: 0, count: taps)
        for phase in 0..<up {
            var sum = 0.0
            for tap in 0..<taps {
                let distance = Double(tap - left) - Double(phase) / Double(up)
                let value = kaiser(distance / half, beta: beta) * sinc(cutoff * distance)
                row[tap] = value
                sum += value
            }
            // Every row passes a constant unchanged: otherwise the phases modulate the signal.
            for tap in 0..<taps { rows[phase * taps + tap] = Float(row[tap] / sum) }
        }
        self.rows = rows
    }

    /// The compiler may not reorder a floating-point sum; eight running sums written out are vector code.
    @inline(__always)
    static func dot(
        _ rows: UnsafeRawBufferPointer, row: Int, _ samples: UnsafeRawBufferPointer, at index: Int,
        count: Int
    ) -> Float {
        var sums = SIMD8<Float>.zero
        var tap = 0
        while tap < count {
            let coefficients = rows.loadUnaligned(fromByteOffset: (row + tap) * 4, as: SIMD8<Float>.self)
            let values = samples.loadUnaligned(fromByteOffset: (index + tap) * 4, as: SIMD8<Float>.self)
            sums += coefficients * values
            tap += 8
        }
        return sums.sum()
    }
}

private func greatestCommonDivisor(_ a: Int, _ b: Int) -> Int {
    b == 0 ? a : greatestCommonDivisor(b, a % b)
}

private func sinc(_ x: Double) -> Double {
    abs(x) < 1e-9 ? 1 : sin(.pi * x) / (.pi * x)
}

/// The Kaiser window at x in -1...1, 0 outside.
private func kaiser(_ x: Double, beta: Double) -> Double {
    guard abs(x) < 1 else { return 0 }
    return besselI0(beta * (1 - x * x).squareRoot()) / besselI0(beta)
}

/// The modified Bessel function of order 0, by its power series (converges for every argument).
private func besselI0(_ x: Double) -> Double {
    var sum = 1.0
    var term = 1.0
    var k = 1.0
    while term > sum * 1e-12 {
        term *= (x / (2 * k)) * (x / (2 * k))
        sum += term
        k += 1
    }
    return sum
}
