import Foundation
import Testing

@testable import Hebrew

/// All that a sentence names, for holding claims against it.
@Suite struct MentionTests {
    private func understanding(_ text: String) throws -> Understanding {
        Understanding(text, context: UnderstandingContext(now: try Date("2026-03-01T10:00:00+02:00", strategy: .iso8601)))
    }

    @Test func everyDayIsFound() throws {
        let days = try understanding("מחר או ביום חמישי, אולי גם בשבוע הבא").dates()
        #expect(days.map(\.value.description) == ["2026-03-02", "2026-03-05", "2026-03-08"])
        #expect(days.last?.through?.description == "2026-03-14")
        #expect(try understanding("ביום שלישי, לא סליחה, ביום רביעי").dates().map(\.value.description) == ["2026-03-04"])
        #expect(try understanding("שלושה חדרים").dates().isEmpty)
    }

    @Test func everyHourIsFoundInBothHalvesOfTheDay() throws {
        let times = try understanding("בחמש או ברבע לשמונה בערב").times()
        #expect(times.map(\.value.description) == ["17:00", "19:45"])
        #expect(times.first?.alternatives.map(\.description) == ["05:00"])
        #expect(try understanding("בצהריים").times().map(\.value.description) == ["12:00"])
        #expect(try understanding("בערב").times().isEmpty)
        let called = try understanding("תתקשרו בחמש, הטלפון אפס חמישים ושתיים אחת שתיים שלוש ארבע חמש שש שבע").times()
        #expect(called.map(\.value.description) == ["17:00"], "digits of a telephone number are no hours")
        #expect(try understanding("שלושה חדרים").times().isEmpty)
    }

    @Test func everyNumberIsFound() throws {
        let numbers = try understanding("שלושה וחצי חדרים, בקומה 4, ב-שני מיליון").numbers()
        for wanted in ["3.5", "4", "2000000"] { #expect(numbers.contains { $0.description == wanted }, "\(wanted) of \(numbers)") }
    }

    @Test func digitsComeInTheirOrder() throws {
        #expect(try understanding("אפס חמישים ושתיים, 123").digitRuns().compactMap(\.first).joined() == "052123")
        #expect(try understanding("שלום").digitRuns().isEmpty)
        #expect(try understanding("אפס כפול חמש, 12").digitGroups().contains(["12"]))
    }

    @Test(arguments: [
        ("לדנה", ["לדנה", "דנה"]), ("ושבבית", ["ושבבית", "שבבית", "בבית", "בית"]), ("בית", ["בית", "ית"]), ("דג", ["דג"]), ("Dana", ["Dana"]),
        ("", [""]),
    ]) func stems(word: String, expected: [String]) {
        #expect(WordStems.of(word) == expected)
    }
}
