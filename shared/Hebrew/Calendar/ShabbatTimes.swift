import Foundation

/// When Shabbat and holidays come in and go out at one place, computed from the sun; to the minute, as calendars print it.
package struct ShabbatTimes: Sendable, Hashable {
    /// How the end is reckoned.
    package enum Exit: Sendable, Hashable {
        /// The sun's centre so far below the horizon; 8.5 degrees is when three small stars are seen.
        case degrees(Double)
        case minutesAfterSunset(Int)
    }

    /// Degrees north.
    package let latitude: Double
    /// Degrees east.
    package let longitude: Double
    /// Minutes from the lighting of candles to sunset.
    package let candleMinutes: Int
    package let exit: Exit
    package let clock: CivilClock

    package init(latitude: Double, longitude: Double, candleMinutes: Int, exit: Exit = .degrees(8.5), clock: CivilClock = .jerusalem) {
        (self.latitude, self.longitude, self.candleMinutes, self.exit, self.clock) = (latitude, longitude, candleMinutes, exit, clock)
    }

    // Candle minutes are each town's custom.
    package static let jerusalem = ShabbatTimes(latitude: 31.778, longitude: 35.235, candleMinutes: 40)
    package static let telAviv = ShabbatTimes(latitude: 32.0853, longitude: 34.7818, candleMinutes: 20)
    package static let haifa = ShabbatTimes(latitude: 32.794, longitude: 34.9896, candleMinutes: 30)
    package static let beerSheva = ShabbatTimes(latitude: 31.2518, longitude: 34.7913, candleMinutes: 20)

    /// The lighting of candles on the day before rest, normally a Friday.
    package func entry(onEve date: CivilDate) -> CivilTime {
        rounded(sun(on: date, degreesBelow: ShabbatTimes.sunsetDegrees) - Double(candleMinutes), up: false)
    }

    /// The end on the last day of rest, normally a Saturday.
    package func exit(on date: CivilDate) -> CivilTime {
        switch exit {
        case .degrees(let degrees): rounded(sun(on: date, degreesBelow: degrees), up: true)
        case .minutesAfterSunset(let minutes): rounded(sun(on: date, degreesBelow: ShabbatTimes.sunsetDegrees) + Double(minutes), up: true)
        }
    }

    package func sunset(on date: CivilDate) -> CivilTime { rounded(sun(on: date, degreesBelow: ShabbatTimes.sunsetDegrees), up: false) }

    /// Shabbat, or a holiday that forbids work, goes on at this time.
    package func isRest(at local: CivilDateTime) -> Bool {
        let (today, tomorrow) = (ShabbatTimes.forbidsWork(local.date), ShabbatTimes.forbidsWork(local.date.adding(days: 1)))
        if tomorrow, local.time >= entry(onEve: local.date) { return true }
        // Between two days of rest the evening does not end the first.
        return today && (tomorrow || local.time < exit(on: local.date))
    }

    /// A Saturday or a holiday on which Jewish law forbids work.
    package static func forbidsWork(_ date: CivilDate) -> Bool {
        date.weekday == .saturday || HolidayCalendar.days(on: date).contains { !$0.isEve && $0.holiday.character == .rest }
    }

    /// Refraction and the sun's radius: it has set when its centre is 50 minutes of arc below the horizon.
    private static let sunsetDegrees = 0.8333

    /// Early when something begins, late when it ends.
    private func rounded(_ minutes: Double, up: Bool) -> CivilTime {
        CivilTime(minutes: Int(minutes.rounded(up ? .up : .down)))
    }

    /// Local minutes after midnight at which the evening sun is so far below the horizon. Meeus's low-precision formulas: within half a minute.
    private func sun(on date: CivilDate, degreesBelow: Double) -> Double {
        let noon = Date(timeIntervalSince1970: Double(date.dayNumber) * 86_400 + 43_200)
        let offset = Double(clock.zone.secondsFromGMT(for: noon)) / 60
        var utcMinutes = 1080 - offset
        // The sun moves on between noon and evening; the second pass uses its place at the time found by the first.
        for _ in 0..<2 { utcMinutes = evening(day: Double(date.dayNumber) + utcMinutes / 1440, degreesBelow: degreesBelow) }
        return utcMinutes + offset
    }

    private func evening(day: Double, degreesBelow: Double) -> Double {
        let radians = Double.pi / 180
        let century = (day - 10_957.5) / 36_525
        let meanLongitude = (280.46646 + century * (36_000.76983 + century * 0.0003032)).truncatingRemainder(dividingBy: 360)
        let anomaly = 357.52911 + century * (35_999.05029 - 0.0001537 * century)
        let eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
        let centre =
            sin(anomaly * radians) * (1.914602 - century * (0.004817 + 0.000014 * century))
            + sin(2 * anomaly * radians) * (0.019993 - 0.000101 * century) + sin(3 * anomaly * radians) * 0.000289
        let node = (125.04 - 1934.136 * century) * radians
        let longitude = meanLongitude + centre - 0.00569 - 0.00478 * sin(node)
        let obliquity = 23.439291 - 0.0130042 * century + 0.00256 * cos(node)
        let declination = asin(sin(obliquity * radians) * sin(longitude * radians))
        let half = tan(obliquity / 2 * radians)
        let (y, l, m) = (half * half, meanLongitude * radians, anomaly * radians)
        let equation =
            4 / radians
            * (y * sin(2 * l) - 2 * eccentricity * sin(m) + 4 * eccentricity * y * sin(m) * cos(2 * l) - 0.5 * y * y * sin(4 * l)
                - 1.25 * eccentricity * eccentricity * sin(2 * m))
        let cosine =
            (cos((90 + degreesBelow) * radians) - sin(latitude * radians) * sin(declination)) / (cos(latitude * radians) * cos(declination))
        // Beyond the polar circles the sun may not set at all.
        let hourAngle = acos(min(max(cosine, -1), 1)) / radians
        return 720 - 4 * (self.longitude - hourAngle) - equation
    }
}
