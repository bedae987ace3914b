/// Telephone numbers, and other numbers whose digits are dictated.
extension SpokenReader {
    /// Which kind of number begins here is asked in this order; the last reader takes any.
    mutating func readNumber(_ place: Int, _ prefix: NumberPrefix) {
        index = place
        if readPhone(place, prefix) || readDate(place, prefix) || readTime(place, prefix) || readSlashed(place, prefix) { return }
        if readDigitGroups(place, prefix) || readDictated(place, prefix) { return }
        readQuantity(place, prefix)
    }

    // MARK: - Telephones

    mutating func readPhone(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        if isSymbol(place, "*") {
            guard let digits = digits(place + 1), isTight(place + 1), (3...6).contains(digits.utf8.count) else { return false }
            say("כוכבית " + DigitWords.words(digits), prefix)
            index = place + 2
            return true
        }
        if let digits = digits(place), (3...6).contains(digits.utf8.count), isSymbol(place + 1, "*"), isTight(place + 1),
            isDialled(place, SpokenContext.dialled)
        {
            say("כוכבית " + DigitWords.words(digits), prefix)
            index = place + 2
            return true
        }
        if let found = phone(place) {
            say(found.words, prefix)
            index = found.end
            return true
        }
        return readShortPhone(place, prefix)
    }

    /// 100, 101 and their neighbours are said as numbers, other short ones by their digits.
    private mutating func readShortPhone(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let digits = digits(place), (3...4).contains(digits.utf8.count), isDialled(place, Self.dialling), let number = Int(digits) else {
            return false
        }
        guard let quantity = quantity(place), quantity.end == place + 1, !quantity.isCounted, clockTime(place) == nil else { return false }
        say((100...119).contains(number) ? Cardinal.words(number) : DigitWords.words(digits), prefix)
        index = place + 1
        return true
    }

    private static let dialling: Set<String> = [
        "חייג", "חייגו", "חייגי", "לחייג", "התקשר", "התקשרו", "התקשרי", "להתקשר", "צלצלו", "מוקד", "במוקד", "למוקד",
    ]

    private func isDialled(_ place: Int, _ cues: Set<String>) -> Bool { wordsBefore(place, reach: 4).prefix(3).contains { cues.contains($0) } }

    /// The longest run of groups from here that is a telephone number.
    private func phone(_ place: Int) -> (words: String, end: Int)? {
        var end = place
        let isForeign = isSymbol(end, "+")
        if isForeign { end += 1 }
        var groups: [String] = []
        var count = 0
        var best: (words: String, end: Int)?
        var isOpen = false
        while groups.count < 8 {
            if isSymbol(end, "("), !isOpen {
                isOpen = true
                end += 1
            }
            guard let group = digits(end) else { break }
            count += group.utf8.count
            guard count <= 16 else { break }
            groups.append(group)
            end += 1
            if isOpen, isSymbol(end, ")") {
                isOpen = false
                end += 1
            }
            let isWhole =
                !(isTight(end) && (digits(end) != nil || (isSymbol(end, "-") || isSymbol(end, ".")) && digits(end + 1) != nil && isTight(end + 1)))
            if isWhole, !isOpen, let words = PhoneWords.words(groups, isForeign: isForeign) { best = (words, end) }
            if isSymbol(end, "-") || isSymbol(end, "."), isTight(end), digits(end + 1) != nil || isSymbol(end + 1, "(") { end += 1 }
        }
        return best
    }

    // MARK: - Dictated digits

    /// 12-345-67, 4580-1234-5678-9012: by the groups that are written. 1.2.3 is a version.
    private mutating func readDigitGroups(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let first = digits(place) else { return false }
        if readChoice(place, prefix) { return true }
        for separator in ["-", "."] {
            var groups = [first]
            var end = place + 1
            while groups.count < 20, isSymbol(end, separator), isTight(end), let group = digits(end + 1), isTight(end + 1) {
                groups.append(group)
                end += 2
            }
            if separator == "." {
                guard groups.count >= 3, groups.allSatisfy({ $0.utf8.count <= 3 }), !groups.dropFirst().allSatisfy({ $0.utf8.count == 3 }) else {
                    continue
                }
                say(groups.map { Cardinal.words(Int($0) ?? 0) }.joined(separator: " נקודה "), prefix)
            } else {
                let isCode = groups.contains { $0.utf8.count >= 5 || $0.utf8.count >= 2 && $0.hasPrefix("0") }
                guard groups.count >= 3 || groups.count == 2 && !isRange(groups) && (isCode || isDictated(first, place, prefix, isPart: true)) else {
                    continue
                }
                // A long group is cut as one that stands alone.
                say(DigitWords.words(groups: groups.flatMap { $0.utf8.count > 4 ? DigitWords.groups($0) : [$0[...]] }), prefix)
            }
            index = end
            return true
        }
        return false
    }

    /// "3-4-5 חדרים", "3/4/5 חדרים".
    private mutating func readChoice(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        var numbers: [Int] = []
        var end = place
        while numbers.count < 6, let text = digits(end), text.utf8.count <= 2, !text.hasPrefix("0"), let number = Int(text),
            number > numbers.last ?? 0
        {
            numbers.append(number)
            end += 1
            guard isSymbol(end, "-") || isSymbol(end, "/"), isTight(end), isTight(end + 1), digits(end + 1) != nil else { break }
            end += 1
        }
        guard numbers.count >= 3, let quantity = quantity(end - 1), quantity.noun != nil, let gender = quantity.gender else { return false }
        say(numbers.dropLast().map { Cardinal.words($0, gender) }.joined(separator: ", "), prefix)
        out.mark(",")
        out.word(QuantityWords.words(quantity))
        index = quantity.end
        return true
    }

    /// 10000-20000 counts up; a code does not.
    private func isRange(_ groups: [String]) -> Bool {
        guard groups.allSatisfy({ !$0.hasPrefix("0") }), let first = Int(groups[0]), let second = Int(groups[1]) else { return false }
        return first < second && groups.allSatisfy { $0.hasSuffix("00") }
    }

    private mutating func readDictated(_ place: Int, _ prefix: NumberPrefix) -> Bool {
        guard let digits = digits(place), let quantity = quantity(place), quantity.numeral.end == place + 1, !quantity.isCounted else { return false }
        let count = digits.utf8.count
        // "4580 1234 5678 9012", "123 456 7890": as it is written.
        var groups = [digits]
        while groups.count < 8, let next = self.digits(place + groups.count), (3...4).contains(next.utf8.count), tokens[place + groups.count].spaced {
            groups.append(next)
        }
        let last = place + groups.count - 1
        let isSpaced = groups.count >= 2 && (3...4).contains(count) && self.quantity(last)?.isCounted != true && clockTime(last) == nil
        if isSpaced, groups.count >= 3 || isDictated(digits, place, prefix, isPart: true) {
            say(DigitWords.words(groups: groups), prefix)
            index = last + 1
            return true
        }
        guard count >= 2, isDictated(digits, place, prefix) else { return false }
        say(DigitWords.words(groups: DigitWords.groups(digits)), prefix)
        index = place + 1
        return true
    }

    /// - Parameter isPart: other groups follow, so that this is no year.
    private func isDictated(_ digits: String, _ place: Int, _ prefix: NumberPrefix, isPart: Bool = false) -> Bool {
        let count = digits.utf8.count
        if digits.hasPrefix("0"), count >= 2 { return true }
        if count >= 7, !digits.hasSuffix("000") || count > 15 { return true }
        guard count >= 3 else { return false }
        if isSymbol(place - 1, "#") { return true }
        var label = place - 1
        while isSymbol(label, ":") { label -= 1 }
        if let token = token(label), token.kind == .latin, Self.labels.contains(token.text.uppercased()) { return true }
        if count >= 5, let before = previousWord(place), before == "מספר" || before == "מס'" { return true }
        // The nearest words decide, across those that name nothing. "עובד מ-2019" and "רכב 2019" are of a year.
        let isYear =
            !isPart && count == 4 && (digits.hasPrefix("19") || digits.hasPrefix("20"))
            && previousWord(place).map { !["מספר", "מס'"].contains($0) } ?? true
        let isShort = count < 4 || isYear || !prefix.outer.isEmpty || digits.hasSuffix("000")
        var looked = 0
        for word in wordsBefore(place, reach: 7) {
            if SpokenContext.bare(word, { SpokenContext.dictatedShort.contains($0) }) != nil { return true }
            if !isShort, SpokenContext.bare(word, { SpokenContext.dictated.contains($0) }) != nil { return true }
            if word == "כוכבית" { return true }
            guard Self.passed.contains(word) else { looked += 1; if looked > 1 { return false } else { continue } }
        }
        return false
    }

    private static let labels: Set<String> = ["ID", "PIN", "CVV", "OTP", "CODE", "REF", "IMEI", "SN"]

    private static let passed: Set<String> = [
        "מספר", "המספר", "מס'", "הוא", "היא", "שלך", "שלכם", "שלי", "של", "זה", "הבא", "הבאה", "נא", "ב", "את", "יש", "שלנו",
    ]
}

/// Telephone numbers in words: digit by digit, grouped the way that people dictate them.
enum PhoneWords {
    /// - Parameters:
    ///   - groups: the digits as they are written.
    ///   - isForeign: a plus sign is before them.
    /// - Returns: nil when these are no telephone number.
    static func words(_ groups: [String], isForeign: Bool) -> String? {
        let digits = groups.joined()
        let count = digits.utf8.count
        if isForeign {
            if digits.hasPrefix("972") { return national("0" + digits.dropFirst(digits.hasPrefix("9720") ? 4 : 3)) }
            guard (8...15).contains(count), !digits.hasPrefix("0"), digits.hasPrefix("1") ? count <= 11 : true else { return nil }
            return "פלוס " + DigitWords.words(groups: groups.count > 1 ? groups.map { $0[...] } : alone(digits))
        }
        if digits.hasPrefix("00972") { return national("0" + digits.dropFirst(digits.hasPrefix("009720") ? 6 : 5)) }
        if digits.hasPrefix("972"), count >= 11 { return national("0" + digits.dropFirst(3)) }
        if digits.hasPrefix("00"), (12...16).contains(count) {
            let rest = groups.count > 1 ? groups.map { $0[...] } : ["00"] + alone(String(digits.dropFirst(2)))
            return DigitWords.words(groups: rest)
        }
        if digits.hasPrefix("1"), count == 10, groups.count == 1 || groups[0] == "1" { return special(digits, groups) }
        return national(digits)
    }

    /// Mobile and VoIP numbers have ten digits, those of an area nine.
    private static func national(_ digits: String) -> String? {
        let bytes = Array(digits.utf8)
        guard bytes.first == 0x30, bytes.count >= 2 else { return nil }
        let cuts: [Int]
        switch (bytes[1] - 0x30, bytes.count) {
        case (5, 10), (7, 10): cuts = [3, 3, 4]
        case (2, 9), (3, 9), (4, 9), (8, 9), (9, 9): cuts = [2, 3, 4]
        default: return nil
        }
        return DigitWords.words(groups: cut(digits, cuts))
    }

    /// 1-700-123-456: the second group is said as hundreds.
    private static func special(_ digits: String, _ written: [String]) -> String? {
        let code = digits.dropFirst().prefix(3)
        guard ["700", "800", "900", "801", "809", "599", "901", "902", "903", "919"].contains(code) else { return nil }
        let first = code.hasSuffix("00") ? "אחת " + Cardinal.words(Int(code) ?? 0) : DigitWords.words(groups: ["1", code])
        // 70-70-70 is dictated as it is written.
        if written.count > 3 { return first + ", " + DigitWords.words(groups: Array(written.dropFirst(2))) }
        return first + ", " + DigitWords.words(groups: cut(String(digits.dropFirst(4)), [3, 3]))
    }

    /// Written without groups: the country's code is apart where it is known to be one digit.
    private static func alone(_ digits: String) -> [Substring] {
        if digits.hasPrefix("1") { return cut(digits, [1, 3, 3, 4]) }
        return [digits.prefix(2)] + DigitWords.groups(String(digits.dropFirst(2)))
    }

    private static func cut(_ digits: String, _ sizes: [Int]) -> [Substring] {
        var rest = digits[...]
        var groups: [Substring] = []
        for size in sizes where !rest.isEmpty {
            groups.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        if !rest.isEmpty { groups.append(rest) }
        return groups
    }
}
