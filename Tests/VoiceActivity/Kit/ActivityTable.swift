/// The figures of one detector under one condition.
package struct ActivityRow: Sendable, Equatable, Codable {
    package var condition: String
    package var detector: String
    package var missPercent: Double
    package var alarmPercent: Double
    package var falseStartsPerMinute: Double
    /// Milliseconds; nil: no end before somebody spoke again.
    package var hangP50: Int?
    package var hangP95: Int?
    package var cutPercent: Double
    package var unheardPercent: Double

    package init(condition: String, detector: String, _ score: ActivityScore) {
        self.condition = condition
        self.detector = detector
        missPercent = score.missPercent
        alarmPercent = score.alarmPercent
        falseStartsPerMinute = score.falseStartsPerMinute
        hangP50 = score.hang(0.5)
        hangP95 = score.hang(0.95)
        cutPercent = score.cutPercent
        unheardPercent = score.unheardPercent
    }

    static let heads = ["misses %", "alarms %", "false/min", "hang p50", "p95", "cut %", "unheard %"]

    var cells: [String] {
        [
            Self.tenths(missPercent), Self.tenths(alarmPercent), Self.tenths(falseStartsPerMinute), Self.milliseconds(hangP50),
            Self.milliseconds(hangP95), Self.tenths(cutPercent), Self.tenths(unheardPercent),
        ]
    }

    static func tenths(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func milliseconds(_ value: Int?) -> String { value.map(String.init) ?? "never" }
}

/// Everything that a run measured.
package struct ActivityTable: Sendable, Codable {
    /// By condition, then detector; conditions named after the group come last.
    package var rows: [ActivityRow]
    /// Every setting of every detector, over all conditions.
    package var settings: [ActivityRow]
    /// Microseconds of CPU that a frame of 20 ms costs.
    package var cost: [String: Double]
    package var minutes: Double
    package var lines: Int

    package init(rows: [ActivityRow], settings: [ActivityRow], cost: [String: Double], minutes: Double, lines: Int) {
        self.rows = rows
        self.settings = settings
        self.cost = cost
        self.minutes = minutes
        self.lines = lines
    }

    package func text() -> String {
        var text = ["\(lines) lines, \(Int(minutes.rounded())) minutes", "", Self.line("condition", "detector", ActivityRow.heads)]
        text += rows.map { Self.line($0.condition, $0.detector, $0.cells) }
        text += ["", Self.line("all, by setting", "", ActivityRow.heads)]
        text += settings.map { Self.line("", $0.detector, $0.cells) }
        text += ["", "CPU of a frame of 20 ms:"]
        text += cost.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map { "  \(Self.left($0.key, 16)) \(Self.cost($0.value)) µs" }
        return text.joined(separator: "\n")
    }

    private static func line(_ condition: String, _ detector: String, _ cells: [String]) -> String {
        left(condition, 24) + left(detector, 16) + cells.map { right($0, 10) }.joined()
    }

    private static func cost(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths / 10 % 10)\(hundredths % 10)"
    }

    private static func left(_ text: String, _ width: Int) -> String { text + String(repeating: " ", count: max(1, width - text.count)) }
    private static func right(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }
}
