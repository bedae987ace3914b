/// The table: counts, shares, and whether the goals hold.
package struct HearingReport: Sendable, Codable {
    /// Of the expected answers, exactly right and accepted; overall, and of the voices held out, and of the second phrasings.
    package static let answersGoal = 0.95
    /// Of the sentences out of grammar, rejected.
    package static let strangersGoal = 0.90

    /// What of something came to what.
    package struct Counts: Sendable, Codable, Equatable {
        package var outcomes: [String: Int] = [:]
        package var total = 0

        mutating func add(_ outcome: Finding.Outcome) {
            outcomes[outcome.rawValue, default: 0] += 1
            total += 1
        }
        func count(_ outcome: Finding.Outcome) -> Int { outcomes[outcome.rawValue] ?? 0 }
        /// 1 when there is nothing.
        func share(_ outcome: Finding.Outcome) -> Double { total == 0 ? 1 : Double(count(outcome)) / Double(total) }
    }

    package struct Row: Sendable, Codable {
        /// nil: all states.
        package var state: String?
        /// nil: sentences out of grammar.
        package var set: PhrasingSet?
        package var group: VoiceGroup
        package var counts: Counts
    }

    package struct Goal: Sendable, Codable {
        package var name: String
        package var share: Double
        package var goal: Double
        package var holds: Bool { share >= goal }
    }

    package let rows: [Row]
    /// CPU milliseconds of the recogniser for one utterance, lead-in and closing silence included.
    package let milliseconds: [String: Double]
    package let goals: [Goal]
    package let findings: [Finding]

    package var isGood: Bool { goals.allSatisfy(\.holds) }

    package init(_ result: HearingRun.Result) {
        findings = result.findings
        var rows: [Row] = []
        var states: [String?] = []
        for finding in findings where !states.contains(finding.state) { states.append(finding.state) }
        for state in states + [nil] {
            for set in PhrasingSet.allCases.map(Optional.some) + [nil] {
                for group in VoiceGroup.allCases {
                    var counts = Counts()
                    for finding in findings where (state == nil || finding.state == state) && finding.set == set && finding.group == group {
                        counts.add(finding.outcome)
                    }
                    if counts.total > 0 { rows.append(Row(state: state, set: set, group: group, counts: counts)) }
                }
            }
        }
        self.rows = rows
        milliseconds = Dictionary(
            uniqueKeysWithValues: result.seconds.map { state, seconds in
                (state, seconds * 1000 / Double(max(1, result.findings.count { $0.state == state })))
            })
        func share(_ outcome: Finding.Outcome, where isMeant: (Finding) -> Bool) -> Double {
            var counts = Counts()
            for finding in result.findings where isMeant(finding) { counts.add(finding.outcome) }
            return counts.share(outcome)
        }
        goals = [
            Goal(name: "answers exactly right and accepted", share: share(.right) { $0.set != nil }, goal: Self.answersGoal),
            Goal(
                name: "… of voices held out", share: share(.right) { $0.set != nil && $0.group == .heldOut }, goal: Self.answersGoal),
            Goal(name: "… of second phrasings", share: share(.right) { $0.set == .second }, goal: Self.answersGoal),
            Goal(
                name: "… of second phrasings by voices held out", share: share(.right) { $0.set == .second && $0.group == .heldOut },
                goal: Self.answersGoal),
            Goal(name: "out of grammar rejected", share: share(.rejected) { $0.set == nil }, goal: Self.strangersGoal),
            Goal(
                name: "… of voices held out", share: share(.rejected) { $0.set == nil && $0.group == .heldOut }, goal: Self.strangersGoal),
        ]
    }

    // MARK: - For people

    package func text(confusions limit: Int = 12) -> String {
        var lines = [Self.line(["state", "voices", "phrasings", "said", "right", "same", "refused", "wrong", "rejected", "right", "CPU ms"])]
        for row in rows {
            let counts = row.counts
            let cells =
                row.set == nil
                ? ["", "", "", "\(counts.count(.wrong))", "\(counts.count(.rejected))", Self.percent(counts.share(.rejected))]
                : [.right, .sameAnswer, .rightRejected, .wrong, .rejected].map { String(counts.count($0)) } + [Self.percent(counts.share(.right))]
            let cpu = row.state.flatMap { milliseconds[$0] }.map { String(Int($0.rounded())) } ?? ""
            lines.append(
                Self.line([row.state ?? "all", row.group.rawValue, row.set?.rawValue ?? "others", String(counts.total)] + cells + [cpu]))
        }
        lines += ["", "Answers that were taken for others:"]
        var confusions: [String: Int] = [:]
        for finding in findings where finding.set != nil && (finding.outcome == .wrong || finding.outcome == .sameAnswer) {
            confusions["\(finding.state): \(finding.sentence) → \(finding.heard)", default: 0] += 1
        }
        for (text, count) in confusions.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }).prefix(limit) { lines.append("  \(count) × \(text)") }
        lines.append("")
        for goal in goals {
            lines.append("\(goal.holds ? "holds " : "FAILED") \(Self.percent(goal.share)) (goal \(Self.percent(goal.goal))) \(goal.name)")
        }
        return lines.joined(separator: "\n")
    }

    private static func percent(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded(.down))
        return "\(tenths / 10).\(tenths % 10) %"
    }

    private static func line(_ cells: [String]) -> String {
        cells.enumerated().map { index, cell in
            let fill = String(repeating: " ", count: max(0, 9 - cell.count))
            return index < 3 ? cell + fill : fill + cell
        }.joined(separator: " ")
    }
}
