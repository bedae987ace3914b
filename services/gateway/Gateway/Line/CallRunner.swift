import BusContract
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import NIOCore
import TwilioREST

/// What a call does to its line. Used on the call's event loop only.
package protocol Line: AnyObject {
    func play(_ mulaw: [UInt8])
    func mark(_ name: String)
    func clear()
    /// Sends whatever the body sends in one go.
    func grouped(_ body: () -> Void)
    /// Closes the socket the regular way (1000): Twilio then asks the action URL.
    func close()
}

/// Runs one call: feeds its state machine and carries out the actions, in one function. Everything happens on the call's
/// event loop, where its media arrives: no task, no hop and no lock between a frame and what it causes.
package final class CallRunner: @unchecked Sendable, CallInbox {
    // Proof of the Sendable claim: all mutable state is touched on `loop` only, which `onLoop` checks.
    private let loop: any EventLoop
    private var session: CallSession
    /// The session's, which never changes; beside it, because asking the session would copy all of it for one field.
    private let opening: CallOpening
    private var line: (any Line)?
    private var assignments: [Pool: Roster.Assignment] = [:] {
        didSet { recogniser = assignments[.asr]?.worker }
    }
    /// Asked for at every frame.
    private var recogniser: WorkerAddress?
    private var wake: Scheduled<Void>?
    private var wakeAt: CallTime?

    private let decided: @Sendable (CallID, CallOutcome) -> Void
    private let control: CallControl
    private var streamSID: String?
    private var signature: String?
    private let fleet: Fleet
    private let services: CallServices
    private let began: NIODeadline
    private let logger: Logger

    /// - Parameter decided: called once, on the loop, when the call knows how it ends. Its end comes later: Twilio asks the action URL in between.
    package init(
        opening: CallOpening, loop: any EventLoop, fleet: Fleet, services: CallServices, control: CallControl = .none,
        decided: @escaping @Sendable (CallID, CallOutcome) -> Void
    ) {
        self.decided = decided
        self.control = control
        session = CallSession(opening)
        self.opening = opening
        self.loop = loop
        self.fleet = fleet
        self.services = services
        // The call's clock goes on from where it began, though that was in another process.
        let age = max(0, services.unixMicroseconds() / 1000 - opening.startedUnixMilliseconds)
        began = opening.history == nil ? .now() : .now() - .milliseconds(age)
        var logger = services.logger
        logger[metadataKey: "call"] = "\(opening.call)"
        logger[metadataKey: "business"] = "\(opening.business)"
        self.logger = logger
        services.trace?.begin(opening)
    }

    private var now: CallTime { CallTime(microseconds: (NIODeadline.now() - began).nanoseconds / 1000) }

    // MARK: - Inputs

    /// The stream has come (again).
    /// - Parameter signature: what the handshake's signature was worth, for the log.
    package func open(_ line: any Line, streamSID: String, signature: String? = nil) {
        onLoop()
        self.signature = signature
        fleet.attach(opening.call.conversation, self)
        if let former = self.line {
            // The old socket's end may never be told; the new stream says that it is over.
            self.line = nil
            former.close()
            feed(.lineLost)
        }
        self.line = line
        self.streamSID = streamSID
        feed(.lineOpened(streamSID: streamSID))
    }

    /// Something from a line. What a line says that is not the call's any more is nobody's.
    package func feed(_ event: CallEvent, from line: any Line) {
        onLoop()
        if self.line === line { feed(event) }
    }

    /// Twilio reports an error of a stream.
    package func streamFailed(_ streamSID: String?, _ reason: String) {
        loop.execute { if self.streamSID == streamSID, self.line != nil { self.feed(.streamFailed(reason)) } }
    }

    /// The gateway is leaving.
    package func handOver(atOnce: Bool) { deliver([.handOver(atOnce: atOnce)]) }

    package func feed(_ event: CallEvent) {
        onLoop()
        if case .workerLost(let pool, let epoch, _) = event, assignments[pool]?.epoch == epoch { assignments[pool] = nil }
        let now = now
        let outcomeBefore = session.outcome
        let actions = session.handle(event, at: now)
        if let outcome = session.outcome, outcome != outcomeBefore { decided(opening.call, outcome) }
        services.trace?.step(opening.call, at: now, event, actions)
        // One flush for everything that the event causes.
        if let line { line.grouped { run(actions, at: now) } } else { run(actions, at: now) }
        scheduleWake()
    }

    package func deliver(_ events: [CallEvent]) {
        loop.execute { for event in events { self.feed(event) } }
    }

    package func available(_ pool: Pool) {
        // A call has no crm-worker of its own.
        guard pool != .crm else { return }
        loop.execute { if self.assignments[pool] == nil, self.line != nil { self.assign(pool, replacing: true) } }
    }

    /// It is the caller's turn: nothing is being thought or spoken.
    package var isListening: Bool {
        onLoop()
        return session.isListening
    }

    // MARK: - Actions

    private func run(_ actions: [CallAction], at now: CallTime) {
        for action in actions {
            switch action {
            case .play(let bytes): line?.play(bytes)
            case .mark(let name): line?.mark(name)
            case .clear: line?.clear()
            case .closeLine: line?.close()
            case .exit(let exit): leave(by: exit)
            case .makeReply(let turn, let text): makeReply(turn, text)
            case .update(let turn, let file, let milliseconds, let lease): update(turn, file, milliseconds, lease)
            case .assign(let pool, let replacing): assign(pool, replacing: replacing)
            case .move(let pool): move(pool)
            case .send(let pool, let envelope): if let worker = assignments[pool]?.worker { fleet.send(envelope, to: worker) }
            case .publish(let frames, let epoch):
                guard let recogniser else { break }
                let capture = services.unixMicroseconds()
                fleet.publish(
                    frames.map { AudioPacket(epoch: epoch, captureMicroseconds: capture, call: opening.call, frame: $0) }, to: recogniser)
            case .releaseAll:
                fleet.release(opening.call.conversation)
                assignments = [:]
            case .summarise(let log, let lead, let outcome): summarise(log, lead, outcome)
            case .fact(let fact):
                if case .lead(let fields, _) = fact.body { control.learned(opening.call, fields) }
                fleet.submit(fact, business: opening.business, conversation: opening.call.conversation, along: memory(of: fact))
            case .heard(let entry): services.remember([.heard(opening.call, entry)])
            case .tap(let event): tap(event)
            case .log(let entry): write(entry)
            case .finished(let outcome): finish(outcome)
            case .handedOver: handedOver()
            }
        }
    }

    // MARK: - At Twilio

    private func leave(by exit: LineExit) {
        control.exit(opening.call, exit) { result in
            switch result {
            case .done: break
            case .over: self.deliver([.callOver])
            // A person may have the call already: the stream's end, or its staying, will show.
            case .uncertain where exit == .transfer: break
            case .refused(let reason), .failed(let reason), .uncertain(let reason): self.deliver([.updateFailed(reason)])
            }
        }
    }

    /// Has a tts-worker make an MP3. Another one, should that one be lost.
    private func makeReply(_ turn: TurnID, _ text: String) {
        // The file is remembered for longer than the call.
        let ticket = control.makeReply(opening.call) { [weak self] name in self?.deliver([.fileFetched(name)]) }
        let (fleet, opening) = (fleet, opening)
        Task {
            let done = try? await fleet.run(
                .prompt(name: ticket.name, text: text), pool: .tts, business: opening.business, conversation: opening.call.conversation,
                deadlineMilliseconds: opening.policy.fileDeadline)
            let isMade = done != nil && done?.failure == nil && ticket.milliseconds() > 0
            self.deliver([.replyFile(turn, name: isMade ? ticket.name : nil, milliseconds: ticket.milliseconds())])
        }
    }

    /// Lends the voice the call's lease to have the file played.
    private func update(_ turn: TurnID, _ file: String, _ milliseconds: Int, _ lease: String) {
        guard let assignment = assignments[.tts], let document = control.announce(opening.call, file, milliseconds) else {
            // Not at once: the state machine is in the middle of handing out this very action.
            return loop.execute { self.feed(.updateFailed("the call takes no update now")) }
        }
        fleet.send(
            Envelope(
                .updateCall(UpdateCall(lease: lease, twiml: document, milliseconds: opening.policy.lease)), business: opening.business,
                conversation: opening.call.conversation, turn: turn, epoch: assignment.epoch), to: assignment.worker)
    }

    // MARK: - Workers

    private func assign(_ pool: Pool, replacing: Bool) {
        let assignment = fleet.assign(opening.call.conversation, pool, replacing: replacing)
        if let assignment, assignment != assignments[pool] { announce(pool, assignment) }
        if replacing, assignment != nil { Counter(label: "maane_failovers", dimensions: [("pool", pool.rawValue)]).increment() }
        assignments[pool] = assignment
        // Not at once: the state machine is in the middle of handing out this very action.
        loop.execute { self.tell(pool, assignment) }
    }

    /// The worker may have died between its assignment and now, and the news of that may have come first.
    private func tell(_ pool: Pool, _ assignment: Roster.Assignment?) {
        guard let assignment else { return feed(.unassigned(pool)) }
        guard assignments[pool] == assignment else {
            if assignments[pool] == nil, line != nil { assign(pool, replacing: true) }
            return
        }
        feed(.assigned(pool, assignment.epoch))
    }

    private func move(_ pool: Pool) {
        guard let assignment = fleet.move(opening.call.conversation, pool) else {
            loop.execute { self.feed(.stayed(pool)) }
            return
        }
        Counter(label: "maane_moves", dimensions: [("pool", pool.rawValue)]).increment()
        announce(pool, assignment)
        assignments[pool] = assignment
        loop.execute { self.tell(pool, assignment) }
    }

    /// Who serves the call from now on.
    private func announce(_ pool: Pool, _ assignment: Roster.Assignment) {
        logger.info("assigned", metadata: ["pool": "\(pool.rawValue)", "worker": "\(assignment.worker)", "epoch": "\(assignment.epoch)"])
        fleet.publish(
            TapEvent(
                .assigned, conversation: opening.call.conversation, business: opening.business, at: now,
                detail: "\(pool.rawValue) \(assignment.worker.name)"))
    }

    /// What the call must know of itself, should this gateway die.
    private func memory(of fact: Fact) -> [JournalRecord] {
        switch fact.body {
        case .turn(let record): [.turn(opening.call, record.entry)]
        case .lead(let fields, _): [.lead(opening.call, fields)]
        // Its end is written when everything about it has been said.
        case .callEnded(let outcome, _, _): [.decided(opening.call, outcome)]
        case .callStarted, .summary, .recording: []
        }
    }

    private func summarise(_ log: [TurnEntry], _ lead: [String: String], _ outcome: CallOutcome) {
        let (fleet, opening) = (fleet, opening)
        Task {
            let done = try? await fleet.run(
                .summary(log: log, lead: lead, outcome: outcome), pool: .dialog, business: opening.business,
                conversation: opening.call.conversation, deadlineMilliseconds: opening.policy.summaryDeadline - 500)
            self.deliver([.summary(done?.text)])
        }
    }

    private func finish(_ outcome: CallOutcome) {
        leave()
        Counter(label: "maane_calls", dimensions: [("outcome", outcome.rawValue)]).increment()
        services.finished(opening.call, outcome)
    }

    /// The call goes on in another gateway, or in this one's successor.
    private func handedOver() {
        leave()
        Counter(label: "maane_calls_handed_over").increment()
        services.finished(opening.call, nil)
    }

    private func leave() {
        wake?.cancel()
        wake = nil
        wakeAt = nil
        // Closed before, as a rule; a stream that came too late is closed here.
        line?.close()
        line = nil
        fleet.detach(opening.call.conversation)
        services.trace?.end(opening.call)
    }

    // MARK: - What leaves for people

    private func tap(_ event: TapEvent) {
        if let stages = event.stages { TurnMetrics.measure(stages) }
        if let record = event.record { TurnMetrics.count(record) }
        var event = event
        if !services.logTranscripts {
            event.text = nil
            // The tap is a log, and these are the caller's words.
            if let turn = event.record?.entry.turn { event.record?.entry = TurnEntry(turn: turn, heard: .silence) }
        }
        fleet.publish(event)
    }

    private func write(_ entry: CallLog) {
        var metadata: Logger.Metadata = entry.fields.mapValues { "\($0)" }
        if let turn = entry.turn { metadata["turn"] = "\(turn)" }
        if let words = entry.words, services.logTranscripts { metadata["words"] = "\(words)" }
        if entry.name == .wsStart, let signature { metadata["signature"] = "\(signature)" }
        switch entry.name {
        case .noWorker, .stageLate, .underrun, .workerLost, .otherWay: logger.warning("\(entry.name.rawValue)", metadata: metadata)
        case .sentenceRepeated:
            Counter(label: "maane_sentences_repeated").increment()
            logger.info("\(entry.name.rawValue)", metadata: metadata)
        case .watchdogRedirect:
            Counter(label: "maane_watchdog_redirects", dimensions: [("watch", entry.fields["watch"] ?? "")]).increment()
            logger.warning("\(entry.name.rawValue)", metadata: metadata)
        case .bargeIn:
            Counter(label: "maane_barge_ins").increment()
            logger.info("\(entry.name.rawValue)", metadata: metadata)
        case .paused:
            Counter(label: "maane_playout_pauses").increment()
            logger.info("\(entry.name.rawValue)", metadata: metadata)
        case .quarantined:
            Counter(label: "maane_calls_quarantined").increment()
            logger.error("ALARM \(entry.name.rawValue): the same work was in the hands of two workers that were lost", metadata: metadata)
        case .staleEpoch:
            Counter(label: "maane_stale_epoch").increment()
            logger.debug("\(entry.name.rawValue)", metadata: metadata)
        default: logger.info("\(entry.name.rawValue)", metadata: metadata)
        }
    }

    // MARK: - Time

    /// Some deadlines move with every frame, and a timer is dear (the loop searches all calls' timers for the one to cancel). So one that is
    /// set stays set unless it would come too late, and looks again when it comes.
    private func scheduleWake() {
        guard let next = Self.nextWake(of: &session) else { return }
        if let wakeAt, wakeAt <= next { return }
        wake?.cancel()
        wakeAt = next
        wake = loop.scheduleTask(deadline: began + .microseconds(next.microseconds)) {
            self.wakeAt = nil
            self.wake = nil
            guard let next = Self.nextWake(of: &self.session) else { return }
            if next <= self.now { self.feed(.tick) } else { self.scheduleWake() }
        }
    }

    /// In place: a property of the session that is asked through this object copies the session first.
    private static func nextWake(of session: inout CallSession) -> CallTime? { session.nextWake }

    private func onLoop() { loop.preconditionInEventLoop() }
}

/// What all calls of a gateway share.
package struct CallServices: Sendable {
    package var logger: Logger
    package var logTranscripts: Bool
    package var trace: TraceWriter?
    package var unixMicroseconds: @Sendable () -> Int64
    /// Writes behind what must survive this process.
    package var remember: @Sendable ([JournalRecord]) -> Void
    /// Called once, when the runner is done with the call; without an outcome when the call goes on elsewhere.
    package var finished: @Sendable (CallID, CallOutcome?) -> Void

    package init(
        logger: Logger, logTranscripts: Bool, trace: TraceWriter?, unixMicroseconds: @escaping @Sendable () -> Int64,
        remember: @escaping @Sendable ([JournalRecord]) -> Void, finished: @escaping @Sendable (CallID, CallOutcome?) -> Void
    ) {
        self.remember = remember
        self.logger = logger
        self.logTranscripts = logTranscripts
        self.trace = trace
        self.unixMicroseconds = unixMicroseconds
        self.finished = finished
    }
}
