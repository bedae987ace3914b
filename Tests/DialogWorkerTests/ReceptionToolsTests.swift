import BusContract
import Business
import CallVocabulary
import Foundation
import Testing

@testable import DialogWorker

/// Tuesday, the first of December 2026, four minutes past three in the afternoon in Jerusalem.
let tuesday = Date(timeIntervalSince1970: 1_796_130_240)

/// What a model may write into a lead, and what it may not. Everything here is judged by what was said in the call.
@Suite struct ReceptionToolsTests {
    private let business: BusinessProfile
    init() throws { business = try #require(try exampleBusinesses().first) }

    private func desk(_ said: [String], heard: Heard? = nil, agent: [String] = [], caller: String? = "+972541234567", lead: [String: String] = [:])
        -> ReceptionTools
    {
        let log =
            [TurnEntry(turn: TurnID(0), heard: .opening, said: ["שלום."])]
            + said.dropLast().enumerated().map { TurnEntry(turn: TurnID($0.offset + 1), heard: spoken($0.element), said: agent) }
        let turn = DialogTurn(heard: heard ?? spoken(said.last ?? "אמ"), log: log, caller: caller, lead: lead)
        let evidence = CallEvidence(turn: turn, calendar: SpokenCalendar(now: tuesday, zone: business.timeZone))
        return ReceptionTools(business: business, book: LeadBook(business: business, lead: lead, evidence: evidence), heard: turn.heard)
    }

    private func call(_ name: String, _ arguments: String) -> ChatToolCall { ChatToolCall(id: "c", name: name, arguments: arguments) }
    private func save(_ field: String, _ value: String) -> ChatToolCall {
        call("save_lead", JSONValue.object(["fields": [["field": .string(field), "value": .string(value)]]]).text)
    }

    /// Field, value, what the caller said, what is kept; nil: refused.
    @Test(
        arguments: [
            ("need", "שכירת דירה", "אני מחפש דירה", "שכירת דירה"), ("need", "rent", "אני מחפש דירה", "שכירת דירה"),
            ("need", "דירה להשכרה", "אני מחפש דירה", "שכירת דירה"), ("need", "לפנות דייר", "לפנות דייר", "לפנות דייר"),
            ("city", "רמת השרון", "ברמת השרון", "רמת השרון"),
            ("city", "תל אביב", "בחיפה", nil), ("city", "אילת", "אני מחפש דירה", nil), ("need", "קניית דירה", "שלום", nil),
            ("city", "  תל\u{200F}   אביב \n", "בתל אביב", "תל אביב"),
            ("rooms", "3", "שלושה חדרים", "3"), ("rooms", "שלושה וחצי חדרים", "שלושה וחצי", "3.5"), ("rooms", "7", "7 חדרים", "7"),
            ("rooms", "3", "דירה גדולה", nil), ("rooms", "הרבה", "שלושה", nil), ("rooms", "-3", "שלושה", nil),
            ("name", "דנה", "קוראים לי דנה", "דנה"), ("name", "דנה כהן", "מדברת דנה, דנה כהן", "דנה כהן"), ("name", "דנה", "תרשום לדנה", "דנה"),
            ("name", "יוסי", "קוראים לי דנה", nil), ("name", "דנה לוי", "קוראים לי דנה", nil), ("name", "דן", "קוראים לי דנה", nil),
            ("name", "0501234567", "0501234567", nil), ("name", "לא ידוע", "לא ידוע", nil), ("name", "", "דנה", nil), ("name", "null", "null", nil),
            ("phone", "050-1234567", "המספר הוא 050-1234567", "+972501234567"),
            ("phone", "0501234567", "אפס חמש אפס אחת שתיים שלוש ארבע חמש שש שבע", "+972501234567"),
            ("phone", "0521234567", "אפס חמישים ושתיים, מאה, אחת שתיים שלוש ארבע חמש שש שבע", "+972521234567"),
            ("phone", "+972-50-1234567", "050 123 4567", "+972501234567"), ("phone", "0541234567", "תחזרו למספר הזה", "+972541234567"),
            ("phone", "0501234568", "050-1234567", nil), ("phone", "050123456", "050123456", nil), ("phone", "0123456789", "0123456789", nil),
            ("phone", "+1 415 555 2671", "ארצות הברית 415 555 2671, קידומת 1", nil), ("phone", "+1 415 555 2671", "1 415 555 2671", "+14155552671"),
            ("day", "2026-12-02", "מחר", "2026-12-02"), ("day", "מחר", "מחר", "2026-12-02"), ("day", "2026-12-08", "ביום שלישי הבא", "2026-12-08"),
            ("day", "יום חמישי", "ביום חמישי", "2026-12-03"), ("day", "2026-12-15", "בחמישה עשר בדצמבר", "2026-12-15"),
            ("day", "2026-12-05", "בחמישי לדצמבר", "2026-12-05"), ("day", "2027-01-03", "ב-3.1", "2027-01-03"),
            ("day", "2026-12-10", "בעשירי", "2026-12-10"), ("day", "2027-04-03", "בשלישי לרביעי", "2027-04-03"),
            ("day", "2026-12-08", "בעוד שבוע", "2026-12-08"),
            // Wrong days: nobody said them, they have passed, they do not exist, or they are no days.
            ("day", "2026-12-04", "מחר", nil), ("day", "2026-12-03", "ביום שלישי, שלושה חדרים", nil), ("day", "2026-12-09", "ביום שלישי", nil),
            ("day", "2026-11-30", "ביום שני", nil), ("day", "2026-12-02", "בתל אביב", nil), ("day", "2027-02-30", "בשלושים לפברואר", nil),
            ("day", "2028-12-05", "בחמישי לדצמבר", nil), ("day", "2.12", "מחר", nil), ("day", "2026-13-01", "אחד בינואר", nil),
            ("day", "בקרוב", "בקרוב", nil),
            ("hour", "17:00", "בחמש", "17:00"), ("hour", "9:30", "תשע וחצי", "09:30"), ("hour", "חמש אחר הצהריים", "בחמש", "17:00"),
            ("hour", "17:45", "רבע לשש", "17:45"), ("hour", "12:00", "בצהריים", "12:00"), ("hour", "18:00", "ב-18:00", "18:00"),
            ("hour", "23:15", "אחת עשרה ורבע בלילה", "23:15"),
            ("hour", "16:00", "בחמש", nil), ("hour", "15:00", "שלושה חדרים", nil), ("hour", "25:00", "25", nil), ("hour", "בערב", "בערב", nil),
            ("hour", "17", "17", nil),
            ("budget", "7000", "7000", nil), ("notes", "x", "x", nil),
        ] as [(String, String, String, String?)])
    func aValueIsKeptOnlyWhenTheCallBearsItOut(field: String, value: String, said: String, kept: String?) {
        var desk = desk([said])
        let answer = desk.answer(save(field, value))
        #expect(desk.book.lead == (kept.map { [field: $0] } ?? [:]), "\(answer.text)")
        #expect(answer.isRefusal == (kept == nil))
        #expect(answer.text.contains("\"problem\"") == (kept == nil))
    }

    @Test func whatTheAgentProposedCountsForDaysAndHoursButNeverForNames() {
        var desk = desk(["לא יודע", "כן"], agent: ["אפשר ביום חמישי בעשר, דנה?"])
        #expect(!desk.answer(save("day", "2026-12-03")).isRefusal)
        #expect(!desk.answer(save("hour", "10:00")).isRefusal)
        #expect(desk.answer(save("name", "דנה")).isRefusal)
        #expect(desk.book.lead == ["day": "2026-12-03", "hour": "10:00"])
    }

    @Test func whatWasNotUnderstoodIsNoEvidence() {
        let guess = Heard.speech(Transcript(text: "קוראים לי דנה", confidence: 0.1, understood: false))
        var desk = desk([""], heard: guess)
        #expect(desk.answer(save("name", "דנה")).isRefusal)
        #expect(desk.book.lead.isEmpty)
    }

    @Test func goodValuesAreKeptBesideBadOnesAndCorrectionsReplace() throws {
        var desk = desk(["בחיפה, לא, בתל אביב"], lead: ["city": "חיפה"])
        let answer = desk.answer(
            call(
                "save_lead",
                #"{"fields":[{"field":"city","value":"תל אביב"},{"field":"name","value":"יוסי"},{"field":"color","value":"כחול"},{"field":"need"}]}"#)
        )
        #expect(desk.book.lead == ["city": "תל אביב"])
        let result = try #require(JSONValue(parsing: Array(answer.text.utf8)))
        #expect(result["saved"] == ["city": "תל אביב"])
        #expect(result["missing"] == ["need", "rooms", "day", "hour", "name"])
        #expect(result["refused"]?.array?.compactMap { $0["field"]?.string } == ["name", "color", "need"])
        #expect(answer.isRefusal)
    }

    /// Models without strict mode write the fields themselves.
    @Test(arguments: [#"{"city":"חיפה","rooms":3}"#, #"{"fields":{"city":"חיפה","rooms":3}}"#]) func flatArguments(arguments: String) {
        var desk = desk(["בחיפה, 3 חדרים"])
        #expect(!desk.answer(call("save_lead", arguments)).isRefusal)
        #expect(desk.book.lead == ["city": "חיפה", "rooms": "3"])
    }

    @Test(arguments: [
        "", "{}", "{", "[]", "null", "\"city\"", #"{"fields":[]}"#, #"{"fields":["city"]}"#, #"{"fields":"city"}"#,
        #"{"fields":[{"field":"city","value":{"a":1}}]}"#,
    ])
    func brokenArgumentsKeepNothing(arguments: String) {
        var desk = desk(["בחיפה"])
        #expect(desk.answer(call("save_lead", arguments)).isRefusal)
        #expect(desk.book.lead.isEmpty)
    }

    @Test(arguments: ["book_appointment", "", "SAVE_LEAD", "transfer_call"]) func unknownToolsAreRefusedByName(name: String) {
        var desk = desk(["בחיפה"])
        let answer = desk.answer(call(name, "{}"))
        #expect(answer.isRefusal)
        #expect(answer.text.contains("save_lead, note, end_call"))
        #expect(desk.ending == nil)
    }

    @Test func notesAreCollected() {
        var desk = desk(["רק אחרי ארבע"])
        #expect(!desk.answer(call("note", #"{"text":"זמינה אחר הצהריים"}"#)).isRefusal)
        #expect(!desk.answer(call("note", #"{"text":"זמינה אחר הצהריים"}"#)).isRefusal)
        #expect(!desk.answer(call("note", #"{"text":"מעדיפה קומה נמוכה"}"#)).isRefusal)
        #expect(desk.book.lead == ["notes": "זמינה אחר הצהריים; מעדיפה קומה נמוכה"])
        for text in ["", String(repeating: "א", count: 301)] {
            #expect(desk.answer(call("note", JSONValue.object(["text": .string(text)]).text)).isRefusal)
        }
        var silent = self.desk(["בתל אביב"])
        #expect(silent.answer(call("note", #"{"text":"התקציב 7000"}"#)).isRefusal, "nobody said a number")
        #expect(silent.book.lead.isEmpty)
    }

    @Test(arguments: [("goodbye", DialogEnding.goodbye), ("callback", .callback), ("unserved", .unserved)])
    func theModelEndsTheCall(reason: String, ending: DialogEnding) {
        var desk = desk(["תודה, להתראות"])
        #expect(!desk.answer(call("end_call", "{\"reason\":\"\(reason)\"}")).isRefusal)
        #expect(desk.ending == ending)
    }

    @Test func someCallsAreNotEnded() {
        for reason in ["transfer", "hangup", ""] {
            var desk = desk(["ביי"])
            #expect(desk.answer(call("end_call", "{\"reason\":\"\(reason)\"}")).isRefusal)
            #expect(desk.ending == nil)
        }
        var silent = desk([""], heard: .silence)
        #expect(silent.answer(call("end_call", #"{"reason":"goodbye"}"#)).isRefusal)
        // A call back needs a number.
        var hidden = desk(["תחזרו אליי"], caller: nil)
        #expect(hidden.answer(call("end_call", #"{"reason":"callback"}"#)).isRefusal)
        #expect(hidden.book.missing.last == "phone")
        var told = desk(["050-1234567"], caller: nil)
        #expect(!told.answer(save("phone", "050-1234567")).isRefusal)
        #expect(!told.answer(call("end_call", #"{"reason":"callback"}"#)).isRefusal)
        #expect(told.ending == .callback)
        #expect(!told.book.missing.contains("phone"))
    }

    @Test func schemasAreStrictAndTheSameForEveryCall() throws {
        let tools = ReceptionTools.all(of: business)
        #expect(tools.map(\.name) == ["save_lead", "note", "end_call"])
        #expect(tools == ReceptionTools.all(of: business))
        func check(_ schema: JSONValue) {
            if let properties = schema["properties"]?.object {
                #expect(schema["additionalProperties"] == false)
                #expect(schema["required"]?.array?.compactMap(\.string) == properties.keys.sorted())
                for property in properties.values { check(property) }
            }
            if let items = schema["items"] { check(items) }
        }
        for tool in tools { check(tool.parameters) }
        let fields = tools[0].parameters["properties"]?["fields"]?["items"]?["properties"]?["field"]?["enum"]
        #expect(fields == ["need", "city", "rooms", "day", "hour", "name", "phone"])
    }

    @Test func telephoneNumbers() {
        let good = [
            "050-123-4567": "+972501234567", "03-5550100": "+97235550100", "077 1234567": "+972771234567", "00972501234567": "+972501234567",
            "9720501234567": "+972501234567", "1-800-123-456": "+9721800123456", "+44 20 7946 0958": "+442079460958",
        ]
        for (text, number) in good { #expect(PhoneForm.e164(text) == number, "\(text)") }
        for text in ["", "+", "05", "0501234", "050123456789", "05o1234567", "012345678", "*2700", "123", "+0501234567", "++97250123456"] {
            #expect(PhoneForm.e164(text) == nil, "\(text)")
        }
    }
}
