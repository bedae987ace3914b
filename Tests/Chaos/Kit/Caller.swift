/// A caller that speaks numbers and knows which numbers answer them. A value: time is a parameter, in milliseconds.
///
/// To an utterance `n` the agent answers two sentences, `n` and `n + 32768`. 32767 asks to say it again, 32766 stands for words without a
/// number: an apology, or "we were cut off". What the caller does then is what people do: it waits a little for the reply, and repeats.
package struct Caller: Sendable {
    package enum Action: Sendable, Equatable {
        /// Say this number, from the next frame on.
        case speak(Int)
        case hangUp
    }

    package struct Settings: Sendable, Equatable {
        /// Utterances of a call.
        package var utterances = 24
        /// Quiet before the next utterance.
        package var pauseMs = 500
        /// Quiet after the agent has asked again, before the repetition: the reply may still come.
        package var patienceMs = 2_500
        /// Nothing at all for this long: the caller repeats unasked.
        package var despairMs = 8_000
        /// The same utterance is said at most so often.
        package var attempts = 6

        package init() {}
    }

    private enum Phase: Equatable {
        /// The line has never been open.
        case ringing
        case pausing(since: Int)
        case speaking
        case waiting
        case over
    }

    /// Numbers from here on are not utterances.
    package static let numbers = 16_384
    static let second = 32_768
    static let again = 32_767
    static let words = 32_766

    private let settings: Settings
    private let first: Int
    private var phase = Phase.ringing
    private var isLeaving = false
    /// The line was last heard to sound, or the caller itself stopped speaking.
    private var quietSince = 0
    /// The agent has asked again since the last attempt.
    private var isAsked = false
    package private(set) var utterances: [UtteranceRecord] = []
    package private(set) var strays: [CallRecord.Stray] = []

    /// - Parameter first: number of its first utterance; the following ones count up from there, modulo ``numbers``.
    package init(settings: Settings, first: Int) {
        self.settings = settings
        self.first = first
    }

    /// The first stream is open.
    package mutating func lineOpened(now: Int) {
        if phase == .ringing { phase = .pausing(since: now) }
    }

    /// End after the utterance that is being dealt with.
    package mutating func leave() { isLeaving = true }

    /// The last frame of the utterance has been sent.
    package mutating func finishedSpeaking(now: Int) {
        guard phase == .speaking, let last = utterances.indices.last, let attempt = utterances[last].attempts.indices.last else { return }
        utterances[last].attempts[attempt].end = now
        quietSince = now
        phase = .waiting
        // The reply to an earlier attempt may have come meanwhile.
        settle(last, now: now)
    }

    /// A number was heard whole.
    package mutating func heard(_ number: Int, now: Int) {
        if number == Self.again || number == Self.words {
            guard let last = utterances.indices.last, utterances[last].answered == nil else { return }
            utterances[last].asked.append(now)
            if phase == .waiting { isAsked = true }
            return
        }
        let sentence = number >= Self.second ? 1 : 0
        guard let index = utterances.lastIndex(where: { $0.number == number - sentence * Self.second }) else {
            strays.append(.init(number: number, at: now))
            return
        }
        utterances[index].heard[sentence].append(now)
        settle(index, now: now)
    }

    private mutating func settle(_ index: Int, now: Int) {
        guard utterances[index].answered == nil, utterances[index].heard.allSatisfy({ !$0.isEmpty }) else { return }
        if index == utterances.count - 1, phase == .speaking { return }
        utterances[index].answered = now
        if index == utterances.count - 1, phase == .waiting { phase = .pausing(since: now) }
    }

    /// Called every 20 ms.
    /// - Parameters:
    ///   - isAudible: the line sounded in these 20 ms.
    ///   - isBusy: something is still being played, be it silent.
    package mutating func advance(now: Int, isAudible: Bool, isBusy: Bool) -> Action? {
        defer { if isAudible { quietSince = now } }
        switch phase {
        case .ringing, .speaking, .over:
            return nil
        case .pausing(let since):
            if !isBusy, let last = utterances.indices.last, utterances[last].closed == nil { utterances[last].closed = now }
            if isBusy || isAudible {
                phase = .pausing(since: now)
                return nil
            }
            guard now - since >= settings.pauseMs else { return nil }
            guard !isLeaving, utterances.count < settings.utterances else {
                phase = .over
                return .hangUp
            }
            let number = (first + utterances.count) % Self.numbers
            utterances.append(UtteranceRecord(number: number, attempts: [.init(reason: .first, start: now)]))
            return speak(number)
        case .waiting:
            guard let last = utterances.indices.last else { return nil }
            let silence = now - quietSince
            utterances[last].silenceMs = max(utterances[last].silenceMs, silence)
            guard !isAudible, silence >= (isAsked ? settings.patienceMs : settings.despairMs) else { return nil }
            guard utterances[last].attempts.count < settings.attempts else {
                utterances[last].gaveUp = true
                phase = .pausing(since: now)
                return nil
            }
            utterances[last].attempts.append(.init(reason: isAsked ? .asked : .unasked, start: now))
            return speak(utterances[last].number)
        }
    }

    private mutating func speak(_ number: Int) -> Action {
        phase = .speaking
        isAsked = false
        return .speak(number)
    }
}
