import BusContract
import CallVocabulary
import DialogWorker
import HTTPFetch
import Logging
import Testing

/// Whole conversations with a receptionist that plays by rules, over the real client and the dialog-worker's own logic.
@Suite(.timeLimit(.minutes(3))) struct ConversationTests {
    private static let words = [
        "אני מחפש דירה להשכרה", "בתל אביב", "שלושה וחצי חדרים", "ביום חמישי", "בחמש", "קוראים לי דנה לוי", "כן, הכל נכון", "לא, תודה",
    ]
    private static let lead = ["need": "שכירת דירה", "city": "תל אביב", "rooms": "3.5", "day": "2026-12-03", "hour": "17:00", "name": "דנה לוי"]

    private func talk(_ models: [any LanguageModel], _ words: [String] = words, caller: String? = "+972541234567") async throws -> Caller {
        let call = Caller(models, caller: caller)
        try await call.hear(.opening)
        for text in words {
            let reply = try await call.say(text)
            #expect(reply.done.failure == nil, "\(text)")
            #expect(!reply.sentences.isEmpty, "\(text)")
            if reply.done.ending != nil { break }
        }
        return call
    }

    @Test(arguments: ["openai", "compatible"]) func aCallFromTheGreetingToTheGoodbye(like: String) async throws {
        let room = try await ChatFake.shared.value.room(
            like: like, key: like == "openai" ? "sk-1" : nil, then: ["receptionist": true], fetch: try await HTTPFetch(name: "call"))
        let call = try await talk([room.model()])
        #expect(call.lead == Self.lead)
        #expect(call.replies.last?.done.ending == .goodbye)
        #expect(call.replies.count == 9)
        let report = try await room.report()
        #expect(report.violations == [])
        #expect(report.bodies.count == 8, "one answer for each turn")
        #expect(Set(report.connections).count <= 2, "one that was opened during the greeting, and one if the caller was quicker")
        let last = call.replies.map { Set($0.sentences.filter { $0.split(separator: " ").count > 2 }) }
        for (one, next) in zip(last, last.dropFirst()) { #expect(one.isDisjoint(with: next), "nothing is said twice in a row") }
    }

    @Test func aHiddenCallerIsAskedForTheNumberLast() async throws {
        let room = try await ChatFake.shared.value.room(then: ["receptionist": true])
        var words = Self.words
        words.insert("050-1234567", at: 6)
        let call = try await talk([room.model()], words, caller: nil)
        #expect(call.lead == Self.lead.merging(["phone": "+972501234567"]) { $1 })
        #expect(call.replies.last?.done.ending == .goodbye)
    }

    /// In every answer something made up beside what is right: the call and its lead are the same.
    @Test func aModelThatMakesThingsUpChangesNothing() async throws {
        let mischief: JSONValue = [
            "malformed", "wrong_date", "past_date", "no_date", "invented_name", "invented_phone", "unknown_tool", "taken_slot", "unknown_field",
            "hang_up",
        ]
        let room = try await ChatFake.shared.value.room(then: ["receptionist": true, "mischief": mischief])
        let call = try await talk([room.model()])
        #expect(call.lead == Self.lead)
        #expect(call.replies.last?.done.ending == .goodbye)
        #expect(try await room.report().violations == [])
    }

    /// Misheard, silent, cut, and correcting: what callers do.
    @Test func aCallThatIsNotStraight() async throws {
        let room = try await ChatFake.shared.value.room(then: ["receptionist": true])
        let call = Caller([room.model()])
        try await call.hear(.opening)
        try await call.say("אני מחפש דירה להשכרה בחיפה")
        #expect(call.lead == ["need": "שכירת דירה", "city": "חיפה"], "two things in one sentence")
        let asked = try await call.hear(.speech(Transcript(text: "מטר", confidence: 0.1, understood: false)))
        #expect(asked.sentences.last?.contains("חדרים") == true)
        #expect(try await call.hear(.silence).sentences.last?.contains("חדרים") == true)
        #expect(try await call.hear(.interrupted).sentences == ["כמה חדרים?"])
        try await call.say("ארבעה חדרים")
        try await call.say("מחר")
        #expect(call.lead["day"] == "2026-12-02" && call.lead["rooms"] == "4")
        let person = try await call.say("אני רוצה נציג")
        #expect(person.done.ending == .callback)
        #expect(call.lead["city"] == "חיפה")
    }

    /// One provider dies in the middle of the call: the caller loses nothing and hears no failed turn.
    @Test func aProviderThatDiesInTheMiddleOfACallTakesNothingAlong() async throws {
        let fake = try await ChatFake.shared.value
        let first = try await fake.room(
            [["receptionist": true], ["receptionist": true], ["receptionist": true, "fault": ["after": 4, "do": "reset"]]], then: ["dead": "reset"])
        let second = try await fake.room(like: "compatible", key: nil, then: ["receptionist": true])
        let call = try await talk([first.model(), second.model()])
        #expect(call.lead == Self.lead)
        #expect(call.replies.last?.done.ending == .goodbye)
        #expect(call.replies.map(\.done.provider).suffix(6) == Array(repeating: "compatible", count: 6))
        #expect(try await second.report().violations == [])
        let switches = call.lines.named("PROVIDER_SWITCH").count
        #expect(switches == 3, "after three failures nobody is sent there for a while")
    }

    // MARK: - The summary

    @Test func theSummaryIsTheModelsAndItsNumbersAreTheCallers() async throws {
        let room = try await ChatFake.shared.value.room(then: ["receptionist": true])
        let call = try await talk([room.model()])
        let text = try await call.summary(.served)
        #expect(text.hasPrefix("נושא: אני מחפש דירה להשכרה\nפרטים: בקשה: שכירת דירה, עיר: תל אביב"))
        #expect(text.contains("סטטוס: פגישה נקבעה\nהמשך: לחזור ללקוח"))
        #expect(try await room.report().violations == [])
    }

    @Test(
        arguments: [
            ["text": "לא יודע"], ["text": "נושא: דירה\nדברי הלקוח: המספר 052-9999999\nסטטוס: x"], ["refuse": ["status": 500]], ["dead": "connection"],
            ["text": "נושא: דירה", "fault": ["after": 2, "do": "reset"]],
        ] as [JSONValue]) func withoutAModelTheSummaryComesFromTheLog(step: JSONValue) async throws
    {
        let room = try await ChatFake.shared.value.room([["text": "באיזו עיר?"]], then: step)
        let call = Caller([room.model()])
        try await call.say("אני מחפש דירה")
        let text = try await call.summary(.callerHungUp, milliseconds: 1_500)
        #expect(text.contains("דברי הלקוח: \"אני מחפש דירה\""))
        #expect(text.contains("סטטוס: שיחה לא הושלמה"))
    }
}
