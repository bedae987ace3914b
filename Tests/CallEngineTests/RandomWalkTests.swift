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
            #expect(walk.ends <= 1)
            #expect(walk.finishes <= 1)
        }
        // A walk that never gets anywhere proves nothing.
        #expect(phases == [.expected, .live, .lost, .ending, .finished])
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
    var session: CallSession
    var record: [(at: CallTime, event: CallEvent, actions: [CallAction])] = []
    var broken: String?
    var ends = 0
    var finishes = 0
    private var dice: Dice
    private var now = CallTime.zero
    private var epochs: [Pool: Epoch] = [:]
    private var counter: UInt32 = 0
    private var marks: [String] = []
    private var pending: [CallEvent] = [.lineOpened(streamSID: "MZ")]
    private var turns = 1

    init(seed: UInt64) throws {
        dice = Dice(seed: seed)
        var call = try TestCall(clips: dice.once(in: 3) ? [:] : [.sorry: TestCall.sorry])
        var opening = call.session.opening
        opening.policy.longestCall = 10_000_000
        session = CallSession(opening)
        call.forget()
    }

    mutating func step() {
        if dice.once(in: 4), let wake = session.nextWake {
            now = max(now.adding(microseconds: 1), wake)
        } else {
            now = now.adding(microseconds: Int64.random(in: 0...300_000, using: &dice))
        }
        let event = pending.isEmpty || dice.once(in: 5) ? invent() : pending.removeFirst()
        let wasFinished = session.phase == .finished
        let actions = session.handle(event, at: now)
        record.append((now, event, actions))
        for action in actions { perform(action) }
        if wasFinished, !actions.isEmpty { broken = "a finished call acts: \(actions)" }
        switch session.phase {
        case .finished: if session.nextWake != nil { broken = "a finished call wants to be woken" }
        case .live, .lost, .ending:
            if let wake = session.nextWake {
                if wake < now { broken = "it wants to be woken \(now.microseconds - wake.microseconds) µs ago in \(session.phase)" }
                if wake.milliseconds - now.milliseconds > 30_000 { broken = "no deadline in \(session.phase)" }
            } else {
                broken = "no deadline in \(session.phase)"
            }
        case .expected: break
        }
    }

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
        case .send(_, let envelope): turns = max(turns, (envelope.turn?.number ?? 0) + 1)
        case .fact(let fact): if case .callEnded = fact.body { ends += 1 }
        case .finished: finishes += 1
        case .closeLine: if !dice.once(in: 4) { pending.append(.lineLost) }
        default: break
        }
    }

    private mutating func invent() -> CallEvent {
        switch Int.random(in: 0..<100, using: &dice) {
        case 0..<22: return .voice(voice())
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
        case 90: return dice.once(in: 3) ? .lineStopped : .digit("5")
        case 91: return dice.once(in: 3) ? .callCompleted : .digit("#")
        case 92: return .summary(dice.once(in: 2) ? nil : "סיכום")
        default: return .tick
        }
    }

    private mutating func voice() -> [UInt8] {
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
                    lead: dice.once(in: 2) ? [:] : ["a": "\(counter)"], ending: dice.once(in: 12) ? .goodbye : nil, state: "s", provider: "walk",
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
