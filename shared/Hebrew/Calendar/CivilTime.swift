/// A time of day on a clock's face, to the minute.
package struct CivilTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// 0 to 23.
    package let hour: Int
    /// 0 to 59.
    package let minute: Int

    package init?(hour: Int, minute: Int = 0) {
        guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
        (self.hour, self.minute) = (hour, minute)
    }

    /// Minutes since midnight, taken modulo one day.
    package init(minutes: Int) {
        let rest = minutes % 1440
        let inDay = rest < 0 ? rest + 1440 : rest
        (hour, minute) = (inDay / 60, inDay % 60)
    }

    /// Exactly `09:30`.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1])
        else { return nil }
        self.init(hour: hour, minute: minute)
    }

    package var minutes: Int { hour * 60 + minute }
    /// `09:30`.
    package var description: String { "\(Digits.padded(hour, 2)):\(Digits.padded(minute, 2))" }
    package static func < (left: CivilTime, right: CivilTime) -> Bool { left.minutes < right.minutes }
    /// Twelve hours away: the other reading of an hour of which nobody said whether it is in the morning.
    package var otherHalf: CivilTime { CivilTime(minutes: minutes + 720) }

    package static let midnight = CivilTime(minutes: 0)
    package static let noon = CivilTime(minutes: 720)
}

/// A day and a time as a wall clock shows them, without a zone.
package struct CivilDateTime: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let date: CivilDate
    package let time: CivilTime
    package init(_ date: CivilDate, _ time: CivilTime) { (self.date, self.time) = (date, time) }

    /// `2026-03-02T17:00`.
    package var description: String { "\(date)T\(time)" }
    package static func < (left: CivilDateTime, right: CivilDateTime) -> Bool { (left.date, left.time) < (right.date, right.time) }
}
