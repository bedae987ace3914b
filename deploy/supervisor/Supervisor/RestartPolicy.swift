/// How a process ended.
package enum Termination: Sendable, Equatable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32)

    /// The exit code a shell would report: a signal counts from 128.
    package var shellCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 + signal
        }
    }

    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

/// When a process that died is started again, and when it is not. A value: time comes in, a verdict comes out.
package struct RestartPolicy: Sendable {
    package enum Verdict: Sendable, Equatable {
        /// Start again after this delay.
        case restart(after: Duration)
        /// The process never came up: a fault of configuration, which no restart mends.
        case giveUp
    }

    /// The delay after a death; the same as RestartSec of the unit files.
    package static let firstDelay = Duration.milliseconds(200)
    package static let longestDelay = Duration.seconds(5)
    /// A process that dies younger than this, again and again, is slowed down.
    package static let quickDeath = Duration.seconds(1)
    /// A death younger than this and before the first READY counts as a failed boot. Longer than `quickDeath`, because a
    /// worker may load a model or wait for a database before it finds its fault; without it such a fault would loop for ever.
    package static let bootWindow = Duration.seconds(60)
    package static let failedBootsAllowed = 5

    private var quickDeaths = 0
    private var failedBoots = 0
    private var everReady = false

    package init() {}

    package mutating func ready() {
        everReady = true
    }

    /// - Parameter uptime: how long the process lived.
    package mutating func died(uptime: Duration) -> Verdict {
        let failedBoot = !everReady && uptime < Self.bootWindow
        if failedBoot {
            failedBoots += 1
            if failedBoots >= Self.failedBootsAllowed { return .giveUp }
        }
        quickDeaths = failedBoot || uptime < Self.quickDeath ? quickDeaths + 1 : 0
        var delay = Self.firstDelay
        // Doubling stops at the longest delay, so the loop is short however many deaths there were.
        for _ in 1..<max(1, quickDeaths) where delay < Self.longestDelay { delay *= 2 }
        return .restart(after: min(delay, Self.longestDelay))
    }
}
