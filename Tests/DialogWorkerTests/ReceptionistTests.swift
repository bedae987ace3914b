import BusContract
import Business
import CallVocabulary
import Testing

@testable import DialogWorker

@Suite struct ReceptionistTests {
    private let business: BusinessProfile
    private let whole = ["need": "שכירת דירה", "city": "תל אביב", "rooms": "3", "day": "יום שלישי", "hour": "17:00", "name": "דנה"]

    init() throws { business = try #require(exampleBusinesses().first) }

    private func prompt(_ state: String) throws -> [String] { try #require(business.receptionist.state(state)).prompt }

    @Test func theOpeningOnlyTellsWhatIsExpected() throws {
        let talk = Talk(business)
        #expect(talk.last.sentences.isEmpty)
        #expect(talk.last.state == "need")
        #expect(talk.last.expectations.name == "need")
        #expect(talk.last.expectations.answers.map(\.value) == ["rent", "buy", "sell", "repeat"])
        #expect(talk.last.expectations.answers[0].phrases.contains("אני מחפש דירה להשכרה"))
        #expect(talk.last.lead.isEmpty)
        #expect(talk.last.ending == nil)
    }

    @Test func aWholeConversationFillsTheLead() throws {
        var talk = Talk(business)
        #expect(talk.say("אני מחפש דירה להשכרה").sentences == ["בשמחה, שכירת דירה."] + (try prompt("city")))
        #expect(talk.say("בתל אביב").sentences == ["תל אביב, מצוין."] + (try prompt("rooms")))
        #expect(talk.say("שלושה חדרים").expectations.name == "day")
        #expect(talk.say("ביום שלישי").lead == ["need": "שכירת דירה", "city": "תל אביב", "rooms": "3", "day": "יום שלישי"])
        talk.say("בחמש", "קוראים לי דנה")
        #expect(talk.last.state == "confirm")
        #expect(talk.last.lead == whole)
        let summary = talk.last.sentences.joined(separator: " ")
        for label in ["שכירת דירה", "תל אביב", "שלושה חדרים", "יום שלישי", "חמש אחר הצהריים", "דנה"] { #expect(summary.contains(label)) }
        #expect(talk.say("כן נכון").sentences == (try prompt("goodbye")))
        #expect(talk.last.ending == nil)
        let end = talk.say("לא תודה")
        #expect(end.sentences == (try prompt("farewell")))
        #expect(end.ending == .goodbye)
        #expect(end.lead == whole)
        #expect(end.expectations.answers.isEmpty)
    }

    @Test func anotherCustomerGetsAnotherLead() {
        var talk = Talk(business)
        talk.say("אני רוצה לקנות דירה", "ברמת גן", "ארבעה וחצי חדרים", "מחר", "בשעה עשר", "אני משה", "כן", "תודה להתראות")
        #expect(talk.last.lead == ["need": "קניית דירה", "city": "רמת גן", "rooms": "4.5", "day": "מחר", "hour": "10:00", "name": "משה"])
        #expect(talk.last.ending == .goodbye)
    }

    @Test func aDeniedConfirmationIsCorrectedAndComesBack() throws {
        var talk = Talk(business)
        talk.sayAllUpToTheConfirmation()
        #expect(talk.say("לא נכון").sentences == (try prompt("fix")))
        #expect(talk.last.expectations.answers.map(\.value) == ["city", "rooms", "day", "hour", "name", "repeat"])
        #expect(talk.say("את השעה").sentences == (try prompt("hour")))
        #expect(talk.last.lead["hour"] == "17:00")
        let again = talk.say("בשש")
        #expect(again.state == "confirm")
        #expect(again.lead["hour"] == "18:00")
        #expect(again.sentences.contains { $0.contains("שש בערב") })
        // A second correction, and this time the way back passes the offer to call back.
        talk.say("לא", "העיר")
        talk.hear(notUnderstood)
        #expect(talk.hear(notUnderstood).state == "callback")
        #expect(talk.say("לא").state == "city")
        #expect(talk.say("בחיפה").state == "confirm")
        #expect(talk.last.lead["city"] == "חיפה")
        #expect(talk.say("כן", "ביי").ending == .goodbye)
    }

    @Test func twoFailuresBringTheOfferAndYesEndsWithAPromise() throws {
        var talk = Talk(business)
        talk.say("דירה לשכור")
        #expect(talk.hear(notUnderstood).sentences == business.receptionist.state("city")?.reprompt)
        #expect(talk.hear(spoken("אני גר בקצה הרחוב")).sentences == (try prompt("callback")))
        #expect(talk.last.expectations.name == "callback")
        let end = talk.say("כן בבקשה")
        #expect(end.sentences == (try prompt("promise")))
        #expect(end.ending == .callback)
        #expect(end.lead == ["need": "שכירת דירה"])
    }

    @Test func whoDeclinesTheOfferGetsOneMoreTry() throws {
        var talk = Talk(business)
        talk.say("דירה לשכור")
        talk.hear(notUnderstood)
        talk.hear(notUnderstood)
        #expect(talk.say("לא תודה").sentences == (try prompt("city")))
        var other = talk
        #expect(other.say("חולון").state == "rooms")
        #expect(other.hear(notUnderstood).ending == nil)
        #expect(talk.hear(notUnderstood).ending == .callback)
    }

    @Test func anOfferThatIsNotUnderstoodEndsWithThePromise() {
        var talk = Talk(business)
        for _ in 1...3 { talk.hear(notUnderstood) }
        #expect(talk.last.sentences == business.receptionist.state("callback")?.reprompt)
        #expect(talk.hear(notUnderstood).ending == .callback)
    }

    @Test func oneFailureInEachStateIsNoOffer() {
        var talk = Talk(business)
        for answer in ["לשכור", "חיפה", "ארבע", "מחר", "בשש", "טל"] {
            talk.hear(notUnderstood)
            #expect(talk.last.state != "callback")
            talk.say(answer)
        }
        #expect(talk.last.state == "confirm")
    }

    @Test func aHiddenNumberIsPromisedNothing() {
        var talk = Talk(business, caller: nil)
        talk.hear(notUnderstood)
        #expect(talk.hear(notUnderstood).state == "need")
        let end = talk.hear(notUnderstood)
        #expect(end.sentences == business.receptionist.state("promise")?.promptHidden)
        #expect(end.ending == .unserved)
    }

    @Test(arguments: ["מה", "סליחה?", "אפשר לחזור על זה", "סליחה, לא הבנתי אותך"])
    func toAskAgainIsNoFailure(words: String) throws {
        var talk = Talk(business)
        talk.sayAllUpToTheConfirmation()
        let question = Array(talk.last.sentences.suffix(3))
        for _ in 1...3 { #expect(talk.say(words).sentences == question) }
        #expect(talk.last.state == "confirm")
        #expect(talk.say("כן").state == "goodbye")
    }

    @Test func aLineThatAsksForEverIsNotHeldForEver() {
        var talk = Talk(business)
        for _ in 1...12 where talk.last.ending == nil { talk.say("מה") }
        #expect(talk.last.ending == .callback)
    }

    @Test func aHesitationIsNoFailure() {
        var talk = Talk(business)
        #expect(talk.say("אממ").state == "need")
        talk.hear(notUnderstood)
        #expect(talk.say("לקנות").state == "city")
    }

    @Test func silenceIsSpokenToTwiceBeforeTheGoodbye() throws {
        var talk = Talk(business)
        talk.say("דירה לשכור")
        let silence = business.receptionist.silence
        #expect(talk.hear(.silence).sentences == silence.prompts[0] + (try prompt("city")))
        #expect(talk.hear(.silence).sentences == silence.prompts[1] + (try prompt("city")))
        var answered = talk
        let end = talk.hear(.silence)
        #expect(end.sentences == silence.goodbye)
        #expect(end.ending == .callback)
        // Speech begins the count anew.
        answered.say("חיפה")
        #expect(answered.hear(.silence).sentences.first == silence.prompts[0][0])
        #expect(answered.last.ending == nil)

        var hidden = Talk(business, caller: nil)
        for _ in 1...3 { hidden.hear(.silence) }
        #expect(hidden.last.ending == .unserved)
        #expect(hidden.last.sentences == silence.goodbyeHidden)
    }

    @Test(arguments: [Heard.silence, notUnderstood, spoken("אז ככה, יש לי סיפור ארוך")])
    func afterTheLeadAnythingElseIsTheFarewell(heard: Heard) throws {
        var talk = Talk(business)
        talk.sayAllUpToTheConfirmation()
        talk.say("כן")
        #expect(talk.hear(heard).sentences == (try prompt("farewell")))
        #expect(talk.last.ending == .goodbye)
        #expect(talk.last.lead == whole)
    }

    @Test func aQuestionAfterTheLeadIsCalledBack() {
        var talk = Talk(business)
        talk.sayAllUpToTheConfirmation()
        talk.say("כן")
        #expect(talk.say("כן, יש לי שאלה").ending == .callback)
        #expect(talk.last.state == "question")
    }

    @Test func theSameLogGivesTheSameReply() {
        var talk = Talk(business)
        talk.sayAllUpToTheConfirmation()
        talk.say("לא", "היום", "מחר", "כן", "ביי")
        // Another process, with nothing but the log: at every turn the same.
        for turn in talk.log.indices {
            let reply = Receptionist(business: business).reply(
                to: DialogTurn(heard: talk.log[turn].heard, log: Array(talk.log[..<turn]), caller: talk.caller))
            #expect(reply == talk.replies[turn])
        }
    }

    @Test func keysAnswerWhereTheValueIsADigit() {
        var talk = Talk(business)
        talk.say("לשכור", "חיפה")
        #expect(talk.hear(.digits("4")).lead["rooms"] == "4")
    }
}

@Suite struct AnswerMatcherTests {
    private let script: ReceptionistScript
    init() throws { script = try #require(exampleBusinesses().first).receptionist }

    private func value(_ text: String, in state: String) throws -> String? {
        let answers = try #require(script.state(state)).answers
        guard case .answer(let index) = AnswerMatcher.match(text, answers: answers, repeats: script.repeatForms) else { return nil }
        return answers[index].value
    }

    @Test(arguments: [
        ("city", "אני מחפש משהו בתל־אביב, בבקשה", "tel-aviv"), ("city", "תֵּל אָבִיב", "tel-aviv"), ("confirm", "זה בכלל לא נכון", "no"),
        ("confirm", "כן, נכון", "yes"), ("rooms", "דירה של שלושה וחצי חדרים", "3.5"), ("hour", "נגיד בארבע וחצי", "16:30"),
        ("hour", "אפשר באחת עשרה?", "11:00"), ("name", "שלום, קוראים לי יעל כהן", "יעל"), ("day", "אמ, ביום שישי הקרוב", "friday"),
        ("need", "היי, אני רוצה למכור דירה גדולה", "sell"), ("goodbye", "לא, זה הכל, תודה!", "bye"),
    ])
    func anOpenTranscriptHoldsTheAnswer(state: String, text: String, expected: String) throws {
        #expect(try value(text, in: state) == expected)
    }

    @Test(arguments: [
        ("city", "תל אביב או חיפה"), ("confirm", "כן לא"), ("city", "אבי"), ("name", "דנהלה"), ("confirm", "סליחה, לא הבנתי"), ("rooms", ""),
        ("rooms", "..."),
    ])
    func whatIsNotCertainIsNoAnswer(state: String, text: String) throws {
        #expect(try value(text, in: state) == nil)
    }

    private static let usual = ["אני מחפש דירה להשכרה", "בתל אביב", "שלושה חדרים", "ביום שלישי", "בחמש", "קוראים לי דנה"]

    /// None of these stands in the business's lists: the answers are found by what was meant.
    @Test(
        arguments: [
            (1, "בירושליים", "city", "ירושלים"), (2, "3 חדרים", "rooms", "3"), (2, "נגיד 4.5", "rooms", "4.5"), (3, "בחמישי הזה", "day", "יום חמישי"),
            (3, "בעוד יומיים", "day", "מחרתיים"), (3, "יום א'", "day", "יום ראשון"), (4, "ב-17:30", "hour", "17:30"), (4, "בשעה 1700", "hour", "17:00"),
            (5, "דנה לוי מדברת", "name", "דנה"),
            // Days of the calendar are in no list of weekdays, and two answers are none.
            (3, "ב-15 בפברואר", "day", nil), (3, "בשבוע הבא", "day", nil), (2, "3 או 4", "rooms", nil), (4, "ב-17:10", "hour", nil),
        ] as [(Int, String, String, String?)])
    func anAnswerIsFoundByItsMeaning(turn: Int, text: String, field: String, kept: String?) throws {
        var talk = Talk(try #require(try exampleBusinesses().first))
        for words in Self.usual.prefix(turn) { talk.hear(spoken(words)) }
        #expect(talk.say(text).lead[field] == kept)
    }

    @Test(arguments: [("מאה אחוז", "כן"), ("חד משמעית", "כן"), ("לא נראה לי", "לא"), ("אין מצב", "לא")])
    func consentIsFoundByItsMeaning(text: String, same: String) throws {
        func state(_ answer: String) throws -> String {
            var talk = Talk(try #require(try exampleBusinesses().first))
            talk.sayAllUpToTheConfirmation()
            return talk.say(answer).state
        }
        #expect(try state(text) == state(same))
        #expect(try state(text) != state("מחר יורד גשם"))
    }

    @Test func everyPhraseOfEveryStateMeansItsOwnAnswer() throws {
        for state in script.states {
            for answer in state.answers {
                for phrase in answer.phrases { #expect(try value(phrase, in: state.name) == answer.value, "\(state.name): \(phrase)") }
            }
        }
    }
}
