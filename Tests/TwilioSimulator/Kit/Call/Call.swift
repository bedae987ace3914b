import Audio
import NIOCore

/// Runs one call: Twilio's side of it and the caller.
///
/// The decisions are values (``DocumentExecutor``, ``PlayoutBuffer``, ``Customer``, ``ScenarioCaller``); this actor feeds them and does what
/// they ask. It runs on one event loop, so that socket events and 20 ms ticks reach it without a hop, and ticks follow absolute deadlines.
package actor Call {
    struct ActiveStream {
        let generation: Int
        let noun: StreamNoun
        var writer: StreamMessageWriter
        var playout: PlayoutBuffer
        /// nil until the handshake is done.
        var socket: MediaSocket?
        /// `start` has been sent.
        var isStarted = false
        var startSample = 0
        var warnedInvalid = false
        var warnedBinary = false
        var warnedFull = false
        var warnedSlow = false
    }

    struct Speech {
        let sentence: SpokenSentence
        let start: Int
    }

    /// 20 ms, in samples.
    static let frame = MuLaw.frameSamples

    package nonisolated let callSid: String
    nonisolated let plan: CallPlan
    nonisolated let eventLoop: any EventLoop
    private nonisolated let loopExecutor: any SerialExecutor
    nonisolated let client: WebClient
    nonisolated let signer: TwilioSigner
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loopExecutor.asUnownedSerialExecutor() }

    var document: DocumentExecutor
    var faults: FaultBoard
    var customer: Customer?
    var scenario: ScenarioCaller?
    var ear = ToneEar()
    var sentences: [String: SpokenSentence] = [:]
    var report: CallReport
    var clockStart = NIODeadline.now()
    nonisolated let startDate = TwilioFormat.date()
    var agentTrack: [UInt8] = []
    var callerTrack: [UInt8] = []
    var filePlayout: PlayoutBuffer?
    var stream: ActiveStream?
    var streamGeneration = 0
    var forks: [Int: ForkedStream] = [:]
    var recording: ActiveRecording?
    var recordings: [String: StoredRecording] = [:]
    var dial: ActiveDial?
    var dials = 0
    var children: [String: String] = [:]
    var pauseUntil: Int?
    var timeLimit: Int?
    var isAskingFallback = false
    var speech: Speech?
    var voiceStarts: [Int] = []
    var voiceEnds: [Int] = []
    var heldFrames: [(timestamp: Int, audio: [UInt8])] = []
    var heldCallbacks: [String: @Sendable () async -> Void] = [:]
    /// Sockets whose end never reaches the server; they are cut when the account stops.
    var frozen: [MediaSocket] = []
    var outstanding: [Task<Void, Never>] = []
    var cueTask: Task<Void, Never>?
    var finished: CheckedContinuation<Void, Never>?
    var hasEnded = false

    package init(plan: CallPlan, eventLoop: any EventLoop) {
        self.plan = plan
        self.eventLoop = eventLoop
        loopExecutor = eventLoop.executor
        callSid = plan.callSid ?? TwilioFormat.sid("CA")
        signer = TwilioSigner(authToken: plan.authToken)
        client = WebClient(route: plan.route, signer: signer, eventLoop: eventLoop)
        document = DocumentExecutor(habits: plan.habits)
        faults = FaultBoard(plan.faults)
        report = CallReport(script: plan.script.name, callSid: callSid, from: plan.from, to: plan.to)
    }

    /// Makes the call and returns when it is over and every callback is answered.
    /// - Throws: ``SimulatorFailure`` when the customer's sentences cannot be spoken. A call that fails is a report, not an error.
    package func run() async throws -> CallResult {
        for sentence in plan.scenario?.sentences ?? plan.script.sentences {
            sentences[sentence] = try await plan.voice.speak(sentence, voice: plan.script.voice, rate: plan.script.rate)
        }
        clockStart = .now()
        if let steps = plan.scenario {
            scenario = ScenarioCaller(steps)
        } else {
            customer = Customer(script: plan.script, hasCues: plan.textSource != nil, now: 0)
        }
        if let source = plan.textSource {
            let cues = source.cues(callSid: callSid)
            cueTask = Task { for await cue in cues { self.hear(cue) } }
        }
        scheduleTick(1)
        let incoming = ActionTarget(url: plan.route.publicAddress(plan.incomingPath), method: "POST")
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                finished = continuation
                perform(document.begin(incoming))
            }
        } onCancel: {
            Task { await self.cancel() }
        }
        cueTask?.cancel()
        while let task = outstanding.popLast() { await task.value }
        if let scenario { report.spoken = scenario.record }
        CallAnalysis.complete(&report, agentTrack: agentTrack, voiceEnds: voiceEnds, voiceStarts: voiceStarts)
        return CallResult(report: report, callerTrack: callerTrack, agentTrack: agentTrack, recordings: recordings.mapValues(\.audio))
    }

    private func cancel() { perform(document.callerHungUp(reason: "cancelled")) }

    /// The connections that were kept to deceive the server.
    func releaseFrozen() {
        for socket in frozen { socket.cut() }
        frozen.removeAll()
    }

    private func hear(_ cue: AgentCue) {
        guard !hasEnded else { return }
        report.agentCues.append(.init(ms: now / 8, turn: cue.turn, text: cue.text))
        customer?.hear(cue)
    }

    // MARK: The clock

    /// Samples since the call began.
    var now: Int { Int((NIODeadline.now() - clockStart).nanoseconds / 125_000) }

    /// What the faults go by.
    var moment: FaultBoard.Moment { .init(second: Double(now) / 8000, stream: streamGeneration, utterances: voiceStarts.count) }

    func log(_ kind: String, _ detail: String) {
        let event = CallReport.Event(ms: now / 8, kind: kind, detail: detail)
        report.timeline.append(event)
        plan.watch?(event)
    }

    func raise(_ notice: TwilioNotice) {
        report.notices.append(.init(ms: now / 8, code: notice.code, level: notice.level, message: notice.message))
        log(notice.level.rawValue, "\(notice.code) \(notice.message)")
    }

    /// Runs work whose end the call waits for.
    func track(_ work: @escaping @Sendable () async -> Void) { outstanding.append(Task { await work() }) }

    private func scheduleTick(_ number: Int) {
        let deadline = clockStart + .milliseconds(Int64(number) * 20)
        eventLoop.scheduleTask(deadline: deadline) { self.assumeIsolated { $0.tick(number) } }
    }

    private func tick(_ number: Int) {
        guard !hasEnded else { return }
        let late = Double((NIODeadline.now() - clockStart).nanoseconds) / 1e6 - Double(number * 20)
        report.counters.worstTickDelayMs = max(report.counters.worstTickDelayMs, late)
        let to = number * Self.frame
        renderAgent(to: to)
        // From the track, not from this rendering: a `clear` or a new document may have rendered part of the interval before.
        let heard = agentTrack[(to - Self.frame)..<to]
        let voice = renderCaller(to: to)
        sendFrame(voice, from: to - Self.frame)
        sendForks(voice, Array(heard), from: to - Self.frame)
        strikeStream()
        advanceRecording(voice, to: to)
        advanceDial(to: to)
        if let until = pauseUntil, to >= until {
            pauseUntil = nil
            perform(document.pauseFinished())
        }
        advanceCaller(at: to, heard: heard)
        if !hasEnded, let timeLimit, to >= timeLimit { perform(document.completedByREST(reason: "the time limit of the call")) }
        if !hasEnded, to >= plan.maximumSeconds * MuLaw.sampleRate {
            perform(document.callerHungUp(reason: "the call took more than \(plan.maximumSeconds) s"))
        }
        if !hasEnded { scheduleTick(number + 1) }
    }

    // MARK: The two ears

    /// Plays the agent's side up to a position.
    func renderAgent(to position: Int) {
        guard position > agentTrack.count else { return }
        if filePlayout != nil, let (audio, ends) = filePlayout?.advance(to: position) {
            agentTrack += audio
            if !ends.isEmpty {
                filePlayout = nil
                log("play-finished", "")
                if recording == nil { perform(document.playFinished()) }
            }
        } else if stream != nil, let (audio, marks) = stream?.playout.advance(to: position) {
            agentTrack += audio
            for name in marks { returnMark(name) }
        } else if let dial {
            agentTrack += dial.audio(from: agentTrack.count, to: position)
        } else {
            agentTrack.append(contentsOf: repeatElement(MuLaw.silence, count: position - agentTrack.count))
        }
    }

    /// Records the caller up to a position; gives the newest frame.
    private func renderCaller(to position: Int) -> [UInt8] {
        var voice = MuLaw.silentFrame
        if let speech {
            let offset = position - Self.frame - speech.start
            let part = speech.sentence.audio.dropFirst(max(0, offset)).prefix(Self.frame)
            voice.replaceSubrange(0..<part.count, with: part)
            if offset + Self.frame >= speech.sentence.audio.count {
                self.speech = nil
                customer?.finishedSpeaking(now: position / 8)
                scenario?.finishedSpeaking(now: position / 8)
            }
        }
        callerTrack += voice
        return voice
    }

    /// Somebody or something hears what the caller says.
    var hasListener: Bool { stream?.isStarted == true || (recording != nil && filePlayout == nil) || dial?.answeredAt != nil }

    private func advanceCaller(at position: Int, heard: ArraySlice<UInt8>) {
        guard !hasEnded else { return }
        let isBusy = filePlayout != nil || stream.map { !$0.playout.isDrained } == true
        let isAudible = Audibility.first(in: heard) != nil
        if scenario != nil { return advanceScenario(at: position, heard: heard, isAudible: isAudible, isBusy: isBusy) }
        let canSpeak = stream?.socket != nil || (recording != nil && filePlayout == nil)
        switch customer?.advance(now: position / 8, agentAudible: isAudible, agentBusy: isBusy, canSpeak: canSpeak) {
        case .say(let text):
            if let sentence = sentences[text] { say(sentence, at: position) }
        case .hangUp(let reason):
            log("customer-hangs-up", reason.rawValue)
            perform(document.callerHungUp(reason: reason.rawValue))
        case nil:
            break
        }
    }

    /// The caller begins a sentence.
    func say(_ sentence: SpokenSentence, at position: Int) {
        speech = Speech(sentence: sentence, start: position)
        voiceStarts.append(position + sentence.voiced.lowerBound)
        voiceEnds.append(position + sentence.voiced.upperBound)
        report.customerUtterances.append(
            .init(
                index: report.customerUtterances.count, text: sentence.text, voiceStartMs: (position + sentence.voiced.lowerBound) / 8,
                voiceEndMs: (position + sentence.voiced.upperBound) / 8, unheard: hasListener ? nil : true))
        log("customer-says", sentence.text + (hasListener ? "" : " (while nobody listens)"))
    }
}
