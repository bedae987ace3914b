import EventThread
import GRDB
import Glibc
import Logging
import Metrics
import Synchronization

/// Makes durable what was committed, on a thread of its own: synchronising a disk takes as long as the disk pleases, and commits
/// go on meanwhile, because a passive checkpoint shuts out nobody.
final class JournalDisk: Sendable {
    private let thread: WorkerThread<Void>
    private let isBusy = Mutex(false)
    private let logger: Logger

    init(logger: Logger) async throws {
        self.logger = logger
        thread = try await WorkerThread(name: "journal-disk", jobLimit: 4)
    }

    /// Bounds the loss by a failure of power: the log's pages reach the disk. No effect while an earlier request is under way.
    func synchronise(_ path: String) {
        start {
            // Locks of SQLite lie on the other two files: closing this descriptor drops none of them.
            let descriptor = open(path + "-wal", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return }
            fdatasync(descriptor)
            close(descriptor)
        }
    }

    /// Moves the log's pages into the file.
    /// - Parameter restart: also waits for the writer, for the log to begin anew; it holds the writer up for the rest of the copying.
    func checkpoint(_ path: String, restart: Bool) {
        let logger = logger
        start {
            guard access(path, F_OK) == 0 else { return }
            do {
                var configuration = Configuration()
                configuration.label = "journal-disk"
                configuration.busyMode = .timeout(1)
                let queue = try DatabaseQueue(path: path, configuration: configuration)
                defer { try? queue.close() }
                _ = try queue.inDatabase { try $0.checkpoint(restart ? .restart : .passive) }
            } catch {
                // The log grows on, and the next round tries again. A damaged file shows itself to the writer too.
                Counter(label: "maane_journal_checkpoint_failures").increment()
                logger.debug("the journal's checkpoint failed", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func start(_ body: @escaping @Sendable () -> Void) {
        let isFree = isBusy.withLock { isBusy in
            defer { isBusy = true }
            return !isBusy
        }
        guard isFree else { return }
        let outcome = thread.submit { _ in
            body()
            self.isBusy.withLock { $0 = false }
        }
        if outcome != .accepted { isBusy.withLock { $0 = false } }
    }

    func stop() async { await thread.stop() }
}
