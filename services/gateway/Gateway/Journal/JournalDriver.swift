import BusContract
import CallVocabulary
import EventThread
import Glibc
import Logging
import Metrics
import Synchronization

/// The journal's thread: writes what came since it last looked as one transaction, and lives with a disk that does not take it.
final class JournalDriver: EventLoopDriver {
    private let directory: String
    private let limits: JournalLimits
    private let logger: Logger
    private let unixMilliseconds: @Sendable () -> Int64
    private let board: JournalBoard
    private let disk: JournalDisk?

    /// nil: there is none, and everything waits in memory.
    private var file: JournalFile?
    private var waiting: WaitingEntries
    private var nextSequence: Int64 = 1
    private(set) var recovered: [RecoveredCall] = []

    // All moments below are monotonic milliseconds.
    private var retryAt: Int64?
    private var pause: Int
    private var housekeepingAt: Int64
    private var pulseAt: Int64?
    private var isDegraded = false
    private var isAlarmed = false
    private var isAtBound = false
    private var opensAnew = false
    private var replacedAt: Int64?
    private var isDropping = false
    private var unsynchronised = false

    private static let housekeepingEvery: Int64 = 60_000
    private static let pulseEvery: Int64 = 1_000
    private static let replacementEvery: Int64 = 10_000
    /// 1,000 pages are SQLite's own default; a log of 64 MiB has outrun the checkpoints, and the writer has to wait for one.
    private static let checkpointPages = 1_000
    private static let restartPages = 16_384

    init(
        directory: String, limits: JournalLimits, logger: Logger, board: JournalBoard, disk: JournalDisk?,
        unixMilliseconds: @escaping @Sendable () -> Int64
    ) {
        self.directory = directory
        self.limits = limits
        self.logger = logger
        self.board = board
        self.disk = disk
        self.unixMilliseconds = unixMilliseconds
        waiting = WaitingEntries(limit: limits.memory)
        pause = limits.firstPause
        housekeepingAt = Self.monotonic()
        writeWaiting(now: true)
        pulse()
    }

    private static func monotonic() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    // MARK: - The thread

    func handle(_ batch: [JournalCommand]) {
        board.handled(batch.count)
        for command in batch {
            switch command {
            case .write(let entry): take(entry)
            case .page(let after, let limit, let answer):
                writeWaiting()
                answer(page(after: after, limit: limit))
            case .call(let call, let answer):
                writeWaiting()
                answer(reading { try $0.call(call) } ?? nil)
            case .openCalls(let answer):
                writeWaiting()
                answer(reading { try $0.openCalls(at: unixMilliseconds()) } ?? [])
            case .flush(let answer):
                writeWaiting(now: true)
                pulse()
                answer()
            }
        }
        writeWaiting()
        publish()
    }

    func ready() -> CInt? {
        let now = Self.monotonic()
        if retryAt.map({ $0 <= now }) ?? false { writeWaiting() }
        if housekeepingAt <= now { housekeeping(at: now) }
        if pulseAt.map({ $0 <= now }) ?? false {
            // Facts held back at the bound: there may be room now.
            if retryAt == nil, !waiting.isEmpty { writeWaiting() }
            pulse()
        }
        let next = [retryAt, pulseAt, housekeepingAt].compactMap { $0 }.min() ?? housekeepingAt
        return CInt(clamping: max(1, next - Self.monotonic()))
    }

    func close() {
        writeWaiting(now: true)
        if !waiting.isEmpty {
            logger.critical("ALARM: the journal ends with entries that the disk did not take", metadata: ["entries": "\(waiting.count)"])
        }
        answerWaiters(false)
        pulse()
        try? file?.close()
        file = nil
    }

    // MARK: - Writing

    private func take(_ entry: JournalEntry) {
        var entry = entry
        entry.operations = entry.operations.map { operation in
            guard case .record(.fact(let fact, let business, let conversation)) = operation else { return operation }
            defer { nextSequence += 1 }
            return .fact(JournaledFact(sequence: nextSequence, fact: fact, business: business, conversation: conversation))
        }
        if waiting.append(entry) { return }
        if !isDropping { waiting.compact() }
        if waiting.append(entry) { return }
        board.dropped.increment()
        if !isDropping { logger.critical("ALARM: the journal's memory is full; new entries are dropped until the disk takes the old ones") }
        isDropping = true
        entry.done?(false)
    }

    /// - Parameter now: do not wait for the end of the pause after a failure.
    private func writeWaiting(now: Bool = false) {
        if let retryAt, !now, Self.monotonic() < retryAt { return answerWaiters(false) }
        if opensAnew { openAnew() }
        if file == nil { openFile() }
        guard let file else { return failed(nil) }
        // Some way below the bound before facts are written again, or every acknowledgement would open and shut the gate.
        isAtBound = Double(file.usedBytes) >= Double(limits.bytes) * (isAtBound ? 0.95 : 1)
        if isDegraded || isAtBound { waiting.compact() }
        let entries = waiting.takeAll()
        do {
            try write(entries, file)
        } catch  where JournalFault(error) == .full && !isAtBound {
            // One batch reached from below the bound beyond what the file may hold. Without its facts it may fit.
            isAtBound = true
            waiting.replace(entries)
            waiting.compact()
            attempt(waiting.takeAll(), file)
        } catch {
            waiting.replace(entries)
            recover(from: error, file)
        }
    }

    private func attempt(_ entries: [JournalEntry], _ file: JournalFile) {
        do {
            try write(entries, file)
        } catch {
            waiting.replace(entries)
            recover(from: error, file)
        }
    }

    private func write(_ entries: [JournalEntry], _ file: JournalFile) throws {
        var (writable, held) = split(entries)
        if !writable.isEmpty { try write(&writable, file) }
        waiting.replace(held)
        written(writable)
    }

    /// At the bound new facts stay in memory; everything else is written.
    private func split(_ entries: [JournalEntry]) -> (writable: [JournalEntry], held: [JournalEntry]) {
        guard isAtBound else { return (entries, []) }
        var writable: [JournalEntry] = []
        var held: [JournalEntry] = []
        for var entry in entries {
            let facts = entry.operations.filter(\.isFact)
            if !facts.isEmpty {
                // Who waits for a fact is told that it is not on the disk.
                held.append(JournalEntry(operations: facts, done: entry.done))
                entry.done = nil
            }
            entry.operations.removeAll(where: \.isFact)
            if !entry.operations.isEmpty || entry.done != nil { writable.append(entry) }
        }
        return (writable, held)
    }

    private func write(_ entries: inout [JournalEntry], _ file: JournalFile) throws {
        let time = unixMilliseconds()
        do {
            try file.write(entries.lazy.flatMap(\.operations), at: time)
        } catch  where JournalFault(error) == .full {
            // Acknowledgements make room. Facts that wait here are not on the disk, so these may go first.
            try file.write(entries.lazy.flatMap(\.operations).filter { if case .acknowledge = $0 { true } else { false } }, at: time)
            try file.write(entries.lazy.flatMap(\.operations), at: time)
        } catch  where JournalFault(error) == .record {
            // One by one, so that only what is at fault is lost.
            for index in entries.indices {
                do {
                    try file.write(entries[index].operations, at: time)
                } catch  where JournalFault(error) == .record {
                    board.dropped.increment()
                    entries[index].done?(false)
                    entries[index].done = nil
                    logger.error("the journal cannot keep an entry", metadata: ["reason": "\(error)"])
                }
            }
        }
        unsynchronised = true
        if file.logPages >= Self.checkpointPages { disk?.checkpoint(file.path, restart: file.logPages >= Self.restartPages) }
    }

    private func written(_ entries: [JournalEntry]) {
        for entry in entries { entry.done?(true) }
        answerWaiters(false)
        pause = limits.firstPause
        retryAt = nil
        isDropping = isDropping && waiting.count > limits.memory / 2
        if pulseAt == nil, !entries.isEmpty || !waiting.isEmpty { pulseAt = Self.monotonic() + Self.pulseEvery }
        let wasDegraded = isDegraded
        isDegraded = !waiting.isEmpty
        if isDegraded, !wasDegraded {
            logger.critical("ALARM: the journal has no more room; new facts are kept in memory only", metadata: figures)
        } else if wasDegraded, !isDegraded {
            logger.notice("the journal writes again", metadata: figures)
        }
    }

    private func recover(from error: any Error, _ file: JournalFile) {
        switch JournalFault(error) {
        case .corrupt:
            replace(file, error)
            // Once more, with the new file.
            if self.file != nil { writeWaiting(now: true) } else { failed(error) }
        case .full: failed(error)
        case .unavailable, .record:
            failed(error)
            // The file may have been moved or its disk unmounted: the next attempt opens it anew.
            opensAnew = true
        }
    }

    private func failed(_ error: (any Error)?) {
        board.failures.increment()
        answerWaiters(false)
        retryAt = Self.monotonic() + Int64(pause)
        pause = min(pause * 2, limits.longestPause)
        defer { isDegraded = true }
        guard let error else { return }
        guard !isDegraded else { return logger.debug("the journal cannot be written again", metadata: ["reason": "\(error)"]) }
        logger.critical(
            "ALARM: the disk does not take the journal; entries wait in memory and calls go on",
            metadata: ["reason": "\(error)", "directory": "\(directory)"])
    }

    private func answerWaiters(_ isCommitted: Bool) { for done in waiting.takeWaiters() { done(isCommitted) } }

    // MARK: - The file

    private func openFile() {
        do {
            use(try JournalFile(directory: directory, limits: limits))
        } catch {
            if JournalFault(error) == .corrupt { return replace(nil, error) }
            board.failures.increment()
            if isDegraded {
                logger.debug("the journal cannot be opened again", metadata: ["reason": "\(error)"])
            } else {
                logger.critical(
                    "ALARM: there is no journal; calls go on, and a restart will not find them",
                    metadata: ["reason": "\(error)", "directory": "\(directory)"])
            }
            isDegraded = true
        }
    }

    /// The old connection stays until there is a new one: it may still be able to read.
    private func openAnew() {
        opensAnew = false
        guard let old = file, let new = try? JournalFile(directory: directory, limits: limits) else { return }
        use(new)
        try? old.close()
    }

    private func use(_ file: JournalFile) {
        self.file = file
        nextSequence = max(nextSequence, ((try? file.lastSequence()) ?? 0) + 1)
        guard recovered.isEmpty else { return }
        do {
            recovered = try file.openCalls(at: unixMilliseconds())
        } catch {
            if JournalFault(error) == .corrupt { return replace(file, error) }
            logger.error("the journal's calls cannot be read", metadata: ["reason": "\(error)"])
        }
    }

    /// The damaged file is renamed, never deleted; what can still be read of it goes to the new one.
    private func replace(_ damaged: JournalFile?, _ error: any Error) {
        try? damaged?.close()
        file = nil
        // A disk that damages every new file would fill up with them.
        let now = Self.monotonic()
        if let replacedAt, now - replacedAt < Self.replacementEvery { return }
        replacedAt = now
        board.setAside.increment()
        let time = unixMilliseconds()
        let repair = JournalRepair.replace(directory, limits: limits, atUnixMilliseconds: time)
        logger.critical(
            "ALARM: the journal is damaged; it was set aside and a new one begun",
            metadata: [
                "reason": "\(error)", "file": "\(repair.setAside ?? "cannot be renamed")", "calls": "\(repair.calls.count)",
                "facts": "\(repair.facts)",
            ])
        for failure in repair.failures { logger.critical("ALARM: \(failure)", metadata: ["directory": "\(directory)"]) }
        if recovered.isEmpty { recovered = repair.calls }
        guard let new = repair.file else {
            isDegraded = true
            return
        }
        use(new)
    }

    // MARK: - Reading

    private func reading<Value>(_ body: (JournalFile) throws -> Value) -> Value? {
        guard let file else { return nil }
        do {
            return try body(file)
        } catch {
            recover(from: error, file)
            return nil
        }
    }

    private func page(after sequence: Int64, limit: Int) -> [JournaledFact] {
        let written = reading { try $0.facts(after: sequence, limit: limit) } ?? []
        guard written.count < limit, waiting.facts > 0 else { return written }
        // What waits comes after everything that is written, in the numbers too.
        if let last = reading({ try $0.lastSequence() }), waiting.factsWaiting(after: .min, limit: 1).contains(where: { $0.sequence <= last }) {
            nextSequence = max(nextSequence, waiting.renumber(above: last))
        }
        return written + waiting.factsWaiting(after: sequence, limit: limit - written.count)
    }

    // MARK: - The clock

    private func housekeeping(at now: Int64) {
        housekeepingAt = now + Self.housekeepingEvery
        reading { try $0.housekeeping(at: unixMilliseconds()) }
        pulse()
    }

    /// Once a second while something happens.
    private func pulse() {
        pulseAt = nil
        if unsynchronised, let file {
            unsynchronised = false
            disk?.synchronise(file.path)
        }
        publish()
        board.record(atUnixMilliseconds: unixMilliseconds())
        let share = Double(file?.usedBytes ?? 0) / Double(limits.bytes)
        if share >= limits.alarmShare, !isAlarmed {
            isAlarmed = true
            logger.critical("ALARM: the journal fills its bound; is a crm-worker there, and its database?", metadata: figures)
        }
        // Not at the same place, or a journal that stays there would alarm with every fact.
        if share < limits.alarmShare * 0.9 { isAlarmed = false }
        if !waiting.isEmpty || file?.facts ?? 0 > 0 { pulseAt = Self.monotonic() + Self.pulseEvery }
    }

    private func publish() {
        let pending = (file?.facts ?? 0) + waiting.facts
        let oldest = pending == 0 ? nil : (try? file?.oldestFact()) ?? waiting.factsWaiting(after: .min, limit: 1).first?.fact.at
        board.set(
            JournalFigures(
                state: isDegraded ? .degraded : .ok, pendingFacts: pending, oldestFact: oldest, waiting: waiting.count,
                setAside: file?.setAsideFacts ?? 0, usedBytes: file?.usedBytes ?? 0, bytes: file?.bytesOnDisk ?? 0),
            unreadable: file?.unreadable ?? 0)
    }

    private var figures: Logger.Metadata {
        ["used_bytes": "\(file?.usedBytes ?? 0)", "bound_bytes": "\(limits.bytes)", "facts": "\((file?.facts ?? 0) + waiting.facts)"]
    }
}
