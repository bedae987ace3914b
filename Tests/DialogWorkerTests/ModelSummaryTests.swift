import BusContract
import Business
import CallVocabulary
import Testing

@testable import DialogWorker

@Suite struct ModelSummaryTests {
    private let business: BusinessProfile
    init() throws { business = try #require(try exampleBusinesses().first) }

    private func summary(_ said: [String] = ["אני מחפש דירה עד 7500 שקל, 3.5 חדרים", "תחזרו ל-050-1234567"], outcome: CallOutcome = .served)
        -> ModelSummary
    {
        let log = said.enumerated().map { TurnEntry(turn: TurnID($0.offset), heard: spoken($0.element), said: ["בסדר."]) }
        return ModelSummary(
            SummaryRequest(business: business, log: log, lead: ["city": "חיפה", "phone": "+972501234567", "notes": "קומה נמוכה"], outcome: outcome))
    }

    private let good = """
        נושא: שכירת דירה בחיפה
        דברי הלקוח: מחפש דירה של 3.5 חדרים עד 7500 שקל.
        וביקש שיחזרו ל-050-1234567.
        המשך: לחזור ללקוח עם דירות מתאימות
        סטטוס: ממתין לשיחה חוזרת
        """

    @Test func whatIsCertainIsPutInAndTheRestIsTheModels() {
        #expect(
            summary().text(from: good) == """
                נושא: שכירת דירה בחיפה
                פרטים: עיר: חיפה, הערות: קומה נמוכה, טלפון: +972501234567
                דברי הלקוח: מחפש דירה של 3.5 חדרים עד 7500 שקל. וביקש שיחזרו ל-050-1234567.
                תוצאה: הפנייה טופלה והשיחה הסתיימה
                סטטוס: ממתין לשיחה חוזרת
                המשך: לחזור ללקוח עם דירות מתאימות
                """)
    }

    @Test func theStatusIsOneOfTheBusiness() {
        let text = summary(outcome: .callerHungUp).text(from: good.replacing("ממתין לשיחה חוזרת", with: "לקוח נהדר"))
        #expect(text?.contains("סטטוס: שיחה לא הושלמה\n") == true)
        let bare = summary().text(from: "נושא: דירה\nדברי הלקוח: 7500, 3.5, 050-1234567")
        #expect(bare?.hasSuffix("סטטוס: פגישה נקבעה\nהמשך: לאשר את הפגישה עם הלקוח") == true)
    }

    @Test func noNumberIsForgotten() {
        let text = summary().text(from: "נושא: דירה\nדברי הלקוח: מחפש דירה של 3.5 חדרים.")
        #expect(text?.contains("\nמספרים שנאמרו: 7500, 050-1234567\n") == true)
        #expect(summary().text(from: good)?.contains("מספרים") == false)
    }

    @Test(arguments: ["052-7654321", "8900", "1234567890"]) func aNumberOfTheModelsOwnSpoilsIt(number: String) {
        let text = summary(["אני מחפש דירה"]).text(from: "נושא: דירה\nדברי הלקוח: מחפש דירה, \(number)")
        #expect(text == nil)
        #expect(summary(["אני מחפש דירה"]).text(from: "נושא: דירה\nדברי הלקוח: מחפש דירה, 050-1234567 קומה 3") != nil)
        #expect(summary(["עד שני מיליון"]).text(from: "נושא: דירה\nדברי הלקוח: עד 2,000,000 שקל") != nil)
    }

    @Test(arguments: ["", "לא יודע", "נושא: דירה", "דברי הלקוח: כן", "נושא:\nדברי הלקוח:", "{\"subject\":\"x\"}"]) func whatIsNoSummaryIsNone(
        answer: String
    ) {
        #expect(summary().text(from: answer) == nil)
        #expect(summary().text(from: good + String(repeating: "א", count: 2_000)) == nil)
    }

    @Test func markupIsTakenAway() {
        let text = summary(["דירה"]).text(from: "**נושא:** דירה\n\n- דברי הלקוח: רוצה דירה\n")
        #expect(text?.hasPrefix("נושא: דירה\n") == true)
    }

    @Test func aCallWithoutWordsNeedsNoModel() throws {
        let silent = ModelSummary(
            SummaryRequest(business: business, log: [TurnEntry(turn: TurnID(0), heard: .silence)], lead: [:], outcome: .callerHungUp))
        #expect(silent.question == nil)
        let question = try #require(summary().question)
        #expect(question.messages.map(\.role) == [.system, .user])
        #expect(question.tools.isEmpty)
        for status in business.statuses { #expect(question.messages[0].text.contains(status.name)) }
        #expect(question.messages[1].text.contains("caller: תחזרו ל-050-1234567\nreceptionist: בסדר."))
    }
}
