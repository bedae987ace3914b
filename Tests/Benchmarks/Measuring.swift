import Glibc

/// Microseconds of CLOCK_MONOTONIC: the same in all processes.
func monotonicMicroseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000
}

/// Counts of latencies in steps of 10 µs up to a second; recording costs no allocation.
struct Histogram: Sendable {
    private var counts = [Int](repeating: 0, count: 100_001)
    private(set) var total = 0
    private(set) var maximum = 0

    mutating func add(_ microseconds: Int) {
        counts[min(max(0, microseconds / 10), 100_000)] += 1
        total += 1
        maximum = max(maximum, microseconds)
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

/// CPU time in microseconds by the name of the thread, from the kernel's account of it.
func cpuByThread(_ process: String) -> [String: Double] {
    var result: [String: Double] = [:]
    guard let directory = opendir("/proc/\(process)/task") else { return result }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) } }
        guard name.first != ".", let comm = contents("/proc/\(process)/task/\(name)/comm"),
            let account = contents("/proc/\(process)/task/\(name)/schedstat"),
            let nanoseconds = account.split(separator: " ").first.flatMap({ Double($0) })
        else { continue }
        result[String(comm.prefix { $0 != "\n" }), default: 0] += nanoseconds / 1_000
    }
    return result
}

func contents(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &buffer, buffer.count)
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
}

/// Two decimals.
func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

struct BenchmarkError: Error, CustomStringConvertible { let description: String }
