import BusContract
import Business
import CallVocabulary
import DialogWorker
import Testing

@Suite struct EchoModelTests {
    private func reply(_ heard: Heard, log: [TurnEntry] = []) async throws -> (sentences: [String], lead: [String: String]) {
        let request = ModelRequest(business: try #require(try exampleBusinesses().first), turn: DialogTurn(heard: heard, log: log, caller: nil))
        var sentences: [String] = []
        var lead: [String: String] = [:]
        for try await event in EchoModel().reply(to: request) {
            switch event {
            case .sentence(let text): sentences.append(text)
            case .done(let done): lead = done.lead
            case .expectations, .firstToken, .tokens, .lead: break
            }
        }
        return (sentences, lead)
    }

    private func heard(_ text: String, understood: Bool = true) -> Heard { .speech(Transcript(text: text, confidence: 1, understood: understood)) }

    @Test func aNumberIsAnsweredByTwoNumbersAndIsTheLead() async throws {
        let answer = try await reply(heard("300"))
        #expect(answer.sentences == ["300", "33068"])
        #expect(answer.lead == ["number": "300"])
    }

    @Test func whatIsNoSingleNumberIsAskedAgain() async throws {
        for what in [heard("300 301"), heard(""), heard("300", understood: false), heard("32767"), heard("-1"), heard("כן"), .silence, .digits("3")] {
            #expect(try await reply(what).sentences == ["32767"], "\(what)")
        }
    }

    @Test func theOpeningNeedsNoWordsAndTheLeadIsKeptWhenAskingAgain() async throws {
        #expect(try await reply(.opening).sentences == [])
        let log = [TurnEntry(turn: TurnID(1), heard: heard("7")), TurnEntry(turn: TurnID(2), heard: .silence)]
        #expect(try await reply(.silence, log: log).lead == ["number": "7"])
    }
}
