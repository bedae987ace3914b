/// What the words of an utterance, as heard so far, say about whether it is over. Looks at the words only; time and voice are the endpointer's.
package enum UtteranceShape: String, Sendable, Equatable, Codable, CaseIterable {
    /// Nothing was heard yet.
    case nothing
    /// Only hesitation: אמ, אה, כאילו.
    case hesitation
    /// Only a sign of listening: אהה, כן כן, אוקיי. Over the agent's voice it is no interruption; else it is an answer.
    case backchannel
    /// A whole answer of few words: כן, לא, בסדר, תודה.
    case shortAnswer
    /// A question that is complete.
    case question
    /// Its last word wants another: ו…, של, כי, אבל, בשעה.
    case trailing
    /// Digits of a telephone or an identity number that is not whole.
    case openNumber
    /// A day without its month, a part of a date, an hour that is being told.
    case openDate
    /// A street without its number.
    case openAddress
    /// A telephone or identity number that is whole.
    case wholeNumber
    /// Anything else.
    case plain

    package init(_ text: String) { self = UtteranceWords(text).shape }

    /// Somebody who says this while the agent speaks wants no turn.
    package var isNoInterruption: Bool { self == .nothing || self == .hesitation || self == .backchannel }
}

/// The words of an utterance, bare of points and punctuation.
private struct UtteranceWords {
    private let words: [String]
    private let asks: Bool

    init(_ text: String) {
        var words: [String] = []
        var word = ""
        var last: Character = " "
        for scalar in text.unicodeScalars {
            switch scalar.value {
            // Letters and digits; geresh and gershayim belong to a word.
            case 0x05D0...0x05EA, 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x05F3, 0x05F4, 0x22, 0x27: word.unicodeScalars.append(scalar)
            // Niqqud says nothing here, and bidi controls nothing at all.
            case 0x0591...0x05BD, 0x05BF, 0x05C1, 0x05C2, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: break
            default:
                if !word.isEmpty { words.append(word) }
                word = ""
            }
            if scalar.value > 0x20 { last = Character(scalar) }
        }
        if !word.isEmpty { words.append(word) }
        self.words = words
        asks = last == "?"
    }

    var shape: UtteranceShape {
        let meant = words.filter { !Self.hesitations.contains($0) }
        guard let final = words.last else { return .nothing }
        guard let last = meant.last else {
            if words.allSatisfy(Self.listening.contains) { return .backchannel }
            return words.allSatisfy(Self.sounds.contains) ? .hesitation : .trailing
        }
        if let number = openNumber(meant) { return number }
        if isBackchannel(meant) { return .backchannel }
        if isShortAnswer(meant) { return .shortAnswer }
        // A hesitation at the end is one that goes on.
        if Self.hesitations.contains(final) { return .trailing }
        if isTrailing(last, meant) { return .trailing }
        if isOpenDate(meant) { return .openDate }
        if asks || isQuestion(meant) { return .question }
        if isOpenAddress(meant) { return .openAddress }
        return .plain
    }

    // MARK: - Short things

    private func isBackchannel(_ meant: [String]) -> Bool { meant.count <= 3 && meant.allSatisfy(Self.backchannels.contains) }

    private func isShortAnswer(_ meant: [String]) -> Bool {
        meant.count <= 3 && meant.allSatisfy { Self.answers.contains($0) || Self.backchannels.contains($0) }
    }

    private func isQuestion(_ meant: [String]) -> Bool {
        guard meant.count >= 2, let first = meant.first else { return false }
        return Self.questions.contains(first) || first.hasPrefix("ו") && Self.questions.contains(String(first.dropFirst()))
            || Self.questionPairs.contains("\(meant[0]) \(meant[1])")
    }

    // MARK: - What wants to go on

    private func isTrailing(_ last: String, _ meant: [String]) -> Bool {
        if Self.connectives.contains(last) { return true }
        // A connective with its own prefix: "ואבל", "שבגלל".
        if let first = last.first, "ושה".contains(first), last.count > 2, Self.connectives.contains(String(last.dropFirst())) { return true }
        // A subject that has said nothing yet: "אני", "הוא"; after something was said it may be an object or an afterthought.
        return meant.count <= 2 && Self.subjects.contains(last)
    }

    /// Digits that are being dictated: as long as there are three of them or a beginning that says so, the end is known by their number.
    private func openNumber(_ meant: [String]) -> UtteranceShape? {
        var digits = 0
        var pieces = 0
        var startsWithZero = false
        for word in meant.reversed() {
            let bare = word.first == "ו" && word.count > 2 ? String(word.dropFirst()) : word
            let length: Int
            if let count = Self.digitWords[bare] {
                length = count
                startsWithZero = bare == "אפס"
            } else if bare.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }), bare.utf8.count <= 12 {
                length = bare.utf8.count
                startsWithZero = bare.first == "0"
            } else if Self.repeaters.contains(bare) {
                length = 1
            } else {
                break
            }
            digits += length
            pieces += 1
        }
        guard pieces > 0 else { return nil }
        // A telephone has nine or ten digits and begins with zero; an identity number has nine. Three single digits in a row are no quantity.
        if startsWithZero { return digits >= 10 || digits == 9 && !isMobile(meant) ? .wholeNumber : .openNumber }
        guard pieces >= 3 || digits >= 5 else { return nil }
        return digits >= 9 ? .wholeNumber : .openNumber
    }

    /// 05x: ten digits, not nine.
    private func isMobile(_ meant: [String]) -> Bool {
        guard let zero = meant.firstIndex(where: { $0 == "אפס" || $0.first == "0" }) else { return false }
        if meant[zero] != "אפס" { return meant[zero].hasPrefix("05") || meant[zero].hasPrefix("07") }
        guard zero + 1 < meant.count else { return true }
        let next = meant[zero + 1]
        return next.hasPrefix("חמ") || next.hasPrefix("5") || next.hasPrefix("שבע") || next.hasPrefix("7")
    }

    /// "בחמישה עשר", "ביום", "יום שלישי ה": a date whose month is missing, where the number is one of a day.
    private func isOpenDate(_ meant: [String]) -> Bool {
        guard let last = meant.last else { return false }
        if Self.dateOpeners.contains(last) { return true }
        // "בעשרים ושלושה": a masculine day with its preposition, and no noun after it.
        let tail = meant.suffix(2)
        guard let first = tail.first, first.first == "ב" || first.first == "ה" else { return false }
        let bare = String(first.dropFirst())
        if tail.count == 2, Self.dayTens.contains(bare), last.first == "ו", Self.masculineUnits.contains(String(last.dropFirst())) { return true }
        if tail.count == 2, Self.masculineUnits.contains(bare), last == "עשר" { return true }
        return false
    }

    private func isOpenAddress(_ meant: [String]) -> Bool {
        guard let index = meant.lastIndex(where: Self.streets.contains) else { return false }
        let behind = meant[(index + 1)...]
        // One or two words are the street's name; a number, or more words, end it.
        guard behind.count <= 2 else { return false }
        return !behind.contains { word in
            word.contains { $0.isNumber } || Self.digitWords[word] != nil || Self.digitWords[String(word.dropFirst())] != nil
        }
    }
}

// MARK: - Words

extension UtteranceWords {
    /// Sounds of thinking, and words that mean no more.
    private static let hesitations: Set<String> = sounds.union(["כאילו", "יעני", "נו", "בעצם", "טוב", "תראה", "תראי", "רגע", "שנייה", "שניה"])
    private static let sounds: Set<String> = [
        "אמ", "אממ", "אהמ", "אה", "אהה", "אההה", "אא", "הממ", "המממ", "המ", "מממ", "ממ", "אום", "אמם", "עמ", "אייי", "אהא", "אהם", "מהמ", "אמהמ", "כאילו", "יעני",
    ]
    /// Sounds of a listener, when nothing else is said; within a sentence they are hesitation as others are.
    private static let listening: Set<String> = ["אהה", "אההה", "אההא", "אהא", "מהמ", "אמהמ"]
    private static let backchannels: Set<String> = [
        "אהה", "אההא", "אהא", "אה", "הא", "מהמ", "אמהמ", "אוקיי", "אוקי", "אוקי׳", "מממ", "ממ", "הממ", "כן", "נכון", "בסדר", "סבבה", "יופי", "אוהו", "וואלה", "ואללה", "טוב",
        "הבנתי", "מבין", "מבינה", "בדיוק",
    ]
    private static let answers: Set<String> = [
        "לא", "תודה", "רבה", "בטח", "ודאי", "וודאי", "בוודאי", "כמובן", "מעולה", "מצוין", "מצויין", "נהדר", "אחלה", "בבקשה", "שלום", "היי", "הלו",
        "ביי", "להתראות", "אין", "יש", "מתאים", "מושלם", "גמור", "אולי",
    ]
    private static let questions: Set<String> = [
        "מה", "מי", "איפה", "היכן", "מתי", "כמה", "למה", "מדוע", "איך", "כיצד", "האם", "אפשר", "איזה", "איזו", "אילו", "לאן", "מאיפה", "ממתי",
    ]
    private static let questionPairs: Set<String> = ["יש לכם", "יש לך", "אתם פתוחים", "אתם עובדים", "זה אפשרי", "יש אפשרות", "יש חניה"]
    /// Nothing ends with these.
    private static let connectives: Set<String> = [
        "ו", "אז", "כי", "של", "את", "אבל", "אם", "או", "עם", "על", "אל", "מ", "ל", "ב", "ש", "ה", "בגלל", "כדי", "לפני", "אחרי", "עד", "בין", "גם",
        "רק", "כמו", "אצל", "בלי", "ליד", "מול", "בתוך", "לגבי", "בקשר", "בנוגע", "בשביל", "עבור", "כש", "כאשר", "אפילו", "וגם", "אלא", "לכן", "שזה",
        "שאני", "שיש", "צריך", "צריכה", "רוצה", "מחפש", "מחפשת", "לקבוע", "מבקש", "מבקשת", "הכי", "יותר", "פחות", "מאוד", "כל", "איזה", "איזושהי",
        "איזשהו", "בשעה", "מספר", "במספר", "למספר", "שמספרו", "מהשעה", "לשם", "בשם", "קוראים", "שמי", "השם", "הטלפון", "דרך", "מתוך", "לפי", "בערך", "משהו",
    ]
    private static let subjects: Set<String> = ["אני", "אנחנו", "הוא", "היא", "הם", "אתה", "אתם", "זה", "זאת", "יש", "היה", "הייתי", "אשתי", "בעלי"]
    /// Digits that each word stands for when it is dictated; a teen or ten within a number is two.
    private static let digitWords: [String: Int] = {
        var words: [String: Int] = [:]
        for word in [
            "אפס", "אחת", "אחד", "שתיים", "שתים", "שניים", "שנים", "שלוש", "שלושה", "ארבע", "ארבעה", "חמש", "חמישה", "שש", "שישה", "שבע", "שבעה",
            "שמונה", "תשע", "תשעה",
        ] {
            words[word] = 1
        }
        for word in ["עשר", "עשרים", "שלושים", "ארבעים", "חמישים", "שישים", "ששים", "שבעים", "שמונים", "תשעים"] { words[word] = 2 }
        return words
    }()
    private static let repeaters: Set<String> = ["כפול", "פעמיים", "שוב"]
    private static let dateOpeners: Set<String> = ["ביום", "בתאריך", "לתאריך", "התאריך", "ליום", "בחודש", "בשבוע", "מיום"]
    private static let dayTens: Set<String> = ["עשרים", "שלושים"]
    private static let masculineUnits: Set<String> = [
        "אחד", "שניים", "שנים", "שלושה", "ארבעה", "חמישה", "שישה", "ששה", "שבעה", "שמונה", "תשעה",
    ]
    private static let streets: Set<String> = ["רחוב", "ברחוב", "שדרות", "בשדרות", "שדרה", "סמטת", "הרחוב", "מרחוב", "לרחוב"]
}
