import BusContract
import CallVocabulary

/// One turn's stages as bars on one axis, which begins with the caller's last voiced frame.
package struct Waterfall: Sendable, Equatable {
    package struct Bar: Sendable, Equatable {
        package let name: String
        /// Milliseconds from the caller's last voiced frame.
        package let from: Double
        package let to: Double
    }
    package private(set) var bars: [Bar] = []
    /// `provider, provider, provider; epochs; …`
    package private(set) var note = ""

    /// - Returns: nil for a turn in which nobody spoke.
    package init?(_ stages: TurnStages, _ record: TurnRecord? = nil) {
        guard let zero = stages.voiceEnd else { return nil }
        func at(_ time: CallTime?) -> Double? { time.map { ($0.milliseconds(since: zero) * 10).rounded() / 10 } }
        func bar(_ name: String, _ from: CallTime?, _ to: CallTime?) {
            if let from = at(from), let to = at(to) { bars.append(Bar(name: name, from: from, to: max(from, to))) }
        }
        bar("end of turn", zero, stages.endpoint)
        bar("final", stages.endpoint, stages.final)
        bar("first token", stages.asked, stages.firstToken)
        bar("first sentence", stages.firstToken ?? stages.asked, stages.reply)
        bar("first audio", stages.reply, stages.audio)
        bar("on the line", stages.audio.map { max($0, stages.final ?? $0) }, stages.spoken)
        bar("heard", stages.spoken, stages.bargeIn ?? stages.heard)
        guard let record else { return }
        var parts = [record.endpoint.map { "ended by \($0)" }, record.preemption.map { "asked before the final: \($0)" }]
        if let attempts = record.attempts { parts.append("asked in vain \(attempts)x") }
        let providers = [record.recogniser, record.dialog, record.voice].compactMap(\.self)
        if !providers.isEmpty { parts.append("by \(providers.joined(separator: ", "))") }
        if let gap = record.gapMilliseconds { parts.append("gaps \(gap) ms") }
        if stages.bargeIn != nil { parts.append("interrupted") }
        if let epochs = record.epochs {
            parts.append("epochs " + epochs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value & 0xFFFF_FFFF)" }.joined(separator: ", "))
        }
        note = parts.compactMap(\.self).joined(separator: " · ")
    }

    private static let width = 40

    /// For people: one line for each bar. What is heard of the reply is longer than all the rest, and has no bar.
    package var text: String {
        let shown = bars.filter { $0.name != "heard" }
        guard let end = shown.map(\.to).max(), end > 0 else { return "" }
        // Who began before the caller had ended stands left of zero.
        let begin = min(0, shown.map(\.from).min() ?? 0)
        let scale = Double(Self.width) / (end - begin)
        var lines = shown.map { bar in
            let from = Int(((bar.from - begin) * scale).rounded(.down))
            let to = max(from + 1, Int(((bar.to - begin) * scale).rounded()))
            let name = bar.name + String(repeating: " ", count: max(0, 15 - bar.name.count))
            let line = String(repeating: "·", count: from) + String(repeating: "█", count: to - from) + String(repeating: " ", count: max(0, Self.width - to))
            return "    \(name)\(line)  \(Self.milliseconds(bar.from)) → \(Self.milliseconds(bar.to)) ms"
        }
        if let heard = bars.first(where: { $0.name == "heard" }) {
            lines.append("    heard for \(Self.milliseconds(heard.to - heard.from)) ms")
        }
        if !note.isEmpty { lines.append("    \(note)") }
        return lines.joined(separator: "\n")
    }

    private static func milliseconds(_ value: Double) -> String { String(Int(value.rounded())) }
}

/// What the turns of a call, or of many, took: each stage's percentiles.
package struct StageTable: Sendable {
    private var values: [String: [Double]] = [:]
    private static let names = ["end of turn", "final", "first token", "first sentence", "first audio", "on the line"]
    private static let whole = "voice to voice"

    package init(_ events: [TapEvent]) {
        for event in events where event.name == .turn {
            guard let stages = event.stages, let fall = Waterfall(stages) else { continue }
            for bar in fall.bars where Self.names.contains(bar.name) { values[bar.name, default: []].append(bar.to - bar.from) }
            if let end = stages.voiceEnd, let spoken = stages.spoken { values[Self.whole, default: []].append(spoken.milliseconds(since: end)) }
        }
    }

    /// One line for each stage.
    package var text: String {
        func padded(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(0, width - text.count)) + text }
        var lines = ["    stage             turns     p50     p95     p99  ms"]
        for name in Self.names + [Self.whole] {
            guard let found = LoadReport.Distribution(values[name] ?? []) else { continue }
            let ranks = [found.p50, found.p95, found.p99].map { padded(String(Int($0.rounded())), 8) }.joined()
            lines.append("    \(name)\(padded("", 16 - name.count))\(padded(String(found.count), 7))\(ranks)")
        }
        return lines.count > 1 ? lines.joined(separator: "\n") : ""
    }
}
