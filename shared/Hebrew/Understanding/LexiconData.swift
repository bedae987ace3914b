extension Lexicon {
    /// Words with the spellings that people and recognisers use, and what they mean. Final letters count as the others.
    static let entries: [(String, Sense)] = numberWords + timeWords + dateWords + moneyWords + talkWords

    private static let numberWords: [(String, Sense)] = [
        ("אפס זירו", .unit(0, feminine: true)),
        ("אחת", .unit(1, feminine: true)), ("אחד", .unit(1, feminine: false)),
        ("שתיים שתים שתי", .unit(2, feminine: true)), ("שניים שני", .unit(2, feminine: false)),
        ("שלוש שלש", .unit(3, feminine: true)), ("שלושה שלשה שלושת שלשת", .unit(3, feminine: false)),
        ("ארבע", .unit(4, feminine: true)), ("ארבעה ארבעת", .unit(4, feminine: false)),
        ("חמש", .unit(5, feminine: true)), ("חמישה חמשה חמשת חמישת", .unit(5, feminine: false)),
        ("שש", .unit(6, feminine: true)), ("שישה ששה ששת שישת", .unit(6, feminine: false)),
        ("שבע", .unit(7, feminine: true)), ("שבעה שבעת", .unit(7, feminine: false)),
        ("שמונה שמנה", .unit(8, feminine: true)), ("שמונה שמנה שמונת", .unit(8, feminine: false)),
        ("תשע", .unit(9, feminine: true)), ("תשעה תשעת", .unit(9, feminine: false)),
        ("עשר", .unit(10, feminine: true)), ("עשרה עשרת", .unit(10, feminine: false)),
        ("עשרים", .ten(20)), ("שלושים שלשים", .ten(30)), ("ארבעים", .ten(40)), ("חמישים חמשים", .ten(50)), ("שישים ששים", .ten(60)),
        ("שבעים", .ten(70)), ("שמונים שמנים", .ten(80)), ("תשעים", .ten(90)),
        ("מאה מאת", .hundred(100)), ("מאתיים מאתים מאתיימ", .hundred(200)), ("מאות", .hundreds),
        ("אלפיים", .twoThousand), ("אלף אלפים", .scale(1000)), ("מיליון מליון מיליונים מליונים מיליוני", .scale(1_000_000)),
        ("מיליארד מליארד מיליארדים מיליארדי", .scale(1_000_000_000)), ("טריליון טריליונים", .scale(1_000_000_000_000)),
        ("חצי מחצית", .twelfths(6)), ("רבע", .twelfths(3)), ("שליש", .twelfths(4)), ("רבעי רבעים", .quarters), ("שלישים", .thirds),
        ("ראשון ראשונה", .ordinal(1)), ("שני שניה שנייה", .ordinal(2)), ("שלישי שלישית", .ordinal(3)), ("רביעי רביעית", .ordinal(4)),
        ("חמישי חמישית", .ordinal(5)), ("שישי ששי שישית", .ordinal(6)), ("שביעי שביעית", .ordinal(7)), ("שמיני שמינית", .ordinal(8)),
        ("תשיעי תשיעית", .ordinal(9)), ("עשירי עשירית", .ordinal(10)),
        ("נקודה פסיק", .keyword(.point)), ("מקף קו מינוס", .keyword(.dash)), ("מינוס", .keyword(.negative)), ("כפול דאבל", .keyword(.double)),
        ("פעמיים פעמים", .keyword(.twice)), ("פעמים פעם", .keyword(.times)), ("משולש טריפל", .keyword(.triple)),
        ("כוכבית כוכב", .keyword(.star)), ("פלוס", .keyword(.plus)),
        ("אחוז אחוזים", .keyword(.percent)),
        ("תריסר", .keyword(.dozen)),
    ]

    private static let timeWords: [(String, Sense)] = [
        ("שניה שנייה", .timeUnit(.second, 1)), ("שניות", .timeUnit(.second, 0)), ("שנייתיים שניתיים", .timeUnit(.second, 2)),
        ("דקה דק דק'", .timeUnit(.minute, 1)), ("דקות", .timeUnit(.minute, 0)), ("דקתיים דקותיים", .timeUnit(.minute, 2)),
        ("שעה שעת", .timeUnit(.hour, 1)), ("שעות", .timeUnit(.hour, 0)), ("שעתיים שעתים", .timeUnit(.hour, 2)),
        ("יום יממה", .timeUnit(.day, 1)), ("ימים ימי יממות", .timeUnit(.day, 0)), ("יומיים יומים יממתיים", .timeUnit(.day, 2)),
        ("שבוע", .timeUnit(.week, 1)), ("שבועות", .timeUnit(.week, 0)), ("שבועיים שבועים", .timeUnit(.week, 2)),
        ("חודש חדש", .timeUnit(.month, 1)), ("חודשים חדשים", .timeUnit(.month, 0)), ("חודשיים חדשיים", .timeUnit(.month, 2)),
        ("שנה", .timeUnit(.year, 1)), ("שנים", .timeUnit(.year, 0)), ("שנתיים שנתים", .timeUnit(.year, 2)),
        ("בוקר בקר", .dayPart(.morning)), ("צהריים צהרים צהרי צהריימ", .dayPart(.noon)), ("ערב", .dayPart(.evening)), ("לילה ליל", .dayPart(.night)),
        ("אחה\"צ אחהצ אחצ אחר\"צ אחרהצהריים אחרצהריים", .dayPart(.afternoon)), ("לפנה\"צ לפנהצ", .dayPart(.forenoon)),
        ("שחר זריחה", .dayPart(.dawn)),
        ("בעוד", .keyword(.inTime)), ("עוד", .keyword(.more)), ("תוך בתוך", .keyword(.within)), ("לפני", .keyword(.before)),
        ("אחרי לאחר אחר", .keyword(.after)), ("עד", .keyword(.until)), ("בין", .keyword(.between)),
        ("בערך בסביבות סביבות סביב לערך בקירוב לקראת איזה משהו כמו אזור איזור", .keyword(.about)), ("פחות", .keyword(.minus)),
        ("עכשיו כרגע עכשו", .keyword(.now)), ("מיד מייד תכף תיכף", .keyword(.soon)), ("בדיוק עגול", .keyword(.exactly)),
        ("חצות", .keyword(.midnight)),
    ]

    private static let dateWords: [(String, Sense)] = [
        ("שבת", .weekday(7, alone: true)),
        ("ינואר", .month(1)), ("פברואר פברואר פבואר פברור פברוואר", .month(2)), ("מרץ מרס מארס מארץ", .month(3)), ("אפריל", .month(4)),
        ("מאי", .month(5)), ("יוני", .month(6)), ("יולי", .month(7)), ("אוגוסט אוגסט", .month(8)), ("ספטמבר", .month(9)), ("אוקטובר", .month(10)),
        ("נובמבר", .month(11)), ("דצמבר", .month(12)),
        ("תשרי", .hebrewMonth(.tishri)), ("חשוון חשון מרחשוון מרחשון", .hebrewMonth(.heshvan)), ("כסלו כסליו", .hebrewMonth(.kislev)),
        ("טבת", .hebrewMonth(.tevet)), ("שבט", .hebrewMonth(.shevat)), ("אדר", .hebrewMonth(.adar)), ("ניסן", .hebrewMonth(.nisan)),
        ("אייר איר", .hebrewMonth(.iyar)), ("סיוון סיון", .hebrewMonth(.sivan)), ("תמוז", .hebrewMonth(.tammuz)), ("אב", .hebrewMonth(.av)),
        ("אלול", .hebrewMonth(.elul)),
        ("היום", .dayOffset(0)), ("מחר מחור", .dayOffset(1)), ("מחרתיים מחרתים מוחרתיים מחורתיים", .dayOffset(2)), ("אתמול אתמל אמש", .dayOffset(-1)),
        ("שלשום", .dayOffset(-2)),
        ("הבוקר", .todayPart(.morning)), ("הצהריים הצהרים", .todayPart(.noon)), ("הערב", .todayPart(.evening)), ("הלילה", .todayPart(.night)),
        ("יום", .keyword(.day)), ("ימי ימים", .keyword(.days)), ("לפנות", .keyword(.dawnOf)), ("ערב", .keyword(.eve)),
        ("מוצאי מוצש מוצ\"ש מוצאש", .keyword(.outgoing)), ("ר\"ח", .keyword(.newMoonHead)),
        ("הבא הבאה הבאים הבאות", .keyword(.next)), ("הקרוב הקרובה קרוב", .keyword(.coming)),
        ("שעבר שעברה האחרון האחרונה הקודם הקודמת שחלף שחלפה", .keyword(.past)), ("הזה הזאת הזאתי הנוכחי הנוכחית זה", .keyword(.this)),
        ("תחילת תחילה ראשית התחלת", .keyword(.start)), ("סוף סופו", .keyword(.end)), ("אמצע", .keyword(.middle)),
        ("סופש סופ\"ש סופשבוע", .keyword(.weekend)), ("נולדתי נולדה נולד לידה", .keyword(.born)), ("שנת", .keyword(.year)),
        ("כל", .keyword(.every)),
    ]

    private static let moneyWords: [(String, Sense)] = [
        ("שקל שקלים שקליים שקלימ שח ש\"ח שקלי", .currency(.shekel)), ("דולר דולרים דולרימ", .currency(.dollar)),
        ("יורו אירו איירו", .currency(.euro)), ("פאונד פאונדים ליש\"ט לישט שטרלינג", .currency(.pound)),
        ("אגורות אגורה אג", .keyword(.agorot)), ("חינם", .keyword(.free)),
    ]

    private static let talkWords: [(String, Sense)] = [
        ("סליחה סורי", .keyword(.sorry)),
        ("תיקון בעצם טעות טעיתי התבלבלתי התכוונתי מתקן מתקנת מבולבל מבולבלת התבלבל כלומר זאתאומרת", .keyword(.correction)),
        ("לא", .keyword(.no)), ("רגע שנייה שניה דקה", .keyword(.wait)), ("אבל", .keyword(.but)), ("אלא", .keyword(.rather)),
        ("חוץ למעט", .keyword(.except)),
        ("או", .keyword(.or)),
        (
            "יכול יכולה יכולים אוכל נוכל מתאים מתאימה מתאימים טוב טובה נוח נוחה אפשר אפשרי רוצה רוצים בא הולך מסתדר פנוי פנויה עובד",
            .keyword(.want)
        ),
        ("עסוק עסוקה עמוס עמוסה תפוס תפוסה", .keyword(.refuse)),
        (
            """
            אנשים איש אישה ילדים ילדות ילד ילדה בנות בנים בן בת חדרים חדר דירות דירה קומות קומה מטר מטרים קילומטר קילו גרם קג קמ סועדים נפשות לילות \
            מבוגרים מבוגר כרטיסים כרטיס מקומות מקום טיפולים טיפול תורים פגישות מוצרים יחידות יחידה חבילות חבילה הזמנות קופסאות רכבים רכב מכוניות \
            אורחים זוגות מיטות כוסות בקבוקים ארגזים עמודים תשלומים תשלום סוגים חברים נשים גברים משתתפים עובדים לקוחות סניפים מנות מנה פיצות זוג \
            כסאות כיסאות שולחנות מזגנים מזגן חלונות דלתות כפתורים מגירות ליטר גיגה מגה מעלות טון עותקים נציגים משרדים
            """, .keyword(.countedNoun)
        ),
    ]
}
