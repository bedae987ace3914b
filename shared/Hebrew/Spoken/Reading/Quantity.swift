/// A number as it is written.
struct Numeral {
    /// Of the whole part, without separators; empty for a fraction alone.
    var digits = ""
    /// Behind the decimal point; empty when there is none.
    var decimals = ""
    /// ½ and its like, or "1/2" behind the whole.
    var fraction: (Int, Int)?
    var isGrouped = false
    /// The token behind it.
    var end: Int

    /// Nil when the number is too long for words.
    var whole: Int? { digits.isEmpty ? (fraction == nil ? nil : 0) : digits.utf8.count <= 15 ? Int(digits) : nil }
    var isWhole: Bool { decimals.isEmpty && fraction == nil }
    /// One half, however written.
    var half: Bool { decimals == "5" || fraction.map { $0 == (1, 2) } ?? false }
    /// For comparing.
    var value: Double {
        (Double("0" + digits + "." + (decimals.isEmpty ? "0" : decimals)) ?? 0) + (fraction.map { Double($0.0) / Double($0.1) } ?? 0)
    }
}

/// A number with what it counts.
struct Quantity {
    var numeral: Numeral
    /// אלף, מיליון: the size and the word.
    var scale: (size: Int, word: String)?
    var unit: CountedUnit?
    var noun: CountedNoun?
    var isNegative = false
    var end: Int

    var isCounted: Bool { scale != nil || unit != nil || noun != nil }
    var gender: NounGender? { scale != nil ? .masculine : unit?.gender ?? noun?.gender }
    var value: Double { numeral.value * Double(scale?.size ?? 1) }
}

extension SpokenReader {
    func numeral(_ place: Int) -> Numeral? {
        guard let first = token(place) else { return nil }
        if first.kind == .symbol {
            guard let scalar = first.text.unicodeScalars.first, let fraction = SpokenScalars.vulgar[scalar] else { return nil }
            return Numeral(fraction: fraction, end: place + 1)
        }
        guard first.kind == .digits else { return nil }
        var numeral = Numeral(digits: first.text, end: place + 1)
        if first.text.utf8.count <= 3 {
            addGroups(&numeral, ",", atLeast: 1)
            if !numeral.isGrouped { addGroups(&numeral, ".", atLeast: 2) }
        }
        if isSymbol(numeral.end, "."), isTight(numeral.end), let decimals = digits(numeral.end + 1), isTight(numeral.end + 1) {
            let next = numeral.end + 2
            if !(isSymbol(next, ".") && isTight(next) && digits(next + 1) != nil && isTight(next + 1)) {
                numeral.decimals = decimals
                numeral.end = next
            }
        }
        guard numeral.decimals.isEmpty else { return numeral }
        if let mark = token(numeral.end), mark.kind == .symbol, let scalar = mark.text.unicodeScalars.first,
            let fraction = SpokenScalars.vulgar[scalar]
        {
            numeral.fraction = fraction
            numeral.end += 1
        } else if let part = word(numeral.end).flatMap({ Self.parts[$0] }) {
            numeral.fraction = part
            numeral.end += 1
        } else if let repeated = repeated(numeral) {
            numeral.end = repeated
        } else if let mixed = mixedFraction(numeral.end) {
            numeral.fraction = mixed
            numeral.end += 3
        }
        return numeral
    }

    /// "3 וחצי חדרים".
    private static let parts = ["וחצי": (1, 2), "ורבע": (1, 4), "ושליש": (1, 3)]

    /// "3 (שלושה) חדרים": the number again, in words.
    private func repeated(_ numeral: Numeral) -> Int? {
        guard isSymbol(numeral.end, "("), let whole = numeral.whole, word(numeral.end + 1) != nil else { return nil }
        var words: [String] = []
        var end = numeral.end + 1
        while words.count < 10, let word = word(end) {
            words.append(word)
            end += 1
        }
        guard isSymbol(end, ")") else { return nil }
        let text = words.joined(separator: " ")
        let known = [
            Cardinal.words(whole, .masculine), Cardinal.words(whole), Cardinal.construct(whole, .masculine), Cardinal.construct(whole, .feminine),
        ]
        return known.contains(text) ? end + 1 : nil
    }

    private func addGroups(_ numeral: inout Numeral, _ separator: String, atLeast least: Int) {
        var end = numeral.end
        var digits = numeral.digits
        var count = 0
        while isSymbol(end, separator), isTight(end), let group = self.digits(end + 1), isTight(end + 1), group.utf8.count == 3, count < 10 {
            digits += group
            end += 2
            count += 1
        }
        guard count >= least else { return }
        numeral.digits = digits
        numeral.end = end
        numeral.isGrouped = true
    }

    /// "1 1/2": a proper fraction behind a whole number and a space.
    private func mixedFraction(_ place: Int) -> (Int, Int)? {
        guard let token = token(place), token.spaced, let first = digits(place), first.utf8.count == 1, isSymbol(place + 1, "/"), isTight(place + 1)
        else { return nil }
        guard let second = digits(place + 2), isTight(place + 2), second.utf8.count <= 2, let one = Int(first), let two = Int(second), one < two
        else { return nil }
        return (2...10).contains(two) && Ordinal.fraction(one, two) != nil && !isSymbol(place + 3, "/") ? (one, two) : nil
    }

    /// The number from here, with its currency before it or its scale, unit or noun behind it.
    func quantity(_ place: Int) -> Quantity? {
        var start = place
        var unit: CountedUnit?
        var isNegative = false
        if let token = token(place), token.kind == .symbol || token.kind == .latin {
            unit = CountedUnit.currencySigns[token.text] ?? CountedUnit.currencyCodes[token.text]
            if token.text == "%" || token.text == "°" { unit = token.text == "%" ? .percent : .degree }
            if unit != nil { start += 1 }
            // "₪-50" has its sign inside.
            if unit != nil, isDash(start), digits(start + 1) != nil, isTight(start + 1) {
                start += 1
                isNegative = true
            }
        }
        guard let numeral = numeral(start) else { return nil }
        var quantity = Quantity(numeral: numeral, unit: unit, isNegative: isNegative, end: numeral.end)
        addScale(&quantity)
        if quantity.unit == nil { addUnit(&quantity) } else if let repeated = currency(quantity.end) { quantity.end = repeated.end }
        if quantity.unit == nil {
            let isOne =
                quantity.scale == nil && (numeral.digits == "1" && (numeral.isWhole || numeral.half) || numeral.half && (numeral.whole ?? 9) <= 1)
            let mayBeOne = isOne || numeral.fraction != nil && numeral.whole ?? 9 <= 1
            if let noun = countedNoun(quantity.end, isOne: mayBeOne) {
                quantity.noun = noun
                quantity.end = noun.end
                addCurrencyOfWord(&quantity)
            }
        }
        return quantity
    }

    private func addScale(_ quantity: inout Quantity) {
        if let word = word(quantity.end), let scale = Self.scales[word] {
            quantity.scale = scale
            quantity.end += 1
        } else if let token = token(quantity.end), token.kind == .latin, !token.spaced, let scale = Self.latinScales[token.text] {
            // "5K" without money is a name (4K) or a model.
            let isRange = isDash(quantity.end + 1) && digits(quantity.end + 2) != nil && self.quantity(quantity.end + 2)?.unit != nil
            guard quantity.unit != nil || currency(quantity.end + 1) != nil || isRange else { return }
            quantity.scale = scale
            quantity.end += 1
        }
    }

    private static let scales: [String: (size: Int, word: String)] = [
        "אלף": (1_000, "אלף"), "אלפים": (1_000, "אלף"), "מיליון": (1_000_000, "מיליון"), "מיליונים": (1_000_000, "מיליון"),
        "מיל'": (1_000_000, "מיליון"),
        "מליון": (1_000_000, "מיליון"), "מיליארד": (1_000_000_000, "מיליארד"), "מיליארדים": (1_000_000_000, "מיליארד"),
        "מיליארד'": (1_000_000_000, "מיליארד"),
        "טריליון": (1_000_000_000_000, "טריליון"),
    ]
    private static let latinScales: [String: (size: Int, word: String)] = [
        "K": (1_000, "אלף"), "k": (1_000, "אלף"), "M": (1_000_000, "מיליון"), "B": (1_000_000_000, "מיליארד"),
    ]

    private func currency(_ place: Int) -> (unit: CountedUnit, end: Int)? {
        guard let token = token(place) else { return nil }
        switch token.kind {
        case .symbol:
            // "50 $20": the sign belongs to the number that it touches.
            guard let unit = CountedUnit.currencySigns[token.text], !(token.spaced && digits(place + 1) != nil && isTight(place + 1)) else {
                return nil
            }
            return (unit, place + 1)
        case .latin: return CountedUnit.currencyCodes[token.text].map { ($0, place + 1) }
        case .word: return ["ש\"ח", "שח"].contains(token.text) ? (.shekel, place + 1) : nil
        default: return nil
        }
    }

    private func addUnit(_ quantity: inout Quantity) {
        let place = quantity.end
        if let found = currency(place) {
            quantity.unit = found.unit
            quantity.end = found.end
            return
        }
        guard let token = token(place) else { return }
        if ["מ", "m", "M"].contains(token.text), isTight(place + 1), isSymbol(place + 1, "²") || isSymbol(place + 1, "³") {
            quantity.unit = isSymbol(place + 1, "²") ? .squareMetre : .cubicMetre
            quantity.end += 2
            return
        }
        switch token.kind {
        case .symbol where token.text == "%" && !(token.spaced && isNumberStart(place)), .symbol where token.text == "‰":
            quantity.unit = token.text == "%" ? .percent : .perMille
            quantity.end += 1
        case .symbol where token.text == "\"" && !token.spaced && wordsBefore(place - 1, reach: 4).contains(where: { Self.inInches.contains($0) }):
            quantity.unit = .inch
            quantity.end += 1
        case .symbol where token.text == "°":
            let scale = self.token(place + 1)
            let isScale = scale?.kind == .latin && !(scale?.spaced ?? true)
            quantity.unit = isScale && scale?.text == "C" ? .celsius : isScale && scale?.text == "F" ? .fahrenheit : .degree
            quantity.end += isScale && ["C", "F"].contains(scale?.text ?? "") ? 2 : 1
        case .word:
            guard let unit = CountedUnit.hebrew[token.text] else { break }
            // "בניין 5 ד'" and "הרצל 12 ג'" have a letter, "5 ד'" minutes.
            let number = place - 1
            let isNamed = previousWord(number).flatMap { SpokenContext.bare($0) { SpokenContext.numbered.contains($0) } } != nil
            guard token.text.utf8.count > 3 || !(isNamed || isInStreet(number)) else { break }
            quantity.unit = unit
            quantity.end += 1
            addPower(&quantity, "מ'")
        case .latin:
            guard let unit = CountedUnit.latin[token.text.lowercased()], !token.spaced || token.text.utf8.count > 1 else { break }
            // "5G" and "4K" are names; a capital letter alone is no unit but for litres, volts and watts.
            guard token.text.utf8.count > 1 || !["G", "M"].contains(token.text) else { break }
            quantity.unit = unit
            quantity.end += 1
            addPower(&quantity, "m")
            addPerHour(&quantity)
        default: break
        }
    }

    private static let inInches: Set<String> = ["מסך", "מסכי", "טלוויזיה", "טלויזיה", "צג", "מחשב", "חישוקי", "גלגלי", "אופניים"]

    /// m², מ'².
    private func addPower(_ quantity: inout Quantity, _ metre: String) {
        guard token(quantity.end - 1)?.text == metre, isTight(quantity.end) else { return }
        if isSymbol(quantity.end, "²") {
            quantity.unit = .squareMetre
        } else if isSymbol(quantity.end, "³") {
            quantity.unit = .cubicMetre
        } else {
            return
        }
        quantity.end += 1
    }

    /// km/h.
    private func addPerHour(_ quantity: inout Quantity) {
        guard token(quantity.end - 1)?.text.lowercased() == "km", isSymbol(quantity.end, "/"), let hour = token(quantity.end + 1) else { return }
        guard hour.kind == .latin, hour.text == "h", !hour.spaced else { return }
        quantity.unit = CountedUnit.latin["kmh"]
        quantity.end += 2
    }

    /// "19.90 שקל": the decimals of a currency that is written out are its hundredths.
    private func addCurrencyOfWord(_ quantity: inout Quantity) {
        guard let noun = quantity.noun, noun.end > 0, let word = word(noun.end - 1), let currency = CountedUnit.currencyWords[word] else { return }
        guard !quantity.numeral.decimals.isEmpty, quantity.scale == nil else { return }
        quantity.unit = currency
        quantity.noun = nil
    }
}
