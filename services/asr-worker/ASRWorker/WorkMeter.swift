import Synchronization

/// Work of one thread of a recogniser, counted where it is given and where it is done, and read by the heartbeat.
package final class WorkMeter: Sendable {
    package struct Reading: Sendable, Equatable {
        /// Accepted and not finished.
        package var outstanding: Int
        /// Items and steps done.
        package var progress: UInt64
        /// The thread is at a step that may take until later than now.
        package var isExcused: Bool
    }

    private let accepted = Atomic<UInt64>(0)
    private let finished = Atomic<UInt64>(0)
    private let steps = Atomic<UInt64>(0)
    private let excusedUntil = Atomic<Int64>(0)

    package init() {}

    package func accept() { accepted.wrappingAdd(1, ordering: .relaxed) }
    package func finish() { finished.wrappingAdd(1, ordering: .relaxed) }
    /// A part of an item is done: long items must not look like a standstill.
    package func step() { steps.wrappingAdd(1, ordering: .relaxed) }

    /// One call into a library that cannot be cut into steps and may take this long.
    package func step<Value>(lasting milliseconds: Int, _ body: () throws -> Value) rethrows -> Value {
        excusedUntil.store(Self.now() + Int64(milliseconds), ordering: .relaxed)
        defer {
            excusedUntil.store(0, ordering: .relaxed)
            step()
        }
        return try body()
    }

    /// What is waited for may take this long. 0: nothing is waited for any more.
    package func excuse(for milliseconds: Int) {
        excusedUntil.store(milliseconds > 0 ? Self.now() + Int64(milliseconds) : 0, ordering: .relaxed)
        step()
    }

    package func read() -> Reading {
        // In this order a difference cannot be negative.
        let finished = finished.load(ordering: .relaxed)
        let accepted = accepted.load(ordering: .relaxed)
        return Reading(
            outstanding: Int(clamping: accepted >= finished ? accepted - finished : 0), progress: finished &+ steps.load(ordering: .relaxed),
            isExcused: excusedUntil.load(ordering: .relaxed) > Self.now())
    }

    private static let origin = ContinuousClock.now
    private static func now() -> Int64 {
        let (seconds, attoseconds) = (ContinuousClock.now - origin).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

/// What the heartbeat says of several threads. The count of work done stands still as soon as one of them does while work waits for it:
/// the others' progress must not hide it.
package struct WorkWatch: Sendable {
    private var last: [WorkMeter.Reading] = []
    private var excuses: UInt64 = 0
    private var done: UInt64 = 0

    package init() {}

    /// To be called once per heartbeat: what has not moved since the last call stands still.
    package mutating func read(_ readings: [WorkMeter.Reading]) -> (done: UInt64, outstanding: Int) {
        let before = last
        last = readings
        var isStuck = false
        for (index, now) in readings.enumerated() where now.outstanding > 0 && before.indices.contains(index) {
            guard before[index].outstanding > 0, before[index].progress == now.progress else { continue }
            if now.isExcused { excuses += 1 } else { isStuck = true }
        }
        if !isStuck { done = readings.reduce(excuses) { $0 &+ $1.progress } }
        return (done, readings.reduce(0) { $0 + $1.outstanding })
    }
}
