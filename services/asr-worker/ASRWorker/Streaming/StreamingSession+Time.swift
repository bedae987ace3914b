import Audio
import CallVocabulary
import ProviderKit

/// What happens when nothing happens: silence and keep-alives, deadlines, and the move to the next connection.
extension StreamingSession {
    mutating func tick(_ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        connect(now, choose, &actions)
        // A final may have needed no more than time. One that settles without its interim counts from its finish.
        for index in turns.indices where turns[index].isFinished && turns[index].settlesAt == nil && !turns[index].finals.isEmpty {
            turns[index].settlesAt = now + Self.settle
        }
        reportComplete(now, &actions)
        expire(now, choose, &actions)
        noticeDeafness(now, choose, &actions)
        reportComplete(now, &actions)
        keepUp(now, &actions)
        prepareRenewal(now, &actions)
        moveOver(isBehindFinal: false, now, &actions)
        sweep(&actions)
    }

    /// Connections that nobody waits for any more and that do not end.
    private mutating func sweep(_ actions: inout [Action]) {
        for connection in draining where !turns.contains(where: { $0.home == connection.id }) { actions.append(.cancel(connection.id)) }
        draining.removeAll { connection in !turns.contains { $0.home == connection.id } }
    }

    // MARK: - Between utterances

    private mutating func keepUp(_ now: Int64, _ actions: inout [Action]) {
        if let connection = active {
            // While somebody speaks, the line's own frames are the clock.
            let isSpoken = turns.last.map { !$0.isFinished } ?? false
            if traits[connection.provider].silence == .sent, !isSpoken { feed(Self.silence(connection, now), now, &actions) }
            flush(now, &actions)
        }
        if let connection = standby, traits[connection.provider].silence == .sent {
            let silence = Self.silence(connection, now)
            standby?.fedUntil = now
            standby?.lastSentAt = now
            standby?.sent += silence.count
            if !silence.isEmpty { actions.append(.send(connection.id, silence)) }
        }
        if let id = keepAlive(&active, now) { actions.append(.keepAlive(id)) }
        if let id = keepAlive(&standby, now) { actions.append(.keepAlive(id)) }
    }

    private static func silence(_ connection: Connection, _ now: Int64) -> [UInt8] {
        let owed = max(0, min(now - connection.fedUntil, mostSilence))
        return [UInt8](repeating: MuLaw.silence, count: Int(owed) * MuLaw.sampleRate / 1_000)
    }

    private func keepAlive(_ connection: inout Connection?, _ now: Int64) -> ConnectionID? {
        guard let open = connection, traits[open.provider].silence == .keepAlive,
            now - open.lastSentAt >= traits[open.provider].keepAliveMilliseconds
        else { return nil }
        connection?.lastSentAt = now
        return open.id
    }

    // MARK: - Deadlines

    private mutating func expire(_ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        while let turn = turns.first, let finishedAt = turn.finishedAt, now - finishedAt >= patience(for: turn) {
            let home = ([active].compactMap(\.self) + draining).first { $0.id == turn.home }
            let isOver = now - finishedAt >= Self.longestFinal
            guard turn.text.isEmpty, let home, !isOver, !mayBeNothing(turn, home) else {
                // What was heard is there; only the provider's word for it is late. Or there was nothing to hear.
                if turn.interim != nil { actions.append(.noted(.interimAsFinal)) }
                report(turn, now, &actions)
                continue
            }
            actions.append(.cancel(home.id))
            fail(home, ProviderFailure(.timeout, "no transcript of an utterance"), now, choose, &actions)
            return
        }
    }

    /// How long a finished utterance waits before something is done about it.
    private func patience(for turn: Turn) -> Int64 {
        guard let home = ([active].compactMap(\.self) + draining).first(where: { $0.id == turn.home }) else { return Self.longestFinal }
        if turn.text.isEmpty, mayBeNothing(turn, home) { return Self.coughPatience }
        // Each attempt has its own time; a later one begins when the utterance had ended long before.
        let late = max(0, home.openedAt - (turn.finishedAt ?? home.openedAt))
        return min(Self.longestFinal, Int64(traits[home.provider].finalTimeoutMilliseconds) + late)
    }

    /// A cough, of which a provider may say nothing. One that can be asked to finalize answers for coughs too: its silence is a failure.
    private func mayBeNothing(_ turn: Turn, _ home: Connection) -> Bool {
        !traits[home.provider].finalizes && turn.voiced < Self.leastVoice
    }

    /// Somebody speaks, and the provider says nothing at all.
    private mutating func noticeDeafness(_ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        guard let turn = turns.last, !turn.isFinished, let connection = active, turn.home == connection.id, turn.interim == nil,
            traits[connection.provider].hasInterims, let sentAt = turn.voiceSentAt,
            now - max(sentAt, connection.lastEventAt) >= Self.deafAfter,
            turn.lastVoice - turn.cut > Int(Self.deafAfter) / 2 * MuLaw.sampleRate / 1_000
        else { return }
        actions.append(.cancel(connection.id))
        fail(connection, ProviderFailure(.timeout, "nothing heard of speech for \(Self.deafAfter) ms"), now, choose, &actions)
    }

    // MARK: - Renewal

    private mutating func prepareRenewal(_ now: Int64, _ actions: inout [Action]) {
        guard let connection = active, standby == nil, let after = traits[connection.provider].renewAfterMilliseconds,
            age(connection, now) >= Int64(after), standbyRetryAt.map({ $0 <= now }) ?? true
        else { return }
        standbyRetryAt = nil
        standby = open(connection.provider, now, &actions)
    }

    /// By the clock or by the audio, whichever is more: what is heard again comes faster than it was spoken, and which of the two a provider
    /// counts is not known.
    private func age(_ connection: Connection, _ now: Int64) -> Int64 {
        max(now - connection.openedAt, Int64(connection.sent * 1_000 / MuLaw.sampleRate))
    }

    /// Moves to the connection that stands by, at the first chance: in silence, behind a final, or at the last moment. The old one is closed
    /// and may still finish what it has heard of finished utterances; the one under way is heard from its cut by the new one.
    mutating func moveOver(isBehindFinal: Bool, _ now: Int64, _ actions: inout [Action]) {
        guard let old = active, standby != nil else { return }
        if turns.allSatisfy(\.isFinished) {
            actions.append(.noted(.renewedInSilence))
        } else if isBehindFinal {
            actions.append(.noted(.renewedBehindFinal))
        } else if let by = traits[old.provider].renewByMilliseconds, age(old, now) >= Int64(by) {
            actions.append(.noted(.renewedByForce))
        } else {
            return
        }
        moveAside(now, &actions)
        replaceActive(old.provider, now, &actions)
    }
}
