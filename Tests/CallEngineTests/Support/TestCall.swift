import BusContract
import CallEngine
import CallVocabulary
import Foundation
import Testing

/// A call on a table: the state machine, a manual clock, a line that plays at 8 kHz and returns marks, and a fleet that answers `assign`.
/// The test plays the caller and the workers. Everything that the call decided is in `log`, everything that happened in `steps`.
struct TestCall {
    struct Entry: Sendable {
        let at: CallTime
        let action: CallAction
    }

    private(set) var session: CallSession
    private(set) var now = CallTime.zero
    private(set) var log: [Entry] = []
    private(set) var steps: [CallTraceLine]
    /// Pools that have a worker to give.
    var workers: Set<Pool> = [.asr, .dialog, .tts]
    /// The epoch under which each pool's worker speaks.
    private(set) var epochs: [Pool: Epoch] = [:]
    var line = TestLine()
    /// Twilio closes its side as soon as we close ours.
    var closesWhenAsked = true
    /// What becomes of an update of ours that takes the call off its stream.
    var exits = ExitAnswer.updateFailed
    enum ExitAnswer {
        /// There is no account: the call closes the line instead.
        case updateFailed
        /// Twilio has taken it: the stream stops, and the call is where it was sent.
        case done
        /// The call had ended before.
        case callOver
        case never
    }
    /// What comes of the MP3 of a reply: this long, not made, or no answer.
    var files = FileAnswer.made(milliseconds: 2_000)
    enum FileAnswer { case made(milliseconds: Int), notMade, never }
    /// What the voice says about an update: nil for nothing.
    var updates: CallUpdated.Result? = .done
    /// A voice that has the lease gives it back when it is asked for it.
    var returnsLeases = true
    /// Twilio says that our document came into effect: the stream stops, and after the file the next one opens.
    var playsDocuments = true
    /// A stream is open.
    private(set) var isStreaming = false
    private var streams = 1
    /// What will happen on its own, in order.
    private(set) var agenda: [(at: CallTime, event: CallEvent)] = []
    private var epochCounter: UInt32 = 0
    private var lastTick: CallTime?

    /// Tests that feed no media would trip over the watch on it.
    static var patient: CallPolicy {
        var policy = CallPolicy()
        policy.noMedia = 100_000_000
        return policy
    }

    static let moment = CallOpening.CannedLine(text: "רגע אחד, בבקשה.", audio: Sound.voice(milliseconds: 600))
    static let resumed = CallOpening.CannedLine(text: "סליחה, הקו התנתק לרגע.", audio: Sound.voice(milliseconds: 700))
    static let greeting = CallOpening.CannedLine(text: "שלום, במה אפשר לעזור?", audio: Sound.voice(milliseconds: 2_000))
    static let warning = CallOpening.CannedLine(text: "השיחה תסתיים בעוד דקה.", audio: Sound.voice(milliseconds: 900))
    static let sorry = CallOpening.CannedLine(text: "סליחה, אפשר לחזור על זה?", audio: Sound.voice(milliseconds: 800))

    init(
        policy: CallPolicy = patient, clips: [CallOpening.Clip: CallOpening.CannedLine] = [.sorry: sorry],
        caller: String? = "+972501234567", history: CallOpening.History? = nil, firstFact: Int = 1, canTransfer: Bool = false
    ) throws {
        let id = try #require(CallID("CA00000000000000000000000000000001"))
        var opening = CallOpening(
            call: id, business: BusinessID("nadlan"), caller: caller, called: "+97231234567", startedUnixMilliseconds: 1_700_000_000_000,
            greeting: "שלום, במה אפשר לעזור?", policy: policy, firstFact: firstFact, clips: clips, history: history)
        opening.canTransfer = canTransfer
        session = CallSession(opening)
        steps = [.opening(opening)]
    }

    // MARK: - Time

    /// Lets time pass: the call is woken when it wants to be, and marks come back when the line has played up to them.
    mutating func pass(_ milliseconds: Int) {
        let end = now.adding(milliseconds: milliseconds)
        var wakes = 0
        while true {
            // A real clock never stands still: a call that wants to be woken again at once is woken a microsecond later.
            let wake = session.nextWake.map { max($0, lastTick == now ? now.adding(microseconds: 1) : now) }
            guard let next = [wake, line.nextMark, agenda.first?.at].compactMap(\.self).min(), next <= end else { break }
            now = max(now, next)
            if let first = agenda.first, first.at <= now {
                agenda.removeFirst()
                feed(first.event)
            } else if let mark = line.takeMark(at: now) {
                feed(.mark(mark))
            } else {
                lastTick = now
                feed(.tick)
                wakes += 1
            }
            guard wakes < 1_000 + milliseconds else {
                Issue.record("the call wakes itself without end in phase \(session.phase)")
                break
            }
        }
        now = end
    }

    /// Something will happen by itself.
    mutating func plan(_ event: CallEvent, in milliseconds: Int) {
        let at = now.adding(milliseconds: milliseconds)
        agenda.insert((at, event), at: agenda.firstIndex { $0.at > at } ?? agenda.endIndex)
    }

    /// The caller has hung up: nothing that was planned for the line will come.
    mutating func cancelPlans() { agenda = [] }

    // MARK: - The caller

    /// The caller speaks: one frame every 20 ms.
    mutating func speak(_ milliseconds: Int) { media(Sound.voice(milliseconds: milliseconds)) }
    /// The line carries silence.
    mutating func quiet(_ milliseconds: Int) { media(Sound.silence(milliseconds: milliseconds)) }

    mutating func media(_ bytes: [UInt8]) {
        for start in stride(from: 0, to: bytes.count, by: AudioFrame.bytes) {
            pass(AudioFrame.milliseconds)
            // Nobody carries the caller's words while there is no stream.
            guard isStreaming else { continue }
            feed(.voice(Array(bytes[start..<min(start + AudioFrame.bytes, bytes.count)])))
        }
    }

    /// Speaks, pauses for the silence rule, and is understood.
    /// - Returns: the turn's number.
    @discardableResult
    mutating func utter(_ text: String, milliseconds: Int = 600) throws -> Int {
        speak(milliseconds)
        quiet(session.opening.policy.endpoint.silence)
        let turn = try #require(heardTurns.last)
        transcript(turn, text)
        return turn
    }

    // MARK: - The workers

    mutating func transcript(_ turn: Int, _ text: String, understood: Bool = true, confidence: Double = 0.9, final: Bool = true, epoch: Epoch? = nil)
    {
        from(
            .asr,
            .transcript(
                TranscriptMessage(transcript: Transcript(text: text, confidence: confidence, understood: understood), final: final, provider: "test")),
            turn: turn, epoch: epoch)
    }

    mutating func reply(_ turn: Int, _ piece: Int, _ text: String, epoch: Epoch? = nil) {
        from(.dialog, .reply(ReplyPiece(piece: piece, text: text)), turn: turn, epoch: epoch)
    }

    mutating func done(
        _ turn: Int, pieces: Int, lead: [String: String] = [:], ending: DialogEnding? = nil, failure: String? = nil, epoch: Epoch? = nil
    ) {
        from(
            .dialog, .replyDone(ReplyDone(pieces: pieces, lead: lead, ending: ending, state: "state\(turn)", provider: "test", failure: failure)),
            turn: turn, epoch: epoch)
    }

    mutating func speech(
        _ turn: Int, _ piece: Int, milliseconds: Int, index: Int = 0, last: Bool = true, failure: String? = nil, epoch: Epoch? = nil
    ) {
        from(
            .tts, .speech(SpeechChunk(piece: piece, index: index, last: last, failure: failure)), turn: turn, epoch: epoch,
            attachment: failure == nil ? Sound.voice(milliseconds: milliseconds) : [])
    }

    /// The dialogue answers and the voice speaks, all at once: `milliseconds` of audio for each sentence.
    mutating func answer(
        _ turn: Int, _ sentences: [String], milliseconds: Int = 500, lead: [String: String] = [:], ending: DialogEnding? = nil
    ) {
        for (piece, text) in sentences.enumerated() { reply(turn, piece, text) }
        done(turn, pieces: sentences.count, lead: lead, ending: ending)
        for piece in sentences.indices { speech(turn, piece, milliseconds: milliseconds) }
    }

    mutating func from(_ pool: Pool, _ message: BusMessage, turn: Int?, epoch: Epoch? = nil, attachment: [UInt8] = []) {
        let envelope = Envelope(
            message, business: session.opening.business, conversation: session.opening.call.conversation, turn: turn.map { TurnID($0) },
            epoch: epoch ?? epochs[pool])
        feed(.bus(pool, envelope, attachment: attachment))
    }

    // MARK: - Feeding

    /// The stream opens, and the dialogue has nothing to add to the greeting: the call listens.
    mutating func open(expecting expectations: Expectations? = nil) {
        feed(.lineOpened(streamSID: "MZ1"))
        if let expectations { from(.dialog, .expectations(expectations), turn: 0) }
        done(0, pieces: 0)
    }

    /// The call's worker of a pool is gone.
    mutating func lose(_ pool: Pool, _ loss: WorkerLoss = .died) { feed(.workerLost(pool, epochs[pool] ?? Epoch(boot: 0, counter: 0), loss)) }
    mutating func isLeaving(_ pool: Pool) { feed(.workerLeaving(pool, epochs[pool] ?? Epoch(boot: 0, counter: 0))) }

    /// Hands an event to the call at the present time, and carries out what it decides.
    @discardableResult
    mutating func feed(_ event: CallEvent) -> [CallAction] {
        var all: [CallAction] = []
        var events = [event]
        while !events.isEmpty {
            let event = events.removeFirst()
            if case .workerLost(let pool, let epoch, _) = event, epochs[pool] == epoch { epochs[pool] = nil }
            switch event {
            case .lineOpened: isStreaming = true
            case .lineStopped, .lineLost, .callCompleted:
                isStreaming = false
                line.stop()
            default: break
            }
            let actions = session.handle(event, at: now)
            steps.append(.step(at: now, event: event, actions: actions))
            all += actions
            for action in actions { events += perform(action) }
        }
        log += all.map { Entry(at: now, action: $0) }
        return all
    }

    private mutating func perform(_ action: CallAction) -> [CallEvent] {
        switch action {
        case .play(let bytes): line.play(bytes, at: now)
        case .mark(let name): line.mark(name, at: now)
        case .clear: line.clear(at: now)
        case .assign(let pool, _), .move(let pool):
            guard workers.contains(pool) else { return [action == .move(pool) ? .stayed(pool) : .unassigned(pool)] }
            epochCounter += 1
            let epoch = Epoch(boot: 1, counter: epochCounter)
            epochs[pool] = epoch
            return [.assigned(pool, epoch)]
        case .closeLine:
            line.stop()
            return closesWhenAsked && isStreaming ? [.lineLost] : []
        case .exit: return leave()
        case .makeReply(let turn, _):
            switch files {
            case .made(let milliseconds): return [.replyFile(turn, name: "r-\(turn)", milliseconds: milliseconds)]
            case .notMade: return [.replyFile(turn, name: nil, milliseconds: 0)]
            case .never: return []
            }
        case .update(_, _, let milliseconds, let lease): return updated(lease, milliseconds)
        case .send(.tts, let envelope):
            guard case .endLease(let end) = envelope.message, returnsLeases else { return [] }
            return [updateResult(end.lease, .unused)]
        default: break
        }
        return []
    }

    private mutating func leave() -> [CallEvent] {
        switch exits {
        case .updateFailed: return [.updateFailed("no account")]
        case .callOver: return [.callOver]
        case .never: return []
        case .done: return isStreaming ? [.lineStopped] : []
        }
    }

    private mutating func updated(_ lease: String, _ milliseconds: Int) -> [CallEvent] {
        guard let result = updates else { return [] }
        if result == .done, playsDocuments {
            streams += 1
            plan(.lineStopped, in: 50)
            plan(.lineOpened(streamSID: "MZ\(streams)"), in: 150 + milliseconds)
        }
        return [updateResult(lease, result)]
    }

    /// What the voice says about the update for which it had this lease.
    func updateResult(_ lease: String, _ result: CallUpdated.Result, epoch: Epoch? = nil) -> CallEvent {
        let message = BusMessage.callUpdated(CallUpdated(lease: lease, result: result, detail: "test"))
        return .bus(
            .tts,
            Envelope(
                message, business: session.opening.business, conversation: session.opening.call.conversation, turn: nil, epoch: epoch ?? epochs[.tts]),
            attachment: [])
    }

    // MARK: - What has been decided

    mutating func forget() { log = [] }

    var actions: [CallAction] { log.map(\.action) }

    func sent(_ pool: Pool) -> [Envelope] {
        actions.compactMap { if case .send(pool, let envelope) = $0 { envelope } else { nil } }
    }
    /// Turns whose utterance was announced to the recogniser.
    var heardTurns: [Int] { sent(.asr).compactMap { if case .listen(.begin) = $0.message { $0.turn?.number } else { nil } } }
    /// Turns that the dialogue was asked for.
    var asked: [Int] { sent(.dialog).compactMap { if case .turn = $0.message { $0.turn?.number } else { nil } } }
    var lastQuestion: DialogTurn? {
        sent(.dialog).compactMap { if case .turn(let turn) = $0.message { turn } else { nil } }.last
    }
    /// Sentences that the voice was asked for.
    var spoken: [String] { sent(.tts).compactMap { if case .speak(let speak) = $0.message { speak.text } else { nil } } }
    /// Sentences that began to be played.
    var said: [String] { taps(.said).compactMap(\.text) }
    /// Frames published for the recogniser, in order.
    var published: [UInt32] {
        var sequences: [UInt32] = []
        for case .publish(let frames, _) in actions { sequences += frames.map(\.sequence) }
        return sequences
    }
    /// Utterances that are to be remembered though they are not answered yet.
    var remembered: [TurnEntry] { actions.compactMap { if case .heard(let entry) = $0 { entry } else { nil } } }
    var marks: [String] { actions.compactMap { if case .mark(let name) = $0 { name } else { nil } } }
    var playedMilliseconds: Int { actions.reduce(0) { if case .play(let bytes) = $1 { $0 + bytes.count / 8 } else { $0 } } }
    var facts: [Fact] { actions.compactMap { if case .fact(let fact) = $0 { fact } else { nil } } }
    var turnFacts: [TurnRecord] { facts.compactMap { if case .turn(let record) = $0.body { record } else { nil } } }
    var endings: [CallOutcome] { facts.compactMap { if case .callEnded(let outcome, _, _) = $0.body { outcome } else { nil } } }
    var finished: [CallOutcome] { actions.compactMap { if case .finished(let outcome) = $0 { outcome } else { nil } } }
    var closings: Int { actions.count { $0 == .closeLine } }
    /// How the call left its stream.
    var exited: [LineExit] { actions.compactMap { if case .exit(let exit) = $0 { exit } else { nil } } }
    /// Replies that were to become MP3s.
    var made: [String] { actions.compactMap { if case .makeReply(_, let text) = $0 { text } else { nil } } }
    /// Files whose playing was asked for, and the leases that were lent for it.
    var announced: [String] { actions.compactMap { if case .update(_, let file, _, _) = $0 { file } else { nil } } }
    var leases: [String] { actions.compactMap { if case .update(_, _, _, let lease) = $0 { lease } else { nil } } }
    func taps(_ name: TapEvent.Name) -> [TapEvent] {
        actions.compactMap { if case .tap(let event) = $0, event.name == name { event } else { nil } }
    }
    func logs(_ name: CallLog.Name) -> [CallLog] {
        actions.compactMap { if case .log(let entry) = $0, entry.name == name { entry } else { nil } }
    }
    func time(_ isIt: (CallAction) -> Bool) -> CallTime? { log.first { isIt($0.action) }?.at }

    /// The recording of everything so far, as a trace file holds it.
    func trace() throws -> Data {
        var data = Data()
        for step in steps {
            data += try step.json()
            data.append(UInt8(ascii: "\n"))
        }
        return data
    }

    /// Something other than the longest call's end will wake the call soon.
    var hasDeadline: Bool {
        guard let wake = session.nextWake else { return false }
        return wake.milliseconds - now.milliseconds <= 30_000
    }
}

/// Twilio's side of a stream: plays at 8 kHz what it is given, and returns a mark when it has played up to it.
struct TestLine {
    /// False: marks vanish, as on a line that does not play.
    var returnsMarks = true
    private var dry = CallTime.zero
    private var pending: [(name: String, at: CallTime)] = []

    init(returnsMarks: Bool = true) { self.returnsMarks = returnsMarks }

    var nextMark: CallTime? { pending.first?.at }

    mutating func play(_ bytes: [UInt8], at now: CallTime) { dry = max(dry, now).adding(microseconds: Int64(bytes.count) * 125) }
    mutating func mark(_ name: String, at now: CallTime) { if returnsMarks { pending.append((name, max(dry, now))) } }
    mutating func clear(at now: CallTime) {
        dry = now
        pending = pending.map { ($0.name, now) }
    }
    /// The stream is over: nothing of it comes back.
    mutating func stop() { self = TestLine(returnsMarks: returnsMarks) }
    mutating func takeMark(at now: CallTime) -> String? {
        guard let first = pending.first, first.at <= now else { return nil }
        pending.removeFirst()
        return first.name
    }
}
