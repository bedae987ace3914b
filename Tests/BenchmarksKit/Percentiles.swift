/// Order statistics of samples, in the samples' unit; nil where there are none.
package struct Percentiles: Sendable, Equatable, Codable {
    package let count: Int
    package let p50: Double?
    package let p95: Double?
    package let p99: Double?
    package let max: Double?

    package init(_ samples: [Double]) {
        let sorted = samples.sorted()
        count = sorted.count
        p50 = Self.quantile(0.5, of: sorted)
        p95 = Self.quantile(0.95, of: sorted)
        p99 = Self.quantile(0.99, of: sorted)
        max = sorted.last
    }

    /// The smallest sample that at least this share does not exceed (nearest rank).
    package static func quantile(_ share: Double, of sorted: [Double]) -> Double? {
        guard !sorted.isEmpty else { return nil }
        let rank = Int((share * Double(sorted.count)).rounded(.up))
        return sorted[Swift.min(sorted.count - 1, Swift.max(0, rank - 1))]
    }
}
