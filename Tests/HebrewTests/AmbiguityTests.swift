import Foundation
import Testing

@testable import Hebrew

/// What is not certain is reported: other readings, spans, bounds, and less confidence.
@Suite struct AmbiguityTests {
    private func understanding(_ text: String, now: String = "2026-03-01T10:00:00+02:00", hours: OpeningHours? = nil) throws -> Understanding {
        Understanding(text, context: UnderstandingContext(now: try Date(now, strategy: .iso8601), hours: hours))
    }

    @Test func anHourWithoutItsHalfOfTheDayHasBoth() throws {
        let found = try #require(try understanding("בשמונה").time())
        #expect(found.value.description == "08:00")
        #expect(found.alternatives.map(\.description) == ["20:00"])
        #expect(found.confidence < 0.8)
        let certain = try #require(try understanding("בשמונה בערב").time())
        #expect(certain.alternatives.isEmpty && certain.confidence >= 0.9)
    }

    @Test func openingHoursDecideWhereTheyCan() throws {
        // The standard business opens at nine: eight is in the evening, ten stays open.
        let eight = try #require(try understanding("מחר בשמונה", hours: .standard).dateTime())
        #expect(eight.value.description == "2026-03-02T20:00")
        #expect(eight.alternatives.map(\.description) == ["2026-03-02T08:00"])
        let ten = try #require(try understanding("מחר בעשר", hours: .standard).dateTime())
        #expect(ten.value.description == "2026-03-02T10:00")
        // On Friday it closes at three: two is in the afternoon either way, eight in neither.
        #expect(try understanding("ביום שישי בשתיים", hours: .standard).dateTime()?.value.description == "2026-03-06T14:00")
        let garage = OpeningHours(weekly: [.monday: [try #require(OpeningHours.Stretch("07:00-16:00"))]])
        #expect(try understanding("מחר בשש", hours: garage).dateTime()?.value.description == "2026-03-02T18:00")
        #expect(try understanding("מחר בשבע", hours: garage).dateTime()?.value.description == "2026-03-02T07:00")
    }

    @Test func aWeekdaySaidOnTheSameWeekday() throws {
        let thursday = try #require(try understanding("ביום חמישי", now: "2026-03-05T10:00:00+02:00").date())
        #expect(thursday.value.description == "2026-03-12")
        #expect(thursday.alternatives.map(\.description) == ["2026-03-05"])
        #expect(thursday.confidence < 0.8)
    }

    @Test func nextWeekdayHasTwoReadings() throws {
        let found = try #require(try understanding("ביום חמישי הבא").date())
        #expect(found.value.description == "2026-03-12")
        #expect(found.alternatives.map(\.description) == ["2026-03-05"])
    }

    @Test func aRecentDateMayBeMeantAsPast() throws {
        let found = try #require(try understanding("ב-20 בפברואר").date())
        #expect(found.value.description == "2027-02-20")
        #expect(found.alternatives.map(\.description) == ["2026-02-20"])
        #expect(try understanding("ב-20 באוגוסט").date()?.alternatives.isEmpty == true)
    }

    @Test func twoDaysOfOneMonthInALeapYear() throws {
        let found = try #require(try understanding("י\"ד באדר", now: "2026-12-01T10:00:00+02:00").date())
        #expect(found.value.description == "2027-03-23")
        #expect(found.alternatives.map(\.description) == ["2027-02-21"])
    }

    @Test func spansHaveAnEnd() throws {
        let time = try #require(try understanding("בין שלוש לארבע").time())
        #expect(time.through?.description == "16:00")
        let evening = try #require(try understanding("בין שמונה לעשר בערב").time())
        #expect((evening.value.description, evening.through?.description ?? "") == ("20:00", "22:00"))
        #expect(try understanding("מעשר בבוקר עד שתיים").time()?.through?.description == "14:00")
        #expect(try understanding("בין אחת עשרה לאחת").time()?.through?.description == "13:00")
        let days = try #require(try understanding("מיום שני עד יום חמישי").date())
        #expect((days.value.description, days.through?.description ?? "") == ("2026-03-02", "2026-03-05"))
        #expect(try understanding("מה-15 עד ה-17 במרץ").date()?.through?.description == "2026-03-17")
        #expect(try understanding("15-17 במרץ").date()?.value.description == "2026-03-15")
        #expect(try understanding("בפסח").date()?.through?.description == "2026-04-08")
        #expect(try understanding("שבוע הבא").date()?.through?.description == "2026-03-14")
        #expect(try understanding("בין מאה למאתיים שקל").price()?.through?.description == "200.00 ILS")
        #expect(try understanding("שעה שעתיים").duration()?.through?.description == "PT2H")
    }

    @Test func boundsAreSaid() throws {
        #expect(try understanding("אחרי חמש").time()?.bound == .from)
        #expect(try understanding("עד שש").time()?.bound == .until)
        #expect(try understanding("בסביבות שלוש").time()?.bound == .about)
        #expect(try understanding("לא לפני חמש").time()?.bound == .from)
        #expect(try understanding("לא אחרי שש").time()?.bound == .until)
        #expect(try understanding("בשלוש ורבע").time()?.bound == .exact)
        #expect(try understanding("עד יום חמישי").date()?.bound == .until)
        #expect(try understanding("אחרי פסח").date()?.bound == .from)
        #expect(try understanding("עד מאתיים שקל").price()?.bound == .until)
    }

    @Test func twoDaysAreTwoChoices() throws {
        let found = try #require(try understanding("ביום שני או ביום שלישי").date())
        #expect(found.alternatives.map(\.description) == ["2026-03-03"])
        #expect(try understanding("בחמש או בשש").time()?.alternatives.map(\.description).contains("18:00") == true)
    }

    @Test func aDateAndAWeekdayThatContradict() throws {
        let found = try #require(try understanding("ביום שלישי ה-5 במרץ").date())
        #expect(found.value.description == "2026-03-05")
        #expect(found.confidence <= 0.5)
        #expect(found.alternatives.map(\.description).contains("2026-03-03"))
    }

    @Test func aTimeThatClocksSkip() throws {
        let found = try #require(try understanding("מחר ב-02:30", now: "2026-03-26T10:00:00+02:00").dateTime())
        #expect(found.value.description == "2026-03-27T02:30")
        #expect(found.confidence < 0.5)
        #expect(found.why.contains("forward"))
    }

    @Test func anHourAfterMidnightBelongsToTheNightBefore() throws {
        let found = try #require(try understanding("מחר באחת בלילה").dateTime())
        #expect(found.value.description == "2026-03-03T01:00")
        #expect(found.alternatives.map(\.description) == ["2026-03-02T01:00"])
    }

    @Test func thePlaceInTheSentenceIsExact() throws {
        let text = "אה שלום, אפשר ביום רביעי הקרוב בבקשה?"
        let found = try #require(try understanding(text).date())
        let bytes = Array(text.utf8)
        #expect(String(decoding: bytes[found.span], as: UTF8.self) == "ביום רביעי הקרוב")
        let name = "קוראים לי דנה כהן ואני"
        let span = try #require(try understanding(name).name()).span
        #expect(String(decoding: Array(name.utf8)[span], as: UTF8.self) == "דנה כהן")
    }

    @Test func thousandsThatAreNotSaid() throws {
        let found = try #require(try understanding("מיליון שמונה מאות").price())
        #expect(found.alternatives.map(\.description) == ["1000800.00 ILS"])
        let number = try #require(try understanding("שניים שלושה").number())
        #expect(number.alternatives.map(\.description) == ["3"])
    }

    @Test func hostileInputCostsLittle() throws {
        let pieces = [
            "שלוש ", "מאה ", "ו", "לא סליחה ", "052", "ב-", "כפול ", "עשרים ", "-", "'", "\"", "יום ", "בין ", "עד ", "רבע ל", "אלף ", "{",
            "\u{05B0}", "א", "🙂",
        ]
        for piece in pieces {
            let text = String(repeating: piece, count: 20_000)
            let clock = ContinuousClock()
            let time = try clock.measure { _ = try understanding(text).all() }
            // 4,000 bytes are read; twenty milliseconds in a debug build, and a hundred times that for a busy machine.
            #expect(time < .seconds(5), "\(piece)")
        }
    }
}
