import ArgumentParser

/// Measurements of parts that a whole call would hide. They print and assert nothing: machines differ.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-benchmarks", abstract: "Measures parts of the application.", subcommands: [BusBenchmark.self, JournalBenchmark.self])
}

/// Sorted samples.
struct Distribution {
    private let sorted: [Double]
    init(_ samples: [Double]) { sorted = samples.sorted() }
    func percentile(_ share: Double) -> Double {
        sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
    /// Milliseconds, two decimals.
    var line: String {
        func text(_ value: Double) -> String { value.isNaN ? "-" : "\((value * 100).rounded() / 100)" }
        return "p50 \(text(percentile(0.5))) ms, p99 \(text(percentile(0.99))) ms, max \(text(sorted.last ?? .nan)) ms (n = \(sorted.count))"
    }
}
