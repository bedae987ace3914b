import Foundation
import Testing

@testable import Hebrew

@Suite struct OpeningHoursTests {
    private func at(_ text: String) throws -> CivilDateTime {
        let parts = text.split(separator: "T")
        return CivilDateTime(try #require(CivilDate(iso: parts[0])), try #require(CivilTime(parts[1])))
    }

    @Test(arguments: [
        ("2026-03-01T09:00", true), ("2026-03-01T08:59", false), ("2026-03-01T21:59", true), ("2026-03-01T22:00", false), ("2026-03-06T14:59", true),
        ("2026-03-06T15:00", false), ("2026-03-07T12:00", false),
        // Pesach, its eve like a Friday, an intermediate day as any, Independence Day, Purim.
        ("2026-04-02T12:00", false), ("2026-04-01T12:00", true), ("2026-04-01T16:00", false), ("2026-04-05T16:00", true), ("2026-04-22T12:00", false),
        ("2026-03-03T12:00", true),
    ])
    func theStandardWeekKnowsHolidays(moment: String, isOpen: Bool) throws {
        #expect(OpeningHours.standard.isOpen(at: try at(moment)) == isOpen)
    }

    @Test func theOwnersWordOverrides() throws {
        var hours = OpeningHours.standard
        let short = try #require(OpeningHours.Stretch("09:00-13:00"))
        hours.holidays[.purim] = [short]
        hours.holidays[.independenceDay] = [short]
        hours.eves[.pesach] = []
        hours.dates[try #require(CivilDate(iso: "2026-03-10"))] = []
        #expect(!hours.isOpen(at: try at("2026-03-03T14:00")))
        #expect(hours.isOpen(at: try at("2026-04-22T10:00")))
        #expect(!hours.isOpen(at: try at("2026-04-01T10:00")))
        #expect(!hours.isOpen(at: try at("2026-03-10T10:00")))
    }

    @Test func stretchesAreReadAndChecked() {
        #expect(OpeningHours.Stretch("09:00-24:00")?.end == 1440)
        #expect(OpeningHours.Stretch("20:00-02:00")?.end == 1560)
        #expect(OpeningHours.Stretch("9:00-12:00") == nil)
        #expect(OpeningHours.Stretch("09:00-25:00") == nil)
        // Free text never becomes policy.
        #expect(OpeningHours.Stretch("ביטול עד 24 שעות") == nil)
        #expect(OpeningHours.Stretch(start: 600, end: 600) == nil)
    }

    @Test func aNightReachesIntoTheNextDay() throws {
        let bar = OpeningHours(weekly: [.thursday: [try #require(OpeningHours.Stretch("20:00-02:00"))]])
        #expect(bar.isOpen(at: try at("2026-03-06T01:59")))
        #expect(!bar.isOpen(at: try at("2026-03-06T02:00")))
        #expect(bar.closing(from: try at("2026-03-05T23:00"))?.description == "2026-03-06T02:00")
        #expect(bar.closing(from: try at("2026-03-06T01:00"))?.description == "2026-03-06T02:00")
        #expect(bar.isOpen(at: try at("2026-03-06T01:00"), forMinutes: 60))
        #expect(!bar.isOpen(at: try at("2026-03-06T01:00"), forMinutes: 61))
        #expect(bar.nextOpening(from: try at("2026-03-06T02:00"))?.description == "2026-03-12T20:00")
    }

    @Test func theNextOpeningPassesOverHolidays() throws {
        // From the eve of the New Year over the feast and Sunday's second day to Monday.
        #expect(OpeningHours.standard.nextOpening(from: try at("2026-09-11T15:00"))?.description == "2026-09-14T09:00")
        #expect(OpeningHours(weekly: [:]).nextOpening(from: try at("2026-03-01T10:00")) == nil)
    }

    @Test func shabbatCutsWhatTheWeekAllows() throws {
        var hours = OpeningHours(weekly: [
            .friday: [try #require(OpeningHours.Stretch("09:00-20:00"))], .saturday: [try #require(OpeningHours.Stretch("18:00-23:00"))],
        ])
        hours.shabbat = .jerusalem
        let friday = try #require(CivilDate(iso: "2026-06-19")), saturday = friday.adding(days: 1)
        #expect(hours.stretches(on: friday).map(\.end) == [ShabbatTimes.jerusalem.entry(onEve: friday).minutes])
        #expect(hours.stretches(on: saturday).map(\.start) == [ShabbatTimes.jerusalem.exit(on: saturday).minutes])
        // In winter Saturday evening begins early, and nothing is cut.
        #expect(hours.stretches(on: try #require(CivilDate(iso: "2026-12-19"))).map(\.start) == [1080])
    }

    @Test func clocksThatChange() throws {
        let clock = CivilClock.jerusalem
        #expect(clock.local(try Date("2026-03-26T23:59:59Z", strategy: .iso8601)).description == "2026-03-27T01:59")
        #expect(clock.local(try Date("2026-03-27T00:00:00Z", strategy: .iso8601)).description == "2026-03-27T03:00")
        guard case .skipped(let resumes) = clock.instant(of: try at("2026-03-27T02:30")) else {
            Issue.record("half past two does not exist that night")
            return
        }
        #expect(clock.local(resumes).description == "2026-03-27T03:30")
        guard case .twice(let first, let second) = clock.instant(of: try at("2026-10-25T01:30")) else {
            Issue.record("half past one comes twice that night")
            return
        }
        #expect(second.timeIntervalSince(first) == 3600)
        guard case .once(let noon) = clock.instant(of: try at("2026-07-01T12:00")) else {
            Issue.record("noon is noon")
            return
        }
        #expect(noon == (try Date("2026-07-01T12:00:00+03:00", strategy: .iso8601)))
        #expect(clock.local(.distantPast).date.year >= 1 && clock.local(.distantFuture).date.year <= 9999)
    }
}
