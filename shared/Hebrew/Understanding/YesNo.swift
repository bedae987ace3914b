/// What a question was answered with.
package enum YesNo: String, Sendable, Hashable, CaseIterable { case yes, no, unsure }

/// Reads yes, no and doubt.
struct YesNoReader: Sendable {
    let text: SpokenText

    private enum Sign: Sendable {
        case yes
        /// Consent if it stands at the beginning: בסדר, טוב.
        case mildYes
        /// Consent if nothing else is said: אפשר, יש לי.
        case loneYes
        case no
        /// לא by itself: an answer at the beginning, part of a sentence elsewhere.
        case bareNo
        /// An answer at the end alone: "אני לא".
        case lastNo
        case unsure
        /// Takes back what came before.
        case restart
        case but
        /// A greeting or the like, in which טוב and לא mean something else.
        case skip
        /// The caller answers with something else.
        case question
    }

    func yesNo() -> Understood<YesNo>? {
        var events: [(sign: YesNo, isMild: Bool, start: Int, end: Int)] = []
        var isBegin = true
        var index = 0
        var afterBut = false
        while index < text.count {
            guard let match = YesNoReader.phrases.match(text, at: index) else {
                if let latin = latin(index) {
                    events.append((latin, false, index, index + 1))
                } else if text[index].kind == .word, !YesNoReader.light.contains(text[index].key) {
                    isBegin = false
                }
                index += 1
                continue
            }
            let isLast = (match.end..<text.count).allSatisfy { text[$0].kind == .mark || YesNoReader.light.contains(text[$0].key) }
            switch match.value {
            // "לא ממש מתאים", "אל תקבע", "לא מאשר": what is denied is no consent.
            case .yes where !afterBut && events.last?.sign == .no && events.last?.end == index && !isYes(index):
                events[events.count - 1].end = match.end
            case .yes where !afterBut: events.append((.yes, false, index, match.end))
            case .no where !afterBut: events.append((.no, false, index, match.end))
            case .unsure where !afterBut || events.last?.sign == .yes: events.append((.unsure, false, index, match.end))
            case .mildYes where isBegin && !afterBut: events.append((.yes, true, index, match.end))
            case .loneYes where isBegin && isLast && !afterBut:
                // "לא ממש אפשר".
                if events.last?.sign == .no, events.last?.end == index {
                    events[events.count - 1].end = match.end
                } else {
                    events.append((.yes, false, index, match.end))
                }
            case .lastNo where isLast && !afterBut: events.append((.no, false, index, match.end))
            case .bareNo where (isBegin || isLast) && !afterBut: events.append((.no, false, index, match.end))
            case .restart:
                // "לא סליחה כן"; behind "למה לא בעצם" nothing more comes.
                if !isLast { events.removeAll() }
                (isBegin, afterBut) = (true, false)
            case .but: afterBut = !events.isEmpty
            case .question: if events.isEmpty { return nil }
            default: break
            }
            index = match.end
        }
        return decision(events)
    }

    private func decision(_ events: [(sign: YesNo, isMild: Bool, start: Int, end: Int)]) -> Understood<YesNo>? {
        guard let first = events.first, let last = events.last else { return nil }
        let span = text.span(first.start..<last.end)
        let signs = Set(events.map(\.sign))
        if signs.contains(.unsure) {
            let other = events.first { $0.sign != .unsure }?.sign
            return Understood(
                .unsure, span: span, confidence: other == nil ? 0.9 : 0.7, why: "words of doubt", alternatives: other.map { [$0] } ?? [])
        }
        guard signs.count > 1 else {
            let isMild = events.allSatisfy(\.isMild)
            return Understood(first.sign, span: span, confidence: isMild ? 0.8 : 0.95, why: isMild ? "words of consent" : "a plain answer")
        }
        // "לא, זה בסדר" and "טוב, לא": the mild word only accompanies.
        let strong = Set(events.filter { !$0.isMild }.map(\.sign))
        if strong.count == 1, let sign = strong.first {
            return Understood(
                sign, span: span, confidence: 0.75, why: "a plain answer with a mild word beside it", alternatives: [sign == .yes ? .no : .yes])
        }
        // "לא לא, כן": who corrects himself ends with what he means. The other way round it may be either.
        if first.sign == .no, last.sign == .yes, !last.isMild {
            return Understood(.yes, span: span, confidence: 0.5, why: "a no that ends in a yes", alternatives: [.no, .unsure])
        }
        return Understood(.unsure, span: span, confidence: 0.6, why: "yes and no in one answer", alternatives: [last.sign, first.sign])
    }

    private func isYes(_ index: Int) -> Bool { text.isWord(index, YesNoReader.plainYes) }
    private static let plainYes = Lexicon.keys("כן וכן בטח ברור נכון")

    private func latin(_ index: Int) -> YesNo? {
        guard text[index].kind == .latin else { return nil }
        return switch text.string(index..<index + 1).lowercased() {
        case "yes", "ok", "okay", "yep", "yeah", "sure": .yes
        case "no", "nope": .no
        case "maybe": .unsure
        default: nil
        }
    }

    /// Words before an answer that leave it at the beginning.
    private static let light = Neutral.words.subtracting(Lexicon.keys("כן אולי טוב בסדר אוקיי אוקי סבבה מעולה מצוין יופי נהדר")).union(
        Lexicon.keys("נו אז תראה תראי תשמע תשמעי האמת שהאמת אבל אחי אחותי גברתי אדוני מותק נשמה חמודה ברוך השם עכשיו פשוט ממש די גם כל כך זה"))

    private static let phrases = PhraseTable<Sign>([
        (
            """
            נשמע טוב,נשמע מצוין,נשמע מעולה,נשמע בסדר,זה נשמע טוב,זה נשמע מצוין,זה נשמע מעולה,נשמע לי טוב,אין לי בעיה,אין לי שום בעיה,אין לי התנגדות,\
            אין התנגדות,מוסכם,מוסכם עליי,מוסכם עלי,תאשר,תאשרי,אישרתי,קרוב לוודאי,כן,כן כן,בטח,בטח בטח,ברור,ברור שכן,בוודאי,בודאי,ודאי,וודאי,כמובן,כמובן שכן,בהחלט,חד משמעית,חד משמעית כן,נכון,נכון מאוד,זה נכון,\
            בדיוק,בדיוק כך,בדיוק ככה,מסכים,מסכימה,מסכימים,אני מסכים,אני מסכימה,מאשר,מאשרת,מאשרים,חיובי,אין בעיה,אין שום בעיה,אין שום בעייה,\
            אין בעייה,בלי בעיה,בלי שום בעיה,לא בעיה,למה לא,איך לא,בשמחה,בשמחה רבה,ברצון,בכיף,אשמח,נשמח,אני אשמח,מתאים,זה מתאים,מתאים לי,\
            מתאים לנו,מקובל,מקובל עלי,מקובל עליי,סגרנו,לך על זה,לכי על זה,יאללה,קדימה,בוא נקבע,בואי נקבע,בואו נקבע,בסדר גמור,הכי בסדר,מאה אחוז,\
            אני כן,כן רוצה,כן אני רוצה,חושב שכן,חושבת שכן,אני חושב שכן,אני חושבת שכן,נראה לי שכן,כנראה שכן,אני מאשר,אני מאשרת,לגמרי כן,\
            עשינו עסק,חלאס סגור,בטח שכן,בוודאי שכן,ודאי שכן,מן הסתם כן,כן בהחלט,אני מעוניין,אני מעוניינת,יס,אוי כן,או קיי,בטוח שכן,מן הסתם,\
            אישור,יש אישור,לא נורא,לא נורא זה בסדר,לא מפריע לי,לא אכפת לי שכן
            """, .yes
        ),
        (
            """
            אפשר,אפשרי,רוצה,מוכן,מוכנה,אני מוכן,אני מוכנה,יש,יש לי,צודק,צודקת,את צודקת,אתה צודק,הולך,הולך על זה,זורם,זורמת,מעוניין,מעוניינת,\
            מעונין,מעונינת,בטוח,בטוחה,אני בטוח,אני בטוחה,לגמרי,סגור,מדבר,מדברת,זה אני,זאת אני,אמת,תעשה,תעשי,תעשו,בול,דיל,יש מצב,תמשיך,תמשיכי,\
            אפשר להמשיך,אני רוצה את זה,טבעי,תזמין,תזמיני,תקבע,תקבעי,תקבעו
            """, .loneYes
        ),
        (
            """
            בסדר,טוב,אוקיי,אוקי,אוקיי טוב,סבבה,אחלה,מעולה,מצוין,מצויין,נהדר,יופי,יפה,נפלא,פרפקט,טוב מאוד,טוב בסדר,סבבה גמור,תודה כן,זה בסדר,זה טוב,\
            זה מעולה,זה מצוין,טוב לי,נחמד,מושלם,אדיר,על הכיפאק,שיהיה,מצידי,מבחינתי,הכל בסדר,הכל טוב
            """, .mildYes
        ),
        ("לא", .bareNo), ("אני לא,לא אני", .lastNo), ("נראה לי", .loneYes),
        (
            """
            לא אשמח,לגמרי לא,פחות מתאים,פחות מתאים לי,זה פחות מתאים,זה פחות מתאים לי,פחות נוח,פחות נוח לי,פחות,אין מצב,לא אל,לא לא,לא לא לא,לא תודה,\
            לא תודה רבה,ממש לא,ממש ממש לא,בכלל לא,לא בכלל,לא ולא,ברור שלא,בטח שלא,כמובן שלא,בוודאי שלא,ודאי שלא,חד משמעית לא,מה פתאום,חס וחלילה,\
            חס ושלום,בחיים לא,לא בחיים,בשום אופן,בשום אופן לא,בשום פנים ואופן,בשום פנים ואופן לא,אף פעם,אף פעם לא,שלילי,לא נכון,זה לא נכון,לא מסכים,\
            לא מסכימה,אני לא מסכים,אני לא מסכימה,לא רוצה,אני לא רוצה,לא צריך,לא צריכה,אני לא צריך,אני לא צריכה,אין צורך,לא מעוניין,לא מעוניינת,\
            לא מעונין,לא מעונינת,אני לא מעוניין,אני לא מעוניינת,לא מתאים,לא מתאים לי,זה לא מתאים,זה לא מתאים לי,לא טוב,לא טוב לי,זה לא טוב,לא בסדר,\
            זה לא בסדר,לא נראה לי,לא ממש,לא כל כך,לא בדיוק,לא עכשיו,לא כרגע,לא היום,לא הפעם,עוד לא,עדיין לא,לא חושב,לא חושבת,אני לא חושב,\
            אני לא חושבת,לא חושב ככה,נראה לי שלא,חושב שלא,חושבת שלא,אני חושב שלא,אני חושבת שלא,כנראה שלא,עדיף שלא,מעדיף שלא,מעדיפה שלא,אי אפשר,\
            לא אפשרי,לא יכול,לא יכולה,אני לא יכול,אני לא יכולה,לא מוכן,לא מוכנה,אני לא מוכן,אני לא מוכנה,מוותר,מוותרת,אני מוותר,אני מוותרת,עזוב,עזבי,\
            תעזוב,תעזבי,עזבו,תשכח מזה,תשכחי מזה,תשכחו מזה,עזוב שטויות,פעם אחרת,לא מקובל,לא מקובל עלי,לא מאשר,לא מאשרת,אני לא מאשר,אל,אין,אין לי,אין לנו,לא רלוונטי,זה לא רלוונטי,לא הולך,\
            לא זורם,לא בא לי,לא אני,זה לא אני,לא אפשר,לא ברור שלא,לא אוהב,לא אוהבת,לא זה לא,לא זה,די לא,כבר לא,לא הייתי רוצה,הייתי מעדיף שלא,\
            הייתי מעדיפה שלא
            """, .no
        ),
        (
            """
            אין לי תשובה,תשאל אותי אחר כך,תשאלי אותי אחר כך,סביר להניח,ככה ככה,לא החלטנו,עוד לא החלטנו,עדיין לא החלטנו,צריך להתייעץ,צריכה להתייעץ,אני צריך להתייעץ,אני צריכה להתייעץ,אתייעץ,אני אתייעץ,\
            רגע לחשוב,תן לי רגע לחשוב,תני לי רגע לחשוב,לא ברור,לא ברור לי,תעשה מה שאתה רוצה,תעשי מה שאת רוצה,מה שאת אומרת,מה שאתה אומר,אולי,אולי כן,\
            אולי לא,אולי כן אולי לא,לא יודע,לא יודעת,לא יודעים,אני לא יודע,אני לא יודעת,אנחנו לא יודעים,לא בטוח,לא בטוחה,אני לא בטוח,אני לא בטוחה,\
            לא סגור,לא סגור על זה,לא סגורה,לא סגורה על זה,אין לי מושג,אין מושג,תלוי,זה תלוי,כנראה,יכול להיות,יכול להיות שכן,יכול להיות שלא,ייתכן,\
            יתכן,אפשר להגיד,נראה,נראה כבר,נחיה ונראה,מתלבט,מתלבטת,אני מתלבט,אני מתלבטת,צריך לחשוב,צריכה לחשוב,אני צריך לחשוב,אני צריכה לחשוב,\
            אני אחשוב,אחשוב על זה,אני אחשוב על זה,נחשוב על זה,צריך לבדוק,צריכה לבדוק,אני צריך לבדוק,אני צריכה לבדוק,אני אבדוק,אבדוק,אשאל,אני אשאל,\
            צריך לשאול,צריכה לשאול,לא משנה,לא משנה לי,זה לא משנה,לא אכפת לי,מה שתגיד,מה שתגידי,מה שנוח,איך שנוח,לא החלטתי,עוד לא החלטתי,\
            עדיין לא החלטתי,עוד לא יודע,עוד לא יודעת,עדיין לא יודע,עדיין לא יודעת,לא זוכר,לא זוכרת,אני לא זוכר,אני לא זוכרת,כן ולא,גם וגם,חצי חצי,\
            מקווה,מקווה שכן,לא לגמרי,לא לגמרי בטוח,לא לגמרי בטוחה,פיפטי פיפטי,שאלה טובה,קשה לי להגיד,קשה להגיד,לא חשבתי על זה,לא יודע מה להגיד,\
            לא יודעת מה להגיד,אני אחזור אליך,אני אחזור אליכם,תן לי לחשוב,תני לי לחשוב,תנו לי לחשוב,תלוי במחיר,תלוי מתי
            """, .unsure
        ),
        (
            """
            לא סליחה,סליחה לא,רגע לא,לא רגע,אה סליחה,סליחה,בעצם,טעות,טעיתי,התבלבלתי,תיקון,לא בעצם,אוי סליחה,כן סליחה,כן בעצם,כן רגע
            """, .restart
        ),
        ("אבל,אלא", .but),
        (
            """
            יום טוב,ערב טוב,בוקר טוב,לילה טוב,שבוע טוב,צהריים טובים,מזל טוב,כל טוב,בסדר עם,לא הבנתי,לא שמעתי,לא שומע,לא שומעת,לא הבנתי אותך,\
            לא שמעתי אותך,אני לא שומע,אני לא שומעת,אני לא מבין,אני לא מבינה,לא מבין,לא מבינה,לא הבנתי את השאלה,אפשר לחזור,אפשר לשאול,אפשר לדבר,\
            אפשר לקבל,אפשר לדעת,רוצה לדעת,רוצה לשאול,רוצה לקבוע,רוצה לדבר,רוצה להזמין,רוצה לבטל,רוצה לברר,אשמח לדעת,אשמח לקבל,יש לכם,יש לך,יש אצלכם,\
            יש מקום,מדבר עם,מדברת עם,לא רק,אם לא,למה,לא עובד,לא עובדת,יש לי שאלה,יש לי בעיה,יש לי תור,אין לי זמן,מוכן לשמוע,לא כולל,כן כולל
            """, .skip
        ),
        ("מה,מה זה,מי זה,מי מדבר,מה אמרת,הלו", .question),
    ])
}
