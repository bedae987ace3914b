import EventThread
import Glibc
import Synchronization
import Testing

/// What a driver saw, readable from the test.
private final class Record: Sendable {
    struct State {
        var batches: [[Int]] = []
        var closed = 0
        var timeouts: [CInt] = []
    }
    let state = Mutex(State())
    var commands: [Int] { state.withLock { $0.batches.flatMap { $0 } } }
}

private final class Recorder: EventLoopDriver {
    private let record: Record
    private let gate: Gate?
    private let affinity = ThreadAffinity()

    init(record: Record, gate: Gate? = nil) {
        self.record = record
        self.gate = gate
    }

    func handle(_ batch: [Int]) {
        affinity.check("recorder")
        record.state.withLock { $0.batches.append(batch) }
        gate?.pass()
    }

    func ready() -> CInt? {
        affinity.check("recorder")
        return nil
    }

    func close() {
        affinity.check("recorder")
        record.state.withLock { $0.closed += 1 }
    }
}

/// Holds the event thread inside a batch until the test opens it.
private final class Gate: Sendable {
    private let semaphore = Semaphore()
    private let isOpen = Atomic<Bool>(false)
    let entered = AsyncStream.makeStream(of: Void.self)

    func pass() {
        entered.continuation.yield()
        if !isOpen.load(ordering: .acquiring) { semaphore.wait() }
    }
    func open() { semaphore.signal() }
    /// At the end of a test. A count of openings would not do: the thread may use them up before the request to stop is there, and sleep for ever.
    func openForGood() {
        isOpen.store(true, ordering: .releasing)
        semaphore.signal()
    }
}

/// A POSIX semaphore: blocks an event thread, never a task.
private final class Semaphore: @unchecked Sendable {
    // Proof: sem_t may be used by any thread by definition; the memory lives until deinit.
    private let raw = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    init() { sem_init(raw, 0, 0) }
    deinit {
        sem_destroy(raw)
        raw.deallocate()
    }
    func wait() { while sem_wait(raw) != 0 {} }
    func signal() { sem_post(raw) }
}

/// Waits in `wait` until it is let through, and tells whether it had been woken by then.
private final class Looker: EventLoopDriver {
    final class Seen: Sendable {
        struct State {
            /// What `ready` answers next; nil in the end.
            var timeouts: [CInt]
            var waits: [CInt] = []
            var woken: [Bool] = []
            var commands: [Int] = []
        }
        let state: Mutex<State>
        let gate = Gate()
        init(timeouts: [CInt]) { state = Mutex(State(timeouts: timeouts)) }
    }

    private let seen: Seen
    init(_ seen: Seen) { self.seen = seen }

    func ready() -> CInt? { seen.state.withLock { $0.timeouts.isEmpty ? nil : $0.timeouts.removeFirst() } }

    func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        seen.gate.pass()
        var item = pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)
        let isWoken = poll(&item, 1, 0) > 0
        seen.state.withLock { state in
            state.waits.append(timeoutMilliseconds)
            state.woken.append(isWoken)
        }
    }

    func handle(_ batch: [Int]) { seen.state.withLock { $0.commands += batch } }
    func close() {}
}

private struct Refused: Error {}

/// One whose work can be held up too.
private final class Sleeper: EventLoopDriver {
    private let looker: Looker
    private let gate: Gate
    init(_ seen: Looker.Seen, _ gate: Gate) {
        looker = Looker(seen)
        self.gate = gate
    }
    func ready() -> CInt? { looker.ready() }
    func wait(wakeup: CInt, timeoutMilliseconds: CInt) { looker.wait(wakeup: wakeup, timeoutMilliseconds: timeoutMilliseconds) }
    func handle(_ batch: [Int]) {
        looker.handle(batch)
        gate.pass()
    }
    func close() {}
}

@Suite struct EventThreadTests {
    @Test func commandsArriveInOrderAndBeforeTheEnd() async throws {
        let record = Record()
        let thread = try await EventThread<Int>(name: "test") { Recorder(record: record) }
        for value in 0..<1000 { #expect(thread.enqueue(value) == .accepted) }
        #expect(thread.enqueue(contentsOf: 1000..<2000) == 1000)
        await thread.stop()
        #expect(record.commands == Array(0..<2000))
        #expect(record.state.withLock { $0.closed } == 1)
    }

    @Test func patientCommandsWakeNobodyWhoLooksSoon() async throws {
        let seen = Looker.Seen(timeouts: [5, 5, 5, 50])
        let thread = try await EventThread<Int>(name: "test", patienceMilliseconds: 10) { Looker(seen) }
        var entered = seen.gate.entered.stream.makeAsyncIterator()
        // In the first wait, which will not be long: it brings the command along.
        _ = await entered.next()
        thread.enqueue(1, isPatient: true)
        seen.gate.open()
        _ = await entered.next()
        #expect(seen.state.withLock { $0.commands } == [1])
        // Whoever is not patient wakes for both.
        thread.enqueue(2, isPatient: true)
        thread.enqueue(3)
        seen.gate.open()
        _ = await entered.next()
        #expect(seen.state.withLock { $0.commands } == [1, 2, 3])
        seen.gate.open()
        // A long wait: nobody looks soon.
        _ = await entered.next()
        thread.enqueue(4, isPatient: true)
        seen.gate.open()
        _ = await entered.next()
        seen.gate.open()
        #expect(seen.state.withLock { $0.commands } == [1, 2, 3, 4])
        #expect(seen.state.withLock { Array($0.woken.prefix(4)) } == [false, true, false, true])
        seen.gate.openForGood()
        await thread.stop()
    }

    @Test func aPatientCommandIsNotForgottenWhenTheThreadDecidesToSleep() async throws {
        let seen = Looker.Seen(timeouts: [5])
        let gate = Gate()
        let thread = try await EventThread<Int>(name: "test", patienceMilliseconds: 10) { Sleeper(seen, gate) }
        var (waiting, working) = (seen.gate.entered.stream.makeAsyncIterator(), gate.entered.stream.makeAsyncIterator())
        _ = await waiting.next()
        thread.enqueue(1)
        seen.gate.open()
        // At work on the first, and still the one that looks soon.
        _ = await working.next()
        thread.enqueue(2, isPatient: true)
        gate.open()
        _ = await waiting.next()
        seen.gate.open()
        _ = await working.next()
        gate.open()
        // It wanted to sleep without limit, and was not let.
        #expect(seen.state.withLock { Array($0.waits.prefix(2)) } == [5, 0])
        #expect(seen.state.withLock { $0.commands } == [1, 2])
        seen.gate.openForGood()
        await thread.stop()
    }

    @Test func manySendersLoseNothing() async throws {
        let record = Record()
        let thread = try await EventThread<Int>(name: "test") { Recorder(record: record) }
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<8 {
                group.addTask { for value in 0..<500 { thread.enqueue(sender * 500 + value) } }
            }
        }
        await thread.stop()
        let commands = record.commands
        #expect(commands.sorted() == Array(0..<4000))
        for sender in 0..<8 {
            let own = commands.filter { $0 / 500 == sender }
            #expect(own == own.sorted())
        }
    }

    @Test func aFullMailboxDropsAndCounts() async throws {
        let record = Record()
        let gate = Gate()
        let thread = try await EventThread<Int>(name: "test", mailboxLimit: 3) { Recorder(record: record, gate: gate) }
        thread.enqueue(0)
        var entered = gate.entered.stream.makeAsyncIterator()
        _ = await entered.next()
        // The thread is inside its first batch; from here on the mailbox fills.
        #expect(thread.enqueue(1) == .accepted)
        #expect(thread.enqueue(contentsOf: [2, 3, 4, 5]) == 2)
        #expect(thread.enqueue(6) == .full)
        #expect(thread.droppedCommands == 3)
        gate.open()
        gate.open()
        await thread.stop()
        #expect(record.commands == [0, 1, 2, 3])
        #expect(record.state.withLock { $0.batches } == [[0], [1, 2, 3]])
    }

    @Test func theFactorysErrorIsReported() async {
        await #expect(throws: Refused.self) {
            _ = try await EventThread<Int>(name: "test") { throw Refused() }
        }
    }

    @Test func stoppingTwiceAndFromManyTasksIsHarmless() async throws {
        let record = Record()
        let thread = try await EventThread<Int>(name: "test") { Recorder(record: record) }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { await thread.stop() } }
        }
        await thread.stop()
        #expect(thread.enqueue(1) == .stopped)
        #expect(thread.enqueue(contentsOf: [1, 2]) == 0)
        #expect(record.commands.isEmpty)
        #expect(record.state.withLock { $0.closed } == 1)
    }

    @Test func droppingTheHandleEndsTheThread() async throws {
        let closed = AsyncStream.makeStream(of: Void.self)
        final class Closer: EventLoopDriver {
            let finish: @Sendable () -> Void
            init(finish: @escaping @Sendable () -> Void) { self.finish = finish }
            func handle(_ batch: [Int]) {}
            func ready() -> CInt? { nil }
            func close() { finish() }
        }
        do {
            let continuation = closed.continuation
            let thread = try await EventThread<Int>(name: "test") { Closer { continuation.finish() } }
            thread.enqueue(1)
        }
        for await _ in closed.stream {}
    }

    @Test func theThreadHasItsNameAndTakesNoSignals() async throws {
        let worker = try await WorkerThread(name: "a-name-far-too-long")
        let (name, blocksTerm, blocksPipe, blocksFaults) = try await worker.run { _ in
            var name = [UInt8](repeating: 0, count: 16)
            let file = open("/proc/thread-self/comm", O_RDONLY)
            let count = read(file, &name, 16)
            close(file)
            var mask = sigset_t()
            pthread_sigmask(CInt(SIG_BLOCK), nil, &mask)
            let text = String(decoding: name.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
            return (text, sigismember(&mask, SIGTERM) == 1, sigismember(&mask, SIGPIPE) == 1, sigismember(&mask, SIGSEGV) == 1)
        }
        #expect(name == "a-name-far-too-")
        #expect(blocksTerm && blocksPipe && !blocksFaults)
        await worker.stop()
    }
}

@Suite struct WorkerThreadTests {
    /// Not Sendable on purpose, as a decoder is.
    final class Counter {
        var value = 0
        let affinity = ThreadAffinity()
        let gone: @Sendable () -> Void
        init(gone: @escaping @Sendable () -> Void) { self.gone = gone }
        deinit {
            affinity.check("counter")
            gone()
        }
    }

    @Test func jobsRunInOrderOnOneThreadAndTheResourceDiesThere() async throws {
        let released = AsyncStream.makeStream(of: Void.self)
        let worker = try await WorkerThread<Counter>(name: "worker") { [continuation = released.continuation] in
            Counter { continuation.finish() }
        }
        for expected in 0..<100 {
            worker.submit { counter in
                counter.affinity.check("counter")
                if counter.value == expected { counter.value += 1 }
            }
        }
        #expect(try await worker.run { $0.value } == 100)
        await #expect(throws: Refused.self) { try await worker.run { _ in throw Refused() } }
        await worker.stop()
        for await _ in released.stream {}
        await #expect(throws: EventThreadError.self) { try await worker.run { $0.value } }
    }
}
