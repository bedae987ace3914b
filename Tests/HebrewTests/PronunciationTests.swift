import Testing

@testable import Hebrew

@Suite struct PronunciationTests {
    @Test func wordsAreSpokenFromTheLexicon() {
        #expect(Pronunciation.espeakInput(for: "שלום") == "[[Sal'om]]")
    }

    @Test func punctuationStaysOutsideOfPhonemes() {
        #expect(Pronunciation.espeakInput(for: "שלום, מה השם?") == "[[Sal'om]], [[m'a haS'em]]?")
    }

    @Test func pointsAndDirectionMarksAreIgnored() {
        #expect(Pronunciation.espeakInput(for: "\u{200F}שָׁלוֹם.") == "[[Sal'om]].")
    }

    @Test func prefixesBeforeKnownWordsAreHeard() {
        #expect(Pronunciation.phonemes(of: "בחולון") == "beXol'on")
        #expect(Pronunciation.phonemes(of: "ושהדירה") == "veSehadiQ\"'a")
    }

    @Test(arguments: [("שני חדרים", "[[Sn'ei XadaQ\"'im]]"), ("ביום שני", "[[bej'om Sen'i]]"), ("אחת עשרה", "[[aX'at esQ\"'e]]")])
    func aPhraseDecidesHowItsWordsAreRead(phrase: String, expected: String) {
        #expect(Pronunciation.espeakInput(for: phrase) == expected)
    }

    @Test func theMarkOfAPrefixReachesIntoAPhrase() {
        #expect(Pronunciation.espeakInput(for: "בתל אביב") == "[[betel av'iv]]")
    }

    /// The standard lines of a business: the letter rule would read these words wrong.
    @Test(arguments: [
        ("לתשומת ליבכם, השיחה מוקלטת.", "[[litsum'at libX'em]], [[hasiX'a mukl'etet]]."),
        ("השיחה תסתיים בעוד דקה.", "[[hasiX'a tistaj'em be'od dak'a]]."),
        ("הגענו לסוף הזמן של השיחה.", "[[higa?'anu les'of hazm'an Sel hasiX'a]]."),
        ("אפשר להשאיר הודעה אחרי הצליל", "[[efS'aQ\" lehaS?'iQ\" hoda?'a aXaQ\"'ei hatsl'il]]"),
        ("תודה, ההודעה התקבלה.", "[[tod'a]], [[hahoda?'a hitkabl'a]]."),
        ("רגע אחד, אני מעבירה אתכם לנציג.", "[[Q\"'ega eX'ad]], [[an'i ma?aviQ\"'a etX'em lenats'ig]]."),
        ("אין כרגע נציג פנוי. אפשר להמשיך איתי.", "[['ein kaQ\"'ega nats'ig pan'ui]]. [[efS'aQ\" lehamS'iX it'ai]]."),
    ])
    func standardLinesAreReadAsPeopleSayThem(line: String, expected: String) {
        #expect(Pronunciation.espeakInput(for: line) == expected)
    }

    @Test func numbersAreRead() {
        #expect(Numbers.words(for: 17) == ["שבע", "עשרה"])
        #expect(Numbers.words(for: 45) == ["ארבעים", "וחמש"])
        #expect(Numbers.words(forDigits: "035") == ["אפס", "שלוש", "חמש"])
        #expect(Pronunciation.espeakInput(for: "10:30") == "[['eseQ\" SloS'im]]")
    }

    @Test func everyFeminineNumberHasAnEntry() {
        for number in 0...99 {
            for word in Numbers.words(for: number) {
                let bare = word.hasPrefix("ו") ? String(word.dropFirst()) : word
                #expect(Pronunciation.lexicon[bare] != nil, "\(word)")
            }
        }
    }

    @Test func otherScriptsPassThrough() {
        #expect(Pronunciation.espeakInput(for: "שלום John Smith!") == "[[Sal'om]] John Smith!")
    }

    @Test func bracketsCannotLeaveThePhonemeSpan() {
        #expect(Pronunciation.espeakInput(for: "שלום ]] [[x]]") == "[[Sal'om]] x")
    }

    @Test func unknownWordsGetVowelsAndOneStress() {
        #expect(LetterRule.phonemes(of: "מכתב") == "maXt'ev")
        #expect(LetterRule.phonemes(of: "שולחן") == "SolX'an")
        #expect(LetterRule.phonemes(of: "ג'ירפה") == "dZiQ\"p'a")
        #expect(LetterRule.phonemes(of: "קטנייה") == "katnij'a")
    }

    @Test func lexiconUsesOnlyPhonemesOfTheVoice() {
        let allowed = Set("abdefghijklmnopstuvzSZXQ\"?' ")
        #expect(Pronunciation.lexicon.count > 800)
        for (word, phonemes) in Pronunciation.lexicon {
            #expect(phonemes.allSatisfy { allowed.contains($0) }, "\(word): \(phonemes)")
            #expect(phonemes.contains { "aeiou".contains($0) }, "\(word): \(phonemes)")
        }
    }

    @Test func emptyTextIsSilent() {
        #expect(Pronunciation.espeakInput(for: "") == "")
        #expect(Pronunciation.espeakInput(for: "—") == "—")
    }
}
