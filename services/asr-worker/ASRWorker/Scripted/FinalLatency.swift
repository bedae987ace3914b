import Foundation

/// How long the final transcript of an utterance takes.
package enum FinalLatency: Sendable, Equatable {
    /// Milliseconds from the moment when the recogniser is told of the utterance's end.
    case fixed(Int)
    /// As a provider elsewhere: milliseconds from the end of the last word, never before the utterance's end is told. Half of them take at most
    /// `median`, 95 of 100 at most `p95`.
    case provider(median: Int, p95: Int)

    /// Published figures for English, 1,000 samples each: Deepgram nova-3, and Google's latest_long.
    package static let fast = FinalLatency.provider(median: 247, p95: 298)
    package static let google = FinalLatency.provider(median: 878, p95: 1_155)

    /// Milliseconds (0 to 10000), `fast` or `google`.
    package init?(_ text: String) {
        switch text {
        case "fast": self = .fast
        case "google": self = .google
        default:
            guard let milliseconds = Int(text), (0...10_000).contains(milliseconds) else { return nil }
            self = .fixed(milliseconds)
        }
    }

    /// Milliseconds from now, at the utterance's end, to its final.
    /// - Parameters:
    ///   - silence: milliseconds since the last word's end.
    ///   - seed: the same seed gives the same time.
    func delay(afterSilence silence: Int, seed: UInt64) -> Int {
        switch self {
        case .fixed(let milliseconds): milliseconds
        case .provider(let median, let p95): max(0, Self.sample(median: Double(median), p95: Double(p95), seed: seed) - max(0, silence))
        }
    }

    /// Latencies are skewed: their logarithms are taken for normally distributed. 1.645 standard deviations are the 95th of 100.
    private static func sample(median: Double, p95: Double, seed: UInt64) -> Int {
        let sigma = log(p95 / median) / 1.645
        let (first, second) = (unit(seed), unit(seed &+ 0x9E37_79B9_7F4A_7C15))
        let normal = (-2 * log(max(first, .leastNormalMagnitude))).squareRoot() * cos(2 * .pi * second)
        // Three standard deviations: nobody has measured what lies beyond.
        return Int((median * exp(sigma * min(3, max(-3, normal)))).rounded())
    }

    /// 0 to 1 from the seed's bits, mixed.
    private static func unit(_ seed: UInt64) -> Double {
        var mixed = seed &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}
