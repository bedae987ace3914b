import ProviderKit
import Testing

@testable import DialogWorker

@Suite struct AnswerClockTests {
    private let start = ContinuousClock.now

    @Test func theFirstTokenAndEachSentenceHaveTheirTime() {
        let clock = AnswerClock(firstToken: .milliseconds(2_500), now: start)
        func late(_ milliseconds: Int) -> String? { clock.lateness(now: start + .milliseconds(milliseconds)).failure?.message }
        #expect(late(3_999) == nil)
        #expect(late(4_000)?.hasPrefix("no sentence") == true)
        clock.asked(now: start)
        #expect(late(2_499) == nil)
        #expect(late(2_500)?.hasPrefix("no token") == true)
        clock.begun()
        #expect(late(3_999) == nil)
        clock.spoke(now: start + .milliseconds(1_000))
        #expect(late(4_999) == nil)
        #expect(late(5_000)?.hasPrefix("no sentence") == true)
        // The next answer of the same reply has a first token of its own, and no more time for its sentence.
        clock.asked(now: start + .milliseconds(2_000))
        #expect(late(4_499) == nil)
        #expect(late(4_500)?.hasPrefix("no token") == true)
        clock.asked(now: start + .milliseconds(4_000))
        #expect(late(5_000)?.hasPrefix("no sentence") == true)
    }

    @Test func aSlowServerGetsMoreForItsSentenceToo() {
        let clock = AnswerClock(firstToken: .seconds(10), now: start)
        clock.asked(now: start)
        #expect(clock.lateness(now: start + .seconds(9)).failure == nil)
        #expect(clock.lateness(now: start + .seconds(10)).failure?.kind == .timeout)
    }

    @Test(.timeLimit(.minutes(1))) func theWatchEndsWhenARequestThatCameLaterIsLate() async {
        let clock = AnswerClock(firstToken: .milliseconds(50))
        let begin = ContinuousClock.now
        await #expect(throws: ProviderFailure.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await clock.watch() }
                try await Task.sleep(for: .milliseconds(20))
                clock.asked()
                try await group.next()
            }
        }
        #expect(.now - begin < .seconds(2), "not only when the sentence is late, after four seconds")
    }
}
