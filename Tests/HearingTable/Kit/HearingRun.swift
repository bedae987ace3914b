import Business
import CallVocabulary
import DialogWorker
import TwilioSimulatorKit

/// What one utterance came to.
package struct Finding: Sendable, Codable, Equatable {
    package enum Outcome: String, Sendable, Codable, CaseIterable {
        /// The very words, and understood.
        case right
        /// Other words that mean the same answer, and understood.
        case sameAnswer
        /// The very words, and not understood: asked again without need.
        case rightRejected
        /// Another answer, and understood: the caller has to correct it.
        case wrong
        /// Not understood.
        case rejected
    }
    package var state: String
    package var sentence: String
    package var voice: String
    package var group: VoiceGroup
    package var rate: Int
    /// nil for a sentence out of grammar.
    package var set: PhrasingSet?
    /// Where a sentence out of grammar comes from.
    package var stranger: String?
    package var heard: String
    package var confidence: Double
    package var outcome: Outcome
}

/// Speaks and hears a plan.
package struct HearingRun: Sendable {
    private let receptionist: Receptionist
    private let voice: any CustomerVoice

    package init(receptionist: Receptionist, voice: any CustomerVoice) {
        self.receptionist = receptionist
        self.voice = voice
    }

    package struct Result: Sendable {
        package var findings: [Finding] = []
        /// CPU seconds of the recogniser, by state.
        package var seconds: [String: Double] = [:]
    }

    /// Utterances in memory at once, some 20 kB each.
    private static let chunk = 400

    /// - Parameter progress: told after each state.
    /// - Throws: ``HearingFailure``, `SimulatorFailure` of the voice, or `PocketSphinxFailure`.
    package func run(_ plan: HearingPlan, progress: @Sendable (String) -> Void) async throws -> Result {
        let ear = try await Ear()
        var result = Result()
        for part in plan.parts {
            for start in stride(from: 0, to: part.trials.count, by: Self.chunk) {
                let trials = Array(part.trials[start..<min(start + Self.chunk, part.trials.count)])
                let (heard, seconds) = try await ear.hear(try await spoken(trials), expecting: part.expectations)
                result.seconds[part.expectations.name, default: 0] += seconds
                result.findings += zip(trials, heard).map(judge)
            }
            progress(part.expectations.name)
        }
        return result
    }

    /// Two programs at a time: one for each core.
    private func spoken(_ trials: [Trial]) async throws -> [[[AudioFrame]]] {
        try await withThrowingTaskGroup(of: (Int, [[AudioFrame]]).self) { group in
            var result = [[[AudioFrame]]](repeating: [], count: trials.count)
            for (index, trial) in trials.enumerated() {
                if index >= 2, let (done, frames) = try await group.next() { result[done] = frames }
                group.addTask {
                    let sentence = try await voice.speak(trial.sentence, voice: trial.speaker.voice, rate: trial.rate)
                    return (index, Line.utterances(of: sentence.audio))
                }
            }
            for try await (done, frames) in group { result[done] = frames }
            return result
        }
    }

    private func judge(_ trial: Trial, _ finals: [Transcript]) -> Finding {
        var finding = Finding(
            state: trial.state, sentence: trial.sentence, voice: trial.speaker.voice, group: trial.speaker.group, rate: trial.rate, set: nil,
            stranger: nil, heard: "", confidence: 0, outcome: .rejected)
        switch trial.kind {
        case .answer(let set, let value):
            finding.set = set
            guard let final = finals.first else { break }
            (finding.heard, finding.confidence) = (final.text, final.confidence)
            let isExact = PhraseForm.words(final.text) == PhraseForm.words(trial.sentence)
            if final.understood {
                finding.outcome = isExact ? .right : receptionist.answer(final.text, in: trial.state) == value ? .sameAnswer : .wrong
            } else if isExact {
                finding.outcome = .rightRejected
            }
        case .stranger(let kind):
            finding.stranger = kind
            // Each of its pieces is a turn of its own, and one that is understood is one too many.
            guard let final = finals.first(where: \.understood) ?? finals.first else { break }
            (finding.heard, finding.confidence) = (final.text, final.confidence)
            if final.understood { finding.outcome = .wrong }
        }
        return finding
    }
}
