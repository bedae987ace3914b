/// One expectation, and whether it came true.
package struct ScenarioVerdict: Sendable, Equatable, Codable {
    package var expectation: String
    package var passed: Bool
    package var found: String
}

extension Scenario {
    /// Holds a call against the expectations.
    package func judge(_ result: CallResult) -> [ScenarioVerdict] {
        let report = result.report
        let spoken = report.spoken ?? SpokenRecord()
        var verdicts: [ScenarioVerdict] = []
        func check(_ expectation: String, _ passed: Bool, _ found: String) {
            verdicts.append(.init(expectation: expectation, passed: passed, found: found))
        }
        func count(_ name: String, _ range: CountRange?, _ found: Int, _ detail: String = "") {
            if let range { check("\(name): \(range)", range.contains(found), "\(found)\(detail)") }
        }
        if let documents = expect.documents {
            let verbs = report.verbs.map(\.name)
            check("executed: " + documents.items.joined(separator: ", "), documents.matches(verbs), verbs.joined(separator: ", "))
        }
        if let endedBy = expect.endedBy { check("ended by the \(endedBy)", report.endedBy == endedBy, report.outcome.reason) }
        if let outcome = expect.outcome { check("outcome \(outcome)", report.outcome.kind == outcome, report.outcome.kind) }
        let codes = report.notices.map(\.code)
        check(
            expect.errors.isEmpty
                ? "no Twilio errors or warnings" : "Twilio errors and warnings: " + expect.errors.map(String.init).joined(separator: ", "),
            Set(expect.errors).isSubset(of: codes) && Set(codes).isSubset(of: expect.errors + expect.mayError),
            report.notices.isEmpty ? "none" : report.notices.map { "\($0.code) \($0.message)" }.joined(separator: "; "))
        check("every step of the caller was possible", spoken.problems.isEmpty, spoken.problems.joined(separator: "; "))
        if let limit = expect.longestSilenceMs {
            let longest = SilenceMeter.silences(of: report, graceMs: expect.graceMs).first
            let length = longest.map { $0.endMs - $0.startMs } ?? 0
            check("longest silence at most \(limit) ms", length <= limit, "\(length) ms" + (longest.map { " from \($0.startMs) ms" } ?? ""))
        }
        for interval in expect.within { verdicts.append(judge(interval, report)) }
        count("rounds answered", expect.rounds, spoken.answered, " of \(spoken.rounds.count)")
        count("answers heard twice", expect.repeated, spoken.repeated.count, " \(spoken.repeated)")
        count("answers to nothing that was said", expect.strays, spoken.strays.count, " \(spoken.strays)")
        count("said while nobody listened", expect.unheard, report.customerUtterances.count { $0.unheard == true })
        count("sentences without a number", expect.words, spoken.words)
        count("streams that started", expect.streams, report.counters.streamsStarted)
        count("REST updates", expect.updates, report.updates.count)
        count("recordings", expect.recordings, result.recordings.count)
        count("length of the recording in ms", expect.recordingMs, (result.recordings.values.map(\.count).max() ?? 0) / 8)
        count("fetches of recordings", expect.recordingsFetched, report.counters.recordingsFetched)
        count("keys nobody took", expect.keysUnheard, report.counters.keysUnheard)
        count("length of the call in ms", expect.durationMs, report.durationMs)
        if let dials = expect.dials {
            check("dialled: " + dials.joined(separator: ", "), report.dials == dials, report.dials.joined(separator: ", "))
        }
        for event in expect.events {
            check("happened: \(event)", report.timeline.contains { $0.kind == event }, "\(report.timeline.count { $0.kind == event }) times")
        }
        for number in expect.hears { check("heard: \(number)", spoken.heard.contains { $0.number == number }, "\(spoken.heard.map(\.number))") }
        if report.counters.duplicates > 0, expect.duplicatesAgree {
            check(
                "repeated webhooks are answered alike", report.counters.differingDuplicates == 0,
                "\(report.counters.differingDuplicates) of \(report.counters.duplicates) differ")
        }
        return verdicts
    }

    private func judge(_ interval: Interval, _ report: CallReport) -> ScenarioVerdict {
        let text = "\(interval.until) at most \(interval.ms) ms after \(interval.after.map { "the end of \($0)" } ?? "the beginning")"
        var from = 0
        var verbs = report.verbs[...]
        if let after = interval.after {
            guard let index = verbs.firstIndex(where: { VerbPattern.item(after, names: $0.name) }), let end = verbs[index].endMs else {
                return .init(expectation: text, passed: false, found: "\(after) did not happen")
            }
            from = end
            verbs = verbs[(index + 1)...]
        }
        guard let until = verbs.first(where: { VerbPattern.item(interval.until, names: $0.name) }) else {
            return .init(expectation: text, passed: false, found: "\(interval.until) did not happen")
        }
        return .init(expectation: text, passed: until.startMs - from <= interval.ms, found: "\(until.startMs - from) ms")
    }
}
