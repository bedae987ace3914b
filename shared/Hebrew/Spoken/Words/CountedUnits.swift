/// Units, currencies and other short forms that are counted.
struct CountedUnit: Sendable {
    let singular: String
    /// After 2...10.
    let plural: String
    /// After 11 and more, and after decimals: measures stay in the singular, money of ours does not.
    let many: String
    let gender: NounGender
    var minor: Minor?

    /// The hundredth of a currency.
    struct Minor: Sendable {
        let singular: String
        let plural: String
        let many: String
        let gender: NounGender
    }

    static let percent = CountedUnit(singular: "אחוז", plural: "אחוזים", many: "אחוז", gender: .masculine)
    static let perMille = CountedUnit(singular: "פרומיל", plural: "פרומיל", many: "פרומיל", gender: .masculine)
    static let degree = CountedUnit(singular: "מעלה", plural: "מעלות", many: "מעלות", gender: .feminine)
    static let celsius = CountedUnit(singular: "מעלת צלזיוס", plural: "מעלות צלזיוס", many: "מעלות צלזיוס", gender: .feminine)
    static let fahrenheit = CountedUnit(singular: "מעלת פרנהייט", plural: "מעלות פרנהייט", many: "מעלות פרנהייט", gender: .feminine)
    static let squareMetre = CountedUnit(singular: "מטר רבוע", plural: "מטרים רבועים", many: "מטר רבוע", gender: .masculine)
    static let inch = CountedUnit(singular: "אינץ׳", plural: "אינץ׳", many: "אינץ׳", gender: .masculine)
    static let cubicMetre = CountedUnit(singular: "מטר מעוקב", plural: "מטרים מעוקבים", many: "מטר מעוקב", gender: .masculine)

    private static let cent = Minor(singular: "סנט", plural: "סנטים", many: "סנט", gender: .masculine)
    static let shekel = CountedUnit(
        singular: "שקל", plural: "שקלים", many: "שקלים", gender: .masculine,
        minor: Minor(singular: "אגורה", plural: "אגורות", many: "אגורות", gender: .feminine))
    static let dollar = CountedUnit(singular: "דולר", plural: "דולרים", many: "דולר", gender: .masculine, minor: cent)
    static let euro = CountedUnit(singular: "אירו", plural: "אירו", many: "אירו", gender: .masculine, minor: cent)
    static let pound = CountedUnit(
        singular: "לירה שטרלינג", plural: "לירות שטרלינג", many: "לירות שטרלינג", gender: .feminine,
        minor: Minor(singular: "פני", plural: "פני", many: "פני", gender: .masculine))
    static let agora = CountedUnit(singular: "אגורה", plural: "אגורות", many: "אגורות", gender: .feminine)

    static let currencySigns: [String: CountedUnit] = [
        "₪": shekel, "$": dollar, "€": euro, "£": pound,
        "¥": CountedUnit(singular: "ין", plural: "ין", many: "ין", gender: .masculine),
        "₽": CountedUnit(singular: "רובל", plural: "רובלים", many: "רובל", gender: .masculine),
        "₿": CountedUnit(singular: "ביטקוין", plural: "ביטקוין", many: "ביטקוין", gender: .masculine),
        "₹": CountedUnit(singular: "רופי", plural: "רופי", many: "רופי", gender: .masculine),
        "₺": CountedUnit(singular: "לירה טורקית", plural: "לירות טורקיות", many: "לירות טורקיות", gender: .feminine),
    ]
    static let currencyCodes: [String: CountedUnit] = ["NIS": shekel, "ILS": shekel, "USD": dollar, "EUR": euro, "GBP": pound]

    /// Whole words that are currencies, so that decimals behind a point are their hundredths.
    static let currencyWords: [String: CountedUnit] = [
        "שקל": shekel, "שקלים": shekel, "ש\"ח": shekel, "שח": shekel, "דולר": dollar, "דולרים": dollar, "אירו": euro, "יורו": euro,
    ]

    private static func unit(_ singular: String, _ plural: String, _ many: String? = nil, _ gender: NounGender = .masculine) -> CountedUnit {
        CountedUnit(singular: singular, plural: plural, many: many ?? singular, gender: gender)
    }

    /// Hebrew short forms that are units only behind a number.
    static let hebrew: [String: CountedUnit] = [
        "ש\"ח": shekel, "שח": shekel, "אג'": agora, "מ\"ר": squareMetre, "מטר\"ר": squareMetre, "מ\"ק": cubicMetre,
        "ק\"מ": unit("קילומטר", "קילומטרים"), "קמ\"ר": unit("קילומטר רבוע", "קילומטרים רבועים"),
        "קמ\"ש": unit("קילומטר לשעה", "קילומטרים לשעה", "קילומטר לשעה"), "מ'": unit("מטר", "מטרים"), "ס\"מ": unit("סנטימטר", "סנטימטרים"),
        "סמ\"ר": unit("סנטימטר רבוע", "סנטימטרים רבועים"), "סמ\"ק": unit("סנטימטר מעוקב", "סנטימטרים מעוקבים"), "מ\"מ": unit("מילימטר", "מילימטרים"),
        "ק\"ג": unit("קילוגרם", "קילוגרמים"), "קג": unit("קילוגרם", "קילוגרמים"), "קג'": unit("קילוגרם", "קילוגרמים"), "גר'": unit("גרם", "גרמים"),
        "ג'": unit("גרם", "גרמים"), "מ\"ג": unit("מיליגרם", "מיליגרמים"), "מק\"ג": unit("מיקרוגרם", "מיקרוגרמים"),
        "מ\"ל": unit("מיליליטר", "מיליליטרים"), "ל'": unit("ליטר", "ליטרים"), "קוט\"ש": unit("קילוואט שעה", "קילוואט שעה"),
        "קו\"ט": unit("קילוואט", "קילוואטים"), "כ\"ס": unit("כוח סוס", "כוחות סוס", "כוחות סוס"), "דק'": unit("דקה", "דקות", "דקות", .feminine),
        "ד'": unit("דקה", "דקות", "דקות", .feminine), "שנ'": unit("שנייה", "שניות", "שניות", .feminine),
        "ש'": unit("שעה", "שעות", "שעות", .feminine),
        "שע'": unit("שעה", "שעות", "שעות", .feminine),
        "יח'": unit("יחידה", "יחידות", "יחידות", .feminine), "יח\"ל": unit("יחידת לימוד", "יחידות לימוד", "יחידות לימוד", .feminine),
        "חוד'": unit("חודש", "חודשים", "חודשים"), "נק'": unit("נקודה", "נקודות", "נקודות", .feminine), "חד'": unit("חדר", "חדרים", "חדרים"),
        "עמ'": unit("עמוד", "עמודים", "עמודים"),
        "סל\"ד": unit("סיבוב לדקה", "סיבובים לדקה", "סיבובים לדקה"), "תש'": unit("תשלום", "תשלומים", "תשלומים"),
        "נ\"צ": unit("נקודה", "נקודות", "נקודות", .feminine),
    ]

    static let latin: [String: CountedUnit] = [
        "m": unit("מטר", "מטרים"), "m2": squareMetre, "sqm": squareMetre, "m3": cubicMetre, "km": unit("קילומטר", "קילומטרים"),
        "cm": unit("סנטימטר", "סנטימטרים"), "mm": unit("מילימטר", "מילימטרים"), "kmh": unit("קילומטר לשעה", "קילומטרים לשעה", "קילומטר לשעה"),
        "kg": unit("קילוגרם", "קילוגרמים"), "g": unit("גרם", "גרמים"), "gr": unit("גרם", "גרמים"), "mg": unit("מיליגרם", "מיליגרמים"),
        "ml": unit("מיליליטר", "מיליליטרים"), "l": unit("ליטר", "ליטרים"), "kw": unit("קילוואט", "קילוואטים"),
        "kwh": unit("קילוואט שעה", "קילוואט שעה"),
        "w": unit("ואט", "ואט"), "v": unit("וולט", "וולט"), "gb": unit("ג׳יגה", "ג׳יגה"), "mb": unit("מגה", "מגה"),
        "kb": unit("קילובייט", "קילובייט"),
        "tb": unit("טרה", "טרה"), "mbps": unit("מגה לשנייה", "מגה לשנייה"), "gbps": unit("ג׳יגה לשנייה", "ג׳יגה לשנייה"), "hz": unit("הרץ", "הרץ"),
        "khz": unit("קילוהרץ", "קילוהרץ"), "mhz": unit("מגהרץ", "מגהרץ"), "ghz": unit("ג׳יגהרץ", "ג׳יגהרץ"),
        "px": unit("פיקסל", "פיקסלים", "פיקסלים"),
        "hp": unit("כוח סוס", "כוחות סוס", "כוחות סוס"), "min": unit("דקה", "דקות", "דקות", .feminine),
        "sec": unit("שנייה", "שניות", "שניות", .feminine),
        "h": unit("שעה", "שעות", "שעות", .feminine), "ms": unit("מילישנייה", "מילישניות", "מילישניות", .feminine),
        "mah": unit("מיליאמפר שעה", "מיליאמפר שעה"),
    ]
}
