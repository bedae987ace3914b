/// Whether so much audio is published that it pays to look for it by the clock. Time is an input, in milliseconds.
package struct AudioFlow: Sendable, Equatable {
    /// Publications since the last judgement.
    package var count = 0
    private var since: Int64 = 0
    private var isStrong = false

    /// Milliseconds over which is counted: the time of one frame.
    private static let window: Int64 = 20
    /// Twenty calls: one frame each millisecond, two for each look. With fewer a look would find nothing more than what a wake-up brings.
    private static let strong: Int64 = 20

    package init() {}

    package mutating func isStrong(at now: Int64) -> Bool {
        let passed = now - since
        guard passed >= Self.window else { return isStrong }
        isStrong = Int64(count) * Self.window >= Self.strong * passed
        count = 0
        since = now
        return isStrong
    }
}
