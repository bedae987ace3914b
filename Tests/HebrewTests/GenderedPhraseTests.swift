import Testing

@testable import Hebrew

@Suite struct GenderedPhraseTests {
    @Test func theAgentFollowsItsVoice() throws {
        let phrase = try GenderedPhrase("רגע, אני {בודק|בודקת} את היומן.")
        #expect(phrase.text(agent: .feminine) == "רגע, אני בודקת את היומן.")
        #expect(phrase.text(agent: .masculine) == "רגע, אני בודק את היומן.")
        #expect(phrase.showsAgent && !phrase.showsCaller)
        #expect(try GenderedPhrase("אני בודק{|ת}").text(agent: .feminine) == "אני בודקת")
    }

    @Test(arguments: [
        (CallerAddress.neutral, "אפשר לחזור על המספר?"), (.masculine, "תוכל לחזור על המספר?"), (.feminine, "תוכלי לחזור על המספר?"),
        (.plural, "תוכלו לחזור על המספר?"),
    ])
    func theCallerIsAddressedAsConfigured(address: CallerAddress, expected: String) throws {
        let phrase = try GenderedPhrase("{אפשר|תוכל|תוכלי|תוכלו} לחזור על המספר?")
        #expect(phrase.text(agent: .feminine, caller: address) == expected)
        #expect(phrase.showsCaller)
    }

    @Test func placesForAnswersStay() throws {
        #expect(try GenderedPhrase("אני {רושם|רושמת} {city}.").text(agent: .masculine) == "אני רושם {city}.")
        #expect(try GenderedPhrase("שלום").text(agent: .masculine) == "שלום")
    }

    @Test(arguments: [
        ("אני {בודק", GenderedPhraseFault.unclosed), ("אני בודק}", .unopened), ("a} {b|c}", .unopened), ("{a|{b}}", .nested), ("{a|b|c}", .forms(3)),
        ("{a|b|c|d|e}", .forms(5)),
    ])
    func faultsAreNamed(template: String, fault: GenderedPhraseFault) {
        #expect(throws: fault) { try GenderedPhrase(template) }
        #expect(!fault.cause.isEmpty && !fault.remedy.isEmpty)
    }
}
