import BusContract
import CallEngine
import CallVocabulary
import Testing

@testable import Gateway

struct RosterTests {
    private var roster = Roster(boot: 7)
    private let conversation = ConversationID("call:CA00000000000000000000000000000001")

    private func address(_ pool: Pool, _ name: String, _ nonce: String = "aa") throws -> WorkerAddress {
        try #require(WorkerAddress(pool: pool, name: name, nonce: nonce))
    }

    /// `#require` cannot take a mutating call.
    private func require<Value>(_ value: Value?) throws -> Value { try #require(value) }

    private func hello(_ address: WorkerAddress, affinity: Double = 1) -> Hello {
        Hello(pool: address.pool, name: address.name, nonce: address.nonce, load: Load(affinity: affinity, active: 0))
    }

    @Test mutating func aRecogniserCountsOnlyWhenItsSubscriptionIsSeen() throws {
        let worker = try address(.asr, "asr-1")
        #expect(roster.hello(hello(worker), from: worker, version: 1, at: 0) == [.welcome(worker)])
        #expect(roster.assign(conversation, .asr) == nil)
        #expect(roster.subscribed(Topics.audio(worker)) == [.available(.asr)])
        #expect(roster.assign(conversation, .asr)?.worker == worker)
    }

    @Test mutating func aSubscriptionMayComeBeforeTheHello() throws {
        let worker = try address(.asr, "asr-1")
        #expect(roster.subscribed(Topics.audio(worker)) == [])
        #expect(roster.hello(hello(worker), from: worker, version: 1, at: 0) == [.welcome(worker), .available(.asr)])
    }

    @Test mutating func anAssignmentSticksAndNewOnesSpread() throws {
        let (first, second) = (try address(.tts, "tts-1"), try address(.tts, "tts-2"))
        for worker in [first, second] { _ = roster.hello(hello(worker), from: worker, version: 1, at: 0) }
        let chosen = try require(roster.assign(conversation, .tts))
        #expect(roster.assign(conversation, .tts) == chosen)
        let other = try require(roster.assign(ConversationID("call:CA00000000000000000000000000000002"), .tts))
        #expect(Set([chosen.worker, other.worker]) == [first, second])
        #expect(chosen.epoch < other.epoch)
        #expect(chosen.epoch == Epoch(boot: 7, counter: 1))
    }

    @Test mutating func theBestAffinityWinsAndADrainingWorkerGetsNothing() throws {
        let (busy, idle) = (try address(.dialog, "dialog-1"), try address(.dialog, "dialog-2"))
        _ = roster.hello(hello(busy, affinity: 0.2), from: busy, version: 1, at: 0)
        _ = roster.hello(hello(idle, affinity: 0.9), from: idle, version: 1, at: 0)
        #expect(roster.assign(conversation, .dialog)?.worker == idle)
        _ = roster.heartbeat(Heartbeat(load: Load(affinity: 0.9, active: 1, draining: true)), from: idle, at: 1)
        #expect(roster.assign(ConversationID("call:CA00000000000000000000000000000002"), .dialog)?.worker == busy)
    }

    private func beat(_ done: UInt64 = 0, handled: UInt64? = nil, outstanding: Int? = nil, draining: Bool = false) -> Heartbeat {
        Heartbeat(load: Load(affinity: draining ? 0 : 1, active: 1, draining: draining, done: done, outstanding: outstanding), handled: handled)
    }

    /// A worker that has said hello and been given the conversation.
    private mutating func serving(_ pool: Pool, _ name: String = "w-1") throws -> (WorkerAddress, Roster.Held) {
        let worker = try address(pool, name)
        _ = roster.hello(hello(worker), from: worker, version: 1, at: 0)
        _ = roster.subscribed(Topics.audio(worker))
        let assignment = try require(roster.assign(conversation, pool))
        return (worker, Roster.Held(conversation: conversation, epoch: assignment.epoch))
    }

    /// Ticks as the gateway does: every 100 ms.
    private mutating func pass(from start: Int64, to end: Int64) -> [Roster.Action] {
        stride(from: start, through: end, by: 100).flatMap { roster.tick(at: $0) }
    }

    @Test mutating func aSilentIdleWorkerIsLostAfterALongTime() throws {
        let (worker, held) = try serving(.tts)
        #expect(pass(from: 0, to: Roster.silence) == [])
        #expect(roster.tick(at: Roster.silence + 1) == [.lost(worker, [held], loss: .died, reason: "no heartbeat")])
        #expect(roster.assign(conversation, .tts) == nil)
        // It thaws: its next heartbeat is answered by a request to say hello, and a new assignment has a later epoch.
        guard case .refuse(_, _, mayRetry: true)? = roster.heartbeat(beat(), from: worker, at: 9_000).first else {
            Issue.record("a stranger's heartbeat must be answered")
            return
        }
        _ = roster.hello(hello(worker), from: worker, version: 1, at: 9_000)
        let after = try require(roster.assign(conversation, .tts))
        #expect(after.epoch > held.epoch)
    }

    @Test(arguments: [Pool.asr, .tts, .dialog]) mutating func aWorkerThatHasWorkAndShowsNoSignIsHung(pool: Pool) throws {
        let (worker, held) = try serving(pool)
        _ = pass(from: 0, to: 1_000)
        _ = roster.heartbeat(beat(), from: worker, at: 1_000)
        #expect(roster.number(for: worker, at: 1_050) == 1)
        #expect(pass(from: 1_100, to: 1_600) == [])
        let verdict = pass(from: 1_700, to: 1_800)
        let fence = Epoch(boot: 7, counter: 2)
        #expect(
            verdict == [
                .revoke(worker, [conversation], fence: fence),
                .lost(worker, [held], loss: .hung, reason: "no sign of life with work outstanding"),
            ])
        #expect(held.epoch < fence)
        #expect(roster.assign(conversation, pool) == nil, "a hung worker gets nothing")
        // It thaws and works off its queue: it is as good as new.
        #expect(roster.heartbeat(beat(1, handled: 1), from: worker, at: 5_000) == [.available(pool)])
        let again = try require(roster.assign(conversation, pool))
        #expect(again.epoch >= fence, "what it is given now is not void")
    }

    @Test mutating func aHeartThatStoodStillBeforeTheWorkCameIsDoubtedAtOnce() throws {
        let (first, second) = (try address(.tts, "tts-1"), try address(.tts, "tts-2"))
        for worker in [first, second] { _ = roster.hello(hello(worker), from: worker, version: 1, at: 0) }
        _ = roster.heartbeat(beat(), from: first, at: 200)
        var worker = first
        for time in stride(from: Int64(200), through: 1_000, by: 100) {
            _ = roster.heartbeat(beat(), from: second, at: time)
            _ = roster.tick(at: time)
        }
        for number in 0..<4 {
            worker = try require(roster.assign(ConversationID("call:\(number)"), .tts)).worker
            #expect(worker == second, "nobody is given to one whose heart is late")
        }
        _ = roster.number(for: first, at: 1_000)
        #expect(roster.tick(at: 1_100) == [])
        #expect(!roster.tick(at: 1_101).isEmpty)
    }

    @Test mutating func audioCountsAsWork() throws {
        let (worker, held) = try serving(.asr)
        _ = pass(from: 0, to: 200)
        _ = roster.heartbeat(beat(), from: worker, at: 200)
        roster.published(to: worker, at: 210)
        #expect(pass(from: 300, to: 800) == [])
        #expect(pass(from: 900, to: 1_000).last == .lost(worker, [held], loss: .hung, reason: "no sign of life with work outstanding"))
    }

    @Test mutating func aBeatingHeartWithWorkThatIsHandledIsFine() throws {
        let (worker, _) = try serving(.asr)
        for time in stride(from: Int64(0), through: 20_000, by: 200) {
            let number = roster.number(for: worker, at: time)
            roster.published(to: worker, at: time)
            #expect(roster.heartbeat(beat(UInt64(time), handled: number, outstanding: 3), from: worker, at: time + 150) == [])
            #expect(roster.tick(at: time + 199) == [])
        }
    }

    @Test mutating func aBeatingHeartThatHandlesNothingIsHung() throws {
        let (worker, _) = try serving(.tts)
        _ = roster.number(for: worker, at: 0)
        var verdicts: [Roster.Action] = []
        for time in stride(from: Int64(0), through: 3_000, by: 100) {
            if time % 200 == 0 { _ = roster.heartbeat(beat(handled: 0), from: worker, at: time) }
            verdicts += roster.tick(at: time)
        }
        guard case .lost(worker, _, loss: .hung, let reason)? = verdicts.last else { return #expect(Bool(false), "\(verdicts)") }
        #expect(reason == "handles no messages")
    }

    @Test mutating func workThatDoesNotGetDoneIsSeen() throws {
        let (worker, _) = try serving(.asr)
        var verdicts: [Roster.Action] = []
        for time in stride(from: Int64(0), through: 3_000, by: 100) {
            if time % 200 == 0 { verdicts += roster.heartbeat(beat(5, outstanding: 2), from: worker, at: time) }
            verdicts += roster.tick(at: time)
        }
        guard case .lost(worker, _, loss: .hung, let reason)? = verdicts.last else { return #expect(Bool(false), "\(verdicts)") }
        #expect(reason == "gets no work done")
        // It stays out while it stands still, and returns when something gets done.
        #expect(roster.heartbeat(beat(5, outstanding: 2), from: worker, at: 3_200) == [])
        #expect(roster.heartbeat(beat(6, outstanding: 1), from: worker, at: 3_400) == [.available(.asr)])
    }

    @Test mutating func ourOwnHoleIsNobodysFault() throws {
        let (worker, _) = try serving(.asr)
        _ = pass(from: 0, to: 1_000)
        _ = roster.heartbeat(beat(), from: worker, at: 1_000)
        roster.published(to: worker, at: 1_000)
        #expect(roster.tick(at: 9_000) == [], "we slept for eight seconds")
        #expect(roster.heartbeat(beat(), from: worker, at: 9_001) == [])
        #expect(pass(from: 9_100, to: 9_500) == [])
    }

    @Test mutating func theNextWorkerIsGivenTimeForWhatTheLossBrings() throws {
        let (first, second) = (try address(.asr, "asr-1"), try address(.asr, "asr-2"))
        _ = roster.hello(hello(first), from: first, version: 1, at: 0)
        _ = roster.subscribed(Topics.audio(first))
        let calls = (0..<10).map { ConversationID("call:CA\(String(repeating: "0", count: 30))1\($0)") }
        for call in calls { _ = roster.assign(call, .asr) }
        _ = roster.hello(hello(second), from: second, version: 1, at: 0)
        _ = roster.subscribed(Topics.audio(second))
        _ = pass(from: 0, to: 900)
        _ = roster.heartbeat(beat(), from: second, at: 1_000)
        _ = roster.unsubscribed(Topics.audio(first))
        for call in calls {
            _ = roster.assign(call, .asr, replacing: true, at: 1_000)
            _ = roster.number(for: second, at: 1_000)
        }
        #expect(pass(from: 1_100, to: 2_500) == [], "ten calls' audio at once")
        #expect(!pass(from: 2_600, to: 3_300).isEmpty, "and not for ever")
    }

    @Test mutating func whoWantsToLeaveIsLeft() throws {
        let (worker, held) = try serving(.dialog, "dialog-1")
        #expect(roster.heartbeat(beat(draining: true), from: worker, at: 100) == [.leaving(worker, [held])])
        #expect(roster.heartbeat(beat(draining: true), from: worker, at: 300) == [], "said once")
        #expect(roster.move(conversation, .dialog, at: 300) == nil, "nobody else is there")
        let other = try address(.dialog, "dialog-2")
        #expect(roster.hello(hello(other), from: other, version: 1, at: 400) == [.welcome(other), .available(.dialog)])
        let moved = try require(roster.move(conversation, .dialog, at: 400))
        #expect(moved.new.worker == other)
        #expect(moved.old == Roster.Assignment(worker: worker, epoch: held.epoch))
        #expect(moved.new.epoch > held.epoch)
        #expect(roster.gone(worker, .left, reason: "goodbye") == [.lost(worker, [], loss: .left, reason: "goodbye")])
    }

    @Test mutating func aRebornNameReplacesItsPredecessor() throws {
        let (old, held) = try serving(.tts, "tts-1")
        let new = try address(.tts, "tts-1", "bb")
        #expect(
            roster.hello(hello(new), from: new, version: 1, at: 1) == [.nameTaken(new)], "the former may live: it has just said hello")
        #expect(roster.hello(hello(new), from: new, version: 1, at: 200) == [], "said once")
        #expect(
            roster.hello(hello(new), from: new, version: 1, at: 601)
                == [.lost(old, [held], loss: .died, reason: "restarted"), .welcome(new), .available(.tts)])
    }

    @Test mutating func aRepeatedHelloIsWelcomedAndAForgetfulOneLosesItsCalls() throws {
        let (worker, held) = try serving(.tts)
        #expect(roster.hello(hello(worker), from: worker, version: 1, at: 100) == [.welcome(worker)])
        #expect(roster.assignment(conversation, .tts)?.epoch == held.epoch)
        _ = roster.heartbeat(beat(), from: worker, at: 200)
        #expect(
            roster.hello(hello(worker), from: worker, version: 1, at: 300)
                == [.lost(worker, [held], loss: .died, reason: "said hello again"), .welcome(worker), .available(.tts)])
    }

    /// Any order of comings, goings and hangings: a conversation has one worker at most, who is there, and epochs only rise.
    @Test(arguments: 0..<20) mutating func noOrderOfEventsBreaksTheBook(seed: UInt64) throws {
        var dice = Dice(seed: seed)
        var now: Int64 = 0
        var newest: [ConversationID: Epoch] = [:]
        let calls = (0..<6).map { ConversationID("call:CA\(String(repeating: "0", count: 31))\($0)") }
        let seats = try (0..<3).flatMap { number in try ["a", "b"].map { try address(.tts, "tts-\(number)", $0) } }
        for _ in 0..<2_000 {
            now += Int64.random(in: 0...300, using: &dice)
            let seat = seats.randomElement(using: &dice) ?? seats[0]
            let call = calls.randomElement(using: &dice) ?? conversation
            switch Int.random(in: 0..<8, using: &dice) {
            case 0: _ = roster.hello(hello(seat), from: seat, version: 1, at: now)
            case 1: _ = roster.gone(seat, .died, reason: "test")
            case 2: _ = roster.heartbeat(beat(UInt64(now), handled: UInt64(now), draining: Int(now) % 7 == 0), from: seat, at: now)
            case 3: _ = roster.tick(at: now)
            case 4: _ = roster.release(call)
            case 5: _ = roster.number(for: seat, at: now)
            case 6:
                if let moved = roster.move(call, .tts, at: now) {
                    #expect(newest[call].map { $0 < moved.new.epoch } ?? true)
                    newest[call] = moved.new.epoch
                }
            default:
                let before = roster.assignment(call, .tts)
                guard let given = roster.assign(call, .tts, at: now) else { continue }
                if before == nil { #expect(newest[call].map { $0 < given.epoch } ?? true) } else { #expect(given == before) }
                newest[call] = given.epoch
            }
            for call in calls {
                guard let assignment = roster.assignment(call, .tts) else { continue }
                #expect(roster.workers[assignment.worker]?.conversations.contains(call) == true)
                #expect(roster.workers[assignment.worker]?.isHung == false)
            }
            for (address, worker) in roster.workers {
                for call in worker.conversations { #expect(roster.assignment(call, .tts)?.worker == address) }
            }
        }
    }

    @Test mutating func anotherVersionIsRefusedForGood() throws {
        let worker = try address(.crm, "crm-1")
        guard case .refuse(worker, let reason, mayRetry: false)? = roster.hello(hello(worker), from: worker, version: 2, at: 0).first else {
            Issue.record("must be refused")
            return
        }
        #expect(reason.contains("version"))
        #expect(roster.any(.crm) == nil)
    }

    @Test mutating func aHelloThatContradictsItsRoutingIdIsRefused() throws {
        let (mine, claimed) = (try address(.crm, "crm-1"), try address(.crm, "crm-2"))
        guard case .refuse? = roster.hello(hello(claimed), from: mine, version: 1, at: 0).first else {
            Issue.record("must be refused")
            return
        }
    }

    @Test mutating func releaseForgetsTheConversation() throws {
        let worker = try address(.tts, "tts-1")
        _ = roster.hello(hello(worker), from: worker, version: 1, at: 0)
        let assignment = try require(roster.assign(conversation, .tts))
        #expect(roster.release(conversation) == [assignment])
        #expect(roster.gone(worker, .left, reason: "goodbye") == [.lost(worker, [], loss: .left, reason: "goodbye")])
    }
}

/// A seeded generator (SplitMix64).
private struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
