import TwilioSimulatorKit

extension Verdict {
    /// For people: counts, distributions, and what went wrong.
    /// - Parameter findings: so many of each kind are told.
    package func text(of run: RunRecord, findings limit: Int = 12) -> String {
        var lines = ["", "seed \(run.plan.seed), \(run.callers) callers, \(run.calls.count) calls, \((run.ended - run.began) / 1000) s of chaos", ""]
        lines.append(Self.row("hit", ChaosKind.allCases.map(\.rawValue) + ["all"]))
        for target in ChaosTarget.allCases {
            let mine = run.events.filter { $0.event.target == target }
            guard !mine.isEmpty else { continue }
            lines.append(
                Self.row(target.rawValue, ChaosKind.allCases.map { kind in String(mine.count { $0.event.kind == kind }) } + [String(mine.count)]))
        }
        lines += [
            "",
            "utterances \(counts.utterances)  cut \(counts.cut)  repeated \(counts.repeated)  lost \(counts.lost)  doubled \(counts.doubled)  "
                + "unasked \(counts.unasked)  cut and not answered \(counts.cutUnanswered)",
            "repeated sentences \(counts.repeatedSentences) (\(counts.ttsDeaths) voices hit), around gateways \(counts.repeatedSentencesAtGateway)",
            "facts \(counts.facts)  lost \(counts.factsLost)  doubled \(counts.factsDoubled)  turns not understood \(counts.notUnderstood)",
            "calls lost \(findings.count { $0.kind == .callLost })  lines lost \(findings.count { $0.kind == .lineLost })  "
                + "fallback URL asked \(run.calls.reduce(0) { $0 + $1.fallbacks })",
            "",
        ]
        if let calmMedian {
            lines.append("extra silence in ms (longest silence of a turn; the median of calm turns, \(Int(calmMedian)) ms, is subtracted)")
        }
        lines.append(Self.row("", ["p50", "p95", "p99", "worst", "turns"]))
        for row in silences { lines.append(Self.row(row)) }
        lines += ["", "resumed in ms (socket closed to first sound)"]
        for row in resumed { lines.append(Self.row(row)) }
        lines.append("")
        for kind in Finding.Kind.allCases {
            let mine = findings.filter { $0.kind == kind }
            for finding in mine.prefix(limit) { lines.append(finding.description) }
            if mine.count > limit { lines.append("… and \(mine.count - limit) more: \(kind.rawValue)") }
        }
        if isGood {
            lines.append("GOOD: nothing was lost, nothing was doubled.")
        } else {
            let counts = Finding.Kind.allCases.compactMap { kind in
                let count = findings.count { $0.kind == kind }
                return count > 0 ? "\(kind.rawValue) \(count)" : nil
            }
            lines += ["", "FAILED: \(counts.joined(separator: ", "))", "seed \(run.plan.seed); again with:", "  \(run.command)"]
        }
        return lines.joined(separator: "\n")
    }

    private static func row(_ row: Row) -> String {
        guard let values = row.values else { return self.row(row.name, ["", "", "", "", "0"]) }
        return self.row(row.name, [values.p50, values.p95, values.p99, values.worst].map { String(Int($0.rounded())) } + [String(values.count)])
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        name + String(repeating: " ", count: max(0, 20 - name.count))
            + cells.map { String(repeating: " ", count: max(1, 10 - $0.count)) + $0 }.joined()
    }
}
