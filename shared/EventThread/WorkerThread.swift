/// A thread for blocking work, such as decoding speech in this process: jobs run one by one, in the order in which they came,
/// away from Swift's cooperative pool.
///
/// `Resource` is what the jobs work on, for example a decoder. It is created, used and released on the thread, and needs no
/// `Sendable`. Use `Void` for none.
package final class WorkerThread<Resource>: Sendable {
    private struct Job: Sendable {
        let body: @Sendable (Resource) -> Void
    }

    private final class Driver: EventLoopDriver {
        private let resource: Resource

        init(resource: Resource) { self.resource = resource }

        func handle(_ batch: [Job]) {
            for job in batch { job.body(resource) }
        }

        func ready() -> CInt? { nil }

        func close() {}
    }

    private let thread: EventThread<Job>

    /// - Parameters:
    ///   - name: shown by the system's tools; the first 15 bytes count.
    ///   - jobLimit: the most jobs that may wait.
    ///   - makeResource: runs on the new thread.
    /// - Throws: what `makeResource` throws, or ``EventThreadError``.
    package init(name: String, jobLimit: Int = .max, makeResource: @escaping @Sendable () throws -> Resource) async throws {
        thread = try await EventThread(name: name, mailboxLimit: jobLimit) { Driver(resource: try makeResource()) }
    }

    /// Runs `body` on the thread and returns its result. A job that waits is not withdrawn by cancellation.
    ///
    /// - Throws: what `body` throws; ``EventThreadError`` with `stopped` or `full` if it was never run.
    package func run<Value: Sendable>(_ body: @escaping @Sendable (Resource) throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Value, any Error>) in
            let outcome = submit { resource in
                continuation.resume(with: Result { try body(resource) })
            }
            switch outcome {
            case .accepted: break
            case .full:
                continuation.resume(
                    throwing: EventThreadError(
                        code: .full, message: "Too many jobs wait for this thread. Give the service less work at once."))
            case .stopped:
                continuation.resume(
                    throwing: EventThreadError(
                        code: .stopped, message: "The thread has been stopped. Ask for work before the service shuts down."))
            }
        }
    }

    /// Runs `body` on the thread some time later, in order.
    @discardableResult
    package func submit(_ body: @escaping @Sendable (Resource) -> Void) -> EnqueueOutcome {
        thread.enqueue(Job(body: body))
    }

    /// Jobs dropped so far because too many waited.
    package var droppedJobs: Int { thread.droppedCommands }

    /// Runs the jobs that were accepted, releases the resource, and returns when the thread is done.
    package func stop() async { await thread.stop() }
}

extension WorkerThread where Resource == Void {
    /// A thread whose jobs need nothing but a place to run.
    package convenience init(name: String, jobLimit: Int = .max) async throws {
        try await self.init(name: name, jobLimit: jobLimit, makeResource: {})
    }
}
