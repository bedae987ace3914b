import BusContract
import CallVocabulary

/// What a call tells about itself, and how it speaks to its workers.
extension CallSession {
    static let startFact = 1
    static let endFact = 2
    static let summaryFact = 3

    mutating func fact(_ body: Fact.Body, at now: CallTime) -> CallAction {
        factCounter += 1
        return fact(number: factCounter, body, at: now)
    }

    /// Told in every life of the gateway, under one id: it is written down once.
    func startFact(at now: CallTime) -> CallAction {
        fact(number: Self.startFact, .callStarted(from: opening.caller ?? "", to: opening.called), at: opening.history == nil ? now : .zero)
    }

    func fact(number: Int, _ body: Fact.Body, at now: CallTime) -> CallAction {
        .fact(Fact(id: "\(opening.call.rawValue).\(number)", at: opening.startedUnixMilliseconds + Int64(now.milliseconds), body: body))
    }

    func tap(
        _ name: TapEvent.Name, turn: TurnID? = nil, at now: CallTime, text: String? = nil, transcript: Transcript? = nil,
        stages: TurnStages? = nil, record: TurnRecord? = nil, detail: String? = nil
    ) -> CallAction {
        .tap(
            TapEvent(
                name, conversation: opening.call.conversation, business: opening.business, turn: turn, at: now, text: transcript?.text ?? text,
                confidence: transcript?.confidence, understood: transcript?.understood, stages: stages, record: record, detail: detail))
    }

    func record(_ turn: Turns.Open) -> TurnRecord {
        var record = TurnRecord(
            entry: turn.entry, recogniser: turn.recogniser, dialog: turn.done?.provider, state: turn.done?.state, stages: turn.stages,
            endpoint: turn.endedBy?.rawValue)
        record.voice = turn.voice
        let pools = Pool.allCases.compactMap { pool in epochs[pool].map { (pool.rawValue, $0.rawValue) } }
        if !pools.isEmpty { record.epochs = Dictionary(uniqueKeysWithValues: pools) }
        record.preemption = turn.preemption?.rawValue
        if turn.attempt > 0 { record.attempts = turn.attempt }
        if turn.gapMicroseconds > 0 { record.gapMilliseconds = Int(turn.gapMicroseconds / 1_000) }
        return record
    }

    /// Sends to the call's worker of a pool; without one the message is dropped, and the deadline of what was asked speaks.
    func send(_ pool: Pool, _ message: BusMessage, turn: TurnID? = nil, _ actions: inout [CallAction]) {
        guard let epoch = epochs[pool] else { return }
        actions.append(
            .send(pool, Envelope(message, business: opening.business, conversation: opening.call.conversation, turn: turn, epoch: epoch)))
    }
}
