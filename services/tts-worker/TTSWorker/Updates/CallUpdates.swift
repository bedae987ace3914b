import Bus
import BusContract
import CallVocabulary
import Logging
import Metrics
import Synchronization
import TwilioREST

/// Updates calls for the gateway, under its leases.
final class CallUpdates: Sendable {
    private struct State {
        var book = LeaseBook()
        var tasks: [String: Task<Void, Never>] = [:]
    }

    private let state = Mutex(State())
    private let port: any WorkerPort
    private let updater: (any CallUpdater)?
    private let logger: Logger
    private let now: @Sendable () -> ContinuousClock.Instant

    /// - Parameters:
    ///   - updater: nil without an account; every request is then refused.
    ///   - now: the monotonic clock; an input so that tests need not wait.
    init(
        port: any WorkerPort, updater: (any CallUpdater)?, logger: Logger, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.port = port
        self.updater = updater
        self.logger = logger
        self.now = now
    }

    /// Leases that are not answered.
    var running: Int { state.withLock { $0.book.count } }

    /// Told with every heartbeat: after a standstill nobody knows how long a request has waited.
    func sign() { state.withLock { $0.book.sign(at: now()) } }

    func begin(_ update: UpdateCall, for asker: LeaseBook.Asker) { perform { $0.begin(update, for: asker, at: now()) } }

    func end(_ lease: String, for asker: LeaseBook.Asker) { perform { $0.end(lease, for: asker) } }

    /// The assignments of these conversations are over, and with them their leases.
    func end(where matches: (ConversationID) -> Bool) { perform { $0.end { matches($0.asker.conversation) } } }

    func forget() { perform { $0.forget() } }

    /// Updates begin under the lock, so that whoever stops them finds their task. Everything that calls others happens after it.
    private func perform(_ step: (inout LeaseBook) -> [LeaseBook.Action]) {
        let rest = state.withLock { state in
            var rest: [() -> Void] = []
            for action in step(&state.book) {
                switch action {
                case .run(let lease): state.tasks[lease.update.lease] = Task { await run(lease) }
                case .stop(let lease):
                    let task = state.tasks[lease]
                    rest.append { task?.cancel() }
                case .answer(let answer, let asker):
                    state.tasks[answer.lease] = nil
                    rest.append { self.say(answer, to: asker) }
                case .drop(let lease): state.tasks[lease] = nil
                }
            }
            return rest
        }
        for action in rest { action() }
    }

    private func run(_ lease: LeaseBook.Lease) async {
        let name = lease.update.lease
        let result: CallUpdateResult
        if let updater, let call = lease.asker.conversation.call {
            result = await updater.update(call.rawValue, .twiml(lease.update.twiml), within: lease.end - now()) {
                self.state.withLock { $0.book.permit(name, at: self.now()) }
            }
        } else {
            result = .refused(updater == nil ? "no Twilio account configured for this worker" : "the conversation is no call")
        }
        perform { $0.finished(name, result) }
    }

    private func say(_ answer: CallUpdated, to asker: LeaseBook.Asker) {
        Counter(label: "maane_tts_call_updates", dimensions: [("result", answer.result.rawValue)]).increment()
        logger.log(
            level: answer.result == .done || answer.result == .unused ? .debug : .warning, "call update",
            metadata: [
                "call": "\(asker.conversation.call?.rawValue ?? asker.conversation.rawValue)", "lease": "\(answer.lease)",
                "result": "\(answer.result.rawValue)", "detail": "\(answer.detail ?? "")",
            ])
        port.send(
            Envelope(.callUpdated(answer), business: asker.business, conversation: asker.conversation, turn: asker.turn, epoch: asker.epoch))
    }
}
