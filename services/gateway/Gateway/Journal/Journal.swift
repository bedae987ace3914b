import BusContract
import CallVocabulary
import EventThread
import Glibc
import Logging
import Metrics
import Synchronization

/// What must survive the gateway's death, on disk: calls with their history, and facts until a crm-worker has committed them.
///
/// It survives `kill -9`; a loss of power may cost the last second. A disk that is full, broken or absent never stops a call: the
/// journal then works in memory, says so, and catches up when it can. All methods may be called from anywhere and none waits.
package final class Journal: Sendable {
    private let thread: EventThread<JournalCommand>?
    private let disk: JournalDisk?
    private let board: JournalBoard
    private let queueLimit: Int

    private init(thread: EventThread<JournalCommand>?, disk: JournalDisk?, board: JournalBoard, limits: JournalLimits) {
        self.thread = thread
        self.disk = disk
        self.board = board
        queueLimit = limits.queue
    }

    /// Opens the journal, or makes one, and reads the calls that have not ended. Never fails: a damaged file is renamed to
    /// `journal.corrupt-<seconds>` and a new one begun; without a usable directory the journal works in memory until there is one.
    ///
    /// - Parameters:
    ///   - directory: made when it is not there.
    ///   - unixMilliseconds: the clock by which calls grow old.
    /// - Returns: the journal, and the open calls, oldest first.
    package static func open(
        directory: String, limits: JournalLimits = JournalLimits(), logger: Logger,
        unixMilliseconds: @escaping @Sendable () -> Int64 = Journal.systemClock
    ) async -> (Journal, [RecoveredCall]) {
        let board = JournalBoard()
        let found = Mutex<[RecoveredCall]>([])
        do {
            let disk = try await JournalDisk(logger: logger)
            let thread = try await EventThread<JournalCommand>(name: "journal") {
                let driver = JournalDriver(
                    directory: directory, limits: limits, logger: logger, board: board, disk: disk, unixMilliseconds: unixMilliseconds)
                found.withLock { $0 = driver.recovered }
                return driver
            }
            return (Journal(thread: thread, disk: disk, board: board, limits: limits), found.withLock { $0 })
        } catch {
            logger.critical("ALARM: there is no journal; calls go on, and a restart will not find them", metadata: ["reason": "\(error)"])
            var figures = JournalFigures()
            figures.state = .degraded
            board.set(figures, unreadable: 0)
            return (Journal(thread: nil, disk: nil, board: board, limits: limits), [])
        }
    }

    /// Milliseconds since 1970, UTC.
    @Sendable package static func systemClock() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    // MARK: - Writing

    /// Writes behind. The records of one call become durable together, after those of earlier calls.
    /// - Returns: false when too many wait and these were dropped, which is counted.
    @discardableResult
    package func append(_ records: [JournalRecord]) -> Bool { enqueue(records.map(JournalOperation.record), nil) }

    /// Writes, and tells whether the records are durable.
    ///
    /// - Parameters:
    ///   - milliseconds: how long to wait at most. The records stay in the queue after that and may still be written.
    ///   - done: called once, on a thread of the journal's or a task; must not wait. False: in time it was not done, go on without.
    package func commit(_ records: [JournalRecord], milliseconds: Int, done: @escaping @Sendable (Bool) -> Void) {
        let answer = CommitAnswer(done, late: board.late)
        answer.expire(after: milliseconds)
        if !enqueue(records.map(JournalOperation.record), { answer.resolve($0) }) { answer.resolve(false) }
    }

    /// The same, as a suspension. Cancellation does not shorten it.
    package func commit(_ records: [JournalRecord], deadline: Duration) async -> Bool {
        let (seconds, attoseconds) = deadline.components
        let milliseconds = Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
        return await withCheckedContinuation { continuation in
            commit(records, milliseconds: milliseconds) { continuation.resume(returning: $0) }
        }
    }

    /// A crm-worker has committed the fact: it is deleted with the next batch. Unknown ids do nothing.
    package func acknowledge(_ factID: String) { enqueue([.acknowledge(factID)], nil) }

    /// The fact can never be stored. It is kept in a table of its own, with the reason, and not delivered again.
    package func setAside(_ factID: String, reason: String) { enqueue([.setAside(factID, reason: reason)], nil) }

    @discardableResult
    private func enqueue(_ operations: [JournalOperation], _ done: (@Sendable (Bool) -> Void)?) -> Bool {
        // Questions are not counted against the limit: they are few, and must not fail because writes wait.
        let (_, depth) = board.depth.add(1, ordering: .relaxed)
        guard let thread, depth <= queueLimit, thread.enqueue(.write(JournalEntry(operations: operations, done: done))) == .accepted else {
            board.depth.subtract(1, ordering: .relaxed)
            board.dropped.increment()
            return false
        }
        return true
    }

    // MARK: - Reading

    /// Facts without acknowledgement behind a sequence (0: from the beginning), oldest first. Sees everything appended before, even what the disk
    /// has not taken. Fewer than `limit` means that there are no more.
    package func page(after sequence: Int64, limit: Int, answer: @escaping @Sendable ([JournaledFact]) -> Void) {
        ask(.page(after: sequence, limit: limit, answer: answer)) { answer([]) }
    }

    package func page(after sequence: Int64, limit: Int) async -> [JournaledFact] {
        await withCheckedContinuation { continuation in page(after: sequence, limit: limit) { continuation.resume(returning: $0) } }
    }

    /// One call as it stands on the disk, ended or not; nil when it is unknown or the disk cannot be read.
    package func call(_ call: CallID) async -> RecoveredCall? {
        await withCheckedContinuation { continuation in
            ask(.call(call) { continuation.resume(returning: $0) }) { continuation.resume(returning: nil) }
        }
    }

    /// The open calls as they stand now: what a successor asks for again when its predecessor has let go.
    package func openCalls() async -> [RecoveredCall] {
        await withCheckedContinuation { continuation in
            ask(.openCalls { continuation.resume(returning: $0) }) { continuation.resume(returning: []) }
        }
    }

    /// Returns when everything appended before was tried on the disk, without regard to the pause after a failure.
    package func flush() async {
        await withCheckedContinuation { continuation in ask(.flush { continuation.resume() }) { continuation.resume() } }
    }

    private func ask(_ command: JournalCommand, otherwise: () -> Void) {
        board.depth.add(1, ordering: .relaxed)
        if thread?.enqueue(command) != .accepted {
            board.depth.subtract(1, ordering: .relaxed)
            otherwise()
        }
    }

    package var figures: JournalFigures { board.figures }

    /// Writes what waits, and closes the file. Later records are dropped and counted.
    package func stop() async {
        await thread?.stop()
        await disk?.stop()
    }
}

/// Answers once: with the commit, or with the end of patience.
private final class CommitAnswer: Sendable {
    private struct State {
        var done: (@Sendable (Bool) -> Void)?
        var timer: Task<Void, Never>?
    }
    private let state: Mutex<State>
    private let late: Counter

    init(_ done: @escaping @Sendable (Bool) -> Void, late: Counter) {
        state = Mutex(State(done: done))
        self.late = late
    }

    func expire(after milliseconds: Int) {
        let timer = Task {
            try? await Task.sleep(for: .milliseconds(milliseconds))
            if !Task.isCancelled, self.resolve(false) { self.late.increment() }
        }
        state.withLock { $0.timer = timer }
    }

    @discardableResult
    func resolve(_ isCommitted: Bool) -> Bool {
        let (done, timer) = state.withLock { state in
            defer { state = State() }
            return (state.done, state.timer)
        }
        timer?.cancel()
        done?(isCommitted)
        return done != nil
    }
}
