/// A number that was said or written: `numerator` over `denominator`, which is a power of ten for decimals and twelve for halves and quarters.
struct SpokenNumber: Sendable, Hashable {
    var numerator: Int
    var denominator = 1
    /// One behind the last token.
    var end: Int
    /// What stands before the first word.
    var prefix: Prefix = []
    /// Nil when the gender does not show.
    var feminine: Bool?
    /// Written in digits, at least in part.
    var hasDigits = false
    /// The words stand as one counts, with each "and" in its place.
    var isStrict = true
    /// How many tokens it took.
    var words = 1
    /// 1000 or more when it ends with such a word, so that a following half is half of that.
    var scale = 1

    /// Nil when it has a fraction.
    var whole: Int? { numerator % denominator == 0 ? numerator / denominator : nil }
}

/// Reads numbers out of a sentence.
struct NumberReader: Sendable {
    let text: SpokenText

    /// The longest number that begins at `index`.
    func number(at index: Int, allowing prefix: Prefix = .any) -> SpokenNumber? {
        if text.has(index, .negative, [.and]), var rest = positive(at: index + 1, allowing: []) {
            rest.numerator = -rest.numerator
            rest.words += 1
            return rest
        }
        return positive(at: index, allowing: prefix)
    }

    private func positive(at index: Int, allowing prefix: Prefix) -> SpokenNumber? {
        if parts(at: index, prefix) != nil { return fraction(at: index, allowing: prefix) }
        guard var number = cardinal(at: index, allowing: prefix) else { return fraction(at: index, allowing: prefix) }
        if let part = andFraction(at: number.end) {
            number = adding(part.twelfths, end: part.end, to: number)
        } else if number.denominator == 1, number.scale == 1, text.has(number.end, .point, []), let decimal = decimals(at: number.end + 1),
            let raised = product(number.numerator, decimal.denominator)
        {
            number.numerator = raised + decimal.numerator
            number.denominator = decimal.denominator
            number.words += decimal.end - number.end
            number.end = decimal.end
        }
        return number.denominator > 1 ? multiplied(number) : number
    }

    /// Whole numbers in words or digits, and digits with decimals: "שלוש מאות עשרים וחמש", `1,250`, `12.5`, `3 מיליון`.
    func cardinal(at index: Int, allowing prefix: Prefix = .any) -> SpokenNumber? {
        var result: SpokenNumber?
        var last = Int.max
        var position = index
        while last > 1 {
            let allowed = result == nil ? prefix : [.and]
            guard var part = group(at: position, allowing: allowed) ?? bareScale(at: position, allowing: allowed) else { break }
            // A multiplier that is larger than the one before belongs to another number.
            if part.scale == 1 { part = multiplied(part, below: last) }
            guard part.scale < last, part.denominator == 1 ? part.numerator < last : result == nil else { break }
            guard var sum = result else {
                if part.denominator > 1 { return part }
                result = part
                (last, position) = (part.scale, part.end)
                continue
            }
            let isJoined = part.prefix.contains(.and) || (!part.hasDigits && part.numerator >= 100)
            // Digits behind words stand alone unless an "and" says otherwise.
            if !isJoined, part.hasDigits { break }
            guard let total = add(sum.numerator, part.numerator) else { break }
            sum.numerator = total
            sum.isStrict = sum.isStrict && part.isStrict && isJoined
            sum.hasDigits = sum.hasDigits || part.hasDigits
            sum.feminine = part.feminine
            sum.words += part.words
            (sum.scale, sum.end) = (part.scale, part.end)
            result = sum
            (last, position) = (part.scale, part.end)
        }
        return result
    }

    // MARK: - Below a thousand

    private func group(at index: Int, allowing prefix: Prefix) -> SpokenNumber? {
        guard index < text.count else { return nil }
        if text[index].kind == .digits { return digits(at: index, allowing: prefix) }
        guard text[index].kind == .word else { return nil }
        if let hundred = text.sense(index, prefix, { if case .hundred(let value) = $0 { value } else { nil } }) {
            return rest(SpokenNumber(numerator: hundred.value, end: index + 1, prefix: hundred.prefix))
        }
        if let unit = unit(index, prefix), (3...9).contains(unit.value), text.sense(index + 1, [], { $0 == .hundreds ? true : nil }) != nil {
            return rest(SpokenNumber(numerator: unit.value * 100, end: index + 2, prefix: unit.prefix, words: 2))
        }
        return belowHundred(at: index, allowing: prefix)
    }

    /// What follows hundreds.
    private func rest(_ hundreds: SpokenNumber) -> SpokenNumber {
        let index = hundreds.end
        // "מאה שלוש מאות" are two numbers.
        guard let small = belowHundred(at: index, allowing: [.and]), small.numerator > 0,
            text.sense(small.end, [], { $0 == .hundreds ? true : nil }) == nil
        else { return hundreds }
        var sum = hundreds
        sum.numerator += small.numerator
        sum.end = small.end
        sum.words += small.words
        sum.feminine = small.feminine
        let isJoined = small.prefix.contains(.and) || small.numerator >= 20 || small.numerator > 10
        sum.isStrict = isJoined && small.isStrict
        return sum
    }

    private func belowHundred(at index: Int, allowing prefix: Prefix) -> SpokenNumber? {
        if let ten = text.sense(index, prefix, { if case .ten(let value) = $0 { value } else { nil } }) {
            var number = SpokenNumber(numerator: ten.value, end: index + 1, prefix: ten.prefix)
            // "עשרים ו-5".
            if index + 1 < text.count, text[index + 1].kind == .digits, text[index + 1].digitCount == 1, text[index + 1].prefix == .and,
                let digit = text[index + 1].number, digit > 0
            {
                number.numerator += digit
                number.end += 1
                number.words = 2
                number.hasDigits = true
                return number
            }
            if let unit = unit(index + 1, [.and]), (1...9).contains(unit.value), !isTeenTail(index + 2),
                text.sense(index + 2, [], { $0 == .hundreds ? true : nil }) == nil
            {
                number.numerator += unit.value
                number.end += 1
                number.words = 2
                number.isStrict = unit.prefix.contains(.and)
                number.feminine = unit.feminine
            }
            return number
        }
        if let unit = unit(index, prefix) {
            if (1...9).contains(unit.value), isTeenTail(index + 1) {
                return SpokenNumber(numerator: 10 + unit.value, end: index + 2, prefix: unit.prefix, feminine: unit.feminine, words: 2)
            }
            return SpokenNumber(numerator: unit.value, end: index + 1, prefix: unit.prefix, feminine: unit.feminine)
        }
        // שנים is "years" but for this.
        if let years = text.timeUnit(index, prefix), years.unit == .year, years.count == 0, isTeenTail(index + 1) {
            return SpokenNumber(numerator: 12, end: index + 2, prefix: years.prefix, feminine: false, words: 2)
        }
        if let dozen = text.sense(index, prefix, { $0 == .keyword(.dozen) ? true : nil }) {
            return SpokenNumber(numerator: 12, end: index + 1, prefix: dozen.prefix)
        }
        return nil
    }

    func unit(_ index: Int, _ prefix: Prefix) -> (value: Int, feminine: Bool?, prefix: Prefix)? {
        guard let found = text.sense(index, prefix, { if case .unit(let value, let feminine) = $0 { (value, feminine) } else { nil } }) else {
            return nil
        }
        // שמונה is both.
        return (found.value.0, found.value.0 == 8 ? nil : found.value.1, found.prefix)
    }

    /// עשר or עשרה behind a unit. With "and" before it, it is ten minutes.
    func isTeenTail(_ index: Int) -> Bool { unit(index, [])?.value == 10 }

    // MARK: - Digits

    private func digits(at index: Int, allowing prefix: Prefix) -> SpokenNumber? {
        let token = text[index]
        guard token.prefix.isSubset(of: prefix), var value = token.number else { return nil }
        var number = SpokenNumber(numerator: value, end: index + 1, prefix: token.prefix, hasDigits: true)
        // 1,250 and 1,250,000.
        while number.numerator > 0, token.digitCount <= 3, let more = glued(0x2C, at: number.end), more.digitCount == 3,
            let times = product(value, 1000)
        {
            value = times + (more.number ?? 0)
            number.numerator = value
            number.end += 2
        }
        if let decimal = glued(0x2E, at: number.end), decimal.digitCount <= 6, let fraction = decimal.number,
            // 15.2.2026 is no number.
            glued(0x2E, at: number.end + 2) == nil
        {
            let denominator = SpokenNumber.power(decimal.digitCount)
            guard let raised = product(value, denominator) else { return number }
            number.numerator = raised + fraction
            number.denominator = denominator
            number.end += 2
        }
        return number
    }

    /// Digits right behind a sign that stands right behind what precedes.
    func glued(_ scalar: UInt32, at index: Int) -> SpokenToken? {
        guard index + 1 < text.count, text[index].kind == .mark, text[index].number == Int(scalar), text[index].isGlued,
            text[index + 1].kind == .digits,
            text[index + 1].isGlued, text[index + 1].prefix.isEmpty
        else { return nil }
        return text[index + 1]
    }

    // MARK: - Multipliers

    private func scale(at index: Int, _ allowed: Prefix) -> (value: Int, prefix: Prefix)? {
        text.sense(index, allowed) { if case .scale(let value) = $0 { value } else { nil } }
    }

    private func bareScale(at index: Int, allowing prefix: Prefix) -> SpokenNumber? {
        if let found = scale(at: index, prefix) {
            return SpokenNumber(numerator: found.value, end: index + 1, prefix: found.prefix, scale: found.value)
        }
        guard let found = text.sense(index, prefix, { $0 == .twoThousand ? true : nil }) else { return nil }
        return SpokenNumber(numerator: 2000, end: index + 1, prefix: found.prefix, scale: 1000)
    }

    /// "שלושת אלפים", "2.5 מיליון", "חצי מיליון", "מאתיים אלף".
    private func multiplied(_ number: SpokenNumber, below limit: Int = .max) -> SpokenNumber {
        // One says אלף and אלפיים, not "אחת אלף" and "שתיים אלף": those are digits before a thousand.
        guard number.scale == 1,
            number.denominator > 1 || number.hasDigits || number.numerator > 2 || (number.numerator == 2 && number.feminine == false),
            let scale = scale(at: number.end, [])?.value, scale < limit, let times = product(number.numerator, scale),
            times % number.denominator == 0
        else { return number }
        var result = number
        result.numerator = times / number.denominator
        result.denominator = 1
        result.end += 1
        result.words += 1
        result.scale = scale
        return result
    }

    // MARK: - Parts of one

    /// "וחצי", "ורבע", "ושליש", "ושלושת רבעי".
    func andFraction(at index: Int) -> (twelfths: Int, end: Int)? {
        if let part = twelfths(index, [.and]), part.prefix == .and { return (part.value, index + 1) }
        if let three = unit(index, [.and]), three.value == 3, three.prefix == .and, isQuarters(index + 1) {
            return (9, index + 2)
        }
        return nil
    }

    private func isQuarters(_ index: Int) -> Bool { text.sense(index, []) { $0 == .quarters ? true : nil } != nil }

    func twelfths(_ index: Int, _ allowed: Prefix) -> (value: Int, prefix: Prefix)? {
        text.sense(index, allowed) { if case .twelfths(let value) = $0 { value } else { nil } }
    }

    private func fraction(at index: Int, allowing prefix: Prefix) -> SpokenNumber? {
        var number: SpokenNumber
        if let part = twelfths(index, prefix) {
            number = SpokenNumber(numerator: part.value, denominator: 12, end: index + 1, prefix: part.prefix)
        } else if let some = parts(at: index, prefix) {
            number = SpokenNumber(numerator: some.twelfths, denominator: 12, end: index + 2, prefix: some.prefix, words: 2)
        } else {
            return nil
        }
        number = multiplied(number)
        return number
    }

    /// "שלושת רבעי", "שני שליש".
    private func parts(at index: Int, _ prefix: Prefix) -> (twelfths: Int, prefix: Prefix)? {
        guard let count = unit(index, prefix) else { return nil }
        if count.value == 3, isQuarters(index + 1) { return (9, count.prefix) }
        let isThirds = text.sense(index + 1, []) { $0 == .thirds || $0 == .twelfths(4) ? true : nil } != nil
        return count.value == 2 && isThirds ? (8, count.prefix) : nil
    }

    private func adding(_ twelfths: Int, end: Int, to number: SpokenNumber) -> SpokenNumber {
        guard number.denominator == 1 else { return number }
        var result = number
        result.words += end - number.end
        result.end = end
        if number.scale > 1, number.scale * twelfths % 12 == 0 {
            result.numerator += number.scale * twelfths / 12
            return result
        }
        guard let raised = product(number.numerator, 12) else { return number }
        result.numerator = raised + twelfths
        result.denominator = 12
        return result
    }

    /// Behind a spoken point: digits one by one, or one number.
    private func decimals(at index: Int) -> (numerator: Int, denominator: Int, end: Int)? {
        var (value, count, end) = (0, 0, index)
        while count < 9, end < text.count {
            if let unit = unit(end, []), unit.value < 10, !isTeenTail(end + 1) {
                value = value * 10 + unit.value
                (count, end) = (count + 1, end + 1)
            } else if text[end].kind == .digits, text[end].digitCount <= 9 - count, let number = text[end].number {
                value = value * SpokenNumber.power(text[end].digitCount) + number
                (count, end) = (count + text[end].digitCount, end + 1)
            } else {
                break
            }
        }
        if count > 0 { return (value, SpokenNumber.power(count), end) }
        guard let small = belowHundred(at: index, allowing: []) else { return nil }
        return (small.numerator, small.numerator < 10 ? 10 : 100, small.end)
    }

    private func product(_ left: Int, _ right: Int) -> Int? {
        let (value, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow || value > NumberReader.largest ? nil : value
    }
    private func add(_ left: Int, _ right: Int) -> Int? { left + right <= NumberReader.largest ? left + right : nil }
    /// Larger than any sum of money or count that is said; leaves room for twelfths.
    private static let largest = 100_000_000_000_000_000
}

extension SpokenNumber {
    static func power(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { value, _ in value * 10 } }
}
