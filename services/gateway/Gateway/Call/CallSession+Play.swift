import BusContract
import CallVocabulary

/// A reply on its way as an MP3: made, announced to Twilio by an update of the call, played while no stream is open, and heard when the
/// next stream begins.
struct PlayedReply: Sendable, Equatable, Codable {
    enum Step: Sendable, Equatable, Codable {
        /// The reply is not complete yet.
        case collecting
        /// A tts-worker makes the MP3.
        case making
        /// It is there, and waits for the caller to finish speaking.
        case ready(since: CallTime)
        /// The voice has the lease and updates the call.
        case updating
        /// Nobody says whether the update was made: it may be in effect.
        case uncertain
        /// Twilio has the document.
        case playing
    }
    let turn: TurnID
    var step = Step.collecting
    var file: String?
    var milliseconds = 0
    /// The sentences in it.
    var pieces: [Int] = []
    /// Made for this reply. Other files are fetched for other calls too, or not at all, and that proves nothing.
    var isOwn = true
    var isFetched = false
    var attempts = 0
    /// The lease under which it is announced.
    var lease: String?

    /// An update was asked for: it may be in effect, whatever is known.
    var isUnderWay: Bool {
        switch step {
        case .updating, .uncertain, .playing: true
        case .collecting, .making, .ready: false
        }
    }
}

extension CallSession {
    /// The next reply goes as an MP3.
    var playsReplies: Bool { policy.replyMode == .play && updateFailures == 0 || streamRefusals >= policy.refusalsOfStream }

    /// This turn's reply goes as an MP3.
    func isPlayed(_ turn: TurnID) -> Bool { playsReplies || played?.turn == turn }

    // MARK: - Making

    /// When the current turn's reply is complete, what was not heard of it becomes one file.
    mutating func playReply(at now: CallTime, _ actions: inout [CallAction]) {
        guard let current = turns.current else { return }
        guard current.done != nil else {
            played = PlayedReply(turn: current.turn)
            return
        }
        let rest = current.unheardTexts
        guard !rest.isEmpty else {
            played = nil
            return closeTurnIfSpoken(at: now, &actions)
        }
        played = PlayedReply(turn: current.turn, step: .making, pieces: rest.map(\.piece))
        deadlines[.audio] = now.adding(milliseconds: policy.fileDeadline)
        actions.append(.makeReply(current.turn, rest.map(\.text).joined(separator: " ")))
    }

    mutating func fileCame(_ turn: TurnID, _ name: String?, _ milliseconds: Int, at now: CallTime, _ actions: inout [CallAction]) {
        guard var reply = played, reply.turn == turn, reply.step == .making else { return }
        guard let name else { return stageFailed("file", at: now, &actions) }
        deadlines[.audio] = nil
        reply.file = name
        reply.milliseconds = max(0, milliseconds)
        reply.step = .ready(since: now)
        played = reply
        if turns.current?.stages.audio == nil { turns.current?.stages.audio = now }
    }

    /// A canned line needs no voice to make it.
    /// - Returns: false when there is no file of it.
    mutating func playClip(_ clip: CallOpening.CannedLine, piece: Int, at now: CallTime, _ actions: inout [CallAction]) -> Bool {
        guard let turn = turns.current?.turn, let file = clip.file else { return false }
        played = PlayedReply(
            turn: turn, step: .ready(since: now), file: file, milliseconds: clip.audio.count * AudioFrame.milliseconds / AudioFrame.bytes,
            pieces: [piece], isOwn: false)
        return true
    }

    // MARK: - Announcing

    /// Has the file played, unless somebody is speaking: the update cuts the stream. Called with every event.
    mutating func announce(at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live, var reply = played, case .ready(let since) = reply.step, let file = reply.file else { return }
        let patience = since.adding(milliseconds: policy.politeness)
        if endpointer.isInUtterance || playback.isSounding || playback.hasUnsentAudio, now < patience { return deadlines[.update] = patience }
        if let until = lease.outUntil(at: now) { return deadlines[.update] = until }
        guard let epoch = epochs[.tts] else {
            // Its successor is waited for.
            let due = since.adding(milliseconds: policy.holdFor)
            guard due <= now else { return deadlines[.update] = due }
            return otherWay("no voice to update the call", at: now, &actions)
        }
        let until = now.adding(milliseconds: policy.lease + policy.leaseReturn)
        let name = lease.lend(
            to: { [prefix = leasePrefix(epoch)] in "\(prefix)\($0)" }, until: until, evidence: policy.evidence,
            file: reply.milliseconds)
        reply.attempts += 1
        reply.step = .updating
        reply.lease = name
        played = reply
        deadlines[.update] = until
        actions.append(.update(reply.turn, file: file, milliseconds: reply.milliseconds, lease: name))
    }

    /// The voice has returned the lease, with what came of it.
    mutating func callUpdated(_ updated: CallUpdated, at now: CallTime, _ actions: inout [CallAction]) {
        guard lease.takeBack(updated.lease) else { return }
        if updated.result == .over { return callWasOver(at: now, &actions) }
        if leaving.waitsForLease { return leaseReturned(at: now, &actions) }
        switch updated.result {
        case .refused, .failed, .unused: lease.settle()
        case .done, .over, .uncertain: break
        }
        guard let reply = played, reply.lease == updated.lease else {
            // It was heard before we were told of it.
            if updated.result == .done { lease.settle() }
            return
        }
        switch updated.result {
        case .done: isPlaying(at: now, &actions)
        case .uncertain:
            guard reply.step == .updating else { return }
            played?.step = .uncertain
            if phase == .live { deadlines[.update] = now.adding(milliseconds: policy.evidence) }
        case .refused, .failed, .unused:
            guard reply.step == .updating else { return }
            updateFailed(updated.detail ?? updated.result.rawValue, at: now, &actions)
        case .over: break
        }
    }

    mutating func fileFetched(_ name: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard let reply = played, reply.isOwn, reply.file == name, reply.lease != nil, !reply.isFetched else { return }
        played?.isFetched = true
        isPlaying(at: now, &actions)
    }

    /// The document is in effect: the stream ends now, if it has not already, and the next one says that all of this was heard.
    private mutating func isPlaying(at now: CallTime, _ actions: inout [CallAction]) {
        guard phase == .live || phase == .away else { return }
        tellPlayed(at: now, &actions)
        played?.step = .playing
        updateFailures = 0
        goAway(at: now, &actions)
    }

    private mutating func tellPlayed(at now: CallTime, _ actions: inout [CallAction]) {
        guard let reply = played, reply.step != .playing, let current = turns.current, current.turn == reply.turn else { return }
        if current.stages.spoken == nil { turns.current?.stages.spoken = now }
        actions.append(.log(CallLog(.pingPongTX, turn: reply.turn, fields: ["mode": "play", "milliseconds": String(reply.milliseconds)])))
        for piece in reply.pieces { if let text = current.texts[piece] { actions.append(tap(.said, turn: reply.turn, at: now, text: text)) } }
    }

    /// The stream ends by our own update. It carries what the caller says until it is gone; that is answered in the next round.
    mutating func goAway(at now: CallTime, _ actions: inout [CallAction]) {
        phase = .away
        playback.clear(at: now)
        keepLimitsOnly()
        deadlines[.lineReturn] = now.adding(milliseconds: (played?.milliseconds ?? 0) + policy.streamStart)
        guard !hasStream, watch.deafSince == nil else { return }
        finishUtterance(at: now, &actions)
        watch.deafSince = now
    }

    // MARK: - When it cannot be played

    /// An update that was asked for was not made: the voice's, or one of our own, for which there is another way.
    mutating func updateNotMade(_ reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        if leaving.waitsForLease { return leaseReturned(at: now, &actions) }
        if leaving.exit != nil { return exitFailed(reason, at: now, &actions) }
        guard played?.step == .updating else { return }
        lease.writeOff()
        lease.settle()
        updateFailed(reason, at: now, &actions)
    }

    /// Neither done nor in doubt any more. Once more; then the other way.
    private mutating func updateFailed(_ reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        guard var reply = played, reply.step == .updating || reply.step == .uncertain else { return }
        // The stream is gone, whoever ended it: Twilio asks what to do, and is told to play it.
        guard phase == .live else {
            played?.step = .uncertain
            return
        }
        deadlines[.update] = nil
        guard reply.attempts >= 2 else {
            reply.step = .ready(since: now)
            played = reply
            return
        }
        otherWay(reason, at: now, &actions)
    }

    /// Says through the stream what could not be played; when the stream did not play either, there is no way left but the recording.
    private mutating func otherWay(_ reason: String, at now: CallTime, _ actions: inout [CallAction]) {
        actions.append(.log(CallLog(.otherWay, turn: played?.turn, fields: ["way": "stream", "reason": reason])))
        played = nil
        updateFailures += 1
        deadlines[.update] = nil
        guard streamRefusals == 0 else { return giveUp("no way to speak", at: now, &actions) }
        guard let turn = turns.current else { return }
        guard turn.failed || epochs[.tts] == nil else { return speakPieces(of: turn, at: now, &actions) }
        guard turn.failed else { return stageFailed("voice", at: now, &actions) }
        guard let clip = opening.clips[.sorry], let piece = turn.unheardTexts.last?.piece else { return giveUp("no way to speak", at: now, &actions) }
        let id = SpeechID(turn: turn.turn, piece: piece)
        playback.expect(id)
        _ = playback.receive(clip.audio, for: id, last: true)
    }

    /// The deadline of an update has passed. One that only waits is looked at with every event.
    mutating func updateIsLate(at now: CallTime, _ actions: inout [CallAction]) {
        switch played?.step {
        case .updating: updateFailed("no answer from the voice", at: now, &actions)
        case .uncertain: updateFailed("no evidence of the update", at: now, &actions)
        case .collecting, .making, .ready, .playing, nil: break
        }
    }

    // MARK: - The lease

    /// Only whoever has it can give it back. Another voice, which has never seen it, would say at once that it is unused, while the one that has it
    /// stands still and may go on.
    mutating func endLease(_ actions: inout [CallAction]) {
        guard let name = lease.lent?.name, let epoch = epochs[.tts], name.hasPrefix(leasePrefix(epoch)) else { return }
        send(.tts, .endLease(EndLease(lease: name)), &actions)
    }

    private func leasePrefix(_ epoch: Epoch) -> String { "\(opening.call.rawValue).\(epoch.rawValue)." }

    /// The voice that had the lease is gone. What it has sent may be in effect; and one that merely hangs may yet send it.
    mutating func leaseHolderLost(_ loss: WorkerLoss, at now: CallTime, _ actions: inout [CallAction]) {
        guard let until = lease.outUntil(at: now) else { return }
        if loss != .hung { lease.writeOff() }
        if leaving.waitsForLease, loss != .hung { return leaseReturned(at: now, &actions) }
        guard played?.step == .updating else { return }
        played?.step = .uncertain
        if phase == .live { deadlines[.update] = loss == .hung ? until : now.adding(milliseconds: policy.evidence) }
    }

    // MARK: - Heard

    /// A stream begins after the file: it was heard whole.
    mutating func playedWasHeard(at now: CallTime, _ actions: inout [CallAction]) {
        tellPlayed(at: now, &actions)
        guard let reply = played else { return }
        played = nil
        // A second attempt of the voice's would say it again.
        endLease(&actions)
        lease.settle()
        if turns.current?.turn == reply.turn {
            turns.current?.heardPieces.formUnion(reply.pieces)
            turns.current?.stages.heard = now
            closeTurnIfSpoken(at: now, &actions)
        }
        askDialog(at: now, &actions)
        awaitCaller(at: now)
    }
}

extension Turns.Open {
    /// Sentences that the caller has not heard and may yet hear, in order: the greeting is one, canned lines between the replies are none.
    var unheardTexts: [(piece: Int, text: String)] {
        texts.filter { $0.key >= Self.greetingPiece && !heardPieces.contains($0.key) && !failedPieces.contains($0.key) }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
