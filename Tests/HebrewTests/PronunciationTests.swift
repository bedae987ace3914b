import Testing

@testable import Hebrew

@Suite struct PronunciationTests {
    @Test func wordsAreSpokenFromTheLexicon() {
        #expect(Pronunciation.espeakInput(for: "שלום") == "[[Sal'om]]")
    }

    @Test func punctuationStaysOutsideOfPhonemes() {
        #expect(Pronunciation.espeakInput(for: "שלום, מה השם?") == "[[Sal'om]], [[m'a haS'em]]?")
    }

    @Test func directionMarksAreIgnored() {
        #expect(Pronunciation.espeakInput(for: "\u{200F}שָׁלוֹם.") == "[[Sal'om]].")
    }

    /// A business's own readings reach the embedded voice too.
    @Test(arguments: [
        ("סַפָּר", "sap'aQ\""), ("סֵפֶר", "s'efeQ\""), ("נֹעַם", "n'o?am"), ("נוֹעָה", "no?'a"), ("בֹּקֶר", "b'okeQ\""), ("מֶלֶךְ", "m'eleX"),
        ("רוּחַ", "Q\"'uaX"), ("בַּיִת", "b'ajit"), ("שִׂמְחָה", "simX'a"), ("בְּרָכָה", "bQ\"aX'a"), ("לְדַבֵּר", "ledab'eQ\""), ("דָּוִד", "dav'id"),
        ("כֻּלָּם", "kul'am"), ("תִּשְׁמְרִי", "tiSmeQ\"'i"), ("צִ'יפְּס", "tS'ips"), ("בסַפָּר", "besap'aQ\""), ("ולנֹעַם", "velen'o?am"), ("גִּיל", "g'il"),
        ("אֲוִיר", "av'iQ\""), ("שַׁעַר", "S'a?aQ\""), ("אֵלִיָּהוּ", "elijah'u"), ("חַי", "X'ai"), ("בִּ\u{5BD}ירָה", "b'iQ\"a"),
    ])
    func pointsAreRead(word: String, expected: String) {
        #expect(Pronunciation.phonemes(of: word) == expected)
    }

    @Test func aBusinessReadingIsHeardBehindAPrefix() {
        let options = SpokenOptions(lexicon: SpokenLexicon(["הספר": "הסַפָּר"]))
        #expect(Pronunciation.espeakInput(for: HebrewSpeech.spoken("אצל הספר", options: options)) == "[['etsel hasap'aQ\"]]")
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

    @Test func numbersThatWereNotSpokenFormAreReadToo() {
        #expect(Pronunciation.espeakInput(for: "10:30") == "[['eseQ\" SloS'im]]")
        #expect(Pronunciation.espeakInput(for: "035") == "[['efes Sal'oS Xam'eS]]")
    }

    /// Everything that the spoken form brings into a text on its own.
    @Test func everyWordOfTheSpokenFormHasAnEntry() {
        var texts: [String] = []
        for gender in [NounGender.masculine, .feminine] {
            texts +=
                (0...130).map { Cardinal.words($0, gender) }
                + [1_000, 2_000, 3_000, 10_000, 1_000_000, 2_000_000_000].map { Cardinal.words($0, gender) }
            texts += (2...10).map { Cardinal.construct($0, gender) } + (1...10).map { Ordinal.words($0, gender) }
        }
        for denominator in Array(2...10) + [100, 1_000] { texts += (1...3).compactMap { Ordinal.fraction($0, denominator) } }
        for minute in 0..<1_440 { texts.append(ClockWords.words(hour: minute / 60, minute: minute % 60, style: .countdown, part: true)) }
        texts += SpokenCalendar.months + SpokenCalendar.weekdays
        let units =
            Array(CountedUnit.hebrew.values) + Array(CountedUnit.currencySigns.values) + Array(CountedUnit.latin.values) + [
                .percent, .degree, .celsius,
            ]
        for unit in units { texts += [unit.singular, unit.plural, unit.many, unit.minor?.singular, unit.minor?.plural].compactMap { $0 } }
        texts += [
            "נקודה", "שטרודל", "מקף", "סלאש", "כוכבית", "סולמית", "פלוס", "מינוס", "עד", "דירה", "מתוך", "חצות", "יומיים", "שעתיים", "שנתיים",
            "פעמיים",
        ]
        for entry in AbbreviationData.table.entries {
            // Without words of its own it is read as it stands.
            texts.append(entry.count > 1 && !entry[1].isEmpty ? entry.dropFirst().joined(separator: " ").replacing("*", with: "") : String(entry[0]))
        }
        for letter in "אבגדהוזחטיכלמנסעפצקרשת" { texts.append("\(letter)'") }
        let words = Set(texts.flatMap { $0.split(separator: " ").map { String($0).replacing("׳", with: "'").replacing("״", with: "\"") } })
        #expect(words.count >= 500)
        let missing = words.filter { Pronunciation.known($0) == nil }.sorted()
        #expect(missing == [])
    }

    /// The same letters, read by what they count.
    @Test(arguments: [
        ("חמש עשרה דקות", "[[Xam'eS esQ\"'e dak'ot]]"), ("עשרה חדרים", "[[asaQ\"'a XadaQ\"'im]]"), ("חמישה עשר במאי", "[[XamiS'a as'aQ\" bem'ai]]"),
        ("שנים עשר", "[[Sn'eim as'aQ\"]]"), ("שלוש שנים", "[[Sal'oS San'im]]"), ("שני שקלים", "[[Sn'ei Skal'im]]"), ("ביום שני", "[[bej'om Sen'i]]"),
        ("שמונה חדרים", "[[Smon'a XadaQ\"'im]]"), ("שמונה דקות", "[[Sm'one dak'ot]]"), ("שמונה במרץ", "[[Smon'a bem'eQ\"ts]]"),
        ("עשרים ושמונה שקלים", "[[esQ\"'im veSmon'a Skal'im]]"), ("בחמש וחצי בערב", "[[beXam'eS vaX'etsi ba?'eQ\"ev]]"),
        ("כיתה א׳", "[[kit'a 'alef]]"), ("סעיף ב׳, דף", "[[se?'if b'et]], [[d'af]]"), ("אלף שקלים", "[['elef Skal'im]]"),
    ])
    func theSpokenFormIsReadAsPeopleSayIt(phrase: String, expected: String) {
        #expect(Pronunciation.espeakInput(for: phrase) == expected)
    }

    /// From figures to phonemes: what the voice will be given.
    @Test func figuresReachTheVoice() {
        let spoken = HebrewSpeech.spoken("ב-15:45, 12 דירות ב-19.90 ₪")
        let expected = "[[beQ\"'eva le'aQ\"ba aX'aQ\" hatsohoQ\"'aim]], [[St'eim esQ\"'e diQ\"'ot betiS?'a as'aQ\" Skal'im vetiS?'im agoQ\"'ot]]"
        #expect(Pronunciation.espeakInput(for: spoken) == expected)
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
