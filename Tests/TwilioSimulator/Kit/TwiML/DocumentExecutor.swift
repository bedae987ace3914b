/// What is unconfirmed about Twilio and therefore played both ways (contract, sections 1.4 and 2).
package struct TwilioHabits: Sendable, Equatable {
    /// `<Connect action>` is asked too when the caller hangs up.
    package var connectActionAfterHangUp = true
    /// `<Connect action>` is asked too when an update through the REST API ends the stream; its answer is ignored.
    package var connectActionAfterUpdate = false
    /// `<Dial action>` is asked before an update through the REST API takes effect (seen by a third party); its answer is ignored.
    package var dialActionBeforeUpdate = true

    package init() {}
}

/// Executes a call's TwiML documents, verb by verb (contract, sections 1.4 and 2).
///
/// A value: what happens comes in, what to do comes out. It knows nothing of sockets, clocks or audio.
package struct DocumentExecutor: Sendable, Equatable {
    /// What the executor asks for.
    package enum Action: Sendable, Equatable {
        /// Ask for a document. `extra` goes beside the standard parameters.
        case fetch(ActionTarget, extra: [FormField])
        /// Ask for a document whose answer is ignored: the call is over, or something else runs already.
        case notify(ActionTarget, extra: [FormField])
        case play(WebAddress, loop: Int)
        case stopPlaying
        case openStream(StreamNoun)
        case closeStream
        /// A stream beside the document.
        case startStream(StreamNoun)
        case stopStream(name: String?)
        case record(RecordVerb)
        /// `asking`: the caller hung up, and the action is told of the recording.
        case stopRecording(asking: ActionTarget?)
        case dial(DialVerb)
        /// `asking`: the action is told of the dialled call's end; the answer is ignored.
        case stopDialing(asking: ActionTarget?)
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
        case dialing(action: ActionTarget?)
        case ended
    }

    /// Up to 10 redirects in a row (11215).
    private static let redirectLimit = 10

    private let habits: TwilioHabits
    private var verbs: ArraySlice<Verb> = []
    private var running = Running.nothing
    private var redirects = 0
    /// Documents before the one that is awaited are stale: each fetch or update begins a generation.
    package private(set) var generation = 0
    /// Every verb that was begun, in order.
    package private(set) var begun: [Verb] = []

    package init(habits: TwilioHabits = TwilioHabits()) { self.habits = habits }

    /// True once the call has ended.
    package var hasEnded: Bool { running == .ended }

    /// The newest verb of ``begun`` goes on.
    package var isRunningVerb: Bool {
        switch running {
        case .nothing, .fetching, .ended: false
        case .playing, .pausing, .streaming, .recording, .dialing: true
        }
    }

    /// Begins with the webhook of the incoming call.
    package mutating func begin(_ target: ActionTarget) -> [Action] { fetch(target, extra: []) }

    /// A document has arrived for the newest fetch.
    package mutating func documentArrived(_ document: TwiMLDocument) -> [Action] {
        guard running == .fetching else { return [] }
        return document.warnings.map(Action.notice) + run(document)
    }

    /// The newest fetch failed, or its answer was no TwiML. Twilio asks the number's fallback URL; without one it plays an application
    /// error and hangs up.
    /// - Parameter extra: ErrorCode and ErrorUrl; whether Twilio sends them is unconfirmed.
    package mutating func documentFailed(_ notice: TwilioNotice, fallback: ActionTarget? = nil, extra: [FormField] = []) -> [Action] {
        guard running == .fetching else { return [] }
        if let fallback { return [.notice(notice)] + fetch(fallback, extra: extra) }
        running = .ended
        return [.notice(notice), .hangUp(byAgent: true, reason: "application error \(notice.code): \(notice.message)")]
    }

    /// New TwiML through the REST API: it replaces what is running.
    package mutating func update(_ document: TwiMLDocument) -> [Action] {
        guard running != .ended else { return [] }
        let stop = interrupt(byUpdate: true)
        return stop + document.warnings.map(Action.notice) + run(document)
    }

    /// A new document's address through the REST API.
    package mutating func update(_ target: ActionTarget) -> [Action] {
        guard running != .ended else { return [] }
        return interrupt(byUpdate: true) + fetch(target, extra: [])
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

    /// The dialled call is over, or did not come about.
    /// - Parameter extra: DialCallStatus, DialCallSid, DialCallDuration, DialBridged.
    package mutating func dialFinished(extra: [FormField]) -> [Action] {
        guard case .dialing(let action) = running else { return [] }
        guard let action else { return step() }
        return fetch(action, extra: extra)
    }

    /// The caller hung up. Whether Twilio asks `<Connect action>` then is unconfirmed; asking it is the harder case for a server.
    package mutating func callerHungUp(reason: String) -> [Action] {
        guard running != .ended else { return [] }
        var actions: [Action]
        switch running {
        case .recording(let verb): actions = [.stopRecording(asking: verb.action)]
        case .dialing(let action): actions = [.stopDialing(asking: action)]
        case .streaming(let action?) where habits.connectActionAfterHangUp: actions = [.closeStream, .notify(action, extra: [])]
        default: actions = interrupt(byUpdate: false)
        }
        running = .ended
        actions.append(.hangUp(byAgent: false, reason: reason))
        return actions
    }

    /// `Status=completed` through the REST API, or a limit of the call's length.
    package mutating func completedByREST(reason: String = "ended through the REST API") -> [Action] {
        guard running != .ended else { return [] }
        let actions = interrupt(byUpdate: false)
        running = .ended
        return actions + [.hangUp(byAgent: true, reason: reason)]
    }

    private mutating func fetch(_ target: ActionTarget, extra: [FormField]) -> [Action] {
        running = .fetching
        generation += 1
        return [.fetch(target, extra: extra)]
    }

    private func interrupt(byUpdate: Bool) -> [Action] {
        switch running {
        case .playing: [.stopPlaying]
        case .streaming(let action?) where byUpdate && habits.connectActionAfterUpdate: [.closeStream, .notify(action, extra: [])]
        case .streaming: [.closeStream]
        case .recording: [.stopRecording(asking: nil)]
        case .dialing(let action): [.stopDialing(asking: byUpdate && habits.dialActionBeforeUpdate ? action : nil)]
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
        begun.append(verb)
        switch verb {
        case .play(let url, let loop):
            (running, redirects) = (.playing, 0)
            return [.play(url, loop: loop)]
        case .connect(let stream, let action):
            (running, redirects) = (.streaming(action: action), 0)
            return [.openStream(stream)]
        case .start(let stream):
            return [.startStream(stream)] + step()
        case .stop(let name):
            return [.stopStream(name: name)] + step()
        case .record(let record):
            (running, redirects) = (.recording(record), 0)
            return [.record(record)]
        case .dial(let dial):
            (running, redirects) = (.dialing(action: dial.action), 0)
            return [.dial(dial)]
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
        case .reject(let reason):
            running = .ended
            return [.hangUp(byAgent: true, reason: "<Reject reason=\"\(reason)\">")]
        case .unsupported(let name):
            return [.notice(.warning(12200, "the simulator does not execute <\(name)>; it was skipped"))] + step()
        }
    }
}
