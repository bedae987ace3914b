import Foundation
import Testing

@testable import Hebrew

@Suite struct MatchingTests {
    @Test func theFormShowsWhatIsCompared() {
        #expect(MatchingForm("אה, מָחָר ב-5 וחצי!").description == "מחר ב5½")
        #expect(MatchingForm("אפס חמש שתיים 1234567").description == "0521234567")
        #expect(MatchingForm("").isEmpty)
    }

    @Test func similarityCountsWords() {
        #expect(MatchingForm("אני רוצה תור").similarity(to: MatchingForm("אני רוצה תור")) == 1)
        #expect(abs(MatchingForm("אני רוצה תור").similarity(to: MatchingForm("אני רוצה תור מחר")) - 0.75) < 0.001)
        #expect(MatchingForm("שלום").similarity(to: MatchingForm("")) == 0)
    }

    @Test func aVocabularyIsFoundInWhatWasHeard() throws {
        let services = Vocabulary([
            .init(id: "haircut", names: ["תספורת", "תספורת גברים"]), .init(id: "colour", names: ["צבע", "צביעת שיער"]),
            .init(id: "keratin", names: ["החלקת קרטין", "קרטין"]), .init(id: "manicure", names: ["מניקור", "לק ג'ל"]),
        ])
        #expect(services.find(in: "אני רוצה לקבוע תור לתספורת גברים").first?.id == "haircut")
        #expect(services.find(in: "אפשר לעשות קרתין").first?.id == "keratin")
        #expect(services.find(in: "כמה עולה צביאת שיער").first?.id == "colour")
        #expect(services.find(in: "מניקור ותספורת").map(\.id).sorted() == ["haircut", "manicure"])
        #expect(services.find(in: "מה שלומך היום").isEmpty)
        let found = try #require(services.find(in: "לתספורת").first)
        #expect(found.score > 0.9 && found.span == 0..<14)
        #expect(services.find(in: "").isEmpty)
        #expect(Vocabulary([]).find(in: "תספורת").isEmpty)
    }

    @Test func placesHaveTheirConfusions() {
        #expect(Places.all.count >= 250)
        #expect(Places.name("ת\"א") == "תל אביב")
        #expect(Places.name("קרית שמונה") == "קריית שמונה")
        #expect(Places.vocabulary.find(in: "אני מפתח טקבה").first?.id == "פתח תקווה")
        #expect(Places.vocabulary.find(in: "גר באשקאלון").first?.id == "אשקלון")
    }

    @Test func placesAreFoundByTheirNames() {
        var missed: [String] = []
        for place in Places.all {
            let found = Understanding("אני מ\(place.name)", context: .init(now: .init(timeIntervalSince1970: 0))).place()
            if let found { #expect(found.value == place.name, "\(place.name)") } else { missed.append(place.name) }
        }
        // Names that are ordinary words are not looked for behind a preposition.
        #expect(missed.count <= 12, "\(missed)")
    }

    @Test func firstNamesHaveTheirGender() {
        #expect(FirstNames.count >= 500)
        #expect(FamilyNames.count >= 300)
        #expect(FirstNames.entry("דנה")?.gender == .feminine)
        #expect(FirstNames.entry("משה")?.gender == .masculine)
        #expect(FirstNames.entry("נועם")?.gender == .masculine)
        #expect(FirstNames.entry("טל")?.gender == .either)
        #expect(FirstNames.entry("יונתן")?.name == "יהונתן")
        #expect(FirstNames.entry("בת שבע")?.gender == .feminine)
        #expect(FirstNames.entry("לקוח") == nil)
        #expect(FirstNames.entry("בית") == nil)
    }

    @Test func everyFirstNameIsUnderstoodWhenAnnounced() {
        var missed: [String] = []
        for row in NameTable.rows(FirstNames.masculine) + NameTable.rows(FirstNames.feminine) {
            let found = Understanding("קוראים לי \(row[0])", context: .init(now: .init(timeIntervalSince1970: 0))).name()
            if found?.value != row[0] { missed.append(row[0]) }
        }
        // "שלום" alone behind an announcement is still a name.
        #expect(missed.isEmpty, "\(missed)")
    }

    @Test func keysForgetFinalsPointsAndLength() {
        #expect(WordKey("שלום").text == "שלומ")
        #expect(WordKey("שָׁלוֹם") == WordKey("שלום"))
        #expect(WordKey("אבגדהוזחטיכלמ").isNone, "thirteen letters do not fit")
        #expect(WordKey("ט״ו") == WordKey("ט\"ו"))
        #expect(WordKey("ובבית").dropFirst(2) == WordKey("בית"))
    }
}
