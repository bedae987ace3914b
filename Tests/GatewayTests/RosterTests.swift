import BusContract
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
        _ = roster.heartbeat(Load(affinity: 0.9, active: 1, draining: true), from: idle, at: 1)
        #expect(roster.assign(ConversationID("call:CA00000000000000000000000000000002"), .dialog)?.worker == busy)
    }

    @Test mutating func aSilentWorkerIsLostWithItsConversations() throws {
        let worker = try address(.tts, "tts-1")
        _ = roster.hello(hello(worker), from: worker, version: 1, at: 0)
        let before = try require(roster.assign(conversation, .tts))
        #expect(roster.tick(at: Roster.silence) == [])
        #expect(roster.tick(at: Roster.silence + 1) == [.lost(worker, [conversation], reason: "no heartbeat")])
        #expect(roster.assign(conversation, .tts) == nil)
        // It thaws: its next heartbeat is answered by a request to say hello, and a new assignment has a later epoch.
        guard case .refuse(_, _, mayRetry: true)? = roster.heartbeat(Load(affinity: 1, active: 1), from: worker, at: 9_000).first else {
            Issue.record("a stranger's heartbeat must be answered")
            return
        }
        _ = roster.hello(hello(worker), from: worker, version: 1, at: 9_000)
        let after = try require(roster.assign(conversation, .tts))
        #expect(after.epoch > before.epoch)
    }

    @Test mutating func aRebornNameReplacesItsPredecessor() throws {
        let (old, new) = (try address(.tts, "tts-1", "aa"), try address(.tts, "tts-1", "bb"))
        _ = roster.hello(hello(old), from: old, version: 1, at: 0)
        _ = roster.assign(conversation, .tts)
        #expect(
            roster.hello(hello(new), from: new, version: 1, at: 1)
                == [.lost(old, [conversation], reason: "restarted"), .welcome(new), .available(.tts)])
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
        #expect(roster.gone(worker, reason: "goodbye") == [.lost(worker, [], reason: "goodbye")])
    }
}
