import BusContract
import Business
import CallVocabulary
import DialogWorker
import ServiceKit
import Testing

@Suite struct ProfileModelTests {
    private func plan(_ turn: DialogTurn, call: String = "CA1") throws -> [(after: Int, event: ModelEvent)] {
        let business = try #require(try exampleBusinesses().first)
        return ProfileModel(.fast).plan(ModelRequest(business: business, turn: turn, conversation: ConversationID(call)))
    }

    private func turn(_ log: Int = 0, said: [String] = []) -> DialogTurn {
        DialogTurn(
            heard: .speech(Transcript(text: "שלום", confidence: 1, understood: true)),
            log: (0..<log).map { TurnEntry(turn: TurnID($0), heard: .silence) }, caller: nil, said: said)
    }

    @Test func aReplyComesAsLateAsItsTokens() throws {
        let plan = try plan(turn())
        #expect(plan.first?.event == .expectations(.anything))
        let sentences = plan.compactMap { step in if case .sentence(let text) = step.event { (step.after, text) } else { nil } }
        #expect(sentences.count == 2)
        // The sentence's letters at 2.2 a token and 80 tokens a second.
        let second = Double(sentences[1].1.count) / 2.2 / 80 * 1_000
        #expect(abs(Double(sentences[1].0 - sentences[0].0) - second) <= 1)
        #expect(plan.map(\.after) == plan.map(\.after).sorted())
        guard case .done = plan.last?.event else {
            Issue.record("a reply ends")
            return
        }
    }

    @Test func callsAndTurnsDifferAndRepetitionsDoNot() throws {
        #expect(try plan(turn(3)).map(\.after) == plan(turn(3)).map(\.after))
        let firsts = try (0..<20).map { try plan(turn($0)).map(\.after) }
        #expect(Set(firsts).count > 15)
        #expect(try plan(turn(3)).map(\.after) != plan(turn(3), call: "CA2").map(\.after))
    }

    @Test func whatWasSaidIsNotSaidAgain() throws {
        let whole = try plan(turn())
        let rest = try plan(turn(said: ["בסדר גמור."]))
        #expect(rest.map(\.event) == whole.map(\.event).enumerated().filter { $0.offset != 1 }.map(\.element))
    }

    @Test func theOpeningNeedsNoWords() throws {
        let plan = try plan(DialogTurn(heard: .opening, log: [], caller: nil))
        #expect(plan.count == 2)
        #expect(plan.allSatisfy { $0.after == 0 })
    }
}
