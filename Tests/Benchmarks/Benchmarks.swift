import ArgumentParser

/// Measurements of parts that a whole call would hide. They print and assert nothing: machines differ.
@main
struct Benchmarks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "maane-benchmarks", abstract: "Measures parts of the application.",
        subcommands: [
            BusBenchmark.self, JournalBenchmark.self, RecogniserBenchmark.self, ServerBenchmark.self, LoadBenchmark.self, LoadTable.self,
        ])
}

/// Sorted samples.
struct Distribution {
    private let sorted: [Double]
    init(_ samples: [Double]) { sorted = samples.sorted() }
    func percentile(_ share: Double) -> Double {
        sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }
    /// Two decimals.
    func line(_ unit: String) -> String {
        func text(_ value: Double) -> String { value.isNaN ? "-" : "\((value * 100).rounded() / 100)" }
        return
            "p50 \(text(percentile(0.5))) \(unit), p99 \(text(percentile(0.99))) \(unit), max \(text(sorted.last ?? .nan)) \(unit) (n = \(sorted.count))"
    }
}
