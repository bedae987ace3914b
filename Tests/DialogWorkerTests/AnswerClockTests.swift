import ProviderKit
import Testing

@testable import DialogWorker

@Suite struct AnswerClockTests {
    private let start = ContinuousClock.now

    private func late(_ clock: AnswerClock, _ milliseconds: Int) -> String? {
        do throws(ProviderFailure) {
            _ = try clock.nextLook(now: start + .milliseconds(milliseconds))
            return nil
        } catch {
            #expect(error.kind == .timeout)
            return error.message.hasPrefix("no token") ? "token" : "sentence"
        }
    }

    @Test func theFirstTokenAndEachSentenceHaveTheirTime() {
        let clock = AnswerClock(firstToken: .milliseconds(2_500), now: start)
        #expect(late(clock, 3_999) == nil)
        #expect(late(clock, 4_000) == "sentence")
        clock.asked(now: start)
        #expect(late(clock, 2_499) == nil)
        #expect(late(clock, 2_500) == "token")
        clock.begun()
        #expect(late(clock, 3_999) == nil)
        clock.spoke(now: start + .milliseconds(1_000))
        #expect(late(clock, 4_999) == nil)
        #expect(late(clock, 5_000) == "sentence")
        // The next answer of the same reply has a first token of its own, and no more time for its sentence.
        clock.asked(now: start + .milliseconds(2_000))
        #expect(late(clock, 4_499) == nil)
        #expect(late(clock, 4_500) == "token")
        clock.asked(now: start + .milliseconds(4_000))
        #expect(late(clock, 4_999) == nil)
        #expect(late(clock, 5_000) == "sentence")
    }

    @Test func aSlowServerGetsMoreForItsSentenceToo() {
        let clock = AnswerClock(firstToken: .seconds(10), now: start)
        clock.asked(now: start)
        #expect(late(clock, 9_999) == nil)
        #expect(late(clock, 10_000) == "token")
        clock.begun()
        #expect(late(clock, 11_499) == nil)
        #expect(late(clock, 11_500) == "sentence")
    }

    /// Whoever sleeps until the sentence is due would sleep over a request that is sent a moment later.
    @Test func theWatchIsAwakeInTimeForARequestThatComesLater() throws {
        let clock = AnswerClock(firstToken: .milliseconds(300), now: start)
        let look = try clock.nextLook(now: start)
        clock.asked(now: start + .milliseconds(1))
        #expect(look <= start + .milliseconds(301))
        #expect(try clock.nextLook(now: look) == start + .milliseconds(301))
    }
}
