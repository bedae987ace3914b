/// A time of day as it was said, before it is decided on which half of the day it falls.
struct TimeMention: Sendable {
    /// First token, with what introduces it.
    var start: Int
    var end: Int
    /// Since midnight; below 720 unless `isCertain`.
    var minutes: Int
    /// Said so that the half of the day is clear without a part of the day.
    var isCertain: Bool
    var part: DayPart?
    /// The end of a span, read like `minutes`.
    var through: Through?
    var bound: UnderstoodBound = .exact
    var confidence: Double
    var why: String

    struct Through: Sendable {
        var minutes: Int
        var isCertain: Bool
        var part: DayPart?
    }

    /// A resolved time, and how many days after the named day it falls: one in the morning of "Sunday night" is on Monday.
    struct Resolved: Sendable, Hashable {
        var time: CivilTime
        var dayShift = 0
    }

    /// All readings, the likeliest first.
    func readings(_ other: DayPart? = nil) -> [Resolved] {
        TimeMention.readings(minutes: minutes, isCertain: isCertain, part: part ?? other)
    }

    static func readings(minutes: Int, isCertain: Bool, part: DayPart?) -> [Resolved] {
        if isCertain {
            // "At 00:30 at night" belongs to the night that began the evening before.
            let shift = part == .night && minutes < 300 ? 1 : 0
            return [Resolved(time: CivilTime(minutes: minutes), dayShift: shift)]
        }
        let early = Resolved(time: CivilTime(minutes: minutes % 720))
        let late = Resolved(time: CivilTime(minutes: minutes % 720 + 720))
        let hour = minutes % 720 / 60
        switch part {
        case nil:
            // Nobody calls a business about four in the morning.
            return hour == 0 || hour < 7 ? [late, early] : [early, late]
        case .dawn: return [early]
        case .morning, .forenoon: return hour == 0 ? [late] : [early]
        case .noon: return hour == 10 || hour == 11 ? [early] : [late]
        case .afternoon: return [late]
        case .evening: return hour == 0 ? [Resolved(time: early.time, dayShift: 1)] : [late]
        case .night: return hour < 6 ? [Resolved(time: early.time, dayShift: 1)] : [late]
        }
    }

    /// Begin and end of a span, chosen so that it ends after it begins, within half a day.
    func span(_ other: DayPart? = nil) -> (start: Resolved, end: Resolved)? {
        guard let through else { return nil }
        // A part of the day said at one end may hold for both: between eight and ten in the evening. Or not: from eleven till one at noon.
        var starts = readings(through.part ?? other)
        if part == nil { starts += TimeMention.readings(minutes: minutes, isCertain: isCertain, part: nil) }
        var ends = TimeMention.readings(minutes: through.minutes, isCertain: through.isCertain, part: through.part ?? part ?? other)
        if through.part == nil { ends += TimeMention.readings(minutes: through.minutes, isCertain: through.isCertain, part: nil) }
        for start in starts {
            for end in ends {
                let length = (end.dayShift - start.dayShift) * 1440 + end.time.minutes - start.time.minutes
                if length > 0, length <= 720 { return (start, end) }
            }
        }
        guard let start = starts.first, let end = ends.first else { return nil }
        return (start, Resolved(time: end.time, dayShift: end.time > start.time ? start.dayShift : start.dayShift + 1))
    }
}
