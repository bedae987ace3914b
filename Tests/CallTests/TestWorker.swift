import Bus
import BusContract
import CallVocabulary
import Logging
import ServiceKit
import ServiceLifecycle
import Synchronization

/// A worker of the fleet under test: the real service and the real logic on a link to which things happen.
///
/// Killed, its link is gone at once and nothing more is said: as after kill -9, since what a process has not sent dies with it.
/// Frozen, nothing is handled and nothing is sent; what would have been said comes late, with the thaw: as with SIGSTOP and SIGCONT.
final class TestWorker: Sendable {
    enum Fate {
        /// Killed with the message on its lips: it is not sent.
        case diesBefore
        /// Killed as soon as the message has left.
        case diesAfter
        /// Frozen with the message on its lips: it is sent after the thaw.
        case freezesBefore
    }

    private struct Trap {
        let isMet: @Sendable (Envelope) -> Bool
        let fate: Fate
    }

    private enum Standing { case running, frozen, dead }

    private struct State {
        var standing = Standing.running
        var address: WorkerAddress?
        var receive: (@Sendable ([LinkEvent]) -> Void)?
        var link: (any WorkerLink)?
        /// What arrived and what was said while frozen.
        var inbox: [[LinkEvent]] = []
        var outbox: [(envelope: Envelope, attachment: [UInt8])] = []
        var trap: Trap?
        var sent: [String: Int] = [:]
        var handled: [String: Int] = [:]
        var frames = 0
        var running: Task<Void, any Error>?
        var owned: [Task<Void, Never>] = []
        var isOver = false
        var failure: (any Error)?
    }

    let pool: Pool
    let name: String
    private let group = Mutex<ServiceGroup?>(nil)
    private let state = Mutex(State())
    /// Told of each assignment that the worker has seen.
    private let assigned: @Sendable (ConversationID) -> Void

    init(pool: Pool, name: String, assigned: @escaping @Sendable (ConversationID) -> Void) {
        self.pool = pool
        self.name = name
        self.assigned = assigned
    }

    /// Runs the service, as a process would.
    func run(
        _ link: @escaping WorkerLinkFactory, logger: Logger,
        makeLogic: @escaping @Sendable (any WorkerPort) async throws -> any WorkerLogic & SendableMetatype
    ) throws {
        let service = try WorkerService(
            pool: pool, settings: CommonSettings(SettingsReader(["MAANE_WORKER_NAME": name])), notifier: SystemdNotifier(environment: [:]),
            logger: logger,
            link: { address, receive in
                self.state.withLock { state in
                    state.address = address
                    state.receive = receive
                }
                let real = try await link(address) { self.arrived($0) }
                self.state.withLock { $0.link = real }
                return Port(worker: self)
            }, makeLogic: makeLogic)
        var quiet = logger
        quiet.logLevel = .critical
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [.init(service: service, successTerminationBehavior: .gracefullyShutdownGroup)], logger: quiet))
        self.group.withLock { $0 = group }
        let running = Task {
            do {
                try await group.run()
                self.state.withLock { $0.isOver = true }
            } catch {
                self.state.withLock { state in
                    state.failure = error
                    state.isOver = true
                }
                throw error
            }
        }
        state.withLock { $0.running = running }
    }

    /// What ends with the worker's process.
    func own(_ task: Task<Void, Never>) { state.withLock { $0.owned.append(task) } }

    // MARK: - What happens to it

    /// As kill -9.
    func kill() {
        state.withLock { die(&$0) }
    }

    /// As SIGSTOP.
    func freeze() {
        state.withLock { if $0.standing == .running { $0.standing = .frozen } }
    }

    /// As SIGCONT: first comes what it was about to say, then it takes in what has come meanwhile.
    func thaw() {
        state.withLock { state in
            guard state.standing == .frozen else { return }
            state.standing = .running
            let (outbox, inbox) = (state.outbox, state.inbox)
            (state.outbox, state.inbox) = ([], [])
            for item in outbox { send(item.envelope, item.attachment, &state) }
            for events in inbox { take(events, &state) }
        }
    }

    /// As SIGTERM.
    func drain() async { await group.withLock { $0 }?.triggerGracefulShutdown() }

    /// The next message of this kind that it sends is its fate.
    func meets(_ fate: Fate, at isMet: @escaping @Sendable (Envelope) -> Bool) {
        state.withLock { $0.trap = Trap(isMet: isMet, fate: fate) }
    }

    /// At the end of a test.
    func end() async {
        let (running, owned) = state.withLock { ($0.running, $0.owned) }
        running?.cancel()
        for task in owned { task.cancel() }
        _ = await running?.result
    }

    // MARK: - What is seen of it

    var address: WorkerAddress? { state.withLock { $0.address } }
    var isFrozen: Bool { state.withLock { $0.standing == .frozen } }
    var isDead: Bool { state.withLock { $0.standing == .dead } }
    var isWelcome: Bool { handled("welcome") > 0 }
    /// It ended by itself, and well.
    var hasLeft: Bool { state.withLock { $0.isOver && $0.standing == .running && $0.failure == nil } }
    /// Messages that it has taken in.
    func handled(_ kind: String) -> Int { state.withLock { $0.handled[kind] ?? 0 } }
    /// Messages that have left it.
    func sent(_ kind: String) -> Int { state.withLock { $0.sent[kind] ?? 0 } }
    /// Frames that it has taken in.
    var frames: Int { state.withLock { $0.frames } }

    /// Waits for this many more heartbeats. After two the gateway knows what has arrived until now.
    func beats(_ count: Int) async throws {
        let wanted = sent("heartbeat") + count
        try await until("\(name) beats") { self.sent("heartbeat") >= wanted }
    }

    // MARK: - The link

    private struct Port: WorkerLink {
        let worker: TestWorker
        func send(_ envelope: Envelope, attachment: [UInt8]) { worker.say(envelope, attachment) }
        func stop() async { await worker.state.withLock { $0.link }?.stop() }
    }

    // Everything is passed on under the lock: both sides only queue it, and the order stays.

    private func arrived(_ events: [LinkEvent]) {
        state.withLock { state in
            switch state.standing {
            case .running: take(events, &state)
            case .frozen: state.inbox.append(events)
            case .dead: break
            }
        }
    }

    private func take(_ events: [LinkEvent], _ state: inout State) {
        for event in events {
            switch event {
            case .audio(let packets): state.frames += packets.count
            case .message(let envelope, _):
                state.handled[envelope.message.kind, default: 0] += 1
                if case .assign = envelope.message, let conversation = envelope.conversation { assigned(conversation) }
            case .away, .malformed: break
            }
        }
        state.receive?(events)
    }

    private func say(_ envelope: Envelope, _ attachment: [UInt8]) {
        state.withLock { state in
            switch state.standing {
            case .dead: return
            case .frozen: hold(envelope, attachment, &state)
            case .running:
                guard let trap = state.trap, trap.isMet(envelope) else { return send(envelope, attachment, &state) }
                state.trap = nil
                switch trap.fate {
                case .diesBefore: die(&state)
                case .diesAfter:
                    send(envelope, attachment, &state)
                    die(&state)
                case .freezesBefore:
                    state.standing = .frozen
                    hold(envelope, attachment, &state)
                }
            }
        }
    }

    /// A frozen heart does not beat later what it has missed.
    private func hold(_ envelope: Envelope, _ attachment: [UInt8], _ state: inout State) {
        switch envelope.message {
        case .heartbeat, .hello: break
        default: state.outbox.append((envelope, attachment))
        }
    }

    private func send(_ envelope: Envelope, _ attachment: [UInt8], _ state: inout State) {
        state.sent[envelope.message.kind, default: 0] += 1
        state.link?.send(envelope, attachment: attachment)
    }

    private func die(_ state: inout State) {
        guard state.standing != .dead else { return }
        state.standing = .dead
        (state.outbox, state.inbox) = ([], [])
        for task in state.owned { task.cancel() }
        let (link, running) = (state.link, state.running)
        Task {
            await link?.stop()
            running?.cancel()
        }
    }
}
