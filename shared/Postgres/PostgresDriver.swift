import CPQ
import EventThread
import Glibc

/// Runs one libpq connection on its event thread, one statement at a time.
final class PostgresDriver: EventLoopDriver {
    private enum State {
        case disconnected
        case connecting(OpaquePointer, PostgresPollingStatusType, deadline: ContinuousClock.Instant)
        case open(OpaquePointer)
    }

    /// The statement that runs.
    private struct Active {
        enum Abandonment { case deadline, task }

        let operation: PostgresOperation
        var result = PostgresResult.empty
        var failure: PostgresError?
        /// Why its cancellation was asked for.
        var abandonment: Abandonment?
        /// When to act next: its own deadline; after a cancellation, the next request of it.
        var deadline: ContinuousClock.Instant
        /// When to give up on the connection, after a cancellation.
        var graceEnd: ContinuousClock.Instant?
    }

    /// How long the server may take to confirm a cancellation before the connection is given up. A local server confirms in
    /// milliseconds; two seconds allow for a busy one. Not measured under load.
    private static let cancellationGrace = Duration.seconds(2)

    /// How often a cancellation is asked for again. The server ignores a request that overtakes its statement, since the two
    /// travel on different sockets: seen in 2 of 6 test runs on a busy machine, where the statement then ran on.
    private static let cancellationInterval = Duration.milliseconds(50)

    private let configuration: PostgresConfiguration
    private let affinity = ThreadAffinity()
    private let clock = ContinuousClock()
    private var state = State.disconnected
    private var connectWaiters: [@Sendable (Result<Void, any Error>) -> Void] = []
    private var queue = PostgresQueue()
    private var active: Active?
    /// libpq has output that the socket did not take yet.
    private var flushing = false
    private var socketReady = false

    init(configuration: PostgresConfiguration) { self.configuration = configuration }

    // MARK: The event loop

    func handle(_ batch: [PostgresCommand]) {
        affinity.check("PostgreSQL connection")
        for command in batch {
            switch command {
            case .connect(let deadline, let completion): connect(deadline, completion)
            case .submit(let operation): submit(operation)
            case .cancel(let id): cancel(id)
            }
        }
    }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        var items = [pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)]
        switch state {
        case .disconnected: break
        case .connecting(let connection, let polling, _):
            let events = polling == PGRES_POLLING_READING ? POLLIN : POLLOUT
            items.append(pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0))
        case .open(let connection):
            // Idle connections are watched too: a server that goes away is noticed then, not at the next statement.
            items.append(pollfd(fd: PQsocket(connection), events: Int16(flushing ? POLLIN | POLLOUT : POLLIN), revents: 0))
        }
        let count = poll(&items, nfds_t(items.count), timeoutMilliseconds)
        socketReady = count > 0 && items.count > 1 && items[1].revents != 0
    }

    func ready() -> CInt? {
        affinity.check("PostgreSQL connection")
        let now = clock.now
        if case .connecting(let connection, _, let deadline) = state { continueConnecting(connection, deadline, now) }
        expireWaiting(now)
        if case .open(let connection) = state { work(connection) }
        expireActive(now)
        return timeout()
    }

    func close() {
        let stopped = PostgresError(.stopped, "The database connection has been closed. Finish the work before closing it.")
        disconnect(stopped, active: stopped)
    }

    private func timeout() -> CInt? {
        var deadlines = [queue.nextDeadline, active?.deadline].compactMap { $0 }
        if case .connecting(_, _, let deadline) = state { deadlines.append(deadline) }
        guard let deadline = deadlines.min() else { return nil }
        let (seconds, attoseconds) = clock.now.duration(to: deadline).components
        // Rounded up: an early wake-up would spin until the deadline. A long wait is cut; the loop comes back.
        return CInt(clamping: max(0, min(seconds, 3600) * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
    }

    // MARK: Connecting

    private func connect(_ deadline: ContinuousClock.Instant, _ completion: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        switch state {
        case .open: return completion(.success(()))
        case .connecting: return connectWaiters.append(completion)
        case .disconnected: break
        }
        do throws(PostgresError) {
            let connection = try LibPQ.start(configuration)
            connectWaiters = [completion]
            // By the manual, a new connection is to be treated as if polling had said WRITING.
            state = .connecting(connection, PQstatus(connection) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING, deadline: deadline)
        } catch {
            completion(.failure(error))
        }
    }

    private func continueConnecting(_ connection: OpaquePointer, _ deadline: ContinuousClock.Instant, _ now: ContinuousClock.Instant) {
        var polling = PGRES_POLLING_FAILED
        if case .connecting(_, let last, _) = state { polling = last }
        if socketReady && polling != PGRES_POLLING_FAILED { polling = PQconnectPoll(connection) }
        socketReady = false
        switch polling {
        case PGRES_POLLING_OK:
            PQsetnonblocking(connection, 1)
            state = .open(connection)
            let waiters = connectWaiters
            connectWaiters = []
            for waiter in waiters { waiter(.success(())) }
        case PGRES_POLLING_FAILED:
            let reason = PQerrorMessage(connection).map { String(cString: $0) } ?? ""
            let error = PostgresError(
                .connectFailed, "No connection to PostgreSQL. See that the server runs and that host, user and password are right.",
                serverMessage: reason)
            disconnect(error, active: error)
        default:
            state = .connecting(connection, polling, deadline: deadline)
            guard now >= deadline else { return }
            let error = PostgresError(.connectFailed, "PostgreSQL did not answer in time. See that the server runs and can be reached.")
            disconnect(error, active: error)
        }
    }

    /// Closes the connection and answers everything that waits.
    private func disconnect(_ error: PostgresError, active activeError: PostgresError) {
        switch state {
        case .disconnected: break
        case .connecting(let connection, _, _), .open(let connection): PQfinish(connection)
        }
        state = .disconnected
        flushing = false
        socketReady = false
        let waiters = connectWaiters
        connectWaiters = []
        for waiter in waiters { waiter(.failure(error)) }
        if let active {
            self.active = nil
            finish(active.operation, .failure(activeError))
        }
        for operation in queue.removeAll() { finish(operation, .failure(error)) }
    }

    private func lose() {
        let queued = PostgresError(.notConnected, "The connection to PostgreSQL was lost. Connect again.")
        var running = PostgresError(
            .connectionLost, "The connection to PostgreSQL was lost while a statement ran. Connect again, and look whether it took effect.",
            serverMessage: active?.failure?.serverMessage)
        if case .commit? = active?.operation.kind {
            running = PostgresError(
                .commitOutcomeUnknown, "The connection to PostgreSQL was lost during COMMIT. Connect again, and look whether it took effect.")
        }
        disconnect(queued, active: running)
    }

    // MARK: Statements

    private func submit(_ operation: PostgresOperation) {
        if let refused = queue.append(operation) {
            return finish(
                refused,
                .failure(
                    PostgresError(
                        .transactionMisuse,
                        "The transaction of this statement is over. Use a transaction inside its closure only, and run it again after a loss.")))
        }
        if case .disconnected = state, let operation = queue.remove(id: operation.id) {
            finish(operation, .failure(PostgresError(.notConnected, "There is no connection to PostgreSQL. Connect first.")))
        }
    }

    private func cancel(_ id: UInt64) {
        if let operation = queue.remove(id: id) {
            finish(operation, .failure(CancellationError()))
        } else if active?.operation.id == id {
            abandon(.task, now: clock.now)
        }
    }

    private func expireWaiting(_ now: ContinuousClock.Instant) {
        let expired = queue.removeExpired(now: now)
        for operation in expired {
            finish(
                operation,
                .failure(
                    PostgresError(
                        .deadlineExceeded, "The database connection was busy for the whole time allowed. Allow more time or use more connections.")))
        }
        // Without its end the transaction would own the connection for ever.
        if expired.contains(where: \.endsTransaction) { lose() }
    }

    private func expireActive(_ now: ContinuousClock.Instant) {
        guard let active, active.deadline <= now else { return }
        if let graceEnd = active.graceEnd, graceEnd <= now {
            // The server did not confirm: nobody knows what it is doing. A new connection is the only clean state.
            lose()
        } else {
            abandon(.deadline, now: now)
        }
    }

    /// Asks the server to cancel, or asks again. The first reason stays.
    private func abandon(_ reason: Active.Abandonment, now: ContinuousClock.Instant) {
        guard case .open(let connection) = state, active != nil else { return }
        LibPQ.cancel(connection)
        if active?.abandonment == nil {
            active?.abandonment = reason
            active?.graceEnd = now + Self.cancellationGrace
        }
        active?.deadline = clock.now + Self.cancellationInterval
    }

    /// Moves bytes and results, and begins the next statement when the last one is done.
    private func work(_ connection: OpaquePointer) {
        if socketReady {
            socketReady = false
            if PQconsumeInput(connection) == 0 && active == nil { return lose() }
            // Looks through what came, so that notices to an idle connection do not pile up in libpq's buffer.
            _ = PQisBusy(connection)
        }
        while true {
            if active == nil {
                if PQstatus(connection) == CONNECTION_BAD { return lose() }
                guard let operation = queue.next() else { return }
                active = Active(operation: operation, deadline: operation.deadline)
                guard LibPQ.send(operation.kind, on: connection) else { return lose() }
                flushing = true
            }
            if flushing { flushing = PQflush(connection) == 1 }
            while active != nil && PQisBusy(connection) == 0 {
                guard let result = PQgetResult(connection) else {
                    complete(connection)
                    break
                }
                let outcome = LibPQ.read(result)
                PQclear(result)
                switch outcome {
                case .success(let rows): active?.result = rows
                case .failure(let error): if active?.failure == nil { active?.failure = error }
                case .unsupported:
                    let queued = PostgresError(.notConnected, "The connection to PostgreSQL was given up. Connect again.")
                    return disconnect(
                        queued,
                        active: PostgresError(
                            .unsupported, "COPY is not supported here. Use INSERT and SELECT."))
                }
                if PQstatus(connection) == CONNECTION_BAD { return lose() }
            }
            // Either still busy, or a disconnect happened inside.
            guard active == nil, case .open = state else { return }
        }
    }

    /// The last result has come. Decides what it means and whether the transaction is where it should be.
    private func complete(_ connection: OpaquePointer) {
        guard let active else { return }
        if PQstatus(connection) == CONNECTION_BAD { return lose() }
        let operation = active.operation
        let status = PQtransactionStatus(connection)
        let misuse = PostgresError(
            .transactionMisuse, "A statement opened or ended a transaction by itself. Use withTransaction for that.")

        let scopeGoesOn: Bool
        switch operation.kind {
        case .begin: scopeGoesOn = status == PQTRANS_INTRANS
        case .commit, .rollback: scopeGoesOn = false
        case .query, .script: scopeGoesOn = operation.scope != nil
        }
        // The server's state must be the one that the queue believes in; otherwise later statements of others would run in, or
        // outside, a transaction that they know nothing of.
        if !scopeGoesOn && status != PQTRANS_IDLE {
            return disconnect(PostgresError(.notConnected, "The connection to PostgreSQL was given up. Connect again."), active: misuse)
        }
        self.active = nil
        var outcome = outcome(of: active)
        var late: [PostgresOperation] = []
        if !scopeGoesOn {
            late = queue.release()
        } else if status == PQTRANS_IDLE {
            late = queue.release()
            outcome = .failure(active.failure ?? misuse)
        }
        finish(operation, outcome)
        for operation in late { finish(operation, .failure(misuse)) }
    }

    private func outcome(of active: Active) -> Result<PostgresResult, any Error> {
        guard let failure = active.failure else {
            // COMMIT of a failed transaction is no error for the server; only the tag tells.
            if case .commit = active.operation.kind, active.result.commandTag != "COMMIT" {
                return .failure(
                    PostgresError(
                        .transactionAborted,
                        "A statement of the transaction had failed, so it was rolled back. Let that statement's error leave the closure."))
            }
            // A result that came in spite of a cancellation is the truth: the statement took effect.
            return .success(active.result)
        }
        guard failure.code == .queryCanceled, let abandonment = active.abandonment else { return .failure(failure) }
        switch abandonment {
        case .task: return .failure(CancellationError())
        case .deadline:
            return .failure(
                PostgresError(
                    .deadlineExceeded,
                    "A statement took longer than allowed and was cancelled. Allow more time, or look for a missing index or a lock."))
        }
    }

    private func finish(_ operation: PostgresOperation, _ outcome: Result<PostgresResult, any Error>) {
        operation.completion(outcome)
    }
}
