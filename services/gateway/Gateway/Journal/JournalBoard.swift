import Metrics
import Synchronization

/// What the journal's thread tells the others, and its metrics.
final class JournalBoard: Sendable {
    /// A counter that can be read.
    struct Tally: Sendable {
        private final class Box: Sendable { let count = Atomic<Int>(0) }
        private let box = Box()
        private let counter: Counter
        init(_ label: String) { counter = Counter(label: label) }
        var count: Int { box.count.load(ordering: .relaxed) }
        func increment() {
            box.count.add(1, ordering: .relaxed)
            counter.increment()
        }
    }

    /// Commands that the thread has not handled.
    let depth = Atomic<Int>(0)
    /// Entries for which there was no room, in the queue or in memory.
    let dropped = Tally("maane_journal_dropped")
    /// Writes that failed.
    let failures = Tally("maane_journal_write_failures")
    /// Damaged files.
    let setAside = Tally("maane_journal_set_aside")
    /// Commits whose patience ended first.
    let late = Counter(label: "maane_journal_late_commits")

    private let state = Mutex(JournalFigures())
    private let unreadable = Gauge(label: "maane_journal_unreadable_rows")
    private let facts = Gauge(label: "maane_journal_facts")
    private let age = Gauge(label: "maane_journal_oldest_fact_seconds")
    private let bytes = Gauge(label: "maane_journal_bytes")
    private let waiting = Gauge(label: "maane_journal_waiting")
    private let degraded = Gauge(label: "maane_journal_degraded")

    func handled(_ count: Int) { depth.subtract(count, ordering: .relaxed) }

    func set(_ figures: JournalFigures, unreadable rows: Int) {
        state.withLock { $0 = figures }
        unreadable.record(rows)
    }

    var figures: JournalFigures {
        var figures = state.withLock { $0 }
        figures.queued = max(0, depth.load(ordering: .relaxed))
        figures.dropped = dropped.count
        return figures
    }

    func record(atUnixMilliseconds now: Int64) {
        let figures = figures
        facts.record(figures.pendingFacts)
        age.record(Double(figures.oldestAge(atUnixMilliseconds: now) ?? 0) / 1000)
        bytes.record(figures.bytes)
        waiting.record(figures.waiting + figures.queued)
        degraded.record(figures.state == .degraded ? 1 : 0)
    }
}
