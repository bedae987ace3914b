/// How far a sentence says that the caller wants to end the call.
struct GoodbyeReader: Sendable {
    let text: SpokenText

    private enum Sign: Sendable {
        /// So likely by itself that the call is over.
        case farewell(Double)
        /// "I have to hang up": unless something else is shut.
        case leaving
        /// A wish that greets as well as it takes leave.
        case wish(Double)
        case thanks(Double)
        /// The caller has all he wanted.
        case done(Double)
        /// Something more is coming.
        case more
        /// Farewells that somebody else said.
        case reported
        /// "Do not hang up."
        case stay
    }

    /// Never nil: every sentence has a score. Nobody hangs up because of one; see the dialogue's rules.
    func goodbye() -> Understood<Double> {
        var (score, leave, thanks) = (0.0, false, 0.0)
        var span = 0..<0
        var why = "nothing of a farewell"
        var isReported = false
        var content = 0
        var index = 0
        var weak = 0.0
        func extend(_ start: Int, _ end: Int) { span = span.isEmpty ? start..<end : span.lowerBound..<end }
        func add(_ weight: Double) { score = 1 - (1 - score) * (1 - weight) }
        while index < text.count {
            guard let match = GoodbyeReader.phrases.match(text, at: index) else {
                if text[index].kind == .latin, ["bye", "goodbye"].contains(text.string(index..<index + 1).lowercased()) {
                    add(0.9)
                    (leave, why) = (true, "a farewell")
                    extend(index, index + 1)
                } else if text[index].isMark("?") {
                    // A question waits for an answer.
                    score *= 0.3
                } else if text[index].kind == .word, !Neutral.words.contains(text[index].key) {
                    content += 1
                    // "Good evening, this is Dana and I wanted to ask" greets.
                    if content >= 3, weak > 0, !leave { score *= 0.5 }
                }
                index += 1
                continue
            }
            switch match.value {
            case .farewell(let weight):
                add(isReported ? weight * 0.2 : weight)
                if !isReported { (leave, why, content) = (true, "a farewell", 0) }
                extend(index, match.end)
            case .leaving:
                guard !text.isWord(match.end, GoodbyeReader.object) || text.isWord(match.end + 1, GoodbyeReader.line) else { break }
                add(isReported ? 0.1 : 0.75)
                if !isReported { (leave, why, content) = (true, "the caller says that he must go", 0) }
                extend(index, match.end)
            case .wish(let weight):
                // Behind thanks a wish ends the talk.
                let isEnding = thanks > 0 || leave || score > 0.3
                add(isReported ? 0.05 : isEnding ? max(weight, 0.6) : weight)
                if !isReported { (weak, why, content) = (weight, "a wish", 0) }
                extend(index, match.end)
            case .thanks(let weight):
                thanks = max(thanks, weight)
                if score == 0 { why = "thanks alone" }
            case .done(let weight):
                add(weight)
                why = "the caller has what he wanted"
                extend(index, match.end)
            case .more:
                score *= 0.15
                if !span.isEmpty { why = "a farewell, and then something more" }
                (leave, weak) = (false, 0)
            case .reported: isReported = true
            case .stay:
                return Understood(0, span: text.span(index..<match.end), confidence: 0.9, why: "the caller asks not to hang up")
            }
            index = match.end
        }
        if thanks > 0 { score = score > 0.2 ? 1 - (1 - score) * (1 - 0.4) : max(score, thanks) }
        let rounded = (score * 100).rounded() / 100
        return Understood(rounded, span: text.span(span), confidence: max(rounded, 1 - rounded), why: why)
    }

    /// "אני חייבת לסגור" and its kin.
    private static let leaving: String = {
        let musts = "חייב חייבת צריך צריכה מוכרח מוכרחה".split(separator: " ")
        let verbs = "לסגור לנתק ללכת לזוז לרוץ לסיים".split(separator: " ")
        let must = musts.flatMap { must in verbs.flatMap { ["\(must) \($0)", "אני \(must) \($0)"] } }
        return (must + ["אני מנתק", "אני מנתקת", "אני סוגר", "אני סוגרת", "מנתק", "מנתקת"]).joined(separator: ",")
    }()
    private static let object = Lexicon.keys("את לכם")
    private static let line = Lexicon.keys("השיחה הטלפון הקו הנייד")

    private static let phrases = PhraseTable<Sign>([
        (
            """
            ביי,ביי ביי,ביי ביי ביי,ביביי,באי,באי באי,להתראות,נתראה,להשתמע,נשתמע,יאללה ביי,יאללה להתראות,אז ביי,שלום ולהתראות,שלום ותודה,כל טוב,\
            כל טוב לך,כל טוב לכם,צ'או,שלום שלום להתראות,ביוש,ביי לך,לילה טוב וחלומות פז
            """,
            .farewell(0.9)
        ),
        (
            """
            אפשר לנתק,אפשר לסיים,אפשר לסיים את השיחה,נסיים כאן,בוא נסיים,בואי נסיים,נדבר,נדבר מחר,נדבר בהמשך,נדבר אחר כך,נהיה בקשר,נשמור על קשר,\
            ניפרד,תודה שלום,תודה רבה שלום,תודה ושלום,תודה רבה ושלום
            """, .farewell(0.75)
        ),
        (leaving, .leaving),
        (
            """
            יום טוב,שיהיה יום טוב,שיהיה לך יום טוב,שיהיה לכם יום טוב,המשך יום טוב,המשך יום נעים,המשך יום נפלא,יום נעים,יום נפלא,יום מקסים,\
            שיהיה יום נעים,שיהיה לך יום נעים,המשך ערב טוב,המשך ערב נעים,ערב נעים,סוף שבוע נעים,סופש נעים,סוף שבוע טוב,שיהיה סוף שבוע נעים,לילה טוב,\
            שיהיה לילה טוב,שבת שלום,שבת שלום ומבורך,שבת שלום ומבורכת,חג שמח,חג שמח ושבת שלום,שנה טובה,שיהיה בהצלחה,שמור על עצמך,שמרי על עצמך,\
            תרגיש טוב,תרגישי טוב,שיהיה ערב טוב,שיהיה לך ערב טוב,שיהיה שבוע טוב,שיהיה לך שבוע טוב,יום טוב לך,יום טוב לכם,יום טוב גם לך
            """, .wish(0.65)
        ),
        ("ערב טוב,שבוע טוב,צהריים טובים", .wish(0.2)),
        ("בוקר טוב", .wish(0.05)), ("שלום שלום", .wish(0.4)), ("שלום", .wish(0.15)),
        ("תודה,תודה לך,תודה לכם", .thanks(0.15)),
        ("תודה רבה,תודה רבה לך,תודה רבה לכם,רב תודות,המון תודה,תודה רבה רבה,תודה ענקית,תודה תודה,אני מודה לך", .thanks(0.2)),
        ("תודה על העזרה,תודה רבה על העזרה,תודה על הכל,תודה רבה על הכל,תודה על הסבלנות,תודה על השירות,תודה רבה על השירות", .thanks(0.3)),
        (
            """
            זהו,זהו זה,זהו להיום,קיבלתי הכל,זה מה שרציתי,זה מה שרציתי לדעת,היה נעים,היה נחמד,היה נעים לדבר,נעזרתי,לא תודה
            """, .done(0.4)
        ),
        (
            """
            זה הכל,זה הכול,לא זה הכל,לא זה הכול,לא זהו,לא זהו זה,סיימתי,סיימנו,אין עוד,אין לי עוד שאלות,אין לי שאלות,אין שאלות,אין עוד שאלות,\
            אין לי שאלות נוספות,לא צריך יותר כלום,לא צריכה יותר כלום,לא צריך כלום,לא צריכה כלום,לא צריך יותר,לא צריכה יותר,לא צריך עוד,\
            לא צריך עוד משהו,לא צריך עוד כלום,לא צריכה עוד כלום,אין לי עוד כלום,זה הכל בינתיים,זה הכל מבחינתי,לא אין עוד שאלות,לא אין לי עוד שאלות,\
            לא אין שאלות
            """, .done(0.55)
        ),
        (
            """
            לפני ביי,לפני להתראות,למה ביי,מה ביי,איזה ביי,אבל,אבל רגע,רגע,רגע אחד,שנייה,שניה,שנייה אחת,דקה,חכה,חכי,תחכה,תחכי,המתן,שאלה,עוד שאלה,\
            עוד משהו,עוד דבר,יש לי עוד,ועוד,רציתי,אני רוצה,רציתי לשאול,אפשר לשאול,אפשר,מה,מה עם,איך,כמה,מתי,איפה,למה,האם,לפני שאני,לפני שאתה מנתק,לפני שאת מנתקת,לפני שאתם מנתקים,לפני שמנתקים,לפני שננתק,לפני שאני מנתק,לפני שאני מנתקת,לפני שנסגור,לפני שאתה סוגר,לפני שאת סוגרת,\
            לפני שנסיים,בעצם,\
            סליחה,שכחתי,אגב,דרך אגב,תגיד,תגידי,מדבר,מדברת,קוראים לי,הגעתי,אני מתקשר,אני מתקשרת,מתקשר,מתקשרת,מחפש,מחפשת,אני צריך,אני צריכה,\
            אני מעוניין,אני מעוניינת,יש לכם,תזכיר,תזכירי
            """, .more
        ),
        (
            """
            אמר,אמרה,אמרו,אמרתי,אומר,אומרת,להגיד,תגיד לו,תגידי לו,תמסור,תמסרי,תגיד ביי,תגידי ביי,להגיד ביי,תגיד שלום,תגידי שלום,אל תגיד,אל תגידי,אל תגידו,אל תגיד לי,אל תגידי לי,כשאומרים,אומרים,\
            בלי להגיד,לא אמר,לא אמרה,כתב,כתבה,ניתק,ניתקה
            """,
            .reported
        ),
        ("אל תנתק,אל תנתקי,אל תנתקו,לא לנתק,אל תסגור,אל תסגרי,אל תלך,אל תלכי,לא ביי", .stay),
    ])
}
