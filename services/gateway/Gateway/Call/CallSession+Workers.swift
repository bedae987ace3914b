import BusContract
import CallVocabulary

/// What the call knows of its workers beside their epochs.
struct FleetState: Sendable, Equatable, Codable {
    /// Pools whose worker was lost and not replaced yet.
    var lost: Set<Pool> = []
    /// Pools for which there was nobody when last asked.
    var without: Set<Pool> = []
    /// Pools whose worker wants to leave, and those for which another one has been asked.
    var leaving: Set<Pool> = []
    var moving: Set<Pool> = []
    /// The gateway wants to leave.
    var handingOver = false
    /// The caller has hung up; the last words are still being heard.
    var callerLeft = false
    /// When the present worker of each pool was given the call.
    var assignedAt: [Pool: CallTime] = [:]
    /// The latest epoch of each pool that was lost before the call knew of it.
    var stillborn: [Pool: Epoch] = [:]
    /// The last piece of work over which a worker of the pool was lost, and how many were.
    var losses: [Pool: Loss] = [:]
    /// Frames sent a second time in the present second.
    var resent = 0
    var resentSince = CallTime.zero

    struct Loss: Sendable, Equatable, Codable {
        var turn: TurnID
        var workers: Int
        var at: CallTime
    }
}

/// Workers come, go, die and are replaced.
extension CallSession {
    // MARK: - Coming

    /// The fleet gave the call a worker: it is told all that it needs, since it remembers nothing.
    mutating func assigned(_ pool: Pool, _ epoch: Epoch, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live || phase == .lost || phase == .away, epochs[pool].map({ $0 < epoch }) ?? true else { return }
        // Its death was faster than the news of it.
        if let dead = fleet.stillborn[pool], epoch <= dead { return actions.append(.assign(pool, replacing: true)) }
        epochs[pool] = epoch
        fleet.assignedAt[pool] = now
        fleet.leaving.remove(pool)
        fleet.moving.remove(pool)
        fleet.without.remove(pool)
        if fleet.lost.remove(pool) != nil {
            actions.append(.log(CallLog(.failover, turn: workInFlight(pool), fields: ["pool": pool.rawValue])))
            actions.append(tap(.failover, at: now, detail: pool.rawValue))
        }
        switch pool {
        case .asr: briefRecogniser(at: now, &actions)
        case .dialog:
            send(.dialog, .assign(Assign()), &actions)
            guard phase == .live, let turn = turns.current, turn.done == nil, !turn.failed else { break }
            deadlines[.reply] = now.adding(milliseconds: policy.replyDeadline)
            sendTurn(turn, &actions)
        case .tts:
            send(.tts, .assign(Assign()), &actions)
            if phase == .live { speakUnfinished(at: now, &actions) }
        case .crm: break
        }
    }

    /// What is expected, every utterance that has no final yet, and the audio since a little before the first of them. What lies before is
    /// silence, or was heard: sending it again would only make the caller wait.
    private mutating func briefRecogniser(at now: CallTime, _ actions: inout [CallAction]) {
        let unfinished = turns.listening.filter { $0.heard == nil }
        let context = UInt32(policy.replayContext / AudioFrame.milliseconds)
        let begin = unfinished.first?.from ?? ring.next
        let from = max(ring.oldest, begin > context ? begin - context : 0)
        send(.asr, .assign(Assign(expectations: expectations, from: from)), &actions)
        for turn in unfinished {
            send(.asr, .listen(.begin(from: turn.from)), turn: turn.turn, &actions)
            if let through = turn.through { send(.asr, .listen(.end(through: through)), turn: turn.turn, &actions) }
        }
        for index in turns.listening.indices where turns.listening[index].heard == nil && turns.listening[index].through != nil {
            turns.listening[index].finalDue = now.adding(milliseconds: policy.finalDeadline)
        }
        awaitFinal()
        feed.restart(from: from, at: now)
        feedRecogniser([], at: now, &actions)
    }

    /// Sentences whose audio has come whole play on; the others are made anew.
    private mutating func speakUnfinished(at now: CallTime, _ actions: inout [CallAction]) {
        guard let turn = turns.current, !turn.failed else { return }
        for id in playback.incomplete where id.turn == turn.turn {
            guard let text = turn.texts[id.piece] else { continue }
            if playback.restart(id) == .repeated {
                actions.append(.log(CallLog(.sentenceRepeated, turn: id.turn, fields: ["piece": String(id.piece)])))
            }
            turns.current?.nextChunk[id.piece] = 0
            deadlines[.audio] = now.adding(milliseconds: policy.audioDeadline)
            orderSpeech(id, text, &actions)
        }
    }

    // MARK: - Going

    mutating func workerLost(_ pool: Pool, _ epoch: Epoch, _ loss: WorkerLoss, at now: CallTime, _ actions: inout [CallAction]) {
        guard epochs[pool] == epoch else {
            if epochs[pool].map({ $0 < epoch }) ?? true { fleet.stillborn[pool] = max(fleet.stillborn[pool] ?? epoch, epoch) }
            return
        }
        epochs[pool] = nil
        fleet.leaving.remove(pool)
        fleet.moving.remove(pool)
        fleet.lost.insert(pool)
        if pool == .asr { feed.stop() }
        if pool == .tts {
            leaseHolderLost(loss, at: now, &actions)
        }
        // While the line is lost nothing is in flight; its return assigns anew.
        guard phase == .live || phase == .away else { return }
        let turn = workInFlight(pool)
        // After it is known what was in the worker's hands: an early question can be poison too.
        preemptiveWorkerLost(pool, &actions)
        actions.append(.log(CallLog(.workerLost, turn: turn, fields: ["pool": pool.rawValue, "loss": loss.rawValue])))
        if loss != .left, let work = turn ?? freshWork(pool, at: now), isPoison(work, pool, at: now) {
            actions.append(.log(CallLog(.quarantined, turn: turn, fields: ["pool": pool.rawValue])))
            giveUp("quarantined", at: now, &actions)
            return
        }
        actions.append(.assign(pool, replacing: true))
    }

    /// Counts the workers that were lost over one piece of work. The second one is no accident: a third is not given the same.
    private mutating func isPoison(_ turn: TurnID, _ pool: Pool, at now: CallTime) -> Bool {
        let before =
            fleet.losses[pool].flatMap { last in
                // Without a turn nothing but the time says that two losses are about the same thing: the second worker took over from the first.
                let isSame = turn != Self.noTurn || now.milliseconds(since: last.at) <= Double(2 * policy.freshAssignment)
                return last.turn == turn && isSame ? last.workers : nil
            } ?? 0
        fleet.losses[pool] = FleetState.Loss(turn: turn, workers: before + 1, at: now)
        return before + 1 >= policy.lossesBeforeQuarantine
    }

    /// A worker that dies just after it was given the call may have died of what came with it (what is expected, or the sound between
    /// utterances), though no turn was in its hands.
    private func freshWork(_ pool: Pool, at now: CallTime) -> TurnID? {
        guard let since = fleet.assignedAt[pool], now.milliseconds(since: since) < Double(policy.freshAssignment) else { return nil }
        return Self.noTurn
    }

    /// Stands for work that belongs to no turn.
    private static let noTurn = TurnID(-1)

    /// The turn that a worker of the pool owes something to.
    func workInFlight(_ pool: Pool) -> TurnID? {
        switch pool {
        case .asr: turns.listening.first { $0.heard == nil }?.turn
        case .dialog: turns.current.flatMap { $0.done == nil && !$0.failed ? $0.turn : nil } ?? preemptive?.turn
        case .tts: voiceWork
        case .crm: nil
        }
    }

    /// A sentence, a file, or an update of the call.
    private var voiceWork: TurnID? {
        if let played, played.step != .collecting, played.step != .playing { return played.turn }
        guard let turn = turns.current, !turn.failed else { return nil }
        return playback.incomplete.first { $0.turn == turn.turn }?.turn
    }

    /// Nobody is there. Whoever waits for an answer is told so, and soon.
    mutating func unassigned(_ pool: Pool, at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live || phase == .away else { return }
        epochs[pool] = nil
        deadlines[.reassign] = now.adding(milliseconds: policy.reassign)
        if fleet.without.insert(pool).inserted { actions.append(.log(CallLog(.noWorker, fields: ["pool": pool.rawValue]))) }
        guard opening.clips[.moment] != nil, let wait = Self.wait(for: pool), let due = deadlines[wait], let turn = workInFlight(pool),
            !wasHeld(turn)
        else { return }
        postpone(wait, of: turn, to: min(due, now.adding(milliseconds: policy.holdAfter)))
    }

    private static func wait(for pool: Pool) -> Wait? {
        switch pool {
        case .asr: .final
        case .dialog: .reply
        case .tts: .audio
        case .crm: nil
        }
    }

    private func wasHeld(_ turn: TurnID) -> Bool {
        turns.current?.turn == turn && turns.current?.held == true || turns.listening.contains { $0.turn == turn && $0.held }
    }

    /// A deadline has passed because the pool has no worker: "one moment", once for each turn, and more patience.
    /// - Returns: false when that is not why, or when the patience is used up.
    mutating func hold(_ pool: Pool, _ wait: Wait, at now: CallTime) -> Bool {
        guard epochs[pool] == nil, let turn = workInFlight(pool), !wasHeld(turn) else { return false }
        guard interject(.moment, SpeechID(turn: turn, piece: Turns.Open.momentPiece)) else { return false }
        if turns.current?.turn == turn { turns.current?.held = true }
        if let index = turns.listening.firstIndex(where: { $0.turn == turn }) { turns.listening[index].held = true }
        postpone(wait, of: turn, to: now.adding(milliseconds: policy.holdFor))
        return true
    }

    private mutating func postpone(_ wait: Wait, of turn: TurnID, to due: CallTime) {
        guard wait == .final else { return deadlines[wait] = due }
        for index in turns.listening.indices where turns.listening[index].turn == turn { turns.listening[index].finalDue = due }
        awaitFinal()
    }

    // MARK: - The recogniser's audio

    mutating func feedRecogniser(_ fresh: [AudioFrame], at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live || phase == .lost || phase == .away, let epoch = epochs[.asr] else { return }
        let frames = feed.take(fresh, from: ring, at: now)
        if !frames.isEmpty { actions.append(.publish(frames, epoch)) }
    }

    /// The recogniser has not got these. A second's answers are at most what the ring holds: a worker that asks on and on gets no more.
    mutating func resend(_ span: Resend, at now: CallTime, _ actions: inout [CallAction]) {
        guard span.from <= span.through, let epoch = epochs[.asr] else { return }
        if now.milliseconds(since: fleet.resentSince) >= 1_000 {
            fleet.resentSince = now
            fleet.resent = 0
        }
        let wanted = min(UInt64(span.through - span.from) + 1, UInt64(AudioRing.capacity - fleet.resent))
        let frames = ring.frames(from: span.from, limit: Int(wanted)).filter { $0.sequence <= span.through }
        fleet.resent += frames.count
        if !frames.isEmpty { actions.append(.publish(frames, epoch)) }
    }

    // MARK: - Moving house

    /// Moves to other workers, or to another gateway, where that cuts nothing.
    mutating func moveOn(at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live else { return }
        if fleet.handingOver, isListening, turns.listening.isEmpty { return handOver(at: now, &actions) }
        guard deadlines[.reassign] == nil else { return }
        guard !fleet.leaving.isEmpty else { return }
        for pool in fleet.leaving.subtracting(fleet.moving).sorted(by: { $0.rawValue < $1.rawValue }) where workInFlight(pool) == nil {
            fleet.moving.insert(pool)
            actions.append(.move(pool))
        }
    }

    /// The line is closed the regular way, and Twilio brings the call to the successor. No fact says that it ended, because it did not.
    mutating func handOver(at now: CallTime, _ actions: inout [CallAction]) {
        // A conversation that is over only waits for its summary, or is sent away the quick way.
        guard phase != .ending else { return exitFailed("the gateway leaves", at: now, &actions) }
        endLease(&actions)
        actions.append(.log(CallLog(.handedOver, turn: turns.current?.turn, fields: ["milliseconds": String(now.milliseconds)])))
        if phase == .live { actions.append(.closeLine) }
        phase = .finished
        deadlines.removeAll()
        actions.append(.releaseAll)
        actions.append(.handedOver)
    }
}
