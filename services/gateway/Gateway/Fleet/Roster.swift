import BusContract
import CallEngine
import CallVocabulary

/// Who works here, and who carries what: a value. Time is an input, in milliseconds on the gateway's monotonic clock.
package struct Roster: Sendable, Equatable {
    package struct Assignment: Sendable, Equatable {
        package let worker: WorkerAddress
        package let epoch: Epoch
    }

    /// A conversation and the epoch under which the lost worker had it: a call that has moved on meanwhile is not concerned.
    package struct Held: Sendable, Equatable {
        package let conversation: ConversationID
        package let epoch: Epoch
    }

    package enum Action: Sendable, Equatable {
        case welcome(WorkerAddress)
        case refuse(WorkerAddress, reason: String, mayRetry: Bool)
        /// The worker is gone or stuck; these conversations need another one.
        case lost(WorkerAddress, [Held], loss: WorkerLoss, reason: String)
        /// The worker may still be doing something for these conversations: whatever is older than the fence is void.
        case revoke(WorkerAddress, [ConversationID], fence: Epoch)
        /// The worker wants to leave: these conversations should move when it suits them.
        case leaving(WorkerAddress, [Held])
        /// Another worker of this name lives: this one has to wait until that one is gone.
        case nameTaken(WorkerAddress)
        /// A worker of this pool can take conversations now: those that wait may ask again.
        case available(Pool)
    }

    package struct Worker: Sendable, Equatable {
        package internal(set) var load: Load
        /// The last heartbeat.
        var beat: Int64
        var hasBeaten = false
        /// Given to it since its last heartbeat: its own figures do not know of these yet.
        var recent = 0
        var isSubscribed: Bool
        package internal(set) var conversations: Set<ConversationID> = []
        /// Numbers of the messages that it was sent, and of the last one that it has handled.
        var sent: UInt64 = 0
        var handled: UInt64 = 0
        /// Since when it owes us progress on numbered messages, or on audio. nil: it owes nothing.
        var owesMessages: Int64?
        var owesAudio: Int64?
        /// Since when it has had work of its own and finished none.
        var standsStill: Int64?
        /// It was given much at once (a lost colleague's calls): no verdict before this.
        var patience: Int64 = 0
        package internal(set) var isHung = false
        /// Its heart has not beaten for as long as makes others hung; it just has nothing to do. It gets nothing either.
        var isSuspect = false

        init(load: Load, at now: Int64, isSubscribed: Bool) {
            self.load = load
            beat = now
            self.isSubscribed = isSubscribed
        }
    }

    /// Without a heartbeat for this long an idle worker is taken for dead. Fifteen heartbeats: a machine that pages or compiles must not look dead.
    package static let silence: Int64 = 3_000
    /// A worker that has work and has not beaten for this long is hung. Three heartbeats for those whom a caller waits for.
    package static func hangLimit(_ pool: Pool) -> Int64 { pool == .crm ? 3_000 : 600 }
    /// Its heart stood still before it was given anything: it has this long to show that it was only late.
    static let benefitOfDoubt: Int64 = 100
    /// Its heart beats, it says that it has work, and nothing gets done.
    package static let standstillLimit: Int64 = 2_500
    /// For each call that another worker's loss brings: replaying and decoding must not make the next one look hung.
    static let patiencePerCall: Int64 = 100
    static let longestPatience: Int64 = 2_000
    /// How long a hung worker is remembered. When it thaws later than this it must say hello, which makes it forget its calls too.
    static let hungMemory: Int64 = 120_000
    /// `tick` comes every 200 ms or more often. A longer hole is our own: nobody is judged by what we did not hear in it.
    static let ownHole: Int64 = 400

    package internal(set) var workers: [WorkerAddress: Worker] = [:]
    var assignments: [ConversationID: [Pool: Assignment]] = [:]
    private var subscribed: Set<String> = []
    /// Told once: their name is taken by one that lives.
    private var namesakes: Set<WorkerAddress> = []
    private static let mostNamesakes = 1_000
    private var lastTick: Int64?
    let boot: UInt32
    var counter: UInt32 = 0

    /// - Parameter boot: number of this start of the gateway, persisted: epochs of an earlier life are smaller.
    package init(boot: UInt32) { self.boot = boot }

    // MARK: - Coming and going

    package mutating func hello(_ hello: Hello, from address: WorkerAddress, version: Int, at now: Int64) -> [Action] {
        guard version == Envelope.version else {
            return [
                .refuse(
                    address,
                    reason: "the gateway speaks version \(Envelope.version) of the bus and this worker \(version); install the same release on both",
                    mayRetry: false)
            ]
        }
        guard hello.pool == address.pool, hello.name == address.name, hello.nonce == address.nonce else {
            return [.refuse(address, reason: "hello and routing id differ", mayRetry: false)]
        }
        var actions: [Action] = []
        // The same name with another nonce is the same seat after a restart. But one that has just shown signs of life is not dead, and two that
        // push each other out would take each other's calls for ever: the newcomer goes on saying hello until the former is gone.
        for former in workers.keys where former.pool == address.pool && former.name == address.name && former != address {
            if let worker = workers[former], !worker.isHung, now - worker.beat <= Self.hangLimit(former.pool) {
                if namesakes.count >= Self.mostNamesakes { namesakes = [] }
                return namesakes.insert(address).inserted ? [.nameTaken(address)] : []
            }
            actions += lose(former, .died, reason: "restarted")
        }
        // A hello is repeated until the welcome has arrived. One from a worker whose heart has beaten here is from one that has forgotten us:
        // what we think it carries has to go to somebody, perhaps to it.
        if let worker = workers[address] {
            guard worker.hasBeaten else { return [.welcome(address)] }
            actions += lose(address, .died, reason: "said hello again")
        }
        workers[address] = Worker(load: hello.load, at: now, isSubscribed: subscribed.contains(Topics.audio(address)))
        actions.append(.welcome(address))
        if isAvailable(address) { actions.append(.available(address.pool)) }
        return actions
    }

    package mutating func heartbeat(_ beat: Heartbeat, from address: WorkerAddress, at now: Int64) -> [Action] {
        guard var worker = workers[address] else { return [.refuse(address, reason: "unknown here; say hello", mayRetry: true)] }
        let wasAvailable = isAvailable(address)
        let wasDraining = worker.load.draining
        if (beat.load.outstanding ?? 0) > 0, beat.load.done == worker.load.done {
            worker.standsStill = worker.standsStill ?? now
        } else {
            worker.standsStill = nil
        }
        // A worker that does not number what it has handled is judged by its heartbeats alone.
        let handled = beat.handled ?? worker.sent
        if handled >= worker.sent {
            worker.owesMessages = nil
        } else if handled > worker.handled {
            worker.owesMessages = now
        }
        worker.handled = max(worker.handled, handled)
        worker.owesAudio = nil
        worker.load = beat.load
        worker.beat = now
        worker.hasBeaten = true
        worker.isSuspect = false
        worker.recent = 0
        if worker.isHung, worker.standsStill == nil, worker.owesMessages == nil { worker.isHung = false }
        workers[address] = worker
        var actions: [Action] = []
        if worker.load.draining, !wasDraining { actions.append(.leaving(address, held(address))) }
        if !wasAvailable, isAvailable(address) { actions.append(.available(address.pool)) }
        return actions
    }

    package mutating func subscribed(_ topic: String) -> [Action] {
        subscribed.insert(topic)
        var actions: [Action] = []
        for address in workers.keys where Topics.audio(address) == topic {
            workers[address]?.isSubscribed = true
            if isAvailable(address) { actions.append(.available(address.pool)) }
        }
        return actions
    }

    package mutating func unsubscribed(_ topic: String) -> [Action] {
        subscribed.remove(topic)
        return workers.keys.filter { Topics.audio($0) == topic }.flatMap { lose($0, .died, reason: "unsubscribed") }
    }

    package mutating func gone(_ address: WorkerAddress, _ loss: WorkerLoss, reason: String) -> [Action] { lose(address, loss, reason: reason) }

    // MARK: - Work and its progress

    /// The number of the next message to this worker; nil for a stranger.
    package mutating func number(for address: WorkerAddress, at now: Int64) -> UInt64? {
        guard workers[address] != nil else { return nil }
        workers[address]?.sent += 1
        if workers[address]?.owesMessages == nil { workers[address]?.owesMessages = now }
        return workers[address]?.sent
    }

    /// Audio was published for this worker.
    package mutating func published(to address: WorkerAddress, at now: Int64) {
        // Where it is: this comes with every frame, and a worker is expensive to copy.
        guard let index = workers.index(forKey: address), workers.values[index].owesAudio == nil else { return }
        workers.values[index].owesAudio = now
    }

    /// The verdicts that only the clock can give. To be called every 200 ms or more often, after what has arrived was taken in.
    package mutating func tick(at now: Int64) -> [Action] {
        let hole = lastTick.map { now - $0 } ?? 0
        lastTick = now
        if hole > Self.ownHole { shift(by: hole, at: now) }
        var actions: [Action] = []
        for address in workers.keys.sorted(by: { $0.description < $1.description }) {
            guard let worker = workers[address] else { continue }
            if worker.isHung {
                if now - worker.beat > Self.hungMemory { workers[address] = nil }
            } else if let reason = stuck(address, worker, at: now) {
                actions += hang(address, reason: reason)
            } else if now - worker.beat > Self.silence {
                actions += lose(address, .died, reason: "no heartbeat")
            } else {
                workers[address]?.isSuspect = now - worker.beat > Self.hangLimit(address.pool)
            }
        }
        return actions
    }

    private func stuck(_ address: WorkerAddress, _ worker: Worker, at now: Int64) -> String? {
        guard now >= worker.patience else { return nil }
        let limit = Self.hangLimit(address.pool)
        // It may have handled every message and be in the middle of the work.
        let atWork = (worker.load.outstanding ?? 0) > 0 ? worker.beat : nil
        if let owes = [worker.owesMessages, worker.owesAudio, atWork].compactMap({ $0 }).min(), now - worker.beat > limit,
            now - owes > Self.benefitOfDoubt
        {
            return "no sign of life with work outstanding"
        }
        if let owes = worker.owesMessages, now - owes > Self.standstillLimit { return "handles no messages" }
        if let since = worker.standsStill, now - since > Self.standstillLimit { return "gets no work done" }
        return nil
    }

    /// Our own hole: what workers said in it is still in the queue.
    private mutating func shift(by hole: Int64, at now: Int64) {
        for address in workers.keys {
            if let beat = workers[address]?.beat { workers[address]?.beat = min(beat + hole, now) }
            if let owes = workers[address]?.owesMessages { workers[address]?.owesMessages = owes + hole }
            if let owes = workers[address]?.owesAudio { workers[address]?.owesAudio = owes + hole }
            if let since = workers[address]?.standsStill { workers[address]?.standsStill = since + hole }
        }
    }

    private mutating func hang(_ address: WorkerAddress, reason: String) -> [Action] {
        let held = takeAll(from: address)
        workers[address]?.isHung = true
        // Everything that it was given so far is older than this, and anything that it may be given again is not.
        let fence = Epoch(boot: boot, counter: counter &+ 1)
        return [.revoke(address, held.map(\.conversation), fence: fence), .lost(address, held, loss: .hung, reason: reason)]
    }

    private mutating func lose(_ address: WorkerAddress, _ loss: WorkerLoss, reason: String) -> [Action] {
        guard workers[address] != nil else { return [] }
        let held = takeAll(from: address)
        workers[address] = nil
        return [.lost(address, held, loss: loss, reason: reason)]
    }
}
