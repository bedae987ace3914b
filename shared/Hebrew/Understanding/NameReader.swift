/// Finds the name with which callers introduce themselves. It is given as it was said.
struct NameReader: Sendable {
    let text: SpokenText

    private enum Introduction: Sendable {
        /// "קוראים לי": a name follows, known or not.
        case certain
        /// "מדבר", "כאן": mostly a name.
        case likely
        /// "אני", "זה": a name if it is one.
        case possible
        case family
    }

    func name() -> Understood<String>? {
        var found: [(range: Range<Int>, confidence: Double, why: String)] = []
        var families: [Range<Int>] = []
        var index = 0
        while index < text.count {
            guard let intro = NameReader.introductions.match(text, at: index), let range = name(after: intro.end, intro.value) else {
                index += 1
                continue
            }
            // "לא קוראים לי דני" is still an introduction of somebody else.
            if index > 0, text.has(index - 1, .no, []) || text.isWord(index - 1, NameReader.asking), intro.value != .certain {
                index = range.upperBound
                continue
            }
            found.append((range, confidence(intro.value, range), why(intro.value)))
            if intro.value == .family { families.append(range) }
            index = range.upperBound
            // "קוראים לי אור, אור לוי".
            if let again = repeated(range) {
                found[found.count - 1].range = again
                index = again.upperBound
            }
            while let corrected = correction(at: index) {
                found.removeLast()
                found.append((corrected, 0.85, "a name that takes the place of another"))
                index = corrected.upperBound
            }
        }
        let best = found.max { $0.confidence < $1.confidence } ?? suffixed() ?? bare()
        guard let best else { return nil }
        // "שם פרטי דנה, שם משפחה כהן".
        if best.range.count == 1, let family = families.first(where: { $0.lowerBound >= best.range.upperBound }) {
            return Understood(
                words(best.range) + " " + words(family), span: text.span(best.range.lowerBound..<family.upperBound),
                confidence: best.confidence,
                why: "a first name and a family name, each announced")
        }
        let others = found.filter { $0.range != best.range }.map { words($0.range) }
        return Understood(words(best.range), span: text.span(best.range), confidence: best.confidence, why: best.why, alternatives: others)
    }

    private static let introductions = PhraseTable<Introduction>([
        (
            """
            קוראים לי,לי קוראים,השם שלי,השם שלי הוא,השם שלי זה,שמי,שמי הוא,שם שלי,השם הוא,השם המלא,השם המלא שלי,השם המלא שלי הוא,שם מלא,שם פרטי,\
            השם הפרטי,השם הפרטי שלי,השם הפרטי שלי הוא,שם,השם,על השם,על שם,בשם,תרשום,תרשמי,תרשמו,רשום,רשמי,תרשום בבקשה,תרשמי בבקשה,אני נקרא,אני נקראת,\
            מכירים אותי בתור,תקרא לי,תקראי לי,תקראו לי,אפשר לקרוא לי,לרשום על,תרשום על שם,תרשמי על שם,לרשום על שם,תרשום על,תרשמי על,קוראים לי גם
            """, .certain
        ),
        (
            """
            מדבר,מדברת,אתה מדבר עם,את מדברת עם,אתם מדברים עם,מדבר איתך,מדברת איתך,כאן,פה,כאן מדבר,כאן מדברת,פה מדבר,פה מדברת,מתקשר,מתקשרת,\
            אני מדבר,אני מדברת,זה מדבר,זאת מדברת
            """,
            .likely
        ),
        ("זה,זאת,זו,אני,אנוכי,הי אני,שלום אני,זה כאן,אז אני,היי זה,שלום זה", .possible),
        ("משפחת,ממשפחת,שם משפחה,שם המשפחה,שם המשפחה שלי,שם המשפחה שלי הוא,משפחה", .family),
    ])

    private func words(_ range: Range<Int>) -> String {
        // What the readers skip inside of it, hesitations and points, does not belong to the name.
        range.map { index in
            let (start, end) = (text[index].start, text[index].end)
            let word = NameReader.plain(String(decoding: text.bytes[start..<end], as: UTF8.self))
            // 'דני' in quotes, but ג'ורג' without.
            return start > 0 && text.bytes[start - 1] == 0x27 && word.hasSuffix("'") ? String(word.dropLast()) : word
        }.joined(separator: " ")
    }

    private static func plain(_ word: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in word.unicodeScalars where !(0x0591...0x05C7).contains(scalar.value) && !(0x200B...0x200F).contains(scalar.value) {
            result.append(scalar)
        }
        return String(result).trimmingQuotes
    }

    private func confidence(_ intro: Introduction, _ range: Range<Int>) -> Double {
        let isKnown = isFirst(range.lowerBound)
        return switch intro {
        case .certain: isKnown ? 0.97 : 0.75
        case .likely: isKnown ? 0.93 : 0.6
        case .possible: range.count > 1 ? 0.88 : 0.8
        case .family: 0.7
        }
    }

    private func why(_ intro: Introduction) -> String {
        switch intro {
        case .certain: "behind words that announce a name"
        case .likely: "who speaks, behind \"speaking\" or \"here is\""
        case .possible: "a known name behind \"I\" or \"this is\""
        case .family: "a family name behind the word for it"
        }
    }

    // MARK: - Which words

    private func name(after index: Int, _ intro: Introduction) -> Range<Int>? {
        var start = index
        while start < text.count, start - index < 4,
            (text[start].kind == .mark && !text[start].isMark(".") && !text[start].isMark("?")) || NonNames.titles.contains(text[start].key)
                || (text.isWord(start, NameReader.fillers) && (start + 1 < text.count || !isFirst(start)))
                || (start > index && text.isWord(start - 1, NameReader.lawyers))
        { start += 1 }
        guard start < text.count else { return nil }
        if intro == .family {
            guard isFamily(start) || isUnknown(start) else { return nil }
            return start..<familyEnd(start)
        }
        if let pair = pairEnd(start) { return start..<more(pair) }
        if isFirst(start) {
            let isWord = NonNames.mostlyWords.contains(text[start].key.withoutMarks)
            let end = more(start + 1)
            // "זה יפה", "אני שני בתור": words as well as names.
            if isWord, intro == .possible, end == start + 1 { return nil }
            if isWord, intro != .certain, text[start].key == NameReader.peace { return nil }
            return start..<end
        }
        if intro != .family, isCapital(start) { return start..<(isCapital(start + 1) ? start + 2 : start + 1) }
        switch intro {
        case .certain:
            guard isUnknown(start) || isFamily(start) else { return nil }
            return start..<more(start + 1)
        case .likely:
            if isFamily(start), !NonNames.words.contains(text[start].key) { return start..<more(start + 1) }
            // An unknown name with a known family name, or with nothing behind it.
            guard isUnknown(start), isFamily(start + 1) || text.isEnd(start + 1), Prefix(letter: text[start].key.first) == nil || isFamily(start + 1)
            else { return nil }
            return start..<(isFamily(start + 1) ? familyEnd(start + 1) : start + 1)
        case .possible:
            if isUnknown(start) || isFamily(start), isFamily(start + 1) { return start..<familyEnd(start + 1) }
            return nil
        case .family: return nil
        }
    }

    private static let fillers = Lexicon.keys("הוא היא זה לי כאן פה בבקשה האמת פרטי מלא משפחת שוב כבר רק")
    /// "עורך דין": the second word is a name as well.
    private static let lawyers = Lexicon.keys("עורך עורכת")
    private static let law = Lexicon.keys("דין הדין")
    private static let peace = WordKey("שלום")
    private static let asking = Lexicon.keys("מי איפה עם של אצל את")

    /// Behind a first name: a family name, or a second first name.
    private func more(_ index: Int) -> Int {
        guard index < text.count, text[index].kind == .word else { return index }
        // "שם פרטי דנה שם משפחה כהן".
        if text[index].key != NameReader.peace {
            if pairFamily(index) { return index + 2 }
            if let pair = pairEnd(index) { return pair }
            if NameReader.particles.contains(text[index].key), index + 1 < text.count,
                isFamily(index + 1) || isFirst(index + 1) || isUnknown(index + 1)
            {
                return index + 2
            }
            if isFamily(index) || (isFirst(index) && !NonNames.alsoWords.contains(text[index].key)) {
                // "לוי כהן", "דוד בן דוד".
                let next = index + 1
                if pairFamily(next) { return next + 2 }
                return isFamily(next) && text[next].key != NameReader.peace ? next + 1 : next
            }
            if isUnknown(index), Prefix(letter: text[index].key.first) == nil || isStranger(index) { return index + 1 }
            if isCapital(index) { return index + 1 }
        }
        return index
    }

    private static let particles = Lexicon.keys("בן בר אבו אל דה אבן בת דל ון ואן")

    private func familyEnd(_ index: Int) -> Int {
        if pairFamily(index) { return index + 2 }
        if index < text.count, NameReader.particles.contains(text[index].key), isFamily(index + 1) || isFirst(index + 1) || isUnknown(index + 1) {
            return index + 2
        }
        return index + 1
    }

    private func pairEnd(_ index: Int) -> Int? {
        guard index + 1 < text.count, FirstNames.pair(text[index].key, text[index + 1].key) != nil else { return nil }
        return index + 2
    }
    private func pairFamily(_ index: Int) -> Bool { index + 1 < text.count && FamilyNames.isPair(text[index].key, text[index + 1].key) }
    private func isFirst(_ index: Int) -> Bool {
        guard index < text.count, text[index].kind == .word, let entry = FirstNames.entry(text[index].key.withoutMarks) else { return false }
        // What recognisers write for a name may be a word: אומר for עומר.
        return !NonNames.words.contains(text[index].key) || WordKey(entry.name) == text[index].key
    }
    private func isFamily(_ index: Int) -> Bool {
        index < text.count && text[index].kind == .word && (FamilyNames.contains(text[index].key.withoutMarks) || pairFamily(index))
    }

    /// No word that one knows, with or without what is written onto it, and no place.
    private func isUnknown(_ index: Int) -> Bool {
        guard index < text.count, text[index].kind == .word else { return false }
        let key = text[index].key
        guard key.count >= 2, text[index].readings.isEmpty else { return false }
        var rest = key
        var prefix: Prefix = []
        while true {
            if NonNames.words.contains(rest) || Neutral.words.contains(rest) || Places.contains(rest) { return false }
            guard rest.count > 2, let letter = Prefix(letter: rest.first), prefix.allows(letter) else { return true }
            prefix.insert(letter)
            rest = rest.dropFirst(1)
        }
    }

    /// A word that begins like one with a prefix, and ends the sentence.
    private func isStranger(_ index: Int) -> Bool {
        let letter = text[index].key.first
        // ל, ש and ה begin verbs, clauses and epithets; ו does too, but not in וילנסקי.
        if letter == 6 { return text.isEnd(index + 1) && (text[index].key.letter(1) == 10 || text[index].key.letter(1) == 6) }
        let isFromThe = letter == 13 && text[index].key.letter(1) == 5
        return letter != 12 && letter != 21 && letter != 5 && !isFromThe && text.isEnd(index + 1)
    }

    private func isCapital(_ index: Int) -> Bool {
        index < text.count && text[index].kind == .latin && text[index].end > text[index].start + 1
            && (0x41...0x5A).contains(text.bytes[text[index].start])
    }

    /// The same name once more, behind a mark, and longer.
    private func repeated(_ range: Range<Int>) -> Range<Int>? {
        let start = range.upperBound + 1
        guard start < text.count, text[range.upperBound].kind == .mark, text[start].kind == .word, text[start].key == text[range.lowerBound].key,
            let again = plainName(at: start), again.count > range.count
        else { return nil }
        return again
    }

    // MARK: - Without an introduction

    /// "לא סליחה דינה" behind a name.
    private func correction(at index: Int) -> Range<Int>? {
        var next = index
        while next < text.count, next - index < 4,
            text[next].kind == .mark || text.has(next, .no, []) || text.has(next, .sorry, []) || text.has(next, .correction, [])
                || text.has(next, .wait, [])
        { next += 1 }
        guard next > index, Retraction(text).isCorrection(index..<next) else { return nil }
        return name(after: next, .possible)
    }

    /// Nothing but a name, and words that carry nothing.
    private func bare() -> (range: Range<Int>, confidence: Double, why: String)? {
        var start = 0
        while start < text.count, isPadding(start) { start += 1 }
        guard var range = plainName(at: start) else { return nil }
        if let corrected = correction(at: range.upperBound) { return (corrected, 0.75, "a name that takes the place of another") }
        // "דנה, דנה כהן".
        var end = range.upperBound
        while end < text.count, isPadding(end) { end += 1 }
        if let again = plainName(at: end) {
            guard text[again.lowerBound].key == text[range.lowerBound].key else { return nil }
            if again.count >= range.count { range = again }
            end = again.upperBound
        }
        guard (end..<text.count).allSatisfy(isPadding) else { return nil }
        let key = text[range.lowerBound].key.withoutMarks
        if range.count == 1, NonNames.alsoWords.contains(key) || NonNames.words.contains(key) {
            // "שלום" greets, "טל" may answer the question for the name.
            guard !NonNames.neverNames.contains(key) else { return nil }
            return (range, 0.5, "a name that is a word too, and nothing else")
        }
        return (range, range.count > 1 ? 0.85 : 0.75, "a known name and nothing else")
    }

    /// "דני מדבר", "דני לוי כאן", "דני זה השם שלי".
    private func suffixed() -> (range: Range<Int>, confidence: Double, why: String)? {
        var start = 0
        while start < text.count, isPadding(start) { start += 1 }
        guard let range = plainName(at: start), NameReader.endings.match(text, at: range.upperBound) != nil else { return nil }
        return (range, 0.85, "a name before words that say whose it is")
    }

    private static let endings = PhraseTable<Bool>([
        ("מדבר,מדברת,כאן,פה,קוראים לי,שמי,זה השם שלי,זה השם,זה אני,זאת אני,בטלפון,על הטלפון,על הקו,על הקו השני", true)
    ])

    private func plainName(at start: Int) -> Range<Int>? {
        guard start < text.count else { return nil }
        if isCapital(start) { return start..<(isCapital(start + 1) ? start + 2 : start + 1) }
        guard isFirst(start) || isFamily(start) || pairEnd(start) != nil || (isUnknown(start) && isFamily(start + 1)) else { return nil }
        var end = pairEnd(start).map(more) ?? (pairFamily(start) ? start + 2 : more(start + 1))
        // "כהן דני" as on a form.
        if isFamily(start), isFirst(start + 1) { end = max(end, start + 2) }
        return start..<end
    }

    private func isPadding(_ index: Int) -> Bool {
        text[index].kind == .mark || (text.isWord(index, NameReader.law) && text.isWord(index - 1, NameReader.lawyers))
            || ((NameReader.padding.contains(text[index].key) || NonNames.titles.contains(text[index].key))
                && (!isFirst(index) || NonNames.neverNames.contains(text[index].key)))
    }

    private static let padding = Lexicon.keys(
        "כן לא טוב שלום היי הי אז בבקשה תודה רבה אוקיי אוקי בסדר סבבה ערב בוקר צהריים טובים רגע זה אני השם שם נכון בטח כאמור שוב אמרתי ואני")
}

extension String {
    fileprivate var trimmingQuotes: String {
        var view = self[...]
        while let last = view.last, "\"״”“’'".contains(last), view.count > 1, last != "'" { view.removeLast() }
        return String(view)
    }
}
