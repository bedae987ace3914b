import ChaosKit
import Testing

/// A caller and the time, in steps of 20 ms.
private struct Line {
    var caller: Caller
    var now = 0
    var actions: [Caller.Action] = []

    init(utterances: Int = 3, first: Int = 256) {
        var settings = Caller.Settings()
        settings.utterances = utterances
        caller = Caller(settings: settings, first: first)
    }

    /// Lets time pass; an utterance that begins takes 460 ms.
    mutating func pass(_ milliseconds: Int, audible: Bool = false, busy: Bool = false) {
        let end = now + milliseconds
        while now < end {
            now += 20
            guard let action = caller.advance(now: now, isAudible: audible, isBusy: busy) else { continue }
            actions.append(action)
            if case .speak = action {
                now += 460
                caller.finishedSpeaking(now: now)
            }
        }
    }

    /// The agent says a number: half a second of sound.
    mutating func agent(_ numbers: Int...) {
        for number in numbers {
            pass(500, audible: true, busy: true)
            caller.heard(number, now: now)
        }
    }
}

@Suite struct CallerTests {
    @Test func itSpeaksNumbersAndGoesOnWhenBothSentencesWereHeard() {
        var line = Line(utterances: 2)
        line.pass(3_000)
        #expect(line.actions.isEmpty, "nobody speaks before the line is open")
        line.caller.lineOpened(now: line.now)
        line.pass(600)
        #expect(line.actions == [.speak(256)])
        line.pass(600)
        line.agent(256, 256 + 32_768)
        line.pass(600)
        #expect(line.actions == [.speak(256), .speak(257)])
        line.pass(400)
        line.agent(257, 257 + 32_768)
        line.pass(600)
        #expect(line.actions == [.speak(256), .speak(257), .hangUp])
        #expect(line.caller.utterances.map(\.number) == [256, 257])
        #expect(
            line.caller.utterances.allSatisfy { $0.attempts.count == 1 && $0.answered != nil && $0.closed != nil && $0.heard.map(\.count) == [1, 1] })
    }

    @Test func theLongestSilenceIsMeasuredFromTheEndOfTheUtteranceToTheEndOfTheReply() throws {
        var line = Line()
        line.caller.lineOpened(now: 0)
        line.pass(520)
        line.pass(700)
        line.agent(256)
        line.pass(1_500)
        line.agent(256 + 32_768)
        let silence = try #require(line.caller.utterances.first?.silenceMs)
        #expect((1_480...1_520).contains(silence), "\(silence)")
    }

    @Test func askedAgainItWaitsForTheReplyAndThenRepeats() throws {
        var line = Line()
        line.caller.lineOpened(now: 0)
        line.pass(520)
        line.agent(32_767)
        line.pass(2_300)
        #expect(line.actions == [.speak(256)])
        line.pass(300)
        #expect(line.actions == [.speak(256), .speak(256)])
        line.agent(256, 256 + 32_768)
        let utterance = try #require(line.caller.utterances.first)
        #expect(utterance.attempts.map(\.reason) == [.first, .asked])
        #expect(utterance.asked.count == 1)
        #expect(utterance.answered != nil)
    }

    @Test func aReplyThatComesAfterTheApologyIsTaken() {
        var line = Line()
        line.caller.lineOpened(now: 0)
        line.pass(520)
        line.agent(32_766)
        line.pass(1_000)
        line.agent(256, 256 + 32_768)
        line.pass(5_000)
        #expect(line.actions.prefix(2) == [.speak(256), .speak(257)])
        #expect(line.caller.utterances.first?.attempts.count == 1)
    }

    @Test func afterEightSecondsOfNothingItRepeatsUnasked() {
        var line = Line()
        line.caller.lineOpened(now: 0)
        line.pass(520)
        line.agent(256)
        line.pass(7_900)
        #expect(line.actions == [.speak(256)])
        line.pass(200)
        #expect(line.actions == [.speak(256), .speak(256)])
        #expect(line.caller.utterances.first?.attempts.last?.reason == .unasked)
        #expect(line.caller.utterances.first?.answered == nil)
    }

    @Test func itGivesUpAfterSixAttemptsAndGoesOn() {
        var line = Line(utterances: 2)
        line.caller.lineOpened(now: 0)
        line.pass(60_000)
        #expect(line.actions.prefix(7) == [.speak(256), .speak(256), .speak(256), .speak(256), .speak(256), .speak(256), .speak(257)])
        #expect(line.caller.utterances.first?.gaveUp == true)
    }

    @Test func whatIsHeardAgainOrForNobodyIsWrittenDown() {
        var line = Line()
        line.caller.lineOpened(now: 0)
        line.pass(520)
        line.agent(256, 256, 256 + 32_768, 999)
        #expect(line.caller.utterances.first?.heard.map(\.count) == [2, 1])
        #expect(line.caller.strays.map(\.number) == [999])
    }

    @Test func itLeavesAfterTheUtteranceThatItIsAt() {
        var line = Line()
        line.caller.lineOpened(now: 0)
        line.pass(520)
        line.caller.leave()
        line.pass(1_000)
        #expect(line.actions == [.speak(256)])
        line.agent(256, 256 + 32_768)
        line.pass(600)
        #expect(line.actions == [.speak(256), .hangUp])
    }

    @Test func numbersOfManyCallsStayWhereUtterancesAre() {
        var line = Line(utterances: 1, first: Caller.numbers * 3 + 5)
        line.caller.lineOpened(now: 0)
        line.pass(520)
        #expect(line.actions == [.speak(5)])
    }
}
