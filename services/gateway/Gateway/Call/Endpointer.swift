import Audio
import CallVocabulary
import Hebrew

/// Cuts the caller's voice into utterances: voice activity, what the recogniser has heard so far, and how this caller speaks. The one place
/// where this is decided.
package struct Endpointer: Sendable, Equatable, Codable {
    package enum Decision: Sendable, Equatable {
        /// `from` is the first frame of the utterance, lead-in included.
        case began(from: UInt32)
        /// The caller has paused for a moment: what was heard may be all.
        case paused
        /// Goes on after such a pause.
        case resumed
        case ended(Utterance)
    }

    package struct Utterance: Sendable, Equatable, Codable {
        /// Last frame of the utterance, the silence included.
        package var through: UInt32
        /// Arrival of its last voiced frame.
        package var voiceEnd: CallTime
        /// How much of it was voice.
        package var voicedMilliseconds: Int
        package var reason: EndpointReason
    }

    /// An utterance begins when this many of the last `onsetWindow` frames are voiced: a click is one frame, a syllable at least five.
    private static let onsetVoiced = 3
    private static let onsetWindow = 5
    /// Silence after which the words so far may be all: as long as a stop consonant is silent, and not longer.
    private static let pauseFrames = 8
    /// Words that have changed this lately may go on changing: the recogniser is behind the voice.
    private static let freshMilliseconds = 120
    /// Pauses of this caller that are remembered, and from how many on they count.
    private static let pausesKept = 16
    private static let pausesNeeded = 4

    private let rules: EndpointRules
    private let leadInFrames: UInt32
    private let longestFrames: UInt32
    private var detector = VoiceActivityDetector()
    /// The last frames' decisions, newest in bit 0.
    private var recent: UInt8 = 0
    private var open: Open?
    /// First frame that belongs to no utterance yet: the lead-in of one must not repeat the end of the last.
    private var free: UInt32 = 0
    /// Milliseconds for which this caller has paused before going on.
    private var pauses: [Int] = []
    /// Whole answers that the dialogue expects.
    private var expected: Set<String> = []
    /// Beginnings of longer ones.
    private var beginnings: Set<String> = []

    private struct Open: Sendable, Equatable, Codable {
        var from: UInt32
        var silentFrames = 0
        var voicedFrames: Int
        var lastVoiced: CallTime
        /// What the words heard so far ask for.
        var ask = EndpointReason.silence
        var textChanged: CallTime?
        var form = ""
        /// Voiced frames since the words changed.
        var unheeded = 0
        var hasPaused = false
    }

    package init(policy: CallPolicy) {
        rules = policy.endpoint
        leadInFrames = UInt32(policy.leadIn / AudioFrame.milliseconds)
        longestFrames = UInt32(policy.longestUtterance / AudioFrame.milliseconds)
    }

    /// The caller is speaking, or has paused for less than the rule.
    package var isInUtterance: Bool { open != nil }
    /// The caller is silent, and was for a moment; or is not speaking at all.
    package var hasPaused: Bool { open.map { $0.silentFrames >= Self.pauseFrames } ?? true }
    package var voicedMilliseconds: Int { (open?.voicedFrames ?? 0) * AudioFrame.milliseconds }

    // MARK: - What is known beside the voice

    /// What the dialogue expects now: one of these answers is whole as soon as it is said.
    package mutating func expect(_ expectations: Expectations?) {
        let phrases = Set((expectations?.answers ?? []).flatMap(\.phrases).map(Self.form))
        beginnings = []
        for phrase in phrases {
            var words = phrase.split(separator: " ")
            while words.count > 1 {
                words.removeLast()
                beginnings.insert(words.joined(separator: " "))
            }
        }
        expected = phrases.subtracting(beginnings).subtracting([""])
    }

    /// What the recogniser has heard of the open utterance so far.
    package mutating func heard(_ text: String, at now: CallTime) {
        guard open != nil else { return }
        let form = Self.form(text)
        let ask =
            expected.contains(form)
            ? EndpointReason.expectedAnswer : beginnings.contains(form) ? .silence : EndpointReason(UtteranceShape(text))
        open?.ask = ask
        open?.textChanged = now
        if form != open?.form {
            open?.form = form
            open?.unheeded = 0
        }
    }

    /// The caller went on: he pauses for this long.
    private mutating func learn(pause milliseconds: Int) {
        guard milliseconds >= Self.pauseFrames * AudioFrame.milliseconds else { return }
        pauses.append(min(milliseconds, rules.longestPause))
        if pauses.count > Self.pausesKept { pauses.removeFirst() }
    }

    /// How long a complete sentence waits with this caller: a little more than most of his own pauses.
    package var plainWait: Int {
        guard pauses.count >= Self.pausesNeeded else { return rules.plain }
        let sorted = pauses.sorted()
        let usual = sorted[sorted.count * 4 / 5]
        return min(rules.longestPlain, max(rules.shortestPlain, usual + rules.overPause))
    }

    private static func form(_ text: String) -> String {
        text.split(whereSeparator: { !$0.isLetter && !$0.isNumber && $0 != "\"" && $0 != "'" }).joined(separator: " ")
    }

    // MARK: - Frames

    package mutating func hear(_ frame: AudioFrame, at now: CallTime) -> Decision? {
        let voiced = detector.process(muLaw: frame.payload).isSpeech
        recent = recent << 1 | (voiced ? 1 : 0)
        guard var utterance = open else {
            let voicedNow = (recent & UInt8(1 << Self.onsetWindow - 1)).nonzeroBitCount
            guard voicedNow >= Self.onsetVoiced else { return nil }
            let back = leadInFrames + UInt32(Self.onsetWindow)
            let from = max(free, frame.sequence >= back ? frame.sequence - back : 0)
            open = Open(from: from, voicedFrames: voicedNow, lastVoiced: now)
            return .began(from: from)
        }
        var decision: Decision?
        if voiced {
            utterance.voicedFrames += 1
            utterance.unheeded += 1
            if utterance.hasPaused {
                learn(pause: utterance.silentFrames * AudioFrame.milliseconds)
                decision = .resumed
            }
            utterance.hasPaused = false
            utterance.silentFrames = 0
            utterance.lastVoiced = now
        } else {
            utterance.silentFrames += 1
            if utterance.silentFrames == Self.pauseFrames {
                utterance.hasPaused = true
                decision = .paused
            }
        }
        open = utterance
        if frame.sequence &- utterance.from >= longestFrames { return .ended(end(utterance, through: frame.sequence, .tooLong)) }
        if isUnheeded(utterance) { return .ended(end(utterance, through: frame.sequence, .stableWords)) }
        guard isOver(utterance, at: now) else { return decision }
        return .ended(end(utterance, through: frame.sequence, utterance.ask))
    }

    /// There is voice, and the recogniser hears no words in it: the caller's were all before.
    private func isUnheeded(_ utterance: Open) -> Bool {
        rules.stable > 0 && !utterance.form.isEmpty
            && utterance.unheeded * AudioFrame.milliseconds >= max(rules.stable, wait(for: utterance.ask))
    }

    private func isOver(_ utterance: Open, at now: CallTime) -> Bool {
        guard utterance.silentFrames > 0 else { return false }
        let silence = utterance.silentFrames * AudioFrame.milliseconds
        guard silence >= wait(for: utterance.ask) else { return false }
        // A word that came in this moment may be the first of several; nobody waits for it longer than without words.
        guard let changed = utterance.textChanged, now.milliseconds(since: changed) < Double(Self.freshMilliseconds) else { return true }
        return silence >= rules.silence
    }

    private func wait(for ask: EndpointReason) -> Int {
        switch ask {
        case .plain: plainWait
        // A caller who pauses long within sentences does so before short ones too.
        case .question: max(rules.question, plainWait - rules.overPause)
        default: rules.wait(ask)
        }
    }

    /// Ends the open utterance though no more frames come: the line has stopped sending.
    package mutating func cut(through sequence: UInt32) -> Utterance? { open.map { end($0, through: sequence, .noMedia) } }

    private mutating func end(_ utterance: Open, through sequence: UInt32, _ reason: EndpointReason) -> Utterance {
        open = nil
        recent = 0
        free = sequence &+ 1
        return Utterance(
            through: sequence, voiceEnd: utterance.lastVoiced, voicedMilliseconds: utterance.voicedFrames * AudioFrame.milliseconds, reason: reason)
    }
}
