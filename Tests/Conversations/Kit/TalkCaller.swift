/// How the caller of a conversation behaves: when it begins to speak, and when it hangs up. A value; time is milliseconds on the call's clock.
package struct TalkCaller: Sendable {
    package enum Action: Sendable, Equatable {
        /// Begin this utterance with the next frame. `overAgent`: the agent is audible.
        case utter(Int, overAgent: Bool)
        case keys(String)
        /// There is nothing to speak over: this utterance is left out.
        case leaveOut(Int)
        /// Nothing was heard in time after this utterance.
        case unanswered(Int)
        case hangUp
    }

    /// Silence on the line before the first word.
    static let opening = 700
    /// Silence after the agent's last sound that ends its turn.
    static let quiet = 600
    /// The same when something else may still come: two replies, or one to what should have been none.
    static let longQuiet = 2_000
    /// The agent's voice is waited for so long.
    static let patience = 6_000
    /// Pauses of the agent's between its sentences.
    static let breath = 700

    private enum Phase: Equatable {
        case waiting(since: Double)
        case uttering
        case over
    }

    private let steps: [Conversation.Step]
    /// Milliseconds by which moments over the agent are shifted.
    private let shift: Int
    private var next = 0
    private var utterances = 0
    private var phase: Phase
    private var last: Conversation.Utterance?
    private var ownEnd: Double?
    /// The agent's present or last speech.
    private var speech: (from: Double, to: Double)?
    private var wasCutInto = false
    private var isMissed = false

    package init(steps: [Conversation.Step], shift: Int = 0, now: Double) {
        self.steps = steps
        self.shift = shift
        phase = .waiting(since: now)
    }

    /// The last frame of the utterance has been sent.
    package mutating func finishedUttering(now: Double) {
        guard phase == .uttering else { return }
        ownEnd = now
        phase = .waiting(since: now)
    }

    /// Called with every frame.
    /// - Parameters:
    ///   - audible: the agent was audible in it.
    ///   - isBusy: something of the agent's waits to be played.
    package mutating func advance(now: Double, audible: Bool, isBusy: Bool) -> [Action] {
        if audible {
            if phase == .uttering, last?.stopsAgent == nil { wasCutInto = true }
            if let present = speech, now - present.to <= Double(Self.breath) { speech?.to = now } else { speech = (now, now) }
        }
        guard case .waiting(let since) = phase else { return [] }
        guard next < steps.count else { return finish(now: now, since: since, isBusy: isBusy) }
        switch steps[next] {
        case .wait(let milliseconds):
            guard now - since >= Double(milliseconds) else { return [] }
            return passed(now)
        case .keys(let keys):
            guard hasFinished(now: now, since: since, isBusy: isBusy) else { return [] }
            return [.keys(keys)] + passed(now)
        case .utter(let utterance):
            switch utterance.cue {
            case .afterOwn(let milliseconds):
                guard now - (ownEnd ?? since) >= Double(milliseconds) else { return [] }
            case .agentFinished:
                guard hasFinished(now: now, since: since, isBusy: isBusy) else { return miss(now: now, since: since) }
            case .overAgent(let milliseconds):
                guard let speech, speech.to >= (ownEnd ?? 0), isBusy || now - speech.to <= Double(Self.breath) else {
                    // Waits for the agent to begin, or finds that it has finished.
                    guard now - max(since, speech?.to ?? since) >= Double(Self.patience) else { return [] }
                    return leaveOut(now)
                }
                guard audible, now - speech.from >= Double(max(0, milliseconds + shift)) else { return [] }
            }
            return begin(utterance, audible: audible)
        }
    }

    private mutating func begin(_ utterance: Conversation.Utterance, audible: Bool) -> [Action] {
        let index = utterances
        next += 1
        utterances += 1
        last = utterance
        wasCutInto = false
        isMissed = false
        phase = .uttering
        return [.utter(index, overAgent: audible)]
    }

    private mutating func passed(_ now: Double) -> [Action] {
        next += 1
        phase = .waiting(since: now)
        return []
    }

    private mutating func leaveOut(_ now: Double) -> [Action] {
        defer { utterances += 1 }
        return [.leaveOut(utterances)] + passed(now)
    }

    /// The agent has answered what was said, and is silent.
    private func hasFinished(now: Double, since: Double, isBusy: Bool) -> Bool {
        guard !isBusy else { return false }
        guard let ownEnd, let last else { return now - since >= Double(Self.opening) }
        let isSure = last.turn != .none && last.stopsAgent != true && !wasCutInto
        let quiet = Double(isSure ? Self.quiet : Self.longQuiet)
        if let speech, speech.to > ownEnd { return now - speech.to >= quiet }
        // After what is no turn nothing need come.
        return now - max(ownEnd, since) >= Double(last.turn == .none ? Self.longQuiet : Self.patience)
    }

    /// An answer has not come: noted once.
    private mutating func miss(now: Double, since: Double) -> [Action] {
        guard !isMissed, let ownEnd, let last, last.turn != .none, speech.map({ $0.to <= ownEnd }) ?? true,
            now - ownEnd >= Double(Self.patience - 40)
        else { return [] }
        isMissed = true
        return [.unanswered(utterances - 1)]
    }

    private mutating func finish(now: Double, since: Double, isBusy: Bool) -> [Action] {
        let missed = miss(now: now, since: since)
        guard hasFinished(now: now, since: since, isBusy: isBusy) else { return missed }
        phase = .over
        return missed + [.hangUp]
    }
}
