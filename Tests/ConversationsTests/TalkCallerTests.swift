import Testing

@testable import ConversationsKit

/// Runs a caller by frames of 20 ms; the agent is audible in the given stretches.
private func actions(
    _ steps: [Conversation.Step], uttering: Double = 1_000, agent: [ClosedRange<Double>], until: Double
) -> [(Double, TalkCaller.Action)] {
    var caller = TalkCaller(steps: steps, now: 0)
    var found: [(Double, TalkCaller.Action)] = []
    var end: Double?
    for now in stride(from: 20, through: until, by: 20) {
        if let at = end, now >= at {
            end = nil
            caller.finishedUttering(now: now)
        }
        let audible = agent.contains { $0.contains(now) }
        for action in caller.advance(now: now, audible: audible, isBusy: audible) {
            found.append((now, action))
            if case .utter = action { end = now + uttering }
        }
    }
    return found
}

private func say(_ change: (inout Conversation.Utterance) -> Void = { _ in }) -> Conversation.Step {
    var utterance = Conversation.Utterance(parts: [.words("כן")])
    change(&utterance)
    return .utter(utterance)
}

struct TalkCallerTests {
    @Test func itSpeaksInTurnAndHangsUp() {
        let found = actions([say(), say()], agent: [2_000...3_000, 5_000...6_000], until: 8_000)
        #expect(found.map(\.1) == [.utter(0, overAgent: false), .utter(1, overAgent: false), .hangUp])
        #expect(found.map(\.0) == [700, 3_600, 6_600])
    }

    @Test func itSpeaksOverTheAgentAtItsMoment() {
        let steps = [say(), say { ($0.cue, $0.stopsAgent) = (.overAgent(1_500), true) }]
        let found = actions(steps, agent: [2_000...9_000], until: 12_000)
        #expect(found.map(\.1) == [.utter(0, overAgent: false), .utter(1, overAgent: true), .hangUp])
        #expect(found.map(\.0) == [700, 3_500, 11_000])
    }

    @Test func pausesBetweenSentencesAreOneSpeech() {
        let steps = [say(), say { ($0.cue, $0.stopsAgent, $0.turn) = (.overAgent(3_000), false, .none) }]
        let found = actions(steps, agent: [2_000...3_000, 3_400...9_000], until: 9_000)
        #expect(found.map(\.0) == [700, 5_000])
    }

    @Test func whatHasNothingToSpeakOverIsLeftOut() {
        let steps = [say(), say { ($0.cue, $0.stopsAgent) = (.overAgent(5_000), true) }, say()]
        let found = actions(steps, agent: [2_000...3_000], until: 20_000)
        #expect(found.map(\.1).prefix(3) == [.utter(0, overAgent: false), .leaveOut(1), .utter(2, overAgent: false)])
    }

    @Test func anAnswerIsWaitedForAndMissed() {
        let found = actions([say(), say()], agent: [], until: 9_000)
        #expect(found.map(\.1) == [.utter(0, overAgent: false), .unanswered(0), .utter(1, overAgent: false)])
        #expect(found[2].0 == 7_700)
    }

    @Test func correctionsFollowAtOnce() {
        let found = actions([say(), say { ($0.cue, $0.turn) = (.afterOwn(300), .either) }], agent: [], until: 3_000)
        #expect(found.map(\.0) == [700, 2_000])
    }

    @Test func whoWasCutIntoWaitsForTheRest() {
        // The agent begins in the middle of the first utterance.
        let found = actions([say(), say()], agent: [1_200...2_500], until: 6_000)
        #expect(found.map(\.0) == [700, 4_500])
    }

    @Test func keysAndWaits() {
        let found = actions([say(), .keys("5"), .wait(1_000), say()], agent: [2_000...3_000], until: 12_000)
        #expect(found.prefix(3).map(\.1) == [.utter(0, overAgent: false), .keys("5"), .utter(1, overAgent: false)])
        #expect(found.prefix(3).map(\.0) == [700, 3_600, 4_620])
    }
}
