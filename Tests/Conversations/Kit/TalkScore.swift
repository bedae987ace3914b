import TwilioSimulatorKit

/// What came of one call: each turn, each interruption and each non-interruption judged. Times in milliseconds.
package struct TalkScore: Sendable, Codable {
    package struct Turn: Sendable, Codable {
        package var steps: [Int]
        package var expected: String
        package var heard: [String]
        /// From the caller's true last sound to the end-of-turn decision of the turn that has the last word.
        package var endDelay: Double?
        /// From there to the agent's first sound.
        package var replyDelay: Double?
        /// The caller was answered, or made two turns of, in the middle.
        package var isCutInto = false
        /// The agent was heard to begin in the middle.
        package var isSpokenInto = false
        package var isMissedEnd = false
        /// Not heard at all, or heard and not answered.
        package var isLost = false
        /// Words in no turn, though others of it were heard.
        package var unheardWords = 0
        /// Whether a cut counts: not where two turns are as right as one.
        package var countsForCuts = true
    }

    package struct Interruption: Sendable, Codable {
        /// nil: nobody interrupted, the agent spoke with its own echo or the line's noise in its ear.
        package var step: Int?
        package var mustStop: Bool
        package var hasStopped: Bool
        /// From the caller's first sound to the emptied buffer.
        package var fromVoice: Double?
        /// From the decision that the application told.
        package var fromDecision: Double?
        /// Stopped wrongly, and speaking again without a turn between.
        package var hasResumed = false
    }

    package var sid: String
    package var scenario: String
    package var category: String
    package var variant: Int
    package var voice: TalkVoice
    package var turns: [Turn] = []
    package var interruptions: [Interruption] = []
    /// Turns made of what was none: noise, coughs, backchannels.
    package var extraTurns = 0
    package var duplicates = 0
    /// Utterances for which there was nothing to speak over.
    package var void = 0
    /// Why the call is not over as it should be.
    package var stuck: String?

    /// A stop later than this after the caller's last sound has another cause, as has an onset so near to the end of a turn.
    private static let stopGrace = 1_000.0
    /// The agent's frame may cross the caller's last ones on the line.
    private static let crossing = 60.0
    /// An answer has begun by then, after the words were heard.
    private static let answer = 4_000.0
    /// The agent has so much left to say at least, or there was nothing to stop.
    private static let leastRest = 500.0
    /// Long enough for an echo to be taken for the caller.
    private static let longSpeech = 700.0
    /// A resumed sentence begins again within this.
    private static let resumption = 2_500.0

    package init(_ record: TalkRecord, of conversation: Conversation) {
        sid = record.sid
        scenario = record.scenario
        category = record.category
        variant = record.variant
        voice = record.voice
        stuck = record.failure
        void = record.steps.count { $0.state == .void }
        let heard = HeardTurns(record.events)
        let words = record.steps.flatMap { step in
            step.words.map { WordMatch.Word(text: $0.word, end: (step.due ?? step.began ?? .infinity) + Double($0.end), step: step.index) }
        }
        let match = WordMatch(words: words, turns: heard.spoken)
        let utterances = conversation.utterances
        for group in Self.groups(utterances) where group.allSatisfy({ record.steps[$0].ended != nil }) {
            turns.append(turn(group, record, utterances, heard, match))
        }
        for (index, utterance) in utterances.enumerated() {
            guard let mustStop = utterance.stopsAgent, let result = interruption(index, mustStop: mustStop, record, heard) else { continue }
            interruptions.append(result)
        }
        interruptions += speeches(record, isDisturbed: conversation.line.echo != nil || conversation.line.noise != nil)
        if record.failure == nil, record.steps.contains(where: { $0.state == .pending }) { stuck = "some of it was never said" }
        let real = Set(utterances.indices.filter { utterances[$0].turn != .none })
        extraTurns = heard.spoken.count { match.steps(in: $0.number).isDisjoint(with: real) }
        duplicates = match.foreign + record.repeatedMarks
        for turn in heard.turns { duplicates += max(0, turn.heardCount - 1) + max(0, turn.closedCount - 1) }
    }

    /// The steps that make one turn.
    static func groups(_ utterances: [Conversation.Utterance]) -> [[Int]] {
        var groups: [[Int]] = []
        for (index, utterance) in utterances.enumerated() {
            switch utterance.turn {
            case .new, .either: groups.append([index])
            case .same: groups[groups.count - 1].append(index)
            case .none: break
            }
        }
        return groups
    }

    // MARK: - Turns

    private func turn(
        _ group: [Int], _ record: TalkRecord, _ utterances: [Conversation.Utterance], _ heard: HeardTurns, _ match: WordMatch
    ) -> Turn {
        let steps = Set(group)
        let numbers = match.turns(of: steps)
        let began = record.steps[group[0]].began ?? 0
        let end = record.steps[group[group.count - 1]].ended ?? 0
        let texts = group.flatMap { record.steps[$0].words.map(\.word) }
        var turn = Turn(
            steps: group, expected: texts.joined(separator: " "),
            heard: numbers.compactMap { number in heard.turns.first { $0.number == number }?.text })
        let last = match.last(of: steps).flatMap { number in heard.turns.first { $0.number == number } }
        turn.unheardWords = numbers.isEmpty ? 0 : match.unheard(of: steps)
        // Who hangs up soon after has not waited for an answer.
        let isUnanswered = last.map { $0.saidAt == nil && $0.closedCount == 0 && heard.ended - ($0.heardAt ?? end) >= Self.answer } ?? false
        turn.isLost = numbers.isEmpty || isUnanswered
        // A correction may be a turn of its own: both that and what it corrects may be cut where it begins.
        let isCorrected = utterances.indices.contains(group[group.count - 1] + 1) && utterances[group[group.count - 1] + 1].turn == .either
        turn.countsForCuts = utterances[group[0]].turn != .either
        // What is corrected has no end of its own, and who goes on speaking over the caller does not answer.
        if !isCorrected { turn.endDelay = last?.endpoint.map { $0 - end } }
        let isTalkedOver = record.spans.contains { $0.from <= end && $0.to > end + Self.crossing }
        if !isCorrected, !isTalkedOver { turn.replyDelay = record.spans.first { $0.from > end }.map { $0.from - end } }
        let isOver = utterances[group[0]].stopsAgent != nil
        turn.isSpokenInto = !isOver && record.spans.contains { $0.from > began && $0.from < end - Self.crossing }
        turn.isCutInto = turn.countsForCuts && (numbers.count > 1 || turn.isSpokenInto)
        if !turn.isLost, !isCorrected {
            let delay = turn.endDelay ?? last?.heardAt.map { $0 - end } ?? .infinity
            turn.isMissedEnd = delay > Double(utterances[group[group.count - 1]].endWithin)
        }
        return turn
    }

    // MARK: - Interruptions

    /// nil: there was nothing to stop.
    private func interruption(_ index: Int, mustStop: Bool, _ record: TalkRecord, _ heard: HeardTurns) -> Interruption? {
        let step = record.steps[index]
        guard step.isOverAgent, let began = step.began, let ended = step.ended else { return nil }
        let next = record.steps.dropFirst(index + 1).compactMap(\.began).first ?? .infinity
        let until = min(ended + Self.stopGrace, next)
        let stop = record.clears.first { $0 >= began && $0 < until }
        if stop == nil {
            // Whoever was about to finish has not been missed.
            let rest = record.spans.last { $0.from <= began }.map { $0.to - began } ?? 0
            guard rest >= Self.leastRest else { return nil }
        }
        var result = Interruption(step: index, mustStop: mustStop, hasStopped: stop != nil)
        result.fromVoice = stop.map { $0 - began }
        result.fromDecision = stop.flatMap { stop in heard.bargeIns.last { $0 >= began - Self.crossing && $0 <= stop }.map { stop - $0 } }
        if let stop, !mustStop {
            result.hasResumed = record.spans.contains { $0.from > stop && $0.from < stop + Self.resumption }
        }
        return result
    }

    /// The agent's speeches over which the caller said nothing: those with something else in the line, and those that were stopped.
    private func speeches(_ record: TalkRecord, isDisturbed: Bool) -> [Interruption] {
        record.spans.compactMap { span in
            let isAlone = record.steps.allSatisfy { step in
                guard let began = step.began, let ended = step.ended else { return true }
                return ended + Self.stopGrace < span.from || began > span.to + Self.crossing
            }
            guard isAlone else { return nil }
            let stop = record.clears.first { $0 >= span.from && $0 <= span.to + Self.crossing }
            guard stop != nil || isDisturbed && span.to - span.from >= Self.longSpeech else { return nil }
            var result = Interruption(step: nil, mustStop: false, hasStopped: stop != nil)
            if let stop { result.hasResumed = record.spans.contains { $0.from > stop && $0.from < stop + Self.resumption } }
            return result
        }
    }
}
