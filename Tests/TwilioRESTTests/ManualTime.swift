import Synchronization

/// A clock that stands until somebody sleeps. The real time that requests take does not move it.
final class ManualTime: Sendable {
    private let state: Mutex<(now: ContinuousClock.Instant, naps: [Duration])>
    init() { state = Mutex((.now, [])) }
    var now: ContinuousClock.Instant { state.withLock { $0.now } }
    /// What was slept, in order.
    var naps: [Duration] { state.withLock { $0.naps } }
    func pass(_ duration: Duration) { state.withLock { $0.now += duration } }
    func sleep(_ duration: Duration) {
        state.withLock {
            $0.now += duration
            $0.naps.append(duration)
        }
    }
}
