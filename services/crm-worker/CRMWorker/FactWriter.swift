import Logging
import Synchronization

/// The task that owns the database connection and writes facts, one after another.
package enum FactWriter {
    /// Opens the store and begins to write. Returns when the database is ready for use.
    /// - Throws: `CRMStartError` when it cannot be; `CancellationError` when the task is cancelled meanwhile.
    package static func start(_ queue: FactQueue, database: DatabaseURL, logger: Logger) async throws {
        let writer = Mutex<Task<Void, Never>?>(nil)
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (opened: CheckedContinuation<Void, any Error>) in
                // The store is made and used in this task alone, as it is not Sendable.
                let task = Task {
                    let store: PostgresFactStore
                    do {
                        store = try await PostgresFactStore.open(database, logger: logger)
                    } catch {
                        return opened.resume(throwing: error)
                    }
                    opened.resume()
                    await queue.run(store)
                }
                writer.withLock { $0 = task }
                if Task.isCancelled { task.cancel() }
            }
        } onCancel: {
            writer.withLock { $0 }?.cancel()
        }
    }
}
