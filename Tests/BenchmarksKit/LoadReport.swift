/// What came of one number of calls. Milliseconds, megabytes, seconds of CPU.
package struct LoadReport: Sendable, Equatable, Codable {
    package struct Process: Sendable, Equatable, Codable {
        package var name: String
        /// nil: it ended or was restarted meanwhile.
        package var cpuPerCallMinute: Double?
        package var idleResident: Double
        package var resident: Double?
        package var proportional: Double?
        package init(_ name: String, before: ProcessFigures?, after: ProcessFigures?, callMinutes: Double) {
            self.name = name
            if let before, let after { cpuPerCallMinute = (after.cpu - before.cpu) / callMinutes }
            idleResident = before?.resident ?? 0
            resident = after?.resident
            proportional = after?.proportional
        }
    }

    /// The load caller itself: what it measures is only as good as it keeps time.
    package struct Caller: Sendable, Equatable, Codable {
        package var frames = 0
        /// Sent more than 5 ms after they were due.
        package var late = 0
        package var latenessP99 = 0.0
        package var latenessWorst = 0.0
        /// Share of one processor.
        package var cpu = 0.0
        /// Frames that the gateway's socket did not take at once.
        package var stalls = 0

        package static let lateness = 5
        /// One frame in a hundred late, or hardly any time left: what is measured then is partly the caller.
        package var wasTheLimit: Bool { latenessP99 > Double(Self.lateness) || cpu > 0.85 }
        package var verdict: String {
            let figures = "p99 of its frames \(short(latenessP99)) ms late, worst \(short(latenessWorst)), \(late) of \(frames) over "
                + "\(Self.lateness) ms; \(short(cpu * 100)) % of a processor; \(stalls) waited for the gateway"
            return wasTheLimit
                ? "the load caller WAS THE LIMIT: its delays are upper bounds (\(figures))" : "the load caller was not the limit (\(figures))"
        }
        package init() {}
    }

    package var calls: Int
    package var seconds: Double
    /// Of the providers: `none`, or the name of a profile.
    package var profile: String
    /// Taken off the delays.
    package var silenceRule: Int
    package var asked = 0
    package var lost = 0
    package var doubled = 0
    package var overlaps = 0
    package var linesClosed = 0
    /// From the last voiced frame sent to the first audible one received, less the silence rule.
    package var sound = Percentiles([])
    /// The same to the reply's own first sound, without fillers.
    package var reply = Percentiles([])
    package var underruns = Percentiles([])
    package var gaps = Percentiles([])
    package var caller = Caller()
    package var processes: [Process] = []
    /// Sum of the idle fleet's memory, which every call shares.
    package var idleMemory = 0.0
    package var loadBefore = 0.0
    package var loadAfter = 0.0
    /// Processors of which others than fleet and caller made use meanwhile.
    package var others = 0.0

    package init(calls: Int, seconds: Double, profile: String, silenceRule: Int) {
        self.calls = calls
        self.seconds = seconds
        self.profile = profile
        self.silenceRule = silenceRule
    }

    /// CPU-seconds per call-minute of all processes; nil when one has no figure.
    package var fleetCPU: Double? { sum(\.cpuPerCallMinute) }
    /// Growth over the idle fleet, divided by the calls.
    package var memoryPerCall: Double? { sum(\.resident).map { ($0 - idleMemory) / Double(max(1, calls)) } }
    package var proportional: Double? { sum(\.proportional) }

    private func sum(_ value: KeyPath<Process, Double?>) -> Double? {
        let values = processes.compactMap { $0[keyPath: value] }
        return values.count == processes.count ? values.reduce(0, +) : nil
    }

    package func lines() -> [String] {
        var lines = [
            "\(calls) calls, \(short(seconds)) s of talk, providers \(profile == "none" ? "that cost nothing" : "like \(profile)")",
            "  turns \(asked), lost \(lost), doubled \(doubled), spoken over the caller \(overlaps), lines closed \(linesClosed)",
            "  last voiced frame to first sound\(silenceRule > 0 ? ", less \(silenceRule) ms" : ""): \(text(sound))",
        ]
        if reply != sound { lines.append("  to the reply itself, fillers left out: \(text(reply))") }
        lines.append("  underruns \(text(underruns)); silences between a reply's sentences \(text(gaps))")
        lines.append("  \(caller.verdict)")
        lines.append(
            "  others used \(short(others)) processors meanwhile; load \(short(loadBefore)) before, \(short(loadAfter)) after")
        lines.append(Self.line("process", ["CPU s per call-minute", "MB idle", "MB", "MB (PSS)"]))
        for process in processes {
            let cpu = process.cpuPerCallMinute == nil ? "restarted" : decimals(process.cpuPerCallMinute, 4)
            let memory = [process.idleResident, process.resident, process.proportional].map { decimals($0, 1) }
            lines.append(Self.line(process.name, [cpu] + memory))
        }
        let memory = [idleMemory, sum(\.resident), proportional].map { decimals($0, 1) }
        lines.append(Self.line("fleet", [decimals(fleetCPU, 4)] + memory) + "; \(decimals(memoryPerCall, 3)) MB per call")
        return lines
    }

    private static func line(_ name: String, _ values: [String]) -> String {
        "  " + name.padded(12) + zip(values, [23, 10, 8, 10]).map { $0.leading($1) }.joined()
    }

    private func text(_ figures: Percentiles) -> String {
        guard figures.count > 0 else { return "none" }
        func value(_ value: Double?) -> String { decimals(value, 1) }
        return "p50 \(value(figures.p50)) p95 \(value(figures.p95)) p99 \(value(figures.p99)) max \(value(figures.max)) ms (\(figures.count))"
    }

    /// One line for each number of calls.
    package static func table(_ reports: [LoadReport]) -> [String] {
        let head = [
            "profile", "calls", "turns", "lost", "doubled", "p50", "p95", "p99", "max", "underruns", "gaps", "CPU s/call-min", "MB/call", "caller",
            "others",
        ]
        let rows = [head] + reports.sorted { $0.place < $1.place }.map(\.row)
        let widths = head.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in row.indices.map { row[$0].leading(widths[$0]) }.joined(separator: "  ") }
    }

    /// Its own cost first, then the profiles.
    private var place: (String, Int) { (profile == "none" ? "" : profile, calls) }

    private var row: [String] {
        let counts = [calls, asked, lost, doubled].map { String($0) }
        let delays = [sound.p50, sound.p95, sound.p99, sound.max].map { decimals($0, 1) }
        let holes = [underruns.count, gaps.count].map { String($0) }
        return [profile] + counts + delays + holes
            + [decimals(fleetCPU, 3), decimals(memoryPerCall, 2), caller.wasTheLimit ? "LIMIT" : "in time", decimals(others, 2)]
    }
}

extension String {
    func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func leading(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}

/// One decimal at most.
private func short(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths / 10))" : "\(tenths / 10)"
}

private func decimals(_ value: Double?, _ decimals: Int) -> String {
    guard let value else { return "-" }
    var unit = 1.0
    for _ in 0..<decimals { unit *= 10 }
    let whole = Int64((abs(value) * unit).rounded())
    let sign = value < 0 && whole > 0 ? "-" : ""
    guard decimals > 0 else { return "\(sign)\(whole)" }
    let digits = String(whole % Int64(unit))
    return "\(sign)\(whole / Int64(unit))." + String(repeating: "0", count: decimals - digits.count) + digits
}
