import BusContract
import CallVocabulary
import Hebrew

/// What became of asking the dialogue before the final.
package enum Preemption: String, Sendable, Codable {
    /// The final meant the same: the reply had a start.
    case hit
    /// It meant something else: the reply was thrown away unheard.
    case miss
}

/// A reply to words that are not final yet. Nothing of it is heard, written down or acted on before the final says the same.
struct PreemptiveReply: Sendable, Equatable, Codable {
    let turn: TurnID
    let attempt: Int
    let text: String
    let asked: CallTime
    /// Sentences of a reply, and chunks of the first one's sound: more is a worker that has lost its mind.
    static let mostKept = 4 * Speak.piecesOfReply
    /// What has come of it, in order. Bounded, and the sound by the voice's credit too.
    var kept: [Kept] = []
    /// The first sentence was given to the voice.
    var isOrdered = false
    var bytes = 0

    struct Kept: Sendable, Equatable, Codable {
        let at: CallTime
        let envelope: Envelope
        let audio: [UInt8]
    }
}

/// Thinking before the caller has certainly ended: the model begins with the words that seem to be all, and its reply waits for the final.
extension CallSession {
    /// Asks the dialogue when the caller pauses and the words so far could be all. Called when the pause begins, when words come, and at the end.
    mutating func preempt(at now: CallTime, _ actions: inout [CallAction]) {
        guard policy.preemptions > 0, policy.trustsInterims, phase == .live, endpointer.hasPaused, turns.current == nil, turns.waiting.isEmpty,
            turns.listening.count == 1, let open = turns.listening.first, open.heard == nil, let transcript = open.interim, epochs[.dialog] != nil
        else { return }
        if let known = preemptive {
            if known.text == transcript.text || MatchingForm.sameMeaning(known.text, transcript.text) { return }
            dropPreemptive(&actions)
        }
        guard let attempt = turns.listening.first?.attempt, attempt < policy.preemptions, Self.mayBeAll(transcript.text) else { return }
        preemptive = PreemptiveReply(turn: open.turn, attempt: attempt, text: transcript.text, asked: now)
        let heard = Heard.speech(Transcript(text: transcript.text, confidence: transcript.confidence, understood: true))
        let question = DialogTurn(
            heard: heard, log: turns.log, caller: opening.caller, lead: turns.lead.isEmpty ? nil : turns.lead, attempt: attempt > 0 ? attempt : nil,
            preemptive: true)
        send(.dialog, .turn(question), turn: open.turn, &actions)
    }

    /// Words that want others are not asked about.
    private static func mayBeAll(_ text: String) -> Bool {
        switch UtteranceShape(text) {
        case .nothing, .hesitation, .backchannel, .trailing, .openNumber, .openDate, .openAddress: false
        case .shortAnswer, .question, .wholeNumber, .plain: true
        }
    }

    /// - Returns: true when it belongs to the reply that waits.
    mutating func keepPreemptive(_ envelope: Envelope, _ audio: [UInt8], at now: CallTime, _ actions: inout [CallAction]) -> Bool {
        guard var reply = preemptive, envelope.turn == reply.turn else { return false }
        guard reply.kept.count < PreemptiveReply.mostKept else { return true }
        switch envelope.message {
        case .reply(let piece):
            guard piece.attempt ?? reply.attempt == reply.attempt else { return true }
            // Made at once, so that only the final is waited for. The others have time while this one is heard.
            if piece.piece == 0, !playsReplies, epochs[.tts] != nil {
                reply.isOrdered = true
                orderPreemptive(piece.text, reply, &actions)
            }
        case .replyDone(let done):
            guard done.attempt ?? reply.attempt == reply.attempt else { return true }
            // Another question, about words that are final, may still be answered.
            if done.failure != nil {
                dropPreemptive(&actions)
                // The same words would fail again.
                turns.change(reply.turn) { $0.interim = nil }
                return true
            }
        case .speech(let chunk):
            // A voice that does not know what credit is finds its rest cut, as anywhere else.
            guard chunk.piece == reply.attempt * Speak.piecesOfReply, reply.isOrdered, reply.bytes <= 2 * policy.credit * AudioFrame.bytes / AudioFrame.milliseconds
            else { return true }
            reply.bytes += audio.count
        default: break
        }
        reply.kept.append(PreemptiveReply.Kept(at: now, envelope: envelope, audio: audio))
        preemptive = reply
        return true
    }

    private func orderPreemptive(_ text: String, _ reply: PreemptiveReply, _ actions: inout [CallAction]) {
        let speak = Speak(piece: reply.attempt * Speak.piecesOfReply, text: text, creditMilliseconds: policy.credit)
        send(.tts, .speak(speak), turn: reply.turn, &actions)
    }

    /// The dialogue's next turn: the reply that waits is its reply if the words mean the same.
    /// - Returns: false: the dialogue has to be asked.
    mutating func takePreemptive(_ turn: Turns.Open, at now: CallTime, _ actions: inout [CallAction]) -> Bool {
        guard let reply = preemptive else { return false }
        guard reply.turn == turn.turn, case .speech(let final) = turn.heard, final.understood, MatchingForm.sameMeaning(reply.text, final.text) else {
            dropPreemptive(&actions)
            return false
        }
        preemptive = nil
        turns.current?.preemption = .hit
        turns.current?.stages.asked = reply.asked
        actions.append(.log(CallLog(.preemption, turn: turn.turn, fields: ["result": "hit", "attempts": String(turn.attempt + 1)])))
        turns.current?.isFirstOrdered = reply.isOrdered
        for kept in reply.kept {
            replyCame(kept.envelope, kept.audio, at: now, &actions)
            if case .reply(let piece) = kept.envelope.message, turns.current?.turn == turn.turn {
                if piece.piece == 0 { turns.current?.stages.reply = kept.at }
            } else if case .speech(let chunk) = kept.envelope.message, chunk.index == 0, turns.current?.stages.audio != nil {
                turns.current?.stages.audio = kept.at
            }
        }
        return true
    }

    // MARK: - In vain

    /// Whatever became of the utterance, its turn is not on its way to the dialogue any more.
    mutating func dropStalePreemption(_ actions: inout [CallAction]) {
        guard let turn = preemptive?.turn, phase != .live || !turns.listening.contains(where: { $0.turn == turn }) else { return }
        dropPreemptive(&actions)
    }

    private mutating func dropPreemptive(_ actions: inout [CallAction]) {
        guard let reply = preemptive else { return }
        preemptive = nil
        turns.change(reply.turn) { turn in
            turn.attempt += 1
            turn.preemption = .miss
        }
        actions.append(.log(CallLog(.preemption, turn: reply.turn, fields: ["result": "miss", "attempts": String(reply.attempt + 1)])))
        send(.dialog, .cancel(Cancel(unheard: true)), turn: reply.turn, &actions)
        if reply.isOrdered { send(.tts, .cancel(Cancel()), turn: reply.turn, &actions) }
    }

    /// Nothing is repeated before the final: then the question goes to the successor.
    mutating func preemptiveWorkerLost(_ pool: Pool, _ actions: inout [CallAction]) {
        guard let reply = preemptive else { return }
        switch pool {
        case .dialog:
            preemptive = nil
            turns.change(reply.turn) { $0.attempt += 1 }
            if reply.isOrdered { send(.tts, .cancel(Cancel()), turn: reply.turn, &actions) }
        case .tts:
            preemptive?.isOrdered = false
            preemptive?.bytes = 0
            preemptive?.kept.removeAll { if case .speech = $0.envelope.message { true } else { false } }
        case .asr, .crm: break
        }
    }

    // MARK: - Sentences on the wire

    /// Asks the voice for a sentence, unless it has been asked already.
    mutating func orderSpeech(_ id: SpeechID, _ text: String, _ actions: inout [CallAction]) {
        if id.piece == 0, turns.current?.turn == id.turn, turns.current?.isFirstOrdered == true {
            turns.current?.isFirstOrdered = false
            return
        }
        send(.tts, .speak(Speak(piece: wirePiece(id), text: text, creditMilliseconds: policy.credit)), turn: id.turn, &actions)
    }

    func wirePiece(_ id: SpeechID) -> Int {
        guard let current = turns.current, current.turn == id.turn else { return id.piece }
        return id.piece + current.attempt * Speak.piecesOfReply
    }

    /// - Returns: nil for a sentence of a reply that was thrown away.
    func speechID(_ turn: TurnID, wirePiece: Int) -> SpeechID? {
        guard let current = turns.current, current.turn == turn, wirePiece >= 0, wirePiece / Speak.piecesOfReply == current.attempt else { return nil }
        return SpeechID(turn: turn, piece: wirePiece % Speak.piecesOfReply)
    }
}
