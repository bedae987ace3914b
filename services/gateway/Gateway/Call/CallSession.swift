import BusContract
import CallVocabulary

/// One telephone call: a value. Every event is handled at once and returns what is to be done; it cannot wait, does no I/O and reads no clock.
/// No state without a deadline: each thing that is waited for stands in `deadlines`, and each deadline ends in something spoken or in the end of the call.
package struct CallSession: Sendable, Equatable, Codable {
    package enum Phase: String, Sendable, Codable {
        /// The webhook was answered; the stream has not come yet.
        case expected
        case live
        /// No stream, by our own will: an MP3 is being played, or a person has the call.
        case away
        /// The socket went away without a `stop`.
        case lost
        /// The conversation is over; the line is being closed, or the summary written.
        case ending
        case finished
    }

    typealias Wait = Deadlines.Wait

    package let opening: CallOpening
    package internal(set) var phase = Phase.expected
    package internal(set) var turns = Turns()
    package internal(set) var outcome: CallOutcome?
    var epochs = Epochs()
    var deadlines = Deadlines()
    var assembler = FrameAssembler()
    var endpointer: Endpointer
    var playback: Playback
    /// When the agent was last known to sound, by the line's marks.
    var soundedUntil = CallTime.zero
    /// What it said last.
    var lastSaid: [String] = []
    /// A reply to words that are not final yet.
    var preemptive: PreemptiveReply?
    var expectations: Expectations?
    var failuresInARow = 0
    /// "One moment" was said while the dialogue thought about this turn, and about the one before.
    var isFilled = false
    var wasFilled = false
    var factCounter: Int
    var ring = AudioRing()
    var feed = RecogniserFeed()
    var fleet = FleetState()
    /// A stream is open, as far as we know.
    var hasStream = false
    var watch = WatchState()
    var leaving = ExitState()
    /// The reply that goes as an MP3.
    var played: PlayedReply?
    var lease = CallLease()
    /// How often the stream did not play what it was given, and how often an update could not be made.
    var streamRefusals = 0
    var updateFailures = 0

    package init(_ opening: CallOpening) {
        self.opening = opening
        // The first numbers are the same in whichever life of the gateway they are told.
        factCounter = max(Self.summaryFact, opening.firstFact - 1)
        if let history = opening.history {
            turns = Turns(history)
            outcome = history.outcome
        }
        endpointer = Endpointer(policy: opening.policy)
        playback = Playback(leadMilliseconds: opening.policy.playbackLead, creditMilliseconds: opening.policy.credit)
    }

    var policy: CallPolicy { opening.policy }

    /// It is the caller's turn: nothing is being thought or spoken.
    package var isListening: Bool {
        phase == .live && turns.current == nil && turns.waiting.isEmpty && played == nil && !playback.isBusy && !turns.log.isEmpty
    }

    /// When the call wants to be woken though nothing happens. Does not move with each frame: whoever schedules it would have to.
    package var nextWake: CallTime? {
        guard phase != .finished else { return nil }
        var first = deadlines.next ?? .never
        if phase == .live, let topUp = playback.nextTopUp { first = min(first, topUp) }
        if phase == .live || phase == .away || phase == .lost, epochs[.asr] != nil, let step = feed.nextStep { first = min(first, step) }
        return first == .never ? nil : first
    }

    package mutating func handle(_ event: CallEvent, at now: CallTime) -> [CallAction] {
        guard phase != .finished else { return [] }
        var actions: [CallAction] = []
        switch event {
        case .lineOpened(let streamSID): openLine(streamSID, at: now, &actions)
        case .voice(let bytes): hear(bytes, at: now, &actions)
        case .digit(let digit): keyPressed(digit, at: now, &actions)
        case .mark(let name): markReturned(name, at: now, &actions)
        case .lineStopped: streamEnded(byStop: true, at: now, &actions)
        case .lineLost: streamEnded(byStop: false, at: now, &actions)
        case .streamFailed(let reason): streamFailed(reason, at: now, &actions)
        case .callCompleted: callerLeft(at: now, &actions)
        case .callOver: callWasOver(at: now, &actions)
        case .replyFile(let turn, let name, let milliseconds): fileCame(turn, name, milliseconds, at: now, &actions)
        case .fileFetched(let name): fileFetched(name, at: now, &actions)
        case .updateFailed(let reason): updateNotMade(reason, at: now, &actions)
        case .landed: landed(at: now, &actions)
        case .transferEnded(let answered): transferEnded(answered: answered, at: now, &actions)
        case .streamAwaited(let milliseconds): streamAwaited(milliseconds, at: now)
        case .assigned(let pool, let epoch): assigned(pool, epoch, at: now, &actions)
        case .workerLost(let pool, let epoch, let loss): workerLost(pool, epoch, loss, at: now, &actions)
        case .workerLeaving(let pool, let epoch): if epochs[pool] == epoch { fleet.leaving.insert(pool) }
        case .stayed(let pool):
            fleet.moving.remove(pool)
            deadlines[.reassign] = now.adding(milliseconds: policy.reassign)
        case .handOver(let atOnce):
            fleet.handingOver = true
            if atOnce { handOver(at: now, &actions) }
        case .unassigned(let pool): unassigned(pool, at: now, &actions)
        case .bus(let pool, let envelope, let attachment): fromBus(pool, envelope, attachment, at: now, &actions)
        case .summary(let text): summarised(text, at: now, &actions)
        case .tick: break
        }
        if phase == .expected, deadlines[.lineReturn] == nil { deadlines[.lineReturn] = now.adding(milliseconds: policy.lostLine) }
        expire(at: now, &actions)
        feedRecogniser([], at: now, &actions)
        if preemptive != nil { dropStalePreemption(&actions) }
        announce(at: now, &actions)
        pump(at: now, &actions)
        moveOn(at: now, &actions)
        watchAnswer(at: now)
        return actions
    }

    // MARK: - Deadlines

    private mutating func expire(at now: CallTime, _ actions: inout [CallAction]) {
        while let wait = deadlines.passed(at: now) {
            deadlines[wait] = nil
            switch wait {
            case .voice: voiceIsMissing(at: now, &actions)
            case .final: if !hold(.asr, .final, at: now) { finalIsLate(at: now, &actions) }
            case .reply: if !hold(.dialog, .reply, at: now) { stageFailed("reply", at: now, &actions) }
            case .audio:
                // A voice that has used its credit waits for the caller's ear, not we for it.
                if playback.hasUnsentAudio, played == nil {
                    deadlines[.audio] = now.adding(milliseconds: policy.audioDeadline)
                } else if !hold(.tts, .audio, at: now) {
                    stageFailed(played == nil ? "audio" : "file", at: now, &actions)
                }
            case .mark: marksAreLate(at: now, &actions)
            case .silence: fellSilent(at: now, &actions)
            case .callEnd: hangUp(.maximumDuration, at: now, &actions)
            case .warning: warn(at: now, &actions)
            case .media: mediaIsMissing(at: now, &actions)
            case .answer: giveUp("no reply", at: now, &actions)
            case .update: updateIsLate(at: now, &actions)
            case .lease: leaseReturned(at: now, &actions)
            case .lineReturn: lineStaysAway(at: now, &actions)
            case .summary:
                deadlines[.summary] = now
                summarised(nil, at: now, &actions)
            case .filler: thinkingIsSlow(at: now, &actions)
            case .doubt: doubtIsOver(at: now, &actions)
            case .reassign:
                for pool in [Pool.dialog, .asr, .tts] where epochs[pool] == nil { actions.append(.assign(pool, replacing: true)) }
            }
            guard phase != .finished else { return }
        }
    }

    mutating func pump(at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live else { return }
        for output in playback.pump(at: now) {
            switch output {
            case .play(let bytes): actions.append(.play(bytes))
            case .mark(let id):
                actions.append(.mark(playback.markName(id)))
                deadlines[.mark] = playback.nextMark?.adding(milliseconds: policy.markDeadline)
            case .started(let id): sentenceStarted(id, at: now, &actions)
            case .credit(let id, let milliseconds):
                send(.tts, .credit(Credit(piece: wirePiece(id), milliseconds: milliseconds)), turn: id.turn, &actions)
            case .underrun(let id, let microseconds):
                if turns.current?.turn == id.turn { turns.current?.gapMicroseconds += microseconds }
                actions.append(.log(CallLog(.underrun, turn: id.turn, fields: ["microseconds": String(microseconds)])))
            case .gap(let id, let microseconds):
                guard turns.current?.turn == id.turn, id.piece > 0 else { continue }
                turns.current?.gapMicroseconds += microseconds
                actions.append(.log(CallLog(.gap, turn: id.turn, fields: ["piece": String(id.piece), "microseconds": String(microseconds)])))
            }
        }
    }
}
