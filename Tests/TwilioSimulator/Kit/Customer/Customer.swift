/// How a simulated customer behaves on the telephone: listens until the agent has finished, thinks for a moment, answers.
///
/// A value; time is milliseconds on the call's clock.
package struct Customer: Sendable {
    /// What the customer does.
    package enum Action: Sendable, Equatable {
        case say(String)
        case hangUp(Reason)
    }

    /// Why the customer hung up.
    package enum Reason: String, Sendable, Equatable, Codable {
        /// The agent said goodbye.
        case goodbye
        /// All answers are given and the agent has reacted (without cues nobody can hear a goodbye).
        case scriptFinished
        /// Nothing was heard for too long, even after the last sentence was repeated.
        case silence
    }

    private enum Phase: Sendable, Equatable {
        /// Waiting for the agent. `heard`: the agent has been heard since the customer last spoke. `since`: begin of the present silence.
        case listening(heard: Bool, since: Int)
        /// The agent has finished; the customer speaks at `until`.
        case thinking(until: Int, heard: Bool)
        case speaking
        case gone
    }

    /// A customer with nothing to answer repeats itself after this silence.
    package static let patience = 8000
    /// Before the first word from either side the customer waits this long for a greeting.
    static let greetingPatience = 4000
    /// Silence after a reply's audio that counts as its end; covers gaps between its sentences.
    static let humanPause = 300...600
    /// A cue may come later than its audio: waited for this long after the audio has ended.
    static let cuePatience = 1500

    private let script: CustomerScript
    private let hasCues: Bool
    private var phase: Phase
    private var random: SplitMix64
    private var newCues: [String] = []
    private var said: [String] = []
    private var repeatedAfterSilence = false
    private var noted: String?

    /// - Parameter hasCues: cues will come; without them answers are given in script order.
    package init(script: CustomerScript, hasCues: Bool, now: Int) {
        self.script = script
        self.hasCues = hasCues
        phase = .listening(heard: false, since: now)
        random = SplitMix64(state: script.seed)
    }

    /// The sentences said so far.
    package var sentencesSaid: [String] { said }
    /// All answers of the script have been given at least once.
    package var hasSaidEverything: Bool {
        let plain = script.answers.filter { $0.without == nil && $0.noted == nil }
        return ([script.opening] + plain.compactMap(\.say)).allSatisfy(said.contains)
    }
    /// A phrase of `hang_up_when` has been heard.
    package private(set) var heardGoodbye = false

    /// The agent's words.
    package mutating func hear(_ cue: AgentCue) {
        newCues.append(cue.text)
        if matches(cue.text, script.hangUpWhen) { heardGoodbye = true }
    }

    /// The customer's own sentence is over.
    package mutating func finishedSpeaking(now: Int) {
        guard phase == .speaking else { return }
        phase = .listening(heard: false, since: now)
    }

    /// Called every 20 ms.
    /// - Parameters:
    ///   - agentAudible: something of the agent was audible since the last call.
    ///   - agentBusy: audio is buffered, a mark is pending or a file is being played.
    ///   - canSpeak: somebody listens: a stream or a recording is open.
    package mutating func advance(now: Int, agentAudible: Bool, agentBusy: Bool, canSpeak: Bool) -> Action? {
        switch phase {
        case .gone, .speaking:
            return nil
        case .listening(var heard, var since):
            if agentAudible { heard = true }
            if agentAudible || agentBusy || !canSpeak { since = now }
            phase = .listening(heard: heard, since: since)
            guard canSpeak, !agentBusy else { return nil }
            let silence = now - since
            if heard {
                if since == now { return nil }
                phase = .thinking(until: since + Int.random(in: Self.humanPause, using: &random), heard: true)
                return nil
            }
            if said.isEmpty, silence >= Self.greetingPatience { return speak(script.opening) }
            if !said.isEmpty, silence >= Self.patience { return afterSilence(now: now) }
            return nil
        case .thinking(let until, let heard):
            if agentAudible || agentBusy || !canSpeak {
                phase = .listening(heard: heard, since: now)
                return nil
            }
            guard now >= until else { return nil }
            return decide(now: now, waitedEnough: now >= until + Self.cuePatience)
        }
    }

    private mutating func decide(now: Int, waitedEnough: Bool) -> Action? {
        if said.isEmpty {
            newCues.removeAll()
            return speak(script.opening)
        }
        if heardGoodbye { return hangUp(.goodbye) }
        if hasCues, newCues.isEmpty, !waitedEnough { return nil }
        let words = newCues.joined(separator: " ")
        newCues.removeAll()
        if let answer = script.answers.first(where: { applies($0, to: words) }) {
            if let note = answer.note { noted = note }
            return speak(answer.say ?? said.last ?? script.opening)
        }
        guard words.isEmpty else {
            // Nothing was asked that the customer understands: it waits, and repeats itself when the line stays silent.
            phase = .listening(heard: false, since: now)
            return nil
        }
        // Without words the order of the script counts; corrections have no place in it.
        let plain = script.answers.filter { $0.without == nil && $0.noted == nil }
        if let next = plain.compactMap(\.say).first(where: { !said.contains($0) }) { return speak(next) }
        return hangUp(.scriptFinished)
    }

    private mutating func afterSilence(now: Int) -> Action? {
        if heardGoodbye { return hangUp(.goodbye) }
        guard !repeatedAfterSilence, let last = said.last else { return hangUp(.silence) }
        let action = speak(last)
        repeatedAfterSilence = true
        return action
    }

    private mutating func speak(_ sentence: String) -> Action {
        phase = .speaking
        said.append(sentence)
        repeatedAfterSilence = false
        return .say(sentence)
    }

    private mutating func hangUp(_ reason: Reason) -> Action {
        phase = .gone
        return .hangUp(reason)
    }

    private func applies(_ answer: CustomerScript.Answer, to words: String) -> Bool {
        guard matches(words, answer.when) else { return false }
        if let needed = answer.noted, needed != noted { return false }
        if let details = answer.without, details.allSatisfy({ matches(words, [$0]) }) { return false }
        return true
    }

    private func matches(_ text: String, _ needles: [String]) -> Bool {
        let text = Self.normalised(text)
        return needles.contains { needle in
            let needle = Self.normalised(needle)
            return !needle.isEmpty && text.firstRange(of: needle) != nil
        }
    }

    /// Without niqqud and punctuation, single spaces: only for comparing.
    static func normalised(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x0591...0x05C7 where scalar.value != 0x05BE: continue
            case 0x22, 0x27, 0x05F3, 0x05F4, 0x200E, 0x200F: continue
            default:
                let isWord = scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                if isWord { result.unicodeScalars.append(scalar) } else if result.last != " " { result.append(" ") }
            }
        }
        return result.trimmingASCIISpace().lowercased()
    }
}

/// A small generator with a seed, so that a run can be repeated exactly.
package struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
