/// What a load run measured. Times in milliseconds.
package struct LoadReport: Codable, Sendable {
    package struct Distribution: Codable, Sendable, Equatable {
        package var count: Int
        package var p50: Double
        package var p95: Double
        package var p99: Double
        package var worst: Double

        /// Nearest-rank percentiles; nil for no values.
        package init?(_ values: [Double]) {
            guard !values.isEmpty else { return nil }
            let sorted = values.sorted()
            func rank(_ share: Double) -> Double { sorted[max(0, min(sorted.count - 1, Int((share * Double(sorted.count)).rounded(.up)) - 1))] }
            count = values.count
            (p50, p95, p99, worst) = (rank(0.50), rank(0.95), rank(0.99), sorted[sorted.count - 1])
        }
    }

    package var calls: Int
    package var utterances = 0
    /// Turns that were never answered audibly.
    package var lostTurns = 0
    /// Calls that failed to begin or ended early, with the reasons.
    package var failedCalls: [String] = []
    /// The endpointing silence that was subtracted.
    package var silenceRuleMs: Double
    /// From the last voiced frame sent to the first audible frame received.
    package var fromLastVoicedFrame: Distribution?
    /// The same less the silence rule: what the application itself took.
    package var afterSilenceRule: Distribution?
    /// Time of the webhook's answer.
    package var webhook: Distribution?
    package var framesSent = 0
    package var framesReceived = 0
    package var invalidMessages = 0
    package var wallSeconds = 0.0
    /// The simulator's own CPU, user and system.
    package var simulatorCPUSeconds = 0.0
    /// Ticks that came more than 10 ms after their deadline: when there are many, the numbers above are the simulator's, not the application's.
    package var lateTicks = 0
    package var ticks = 0
    package var worstTickDelayMs = 0.0

    package init(calls: Int, silenceRuleMs: Double) {
        self.calls = calls
        self.silenceRuleMs = silenceRuleMs
    }

    /// The simulator kept its own deadlines: at most one tick in a hundred came late.
    package var keptPace: Bool { lateTicks * 100 <= ticks }
}

/// What one call contributes.
struct LoadCallResult: Sendable {
    var delays: [Double] = []
    var utterances = 0
    var lostTurns = 0
    var webhookMs: Double?
    var failure: String?
    var framesSent = 0
    var framesReceived = 0
    var invalidMessages = 0
    var ticks = 0
    var lateTicks = 0
    var worstTickDelayMs = 0.0
}
