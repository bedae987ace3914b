/// Silence as the caller hears it: nobody sounds, neither the agent nor the caller.
package enum SilenceMeter {
    /// Silences from the first document to the end of the call, longest first.
    ///
    /// Not counted: the caller's own words, its silences on purpose, and the time of a `<Record>`, when it is the caller's turn.
    /// - Parameter graceMs: so much of a silence after the caller's own words is not counted.
    package static func silences(of report: CallReport, graceMs: Int) -> [CallReport.Span] {
        var spans: [(start: Int, end: Int, isCaller: Bool)] = report.agentSpeech.map { ($0.startMs, $0.endMs, false) }
        spans += report.customerUtterances.map { ($0.voiceStartMs, $0.voiceEndMs, true) }
        spans += (report.spoken?.silences ?? []).map { ($0.startMs, $0.endMs, true) }
        spans += report.verbs.filter { $0.name == "record" }.map { ($0.startMs, $0.endMs ?? report.durationMs, false) }
        spans += report.timeline.filter { $0.kind == "key" }.map { ($0.ms, $0.ms, true) }
        spans.sort { $0.start < $1.start }
        var silences: [CallReport.Span] = []
        var end = report.verbs.first?.startMs ?? report.durationMs
        var isCaller = false
        for span in spans + [(report.durationMs, report.durationMs, false)] {
            let from = end + (isCaller ? graceMs : 0)
            if span.start > from { silences.append(.init(startMs: from, endMs: span.start)) }
            if span.end >= end { (end, isCaller) = (span.end, span.isCaller) }
        }
        return silences.sorted { $0.endMs - $0.startMs > $1.endMs - $1.startMs }
    }
}
