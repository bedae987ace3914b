import Audio
import CallVocabulary
import ProviderKit

/// What connections report, and which utterance it belongs to.
extension StreamingSession {
    mutating func take(_ event: ConnectionEvent, _ id: ConnectionID, _ now: Int64, _ choose: Choice, _ actions: inout [Action]) {
        if standby?.id == id { return takeStandby(event, now, &actions) }
        // One that was left: what it still says has been heard again by its successor.
        guard let connection = connection(id) else { return }
        change(id) { $0.lastEventAt = now }
        if !connection.hasAnswered, event.isResult {
            change(id) { $0.hasAnswered = true }
            failing[connection.provider] = nil
            actions.append(.succeeded(provider: connection.provider))
        }
        switch event {
        case .ready: break
        case .interim(let heard): interim(heard, connection, &actions)
        case .final(let heard): final(heard, connection, now, &actions)
        case .finalized: finalized(connection)
        case .ended(let end): ended(end, connection, now, choose, &actions)
        }
        reportComplete(now, &actions)
        if case .final = event { moveOver(isBehindFinal: true, now, &actions) }
    }

    /// Nothing that it could have heard is of use; only its end matters, and a tick opens another.
    private mutating func takeStandby(_ event: ConnectionEvent, _ now: Int64, _ actions: inout [Action]) {
        guard case .ended(let end) = event, let connection = standby else { return }
        if case .failed(let failure) = end { actions.append(.failed(provider: connection.provider, failure)) }
        actions.append(.cancel(connection.id))
        standby = nil
        standbyRetryAt = now + Self.retryAfter
    }

    private func connection(_ id: ConnectionID) -> Connection? { active?.id == id ? active : draining.first { $0.id == id } }

    private mutating func change(_ id: ConnectionID, _ body: (inout Connection) -> Void) {
        if var connection = active, connection.id == id {
            body(&connection)
            active = connection
        } else if let index = draining.firstIndex(where: { $0.id == id }) {
            body(&draining[index])
        }
    }

    private mutating func interim(_ heard: HeardText, _ connection: Connection, _ actions: inout [Action]) {
        guard let index = turn(of: heard, on: connection) else { return actions.append(.noted(.strayResult)) }
        turns[index].interim = heard
        turns[index].heardBy = connection.provider
        turns[index].settlesAt = nil
        reportInterim(index, connection, &actions)
    }

    private mutating func reportInterim(_ index: Int, _ connection: Connection, _ actions: inout [Action]) {
        let text = turns[index].text
        guard text != turns[index].reported, !text.isEmpty else { return }
        turns[index].reported = text
        actions.append(.interim(turns[index].id, text, provider: connection.provider))
    }

    private mutating func final(_ heard: HeardText, _ connection: Connection, _ now: Int64, _ actions: inout [Action]) {
        guard let index = turn(of: heard, on: connection) else { return actions.append(.noted(.strayResult)) }
        turns[index].interim = nil
        turns[index].heardBy = connection.provider
        if !heard.text.isEmpty { turns[index].finals.append(heard) }
        cut(index, behind: heard, on: connection)
        reportInterim(index, connection, &actions)
        // A provider that finishes by itself may have more to say when its final does not reach the last voice.
        if turns[index].isFinished, turns[index].settlesAt == nil { turns[index].settlesAt = now + Self.settle }
    }

    /// What lies before a final's end need not be heard again.
    private mutating func cut(_ index: Int, behind heard: HeardText, on connection: Connection) {
        guard let segment = connection.segments.last(where: { $0.turn == turns[index].id }) else { return }
        // A provider that tells no times answers for all that was sent.
        let end = heard.endMilliseconds.map { $0 * MuLaw.sampleRate / 1_000 } ?? connection.sent
        let position = min(turns[index].total, max(turns[index].cut, segment.offset + end - segment.start))
        turns[index].audio.removeFirst(position - turns[index].cut)
        turns[index].cut = position
    }

    private mutating func finalized(_ connection: Connection) {
        guard let id = connection.finalizing.first else { return }
        change(connection.id) { $0.finalizing.removeFirst() }
        if let index = turns.firstIndex(where: { $0.id == id && $0.home == connection.id }) { turns[index].isFinalized = true }
    }

    /// The utterance that a result belongs to. By its time where the provider tells one; else by the order of what was asked to be finalized.
    /// nil: one that was reported or discarded already, or has another home.
    private func turn(of heard: HeardText, on connection: Connection) -> Int? {
        let id: TurnID?
        if let end = heard.endMilliseconds {
            // A word may end in the silence behind its utterance, and never before its beginning.
            let position = end * MuLaw.sampleRate / 1_000
            id = connection.segments.last { $0.start < position }?.turn ?? connection.segments.first?.turn
        } else {
            id = connection.finalizing.first ?? connection.segments.last?.turn
        }
        return turns.firstIndex { $0.id == id && $0.home == connection.id }
    }

    // MARK: - Ends

    private mutating func ended(
        _ end: ConnectionEnd, _ connection: Connection, _ now: Int64, _ choose: Choice, _ actions: inout [Action]
    ) {
        actions.append(.cancel(connection.id))
        if case .failed(let failure) = end { return fail(connection, failure, now, choose, &actions) }
        guard active?.id == connection.id else {
            draining.removeAll { $0.id == connection.id }
            for index in turns.indices where turns[index].home == connection.id {
                // After our own close it has said all. By its own rule it may have gone with something unsaid.
                if end == .closed || !turns[index].text.isEmpty { turns[index].isFinalized = true } else { hearAgain(index, now, choose, &actions) }
            }
            return
        }
        actions.append(.noted(end == .limit ? .limitReached : .idleReached))
        active = nil
        // Routine: the same provider goes on. Without an utterance the next tick connects.
        guard !turns.isEmpty || standby != nil else { return }
        replaceActive(connection.provider, now, &actions)
        for index in turns.indices where turns[index].home == connection.id { hearAgain(index, now, choose, &actions) }
    }

    /// A provider cannot go on: the next one takes over what it was hearing.
    mutating func fail(
        _ connection: Connection, _ failure: ProviderFailure, _ now: Int64, _ choose: Choice, _ actions: inout [Action]
    ) {
        actions.append(.failed(provider: connection.provider, failure))
        failing[connection.provider] = now
        for index in turns.indices where turns[index].home == connection.id {
            turns[index].tried.insert(connection.provider)
            turns[index].attempts += 1
        }
        draining.removeAll { $0.id == connection.id }
        var next: Int?
        if active?.id == connection.id {
            if let standby { actions.append(.cancel(standby.id)) }
            (active, standby) = (nil, nil)
            // Without an utterance nothing is urgent, but the next one should find a connection.
            connect(now, choose, &actions)
            next = active?.provider
        }
        for index in turns.indices where turns[index].home == connection.id && turns[index].isFinished {
            hearAgain(index, now, choose, &actions)
            next = draining.last { $0.id == turns[index].home }?.provider ?? next
        }
        actions.append(.switched(from: connection.provider, to: next, failure))
    }

    // MARK: - Finals

    /// Reports the finished utterances that are complete, oldest first.
    mutating func reportComplete(_ now: Int64, _ actions: inout [Action]) {
        while let turn = turns.first, turn.isFinished, isComplete(turn, now) { report(turn, now, &actions) }
    }

    private func isComplete(_ turn: Turn, _ now: Int64) -> Bool {
        if turn.isFinalized { return true }
        guard turn.interim == nil, let last = turn.finals.last, let home = turn.home.flatMap(connection), !traits[home.provider].finalizes else {
            return false
        }
        // Without a request to finalize a provider decides alone when it is done: its final has to reach the last voice.
        let tolerance = Self.finalTolerance * MuLaw.sampleRate / 1_000
        return last.endMilliseconds == nil || turn.cut + tolerance >= turn.lastVoice || turn.settlesAt.map { now >= $0 } ?? false
    }

    mutating func report(_ turn: Turn, _ now: Int64, _ actions: inout [Action]) {
        let provider = turn.heardBy ?? turn.home.flatMap(connection)?.provider ?? active?.provider ?? 0
        turns.removeAll { $0.id == turn.id }
        let text = turn.text
        let confidences = turn.finals.compactMap(\.confidence)
        // Providers that tell no confidence are taken at their word.
        let confidence = confidences.isEmpty ? 1 : confidences.reduce(0, +) / Double(confidences.count)
        actions.append(
            .final(turn.id, Transcript(text: text, confidence: text.isEmpty ? 0 : confidence, understood: !text.isEmpty), provider: provider))
        clean(behind: turn, now, &actions)
    }
}

extension ConnectionEvent {
    /// More than a greeting: a server that takes a connection and hears nothing is not well.
    fileprivate var isResult: Bool {
        switch self {
        case .interim, .final, .finalized, .ended(.closed): true
        case .ready, .ended: false
        }
    }
}
