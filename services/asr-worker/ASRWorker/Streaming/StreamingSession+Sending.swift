import Audio
import CallVocabulary

/// What connections are sent.
extension StreamingSession {
    /// A finished utterance that has lost its home is heard by a connection of its own.
    mutating func hearAgain(_ index: Int, _ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        let turn = turns[index]
        let provider = choose(turn.tried.union(shunned(now))) ?? (turn.attempts < Self.mostAttempts ? choose([]) : nil)
        guard let provider, turn.voiced > 0 else {
            turns[index].isFinalized = true
            return
        }
        var connection = open(provider, now, &actions)
        connection.segments = [Segment(turn: turn.id, start: 0, offset: turn.cut)]
        connection.sent = turn.audio.count
        turns[index].move(to: connection.id)
        draining.append(connection)
        actions += [.noted(.heardAgain), .send(connection.id, turn.audio), .close(connection.id)]
    }

    /// An utterance is over that still had a hypothesis on the active connection: its words would begin the next one's.
    mutating func clean(behind turn: Turn, _ now: Int64, _ actions: inout [Action]) {
        guard let connection = active, turn.home == connection.id, turn.interim != nil || connection.finalizing.contains(turn.id) else { return }
        actions.append(.cancel(connection.id))
        active = nil
        replaceActive(connection.provider, now, &actions)
    }

    /// Sends in chunks to the active connection.
    mutating func feed(_ audio: [UInt8], _ now: Int64, _ actions: inout [Action]) {
        guard let connection = active else { return }
        active?.pending += audio
        active?.fedUntil = max(connection.fedUntil, now)
        let chunk = traits[connection.provider].chunkMilliseconds * MuLaw.sampleRate / 1_000
        if connection.pending.count + audio.count >= chunk { flush(now, &actions) }
    }

    mutating func flush(_ now: Int64, _ actions: inout [Action]) {
        guard let connection = active, !connection.pending.isEmpty else { return }
        active?.pending = []
        active?.sent += connection.pending.count
        active?.lastSentAt = now
        actions.append(.send(connection.id, connection.pending))
    }
}

extension StreamingSession.Turn {
    /// What the old home had not finished is heard anew.
    mutating func move(to home: StreamingSession.ConnectionID) {
        self.home = home
        interim = nil
        isFinalized = false
        settlesAt = nil
    }
}
