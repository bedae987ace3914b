extension PhoneNumber {
    /// Reads a number as people and systems write it; a number in words is for ``Understanding``.
    ///
    /// Separators, brackets and direction marks are ignored. `+972`, `00972`, `01x972` and a bare `972` mean Israel, with or without the zero behind
    /// them. Nine digits that begin like a mobile number have lost their zero in a spreadsheet and get it back.
    package init(parsing text: String) throws(PhoneFault) {
        var scan = PhoneScan()
        try scan.read(text)
        guard !scan.digits.isEmpty else { throw .empty }
        self = try scan.star ? PhoneNumber.star(scan.digits) : PhoneNumber.number(scan.digits, international: scan.plus)
        // Twilio sends these in place of a hidden number: the words on a keypad's letters.
        if kind == .foreign, PhoneNumber.hidden.contains(canonical) { throw .withheld }
    }

    /// ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN and UNAVAILABLE on a keypad.
    private static let hidden: Set<String> = ["+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253"]

    /// From digits alone.
    static func number(_ digits: [UInt8], international: Bool) throws(PhoneFault) -> PhoneNumber {
        if international { return try abroad(digits[...]) }
        if digits.starts(with: [0, 0]) { return try abroad(digits[2...]) }
        // The prefixes of international carriers.
        if digits.count >= 11, digits[0] == 0, digits[1] == 1 { return try abroad(digits[3...]) }
        if digits.starts(with: [9, 7, 2]), digits.count >= 11 { return try abroad(digits[...]) }
        if digits[0] == 0 { return try israeli(digits.dropFirst(), dialled: 1) }
        if digits[0] == 1 { return try special(digits[...]) }
        if digits.count == 9, digits[0] == 5 || (digits[0] == 7 && digits[1] >= 2) { return try israeli(digits[...], dialled: 1) }
        throw digits.count < 9 ? .tooShort(digits: digits.count, needed: 9) : .noCountryCode
    }

    private static func star(_ digits: [UInt8]) throws(PhoneFault) -> PhoneNumber {
        guard digits.count >= 3 else { throw .tooShort(digits: digits.count, needed: 3) }
        guard digits.count <= 6 else { throw .tooLong(digits: digits.count, allowed: 6) }
        return PhoneNumber(.star, "*" + string(digits[...]))
    }

    /// Digits that begin with a country code.
    private static func abroad(_ digits: ArraySlice<UInt8>) throws(PhoneFault) -> PhoneNumber {
        guard let first = digits.first else { throw .empty }
        if digits.starts(with: [9, 7, 2]) {
            var rest = digits.dropFirst(3)
            if rest.first == 0 { rest = rest.dropFirst() }
            guard let next = rest.first else { throw .tooShort(digits: digits.count, needed: 11) }
            return try next == 1 ? special(rest) : israeli(rest, dialled: 1)
        }
        guard first != 0, let length = CountryCodes.length(of: digits) else { throw .unknownCountry }
        let national = digits.count - length
        // E.164 allows 15 digits in all; the shortest numbers of small islands have four behind the code.
        let (least, most) = first == 1 ? (10, 10) : (4, 15 - length)
        guard national >= least else { throw .tooShort(digits: digits.count, needed: least + length) }
        guard national <= most else { throw .tooLong(digits: digits.count, allowed: most + length) }
        return PhoneNumber(.foreign, "+" + string(digits))
    }

    /// Digits without the leading zero; `dialled` is added to counts in faults.
    private static func israeli(_ digits: ArraySlice<UInt8>, dialled: Int) throws(PhoneFault) -> PhoneNumber {
        guard let first = digits.first else { throw .tooShort(digits: dialled, needed: 9) }
        let second = digits.dropFirst().first
        let (kind, length): (Kind, Int)
        switch first {
        case 5: (kind, length) = (.mobile, 9)
        case 7 where second != 0: (kind, length) = (.voip, 9)
        case 2, 3, 4, 8, 9: (kind, length) = (.landline, 8)
        default: throw .unknownPrefix
        }
        guard digits.count >= length else { throw .tooShort(digits: digits.count + dialled, needed: length + dialled) }
        guard digits.count == length else { throw .tooLong(digits: digits.count + dialled, allowed: length + dialled) }
        return PhoneNumber(kind, "+972" + string(digits))
    }

    /// Digits that begin with 1, where no area does.
    private static func special(_ digits: ArraySlice<UInt8>) throws(PhoneFault) -> PhoneNumber {
        let text = string(digits)
        if digits.count == 3 { return PhoneNumber(emergency.contains(text) ? .emergency : .short, text) }
        for (prefix, length, kind) in services where text.hasPrefix(prefix) {
            if digits.count == length { return PhoneNumber(kind, "+972" + text) }
            // 1212 and 1255 are short numbers themselves.
            if digits.count == 4, length < 10 { break }
            throw digits.count < length ? .tooShort(digits: digits.count, needed: length) : .tooLong(digits: digits.count, allowed: length)
        }
        if text.hasPrefix("151") || text.hasPrefix("153"), (11...12).contains(digits.count) { return PhoneNumber(.service, "+972" + text) }
        if digits.count == 4 || (digits.count == 5 && text.hasPrefix("10")) { return PhoneNumber(.short, text) }
        if digits.count < 3 { throw .tooShort(digits: digits.count, needed: 3) }
        throw digits.count == 11 ? .noCountryCode : .unknownPrefix
    }

    private static let emergency: Set<String> = ["100", "101", "102", "112"]
    private static let services: [(prefix: String, length: Int, kind: Kind)] = [
        ("1700", 10, .sharedCost), ("1800", 10, .tollFree), ("1801", 10, .tollFree), ("1809", 10, .tollFree), ("1900", 10, .premium),
        ("1901", 10, .premium), ("1902", 10, .premium), ("1919", 10, .premium), ("1599", 10, .service), ("1200", 10, .service),
        ("1255", 7, .tollFree), ("1212", 8, .premium),
    ]

    private static func string(_ digits: ArraySlice<UInt8>) -> String { String(decoding: digits.map { $0 + 0x30 }, as: UTF8.self) }
}

/// Digits and signs out of a written number.
private struct PhoneScan {
    var digits: [UInt8] = []
    var plus = false
    var star = false
    /// More than any number has; a longer text is refused before it costs anything.
    private static let most = 24

    mutating func read(_ text: String) throws(PhoneFault) {
        let words = text.lowercased()
        if ["anonymous", "restricted", "blocked", "unknown", "unavailable", "חסוי"].contains(where: { words == $0 }) { throw .withheld }
        var rest = text[...]
        for scheme in ["tel:", "whatsapp:"] where words.hasPrefix(scheme) { rest = text.dropFirst(scheme.count) }
        for scalar in rest.unicodeScalars {
            switch scalar.value {
            case 0x30...0x39: try add(scalar.value - 0x30)
            case 0x0660...0x0669: try add(scalar.value - 0x0660)  // Arabic digits
            case 0xFF10...0xFF19: try add(scalar.value - 0xFF10)  // full width
            case 0x2B, 0xFF0B:
                guard digits.isEmpty, !plus else { throw .unexpectedCharacter }
                plus = true
            case 0x2A, 0x2217, 0x22C6, 0x2605:
                // In right-to-left text the star of *2700 may stand behind.
                guard !star, !plus else { throw .unexpectedCharacter }
                star = true
            case 0x20, 0xA0, 0x09, 0x2D, 0x2E, 0x2F, 0x28, 0x29, 0x2010...0x2015, 0x2212, 0x05BE, 0x2000...0x200F, 0x202A...0x202F, 0x2066...0x2069,
                0xFEFF, 0x2C, 0x5C, 0x5F, 0x7C, 0x0A, 0x0D:
                continue
            default: throw .unexpectedCharacter
            }
        }
    }

    private mutating func add(_ digit: UInt32) throws(PhoneFault) {
        guard digits.count < PhoneScan.most else { throw .tooLong(digits: PhoneScan.most + 1, allowed: 15) }
        digits.append(UInt8(digit))
    }
}

enum CountryCodes {
    /// How many of the leading digits are the country code; nil if no country has it. Every code is one of 1 and 7, of these pairs, or of three
    /// digits.
    static func length(of digits: ArraySlice<UInt8>) -> Int? {
        guard let first = digits.first else { return nil }
        if first == 1 || first == 7 { return 1 }
        guard digits.count >= 3 else { return nil }
        let start = digits.startIndex
        let pair = Int(first) * 10 + Int(digits[start + 1])
        if pairs.contains(pair) { return 2 }
        return triples.contains(pair * 10 + Int(digits[start + 2])) ? 3 : nil
    }

    private static let pairs: Set<Int> = [
        20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63, 64, 65, 66, 81, 82,
        84,
        86, 90, 91, 92, 93, 94, 95, 98,
    ]
    private static let triples: Set<Int> = {
        var codes = Set<Int>()
        codes.formUnion([211, 212, 213, 216, 218, 290, 291, 297, 298, 299])
        codes.formUnion(220...269)
        codes.subtract([259])
        codes.formUnion(350...359)
        codes.formUnion([370, 371, 372, 373, 374, 375, 376, 377, 378, 379, 380, 381, 382, 383, 385, 386, 387, 389, 420, 421, 423])
        codes.formUnion(500...509)
        codes.formUnion(590...599)
        codes.formUnion([670, 672, 673, 674, 675, 676, 677, 678, 679, 680, 681, 682, 683, 685, 686, 687, 688, 689, 690, 691, 692])
        codes.formUnion([800, 808, 850, 852, 853, 855, 856, 870, 878, 880, 881, 882, 883, 886, 888, 960, 961, 962, 963, 964, 965, 966, 967, 968])
        codes.formUnion([970, 971, 972, 973, 974, 975, 976, 977, 979, 992, 993, 994, 995, 996, 998])
        return codes
    }()
}
