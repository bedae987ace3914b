import BusContract
import DialogWorker
import ProviderKit
import Synchronization
import Testing

/// A provider's model that behaves badly on command, reply by reply; the last mood stays.
private final class MoodyModel: LanguageModel {
    enum Mood: Sendable {
        case well
        /// Fails before any sentence.
        case refuses
        /// Breaks after its first sentence.
        case breaks
    }

    let name: String
    let waitsForOthers = true
    private let moods: Mutex<[Mood]>
    private let asked = Mutex(0)
    var replies: Int { asked.withLock { $0 } }

    init(_ name: String, _ moods: [Mood]) {
        self.name = name
        self.moods = Mutex(moods)
    }

    func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        asked.withLock { $0 += 1 }
        let mood = moods.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        let (events, skipped) = (EchoModel().reply(to: request), request.turn.said.count)
        let (stream, continuation) = AsyncThrowingStream.makeStream(of: ModelEvent.self)
        let thinking = Task {
            do {
                if case .refuses = mood { throw ProviderFailure(.broken, "it refuses") }
                var sentences = 0
                for try await event in events {
                    if case .sentence = event {
                        sentences += 1
                        // What the provider before has said is not said again.
                        if sentences <= skipped { continue }
                        if case .breaks = mood, sentences > skipped + 1 { throw ProviderFailure(.broken, "it breaks") }
                    }
                    continuation.yield(event)
                }
                continuation.finish()
            } catch {
                continuation.finish(throwing: error)
            }
        }
        continuation.onTermination = { _ in thinking.cancel() }
        return stream
    }
}

/// Models fail in a call, in every way: each reply is heard whole, once, and in its order.
@Suite(.serialized) struct ModelFailoverTests {
    @Test(arguments: TestBus.Kind.allCases) func aModelFailsInMidCall(_ kind: TestBus.Kind) async throws {
        // The opening has no sentence of its own; then one mood for each thing said.
        let first = MoodyModel("first", [.well, .well, .refuses, .well, .breaks, .well, .refuses, .breaks, .refuses])
        let second = MoodyModel("second", [.well])
        try await TestFleet.run(kind, .with(models: [first, second])) { fleet in
            let call = try await fleet.call()
            let said: [UInt16] = [1, 2, 3, 4, 5, 6, 7, 8]
            for number in said {
                try await call.say(number)
                try await call.hears(sentences: 2)
            }
            try await fleet.expectWhole(call, said: said)
            #expect(fleet.log.count("PROVIDER_SWITCH", ["stage": "dialog", "from": "first", "to": "second"]) >= 4)
            #expect(fleet.log.count("PROVIDER_RESTS", ["provider": "first"]) == 1)
        }
        #expect(second.replies >= 4)
    }
}
