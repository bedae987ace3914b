/// A moment on the gateway's monotonic clock, in microseconds since the call began. An input of every state machine, never read by one.
package struct CallTime: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let microseconds: Int64
    package init(microseconds: Int64) { self.microseconds = microseconds }
    package init(milliseconds: Int) { microseconds = Int64(milliseconds) * 1000 }
    package static let zero = CallTime(microseconds: 0)
    /// Later than anything.
    package static let never = CallTime(microseconds: .max)
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int { Int(microseconds / 1000) }
    package var description: String { "\(milliseconds)ms" }
    package static func < (left: CallTime, right: CallTime) -> Bool { left.microseconds < right.microseconds }
    package func adding(milliseconds: Int) -> CallTime { CallTime(microseconds: microseconds + Int64(milliseconds) * 1000) }
    package func adding(microseconds more: Int64) -> CallTime { CallTime(microseconds: microseconds + more) }
    /// Milliseconds from `earlier` to this moment, fractional.
    package func milliseconds(since earlier: CallTime) -> Double { Double(microseconds - earlier.microseconds) / 1000 }
    package init(from decoder: any Decoder) throws { microseconds = try decoder.singleValueContainer().decode(Int64.self) }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(microseconds)
    }
}
