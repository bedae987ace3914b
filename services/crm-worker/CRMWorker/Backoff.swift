/// Growing pauses between attempts, each shortened at random by up to a half so that a fleet does not knock in step.
package struct Backoff: Sendable {
    package var first: Duration
    package var longest: Duration
    private var next: Duration

    package init(first: Duration = .milliseconds(100), longest: Duration = .seconds(5)) {
        self.first = first
        self.longest = longest
        next = first
    }

    /// The pause before the next attempt.
    package mutating func pause(using generator: inout some RandomNumberGenerator) -> Duration {
        let current = next
        next = min(longest, next * 2)
        return current * Double.random(in: 0.5...1, using: &generator)
    }

    /// An attempt has succeeded.
    package mutating func reset() { next = first }
}
