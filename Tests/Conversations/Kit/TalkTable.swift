import TwilioSimulatorKit

/// The figures of some calls: a row of the table.
package struct TalkRow: Sendable, Codable {
    package var name: String
    package var calls = 0
    package var turns = 0
    package var endDelay: LoadReport.Distribution?
    package var replyDelay: LoadReport.Distribution?
    package var cutIns = 0
    /// Turns for which a cut counts.
    package var cuttable = 0
    package var missedEnds = 0
    package var lost = 0
    package var bargeIns = 0
    package var missedBargeIns = 0
    package var stopFromVoice: LoadReport.Distribution?
    package var stopFromDecision: LoadReport.Distribution?
    /// Sounds over the agent that must not stop it.
    package var harmless = 0
    package var falseBargeIns = 0
    package var resumed = 0
    package var extraTurns = 0
    package var duplicates = 0
    package var stuck = 0

    package init(name: String, _ scores: [TalkScore]) {
        self.name = name
        calls = scores.count
        let all = scores.flatMap(\.turns)
        turns = all.count
        // A turn that was cut has no end of its own, and one that ended before its end was cut.
        endDelay = .init(all.filter { !$0.isCutInto && !$0.isLost }.compactMap(\.endDelay).filter { $0 > -100 })
        replyDelay = .init(all.filter { !$0.isCutInto && !$0.isLost }.compactMap(\.replyDelay))
        cutIns = all.count(where: \.isCutInto)
        cuttable = all.count(where: \.countsForCuts)
        missedEnds = all.count(where: \.isMissedEnd)
        lost = all.count(where: \.isLost)
        let interruptions = scores.flatMap(\.interruptions)
        let (real, harmless) = (interruptions.filter(\.mustStop), interruptions.filter { !$0.mustStop })
        bargeIns = real.count
        missedBargeIns = real.count { !$0.hasStopped }
        stopFromVoice = .init(real.compactMap(\.fromVoice))
        stopFromDecision = .init(real.compactMap(\.fromDecision))
        self.harmless = harmless.count
        falseBargeIns = harmless.count { $0.hasStopped && !$0.hasResumed }
        resumed = harmless.count(where: \.hasResumed)
        extraTurns = scores.reduce(0) { $0 + $1.extraTurns }
        duplicates = scores.reduce(0) { $0 + $1.duplicates }
        stuck = scores.count { $0.stuck != nil }
    }

    /// Of 100.
    package var cutInPercent: Double { cuttable == 0 ? 0 : 100 * Double(cutIns) / Double(cuttable) }
    package var falsePercent: Double { harmless == 0 ? 0 : 100 * Double(falseBargeIns) / Double(harmless) }
}

/// All figures of a run.
package struct TalkTable: Sendable, Codable {
    package var rows: [TalkRow]
    package var total: TalkRow
    package var command: String
    package var seconds: Double
    package var lateTicks: Int
    package var ticks: Int

    package init(_ scores: [TalkScore], records: [TalkRecord], command: String, seconds: Double) {
        rows = Dictionary(grouping: scores, by: \.category).sorted { $0.key < $1.key }.map { TalkRow(name: $0.key, $0.value) }
        total = TalkRow(name: "total", scores)
        self.command = command
        self.seconds = seconds
        ticks = records.reduce(0) { $0 + $1.ticks }
        lateTicks = records.reduce(0) { $0 + $1.lateTicks }
    }

    /// As the simulator's load does: with more than one tick in a hundred late, the figures are ours.
    package var keptPace: Bool { lateTicks * 100 <= ticks }

    /// Goals for the whole set. nil: not asked for.
    package struct Thresholds: Sendable {
        package var endMedian: Double?
        package var cutInPercent: Double?
        package var missedEndPercent: Double?
        package var stopP95: Double?
        package var falsePercent: Double?
        package var missedPercent: Double?
        /// Ticks of the simulated callers that may be late. With more than one the times are the harness's own.
        package var latePercent = 1

        package init() {}
    }

    /// What is wrong; empty: nothing.
    package func faults(_ thresholds: Thresholds) -> [String] {
        var faults: [String] = []
        if total.duplicates > 0 { faults.append("\(total.duplicates) duplicates") }
        if total.stuck > 0 { faults.append("\(total.stuck) calls got stuck") }
        if total.lost > 0 { faults.append("\(total.lost) turns were lost") }
        if total.calls == 0 || total.turns == 0 { faults.append("nothing was scored") }
        if lateTicks * 100 > ticks * thresholds.latePercent { faults.append("the simulated callers fell behind: \(lateTicks) of \(ticks) ticks were late; use fewer calls at once") }
        func check(_ name: String, _ value: Double?, _ limit: Double?) {
            guard let limit else { return }
            guard let value else { return faults.append("\(name): nothing was measured") }
            if value > limit { faults.append("\(name) is \(Self.number(value)), more than \(Self.number(limit))") }
        }
        check("the median end of turn (ms)", total.endDelay?.p50, thresholds.endMedian)
        check("cut-ins (%)", total.cutInPercent, thresholds.cutInPercent)
        check("missed ends (%)", Self.percent(total.missedEnds, of: total.turns), thresholds.missedEndPercent)
        check("the stop after the decision, p95 (ms)", total.stopFromDecision?.p95, thresholds.stopP95)
        check("false barge-ins (%)", total.falsePercent, thresholds.falsePercent)
        check("missed barge-ins (%)", Self.percent(total.missedBargeIns, of: total.bargeIns), thresholds.missedPercent)
        return faults
    }

    private static func percent(_ part: Int, of all: Int) -> Double { all == 0 ? 0 : 100 * Double(part) / Double(all) }

    // MARK: - Text

    package var text: String {
        let head = [
            "category", "calls", "turns", "end p50", "end p95", "reply p50", "cut-ins", "missed", "lost", "barge-ins", "missed", "voice p50", "p95",
            "decided p50", "p95", "harmless", "false", "resumed", "extra", "double", "stuck",
        ]
        let lines = [head] + (rows + [total]).map(Self.cells)
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { cells in
            cells.enumerated().map { index, cell in
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                return index == 0 ? cell + padding : padding + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func cells(_ row: TalkRow) -> [String] {
        func time(_ value: Double?) -> String { value.map { String(Int($0.rounded())) } ?? "–" }
        func share(_ count: Int, _ all: Int) -> String { all == 0 ? "–" : count == 0 ? "0" : "\(count) (\(number(percent(count, of: all))) %)" }
        return [
            row.name, String(row.calls), String(row.turns), time(row.endDelay?.p50), time(row.endDelay?.p95), time(row.replyDelay?.p50),
            share(row.cutIns, row.cuttable), share(row.missedEnds, row.turns), String(row.lost), String(row.bargeIns),
            share(row.missedBargeIns, row.bargeIns), time(row.stopFromVoice?.p50), time(row.stopFromVoice?.p95), time(row.stopFromDecision?.p50),
            time(row.stopFromDecision?.p95), String(row.harmless), share(row.falseBargeIns, row.harmless), String(row.resumed),
            String(row.extraTurns), String(row.duplicates), String(row.stuck),
        ]
    }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? String(tenths / 10) : "\(tenths / 10).\(abs(tenths % 10))"
    }
}
