import BusContract
import CallVocabulary

/// Keys, and the caller who takes the word.
extension CallSession {
    mutating func keyPressed(_ digit: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live else { return }
        actions.append(.log(CallLog(.key, turn: turns.current?.turn)))
        if digit == "0" { return transfer(because: "key", at: now, &actions) }
        // Whoever presses a key while we speak wants us to stop.
        if playback.isSounding { bargeIn(at: now, &actions) }
    }

    /// The caller takes the word: what was not heard yet is dropped, here, at the workers' and in Twilio's buffer.
    mutating func bargeIn(at now: CallTime, _ actions: inout [CallAction]) {
        let turn = turns.current?.turn
        actions.append(.log(CallLog(.bargeIn, turn: turn)))
        actions.append(tap(.bargeIn, turn: turn, at: now))
        // A canned line was interrupted, and not the reply that is being made behind it.
        guard let turn, playback.isReplySounding(turn) else { return hush(at: now, &actions) }
        interruptReply(at: now, &actions)
        askDialog(at: now, &actions)
        if turns.current == nil {
            actions.append(tap(.listening, turn: turn, at: now))
            awaitCaller(at: now)
        }
    }

    /// Stops a canned line.
    private mutating func hush(at now: CallTime, _ actions: inout [CallAction]) {
        playback.clearCanned(at: now)
        actions.append(.clear)
        deadlines[.mark] = nil
        if let current = turns.current, !current.heardPieces.contains(Turns.Open.greetingPiece) {
            turns.current?.failedPieces.insert(Turns.Open.greetingPiece)
        }
        closeTurnIfSpoken(at: now, &actions)
        awaitCaller(at: now)
    }

    /// Stops speaking and thinking. The turn keeps what was heard of it.
    mutating func interruptReply(at now: CallTime, _ actions: inout [CallAction]) {
        if playback.isBusy {
            playback.clear(at: now)
            actions.append(.clear)
        }
        for wait in [Wait.mark, .audio, .reply, .update, .doubt] { deadlines[wait] = nil }
        played = nil
        turns.current?.stages.bargeIn = now
        guard let closed = turns.close() else { return }
        send(.dialog, .cancel(Cancel()), turn: closed.turn, &actions)
        send(.tts, .cancel(Cancel()), turn: closed.turn, &actions)
        lastSaid = closed.texts.sorted { $0.key < $1.key }.map(\.value)
        soundedUntil = now
        let record = record(closed)
        actions.append(fact(.turn(record), at: now))
        actions.append(tap(.turn, turn: closed.turn, at: now, stages: closed.stages, record: record, detail: "interrupted"))
    }
}
