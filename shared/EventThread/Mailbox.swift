import CShims
import Glibc
import Synchronization

/// The commands that wait for an event thread, and the descriptor that wakes it.
///
/// Shared by the thread and its handle, so that the descriptor stays valid until both are gone: a late sender must never
/// write to a number that the system has given to somebody else.
final class Mailbox<Command: Sendable>: Sendable {
    private struct State {
        var commands: [Command] = []
        /// The descriptor says so already.
        var isSignalled = false
        /// The thread looks by itself soon: what is patient waits for that.
        var looksSoon = false
        var stopping = false
        var ended = false
        var dropped = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Readable when commands wait or a stop was requested.
    let wakeup: CInt
    private let limit: Int
    /// The longest that a patient command may wait, in milliseconds.
    private let patience: CInt
    private let state = Mutex(State())

    init(limit: Int, patience: CInt = 0) throws(EventThreadError) {
        wakeup = cshim_eventfd_create()
        self.limit = limit
        self.patience = patience
        guard wakeup >= 0 else {
            throw EventThreadError(
                code: .descriptorRefused,
                message: "The system refused a wake-up descriptor (errno \(errno)). Raise the limit of open files of the service.")
        }
    }

    deinit {
        if wakeup >= 0 { _ = Glibc.close(wakeup) }
    }

    var dropped: Int { state.withLock { $0.dropped } }

    func append(_ command: Command, isPatient: Bool = false) -> EnqueueOutcome {
        let (outcome, mustSignal) = state.withLock { state -> (EnqueueOutcome, Bool) in
            if state.stopping { return (.stopped, false) }
            if state.commands.count >= limit {
                state.dropped += 1
                return (.full, false)
            }
            state.commands.append(command)
            let mustSignal = !state.isSignalled && !(isPatient && state.looksSoon)
            if mustSignal { state.isSignalled = true }
            return (.accepted, mustSignal)
        }
        // One system call per batch, not per command: only the first command of a batch wakes the thread.
        if mustSignal { cshim_eventfd_signal(wakeup) }
        return outcome
    }

    func append(contentsOf commands: some Collection<Command>) -> Int {
        let (accepted, mustSignal) = state.withLock { state -> (Int, Bool) in
            if state.stopping { return (0, false) }
            let accepted = min(commands.count, limit - state.commands.count)
            state.commands.append(contentsOf: commands.prefix(accepted))
            state.dropped += commands.count - accepted
            let mustSignal = !state.isSignalled && accepted > 0
            if mustSignal { state.isSignalled = true }
            return (accepted, mustSignal)
        }
        if mustSignal { cshim_eventfd_signal(wakeup) }
        return accepted
    }

    /// Before each wait, on the event thread: how long it may last.
    func willWait(_ timeoutMilliseconds: CInt) -> CInt {
        guard patience > 0 else { return timeoutMilliseconds }
        return state.withLock { state in
            state.looksSoon = timeoutMilliseconds >= 0 && timeoutMilliseconds <= patience
            // Patient commands that came before this decision have woken nobody.
            return state.commands.isEmpty || state.looksSoon ? timeoutMilliseconds : 0
        }
    }

    /// Everything that waits, and whether this was the last batch. On the event thread only.
    func take() -> (batch: [Command], stopping: Bool) {
        // Drain before taking. The other way round, a command that comes between the two finds the mailbox empty and
        // signals, and the drain swallows that signal: the command would sleep until the next one.
        cshim_eventfd_drain(wakeup)
        return state.withLock { state in
            let batch = state.commands
            state.commands = []
            state.isSignalled = false
            return (batch, state.stopping)
        }
    }

    func requestStop() {
        let first = state.withLock { state in
            defer { state.stopping = true }
            return !state.stopping
        }
        if first { cshim_eventfd_signal(wakeup) }
    }

    /// Called once, by the thread, after the driver was closed.
    func end() {
        let waiters = state.withLock { state in
            state.stopping = true
            state.ended = true
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func resumeAtEnd(_ waiter: CheckedContinuation<Void, Never>) {
        let ended = state.withLock { state in
            if !state.ended { state.waiters.append(waiter) }
            return state.ended
        }
        if ended { waiter.resume() }
    }
}
