import Testing

@testable import ASRWorker

@Suite struct RecogniserLexiconTests {
    @Test func everyEntryIsWrittenInPhonesOfTheModel() {
        let phones = Set(RecogniserLexicon.phones)
        #expect(RecogniserLexicon.lexicon.count > 800)
        for (word, pronunciations) in RecogniserLexicon.lexicon {
            #expect(!pronunciations.isEmpty, "\(word)")
            for pronunciation in pronunciations {
                #expect(!pronunciation.isEmpty && pronunciation.allSatisfy(phones.contains), "\(word): \(pronunciation)")
            }
        }
    }

    @Test func pointsDoNotHideAWord() {
        #expect(RecogniserLexicon.pronunciations(of: "כֵּן") == RecogniserLexicon.pronunciations(of: "כן"))
        #expect(!RecogniserLexicon.pronunciations(of: "כן").isEmpty)
    }

    @Test func prefixesAreSpokenBeforeKnownWords() throws {
        let bare = try #require(RecogniserLexicon.pronunciations(of: "אילת").first)
        #expect(RecogniserLexicon.pronunciations(of: "באילת").first == ["B", "EY"] + bare)
    }

    @Test func unknownWordsAreSpelledInSeveralWays() {
        let heard = RecogniserLexicon.pronunciations(of: "קומקומים")
        #expect(heard.count > 1)
        #expect(heard.contains(["K", "UW", "M", "K", "UW", "M", "IY", "M"]))
        let phones = Set(RecogniserLexicon.phones)
        #expect(heard.allSatisfy { $0.allSatisfy(phones.contains) })
    }

    @Test func soundsTheModelLacksHaveTwoReadings() {
        let heard = RecogniserLexicon.pronunciations(of: "חרוזית")
        #expect(heard.contains { $0.first == "K" && $0.contains("W") })
        #expect(heard.contains { $0.first == "HH" && $0.contains("R") })
    }

    @Test func textWithoutHebrewHasNoPronunciation() {
        #expect(RecogniserLexicon.pronunciations(of: "hello 12").isEmpty)
        #expect(RecogniserLexicon.pronunciations(of: "").isEmpty)
    }
}
