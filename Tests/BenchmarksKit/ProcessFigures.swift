import Glibc

/// What the kernel says of one process now.
package struct ProcessFigures: Sendable, Equatable {
    /// Seconds of CPU of all its threads, those that have ended included.
    package let cpu: Double
    /// Megabytes that are resident, and the same with shared pages divided among those who share them.
    package let resident: Double
    package let proportional: Double

    /// - Parameter process: a pid, or `self`.
    /// - Returns: nil when there is no such process.
    package init?(_ process: String) {
        guard let stat = text("/proc/\(process)/stat"), let ticks = Self.ticks(stat), let memory = text("/proc/\(process)/smaps_rollup")
        else { return nil }
        cpu = Double(ticks) / Double(sysconf(CInt(_SC_CLK_TCK)))
        resident = Self.megabytes("Rss:", in: memory)
        proportional = Self.megabytes("Pss:", in: memory)
    }

    /// User and system time in clock ticks. The second field is a name in parentheses, which may hold spaces.
    package static func ticks(_ stat: String) -> Int? {
        guard let end = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return nil }
        return user + system
    }

    package static func megabytes(_ field: String, in memory: String) -> Double {
        let line = memory.split(separator: "\n").first { $0.hasPrefix(field) }
        return line.flatMap { $0.split(separator: " ").dropFirst().first.flatMap { Double($0) } }.map { $0 / 1_024 } ?? 0
    }
}

/// The whole machine's processors.
package struct MachineFigures: Sendable, Equatable {
    /// Seconds of CPU that somebody used, of all processors together.
    package let busy: Double
    /// Runnable threads, averaged over a minute.
    package let load: Double

    package init() {
        let stat = text("/proc/stat")?.split(separator: "\n").first.map { $0.split(separator: " ").dropFirst().compactMap { Double($0) } } ?? []
        // user, nice, system, idle, iowait, irq, softirq, steal
        let used = stat.enumerated().filter { ![3, 4].contains($0.offset) && $0.offset < 8 }.map(\.element).reduce(0, +)
        busy = used / Double(sysconf(CInt(_SC_CLK_TCK)))
        load = text("/proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) } ?? 0
    }
}

/// A short file of the kernel's.
private func text(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 8_192)
    let count = read(descriptor, &buffer, buffer.count)
    return count < 0 ? nil : String(decoding: buffer.prefix(count), as: UTF8.self)
}
