import Business
import CallVocabulary
import DialogWorker

/// One utterance to be heard in one state.
package struct Trial: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// An expected answer and its value.
        case answer(PhrasingSet, value: String)
        /// Must be rejected.
        case stranger(kind: String)
    }
    package let state: String
    package let sentence: String
    package let speaker: Speaker
    /// Words per minute.
    package let rate: Int
    package let kind: Kind
}

/// Which phrasing set a sentence belongs to.
package enum PhrasingSet: String, Sendable, Hashable, Codable, CaseIterable { case first, second }

/// Which utterances the table is made of. Voices and speeds rotate, so that a part of the table is even in all of them.
package struct HearingPlan: Sendable {
    /// One state: its grammar, and what is said in it.
    package struct Part: Sendable {
        package let expectations: Expectations
        package let trials: [Trial]
    }
    package let parts: [Part]

    /// - Parameters:
    ///   - every: takes every so manieth utterance. 1: each phrasing by each voice at each speed; 3: by each voice at one speed; 24: once.
    ///   - speakers: all of the table's or some of them.
    ///   - states: nil: all.
    package init(
        receptionist: Receptionist, script: ReceptionistScript, second: SecondPhrasings, strangers: Strangers, speakers: [Speaker] = Speaker.all,
        states: [String]? = nil, every: Int
    ) throws {
        try second.check(against: script)
        var parts: [Part] = []
        for state in script.states where !state.answers.isEmpty && states?.contains(state.name) ?? true {
            let expectations = receptionist.expectations(in: state.name)
            var trials: [Trial] = []
            var number = parts.count
            for answer in expectations.answers {
                let list = answer.value == ReceptionistScript.repeatValue ? answer.value : state.name
                for phrase in answer.phrases {
                    let set: PhrasingSet = second.contains(phrase, in: list) ? .second : .first
                    trials += Self.combinations(number, speakers).filter { $0.number % every == 0 }.map {
                        Trial(state: state.name, sentence: phrase, speaker: $0.speaker, rate: $0.rate, kind: .answer(set, value: answer.value))
                    }
                    number += 1
                }
            }
            // Each once in each state, by a voice and speed that change from one to the next; less only in a sample.
            let thinning = max(1, every / 3)
            for stranger in strangers.sentences(for: state.name, of: script, understood: { receptionist.answer($0, in: state.name) != nil }) {
                defer { number += 1 }
                guard number % thinning == 0 else { continue }
                let all = Self.combinations(0, speakers)
                let chosen = all[number / thinning * 7 % all.count]
                trials.append(
                    Trial(
                        state: state.name, sentence: stranger.text, speaker: chosen.speaker, rate: chosen.rate, kind: .stranger(kind: stranger.kind)))
            }
            parts.append(Part(expectations: expectations, trials: trials))
        }
        self.parts = parts
    }

    /// Every voice at every speed, numbered from the phrase's number on.
    private static func combinations(_ phrase: Int, _ speakers: [Speaker]) -> [(number: Int, speaker: Speaker, rate: Int)] {
        speakers.enumerated().flatMap { index, speaker in
            Speakers.rates.indices.map { turn in
                (phrase + 3 * index + turn, speaker, Speakers.rates[(turn + index) % Speakers.rates.count])
            }
        }
    }
}
