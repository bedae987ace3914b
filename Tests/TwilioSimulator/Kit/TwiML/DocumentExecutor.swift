/// Executes a call's TwiML documents, verb by verb (contract, sections 1.4 and 2).
///
/// A value: what happens comes in, what to do comes out. It knows nothing of sockets, clocks or audio.
package struct DocumentExecutor: Sendable, Equatable {
    /// What the executor asks for.
    package enum Action: Sendable, Equatable {
        /// Ask for a document. `extra` goes beside the standard parameters.
        case fetch(ActionTarget, extra: [FormField])
        /// Ask for a document of a call that is over: its answer is ignored.
        case notify(ActionTarget, extra: [FormField])
        case play(WebAddress, loop: Int)
        case stopPlaying
        case openStream(StreamNoun)
        case closeStream
        case record(RecordVerb)
        case stopRecording
        case pause(seconds: Int)
        case stopPausing
        case notice(TwilioNotice)
        /// The call ends; `byAgent` is false when the caller hung up.
        case hangUp(byAgent: Bool, reason: String)
    }

    /// What a verb that runs is waiting for.
    private enum Running: Sendable, Equatable {
        case nothing
        case fetching
        case playing
        case pausing
        case streaming(action: ActionTarget?)
        case recording(RecordVerb)
        case ended
    }

    /// Up to 10 redirects in a row (11215).
    private static let redirectLimit = 10

    private var verbs: ArraySlice<Verb> = []
    private var running = Running.nothing
    private var redirects = 0
    /// Documents before the one that is awaited are stale: each fetch or update begins a generation.
    package private(set) var generation = 0

    package init() {}

    /// True once the call has ended.
    package var hasEnded: Bool { running == .ended }

    /// Begins with the webhook of the incoming call.
    package mutating func begin(_ target: ActionTarget) -> [Action] { fetch(target, extra: []) }

    /// A document has arrived for the newest fetch.
    package mutating func documentArrived(_ document: TwiMLDocument) -> [Action] {
        guard running == .fetching else { return [] }
        return document.warnings.map(Action.notice) + run(document)
    }

    /// The newest fetch failed, or its answer was no TwiML. Twilio asks the number's fallback URL; without one it plays an application
    /// error and hangs up.
    package mutating func documentFailed(_ notice: TwilioNotice, fallback: ActionTarget? = nil) -> [Action] {
        guard running == .fetching else { return [] }
        if let fallback { return [.notice(notice)] + fetch(fallback, extra: []) }
        running = .ended
        return [.notice(notice), .hangUp(byAgent: true, reason: "application error \(notice.code): \(notice.message)")]
    }

    /// New TwiML through the REST API: it replaces what is running.
    package mutating func update(_ document: TwiMLDocument) -> [Action] {
        guard running != .ended else { return [] }
        let stop = interrupt()
        return stop + document.warnings.map(Action.notice) + run(document)
    }

    /// A new document's address through the REST API.
    package mutating func update(_ target: ActionTarget) -> [Action] {
        guard running != .ended else { return [] }
        return interrupt() + fetch(target, extra: [])
    }

    /// The file has been played, or cannot be (the notice says why): the next verb runs.
    package mutating func playFinished(_ notice: TwilioNotice? = nil) -> [Action] {
        guard running == .playing else { return [] }
        return (notice.map { [.notice($0)] } ?? []) + step()
    }

    package mutating func pauseFinished() -> [Action] {
        guard running == .pausing else { return [] }
        return step()
    }

    /// The media socket is closed, by the server or by an error: the action is asked, else the next verb runs.
    package mutating func streamEnded() -> [Action] {
        guard case .streaming(let action) = running else { return [] }
        guard let action else { return step() }
        return fetch(action, extra: [])
    }

    /// A recording is complete.
    /// - Parameter extra: RecordingUrl, RecordingDuration, Digits.
    package mutating func recordFinished(extra: [FormField]) -> [Action] {
        guard case .recording(let verb) = running else { return [] }
        return fetch(verb.action, extra: extra)
    }

    /// The caller hung up. Whether Twilio asks `<Connect action>` then is unconfirmed; asking it is the harder case for a server.
    package mutating func callerHungUp(reason: String) -> [Action] {
        guard running != .ended else { return [] }
        var actions = interrupt()
        if case .streaming(let action?) = running { actions.append(.notify(action, extra: [])) }
        if case .recording(let verb) = running { actions.append(.notify(verb.action, extra: [FormField("Digits", "hangup")])) }
        running = .ended
        return actions + [.hangUp(byAgent: false, reason: reason)]
    }

    /// `Status=completed` through the REST API.
    package mutating func completedByREST() -> [Action] {
        guard running != .ended else { return [] }
        let actions = interrupt()
        running = .ended
        return actions + [.hangUp(byAgent: true, reason: "ended through the REST API")]
    }

    private mutating func fetch(_ target: ActionTarget, extra: [FormField]) -> [Action] {
        running = .fetching
        generation += 1
        return [.fetch(target, extra: extra)]
    }

    private mutating func interrupt() -> [Action] {
        switch running {
        case .playing: [.stopPlaying]
        case .streaming: [.closeStream]
        case .recording: [.stopRecording]
        case .pausing: [.stopPausing]
        case .nothing, .fetching, .ended: []
        }
    }

    private mutating func run(_ document: TwiMLDocument) -> [Action] {
        verbs = document.verbs[...]
        generation += 1
        return step()
    }

    private mutating func step() -> [Action] {
        guard let verb = verbs.popFirst() else {
            running = .ended
            return [.hangUp(byAgent: true, reason: "the document ended")]
        }
        switch verb {
        case .play(let url, let loop):
            (running, redirects) = (.playing, 0)
            return [.play(url, loop: loop)]
        case .connect(let stream, let action):
            (running, redirects) = (.streaming(action: action), 0)
            return [.openStream(stream)]
        case .record(let record):
            (running, redirects) = (.recording(record), 0)
            return [.record(record)]
        case .pause(let seconds):
            (running, redirects) = (.pausing, 0)
            return [.pause(seconds: seconds)]
        case .redirect(let target):
            redirects += 1
            guard redirects <= Self.redirectLimit else {
                running = .ended
                return [
                    .notice(.error(11215, "more than \(Self.redirectLimit) redirects in a row")),
                    .hangUp(byAgent: true, reason: "application error 11215: too many redirects"),
                ]
            }
            return fetch(target, extra: [])
        case .hangup:
            running = .ended
            return [.hangUp(byAgent: true, reason: "<Hangup>")]
        case .reject:
            running = .ended
            return [.hangUp(byAgent: true, reason: "<Reject>")]
        case .unsupported(let name):
            return [.notice(.warning(12200, "the simulator does not execute <\(name)>; it was skipped"))] + step()
        }
    }
}
