import BusContract
import CallVocabulary
import DialogWorker
import Testing

/// Whoever is interrupted stops at once, at the provider too: an answer that nobody hears costs money and a place in its queue.
@Suite(.timeLimit(.minutes(2))) struct CancelTests {
    /// Milliseconds from the cancellation to the moment at which the server sees the connection close.
    private func cancelled(_ step: JSONValue, waitsForWords: Bool) async throws -> Double {
        let room = try await ChatFake.shared.value.room([step])
        let caller = Caller([room.model()])
        caller.ask("שלום")
        if waitsForWords { try await caller.firstSentence() } else { _ = try await room.marks("request") }
        let start = monotonicNanoseconds()
        caller.cancel()
        let gone = try await room.marks("gone")
        #expect(gone.count == 1)
        return Double(gone[0].at - start) / 1e6
    }

    @Test(arguments: [true, false]) func theSocketClosesWithinFiftyMilliseconds(waitsForWords: Bool) async throws {
        let step: JSONValue =
            waitsForWords ? ["text": "בשמחה. אני כבר בודקת מה יש לנו ברשימות של החודש", "rate": 4] : ["text": "בשמחה.", "first_ms": 60_000]
        var times: [Double] = []
        for _ in 0..<11 { times.append(try await cancelled(step, waitsForWords: waitsForWords)) }
        times.sort()
        print("PERF cancel to closed socket, \(waitsForWords ? "in mid-answer" : "before the first token"): p50 \(times[5]) ms, max \(times[10]) ms")
        // Mostly a millisecond or two; the median, because this machine has other work too.
        #expect(times[5] <= 50)
    }

    @Test func aCancelledTurnSaysNothingMoreAndTheNextIsAnswered() async throws {
        let room = try await ChatFake.shared.value.room([["text": "בשמחה. ועוד משהו ארוך מאוד. ועוד. ועוד.", "rate": 10], ["text": "כן?"]])
        let caller = Caller([room.model()])
        caller.ask("שלום")
        try await caller.firstSentence()
        caller.cancel()
        _ = try await room.marks("gone")
        // What was on its way when the cancellation came belongs to the turn before; the port holds nothing else of it.
        let reply = try await caller.say("רגע")
        #expect(reply.sentences.last == "כן?")
        #expect(reply.done.pieces == 1)
        #expect(caller.lines.named("PROVIDER_SWITCH").isEmpty, "a cancellation is no failure")
    }
}
