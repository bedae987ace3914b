import CShims
import Glibc
import Synchronization

/// What runs on an event thread: the owner of sockets, handles or connections that may be touched by one thread only.
///
/// A driver is created on its thread by the factory given to ``EventThread``, used there, and released there.
/// It is deliberately not `Sendable`. All methods are called on that thread, in this order, for ever:
/// `ready` → `wait` → `handle` (only if commands came) → `ready` … and once, at the end, `close`.
package protocol EventLoopDriver<Command>: AnyObject {
    associatedtype Command: Sendable

    /// Carries out commands in the order in which they were enqueued. `batch` is never empty.
    func handle(_ batch: [Command])

    /// Waits until one of the driver's descriptors or `wakeup` is readable, or the time is over.
    ///
    /// - Parameters:
    ///   - wakeup: readable when commands wait. Do not read it; the event thread does.
    ///   - timeoutMilliseconds: -1 means no limit, 0 means only look.
    func wait(wakeup: CInt, timeoutMilliseconds: CInt)

    /// Does whatever is possible now without waiting: receive, perform, expire.
    ///
    /// - Returns: the longest the next wait may last, in milliseconds, or nil for no limit.
    func ready() -> CInt?

    /// The last call. Answers everything that is still pending and closes what the driver owns.
    func close()
}

extension EventLoopDriver {
    /// For drivers without descriptors of their own.
    package func wait(wakeup: CInt, timeoutMilliseconds: CInt) {
        var item = pollfd(fd: wakeup, events: Int16(POLLIN), revents: 0)
        // An error (EINTR) is an early return; the loop comes back here.
        _ = poll(&item, 1, timeoutMilliseconds)
    }
}

/// What became of a command.
package enum EnqueueOutcome: Sendable, Equatable {
    /// It will be handled, even if the thread is stopped meanwhile.
    case accepted
    /// The mailbox was full. The command was dropped and counted.
    case full
    /// The thread has been stopped. The command will never be handled.
    case stopped
}

/// One named thread, a mailbox of typed commands, and a driver that polls.
///
/// This is the only place of the product where threads are born. Commands may be enqueued from any thread or task and
/// never block. Dropping the last reference stops the thread, but only ``stop()`` waits for its end.
package final class EventThread<Command: Sendable>: Sendable {
    private let mailbox: Mailbox<Command>

    /// Starts the thread and waits, without blocking a thread, until the driver exists.
    ///
    /// - Parameters:
    ///   - name: shown by the system's tools; the first 15 bytes count.
    ///   - mailboxLimit: the most commands that may wait. Further ones are dropped and counted.
    ///   - patienceMilliseconds: how long a patient command may wait for the driver's next look; 0: none is.
    ///   - makeDriver: runs on the new thread.
    /// - Throws: what `makeDriver` throws, or ``EventThreadError`` if the system refuses a thread or a descriptor.
    package init(
        name: String,
        mailboxLimit: Int = .max,
        patienceMilliseconds: CInt = 0,
        makeDriver: @escaping @Sendable () throws -> any EventLoopDriver<Command>
    ) async throws {
        let mailbox = try Mailbox<Command>(limit: mailboxLimit, patience: patienceMilliseconds)
        self.mailbox = mailbox
        try await withCheckedThrowingContinuation { (started: CheckedContinuation<Void, any Error>) in
            do {
                try Self.startThread(name: name) {
                    do {
                        let driver = try makeDriver()
                        started.resume()
                        Self.run(driver, mailbox)
                    } catch {
                        started.resume(throwing: error)
                    }
                    mailbox.end()
                }
            } catch {
                mailbox.end()
                started.resume(throwing: error)
            }
        }
    }

    deinit {
        mailbox.requestStop()
    }

    /// Appends one command.
    /// - Parameter isPatient: does not wake the thread while the driver looks by itself within the patience of this thread. For what comes
    ///   often and may wait a little: a wake-up costs more than most commands.
    @discardableResult
    package func enqueue(_ command: Command, isPatient: Bool = false) -> EnqueueOutcome {
        mailbox.append(command, isPatient: isPatient)
    }

    /// Appends commands as one batch: one lock, at most one wake-up.
    ///
    /// - Returns: how many of them, from the front, were accepted. The rest was dropped and counted, or the thread has been stopped.
    @discardableResult
    package func enqueue(contentsOf commands: some Collection<Command>) -> Int {
        mailbox.append(contentsOf: commands)
    }

    /// Commands dropped so far because the mailbox was full.
    package var droppedCommands: Int { mailbox.dropped }

    /// Lets the driver handle what was accepted, closes it, and returns when that is done.
    ///
    /// May be called any number of times, from any task. Cancellation does not shorten it.
    /// The waiting is a suspension: the thread itself resumes the waiters as its last act, so no thread blocks in a join.
    package func stop() async {
        mailbox.requestStop()
        await withCheckedContinuation { mailbox.resumeAtEnd($0) }
    }

    private static func run(_ driver: any EventLoopDriver<Command>, _ mailbox: Mailbox<Command>) {
        var timeout = driver.ready()
        while true {
            driver.wait(wakeup: mailbox.wakeup, timeoutMilliseconds: mailbox.willWait(timeout ?? -1))
            let (batch, stopping) = mailbox.take()
            if !batch.isEmpty { driver.handle(batch) }
            if stopping { break }
            timeout = driver.ready()
        }
        driver.close()
    }

    private static func startThread(name: String, _ body: @escaping @Sendable () -> Void) throws {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        // Detached: the end is announced through the mailbox, nobody joins.
        pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        let start = Unmanaged.passRetained(ThreadStart(name: name, body: body))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                let start = Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue()
                cshim_thread_set_name(start.name)
                // Signals belong to the main thread. SIGPIPE too must not reach this one: libcurl with NOSIGNAL leaves it
                // alone, and a TLS write to a peer that is gone would end the process.
                cshim_thread_block_signals()
                start.body()
                return nil
            }, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw EventThreadError(
                code: .threadRefused,
                message: "The system refused the thread \"\(name)\" (errno \(code)). Raise the limit of tasks of the service.")
        }
    }
}

/// Carries the thread's closure through C's one pointer.
private final class ThreadStart: Sendable {
    let name: String
    let body: @Sendable () -> Void

    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

/// Why an event thread could not be started.
package struct EventThreadError: Error, Sendable, CustomStringConvertible {
    /// Open-ended: new codes may come.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// No thread could be created.
        package static let threadRefused = Code(name: "threadRefused")
        /// No wake-up descriptor could be created.
        package static let descriptorRefused = Code(name: "descriptorRefused")
        /// The thread has been stopped; its work can no longer be asked for.
        package static let stopped = Code(name: "stopped")
        /// The mailbox is full; the command was dropped.
        package static let full = Code(name: "full")
    }

    package let code: Code
    /// What happened and what helps.
    package let message: String
    package var description: String { message }
}

/// Remembers the thread on which it was created and stops the process when it is used on another.
///
/// The compiler cannot check that a C handle stays on its thread; this does, at run time, for the price of a comparison.
package struct ThreadAffinity: Sendable {
    private let owner = pthread_self()

    package init() {}

    /// - Precondition: the current thread is the one that created this value.
    package func check(_ what: @autoclosure () -> String) {
        precondition(pthread_equal(owner, pthread_self()) != 0, "\(what()) was touched outside its own thread")
    }
}
