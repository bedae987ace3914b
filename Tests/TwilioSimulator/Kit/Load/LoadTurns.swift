/// When a load caller speaks and what counts as an answer. A value; time is milliseconds on the call's clock.
package struct LoadTurns: Sendable {
    package enum Action: Sendable, Equatable {
        /// Send the utterance with this number, from the next frame on.
        case speak(Int)
        /// Everything has been said.
        case finish
    }

    package struct Settings: Sendable {
        package var utterances = 5
        /// A turn without audible answer after this time is lost.
        package var answerTimeout = 5000.0
        /// Quiet on the line before an utterance, at least.
        package var gap = 700.0

        package init() {}
    }

    private enum Phase: Sendable, Equatable {
        case quiet(since: Double)
        case speaking
        case waiting(since: Double)
    }

    private let settings: Settings
    private var phase: Phase
    private var said = 0
    package private(set) var delays: [Double] = []
    package private(set) var lost = 0

    package init(settings: Settings, now: Double) {
        self.settings = settings
        phase = .quiet(since: now)
    }

    /// Utterances begun.
    package var utterances: Int { said }

    /// The last voiced frame has been sent.
    package mutating func finishedSpeaking(now: Double) {
        if phase == .speaking { phase = .waiting(since: now) }
    }

    /// Audible audio arrived.
    package mutating func heard(now: Double) {
        if case .waiting(let since) = phase {
            delays.append(now - since)
            phase = .quiet(since: now)
        }
    }

    /// Called every 20 ms. `isBusy`: audio is still being played.
    package mutating func advance(now: Double, isBusy: Bool) -> Action? {
        switch phase {
        case .speaking:
            return nil
        case .waiting(let since):
            guard now - since >= settings.answerTimeout else { return nil }
            lost += 1
            phase = .quiet(since: now)
            return nil
        case .quiet(let since):
            if isBusy {
                phase = .quiet(since: now)
                return nil
            }
            guard now - since >= settings.gap else { return nil }
            guard said < settings.utterances else { return .finish }
            said += 1
            phase = .speaking
            return .speak(said - 1)
        }
    }
}
