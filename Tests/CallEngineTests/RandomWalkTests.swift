import BusContract
import CallEngine
import CallVocabulary
import Foundation
import Testing

/// Calls in which anything happens at any time, from seeds: what must hold, whatever happens.
@Suite struct RandomWalkTests {
    private static let sequences = 2_000
    private static let length = 200

    @Test func whateverHappensTheCallHoldsItsPromises() throws {
        var phases: Set<CallSession.Phase> = []
        var seen: [Walk.Seen: Int] = [:]
        for seed in 0..<UInt64(Self.sequences) {
            var walk = try Walk(seed: seed)
            for step in 0..<Self.length {
                walk.step()
                phases.insert(walk.session.phase)
                if let broken = walk.broken {
                    let last = walk.record.last.map { String("\($0.event)".prefix(300)) } ?? ""
                    Issue.record("seed \(seed), step \(step), \(last): \(broken)")
                    return
                }
            }
            walk.wait()
            if let broken = walk.broken {
                Issue.record("seed \(seed), at the end: \(broken)")
                return
            }
            seen.merge(walk.seen) { $0 + $1 }
        }
        // A walk that never gets anywhere proves nothing.
        #expect(phases == [.expected, .live, .away, .lost, .ending, .finished])
        for what in Walk.Seen.allCases { #expect(seen[what, default: 0] >= Self.sequences / 250, "\(what): \(seen[what, default: 0])") }
    }

    @Test func theSameEventsGiveTheSameActions() throws {
        for seed in 0..<200 as Range<UInt64> {
            var walk = try Walk(seed: seed)
            for _ in 0..<Self.length { walk.step() }
            var again = CallSession(walk.session.opening)
            for (index, recorded) in walk.record.enumerated() {
                let actions = again.handle(recorded.event, at: recorded.at)
                try #require(actions == recorded.actions, "seed \(seed), step \(index)")
            }
            #expect(again == walk.session)
        }
    }

    @Test func aTraceOfAWalkReplays() throws {
        for seed in 0..<10 as Range<UInt64> {
            var walk = try Walk(seed: seed)
            for _ in 0..<Self.length { walk.step() }
            var trace = try CallTraceLine.opening(walk.session.opening).json() + Data([10])
            for step in walk.record { trace += try CallTraceLine.step(at: step.at, event: step.event, actions: step.actions).json() + Data([10]) }
            let (steps, difference) = try CallTrace.replay(trace)
            #expect(steps == walk.record.count)
            #expect(difference == nil)
        }
    }
}

private struct Walk {
    /// What a walk must come across, some time.
    enum Seen: CaseIterable { case update, playedAndHeard, transfer, wayBack, record, complete, timeUp, leaseEnded, otherWay, bargeIn, deaf, warning }

    var session: CallSession
    var record: [(at: CallTime, event: CallEvent, actions: [CallAction])] = []
    var broken: String?
    var seen: [Seen: Int] = [:]
    private var ends = 0
    private var finishes = 0
    private var isHandedOver = false
    private var dice: Dice
    private var now = CallTime.zero
    private var epochs: [Pool: Epoch] = [:]
    private var counter: UInt32 = 0
    private var marks: [String] = []
    private var pending: [CallEvent] = [.lineOpened(streamSID: "MZ")]
    private var turns = 1
    /// The lease that is out, when it is over, and when it was asked back.
    private var lease: (name: String, until: CallTime, asked: CallTime?)?
    private var leases: [String] = []
    /// The epoch of the voice that the call knows.
    private var voice: Epoch?
    private var isWithPerson = false
    private var hasGoneOtherWay = false
    private var told: Set<TurnID> = []

    init(seed: UInt64) throws {
        dice = Dice(seed: seed)
        var clips: [CallOpening.Clip: CallOpening.CannedLine] = [:]
        if !dice.once(in: 3) {
            clips = [.sorry: TestCall.sorry, .moment: TestCall.moment, .resumed: TestCall.resumed, .warning: TestCall.warning]
            if dice.once(in: 2) { clips[.sorry]?.file = "sorry" }
            if dice.once(in: 2) { clips[.greeting] = TestCall.greeting }
        }
        var policy = CallPolicy()
        policy.longestCall = dice.once(in: 6) ? 20_000 : 10_000_000
        policy.warningBefore = 12_000
        policy.preemptions = dice.once(in: 2) ? 3 : 0
        policy.replyMode = dice.once(in: 2) ? .play : .stream
        session = try TestCall(policy: policy, clips: clips, canTransfer: !dice.once(in: 4)).session
    }

    mutating func step() {
        if dice.once(in: 4), let wake = session.nextWake, wake.milliseconds - now.milliseconds < 60_000 {
            now = max(now.adding(microseconds: 1), wake)
        } else {
            now = now.adding(microseconds: Int64.random(in: 0...300_000, using: &dice))
        }
        handle(pending.isEmpty || dice.once(in: 5) ? invent() : pending.removeFirst())
    }

    /// Nothing happens any more but time.
    mutating func wait() {
        for _ in 0..<2_000 where broken == nil {
            guard session.phase != .finished else { break }
            now = max(now.adding(microseconds: 1), session.nextWake ?? now)
            handle(.tick)
        }
        guard broken == nil else { return }
        if session.phase != .finished { broken = "the call does not end: \(session.phase) at \(now)" }
        if !isHandedOver, ends != 1 || finishes != 1 { broken = "ended \(ends) times, finished \(finishes) times" }
    }

    private mutating func handle(_ event: CallEvent) {
        let wasFinished = session.phase == .finished
        noticeLease(event)
        let actions = session.handle(event, at: now)
        // A stream that a late reply brings before the person has answered is no way back.
        if case .lineOpened = event, isWithPerson, session.phase == .live {
            isWithPerson = false
            seen[.wayBack, default: 0] += 1
        }
        record.append((now, event, actions))
        for action in actions {
            judge(action, after: event)
            perform(action)
        }
        if wasFinished, !actions.isEmpty { broken = "a finished call acts: \(actions)" }
        if session.phase == .finished {
            if session.nextWake != nil { broken = "a finished call wants to be woken" }
        } else if let wake = session.nextWake {
            if wake < now { broken = "it wants to be woken \(now.microseconds - wake.microseconds) µs ago in \(session.phase)" }
            if wake.milliseconds - now.milliseconds > (isWithPerson ? 4 * 3_600_000 : 30_000) { broken = "no deadline in \(session.phase)" }
        } else {
            broken = "no deadline in \(session.phase)"
        }
    }

    // MARK: - What must hold

    private mutating func noticeLease(_ event: CallEvent) {
        switch event {
        case .bus(.tts, let envelope, _):
            if case .callUpdated(let updated) = envelope.message, updated.lease == lease?.name, envelope.epoch == voice { lease = nil }
        // Whoever is gone has nothing to give back; whoever hangs may come to.
        case .workerLost(.tts, let epoch, let loss):
            guard epoch == voice else { break }
            voice = nil
            // One that hangs cannot be asked, and may yet use it.
            if loss != .hung { lease = nil } else if lease?.asked == nil { lease?.asked = now }
        case .assigned(.tts, let epoch):
            guard [.live, .away, .lost].contains(session.phase), voice.map({ $0 < epoch }) ?? true else { break }
            voice = epoch
            // The former one was released, and has nothing to say any more.
            if lease?.asked == nil { lease?.asked = now }
        case .updateFailed: lease = nil
        case .unassigned(.tts):
            guard session.phase == .live || session.phase == .away else { break }
            // Nobody can be asked any more.
            voice = nil
            lease?.asked = now
        default: break
        }
    }

    private mutating func judge(_ action: CallAction, after event: CallEvent) {
        switch action {
        case .update:
            if let lease, now < lease.until { broken = "a second lease beside \(lease)" }
            seen[.update, default: 0] += 1
        case .exit(let exit):
            if let lease, now < lease.until, lease.asked.map({ now < $0.adding(milliseconds: 1_000) }) ?? true {
                broken = "an exit while the lease \(lease) is out, at \(now)"
            }
            switch exit {
            case .record: seen[.record, default: 0] += 1
            case .transfer: seen[.transfer, default: 0] += 1
            case .complete: seen[.complete, default: 0] += 1
            case .timeUp: seen[.timeUp, default: 0] += 1
            }
        case .play(let bytes):
            // The voice's audio is made of threes.
            let isCanned = bytes.contains { $0 != 3 }
            if !isCanned, !bytes.isEmpty, session.opening.policy.replyMode == .play, !hasGoneOtherWay { broken = "a voice in the stream" }
        case .fact(let fact):
            guard case .turn(let record) = fact.body else { break }
            if !told.insert(record.entry.turn).inserted { broken = "\(record.entry.turn) told twice" }
            guard session.opening.policy.replyMode == .play, !hasGoneOtherWay, record.entry.said.contains("משפט") else { break }
            if case .lineOpened = event { seen[.playedAndHeard, default: 0] += 1 } else { broken = "heard without a stream after it" }
        case .log(let entry):
            switch entry.name {
            case .otherWay:
                seen[.otherWay, default: 0] += 1
                if entry.fields["way"] == "stream" { hasGoneOtherWay = true }
            case .bargeIn: seen[.bargeIn, default: 0] += 1
            case .deaf: seen[.deaf, default: 0] += 1
            default: break
            }
        case .mark(let name): if name.hasSuffix("p-4") { seen[.warning, default: 0] += 1 }
        default: break
        }
    }

    // MARK: - The world

    private mutating func perform(_ action: CallAction) {
        switch action {
        case .mark(let name): marks.append(name)
        case .assign(let pool, _), .move(let pool):
            if action == .move(pool), dice.once(in: 3) { return pending.append(.stayed(pool)) }
            if dice.once(in: 5) {
                pending.append(.unassigned(pool))
            } else {
                counter += 1
                epochs[pool] = Epoch(boot: 1, counter: counter)
                pending.append(.assigned(pool, Epoch(boot: 1, counter: counter)))
            }
        case .send(let pool, let envelope):
            turns = max(turns, (envelope.turn?.number ?? 0) + 1)
            obey(pool, envelope)
        case .makeReply(let turn, _):
            if !dice.once(in: 10) {
                pending.append(.replyFile(turn, name: dice.once(in: 10) ? nil : "r", milliseconds: Int.random(in: 0...5_000, using: &dice)))
            }
        case .update(_, _, let milliseconds, let name):
            lease = (name, now.adding(milliseconds: 5_000), nil)
            leases.append(name)
            if !dice.once(in: 10) { pending.append(updated(name)) }
            if dice.once(in: 2) { pending.append(.fileFetched("r")) }
            guard !dice.once(in: 4) else { break }
            pending.append(dice.once(in: 4) ? .lineLost : .lineStopped)
            _ = milliseconds
            pending.append(.lineOpened(streamSID: "MZ"))
        case .exit(let exit):
            isWithPerson = exit == .transfer
            switch Int.random(in: 0..<6, using: &dice) {
            case 0: pending.append(.updateFailed("walk"))
            case 1: pending.append(.callOver)
            case 2: break
            default:
                pending.append(.lineStopped)
                if exit == .record { pending.append(.landed) }
                if exit == .transfer { pending.append(.transferEnded(answered: dice.once(in: 3))) }
                if exit == .transfer { pending.append(.lineOpened(streamSID: "MZ")) }
            }
        case .fact(let fact): if case .callEnded = fact.body { ends += 1 }
        case .finished: finishes += 1
        case .handedOver: isHandedOver = true
        case .closeLine: if !dice.once(in: 4) { pending.append(.lineLost) }
        default: break
        }
    }

    /// Workers that do what they should, mostly.
    private mutating func obey(_ pool: Pool, _ envelope: Envelope) {
        func say(_ message: BusMessage, _ bytes: Int = 0) {
            pending.append(
                .bus(
                    pool,
                    Envelope(message, business: envelope.business, conversation: envelope.conversation, turn: envelope.turn, epoch: envelope.epoch),
                    attachment: [UInt8](repeating: 3, count: bytes)))
        }
        if case .endLease(let end) = envelope.message {
            seen[.leaseEnded, default: 0] += 1
            if lease?.name == end.lease, lease?.asked == nil { lease?.asked = now }
            if !dice.once(in: 3) { pending.append(updated(end.lease)) }
            return
        }
        guard !dice.once(in: 4) else { return }
        switch envelope.message {
        case .listen(.end):
            say(.transcript(TranscriptMessage(transcript: Transcript(text: "כן", confidence: 1, understood: true), final: true, provider: "walk")))
        case .turn(let question):
            let pieces = question.heard == .opening ? 0 : Int.random(in: 1...2, using: &dice)
            for piece in 0..<pieces { say(.reply(ReplyPiece(piece: piece, text: "משפט"))) }
            say(.replyDone(ReplyDone(pieces: pieces, lead: [:], ending: dice.once(in: 20) ? .goodbye : nil, state: "s", provider: "walk")))
        case .speak(let speak): say(.speech(SpeechChunk(piece: speak.piece, index: 0, last: true)), 4_000)
        default: break
        }
    }

    private mutating func updated(_ name: String) -> CallEvent {
        let result = [CallUpdated.Result.done, .done, .done, .over, .refused, .failed, .uncertain, .unused].randomElement(using: &dice) ?? .done
        return .bus(
            .tts,
            Envelope(
                .callUpdated(CallUpdated(lease: name, result: result)), business: session.opening.business,
                conversation: session.opening.call.conversation, turn: nil, epoch: epochs[.tts]), attachment: [])
    }

    private mutating func invent() -> CallEvent {
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<22: return .voice(sound())
        case 22..<34:
            let strange = ["", "t", "t1.p", "t1.p-1", "x9.p1", "t99.p0"]
            return .mark((marks.isEmpty || dice.once(in: 6) ? strange : marks).randomElement(using: &dice) ?? "")
        case 34..<52: return bus(.dialog, dialog())
        case 52..<64:
            let index = dice.once(in: 2) ? 0 : Int.random(in: 0...3, using: &dice)
            return bus(.tts, .speech(SpeechChunk(piece: piece(), index: index, last: dice.once(in: 2), failure: dice.once(in: 6) ? "voice" : nil)))
        case 64..<76:
            let transcript = Transcript(
                text: dice.once(in: 3) ? "" : "כן", confidence: dice.once(in: 30) ? 1e300 : Double.random(in: -1...2, using: &dice),
                understood: !dice.once(in: 3))
            return bus(.asr, .transcript(TranscriptMessage(transcript: transcript, final: !dice.once(in: 4), provider: "walk")))
        case 76..<80:
            let pool = Pool.allCases.randomElement(using: &dice) ?? .asr
            let epoch = epochs[pool] ?? Epoch(boot: 1, counter: 0)
            let loss = [WorkerLoss.died, .hung, .left].randomElement(using: &dice) ?? .died
            return dice.once(in: 2) ? .workerLost(pool, epoch, loss) : .workerLeaving(pool, epoch)
        case 80: return .unassigned(Pool.allCases.randomElement(using: &dice) ?? .asr)
        case 81..<84:
            counter += 1
            let pool = Pool.allCases.randomElement(using: &dice) ?? .asr
            epochs[pool] = Epoch(boot: 1, counter: counter)
            return .assigned(pool, Epoch(boot: 1, counter: counter))
        case 84..<86: return .lineLost
        case 86..<90: return .lineOpened(streamSID: "MZ")
        case 90: return dice.once(in: 6) ? .lineStopped : .digit("5")
        case 91: return dice.once(in: 6) ? .callCompleted : .digit("#")
        case 92: return .summary(dice.once(in: 2) ? nil : "סיכום")
        case 93: return rare()
        case 94..<96 where !leases.isEmpty: return updated(leases.randomElement(using: &dice) ?? "")
        case 96: return dice.once(in: 4) ? .fileFetched("r") : .replyFile(TurnID(turns - 1), name: "r", milliseconds: 500)
        default: return .tick
        }
    }

    private mutating func rare() -> CallEvent {
        switch Int.random(in: 0..<13, using: &dice) {
        case 0: .updateFailed("out of the blue")
        case 1: .streamFailed("31921")
        case 2: .landed
        case 3: .transferEnded(answered: dice.once(in: 2))
        case 4: .callOver
        case 5: .handOver(atOnce: dice.once(in: 4))
        case 12: .streamAwaited(milliseconds: Int.random(in: -10...20_000, using: &dice))
        default: .digit("0")
        }
    }

    private mutating func sound() -> [UInt8] {
        let milliseconds = [7, 20, 20, 60, 200, 600].randomElement(using: &dice) ?? 20
        return Array((dice.once(in: 2) ? Self.voiced : Self.silent).prefix(milliseconds * 8))
    }

    // Made once: sines are slow in a debug build.
    private static let voiced = Sound.voice(milliseconds: 600)
    private static let silent = Sound.silence(milliseconds: 600)

    private mutating func piece() -> Int {
        dice.once(in: 40) ? [Int.max, Int.min, -1].randomElement(using: &dice) ?? 0 : Int.random(in: 0...2, using: &dice)
    }

    private mutating func dialog() -> BusMessage {
        switch Int.random(in: 0..<8, using: &dice) {
        case 0..<4: return .reply(ReplyPiece(piece: piece(), text: "משפט"))
        case 4: return .expectations(Expectations(name: "walk"))
        case 5: return .hello(Hello(pool: .dialog, name: "x", nonce: "y", load: Load(affinity: 1, active: 0)))
        default:
            return .replyDone(
                ReplyDone(
                    pieces: dice.once(in: 40) ? [Int.max, Int.min, -1].randomElement(using: &dice) ?? 0 : Int.random(in: 0...3, using: &dice),
                    lead: dice.once(in: 2) ? [:] : ["a": "\(counter)"],
                    ending: dice.once(in: 12) ? [.goodbye, .transfer].randomElement(using: &dice) : nil, state: "s", provider: "walk",
                    failure: dice.once(in: 8) ? "model" : nil))
        }
    }

    private mutating func bus(_ pool: Pool, _ message: BusMessage) -> CallEvent {
        let epoch = dice.once(in: 12) ? Epoch(boot: 1, counter: UInt32.random(in: 0...counter, using: &dice)) : epochs[pool]
        // Mostly about the turn at hand, or a message would hardly ever hit.
        let number =
            dice.once(in: 4) ? Int.random(in: -1...turns, using: &dice) : pool == .asr ? turns - 1 : session.turns.current?.turn.number ?? turns - 1
        let envelope = Envelope(
            message, business: session.opening.business, conversation: session.opening.call.conversation,
            turn: dice.once(in: 30) ? nil : TurnID(number),
            epoch: epoch)
        let bytes = dice.once(in: 8) ? 0 : Int.random(in: 0...4_000, using: &dice)
        return .bus(pool, envelope, attachment: [UInt8](repeating: 3, count: bytes))
    }
}
