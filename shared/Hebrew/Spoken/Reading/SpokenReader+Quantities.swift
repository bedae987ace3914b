/// Numbers that count, measure, cost, order or just stand there.
extension SpokenReader {
    /// The last reader of a number: takes whatever is left.
    mutating func readQuantity(_ place: Int, _ prefix: NumberPrefix) {
        guard let quantity = quantity(place) else {
            // A currency without its number.
            say(CountedUnit.currencySigns[tokens[place].text]?.many ?? (tokens[place].text == "+" ? "פלוס" : ""), prefix)
            index = place + 1
            return
        }
        if readYear(quantity, place, prefix) || readDayOfMonth(quantity, prefix) || readRange(quantity, place, prefix)
            || readDimensions(quantity, prefix)
        {
            return
        }
        index = quantity.end
        if quantity.isCounted { sayCounted(quantity, prefix) } else { sayBare(quantity, place, prefix) }
        readPer(quantity)
    }

    /// "בשנת 2024 מחירים עלו", "ב-2024 מחירי הדירות": the noun behind a year is not counted by it.
    private mutating func readYear(_ quantity: Quantity, _ place: Int, _ prefix: NumberPrefix) -> Bool {
        let digits = quantity.numeral.digits
        guard let noun = quantity.noun, quantity.scale == nil, quantity.unit == nil, quantity.numeral.isWhole, !quantity.numeral.isGrouped,
            digits.utf8.count == 4,
            digits.hasPrefix("19") || digits.hasPrefix("20"), let year = quantity.numeral.whole
        else { return false }
        let before = previousWord(place)
        let isNamed = before.map { SpokenContext.bare($0) { $0 == "שנת" } != nil || $0 == "מאז" || SpokenCalendar.isMonth($0) } ?? false
        let isProbable =
            ["ב", "מ", "ל"].contains(prefix.outer.suffix(1)) && (1_950...2_049).contains(year) && !digits.hasSuffix("00") && !noun.isSingular
        guard isNamed || isProbable && NounLexicon.find(noun.written)?.noun.isMeasure != true else { return false }
        say(Cardinal.words(year), prefix)
        index = quantity.numeral.end
        return true
    }

    private mutating func sayCounted(_ quantity: Quantity, _ prefix: NumberPrefix) {
        // "3+1 חדרים", "1 + 1 מתנה": a sum is counted, not its last number.
        let start = quantity.numeral.end - 1
        if let noun = quantity.noun, isSymbol(start - 1, "+"), digits(start - 2) != nil {
            return out.word(QuantityWords.bare(quantity.numeral, noun.gender) + " " + noun.written)
        }
        out.glue(prefix.outer)
        if quantity.isNegative { out.word("מינוס") }
        // שני המיליון is said of nothing; the article stays before the number.
        let isDefinite = prefix.isDefinite && quantity.scale == nil
        if prefix.isDefinite && !isDefinite { out.glue("ה") }
        out.word(QuantityWords.words(quantity, isDefinite: isDefinite))
        if isDefinite, quantity.noun?.isConstruct == true, word(index) != nil { out.glue("ה") }
    }

    private mutating func sayBare(_ quantity: Quantity, _ place: Int, _ prefix: NumberPrefix) {
        let numeral = quantity.numeral
        let number = numeral.isWhole ? numeral.whole : nil
        if prefix.isDefinite, let number, readOrdinal(number, place, prefix) { return }
        let before = previousWord(place)
        // "פי 3" and "3 מהם" are masculine.
        if before == "פי" || before == "ופי" || ["מהם", "מתוכם", "מביניהם", "מכם"].contains(word(quantity.end) ?? "") {
            return say(QuantityWords.bare(numeral, .masculine), prefix)
        }
        if let age = age(numeral, quantity, behind: before) { return say(age, prefix) }
        if number == 1, let gender = nounBefore(before) { return say(Cardinal.words(1, gender), prefix) }
        if readInOne(quantity, prefix) { return }
        switch shared(quantity.end, after: place) {
        case .gender(let gender):
            say(QuantityWords.bare(numeral, gender), prefix)
            readOutOf(numeral)
        case .day where number.map { (1...31).contains($0) } ?? false:
            say(SpokenCalendar.day(number ?? 1, definite: prefix.isDefinite), NumberPrefix(outer: prefix.outer))
        default:
            if numeral.decimals.utf8.count == 2, let whole = numeral.whole, wordsBefore(place, reach: 4).prefix(3).contains(where: isPriced) {
                say(Cardinal.words(whole) + " " + Cardinal.words(Int(numeral.decimals) ?? 0), prefix)
            } else {
                say(QuantityWords.bare(numeral), prefix)
                readHouseLetter(numeral)
                readOutOf(numeral)
            }
        }
    }

    /// בן שנה, בת שנתיים וחצי; from three years on it is a number.
    private func age(_ numeral: Numeral, _ quantity: Quantity, behind word: String?) -> String? {
        guard word == "בן" || word == "בת", numeral.isWhole || numeral.half, let whole = numeral.whole, (1...2).contains(whole) else { return nil }
        guard !isDash(quantity.end) && !isSymbol(quantity.end, "+"), connected(quantity.end) == nil else { return nil }
        return (whole == 1 ? "שנה" : "שנתיים") + (numeral.half ? " וחצי" : "")
    }

    /// "כדור 1": a noun that is counted and not named stands before its number.
    private func nounBefore(_ word: String?) -> NounGender? {
        guard let word, let found = NounLexicon.find(word), found.form == .singular, !SpokenContext.numbered.contains(word) else { return nil }
        return found.noun.isAdjective ? nil : found.noun.gender
    }

    /// "2 ב-1" is שניים באחד.
    private mutating func readInOne(_ quantity: Quantity, _ prefix: NumberPrefix) -> Bool {
        guard word(quantity.end) == "ב", isDash(quantity.end + 1), isTight(quantity.end + 1), let one = self.quantity(quantity.end + 2),
            !one.isCounted
        else { return false }
        guard one.numeral.digits == "1", one.numeral.isWhole, quantity.numeral.isWhole, !isSymbol(one.end, ":"), !isSymbol(one.end, "/") else {
            return false
        }
        guard word(one.end).map({ !SpokenCalendar.isMonth($0) && !["לחודש", "בלילה", "בצהריים"].contains($0) }) ?? true else { return false }
        say(QuantityWords.bare(quantity.numeral, .masculine), prefix)
        out.word("באחד")
        index = one.end
        return true
    }

    private func isPriced(_ word: String) -> Bool { SpokenContext.bare(word) { SpokenContext.priced.contains($0) } != nil }

    /// "4.5/5".
    private mutating func readOutOf(_ numeral: Numeral) {
        guard !numeral.isWhole, isSymbol(index, "/"), isTight(index), isTight(index + 1), let whole = quantity(index + 1), whole.numeral.isWhole
        else { return }
        out.word("מתוך")
        out.word(QuantityWords.words(whole))
        index = whole.end
    }

    /// "12א": the letter of an entrance or a class.
    private mutating func readHouseLetter(_ numeral: Numeral) {
        guard numeral.isWhole, let letter = word(index), isTight(index), letter.utf8.count == 2 || letter.utf8.count == 3 && letter.hasSuffix("'")
        else { return }
        guard !(isDash(index + 1) && isTight(index + 1) && isNumberStart(index + 2)) else { return }
        out.word(String(letter.prefix(1)) + "׳")
        index += 1
    }

    // MARK: - Order

    /// "הקומה ה-3", "במקום ה-1", "המאה ה-21": an ordinal of the noun before it; without one of a day, a king, a man.
    private mutating func readOrdinal(_ number: Int, _ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let gender = genderBefore(place) else {
            guard shared(place + 1, after: place) == .none, previousWord(beforeArticle(place) + 1) != "כל", number <= 31 else { return false }
            say(Ordinal.words(number, .masculine), prefix)
            return true
        }
        say(Ordinal.words(number, gender), prefix)
        return true
    }

    /// The token before the article's letter and its hyphen.
    private func beforeArticle(_ place: Int) -> Int {
        var before = place - 1
        if isDash(before) { before -= 1 }
        if let word = word(before), NumberPrefix(word) != nil { before -= 1 }
        return before
    }

    private func genderBefore(_ place: Int) -> NounGender? {
        let before = beforeArticle(place)
        guard let word = word(before) else { return nil }
        if word.hasSuffix("גיל") { return .feminine }
        // יום ההולדת השלישי, מלחמת העולם השנייה: the first noun of the two is meant.
        if word.hasPrefix("ה"), let first = self.word(before - 1), !first.hasPrefix("ה") {
            if let known = SpokenContext.bare(first, { NounLexicon.find($0)?.form == .singular }), let found = NounLexicon.find(known),
                !found.noun.isAdjective
            {
                return found.noun.gender
            }
            if first.hasSuffix("ת"), first.utf8.count >= 8 { return .feminine }
        }
        if let known = SpokenContext.bare(word, { NounLexicon.find($0) != nil }), let found = NounLexicon.find(known) { return found.noun.gender }
        guard word.first == "ה", word.utf8.count >= 8 else { return nil }
        return NounEnding.gender(ofPlural: word) ?? NounEnding.gender(ofSingular: word)
    }

    // MARK: - Days of a month

    private mutating func readDayOfMonth(_ quantity: Quantity, _ prefix: NumberPrefix) -> Bool {
        let numeral = quantity.numeral
        guard !quantity.isCounted, numeral.isWhole, !numeral.isGrouped, let day = numeral.whole, (1...31).contains(day) else { return false }
        if let month = word(quantity.end), SpokenCalendar.isMonth(month) {
            say(SpokenCalendar.day(day, definite: prefix.isDefinite), NumberPrefix(outer: prefix.outer))
            out.word(monthWords(quantity.end))
            index = quantity.end + 1
            dateEnd = index
            readHebrewDate(day: day, month: month)
            return true
        }
        // "ב-10 לחודש", not "עולה 10 לחודש".
        guard ["לחודש", "בחודש", "לחדש", "לכל"].contains(word(quantity.end) ?? ""),
            !prefix.outer.isEmpty || prefix.isDefinite || previousWord(quantity.end - 1)?.hasSuffix("כל") == true
        else {
            return false
        }
        guard word(quantity.end) != "לכל" || word(quantity.end + 1) == "חודש" else { return false }
        // The article is in ב and ל already.
        let isDefinite = prefix.isDefinite && !(prefix.outer.hasSuffix("ב") || prefix.outer.hasSuffix("ל"))
        out.glue(prefix.outer + (isDefinite ? "ה" : ""))
        out.word(Ordinal.words(day, .masculine))
        index = quantity.end
        dateEnd = index
        return true
    }

    /// Behind "15 בפברואר 2026", where both dates are wanted. The Hebrew date alone is for dates in figures.
    private mutating func readHebrewDate(day: Int, month: String) {
        guard options.calendar == .both, let digits = digits(index), digits.utf8.count == 4, let year = SpokenCalendar.year(digits) else { return }
        let name = month.hasPrefix("ב") || month.hasPrefix("ל") ? String(month.dropFirst()) : month
        guard let place = SpokenCalendar.months.firstIndex(of: name), let hebrew = HebrewDateWords.words(day: day, month: place + 1, year: year)
        else { return }
        out.word(Cardinal.words(year))
        out.mark(",")
        out.word(hebrew)
        index += 1
        dateEnd = index
    }

    /// "15 פברואר" is said with ב.
    private func monthWords(_ place: Int) -> String {
        let text = tokens[place].text
        let month = Abbreviations.words(text) ?? written(place)
        let isBare = !(text.hasPrefix("ב") || text.hasPrefix("ל"))
        return isBare ? "ב" + month : month
    }

    // MARK: - What follows

    private enum Shared: Equatable {
        case none, day
        case gender(NounGender)
    }

    /// "2 או 3 חדרים", "ה-3 וה-4 במאי": what a later number of the same series counts. Up to five numbers are looked at.
    ///
    /// - Parameter start: the number; what it names (קומה 3, ויצמן 14) is told apart from what stands behind a comma or ו.
    private func shared(_ place: Int, after start: Int) -> Shared {
        var place = place
        var isListed = false
        var isJoined = false
        let isNamed = previousWord(start).flatMap { SpokenContext.bare($0) { SpokenContext.numbered.contains($0) } } != nil || isInStreet(start)
        for _ in 0..<5 {
            guard let next = connected(place), clockTime(next.place) == nil, let quantity = quantity(next.place) else { return .none }
            if isNamed, next.link != .choice { return .none }
            isListed = isListed || next.link == .comma
            isJoined = isJoined || next.link != .comma
            // "קומה 3, 4 חדרים" is no list; "3, 4 או 5 חדרים" is one.
            if let gender = quantity.gender { return isListed && !isJoined ? .none : .gender(gender) }
            if let month = word(quantity.end), SpokenCalendar.isMonth(month) || month == "לחודש" || month == "בחודש" { return .day }
            place = quantity.end
        }
        return .none
    }

    private enum Link {
        case comma, and, choice
    }

    /// The place of the next number of a series.
    private func connected(_ place: Int) -> (place: Int, link: Link)? {
        var place = place
        var link = Link.choice
        if isSymbol(place, ",") {
            place += 1
            if digits(place) != nil { return (place, .comma) }
        }
        if isDash(place) || isSymbol(place, "/") || isSymbol(place, "+") && isTight(place), digits(place + 1) != nil { return (place + 1, .choice) }
        guard let word = word(place) else { return nil }
        let isChoice = ["או", "עד", "ועד", "מתוך"].contains(word)
        if isChoice { place += 1 }
        if digits(place) != nil { return (place, .choice) }
        guard let letters = self.word(place), isTight(place + 1), let prefix = NumberPrefix(letters) else { return nil }
        // "3 ב-100 ₪" counts no shekels with its 3.
        guard isChoice || ["ו", "ל", "מ", "ול", "וב", "ומ", ""].contains(prefix.outer) else { return nil }
        if prefix.outer.hasPrefix("ו") { link = .and }
        if isDash(place + 1) { place += 1 }
        return digits(place + 1) != nil ? (place + 1, link) : nil
    }

    // MARK: - Ranges

    /// "3-5 ימים", "10%-15%", "‎15-17 בפברואר": up to the greater number.
    private mutating func readRange(_ first: Quantity, _ place: Int, _ prefix: NumberPrefix) -> Bool {
        let dash = first.end
        guard isDash(dash), first.noun == nil, isNumberStart(dash + 1), isTight(dash) == isTight(dash + 1) || !isTight(dash + 1) else { return false }
        guard let second = quantity(dash + 1), clockTime(dash + 1) == nil else { return false }
        let isYear = first.numeral.digits.utf8.count == 4 && second.numeral.digits.utf8.count == 2 && first.numeral.isWhole && second.numeral.isWhole
        // "1-2 מיליון": both are of that scale.
        // "31°-24°" goes down and is a range all the same.
        let isOfOneUnit = first.unit != nil && first.unit?.singular == second.unit?.singular
        guard first.numeral.value < second.numeral.value || first.value < second.value || isYear || isOfOneUnit else {
            return readScore(first, second, prefix)
        }
        var start = first
        let isDay = !second.isCounted && word(second.end).map(SpokenCalendar.isMonth) ?? false
        if start.unit != nil, second.unit != nil, start.unit?.singular == second.unit?.singular, start.scale == nil || second.scale != nil {
            start.unit = nil
        }
        if start.unit != nil, second.unit == nil { return readSharedCurrency(first, second, prefix) }
        let before = wordsBefore(place, reach: 2)
        if start.isCounted {
            sayCounted(start, prefix)
        } else if isDay, let day = start.numeral.whole, (1...31).contains(day) {
            say(SpokenCalendar.day(day, definite: prefix.isDefinite), NumberPrefix(outer: prefix.outer))
        } else {
            say(rangeStart(start, second), prefix)
        }
        if before.contains("בין") { out.glue("ל") } else { out.word("עד") }
        index = dash + 1
        if readDayOfMonth(second, NumberPrefix()) { return true }
        index = second.end
        out.word(rangeEnd(second))
        readPer(second)
        return true
    }

    /// "יום עד יומיים", "אחד עד שני חדרים".
    private func rangeStart(_ first: Quantity, _ second: Quantity) -> String {
        if first.numeral.digits == "1", first.numeral.isWhole, let noun = second.noun, let singular = noun.singular, noun.dual != nil,
            !noun.isConstruct,
            second.numeral.digits == "2", second.numeral.isWhole
        {
            return singular
        }
        return QuantityWords.bare(first.numeral, second.gender ?? .feminine)
    }

    private func rangeEnd(_ second: Quantity) -> String {
        // "1990-95".
        second.isCounted ? QuantityWords.words(second) : QuantityWords.bare(second.numeral)
    }

    /// "₪50-100".
    private mutating func readSharedCurrency(_ first: Quantity, _ second: Quantity, _ prefix: NumberPrefix) -> Bool {
        guard !second.isCounted || second.scale != nil, let unit = first.unit else { return false }
        var end = second
        end.unit = unit
        say(QuantityWords.bare(first.numeral, unit.gender), prefix)
        out.word("עד")
        out.word(QuantityWords.words(end))
        index = second.end
        return true
    }

    /// "5-3" goes down: a result, or two numbers side by side.
    private mutating func readScore(_ first: Quantity, _ second: Quantity, _ prefix: NumberPrefix) -> Bool {
        guard !first.isCounted, !second.isCounted, isTight(first.end) else { return false }
        say(QuantityWords.bare(first.numeral), prefix)
        out.word(QuantityWords.bare(second.numeral))
        index = second.end
        return true
    }

    // MARK: - Dimensions, prices for each

    /// "3x4", "60x40x180".
    private mutating func readDimensions(_ quantity: Quantity, _ prefix: NumberPrefix) -> Bool {
        guard !quantity.isCounted, let token = token(quantity.end), token.kind == .latin, !token.spaced,
            token.text.first == "x" || token.text.first == "X"
        else {
            return false
        }
        let parts = token.text.lowercased().dropFirst().split(separator: "x", omittingEmptySubsequences: false)
        guard parts.count <= 3, parts.allSatisfy({ (1...6).contains($0.utf8.count) && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else {
            return false
        }
        say(QuantityWords.bare(quantity.numeral), prefix)
        for part in parts {
            out.word("על")
            out.word(Cardinal.words(Int(part) ?? 0))
        }
        index = quantity.end + 1
        if let unit = word(index).flatMap({ CountedUnit.hebrew[$0] }) {
            out.word(unit.plural)
            index += 1
        }
        return true
    }

    /// "50 ₪/שעה", "₪/מ"ר".
    private mutating func readPer(_ quantity: Quantity) {
        guard quantity.unit != nil, isSymbol(index, "/"), isTight(index), let word = word(index + 1), isTight(index + 1) else { return }
        out.word("ל" + (CountedUnit.hebrew[word]?.singular ?? written(index + 1)))
        index += 2
    }
}
