import BusContract
import CallVocabulary
import Hebrew

/// Hearing, thinking, speaking: how a turn passes through the workers.
extension CallSession {
    // MARK: - Hearing

    mutating func utteranceBegan(from sequence: UInt32, at now: CallTime, _ actions: inout [CallAction]) {
        deadlines[.silence] = nil
        var turn = turns.next()
        turn.from = sequence
        turn.beganOverReply = playback.isSounding
        turns.listening.append(turn)
        send(.asr, .listen(.begin(from: sequence)), turn: turn.turn, &actions)
    }

    mutating func utteranceEnded(_ utterance: Endpointer.Utterance, at now: CallTime, _ actions: inout [CallAction]) {
        guard let index = turns.listening.lastIndex(where: { $0.stages.endpoint == nil }) else { return }
        turns.listening[index].stages.voiceEnd = utterance.voiceEnd
        turns.listening[index].stages.endpoint = now
        turns.listening[index].endedBy = utterance.reason
        turns.listening[index].isAside = turns.listening[index].beganOverReply && playback.isSounding
        turns.listening[index].mayBeEcho =
            turns.listening[index].beganOverReply && utterance.voiceEnd < soundedUntil.adding(milliseconds: policy.echoTail)
        turns.listening[index].voicedMilliseconds = utterance.voicedMilliseconds
        turns.listening[index].through = utterance.through
        turns.listening[index].finalDue = now.adding(milliseconds: policy.finalDeadline)
        awaitFinal()
        send(.asr, .listen(.end(through: utterance.through)), turn: turns.listening[index].turn, &actions)
    }

    /// The first deadline among the utterances whose final is due.
    mutating func awaitFinal() {
        deadlines[.final] = phase == .live ? turns.listening.lazy.filter { $0.heard == nil }.compactMap(\.finalDue).min() : nil
    }

    mutating func finalIsLate(at now: CallTime, _ actions: inout [CallAction]) {
        guard let turn = turns.listening.filter({ $0.heard == nil }).min(by: { ($0.finalDue ?? .never) < ($1.finalDue ?? .never) })?.turn
        else { return }
        actions.append(.log(CallLog(.stageLate, turn: turn, fields: ["stage": "final"])))
        heard(turn, Transcript(text: "", confidence: 0, understood: false), provider: nil, at: now, &actions)
    }

    private mutating func heard(
        _ turn: TurnID, _ transcript: Transcript, provider: String?, at now: CallTime, _ actions: inout [CallAction]
    ) {
        guard let index = turns.listening.firstIndex(where: { $0.turn == turn && $0.heard == nil && $0.stages.endpoint != nil }) else { return }
        turns.listening[index].stages.final = now
        turns.listening[index].recogniser = provider
        turns.listening[index].heard = .speech(transcript)
        if transcript.understood { heardOverReply(transcript.text, isFinal: true, at: now, &actions) }
        // It was a cough, a listener's sound or our own voice.
        if turns.listening.allSatisfy({ $0.heard != nil }) { goOn(at: now, &actions) }
        while let turn = turns.takeHeard() { take(turn, at: now, &actions) }
        awaitFinal()
        endIfAllIsHeard(at: now, &actions)
    }

    /// An utterance whose words are known goes to the dialogue.
    private mutating func take(_ turn: Turns.Open, at now: CallTime, _ actions: inout [CallAction]) {
        guard case .speech(let transcript) = turn.heard else { return }
        // Not understood and hardly voiced: a cough. It is no turn, and the silence is counted on.
        if !transcript.understood, turn.voicedMilliseconds < policy.shortestTurn {
            awaitCaller(at: now)
            return
        }
        // "אהה" from a listener is no turn, and neither is a sound over the agent's voice that nobody understands: our echo, or a cough.
        if turn.isAside, !transcript.understood || UtteranceShape(transcript.text).isNoInterruption || isOwnVoice(transcript.text) {
            awaitCaller(at: now)
            return
        }
        if turn.mayBeEcho, !transcript.understood || isOwnVoice(transcript.text) {
            actions.append(.log(CallLog(.echo, turn: turn.turn)))
            awaitCaller(at: now)
            return
        }
        // Providers mean different things by it, and some mean logarithms.
        let percent = transcript.confidence.isFinite ? Int((min(1, max(0, transcript.confidence)) * 100).rounded()) : 0
        actions.append(
            .log(
                CallLog(
                    .hebrewSpeech, turn: turn.turn,
                    fields: [
                        "length": String(transcript.text.count), "confidence": String(percent), "understood": String(transcript.understood),
                        "provider": turn.recogniser ?? "none",
                    ], words: transcript.text)))
        actions.append(tap(.heard, turn: turn.turn, at: now, transcript: transcript, detail: turn.endedBy?.rawValue))
        guard turns.enqueue(turn) else {
            // Nobody answers it any more, but it was said, and is written down.
            turns.passOver(turn)
            actions.append(fact(.turn(record(turn)), at: now))
            return
        }
        actions.append(.heard(turn.entry))
        askDialog(at: now, &actions)
    }

    // MARK: - Silence

    /// Starts counting silence when it is the caller's turn to speak.
    mutating func awaitCaller(at now: CallTime) {
        guard phase == .live, turns.current == nil, turns.listening.isEmpty, turns.waiting.isEmpty, !playback.isBusy else { return }
        deadlines[.silence] = now.adding(milliseconds: policy.silence)
    }

    mutating func fellSilent(at now: CallTime, _ actions: inout [CallAction]) {
        guard turns.current == nil, turns.listening.isEmpty else { return }
        var turn = turns.next()
        turn.heard = .silence
        turn.stages.endpoint = now
        actions.append(tap(.heard, turn: turn.turn, at: now, detail: "silence"))
        if turns.enqueue(turn) { askDialog(at: now, &actions) }
    }

    // MARK: - Thinking

    mutating func askDialog(at now: CallTime, _ actions: inout [CallAction]) {
        // While the line is lost, what was heard waits for its return.
        guard phase == .live, let turn = turns.takeNext() else { return }
        deadlines[.silence] = nil
        deadlines[.reply] = now.adding(milliseconds: policy.replyDeadline)
        (wasFilled, isFilled) = (isFilled, false)
        if policy.filler > 0, turn.heard != .opening { deadlines[.filler] = now.adding(milliseconds: policy.filler) }
        if takePreemptive(turn, at: now, &actions) { return }
        turns.current?.stages.asked = now
        sendTurn(turns.current ?? turn, &actions)
    }

    /// Nothing of the answer has come: the caller hears that somebody is there. Not after every question.
    mutating func thinkingIsSlow(at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, let current = turns.current, current.stages.audio == nil, !current.failed, !current.held, !wasFilled,
            !playback.isSounding, !isPlayed(current.turn), !endpointer.isInUtterance
        else { return }
        isFilled = interject(.moment, SpeechID(turn: current.turn, piece: Turns.Open.fillerPiece))
        if isFilled { actions.append(.log(CallLog(.filler, turn: current.turn))) }
    }

    /// Asks the dialogue; when another worker has begun the answer, it is asked to go on.
    func sendTurn(_ turn: Turns.Open, _ actions: inout [CallAction]) {
        let question = DialogTurn(
            heard: turn.heard ?? .silence, log: turns.log, caller: opening.caller, said: turn.saidSoFar, lead: turns.lead.isEmpty ? nil : turns.lead,
            attempt: turn.attempt > 0 ? turn.attempt : nil)
        send(.dialog, .turn(question), turn: turn.turn, &actions)
    }

    // MARK: - From the workers

    mutating func fromBus(
        _ pool: Pool, _ envelope: Envelope, _ attachment: [UInt8], at now: CallTime, _ actions: inout [CallAction]
    ) {
        // The last words before the line broke are words of the caller all the same.
        guard phase == .live || phase == .away || phase == .lost && pool == .asr || leaving.waitsForLease else { return }
        guard let epoch = epochs[pool], envelope.epoch == epoch else {
            actions.append(.log(CallLog(.staleEpoch, turn: envelope.turn, fields: ["kind": envelope.message.kind])))
            return
        }
        // A worker speaks for its own pool only.
        switch (pool, envelope.message) {
        case (.asr, .transcript(let message)):
            guard let turn = envelope.turn else { return }
            guard message.final else { return heardSoFar(message.transcript, turn, at: now, &actions) }
            heard(turn, message.transcript, provider: message.provider, at: now, &actions)
        case (.asr, .resend(let span)): resend(span, at: now, &actions)
        case (.dialog, .expectations), (.dialog, .reply), (.dialog, .replyDone), (.tts, .speech):
            if keepPreemptive(envelope, attachment, at: now, &actions) { return }
            replyCame(envelope, attachment, at: now, &actions)
        case (.tts, .callUpdated(let updated)): callUpdated(updated, at: now, &actions)
        default: break
        }
    }

    /// The recogniser's words before the final.
    private mutating func heardSoFar(_ transcript: Transcript, _ turn: TurnID, at now: CallTime, _ actions: inout [CallAction]) {
        guard let index = turns.listening.firstIndex(where: { $0.turn == turn }) else { return }
        turns.listening[index].interim = transcript
        // What the words say about the end counts as long as it is open.
        if index == turns.listening.count - 1, turns.listening[index].stages.endpoint == nil {
            endpointer.heard(transcript.text, at: now)
            heardOverReply(transcript.text, isFinal: false, at: now, &actions)
        }
        preempt(at: now, &actions)
    }

    /// A part of the reply to the current turn.
    mutating func replyCame(_ envelope: Envelope, _ attachment: [UInt8], at now: CallTime, _ actions: inout [CallAction]) {
        switch envelope.message {
        case .expectations(let next):
            guard let current = turns.current, current.turn == envelope.turn, !current.failed else { return }
            expectations = next
            endpointer.expect(next)
            send(.asr, .expectations(next), &actions)
        case .reply(let piece): replyPiece(piece, turn: envelope.turn, at: now, &actions)
        case .replyDone(let done): replyDone(done, turn: envelope.turn, at: now, &actions)
        case .speech(let chunk): speech(chunk, attachment, turn: envelope.turn, at: now, &actions)
        default: break
        }
    }

    private static let pieces = 0..<Speak.piecesOfReply

    private mutating func replyPiece(_ piece: ReplyPiece, turn: TurnID?, at now: CallTime, _ actions: inout [CallAction]) {
        guard let current = turns.current, let turn, current.turn == turn, !current.failed, current.done == nil,
            piece.attempt ?? current.attempt == current.attempt, Self.pieces.contains(piece.piece), current.texts[piece.piece] == nil
        else { return }
        if turns.current?.stages.reply == nil {
            turns.current?.stages.reply = now
            if let asked = current.stages.asked, let took = piece.firstToken {
                turns.current?.stages.firstToken = min(now, asked.adding(milliseconds: max(0, took)))
            }
        }
        turns.current?.texts[piece.piece] = piece.text
        deadlines[.reply] = now.adding(milliseconds: policy.replyDeadline)
        guard !isPlayed(turn) else { return }
        playback.expect(SpeechID(turn: turn, piece: piece.piece))
        deadlines[.audio] = now.adding(milliseconds: policy.audioDeadline)
        orderSpeech(SpeechID(turn: turn, piece: piece.piece), piece.text, &actions)
    }

    private mutating func replyDone(_ done: ReplyDone, turn: TurnID?, at now: CallTime, _ actions: inout [CallAction]) {
        guard var current = turns.current, current.turn == turn, current.done == nil, !current.failed, done.attempt ?? current.attempt == current.attempt
        else { return }
        deadlines[.reply] = nil
        // A sentence that got lost on its way, or a count that is none.
        guard done.pieces >= 0, done.pieces <= Self.pieces.count, Set(current.texts.keys.filter { $0 >= 0 }) == Set(0..<max(0, done.pieces)) else {
            stageFailed("reply incomplete", at: now, &actions)
            return
        }
        // An empty reply to a caller who spoke is an error, not an answer. The opening has none: the greeting was it.
        guard done.pieces > 0 || current.heard == .opening && done.failure == nil else {
            stageFailed(done.failure ?? "empty reply", at: now, &actions)
            return
        }
        current.done = done
        current.pieces = done.pieces
        turns.current = current
        if done.failure == nil, done.lead != turns.lead {
            turns.learn(done.lead)
            actions.append(fact(.lead(fields: done.lead, caller: opening.caller), at: now))
            actions.append(tap(.lead, turn: current.turn, at: now, detail: done.lead.keys.sorted().joined(separator: ",")))
        }
        if isPlayed(current.turn) { return playReply(at: now, &actions) }
        closeTurnIfSpoken(at: now, &actions)
    }

    // MARK: - Speaking

    private mutating func speech(
        _ chunk: SpeechChunk, _ audio: [UInt8], turn: TurnID?, at now: CallTime, _ actions: inout [CallAction]
    ) {
        guard let turn, let current = turns.current, current.turn == turn, !current.failed, let id = speechID(turn, wirePiece: chunk.piece) else { return }
        // Of a sentence that goes the other way by now, or that nobody asked for.
        guard playback.awaits(id) else { return }
        let expected = current.nextChunk[id.piece] ?? 0
        guard chunk.index >= expected else { return }
        if chunk.failure != nil || chunk.index > expected {
            stageFailed(chunk.failure == nil ? "audio lost" : "audio", at: now, &actions)
            return
        }
        if playback.exceedsCredit(id, by: audio.count) { return stageFailed("audio without credit", at: now, &actions) }
        turns.current?.nextChunk[id.piece] = expected + 1
        if turns.current?.voice == nil { turns.current?.voice = chunk.provider }
        guard playback.receive(audio, for: id, last: chunk.last) else { return }
        if turns.current?.stages.audio == nil { turns.current?.stages.audio = now }
        deadlines[.audio] = playback.isWaitingForAudio ? now.adding(milliseconds: policy.audioDeadline) : nil
    }

    mutating func sentenceStarted(_ id: SpeechID, at now: CallTime, _ actions: inout [CallAction]) {
        guard turns.current?.turn == id.turn, let text = turns.current?.texts[id.piece] else { return }
        if turns.current?.stages.spoken == nil {
            turns.current?.stages.spoken = now
            actions.append(.log(CallLog(.pingPongTX, turn: id.turn, fields: ["mode": "stream"])))
        }
        actions.append(tap(.said, turn: id.turn, at: now, text: text))
    }

    mutating func closeTurnIfSpoken(at now: CallTime, _ actions: inout [CallAction]) {
        guard let current = turns.current, current.isSpoken else { return }
        for wait in [Wait.audio, .reply, .update, .doubt] { deadlines[wait] = nil }
        played = nil
        _ = turns.close()
        lastSaid = current.texts.sorted { $0.key < $1.key }.map(\.value)
        let record = record(current)
        actions.append(fact(.turn(record), at: now))
        actions.append(tap(.turn, turn: current.turn, at: now, stages: current.stages, record: record, detail: current.done?.state))
        if !current.failed { failuresInARow = 0 }
        // Who is still speaking, or has said more, is heard first: "bye, but wait".
        if let ending = current.done?.ending, !current.failed, turns.listening.isEmpty, turns.waiting.isEmpty {
            if ending == .transfer { return transfer(because: "dialog", at: now, &actions) }
            hangUp(ending.outcome, at: now, &actions)
            return
        }
        askDialog(at: now, &actions)
        if turns.current == nil {
            actions.append(tap(.listening, turn: current.turn, at: now))
            awaitCaller(at: now)
        }
    }

    /// The line came back in the middle of a turn: asks again what was not answered, and says again what was not heard.
    mutating func speakAgain(at now: CallTime, _ actions: inout [CallAction]) {
        guard var turn = turns.current else { return }
        guard turn.done != nil || turn.failed else {
            for piece in turn.texts.keys where piece >= 0 && !turn.heardPieces.contains(piece) { turn.texts[piece] = nil }
            turn.nextChunk = [:]
            turns.current = turn
            greetAgain()
            deadlines[.reply] = now.adding(milliseconds: policy.replyDeadline)
            // Without the cancellation the worker would take the question for a repetition of the one that it has answered into the void.
            send(.dialog, .cancel(Cancel()), turn: turn.turn, &actions)
            sendTurn(turn, &actions)
            return
        }
        send(.tts, .cancel(Cancel()), turn: turn.turn, &actions)
        if playsReplies, !turn.failed { return playReply(at: now, &actions) }
        speakPieces(of: turn, at: now, &actions)
    }

    /// Has the voice say what was not heard of the reply.
    mutating func speakPieces(of turn: Turns.Open, at now: CallTime, _ actions: inout [CallAction]) {
        var turn = turn
        turn.nextChunk = [:]
        turns.current = turn
        greetAgain()
        for (piece, text) in turn.unheardTexts where piece >= 0 {
            if turn.failed {
                // The canned line is not made by a voice.
                turns.current?.failedPieces.insert(piece)
                continue
            }
            playback.expect(SpeechID(turn: turn.turn, piece: piece))
            deadlines[.audio] = now.adding(milliseconds: policy.audioDeadline)
            orderSpeech(SpeechID(turn: turn.turn, piece: piece), text, &actions)
        }
        closeTurnIfSpoken(at: now, &actions)
    }

    /// A greeting that was cut is said again.
    private mutating func greetAgain() {
        guard let turn = turns.current, turn.unheardTexts.first?.piece == Turns.Open.greetingPiece else { return }
        if interject(.greeting, SpeechID(turn: turn.turn, piece: Turns.Open.greetingPiece)) { return }
        turns.current?.failedPieces.insert(Turns.Open.greetingPiece)
    }

    // MARK: - When a stage fails

    /// A turn cannot be answered as it should: a canned line instead, and after too many in a row the recorded fallback.
    mutating func stageFailed(_ stage: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, var current = turns.current, !current.failed else { return }
        failuresInARow += 1
        current.failed = true
        actions.append(.log(CallLog(.stageLate, turn: current.turn, fields: ["stage": stage, "failures": String(failuresInARow)])))
        send(.dialog, .cancel(Cancel()), turn: current.turn, &actions)
        send(.tts, .cancel(Cancel()), turn: current.turn, &actions)
        deadlines[.reply] = nil
        deadlines[.audio] = nil
        let goesAsFile = isPlayed(current.turn)
        played = nil
        for piece in current.texts.keys where !current.heardPieces.contains(piece) {
            // A greeting that is being said is said to its end.
            if piece == Turns.Open.greetingPiece, playback.holds(SpeechID(turn: current.turn, piece: piece)) { continue }
            if playback.abandon(SpeechID(turn: current.turn, piece: piece)) { current.failedPieces.insert(piece) }
        }
        guard failuresInARow <= policy.failuresBeforeFallback else {
            turns.current = current
            giveUp("\(stage) failed \(failuresInARow) times", at: now, &actions)
            return
        }
        let piece = max(0, (current.texts.keys.max() ?? -1) + 1)
        current.pieces = piece + 1
        // A sentence that got lost on its way will not be heard either.
        for index in 0..<piece where current.texts[index] == nil { current.failedPieces.insert(index) }
        if let clip = opening.clips[.sorry] {
            let id = SpeechID(turn: current.turn, piece: piece)
            current.texts[piece] = clip.text
            turns.current = current
            if goesAsFile, playClip(clip, piece: piece, at: now, &actions) { return }
            playback.expect(id)
            _ = playback.receive(clip.audio, for: id, last: true)
        } else {
            current.failedPieces.insert(piece)
            turns.current = current
            closeTurnIfSpoken(at: now, &actions)
        }
    }
}

extension DialogEnding {
    fileprivate var outcome: CallOutcome {
        switch self {
        case .goodbye: .served
        case .callback: .callbackPromised
        case .unserved: .unserved
        case .transfer: .transferred
        }
    }
}
