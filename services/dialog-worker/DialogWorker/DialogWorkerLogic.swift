import Bus
import BusContract
import Business
import CallVocabulary
import Logging
import Metrics

/// The dialog-worker: answers turns with the first model that can, and writes summaries. It remembers of a conversation only
/// which turn it has taken under which epoch, so that a request that comes twice is answered once.
package final class DialogWorkerLogic: WorkerLogic {
    private struct Conversation {
        var epoch: Epoch
        var lastTurn: TurnID?
        /// The same turn may be asked again in other words.
        var lastAttempt = 0
        var reply: Task<Void, Never>?
        var spent = SpentTokens()
    }
    private let businesses: BusinessDirectory
    private let models: DialogModels
    private let port: any WorkerPort
    private let capacity: Int
    private let logger: Logger
    private let work = WorkCounter()
    private var conversations: [ConversationID: Conversation] = [:]
    private let turns = Counter(label: "dialog_turns_total")
    private let repeated = Counter(label: "dialog_repeated_requests_total")
    /// Of replies to words that were not the caller's last.
    private let wasted = Counter(label: "dialog_tokens_wasted_total")
    private let dropped = Counter(label: "dialog_dropped_messages_total")

    /// - Parameters:
    ///   - models: shared by the logics of all gateways; see `ModelProviders`.
    ///   - capacity: conversations that this worker will take; beyond it the affinity is 0.
    package init(businesses: BusinessDirectory, models: DialogModels, port: any WorkerPort, capacity: Int = 1_000, logger: Logger) {
        self.capacity = capacity
        self.businesses = businesses
        self.models = models
        self.port = port
        self.logger = logger
    }

    /// With models of its own, in the order in which they are tried.
    package convenience init(
        businesses: BusinessDirectory, models: [any LanguageModel], port: any WorkerPort, capacity: Int = 1_000, logger: Logger
    ) {
        self.init(businesses: businesses, models: DialogModels(models, logger: logger), port: port, capacity: capacity, logger: logger)
    }

    package func handle(_ envelope: Envelope, attachment: [UInt8]) {
        switch envelope.message {
        case .assign: assign(envelope)
        case .release: release(envelope)
        case .revoke: revoke(envelope)
        case .turn(let turn): answer(turn, envelope)
        case .cancel: cancel(envelope)
        case .job(let job): perform(job, envelope)
        // The fleet's messages are the runtime's, and tools come with the models that call them.
        default: drop(envelope, because: "no message for a dialog-worker")
        }
    }

    package func load() -> Load {
        Load(
            affinity: max(0, 1 - Double(conversations.count) / Double(capacity)), active: conversations.count, done: work.finished,
            outstanding: work.outstanding)
    }

    package var isIdle: Bool { conversations.isEmpty && work.jobs == 0 }

    package func reset() {
        for conversation in conversations.values { conversation.reply?.cancel() }
        conversations = [:]
    }

    // MARK: - Conversations

    private func assign(_ envelope: Envelope) {
        guard let id = envelope.conversation, let epoch = envelope.epoch else { return drop(envelope, because: "no conversation or epoch") }
        if let known = conversations[id] {
            guard known.epoch < epoch else { return }
            known.reply?.cancel()
        }
        conversations[id] = Conversation(epoch: epoch)
    }

    private func release(_ envelope: Envelope) {
        guard let id = envelope.conversation, let known = conversations[id] else { return }
        if let epoch = envelope.epoch, epoch < known.epoch { return drop(envelope, because: "an older epoch") }
        known.reply?.cancel()
        conversations[id] = nil
    }

    private func revoke(_ envelope: Envelope) {
        guard let epoch = envelope.epoch else { return drop(envelope, because: "no epoch") }
        // Without a conversation it concerns all of them.
        for (id, known) in conversations where known.epoch < epoch && (envelope.conversation == nil || envelope.conversation == id) {
            known.reply?.cancel()
            conversations[id] = nil
        }
    }

    private func cancel(_ envelope: Envelope) {
        guard let id = envelope.conversation, let known = conversations[id], envelope.epoch.map({ $0 >= known.epoch }) ?? true else { return }
        // A cancel that was overtaken by the next turn must not hit that one.
        guard envelope.turn == nil || envelope.turn == known.lastTurn else { return }
        known.reply?.cancel()
        if case .cancel(let cancel) = envelope.message, cancel.unheard == true, known.reply != nil { wasted.increment(by: known.spent.count) }
        conversations[id]?.reply = nil
        // Who cancels a turn by name may ask it again: the answer to the first request went into the void.
        if let turn = envelope.turn {
            conversations[id]?.lastTurn = TurnID(turn.number - 1)
            conversations[id]?.lastAttempt = .max
        }
    }

    // MARK: - Turns

    private func answer(_ turn: DialogTurn, _ envelope: Envelope) {
        guard let id = envelope.conversation, let epoch = envelope.epoch, let number = envelope.turn else {
            return drop(envelope, because: "no conversation, epoch or turn")
        }
        // A turn carries all that is needed, so it counts as an assignment if that was lost.
        var conversation = conversations[id] ?? Conversation(epoch: epoch)
        guard epoch >= conversation.epoch else { return drop(envelope, because: "an older epoch") }
        if epoch > conversation.epoch {
            conversation.reply?.cancel()
            conversation = Conversation(epoch: epoch)
        }
        let attempt = turn.attempt ?? 0
        if let last = conversation.lastTurn, (number, attempt) <= (last, conversation.lastAttempt) {
            repeated.increment()
            return
        }
        conversation.reply?.cancel()
        (conversation.lastTurn, conversation.lastAttempt) = (number, attempt)
        conversation.spent = SpentTokens()
        turns.increment()
        if let business = envelope.business.flatMap({ businesses.business(id: $0) }) {
            let reply = ReplyTask(request: envelope, turn: turn, business: business, models: models, port: port, work: work, spent: conversation.spent, logger: logger)
            conversation.reply = Task { await reply.run() }
        } else {
            logger.error(
                "a turn of an unknown business; give every process the same MAANE_BUSINESSES",
                metadata: ["business": .string(envelope.business?.rawValue ?? "none"), "conversation": .string(id.rawValue)])
            send(.replyDone(.failure(pieces: 0, provider: "none", attempt: turn.attempt)), for: envelope)
        }
        conversations[id] = conversation
    }

    // MARK: - Jobs

    private func perform(_ job: Job, _ envelope: Envelope) {
        guard case .summary(let log, let lead, let outcome) = job.work else {
            return send(.jobDone(JobDone(id: job.id, failure: "a dialog-worker only writes summaries")), for: envelope)
        }
        guard let business = envelope.business.flatMap({ businesses.business(id: $0) }) else {
            return send(.jobDone(JobDone(id: job.id, failure: "unknown business: give every process the same MAANE_BUSINESSES")), for: envelope)
        }
        let request = SummaryRequest(business: business, log: log, lead: lead, outcome: outcome, conversation: envelope.conversation)
        let task = SummaryTask(request: request, models: models, deadline: .milliseconds(job.deadlineMilliseconds), logger: logger)
        work.beginJob()
        Task { [port, work] in
            let done = BusMessage.jobDone(JobDone(id: job.id, text: await task.run()))
            port.send(Envelope(done, business: envelope.business, conversation: envelope.conversation, turn: envelope.turn, epoch: envelope.epoch))
            work.endJob()
        }
    }

    private func send(_ message: BusMessage, for request: Envelope) {
        port.send(Envelope(message, business: request.business, conversation: request.conversation, turn: request.turn, epoch: request.epoch))
    }

    private func drop(_ envelope: Envelope, because reason: String) {
        dropped.increment()
        logger.debug("dropped a message", metadata: ["kind": .string(envelope.message.kind), "reason": .string(reason)])
    }
}
