import Foundation

/// What clocks on the wall of one zone show. The zone's rules, daylight saving included, are Foundation's.
package struct CivilClock: Sendable, Hashable {
    package let zone: TimeZone
    package init(zone: TimeZone) { self.zone = zone }

    /// Falls back to two hours east of Greenwich where the system knows no zones at all: wrong by an hour in summer, and never a crash.
    package static let jerusalem = CivilClock(zone: TimeZone(identifier: "Asia/Jerusalem") ?? TimeZone(secondsFromGMT: 7200) ?? .gmt)

    package func local(_ instant: Date) -> CivilDateTime {
        let seconds = CivilClock.whole(instant) + zone.secondsFromGMT(for: instant)
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        return CivilDateTime(CivilDate(dayNumber: days), CivilTime(minutes: (seconds - days * 86_400) / 60))
    }

    /// The moment when the clocks show this.
    package func instant(of local: CivilDateTime) -> Moment {
        let asIfUTC = Double(local.date.dayNumber * 86_400 + local.time.minutes * 60)
        // A day before and a day after bracket any change of the clocks that this time may be near.
        let before = zone.secondsFromGMT(for: Date(timeIntervalSince1970: asIfUTC - 86_400))
        let after = zone.secondsFromGMT(for: Date(timeIntervalSince1970: asIfUTC + 86_400))
        let early = Date(timeIntervalSince1970: asIfUTC - Double(max(before, after)))
        let late = Date(timeIntervalSince1970: asIfUTC - Double(min(before, after)))
        let hits = (early == late ? [early] : [early, late]).filter { self.local($0) == local }
        return switch hits.count {
        case 0: .skipped(resumes: late)
        case 1: .once(hits[0])
        default: .twice(hits[0], hits[1])
        }
    }

    package enum Moment: Hashable, Sendable {
        case once(Date)
        /// The night when clocks go back: the hour comes twice.
        case twice(Date, Date)
        /// The night when clocks go forward: nobody's clock shows this. `resumes` is the time told by a clock that nobody has put forward.
        case skipped(resumes: Date)

        /// The best single answer: the first of two, and for a skipped time the moment at which an unchanged clock would show it.
        package var best: Date {
            switch self {
            case .once(let date), .twice(let date, _), .skipped(let date): date
            }
        }
    }

    /// Years far outside of a calendar's are held, so that arithmetic cannot overflow.
    private static func whole(_ instant: Date) -> Int {
        Int(min(max(instant.timeIntervalSince1970, -62_000_000_000), 253_000_000_000).rounded(.down))
    }
}
