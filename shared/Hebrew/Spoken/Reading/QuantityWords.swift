/// A quantity in words.
struct QuantityWords {
    let numeral: Numeral
    let gender: NounGender
    let forms: Forms?

    /// What is counted, in the forms that follow numbers.
    struct Forms {
        var singular: String?
        var plural: String
        var many: String
        var dual: String?
        var minor: CountedUnit.Minor?
        var isDefinite = false
        var isPartitive = false
        var isAdjective = false
    }

    /// - Parameter isDefinite: the article stands before the number; it belongs to the noun (שלושת הימים).
    static func words(_ written: Quantity, isDefinite: Bool = false) -> String {
        var quantity = written
        quantity.numeral = thousands(quantity.numeral, isMoney: quantity.unit?.minor != nil && quantity.scale == nil)
        var forms: Forms?
        if let unit = quantity.unit {
            let plural = isDefinite ? "ה" + unit.plural : unit.plural
            forms = Forms(singular: unit.singular, plural: plural, many: isDefinite ? plural : unit.many, minor: unit.minor, isDefinite: isDefinite)
        } else if let noun = quantity.noun {
            let written = isDefinite && !noun.isDefinite && !noun.isConstruct ? "ה" + noun.written : noun.written
            forms = Forms(
                singular: noun.singular, plural: written, many: written, dual: noun.isConstruct ? nil : noun.dual,
                isDefinite: isDefinite || noun.isDefinite, isPartitive: noun.isPartitive, isAdjective: noun.isAdjective)
        }
        let gender = quantity.unit?.gender ?? quantity.noun?.gender ?? .feminine
        if let scale = quantity.scale {
            let number = scaled(quantity.numeral, scale, gender)
            return forms.map { number + " " + $0.many } ?? number
        }
        return QuantityWords(numeral: quantity.numeral, gender: gender, forms: forms).words
    }

    /// "2.500 ₪" and "12.900 ₪" are thousands, parted the way other countries do.
    private static func thousands(_ numeral: Numeral, isMoney: Bool) -> Numeral {
        guard isMoney, numeral.decimals.utf8.count == 3, (1...3).contains(numeral.digits.utf8.count), !numeral.digits.hasPrefix("0") else {
            return numeral
        }
        guard ["000", "500"].contains(numeral.decimals) || numeral.digits.utf8.count >= 2 && numeral.decimals.hasSuffix("0") else { return numeral }
        return Numeral(digits: numeral.digits + numeral.decimals, isGrouped: true, end: numeral.end)
    }

    /// A number that counts nothing.
    static func bare(_ numeral: Numeral, _ gender: NounGender = .feminine) -> String {
        QuantityWords(numeral: numeral, gender: gender, forms: nil).words
    }

    private var words: String {
        guard let whole = numeral.whole else {
            let digits = DigitWords.words(groups: DigitWords.groups(numeral.digits))
            return forms.map { digits + " " + $0.many } ?? digits
        }
        guard let forms else {
            if let fraction = numeral.half ? (1, 2) : numeral.fraction {
                let part = Ordinal.fraction(fraction.0, fraction.1) ?? ""
                return whole == 0 ? part : Cardinal.words(whole, gender) + " ו" + part
            }
            return numeral.isWhole ? Cardinal.words(whole, gender) : Self.decimal(whole, numeral.decimals)
        }
        if let minor = forms.minor, !numeral.decimals.isEmpty, numeral.decimals.utf8.count <= 2, numeral.decimals != "5" {
            return money(whole, numeral.decimals, forms, minor)
        }
        if let fraction = numeral.half ? (1, 2) : numeral.fraction { return parted(whole, fraction, forms) }
        guard numeral.isWhole else { return Self.decimal(whole, numeral.decimals) + " " + forms.many }
        return counted(whole, forms)
    }

    private func counted(_ number: Int, _ forms: Forms) -> String {
        switch number {
        case 0: return "אפס " + forms.many
        case 1:
            let one = Cardinal.words(1, gender)
            guard let singular = forms.singular, !forms.isPartitive, !forms.isAdjective else { return one + " " + forms.plural }
            return forms.isDefinite ? "ה" + singular + " ה" + one : singular + " " + one
        case 2:
            if let dual = forms.dual, !forms.isDefinite, !forms.isPartitive { return dual }
            if forms.isPartitive || forms.isAdjective && !forms.isDefinite { return Cardinal.words(2, gender) + " " + forms.plural }
            return Cardinal.construct(2, gender) + " " + forms.plural
        case 3...10: return (forms.isDefinite ? Cardinal.construct(number, gender) : Cardinal.words(number, gender)) + " " + forms.plural
        default: return Cardinal.words(number, gender) + " " + forms.many
        }
    }

    /// חצי שעה, שעה וחצי, שעתיים וחצי, שלוש וחצי שעות; money has the half behind it: חמישה שקלים וחצי.
    private func parted(_ whole: Int, _ fraction: (Int, Int), _ forms: Forms) -> String {
        let singular = forms.singular ?? forms.plural
        guard whole > 0 else { return (Ordinal.fractionOf(fraction.0, fraction.1) ?? "") + " " + singular }
        let part = " ו" + (Ordinal.fraction(fraction.0, fraction.1) ?? "")
        if whole == 1 { return singular + part }
        if whole == 2, let dual = forms.dual { return dual + part }
        if forms.minor != nil { return counted(whole, forms) + part }
        return Cardinal.words(whole, gender) + part + " " + (whole <= 10 ? forms.plural : forms.many)
    }

    private func money(_ whole: Int, _ decimals: String, _ forms: Forms, _ minor: CountedUnit.Minor) -> String {
        let part = (Int(decimals) ?? 0) * (decimals.utf8.count == 1 ? 10 : 1)
        let hundredths = QuantityWords(
            numeral: Numeral(digits: String(part), end: 0), gender: minor.gender,
            forms: Forms(singular: minor.singular, plural: minor.plural, many: minor.many))
        if part == 0 { return counted(whole, forms) }
        return whole == 0 ? hundredths.words : counted(whole, forms) + " ו" + hundredths.words
    }

    /// Decimals count nothing and are feminine. Two figures are a number (עשרים וחמש), others are dictated.
    static func decimal(_ whole: Int, _ decimals: String) -> String {
        let part = decimals.utf8.count == 2 && !decimals.hasPrefix("0") ? Cardinal.words(Int(decimals) ?? 0) : DigitWords.words(decimals)
        return Cardinal.words(whole) + " נקודה " + part
    }

    /// 1.2 מיליון is מיליון ומאתיים אלף; halves stay halves.
    private static func scaled(_ numeral: Numeral, _ scale: (size: Int, word: String), _ gender: NounGender) -> String {
        guard let whole = numeral.whole else { return DigitWords.words(numeral.digits) + " " + scale.word }
        if numeral.half, scale.size > 1_000 || numeral.fraction != nil {
            switch whole {
            case 0: return "חצי " + scale.word
            case 1: return scale.word + " וחצי"
            default: return Cardinal.words(whole, .masculine) + " וחצי " + scale.word
            }
        }
        if let fraction = numeral.fraction {
            let part = Ordinal.fraction(fraction.0, fraction.1) ?? ""
            if whole == 0 { return (Ordinal.fractionOf(fraction.0, fraction.1) ?? "") + " " + scale.word }
            return whole == 1 ? scale.word + " ו" + part : Cardinal.words(whole, .masculine) + " ו" + part + " " + scale.word
        }
        let (product, overflow) = whole.multipliedReportingOverflow(by: scale.size)
        let zeros = String(scale.size).utf8.count - 1
        if !overflow, numeral.decimals.utf8.count <= zeros,
            let part = Int("0" + numeral.decimals + String(repeating: "0", count: zeros - numeral.decimals.utf8.count))
        {
            let number = product.addingReportingOverflow(part)
            if !number.overflow, number.partialValue > 0, Cardinal.range.contains(number.partialValue) {
                return Cardinal.words(number.partialValue, gender)
            }
        }
        let number = numeral.isWhole ? Cardinal.words(whole, .masculine) : decimal(whole, numeral.decimals)
        return number + " " + scale.word
    }
}
