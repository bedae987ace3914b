import Bus
import BusContract
import CallEngine
import CallVocabulary
import GatewayJournal
import Logging
import Metrics
import Synchronization

/// Where a call takes what the fleet has for it. Called on the bus thread; must not wait.
package protocol CallInbox: Sendable {
    func deliver(_ events: [CallEvent])
    /// A worker of this pool has come: a call without one may ask again.
    func available(_ pool: Pool)
}

/// The gateway's side of the fleet: the roster and what hangs on it. Decides under its lock, acts outside of it.
package final class Fleet: Sendable {
    private struct State {
        var roster: Roster
        var calls: [ConversationID: any CallInbox] = [:]
        var jobs: [String: PendingJob] = [:]
        var jobCounter = 0
        /// Pools that get no jobs any more.
        var closedPools: Set<Pool> = []
    }

    private struct PendingJob {
        let pool: Pool
        let envelope: Envelope
        /// Kept until the job ends: it may have to go to another worker.
        let attachment: [UInt8]
        /// Who has it; nil while nobody is there to take it.
        var worker: WorkerAddress?
        /// Workers that were lost with it.
        var losses = 0
        let finish: @Sendable (Result<JobDone, JobFailure>) -> Void
        let deadline: Int64
    }

    package struct JobFailure: Error, CustomStringConvertible {
        /// Open-ended: more may be added.
        package struct Code: Hashable, Sendable {
            package let rawValue: String
            package init(rawValue: String) { self.rawValue = rawValue }
            /// The gateway takes no jobs any more.
            package static let leaving = Code(rawValue: "leaving")
            /// Nobody answered in time, or nobody was there.
            package static let late = Code(rawValue: "late")
            /// Workers were lost over it: it must not be given to more of them.
            package static let poison = Code(rawValue: "poison")
            /// The attachment is larger than the bus takes, or too many are held already.
            package static let tooLarge = Code(rawValue: "too_large")
        }
        package let code: Code
        package let description: String
    }

    /// What the bus takes in one part (docs/BUS.md, "Limits").
    package static let maximumAttachmentBytes = 16 << 20
    /// Attachments of all jobs together: four of the largest, or thirty recordings of two minutes.
    package static let maximumHeldAttachmentBytes = 64 << 20

    private static let lossesPerJob = 2
    private static let leaving = JobFailure(code: .leaving, description: "the gateway is leaving")

    private let state: Mutex<State>
    private let hub: any HubPort
    private let logger: Logger
    private let now: @Sendable () -> Int64
    private let identity: String
    private let courier: FactCourier
    private let artifacts: @Sendable (WorkerAddress, BusinessID?, Artifact, [UInt8]) -> Void

    /// - Parameters:
    ///   - boot: number of this start of the gateway, persisted.
    ///   - now: monotonic milliseconds.
    ///   - artifacts: takes a file that a tts-worker has made.
    package init(
        hub: any HubPort, boot: UInt32, logger: Logger, now: @escaping @Sendable () -> Int64, courier: FactCourier,
        artifacts: @escaping @Sendable (WorkerAddress, BusinessID?, Artifact, [UInt8]) -> Void
    ) {
        state = Mutex(State(roster: Roster(boot: boot)))
        identity = "gateway-\(boot)"
        self.hub = hub
        self.logger = logger
        self.now = now
        self.courier = courier
        self.artifacts = artifacts
    }

    // MARK: - From the bus

    /// Everything that one wake-up of the bus thread brought.
    package func receive(_ events: [HubEvent]) {
        let time = now()
        for event in events {
            switch event {
            case .message(let worker, let envelope, let attachment): receive(envelope, attachment, from: worker, at: time)
            case .subscribed(let topic): perform(state.withLock { $0.roster.subscribed(topic) })
            case .unsubscribed(let topic): perform(state.withLock { $0.roster.unsubscribed(topic) })
            case .unreachable(let worker): perform(state.withLock { $0.roster.gone(worker, .died, reason: "unreachable") })
            case .malformed(let reason):
                Counter(label: "maane_bus_malformed").increment()
                logger.warning("bus message dropped", metadata: ["reason": "\(reason)"])
            case .refusedPeer(let reason, let count):
                Counter(label: "maane_bus_refused_peers").increment(by: Int64(count))
                logger.warning("peer refused at the bus", metadata: ["reason": "\(reason)", "count": "\(count)"])
            case .flooded(let worker):
                Counter(label: "maane_bus_flooded").increment()
                perform(state.withLock { $0.roster.gone(worker, .died, reason: "flooded the bus") })
            }
        }
    }

    private func receive(_ envelope: Envelope, _ attachment: [UInt8], from worker: WorkerAddress, at time: Int64) {
        switch envelope.message {
        case .hello(let hello):
            perform(
                state.withLock { state in
                    let actions = state.roster.hello(hello, from: worker, version: envelope.version, at: time)
                    // Before anybody else can give it something: a worker that is welcomed forgets what came earlier.
                    if actions.contains(.welcome(worker)) { welcome(worker) }
                    return actions
                })
        case .heartbeat(let beat): perform(state.withLock { $0.roster.heartbeat(beat, from: worker, at: time) })
        case .goodbye: perform(state.withLock { $0.roster.gone(worker, .left, reason: "goodbye") })
        case .jobDone(let done):
            let job = state.withLock { state in
                state.jobs[done.id]?.pool == worker.pool ? state.jobs.removeValue(forKey: done.id) : nil
            }
            job?.finish(.success(done))
        case .artifact(let artifact): if worker.pool == .tts { artifacts(worker, envelope.business, artifact, attachment) }
        case .factStored(let stored): if worker.pool == .crm { courier.stored(stored, at: time, send: sendFact) }
        case .unknown(let kind):
            Counter(label: "maane_bus_unknown_kind").increment()
            logger.debug("unknown kind of message", metadata: ["kind": "\(kind)", "worker": "\(worker)"])
        default:
            guard let conversation = envelope.conversation else { return }
            let inbox = state.withLock { $0.calls[conversation] }
            inbox?.deliver([.bus(worker.pool, envelope, attachment: attachment)])
        }
    }

    /// Every heartbeat interval: silent workers and late jobs.
    package func tick() {
        let time = now()
        perform(state.withLock { $0.roster.tick(at: time) })
        let late = state.withLock { state in
            let late = state.jobs.filter { $0.value.deadline <= time }
            for id in late.keys { state.jobs[id] = nil }
            return late
        }
        for job in late.values { job.finish(.failure(JobFailure(code: .late, description: "no answer within the job's deadline"))) }
        courier.tick(at: time, send: sendFact)
    }

    private func perform(_ actions: [Roster.Action]) {
        for action in actions {
            switch action {
            case .welcome(let worker):
                logger.info("worker is here", metadata: ["worker": "\(worker)"])
            case .refuse(let worker, let reason, let mayRetry):
                hub.send(Envelope(.refused(Refused(reason: reason, mayRetry: mayRetry))), to: worker)
                if !mayRetry { logger.error("worker refused", metadata: ["worker": "\(worker)", "reason": "\(reason)"]) }
            case .nameTaken(let worker):
                logger.warning(
                    "a second worker of this name waits until the first is gone; give each its own MAANE_WORKER_NAME",
                    metadata: ["worker": "\(worker)"])
            case .lost(let worker, let held, let loss, let reason): lost(worker, held, loss, reason)
            case .revoke(let worker, let conversations, let fence):
                // First in its queue after what it has already: when it thaws, it hears this before anything new.
                for conversation in conversations { send(Envelope(.revoke, conversation: conversation, epoch: fence), to: worker) }
            case .leaving(let worker, let held):
                logger.info("worker is leaving", metadata: ["worker": "\(worker)", "conversations": "\(held.count)"])
                for item in held { state.withLock { $0.calls[item.conversation] }?.deliver([.workerLeaving(worker.pool, item.epoch)]) }
            case .available(let pool):
                let calls = state.withLock { Array($0.calls.values) }
                for call in calls { call.available(pool) }
                dispatchJobs(pool)
                if pool == .crm { courier.resendAll(at: now(), send: sendFact) }
            }
        }
    }

    private func lost(_ worker: WorkerAddress, _ held: [Roster.Held], _ loss: WorkerLoss, _ reason: String) {
        if loss != .left || !held.isEmpty {
            Counter(label: "maane_workers_lost", dimensions: [("pool", worker.pool.rawValue), ("loss", loss.rawValue)]).increment()
        }
        logger.warning(
            "worker is gone", metadata: ["worker": "\(worker)", "loss": "\(loss.rawValue)", "reason": "\(reason)", "conversations": "\(held.count)"])
        let poison = state.withLock { state in
            var poison: [PendingJob] = []
            for id in state.jobs.keys where state.jobs[id]?.worker == worker {
                state.jobs[id]?.worker = nil
                if loss != .left { state.jobs[id]?.losses += 1 }
                // The second one is no accident: a third worker is not given the same.
                if let job = state.jobs[id], job.losses >= Self.lossesPerJob {
                    state.jobs[id] = nil
                    poison.append(job)
                }
            }
            return poison
        }
        for job in poison {
            logger.error("ALARM a job was in the hands of two workers that were lost", metadata: ["job": "\(job.envelope.message.kind)"])
            job.finish(.failure(JobFailure(code: .poison, description: "two workers were lost over it")))
        }
        dispatchJobs(worker.pool)
        for item in held {
            let inbox = state.withLock { $0.calls[item.conversation] }
            inbox?.deliver([.workerLost(worker.pool, item.epoch, loss)])
        }
    }

    // MARK: - For calls

    package func attach(_ conversation: ConversationID, _ inbox: any CallInbox) {
        state.withLock { $0.calls[conversation] = inbox }
    }

    /// The conversation's worker of a pool, chosen now if it has none; nil when nobody is there.
    /// - Parameter replacing: it has lost one.
    package func assign(_ conversation: ConversationID, _ pool: Pool, replacing: Bool) -> Roster.Assignment? {
        let time = now()
        return state.withLock { $0.roster.assign(conversation, pool, replacing: replacing, at: time) }
    }

    /// Another worker of the pool for the conversation, whose present one wants to leave; nil when there is no other. The old one is released.
    package func move(_ conversation: ConversationID, _ pool: Pool) -> Roster.Assignment? {
        let time = now()
        guard let moved = state.withLock({ $0.roster.move(conversation, pool, at: time) }) else { return nil }
        if let old = moved.old { send(Envelope(.release, conversation: conversation, epoch: old.epoch), to: old.worker) }
        return moved.new
    }

    package func release(_ conversation: ConversationID) {
        let assignments = state.withLock { $0.roster.release(conversation) }
        for assignment in assignments { send(Envelope(.release, conversation: conversation, epoch: assignment.epoch), to: assignment.worker) }
    }

    package func detach(_ conversation: ConversationID) {
        release(conversation)
        state.withLock { _ = $0.calls.removeValue(forKey: conversation) }
    }

    /// Sends a numbered message: what a worker has not handled in time is how its death is noticed.
    package func send(_ envelope: Envelope, attachment: [UInt8] = [], to worker: WorkerAddress) {
        let time = now()
        // Numbered and queued in one go, so that numbers leave in order. Queueing never waits and takes no lock of ours.
        state.withLock { state in
            var envelope = envelope
            envelope.sequence = state.roster.number(for: worker, at: time)
            hub.send(envelope, attachment: attachment, to: worker)
        }
    }

    private func welcome(_ worker: WorkerAddress) {
        hub.send(Envelope(.welcome(Welcome(gateway: identity, heartbeatMilliseconds: 200))), to: worker)
    }

    package func publish(_ packets: [AudioPacket], to worker: WorkerAddress) {
        let time = now()
        state.withLock { $0.roster.published(to: worker, at: time) }
        hub.publish(packets, to: worker)
    }

    package func publish(_ event: TapEvent) { hub.publish(event) }

    // MARK: - Jobs and facts

    /// Nobody is told anything any more: jobs that wait end now.
    package func cancelJobs(_ pool: Pool) {
        let jobs = state.withLock { state in
            state.closedPools.insert(pool)
            let jobs = state.jobs.filter { $0.value.pool == pool }
            for id in jobs.keys { state.jobs[id] = nil }
            return jobs
        }
        for job in jobs.values { job.finish(.failure(Self.leaving)) }
    }

    /// Has a worker of the pool do something; another one, when that one is lost.
    /// - Parameter attachment: goes with the job, to every worker that gets it.
    /// - Throws: ``JobFailure``, for one when the deadline passes.
    package func run(
        _ work: Job.Work, pool: Pool, business: BusinessID?, conversation: ConversationID? = nil, attachment: [UInt8] = [],
        deadlineMilliseconds: Int
    ) async throws -> JobDone {
        let time = now()
        return try await withCheckedThrowingContinuation { continuation in
            let refusal: JobFailure? = state.withLock { state in
                guard !state.closedPools.contains(pool) else { return Self.leaving }
                // Summed up only when there is something to add: jobs are few, and few of them have an attachment.
                if !attachment.isEmpty {
                    let held = state.jobs.values.reduce(attachment.count) { $0 + $1.attachment.count }
                    guard attachment.count <= Self.maximumAttachmentBytes, held <= Self.maximumHeldAttachmentBytes else {
                        return JobFailure(
                            code: .tooLarge, description: "\(attachment.count) bytes are too many for a job now (\(held) held by all of them)")
                    }
                }
                state.jobCounter += 1
                let job = Job(id: "\(identity).\(state.jobCounter)", work: work, deadlineMilliseconds: deadlineMilliseconds)
                state.jobs[job.id] = PendingJob(
                    pool: pool, envelope: Envelope(.job(job), business: business, conversation: conversation), attachment: attachment, worker: nil,
                    finish: { continuation.resume(with: $0) }, deadline: time + Int64(deadlineMilliseconds))
                return nil
            }
            if let refusal { return continuation.resume(throwing: refusal) }
            dispatchJobs(pool)
        }
    }

    /// Gives the pool's waiting jobs to whoever is there.
    private func dispatchJobs(_ pool: Pool) {
        let ready = state.withLock { state in
            var ready: [(PendingJob, WorkerAddress)] = []
            for id in state.jobs.keys.sorted() where state.jobs[id]?.pool == pool && state.jobs[id]?.worker == nil {
                guard let worker = state.roster.any(pool), let job = state.jobs[id] else { break }
                state.jobs[id]?.worker = worker
                ready.append((job, worker))
            }
            return ready
        }
        for (job, worker) in ready { send(job.envelope, attachment: job.attachment, to: worker) }
    }

    /// - Parameter records: what becomes durable together with the fact.
    package func submit(_ fact: Fact, business: BusinessID, conversation: ConversationID, along records: [JournalRecord] = []) {
        courier.submit(fact, business: business, conversation: conversation, along: records, at: now(), send: sendFact)
    }

    private func sendFact(_ envelope: Envelope) -> Bool {
        guard let worker = state.withLock({ $0.roster.any(.crm) }) else { return false }
        send(envelope, to: worker)
        return true
    }

    /// Names of the workers that can work now.
    package var available: [Pool: Int] {
        state.withLock { state in
            var count: [Pool: Int] = [:]
            for pool in Pool.allCases where state.roster.any(pool) != nil {
                count[pool] = state.roster.workers.keys.count { $0.pool == pool }
            }
            return count
        }
    }

    /// Everybody who is here, for an operator.
    var workers: [WorkerStatusLine] {
        state.withLock { $0.roster.workers }.map { address, worker in
            WorkerStatusLine(
                pool: address.pool, name: address.name, nonce: address.nonce, affinity: worker.load.affinity,
                conversations: worker.conversations.count, draining: worker.load.draining)
        }.sorted { ($0.pool.rawValue, $0.name) < ($1.pool.rawValue, $1.name) }
    }

    /// Facts that no crm-worker has confirmed yet.
    package var pendingFacts: Int { courier.pending }
}
