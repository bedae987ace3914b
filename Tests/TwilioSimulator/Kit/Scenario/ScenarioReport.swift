/// A scenario that was run: what the caller heard, when, and whether the expectations came true.
package struct ScenarioReport: Sendable {
    package var scenario: Scenario
    package var result: CallResult
    package var verdicts: [ScenarioVerdict]

    package var passed: Bool { verdicts.allSatisfy(\.passed) }

    /// For people.
    package var text: String {
        let report = result.report
        var text = "── \(scenario.name): \(passed ? "PASS" : "FAIL")  (\(report.callSid), \(Self.seconds(report.durationMs)) s)\n"
        if !scenario.about.isEmpty { text += "   \(scenario.about)\n" }
        for line in timeline { text += "   \(line)\n" }
        // As a load run says it: the figures are then the simulator's, not the application's.
        let delay = Int(report.counters.worstTickDelayMs)
        if delay > 200 { text += "   the simulator itself was late by up to \(delay) ms: this machine was busy\n" }
        for verdict in verdicts {
            text += "   \(verdict.passed ? "PASS" : "FAIL")  \(verdict.expectation)"
            text += verdict.passed && verdict.expectation.count + verdict.found.count > 200 ? "\n" : "  [\(verdict.found)]\n"
        }
        return text
    }

    /// Events that would drown the others.
    private static let hidden: Set<String> = ["mark-returned", "agent-audio", "play", "heard", "play-finished", "stream-connecting", "pong"]

    /// What happened and what was heard, in order.
    package var timeline: [String] {
        let report = result.report
        var lines: [(ms: Int, text: String)] = report.timeline.filter { !Self.hidden.contains($0.kind) }.map { ($0.ms, "\($0.kind)  \($0.detail)") }
        for span in report.agentSpeech {
            let verb = report.verbs.last { $0.startMs <= span.startMs + 40 }?.name ?? "?"
            let numbers = (report.spoken?.heard ?? []).filter { (span.startMs...span.endMs + 200).contains($0.ms) }.map { "\($0.number)" }
            lines.append(
                (span.startMs, "HEARD until \(Self.seconds(span.endMs))  (\(verb))" + (numbers.isEmpty ? "" : "  " + numbers.joined(separator: " "))))
        }
        for silence in SilenceMeter.silences(of: report, graceMs: 0) where silence.endMs - silence.startMs >= 1000 {
            lines.append((silence.startMs, "silence of \(Self.seconds(silence.endMs - silence.startMs)) s"))
        }
        return lines.enumerated().sorted { ($0.element.ms, $0.offset) < ($1.element.ms, $1.offset) }.map { line in
            let time = Self.seconds(line.element.ms)
            return String(repeating: " ", count: max(0, 8 - time.count)) + time + "  " + line.element.text
        }
    }

    private static func seconds(_ milliseconds: Int) -> String {
        let fraction = String(milliseconds % 1000)
        return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }
}
