import BusContract
import CallVocabulary

/// The stream: how it opens, what comes in on it, how it goes away and comes back.
extension CallSession {
    // MARK: - Opening

    mutating func openLine(_ streamSID: String, at now: CallTime, _ actions: inout [CallAction]) {
        // Nobody would speak on it.
        if phase == .ending || fleet.callerLeft { return actions.append(.closeLine) }
        guard phase == .expected || phase == .lost || phase == .away else { return }
        if leaving.isWithPerson { return openedBeforeThePerson(at: now, &actions) }
        // The end of the former one was never told.
        if hasStream { streamEnded(byStop: false, at: now, &actions) }
        let first = phase == .expected
        phase = .live
        hasStream = true
        leaving = ExitState()
        assembler.startOver()
        deadlines[.lineReturn] = nil
        watchLine(at: now)
        countDeafness(until: now, &actions)
        actions.append(.log(CallLog(.wsStart, fields: ["stream": streamSID])))
        guard first else { return resume(at: now, &actions) }
        actions.append(startFact(at: now))
        actions.append(tap(opening.history == nil ? .callStarted : .resumed, at: now))
        for pool in [Pool.dialog, .asr, .tts] { actions.append(.assign(pool, replacing: false)) }
        // Decided in an earlier life; nothing more is said.
        if let outcome { return leave(outcome.exit, because: nil, at: now, &actions) }
        if turns.log.isEmpty, turns.waiting.isEmpty { greet() }
        if opening.history != nil { takeUp(at: now, &actions) }
        askDialog(at: now, &actions)
    }

    /// The opening: nothing was said yet, and the dialogue tells the recogniser what to expect.
    private mutating func greet() {
        var turn = turns.next()
        turn.heard = .opening
        turn.texts[Turns.Open.greetingPiece] = opening.greeting
        // A business that greets in the stream; else the caller has heard the greeting before the stream began.
        turn.greets = interject(.greeting, SpeechID(turn: turn.turn, piece: Turns.Open.greetingPiece))
        if !turn.greets { turn.heardPieces = [Turns.Open.greetingPiece] }
        _ = turns.enqueue(turn)
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
        // A stream that does not play has nothing to say between the replies.
        guard streamRefusals == 0, let line = opening.clips[clip] else { return false }
        playback.expect(id)
        return playback.receive(line.audio, for: id, last: true)
    }

    // MARK: - What comes in

    mutating func hear(_ bytes: [UInt8], at now: CallTime, _ actions: inout [CallAction]) {
        // Until the stream ends for an update of ours, the caller is heard.
        guard phase == .live || phase == .away && hasStream && played != nil else { return }
        watch.lastFrame = now
        let frames = assembler.push(bytes)
        guard !frames.isEmpty else { return }
        for frame in frames { ring.append(frame) }
        feedRecogniser(frames, at: now, &actions)
        for frame in frames {
            switch endpointer.hear(frame, at: now) {
            case .began(let from):
                utteranceBegan(from: from, at: now, &actions)
                // Looked at only when it rings: frames come fifty times a second.
                if phase == .live { deadlines[.voice] = now.adding(milliseconds: policy.mediaHole) }
            case .ended(let utterance):
                deadlines[.voice] = nil
                utteranceEnded(utterance, at: now, &actions)
                preempt(at: now, &actions)
            case .paused: preempt(at: now, &actions)
            case .resumed, nil: break
            }
        }
    }

    mutating func markReturned(_ name: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard case .sentence(let id) = playback.returned(name) else { return }
        if !playback.isSounding { soundedUntil = now }
        deadlines[.mark] = playback.nextMark?.adding(milliseconds: policy.markDeadline)
        guard let current = turns.current, current.turn == id.turn else { return awaitCaller(at: now) }
        guard !current.failedPieces.contains(id.piece) else { return }
        turns.current?.heardPieces.insert(id.piece)
        turns.current?.stages.heard = now
        closeTurnIfSpoken(at: now, &actions)
    }

    /// An utterance that the stream's end has cut is over, and will be answered.
    mutating func finishUtterance(at now: CallTime, _ actions: inout [CallAction]) {
        deadlines[.voice] = nil
        if let utterance = endpointer.cut(through: assembler.nextSequence &- 1) { utteranceEnded(utterance, at: now, &actions) }
    }

    // MARK: - The stream's end

    /// - Parameter byStop: Twilio said so; else it is the socket that went away.
    mutating func streamEnded(byStop: Bool, at now: CallTime, _ actions: inout [CallAction]) {
        let hadStream = hasStream
        hasStream = false
        switch phase {
        case .expected: if byStop { callerLeft(at: now, &actions) }
        case .live:
            // A stream that ends because we had the call do something else ends nothing.
            if played?.isUnderWay == true { return goAway(at: now, &actions) }
            if byStop, now >= lease.doubtUntil { return callerLeft(at: now, &actions) }
            loseLine(at: now, &actions)
        case .away:
            if leaving.isWithPerson { return personIsCalled(at: now) }
            guard hadStream else { return }
            finishUtterance(at: now, &actions)
            if played != nil { watch.deafSince = now }
        case .lost: if byStop, now >= lease.doubtUntil { callerLeft(at: now, &actions) }
        case .ending: endedWhileLeaving(byStop: byStop, at: now, &actions)
        case .finished: break
        }
    }

    /// Twilio knows it before our socket does.
    mutating func streamFailed(_ reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live else { return }
        actions.append(.log(CallLog(.stageLate, turn: turns.current?.turn, fields: ["stage": "stream", "reason": reason])))
        streamEnded(byStop: false, at: now, &actions)
        actions.append(.closeLine)
    }

    /// The socket is gone, and the call perhaps not.
    private mutating func loseLine(at now: CallTime, _ actions: inout [CallAction]) {
        phase = .lost
        playback.clear(at: now)
        // Nobody speaks and nobody listens: only the call's own limits go on.
        keepLimitsOnly()
        let doubt = now < lease.doubtUntil ? lease.doubtMilliseconds : 0
        deadlines[.lineReturn] = now.adding(milliseconds: policy.lostLine + doubt)
        if endpointer.cut(through: assembler.nextSequence) != nil, let open = turns.listening.last, open.stages.endpoint == nil {
            turns.listening.removeLast()
            send(.asr, .listen(.discard), turn: open.turn, &actions)
        }
    }

    /// Only the call's own limits go on.
    mutating func keepLimitsOnly() { deadlines.removeAll(but: [.callEnd, .warning]) }

    /// No stream has come where one should have.
    mutating func lineStaysAway(at now: CallTime, _ actions: inout [CallAction]) {
        if fleet.callerLeft { return end(leaving.isWithPerson ? .transferred : outcome ?? .callerHungUp, at: now, &actions) }
        if phase == .ending || leaving.isWithPerson { return exitIsLate(at: now, &actions) }
        if phase == .expected, let outcome { return end(outcome, at: now, &actions) }
        giveUp(phase == .lost ? "line lost" : "no start", at: now, &actions)
    }

    /// Twilio has asked and knows what to do. From here on the operator's patience counts, as for a call's first stream.
    mutating func streamAwaited(_ milliseconds: Int, at now: CallTime) {
        guard phase == .lost || phase == .away && !hasStream && played == nil && leaving.exit == nil, deadlines[.lineReturn] != nil else { return }
        deadlines[.lineReturn] = now.adding(milliseconds: min(max(0, milliseconds), policy.longestCall) + policy.streamStart)
    }

    // MARK: - Coming back

    /// The line is back: takes up what was going on. What the caller said meanwhile never reached us.
    private mutating func resume(at now: CallTime, _ actions: inout [CallAction]) {
        for pool in [Pool.dialog, .asr, .tts] where epochs[pool] == nil { actions.append(.assign(pool, replacing: true)) }
        awaitFinal()
        if played?.isUnderWay == true { return playedWasHeard(at: now, &actions) }
        // Its file is there, and needs nothing but to be announced.
        if let played, played.turn == turns.current?.turn, case .ready = played.step { return }
        played = nil
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
}
