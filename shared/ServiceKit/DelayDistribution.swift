import Foundation

/// Delays of a provider elsewhere, by what is published of them: quantiles in milliseconds. A value; the same seed gives the same delay.
///
/// Latencies are skewed: their logarithms are taken for normally distributed between the quantiles that are known.
package struct DelayDistribution: Sendable, Equatable {
    /// Half of all delays are at most this.
    package let median: Double
    /// 95 of 100, and 99 of 100.
    package let p95: Double
    package let p99: Double

    /// Standard deviations from the median to the 95th and the 99th of 100.
    private static let z95 = 1.645
    private static let z99 = 2.326
    /// Nobody has measured what lies beyond.
    private static let farthest = 3.0

    /// - Parameter p99: nil: nobody has published it, and the tail goes on as it begins.
    package init(median: Double, p95: Double, p99: Double? = nil) {
        self.median = median
        self.p95 = p95
        self.p99 = p99 ?? median * exp(log(p95 / median) / Self.z95 * Self.z99)
    }

    /// Only these two are published.
    package init(median: Double, p99: Double) {
        self.init(median: median, p95: median * exp(log(p99 / median) / Self.z99 * Self.z95), p99: p99)
    }

    /// `median/p95` or `median/p95/p99`: milliseconds from 1 to 60000 that do not fall.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        let values = parts.compactMap { $0 }
        guard (2...3).contains(parts.count), values.count == parts.count, values == values.sorted(), values.allSatisfy({ (1...60_000).contains($0) })
        else { return nil }
        self.init(median: Double(values[0]), p95: Double(values[1]), p99: values.count == 3 ? Double(values[2]) : nil)
    }

    /// Milliseconds of the delay that lies so many standard deviations from the median.
    package func value(atDeviation z: Double) -> Double {
        let z = min(Self.farthest, max(-Self.farthest, z))
        guard z > Self.z95 else { return median * exp(log(p95 / median) / Self.z95 * z) }
        return p95 * exp(log(p99 / p95) / (Self.z99 - Self.z95) * (z - Self.z95))
    }

    /// Milliseconds.
    package func sample(seed: UInt64) -> Int {
        let (first, second) = (Self.unit(seed), Self.unit(seed &+ 0x9E37_79B9_7F4A_7C15))
        let normal = (-2 * log(max(first, .leastNormalMagnitude))).squareRoot() * cos(2 * .pi * second)
        return Int(value(atDeviation: normal).rounded())
    }

    /// A seed for one turn of one call: calls differ, and a call that moves between workers takes the same time in both.
    package static func seed(_ seed: UInt64, call: String, turn: Int) -> UInt64 {
        call.utf8.reduce(seed ^ 14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 } ^ UInt64(bitPattern: Int64(turn))
    }

    /// 0 to 1 from the seed's bits, mixed.
    private static func unit(_ seed: UInt64) -> Double {
        var mixed = seed &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((mixed ^ (mixed >> 31)) >> 11) / Double(1 << 53)
    }
}
