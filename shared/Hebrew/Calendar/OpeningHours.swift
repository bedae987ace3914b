/// When a business is open. Structured configuration: nothing here is ever read out of free text.
package struct OpeningHours: Sendable, Hashable {
    /// One stretch of a day, in minutes since its midnight. The end may lie after midnight: up to 30 hours.
    package struct Stretch: Sendable, Hashable {
        package let start: Int
        package let end: Int
        /// Nil unless 0 ≤ start < end ≤ 1800 and start < 1440.
        package init?(start: Int, end: Int) {
            guard start >= 0, start < end, end <= 1800, start < 1440 else { return nil }
            (self.start, self.end) = (start, end)
        }

        /// `09:00-22:00`; `24:00` is the end of the day, and an end before the start is on the next day.
        package init?(_ text: String) {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false)
            guard parts.count == 2, let start = CivilTime(parts[0]) else { return nil }
            let end = parts[1] == "24:00" ? 1440 : CivilTime(parts[1])?.minutes
            guard let end else { return nil }
            self.init(start: start.minutes, end: end <= start.minutes ? end + 1440 : end)
        }
    }

    /// Stretches of one day; none means closed.
    package typealias Day = [Stretch]

    package var weekly: [Weekday: Day]
    /// What the owner decided for one holiday; overrides everything but `dates`.
    package var holidays: [Holiday: Day]
    /// The same for eves.
    package var eves: [Holiday: Day]
    /// What the owner decided for one date; overrides everything.
    package var dates: [CivilDate: Day]
    /// Days off without an entry of their own are closed.
    package var closesOnDaysOff: Bool
    /// Eves without an entry of their own are kept like a Friday (whichever of the two days is shorter).
    package var eveIsFriday: Bool
    /// If given, nothing is open while Shabbat or a holiday lasts, whatever the week says.
    package var shabbat: ShabbatTimes?

    package init(
        weekly: [Weekday: Day], holidays: [Holiday: Day] = [:], eves: [Holiday: Day] = [:], dates: [CivilDate: Day] = [:],
        closesOnDaysOff: Bool = true, eveIsFriday: Bool = true, shabbat: ShabbatTimes? = nil
    ) {
        (self.weekly, self.holidays, self.eves, self.dates) = (weekly, holidays, eves, dates)
        (self.closesOnDaysOff, self.eveIsFriday, self.shabbat) = (closesOnDaysOff, eveIsFriday, shabbat)
    }

    /// Sunday to Thursday 09–22, Friday 09–15, Saturday and holidays closed.
    package static let standard: OpeningHours = {
        let long = Stretch(start: 540, end: 1320).map { [$0] } ?? []
        let short = Stretch(start: 540, end: 900).map { [$0] } ?? []
        return OpeningHours(weekly: [.sunday: long, .monday: long, .tuesday: long, .wednesday: long, .thursday: long, .friday: short])
    }()

    /// What is open on this day, in order. A stretch that began the day before is that day's.
    package func stretches(on date: CivilDate) -> Day {
        let day = dates[date] ?? holidayDay(date) ?? weekly[date.weekday] ?? []
        guard let shabbat, !day.isEmpty else { return day }
        return day.flatMap { outside(of: shabbat, $0, on: date) }.sorted { $0.start < $1.start }
    }

    package func isOpen(at local: CivilDateTime) -> Bool { stretch(at: local) != nil }

    /// Open for so many minutes from then on, without a break.
    package func isOpen(at local: CivilDateTime, forMinutes minutes: Int) -> Bool {
        guard let open = stretch(at: local) else { return false }
        return local.time.minutes - open.shift + minutes <= open.stretch.end
    }

    /// The next moment at or after `local` when it is open; nil if none comes within sixty days.
    package func nextOpening(from local: CivilDateTime) -> CivilDateTime? {
        if isOpen(at: local) { return local }
        for ahead in 0...60 {
            let date = local.date.adding(days: ahead)
            if let next = stretches(on: date).first(where: { ahead > 0 || $0.start > local.time.minutes }) {
                return CivilDateTime(date, CivilTime(minutes: next.start))
            }
        }
        return nil
    }

    /// When it closes; nil when it is not open.
    package func closing(from local: CivilDateTime) -> CivilDateTime? {
        guard let open = stretch(at: local) else { return nil }
        let end = open.stretch.end + open.shift
        return CivilDateTime(local.date.adding(days: end >= 1440 ? 1 : 0), CivilTime(minutes: end))
    }

    /// The stretch that covers this time, and minutes to add for those of the day before.
    private func stretch(at local: CivilDateTime) -> (stretch: Stretch, shift: Int)? {
        let minutes = local.time.minutes
        if let found = stretches(on: local.date).first(where: { $0.start <= minutes && minutes < $0.end }) { return (found, 0) }
        return stretches(on: local.date.adding(days: -1)).first { $0.start <= minutes + 1440 && minutes + 1440 < $0.end }.map { ($0, -1440) }
    }

    /// Nil when the calendar has nothing to say about this day.
    private func holidayDay(_ date: CivilDate) -> Day? {
        let days = HolidayCalendar.days(on: date)
        for day in days { if let own = day.isEve ? eves[day.holiday] : holidays[day.holiday] { return own } }
        if closesOnDaysOff, days.contains(where: { $0.isDayOff }) { return [] }
        let isEve = days.contains { $0.isEve && ($0.holiday.character == .rest || $0.holiday.character == .dayOff) }
        guard eveIsFriday, isEve else { return nil }
        return OpeningHours.common(weekly[date.weekday] ?? [], weekly[.friday] ?? [])
    }

    private static func common(_ one: Day, _ other: Day) -> Day {
        one.flatMap { left in other.compactMap { Stretch(start: max(left.start, $0.start), end: min(left.end, $0.end)) } }.sorted {
            $0.start < $1.start
        }
    }

    /// What is left of a stretch when rest is cut out of it.
    private func outside(of shabbat: ShabbatTimes, _ stretch: Stretch, on date: CivilDate) -> Day {
        var rest: [(start: Int, end: Int)] = []
        for ahead in 0...1 {
            let day = date.adding(days: ahead)
            let (today, tomorrow) = (ShabbatTimes.forbidsWork(day), ShabbatTimes.forbidsWork(day.adding(days: 1)))
            let shift = ahead * 1440
            if today { rest.append((shift, shift + (tomorrow ? 1440 : shabbat.exit(on: day).minutes))) }
            if tomorrow { rest.append((shift + shabbat.entry(onEve: day).minutes, shift + 1440)) }
        }
        var left = [stretch]
        for span in rest {
            left = left.flatMap { part in
                [Stretch(start: part.start, end: min(part.end, span.start)), Stretch(start: max(part.start, span.end), end: part.end)].compactMap {
                    $0
                }
            }
        }
        return left
    }
}
