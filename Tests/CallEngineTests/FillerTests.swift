import BusContract
import CallEngine
import CallVocabulary
import Testing

/// A dialogue that thinks.
@Suite struct FillerTests {
    private func call() throws -> TestCall {
        var policy = CallPolicy()
        policy.filler = 1_200
        var call = try TestCall(policy: policy, clips: [.sorry: TestCall.sorry, .moment: TestCall.moment])
        call.open()
        return call
    }

    @Test func aCallerWhoWaitsIsToldSo() throws {
        var call = try call()
        let turn = try call.utter("כמה זה עולה")
        let before = call.playedMilliseconds
        call.pass(1_100)
        #expect(call.playedMilliseconds == before && call.logs(.filler).isEmpty)
        call.pass(200)
        #expect(call.logs(.filler).map(\.turn) == [TurnID(turn)])
        #expect(call.playedMilliseconds > before)
        call.answer(turn, ["מאה שקלים"])
        call.pass(3_000)
        #expect(call.turnFacts.last?.entry.said == ["מאה שקלים"], "the line is no part of the reply")
        #expect(call.session.isListening)
    }

    @Test func neverTwiceInARow() throws {
        var call = try call()
        for _ in 0..<4 {
            let turn = try call.utter("כמה זה עולה")
            call.pass(2_000)
            call.answer(turn, ["מאה שקלים"])
            call.pass(3_000)
        }
        #expect(call.logs(.filler).map(\.turn) == [TurnID(1), TurnID(3)])
    }

    @Test func anAnswerInTimeNeedsNone() throws {
        var call = try call()
        let turn = try call.utter("כמה זה עולה")
        call.pass(900)
        call.answer(turn, ["מאה שקלים"], milliseconds: 4_000)
        call.pass(6_000)
        #expect(call.logs(.filler).isEmpty)
    }

    @Test func notIntoTheCallersWords() throws {
        var call = try call()
        _ = try call.utter("כמה זה עולה")
        call.pass(900)
        call.speak(600)
        #expect(call.logs(.filler).isEmpty)
    }
}
