import Business
import Foundation
import Hebrew

/// Finds the expected answer by what was meant, where none of its phrases was said: "רבע לארבע אחר הצהריים" is the answer 15:45, "בחמישי הזה" is
/// יום חמישי, "ברור" is yes. Says nothing where two answers could be meant.
struct AnswerReading {
    private let text: String
    private let state: ReceptionistScript.State

    /// The index of the answer that was meant; nil: none, or more than one.
    static func index(of text: String, in state: ReceptionistScript.State) -> Int? {
        let reading = AnswerReading(text: text, state: state)
        let found: [Int] =
            switch state.field?.kind {
            case .time: reading.times()
            case .date: reading.dates()
            case .number: reading.numbers()
            case .name: reading.names()
            case .text: reading.words()
            case .phone: []
            case nil: reading.consent()
            }
        return found.count == 1 ? found[0] : nil
    }

    // The dialogue is a function of its log alone, so it knows no day: what depends on one is read on two days of different weeks, and holds only if
    // both readings agree. "מחר" is no weekday then, and "ב-15 בפברואר" no answer of a list of weekdays.
    private static let days = [(2026, 3, 1), (2026, 6, 17)].compactMap { CivilDate(year: $0.0, month: $0.1, day: $0.2) }
    private static let contexts = days.map { UnderstandingContext(now: CivilClock.jerusalem.instant(of: CivilDateTime($0, CivilTime(minutes: 600))).best) }

    private func understanding(_ text: String, _ context: UnderstandingContext = contexts[0]) -> Understanding { Understanding(text, context: context) }
    private func indices(_ fits: (ReceptionistScript.Answer) -> Bool) -> [Int] { state.answers.indices.filter { fits(state.answers[$0]) } }

    /// Of both halves of the day the one that is offered.
    private func times() -> [Int] {
        guard let said = understanding(text).time(), said.through == nil, said.bound == .exact || said.bound == .about else { return [] }
        for time in [said.value] + said.alternatives {
            let found = indices { CivilTime($0.value) == time }
            if !found.isEmpty { return found }
        }
        return []
    }

    private func dates() -> [Int] {
        let said = Self.contexts.map { understanding(text, $0).date() }
        guard said.allSatisfy({ $0.map { $0.through == nil && $0.confidence >= 0.5 } == true }) else { return [] }
        return indices { answer in
            zip(Self.contexts, said).allSatisfy { context, said in understanding(answer.label, context).date()?.value == said?.value }
        }
    }

    private func numbers() -> [Int] {
        let said = understanding(text).numbers()
        guard let first = said.first, said.allSatisfy({ $0 == first }) else { return [] }
        return indices { Double($0.value).map { abs($0 - Double(first.numerator) / Double(first.denominator)) < 0.006 } == true }
    }

    private func names() -> [Int] {
        guard let said = understanding(text).name() else { return [] }
        // A family name behind it changes nothing about a list of first names.
        let first = said.value.split(separator: " ").first.map(String.init) ?? said.value
        return indices { MatchingForm.sameMeaning($0.label, said.value) || MatchingForm.sameMeaning($0.label, first) }
    }

    /// Names of services and places, misheard by a letter or two.
    private func words() -> [Int] {
        // Two answers side by side are none; so is one that is refused.
        let vocabulary = Vocabulary(state.answers.enumerated().map { Vocabulary.Entry(id: String($0.offset), names: [$0.element.label]) })
        let found = vocabulary.find(in: text, atLeast: 0.85).compactMap { Int($0.id) }
        // "לא בחיפה" names what is not wanted.
        return understanding(text).yesNo()?.value == .no ? [] : found
    }

    /// Of questions that are answered by yes or no: what the answers' own phrases say is what decides which is which.
    private func consent() -> [Int] {
        guard let said = understanding(text).yesNo(), said.value != .unsure, said.confidence >= 0.7 else { return [] }
        return indices { answer in answer.phrases.first.flatMap { understanding($0).yesNo()?.value } == said.value }
    }
}
