import BusContract
import CallVocabulary

/// One telephone call: a value. Every event is handled at once and returns what is to be done; it cannot wait, does no I/O and reads no clock.
/// No state without a deadline: each thing that is waited for stands in `deadlines`, and each deadline ends in something spoken or in the end of the call.
package struct CallSession: Sendable, Equatable, Codable {
    package enum Phase: String, Sendable, Codable {
        /// The webhook was answered; the stream has not come yet.
        case expected
        case live
        /// The socket went away without a `stop`.
        case lost
        /// The conversation is over; the line is being closed, or the summary written.
        case ending
        case finished
    }

    /// What is waited for.
    package enum Wait: String, Sendable, Codable, CodingKeyRepresentable {
        case voice, final, reply, audio, mark, silence, callEnd, lineReturn, summary, reassign
    }

    package let opening: CallOpening
    package internal(set) var phase = Phase.expected
    package internal(set) var turns = Turns()
    package internal(set) var outcome: CallOutcome?
    var epochs: [Pool: Epoch] = [:]
    var deadlines: [Wait: CallTime] = [:]
    var assembler = FrameAssembler()
    var endpointer: Endpointer
    var playback: Playback
    var expectations: Expectations?
    var failuresInARow = 0
    var factCounter: Int
    var ring = AudioRing()
    var feed = RecogniserFeed()
    var fleet = FleetState()

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
    private static let startFact = 1
    private static let endFact = 2
    private static let summaryFact = 3

    /// It is the caller's turn: nothing is being thought or spoken.
    package var isListening: Bool {
        phase == .live && turns.current == nil && turns.waiting.isEmpty && !playback.isBusy && !turns.log.isEmpty
    }

    /// When the call wants to be woken though nothing happens.
    package var nextWake: CallTime? {
        guard phase != .finished else { return nil }
        guard phase == .live else { return deadlines.values.min() }
        return [deadlines.values.min(), playback.nextTopUp, epochs[.asr] == nil ? nil : feed.nextStep].compactMap { $0 }.min()
    }

    package mutating func handle(_ event: CallEvent, at now: CallTime) -> [CallAction] {
        guard phase != .finished else { return [] }
        var actions: [CallAction] = []
        switch event {
        case .lineOpened(let streamSID): openLine(streamSID, at: now, &actions)
        case .voice(let bytes): hear(bytes, at: now, &actions)
        case .digit: break
        case .mark(let name): markReturned(name, at: now, &actions)
        case .lineStopped, .callCompleted: callerLeft(at: now, &actions)
        case .lineLost: lineLost(at: now, &actions)
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
        expire(at: now, &actions)
        feedRecogniser([], at: now, &actions)
        pump(at: now, &actions)
        moveOn(at: now, &actions)
        return actions
    }

    // MARK: - The line

    private mutating func openLine(_ streamSID: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .expected || phase == .lost, !fleet.callerLeft else { return }
        let first = phase == .expected
        phase = .live
        deadlines[.lineReturn] = nil
        actions.append(.log(CallLog(.wsStart, fields: ["stream": streamSID])))
        guard first else { return resume(at: now, &actions) }
        // The same moment in every life of the gateway: a call has one longest duration.
        deadlines[.callEnd] = CallTime(milliseconds: policy.longestCall)
        actions.append(startFact(at: now))
        actions.append(tap(opening.history == nil ? .callStarted : .resumed, at: now))
        for pool in [Pool.dialog, .asr, .tts] { actions.append(.assign(pool, replacing: false)) }
        if turns.log.isEmpty, turns.waiting.isEmpty {
            // The opening: nothing was said yet, and the dialogue tells the recogniser what to expect.
            var turn = turns.next()
            turn.heard = .opening
            turn.texts[Turns.Open.greetingPiece] = opening.greeting
            turn.heardPieces = [Turns.Open.greetingPiece]
            _ = turns.enqueue(turn)
        }
        if opening.history != nil { takeUp(at: now, &actions) }
        askDialog(at: now, &actions)
    }

    /// The call began in another life of the gateway: one short sentence, and then the answer that is due, or the last question again.
    private mutating func takeUp(at now: CallTime, _ actions: inout [CallAction]) {
        if !turns.waiting.contains(where: { $0.heard != .opening }) {
            var turn = turns.next()
            turn.heard = .interrupted
            _ = turns.enqueue(turn)
        }
        if let turn = turns.waiting.first?.turn { interject(.resumed, SpeechID(turn: turn, piece: Turns.Open.resumedPiece)) }
    }

    /// A canned line, between whatever else is being said.
    /// - Returns: false when there is no such line.
    @discardableResult
    mutating func interject(_ clip: CallOpening.Clip, _ id: SpeechID) -> Bool {
        guard let line = opening.clips[clip] else { return false }
        playback.expect(id)
        return playback.receive(line.audio, for: id, last: true)
    }

    private mutating func hear(_ bytes: [UInt8], at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live else { return }
        let frames = assembler.push(bytes)
        guard !frames.isEmpty else { return }
        for frame in frames { ring.append(frame) }
        feedRecogniser(frames, at: now, &actions)
        for frame in frames {
            switch endpointer.hear(frame, at: now) {
            case .began(let from): utteranceBegan(from: from, at: now, &actions)
            case .ended(let utterance): utteranceEnded(utterance, at: now, &actions)
            case nil: break
            }
        }
        deadlines[.voice] = endpointer.isInUtterance ? now.adding(milliseconds: policy.mediaHole) : nil
    }

    private mutating func markReturned(_ name: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard case .sentence(let id) = playback.returned(name) else { return }
        deadlines[.mark] = playback.expectedSilence?.adding(milliseconds: policy.markDeadline)
        guard let current = turns.current, current.turn == id.turn else { return awaitCaller(at: now) }
        guard !current.failedPieces.contains(id.piece) else { return }
        turns.current?.heardPieces.insert(id.piece)
        turns.current?.stages.heard = now
        closeTurnIfSpoken(at: now, &actions)
    }

    private mutating func lineLost(at now: CallTime, _ actions: inout [CallAction]) {
        // We closed it: nothing more can be said. A lost line may come back.
        if phase == .ending { return end(outcome ?? .failed, at: now, &actions) }
        guard phase == .live else { return }
        phase = .lost
        playback.clear(at: now)
        // Nobody speaks and nobody listens: only the call's own limits go on.
        deadlines = deadlines.filter { $0.key == .callEnd }
        deadlines[.lineReturn] = now.adding(milliseconds: policy.lostLine)
        if endpointer.cut(through: assembler.nextSequence) != nil, let open = turns.listening.last, open.stages.endpoint == nil {
            turns.listening.removeLast()
            send(.asr, .listen(.discard), turn: open.turn, &actions)
        }
    }

    /// The line is back: takes up what was going on. What the caller said meanwhile never reached us.
    private mutating func resume(at now: CallTime, _ actions: inout [CallAction]) {
        for pool in [Pool.dialog, .asr, .tts] where epochs[pool] == nil { actions.append(.assign(pool, replacing: true)) }
        awaitFinal()
        if turns.current == nil {
            // What the caller may have said meanwhile never reached us: asks again, unless something is on its way.
            if turns.waiting.isEmpty, turns.listening.isEmpty {
                var turn = turns.next()
                turn.heard = .interrupted
                _ = turns.enqueue(turn)
            }
            askDialog(at: now, &actions)
        } else {
            speakAgain(at: now, &actions)
        }
    }

    // MARK: - The end

    /// The caller has hung up. Their last words may still be with the recogniser: a number said before hanging up is what the call was about.
    private mutating func callerLeft(at now: CallTime, _ actions: inout [CallAction]) {
        // Twilio tells it twice, by the stream and by a callback.
        if fleet.callerLeft, phase == .lost { return }
        guard phase == .live else { return end(outcome ?? .callerHungUp, at: now, &actions) }
        if let utterance = endpointer.cut(through: assembler.nextSequence &- 1) { utteranceEnded(utterance, at: now, &actions) }
        guard epochs[.asr] != nil, turns.listening.contains(where: { $0.heard == nil }) else {
            return end(outcome ?? .callerHungUp, at: now, &actions)
        }
        fleet.callerLeft = true
        phase = .lost
        playback.clear(at: now)
        deadlines = [.lineReturn: now.adding(milliseconds: policy.lastWords)]
    }

    /// Everything that the caller said before hanging up has been heard.
    mutating func endIfAllIsHeard(at now: CallTime, _ actions: inout [CallAction]) {
        guard fleet.callerLeft, phase == .lost, !turns.listening.contains(where: { $0.heard == nil }) else { return }
        end(outcome ?? .callerHungUp, at: now, &actions)
    }

    /// Says goodbye to everybody but the summary's writer. Called once; whatever ends the call comes here.
    mutating func end(_ how: CallOutcome, at now: CallTime, _ actions: inout [CallAction]) {
        guard deadlines[.summary] == nil else { return }
        outcome = how
        phase = .ending
        for turn in [turns.close()].compactMap({ $0 }) + turns.takeUnanswered() { actions.append(fact(.turn(record(turn)), at: now)) }
        playback.clear(at: now)
        deadlines = [.summary: now.adding(milliseconds: policy.summaryDeadline)]
        // Told once, though a later life may tell it again: that one would not know when it was.
        actions.append(fact(number: Self.endFact, .callEnded(outcome: how, milliseconds: now.milliseconds), at: now))
        actions.append(tap(.callEnded, at: now, detail: how.rawValue))
        actions.append(.log(CallLog(.callEnded, fields: ["outcome": how.rawValue, "milliseconds": String(now.milliseconds)])))
        actions.append(.closeLine)
        actions.append(.releaseAll)
        actions.append(.summarise(log: turns.log, lead: turns.lead, outcome: how))
    }

    /// Closes the line from our side; `end` follows when Twilio confirms, or at the deadline.
    mutating func hangUp(_ how: CallOutcome, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, outcome == nil else { return }
        outcome = how
        phase = .ending
        playback.clear(at: now)
        deadlines = [.lineReturn: now.adding(milliseconds: policy.lostLine)]
        actions.append(.closeLine)
    }

    private mutating func summarised(_ text: String?, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .ending, deadlines[.summary] != nil else { return }
        if let text {
            actions.append(fact(number: Self.summaryFact, .summary(text), at: now))
            actions.append(tap(.summary, at: now, text: text))
        }
        phase = .finished
        actions.append(.finished(outcome ?? .failed))
    }

    // MARK: - Deadlines

    private mutating func expire(at now: CallTime, _ actions: inout [CallAction]) {
        while let due = deadlines.filter({ $0.value <= now }).min(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }) {
            deadlines[due.key] = nil
            switch due.key {
            case .voice:
                if let utterance = endpointer.cut(through: assembler.nextSequence &- 1) { utteranceEnded(utterance, at: now, &actions) }
            case .final: if !hold(.asr, .final, at: now) { finalIsLate(at: now, &actions) }
            case .reply: if !hold(.dialog, .reply, at: now) { stageFailed("reply", at: now, &actions) }
            case .audio:
                // A voice that has used its credit waits for the caller's ear, not we for it.
                if playback.hasUnsentAudio {
                    deadlines[.audio] = now.adding(milliseconds: policy.audioDeadline)
                } else if !hold(.tts, .audio, at: now) {
                    stageFailed("audio", at: now, &actions)
                }
            case .mark: marksAreLate(at: now, &actions)
            case .silence: fellSilent(at: now, &actions)
            case .callEnd: if phase == .lost { end(.maximumDuration, at: now, &actions) } else { hangUp(.maximumDuration, at: now, &actions) }
            case .lineReturn: end(outcome ?? .callerHungUp, at: now, &actions)
            case .summary:
                deadlines[.summary] = now
                summarised(nil, at: now, &actions)
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
                actions.append(.mark(id.markName))
                deadlines[.mark] = playback.expectedSilence?.adding(milliseconds: policy.markDeadline)
            case .started(let id): sentenceStarted(id, at: now, &actions)
            case .credit(let id, let milliseconds):
                send(.tts, .credit(Credit(piece: id.piece, milliseconds: milliseconds)), turn: id.turn, &actions)
            case .underrun(let id, let microseconds):
                actions.append(.log(CallLog(.underrun, turn: id.turn, fields: ["microseconds": String(microseconds)])))
            }
        }
    }

    // MARK: - Making things

    mutating func fact(_ body: Fact.Body, at now: CallTime) -> CallAction {
        factCounter += 1
        return fact(number: factCounter, body, at: now)
    }

    /// Told in every life of the gateway, under one id: it is written down once.
    private func startFact(at now: CallTime) -> CallAction {
        fact(number: Self.startFact, .callStarted(from: opening.caller ?? "", to: opening.called), at: opening.history == nil ? now : .zero)
    }

    func fact(number: Int, _ body: Fact.Body, at now: CallTime) -> CallAction {
        .fact(Fact(id: "\(opening.call.rawValue).\(number)", at: opening.startedUnixMilliseconds + Int64(now.milliseconds), body: body))
    }

    func tap(
        _ name: TapEvent.Name, turn: TurnID? = nil, at now: CallTime, text: String? = nil, transcript: Transcript? = nil,
        stages: TurnStages? = nil, detail: String? = nil
    ) -> CallAction {
        .tap(
            TapEvent(
                name, conversation: opening.call.conversation, business: opening.business, turn: turn, at: now, text: transcript?.text ?? text,
                confidence: transcript?.confidence, understood: transcript?.understood, stages: stages, detail: detail))
    }

    func record(_ turn: Turns.Open) -> TurnRecord {
        TurnRecord(
            entry: turn.entry, recogniser: turn.recogniser, dialog: turn.done?.provider, state: turn.done?.state, stages: turn.stages)
    }

    /// Sends to the call's worker of a pool; without one the message is dropped, and the deadline of what was asked speaks.
    func send(_ pool: Pool, _ message: BusMessage, turn: TurnID? = nil, _ actions: inout [CallAction]) {
        guard let epoch = epochs[pool] else { return }
        actions.append(
            .send(pool, Envelope(message, business: opening.business, conversation: opening.call.conversation, turn: turn, epoch: epoch)))
    }
}
