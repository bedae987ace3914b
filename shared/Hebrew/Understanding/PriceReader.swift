/// Reads prices out of a sentence.
struct PriceReader: Sendable {
    let text: SpokenText
    let numbers: NumberReader
    let times: TimeReader
    private let takesBareNumbers: Bool

    struct Mention: Sendable {
        var start: Int
        var end: Int
        var hundredths: Int
        /// Nil when none was said.
        var currency: Currency?
        var through: Int?
        var alternatives: [Int] = []
        var confidence: Double
        var why: String
        var prefix: Prefix = []
        var bound: UnderstoodBound = .exact
    }

    init(_ text: SpokenText) {
        self.text = text
        numbers = NumberReader(text: text)
        times = TimeReader(text)
        takesBareNumbers = PriceReader.takesBareNumbers(text)
    }

    func price() -> Understood<Money>? {
        var found: [Mention] = []
        var index = 0
        while index < text.count {
            guard let mention = mention(at: index) else {
                index += 1
                continue
            }
            let gap = (found.last?.end ?? 0)..<mention.start
            if !found.isEmpty, Retraction(text).isCorrection(gap) { found.removeLast() }
            found.append(mention)
            index = mention.end
        }
        // One with a currency is a price; a bare number only may be.
        guard let best = found.first(where: { $0.currency != nil }) ?? found.first else { return nil }
        let currency = best.currency ?? .shekel
        let others = found.filter { $0.start != best.start && $0.currency != nil }.map { Money(hundredths: $0.hundredths, $0.currency ?? currency) }
        return Understood(
            Money(hundredths: best.hundredths, currency), through: best.through.map { Money(hundredths: $0, currency) },
            span: text.span(best.start..<best.end),
            confidence: best.confidence, why: best.why, alternatives: best.alternatives.map { Money(hundredths: $0, currency) } + others,
            bound: best.bound)
    }

    private func mention(at index: Int) -> Mention? {
        guard let found = whole(at: index), found.currency != nil || takesBareNumbers else { return nil }
        return found
    }

    /// With the end of a span.
    private func whole(at index: Int) -> Mention? {
        guard var first = single(at: index) else { return nil }
        if index > 0 {
            if text.has(index - 1, .about) { first.bound = .about } else if text.has(index - 1, .until) { first.bound = .until }
        }
        // "בין מאה למאתיים שקל", "100-150 ש״ח", "מאה עד מאתיים".
        let isBetween = text.has(index - 1, .between, [.and])
        var at = first.end
        let isUntil = text.has(at, .until, [.and]), isDash = at < text.count && text[at].isMark("-")
        // "שלוש מאות ארבע מאות שקל", "מאה או מאתיים שקל": the currency comes once.
        if first.currency == nil, !isUntil, !isDash, !isBetween, let other = single(at: text.has(at, .or, []) ? at + 1 : at), other.currency != nil,
            other.hundredths > first.hundredths, other.prefix.isEmpty
        {
            (first.through, first.end, first.currency) = (other.hundredths, other.end, other.currency)
            (first.confidence, first.why) = (0.7, "two prices side by side")
            return first
        }
        if isUntil || isDash { at += 1 } else if !isBetween, !first.prefix.contains(.from) { return first }
        guard let last = single(at: at), isUntil || isDash || last.prefix.contains(.to) || last.prefix.contains(.and),
            last.hundredths > first.hundredths
        else { return first }
        first.through = last.hundredths
        first.end = last.end
        first.currency = first.currency ?? last.currency
        first.confidence = first.currency == nil ? 0.5 : 0.9
        first.why = "a span of prices"
        return first
    }

    private func single(at index: Int) -> Mention? {
        guard index < text.count else { return nil }
        if let symbol = symbol(index) {
            guard let number = numbers.number(at: index + 1, allowing: []), let amount = hundredths(number) else { return nil }
            return Mention(
                start: index, end: number.end, hundredths: amount, currency: symbol, confidence: 0.97, why: "an amount with a currency sign")
        }
        if let free = text.sense(index, [.at], { $0 == .keyword(.free) ? true : nil }) {
            return Mention(
                start: index, end: index + 1, hundredths: 0, currency: .shekel, confidence: 0.6, why: "free of charge", prefix: free.prefix)
        }
        if let one = oneShekel(at: index) { return one }
        guard let number = numbers.number(at: index), number.numerator >= 0, let amount = hundredths(number) else { return nil }
        var mention = Mention(
            start: index, end: number.end, hundredths: amount, currency: nil, confidence: 0.55, why: "a number without a currency",
            prefix: number.prefix)
        if let scale = scale(number), amount < 1_000_000_000 {
            (mention.hundredths, mention.end, mention.confidence) = (amount * scale, number.end + 1, 0.7)
            if let unit = currency(mention.end) {
                (mention.currency, mention.end, mention.confidence) = (unit.currency, unit.end, 0.95)
            }
            return mention
        }
        // "מאה עשרים ושקל".
        if let one = oneShekel(at: number.end), one.prefix == .and, one.hundredths == 100, number.denominator == 1 {
            (mention.hundredths, mention.end, mention.currency) = (amount + 100, one.end, one.currency)
            (mention.confidence, mention.why) = (0.9, "an amount and one more")
            return mention
        }
        if text.has(number.end, .agorot, []) {
            guard amount % 100 == 0 else { return nil }
            (mention.hundredths, mention.end, mention.currency, mention.confidence, mention.why) = (
                amount / 100, number.end + 1, .shekel, 0.95, "agorot"
            )
            return mention
        }
        if let unit = currency(number.end) {
            (mention.currency, mention.confidence, mention.why) = (unit.currency, 0.96, "an amount and its currency")
            mention.end = unit.end
            if unit.thousands { mention.hundredths *= 1000 }
            return rounded(withSmallChange(mention), number)
        }
        if let more = pair(number, mention) { return more }
        guard !times.isCounting(at: number.end), !isPartOfSomething(index, number) else { return nil }
        return rounded(mention, number)
    }

    /// "מיליון שמונה מאות" of a flat is 1.8 million: thousands are left out.
    private func rounded(_ mention: Mention, _ number: SpokenNumber) -> Mention {
        guard number.denominator == 1, !number.hasDigits, number.numerator > 1_000_000, number.numerator < 1_000_000_000 else { return mention }
        let rest = number.numerator % 1_000_000
        // Nobody rounds to millions and then names single shekels or agorot. "מיליון שמונה" leaves out hundreds of thousands.
        let scale = (1...9).contains(rest) ? 100_000 : 1_000
        guard (1...9).contains(rest) || (10...999).contains(rest) && rest % 10 == 0, mention.hundredths == number.numerator * 100 else {
            return mention
        }
        var result = mention
        result.alternatives = [mention.hundredths]
        result.hundredths += (rest * scale - rest) * 100
        result.confidence = min(result.confidence, 0.7)
        result.why += "; thousands left out as one says it"
        return result
    }

    /// "תשע עשרה תשעים" is 19.90; "שלוש מאתיים" is 3,200.
    private func pair(_ first: SpokenNumber, _ mention: Mention) -> Mention? {
        guard first.denominator == 1, let second = numbers.cardinal(at: first.end, allowing: [.and]), second.denominator == 1,
            second.hasDigits == first.hasDigits, second.prefix.isEmpty || (10...99).contains(second.numerator)
        else { return nil }
        var result = mention
        result.end = second.end
        if !first.hasDigits, first.numerator < 100, first.words <= 2, (100...999).contains(second.numerator), second.scale == 1 {
            guard first.numerator > 0 else { return nil }
            result.hundredths = (first.numerator * 1000 + second.numerator) * 100
            (result.confidence, result.why) = (0.65, "thousands and hundreds without the word")
        } else if (10...99).contains(second.numerator), first.numerator > 0, first.numerator < 10_000,
            !second.hasDigits || text[first.end].digitCount == 2
        {
            result.hundredths = first.numerator * 100 + second.numerator
            (result.confidence, result.why) = (0.75, "shekels and agorot without their names")
        } else {
            return nil
        }
        if text.has(second.end, .agorot, []), result.hundredths == first.numerator * 100 + second.numerator {
            (result.currency, result.end, result.confidence) = (.shekel, second.end + 1, 0.9)
        } else if let unit = currency(second.end) {
            (result.currency, result.end) = (unit.currency, unit.end)
            result.confidence = 0.9
        } else if times.isCounting(at: second.end) {
            return nil
        }
        return result
    }

    /// "שקל וחצי", "שקל תשעים".
    private func oneShekel(at index: Int) -> Mention? {
        guard let found = text.sense(index, [.and, .at, .to, .like, .from], { if case .currency(let currency) = $0 { currency } else { nil } }),
            text.isWord(index, PriceReader.singular) || PriceReader.singular.contains(text[index].key.dropFirst(found.prefix.letters))
        else { return nil }
        var end = index + 1
        if let one = numbers.unit(end, []), one.value == 1 { end += 1 }
        var mention = Mention(
            start: index, end: end, hundredths: 100, currency: found.value, confidence: 0.7, why: "one unit of a currency", prefix: found.prefix)
        if let part = numbers.andFraction(at: end) {
            (mention.hundredths, mention.end) = (100 + part.twelfths * 100 / 12, part.end)
            mention.confidence = 0.9
            return mention
        }
        return withSmallChange(mention)
    }

    private static let singular = Lexicon.keys("שקל דולר יורו אירו פאונד שח ש\"ח")

    /// "ותשעים אגורות", "תשעים", "ו-90", "וחצי".
    private func withSmallChange(_ mention: Mention) -> Mention {
        guard mention.hundredths % 100 == 0 else { return mention }
        var result = mention
        if let part = numbers.andFraction(at: mention.end), part.twelfths == 6 {
            (result.hundredths, result.end) = (mention.hundredths + 50, part.end)
            return result
        }
        guard let number = numbers.cardinal(at: mention.end, allowing: [.and]), let whole = number.whole, (1...99).contains(whole) else {
            return mention
        }
        if text.has(number.end, .agorot, []) {
            result.end = number.end + 1
        } else {
            // "עשרים שקל שלוש דירות" counts something else.
            guard whole >= 10, !times.isCounting(at: number.end), currency(number.end) == nil,
                text.isEnd(number.end) || !number.hasDigits || number.prefix == .and
            else { return mention }
            result.end = number.end
            result.confidence = min(result.confidence, 0.8)
        }
        result.hundredths += whole
        return result
    }

    /// A number without a currency is a price if nothing but numbers is said, or if the sentence speaks of prices.
    private static func takesBareNumbers(_ text: SpokenText) -> Bool {
        text.tokens.contains { $0.kind == .word && prices.contains($0.key) }
            || text.tokens.indices.allSatisfy { index in
                text[index].kind != .word || Neutral.words.contains(text[index].key) || text.isWord(index, between) || isNumeric(text, index)
                    || text.has(index, .no) || text.has(index, .sorry) || text.has(index, .correction)
            }
    }

    private static func isNumeric(_ text: SpokenText, _ index: Int) -> Bool {
        text.sense(index, .any) { sense in
            switch sense {
            case .unit, .ten, .hundred, .hundreds, .scale, .twoThousand, .twelfths, .quarters, .keyword(.point): true
            default: nil
            }
        } != nil
    }

    private static let between = Lexicon.keys("עד בין בערך מקסימום לפחות יותר פחות בסביבות כולל פלוס מינוס או מעמ מע\"מ לא אלא קיי קי")
    private static let prices = Lexicon.keys(
        """
        עולה עלה יעלה עולים תעלה עלות העלות בעלות מחיר המחיר במחיר מחירו תקציב התקציב בתקציב לשלם משלם משלמת משלמים שילמתי שילמנו תשלום סכום הסכום \
        בסכום הצעה הצעת שווה מבקשים שכירות השכירות שכר משכורת חשבון החשבון קנס עמלה דמי הנחה חיוב חייבו אותי
        """)

    /// Hours, dates, percentages and telephone numbers are no prices.
    private func isPartOfSomething(_ index: Int, _ number: SpokenNumber) -> Bool {
        if number.end < text.count, text[number.end].isMark("%") || text[number.end].isMark(":") { return true }
        if numbers.glued(0x2F, at: number.end) != nil || numbers.glued(0x3A, at: number.end) != nil { return true }
        if index > 0, text[index].kind == .digits, text[index].isGlued, text[index - 1].kind == .mark, !text[index - 1].isMark("-") { return true }
        // 052-1234567
        if index > 1, text[index].isGlued, text[index - 1].isMark("-"), text[index - 2].kind == .digits,
            text.bytes[text[index - 2].end - text[index - 2].digitCount] == 0x30
        {
            return true
        }
        if text[index].kind == .digits,
            text[index].digitCount > 7 || (text[index].digitCount > 1 && text.bytes[text[index].end - text[index].digitCount] == 0x30)
        {
            return true
        }
        if text.timeUnit(index - 1, .any)?.unit == .hour { return true }
        return text.sense(number.end, [.at, .to]) { sense in
            switch sense {
            case .month, .hebrewMonth: true
            default: nil
            }
        } != nil
    }

    private func hundredths(_ number: SpokenNumber) -> Int? {
        let (value, overflow) = number.numerator.multipliedReportingOverflow(by: 100)
        guard !overflow, value < 1_000_000_000_000_000 else { return nil }
        return (value + number.denominator / 2) / number.denominator
    }

    private func symbol(_ index: Int) -> Currency? {
        guard text[index].kind == .mark, let scalar = text[index].number else { return nil }
        return switch scalar {
        case 0x20AA: .shekel
        case 0x24: .dollar
        case 0x20AC: .euro
        case 0xA3: .pound
        default: nil
        }
    }

    private func currency(_ index: Int) -> (currency: Currency, end: Int, thousands: Bool)? {
        guard index < text.count else { return nil }
        if let symbol = symbol(index) { return (symbol, index + 1, false) }
        if text[index].kind == .latin {
            switch text.string(index..<index + 1).lowercased() {
            case "nis", "ils", "shekel", "shekels": return (.shekel, index + 1, false)
            case "usd", "dollar", "dollars": return (.dollar, index + 1, false)
            case "eur", "euro": return (.euro, index + 1, false)
            default: return nil
            }
        }
        if text.isWord(index, PriceReader.thousands) { return (.shekel, index + 1, true) }
        guard let found = text.sense(index, [], { if case .currency(let currency) = $0 { currency } else { nil } }) else { return nil }
        return (found.value, index + 1, false)
    }

    /// "5K", "חמישה קיי".
    private func scale(_ number: SpokenNumber) -> Int? {
        guard number.end < text.count else { return nil }
        let token = text[number.end]
        if token.kind == .latin, number.hasDigits {
            return switch text.string(number.end..<number.end + 1) {
            case "k", "K": 1_000
            case "M": 1_000_000
            default: nil
            }
        }
        return text.isWord(number.end, PriceReader.kay) ? 1_000 : nil
    }

    private static let kay = Lexicon.keys("קיי קי קייי")
    private static let thousands = Lexicon.keys("אש\"ח אלש\"ח אשח אלשח")
}
