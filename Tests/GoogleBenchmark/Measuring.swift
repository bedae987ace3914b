import Foundation
import Glibc

/// Microseconds of CLOCK_MONOTONIC: the same in all processes.
func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}

/// Counts of latencies in steps of 10 µs up to a second.
struct Histogram: Sendable {
    private var counts = [Int](repeating: 0, count: 100_001)
    private(set) var total = 0

    mutating func add(_ microseconds: Int) {
        counts[min(max(0, microseconds / 10), 100_000)] += 1
        total += 1
    }

    /// Milliseconds.
    func quantile(_ share: Double) -> Double {
        var left = Int((Double(total) * share).rounded(.up))
        for (step, count) in counts.enumerated() {
            left -= count
            if left <= 0 { return Double(step) / 100 }
        }
        return 1_000
    }
}

/// Of all threads, the kernel's account.
func cpuMicroseconds(_ process: String) -> Double {
    let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
    return tasks.reduce(0) { sum, task in
        let account = FileManager.default.contents(atPath: "/proc/\(process)/task/\(task)/schedstat")
        return sum + (account.flatMap { Double(String(decoding: $0, as: UTF8.self).prefix { $0 != " " }) } ?? 0) / 1000
    }
}

func residentBytes() -> Int {
    let text = FileManager.default.contents(atPath: "/proc/self/statm").map { String(decoding: $0, as: UTF8.self) } ?? ""
    let words = text.split(separator: " ")
    return words.count > 1 ? (Int(words[1]) ?? 0) * 4096 : 0
}

/// Two decimals.
func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

/// For `localhost`, with its key, in a folder of its own.
final class BenchCertificate {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "google-benchmark-\(getpid())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/server.key", "-out", "\(folder)/server.pem",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw BenchmarkFailure(description: "openssl made no certificate") }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }
}
