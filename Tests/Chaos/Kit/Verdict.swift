import TwilioSimulatorKit

/// What a run proves, from ground truth: what the callers said and heard, and what PostgreSQL holds.
package struct Verdict: Sendable {
    /// Something that went wrong, with what is needed to find it in the logs.
    package struct Finding: Sendable, Equatable, CustomStringConvertible {
        package enum Kind: String, Sendable, CaseIterable {
            /// Never in the turn log, or never wholly answered, or the agent had to ask again: what was said did not get through.
            case lost
            /// In the turn log more often than it was said.
            case doubled
            /// A silent loss: the caller repeated without being asked.
            case unasked
            /// Said around a gateway's absence and never wholly answered after all.
            case cutUnanswered = "cut and not answered"
            /// In the turn log, or in the caller's ear, and nobody said it.
            case foreign
            case factLost = "fact lost"
            case factDoubled = "fact doubled"
            /// The stream broke although no gateway died.
            case lineLost = "line lost"
            /// The agent ended the call, or it never began.
            case callLost = "call lost"
            case tooManyRepeats = "too many repeated sentences"
            case tooSlow = "too slow"
            /// The run is not what it should have been, so that it proves nothing.
            case harness
        }

        package var kind: Kind
        package var call: String?
        package var number: Int?
        package var text: String

        package var description: String {
            ([kind.rawValue.uppercased()] + [call, number.map { "utterance \($0)" }].compactMap { $0 } + [text]).joined(separator: "  ")
        }
    }

    package struct Counts: Sendable, Equatable, Codable {
        package var utterances = 0
        package var cut = 0
        /// Attempts after the first, asked for or not.
        package var repeated = 0
        package var lost = 0
        package var doubled = 0
        package var unasked = 0
        package var cutUnanswered = 0
        /// Sentences that were heard again although the utterance was said once, by what was dying: a voice, the gateway, nothing.
        package var repeatedSentences = 0
        package var repeatedSentencesAtGateway = 0
        package var ttsDeaths = 0
        package var facts = 0
        package var factsLost = 0
        package var factsDoubled = 0
        /// Turns in which the dialogue was told nothing, or nothing that could be understood.
        package var notUnderstood = 0
    }

    /// A row of the table of silences.
    package struct Row: Sendable {
        package var name: String
        package var values: LoadReport.Distribution?
    }

    package private(set) var findings: [Finding] = []
    package private(set) var counts = Counts()
    /// The median of the longest silence in turns during which nothing happened, in milliseconds.
    package internal(set) var calmMedian: Double?
    /// Extra silence in milliseconds: the longest silence of a turn less the calm median.
    package internal(set) var silences: [Row] = []
    /// From the socket's end to the agent's next audible sound.
    package internal(set) var resumed: [Row] = []

    package var isGood: Bool { findings.isEmpty }

    /// Extra silence around deaths of workers, p99.
    package static let silenceLimit = 1_000.0
    /// A conversation goes on so soon after its gateway died.
    package static let resumedLimit = 3_000.0
    /// And so soon when an operator restarted the gateway. The caller hears "one moment" meanwhile, outside of any stream; that is not counted as sound.
    package static let restartLimit = 10_000.0
    /// After a blow, turns are not calm for so long: replacements boot and take the processors.
    private static let aftermath = 3_000
    /// A dead process's sockets are closed by the kernel, and we notice within the same tick or the next busy one.
    private static let brokenAtOnce = 1_000
    /// From an operator's SIGTERM to the last of the gateway's calls that it moves.
    private static let handover = 12_000

    let run: RunRecord
    private let written: [String: WrittenCall]

    package init(_ run: RunRecord) {
        self.run = run
        written = Dictionary((run.written ?? []).map { ($0.sid, $0) }) { first, _ in first }
        for fault in run.faults { add(.harness, fault) }
        if run.written == nil { add(.harness, "the database could not be read, so nothing is known of turns and facts") }
        counts.ttsDeaths = run.events.count { $0.event.target == .tts }
        var calm: [Double] = []
        var disturbed: [(silence: Double, events: [EventRecord])] = []
        var after: [Double] = []
        for call in run.calls {
            judgeLine(call)
            var cut = Set<Int>()
            for utterance in call.utterances {
                let isCut = judge(utterance, of: call)
                if isCut {
                    cut.insert(utterance.number)
                    continue
                }
                let events = events(during: utterance, of: call)
                let silence = Double(utterance.silenceMs)
                if !events.isEmpty {
                    disturbed.append((silence, events))
                } else if isAfter(utterance, of: call) {
                    after.append(silence)
                } else if utterance.answered != nil, utterance.attempts.count == 1 {
                    calm.append(silence)
                }
            }
            judgeTurns(call, cut: cut)
            judgeFacts(call)
        }
        judgeForeignCalls()
        judgeRepeats()
        measure(calm, disturbed, after)
        measureResumed()
    }

    mutating func add(_ kind: Finding.Kind, _ text: String, call: CallRecord? = nil, number: Int? = nil) {
        findings.append(Finding(kind: kind, call: call?.sid, number: number, text: text))
    }

    // MARK: Times

    func end(of call: CallRecord) -> Int { call.ended ?? run.ended }
    /// From its first frame until its reply has been played.
    private func life(_ utterance: UtteranceRecord, of call: CallRecord) -> ClosedRange<Int> {
        let end = utterance.closed ?? utterance.answered ?? end(of: call)
        return utterance.begin...max(utterance.begin, end)
    }

    /// While this lasts, something is dead or stopped.
    private func window(_ event: EventRecord) -> ClosedRange<Int> {
        switch event.event.kind {
        case .stall: event.at...event.at + run.plan.stallMs
        case .outage: event.at...max(event.at, event.over ?? run.ended)
        default: event.at...event.at
        }
    }

    private func events(during utterance: UtteranceRecord, of call: CallRecord) -> [EventRecord] {
        let life = life(utterance, of: call)
        return run.events.filter { life.overlaps(window($0)) }
    }

    private func isAfter(_ utterance: UtteranceRecord, of call: CallRecord) -> Bool {
        let life = life(utterance, of: call)
        return run.events.contains { event in
            let window = window(event)
            return life.overlaps(window.lowerBound...window.upperBound + Self.aftermath)
        }
    }

    /// The gateway's death, stall or restart that explains the end of a stream.
    func cause(of gap: LineGap) -> EventRecord? {
        run.events.last { event in
            guard event.event.target == .gateway, event.at <= gap.closed else { return false }
            switch event.event.kind {
            case .terminate: return gap.closed <= event.at + Self.handover
            case .stall: return gap.closed <= event.at + run.plan.stallMs + Self.aftermath
            default: return gap.closed <= event.at + Self.brokenAtOnce
            }
        }
    }

    /// When the first absence of a gateway during an utterance began. A gateway that stands still is absent too: it neither hears nor plays,
    /// and a word with a hole of two seconds in it is no word to the caller.
    private func absence(_ utterance: UtteranceRecord, of call: CallRecord) -> Int? {
        let life = life(utterance, of: call)
        let broken = call.gaps.first { gap in
            guard cause(of: gap) != nil else { return false }
            return life.overlaps(gap.closed...max(gap.closed, gap.opened ?? end(of: call)))
        }
        let still = run.events.first { $0.event.target == .gateway && $0.event.kind == .stall && life.overlaps(window($0)) }
        return [broken?.closed, still?.at].compactMap { $0 }.min()
    }

    /// What happened in the seconds around: `1234 kill asr-2`.
    private func near(_ range: ClosedRange<Int>) -> String {
        let wide = max(0, range.lowerBound - 1_500)...range.upperBound
        let names = run.events.filter { wide.overlaps(window($0)) }.map { "\($0.at) \($0.event.kind.rawValue) \($0.victim) (pid \($0.pid))" }
        return names.isEmpty ? "nothing was hit then" : "hit then: " + names.joined(separator: ", ")
    }

    private func story(_ utterance: UtteranceRecord, of call: CallRecord) -> String {
        let attempts = utterance.attempts.map { "\($0.reason.rawValue) \($0.start)–\($0.end.map(String.init) ?? "?")" }.joined(separator: ", ")
        let heard = utterance.heard.map { $0.isEmpty ? "never" : $0.map(String.init).joined(separator: "/") }.joined(separator: " and ")
        let asked = utterance.asked.isEmpty ? "" : "; asked again at \(utterance.asked.map(String.init).joined(separator: "/"))"
        // What happened to the first attempt: the others follow from it.
        let life = life(utterance, of: call)
        let first = utterance.attempts.count > 1 ? utterance.attempts[1].start : life.upperBound
        let gaps = call.gaps.filter { life.overlaps($0.closed...max($0.closed, $0.opened ?? end(of: call))) }.map { gap in
            "; no line \(gap.closed)–\(gap.opened.map(String.init) ?? "end")"
                + (cause(of: gap).map { " by \($0.event.kind.rawValue) \($0.victim) at \($0.at)" } ?? "")
        }.joined()
        return "said \(attempts)\(gaps); reply heard \(heard)\(asked); \(near(life.lowerBound...max(life.lowerBound, first)))"
    }

    // MARK: Utterances

    /// - Returns: it was cut.
    private mutating func judge(_ utterance: UtteranceRecord, of call: CallRecord) -> Bool {
        counts.utterances += 1
        counts.repeated += utterance.repeats
        let absence = absence(utterance, of: call)
        let again = utterance.heard.reduce(0) { $0 + max(0, $1.count - utterance.attempts.count) }
        let rows = written[call.sid]?.turns.count { Self.numbers($0) == [utterance.number] } ?? 0
        if let absence {
            counts.cut += 1
            // What went wrong before the line broke is no fault of the gateway's death.
            if let early = utterance.asked.first, early < absence {
                counts.lost += 1
                add(
                    .lost, "the agent asked again before the line broke; " + story(utterance, of: call), call: call, number: utterance.number)
            }
            counts.repeatedSentencesAtGateway += again
            if utterance.answered == nil {
                counts.cutUnanswered += 1
                add(.cutUnanswered, story(utterance, of: call), call: call, number: utterance.number)
            } else if rows == 0, run.written != nil {
                // The caller heard the answer, so it was taken; a record of it must be there.
                counts.factsLost += 1
                add(.factLost, "answered, and not in the turn log; " + story(utterance, of: call), call: call, number: utterance.number)
            }
            return true
        }
        counts.repeatedSentences += again
        if utterance.attempts.contains(where: { $0.reason == .unasked }) {
            counts.unasked += 1
            add(.unasked, story(utterance, of: call), call: call, number: utterance.number)
        }
        var reasons: [String] = []
        if rows == 0, run.written != nil { reasons.append("not in the turn log") }
        if utterance.attempts.contains(where: { $0.reason == .asked }) { reasons.append("the agent asked again") }
        if utterance.answered == nil { reasons.append("not wholly answered") }
        if !reasons.isEmpty {
            counts.lost += 1
            add(.lost, reasons.joined(separator: ", ") + "; " + story(utterance, of: call), call: call, number: utterance.number)
        }
        if rows > utterance.attempts.count {
            counts.doubled += 1
            add(.doubled, "\(rows) times in the turn log; " + story(utterance, of: call), call: call, number: utterance.number)
        }
        return false
    }

    /// The numbers in the words of a turn; nil when they are other words.
    private static func numbers(_ turn: WrittenCall.Turn) -> [Int]? {
        guard turn.kind == "speech", turn.understood == true, let heard = turn.heard else { return nil }
        let words = heard.split(separator: " ")
        let numbers = words.compactMap { Int($0) }
        return numbers.count == words.count ? numbers : nil
    }

    /// Nothing is in the turn log, and nothing was heard by a caller, that was not said.
    private mutating func judgeTurns(_ call: CallRecord, cut: Set<Int>) {
        for stray in call.strays {
            add(.foreign, "the caller heard this number at \(stray.at), which answers nothing", call: call, number: stray.number)
        }
        let said = Set(call.utterances.map(\.number))
        for turn in written[call.sid]?.turns ?? [] where turn.kind == "speech" {
            guard turn.understood == true else {
                counts.notUnderstood += 1
                continue
            }
            let numbers = Self.numbers(turn) ?? []
            // Two attempts around a gateway's absence may become one utterance of the turn log; anything else may not.
            let isKnown =
                !numbers.isEmpty && numbers.allSatisfy { said.contains($0) } && (numbers.count == 1 || numbers.allSatisfy { cut.contains($0) })
            if !isKnown { add(.foreign, "turn \(turn.turn) of the turn log holds \"\(turn.heard ?? "")\", which was not said so", call: call) }
        }
    }

    // MARK: Lines

    private mutating func judgeLine(_ call: CallRecord) {
        for gap in call.gaps where cause(of: gap) == nil {
            add(
                .lineLost,
                "the stream ended at \(gap.closed) with code \(gap.code.map(String.init) ?? "none") and no gateway was hit; "
                    + near(gap.closed...gap.closed), call: call)
        }
        let notes = call.notes.suffix(8).map { "\($0.at) \($0.text)" }.joined(separator: " | ")
        if let reason = call.cutOff {
            add(.callLost, "\(reason), at \(end(of: call)); \(near(end(of: call)...end(of: call))); \(notes)", call: call)
        } else if call.streams == 0 {
            add(.callLost, "it never had a stream; \(notes)", call: call)
        }
    }

    // MARK: Facts

    private mutating func judgeFacts(_ call: CallRecord) {
        guard run.written != nil, call.streams > 0 else { return }
        guard let written = written[call.sid] else {
            counts.factsLost += 1
            return add(.factLost, "PostgreSQL does not know this call", call: call)
        }
        counts.facts += written.facts.count
        func lost(_ text: String) {
            counts.factsLost += 1
            add(.factLost, text, call: call)
        }
        func doubled(_ text: String) {
            counts.factsDoubled += 1
            add(.factDoubled, text, call: call)
        }
        func count(_ kind: String) -> Int { written.facts.count { $0.kind == kind } }
        for (kind, isThere) in [("call_started", written.hasStart), ("call_ended", written.hasEnd), ("summary", written.hasSummary)] {
            if !isThere || count(kind) == 0 { lost("no \(kind)") }
            if count(kind) > 1 { doubled("\(count(kind)) facts \(kind): \(written.facts.filter { $0.kind == kind }.map(\.id))") }
        }
        if let from = written.from, from != call.from { lost("the call is from \(call.from) and PostgreSQL says \(from)") }
        if count("turn") < written.turns.count { lost("\(written.turns.count) turns from \(count("turn")) facts") }
        if count("turn") > written.turns.count { doubled("\(count("turn")) facts for \(written.turns.count) turns") }
        for gap in Self.gaps(written.facts.map(\.id)) { lost("the gateway made a fact \(gap), which PostgreSQL has not") }
        let last = written.turns.compactMap { turn in Self.numbers(turn).flatMap { $0.count == 1 ? $0.first : nil } }.last
        if let last, written.lead != String(last) { lost("the lead says \(written.lead ?? "nothing") and the last turn was \(last)") }
    }

    /// The gateway counts a call's facts by ones within a life; a number that is missing is a fact that was made and is gone.
    static func gaps(_ ids: [String]) -> [String] {
        var lives: [String: [Int]] = [:]
        for id in ids {
            guard let dot = id.lastIndex(of: "."), let number = Int(id[id.index(after: dot)...]) else { continue }
            lives["\(id[..<dot]) \(number / factsPerLife)", default: []].append(number)
        }
        return lives.sorted { $0.key < $1.key }.flatMap { key, numbers in missing(numbers).map { "\(key.split(separator: " ")[0]).\($0)" } }
    }

    /// The gateway's own figure: room for the facts of one call in one life.
    private static let factsPerLife = 1_000_000

    private static func missing(_ numbers: [Int]) -> [Int] {
        guard let first = numbers.min(), let last = numbers.max(), last - first < factsPerLife else { return [] }
        return Set(first...last).subtracting(numbers).sorted()
    }

    private mutating func judgeForeignCalls() {
        let mine = Set(run.calls.map(\.sid))
        for sid in written.keys.sorted() where !mine.contains(sid) { add(.foreign, "PostgreSQL has a call \(sid) that nobody made") }
    }

    private mutating func judgeRepeats() {
        guard counts.repeatedSentences > counts.ttsDeaths else { return }
        add(.tooManyRepeats, "\(counts.repeatedSentences) sentences were heard again; \(counts.ttsDeaths) voices were hit")
    }
}
