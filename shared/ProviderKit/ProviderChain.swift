import Logging
import Metrics
import Synchronization

/// A stage's providers in the order of the configuration, with what is known of their health. One per process: all calls learn from each.
package final class ProviderChain: Sendable {
    /// `asr`, `dialog` or `tts`.
    package let stage: String
    package let names: [String]
    private let breakers: Mutex<[CircuitBreaker]>
    private let logger: Logger
    private let now: @Sendable () -> Int64

    /// - Parameter now: monotonic milliseconds.
    package init(stage: String, names: [String], logger: Logger, now: @escaping @Sendable () -> Int64 = ProviderChain.clock()) {
        self.stage = stage
        self.names = names
        self.logger = logger
        self.now = now
        breakers = Mutex(Array(repeating: CircuitBreaker(), count: names.count))
    }

    package static func clock() -> @Sendable () -> Int64 {
        let origin = ContinuousClock.now
        return {
            let (seconds, attoseconds) = (ContinuousClock.now - origin).components
            return seconds * 1000 + attoseconds / 1_000_000_000_000_000
        }
    }

    /// The provider to ask next, by its index: the first that is well and has not been tried for this piece of work. When all the others are
    /// resting, the one whose rest ends soonest: a caller is never left without an attempt. nil when all have been tried.
    /// - Parameters:
    ///   - order: indices of `names` in a business's own order; nil: the configuration's.
    package func next(after tried: Set<Int>, order: [Int]? = nil) -> Int? {
        let order = order ?? Array(names.indices)
        let now = now()
        return breakers.withLock { breakers in
            let left = order.filter { !tried.contains($0) }
            if let well = left.first(where: { breakers[$0].admits(at: now) }) { return well }
            return left.min { breakers[$0].opensAt < breakers[$1].opensAt }
        }
    }

    package func succeeded(_ index: Int) {
        let wasAway = breakers.withLock { breakers in
            defer { breakers[index].succeeded() }
            return breakers[index].state != .closed
        }
        Counter(label: "maane_provider_successes", dimensions: dimensions(index)).increment()
        if wasAway { logger.notice("PROVIDER_BACK", metadata: ["stage": "\(stage)", "provider": "\(names[index])"]) }
    }

    package func failed(_ index: Int, _ failure: ProviderFailure) {
        let now = now()
        let hasOpened = breakers.withLock { $0[index].failed(failure, at: now) }
        Counter(label: "maane_provider_failures", dimensions: dimensions(index) + [("kind", failure.kind.rawValue)]).increment()
        guard hasOpened else { return }
        logger.error(
            "PROVIDER_RESTS",
            metadata: ["stage": "\(stage)", "provider": "\(names[index])", "kind": "\(failure.kind.rawValue)", "reason": "\(failure.message)"])
    }

    /// The one line of a switch in mid-work.
    package func logSwitch(from: Int, to: Int?, _ failure: ProviderFailure, _ logger: Logger) {
        Counter(label: "maane_provider_switches", dimensions: dimensions(from) + [("to", to.map { names[$0] } ?? "none")]).increment()
        logger.warning(
            "PROVIDER_SWITCH",
            metadata: [
                "stage": "\(stage)", "from": "\(names[from])", "to": "\(to.map { names[$0] } ?? "none")", "kind": "\(failure.kind.rawValue)",
                "reason": "\(failure.message)",
            ])
    }

    /// For the configuration's names in a business's file.
    package func order(of names: [String]) -> [Int] { names.compactMap { self.names.firstIndex(of: $0) } }

    private func dimensions(_ index: Int) -> [(String, String)] { [("stage", stage), ("provider", names[index])] }
}
