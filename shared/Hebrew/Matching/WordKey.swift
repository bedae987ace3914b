/// A Hebrew word of up to twelve letters in one integer, five bits a letter, the first lowest. Final letters count as the others, points do not
/// count. To take a prefix off is a shift, and a dictionary of such keys costs no allocation to ask.
struct WordKey: Hashable, Sendable {
    let raw: UInt64
    init(raw: UInt64) { self.raw = raw }

    /// What is no Hebrew word, or a longer one, has the key of no word.
    init(_ text: some StringProtocol) {
        var builder = Builder()
        for scalar in text.unicodeScalars { builder.add(WordKey.code(scalar.value)) }
        self = builder.key
    }

    static let none = WordKey(raw: 0)
    var isNone: Bool { raw == 0 }
    var count: Int { (68 - raw.leadingZeroBitCount) / 5 }
    /// 1 for alef to 22 for tav; 0 if there is none.
    var first: UInt8 { UInt8(raw & 31) }
    var last: UInt8 { UInt8(raw >> UInt64(max(count - 1, 0) * 5)) }
    func letter(_ index: Int) -> UInt8 { UInt8((raw >> UInt64(index * 5)) & 31) }
    func dropFirst(_ letters: Int) -> WordKey { WordKey(raw: raw >> UInt64(letters * 5)) }
    var dropLast: WordKey { WordKey(raw: raw & ((1 << UInt64(max(count - 1, 0) * 5)) - 1)) }
    /// Nil when it would not fit.
    func prepending(_ letter: UInt8) -> WordKey? { count < 12 ? WordKey(raw: raw << 5 | UInt64(letter)) : nil }

    static let geresh: UInt8 = 23
    static let gershayim: UInt8 = 24
    var endsWithGeresh: Bool { last == WordKey.geresh }
    var withoutMarks: WordKey {
        var builder = Builder()
        for index in 0..<count where letter(index) < WordKey.geresh { builder.add(letter(index)) }
        return builder.key
    }

    /// The code of a scalar: 1 to 22 for a letter, 23 and 24 for geresh and gershayim however they are typed, 0 for anything else.
    static func code(_ scalar: UInt32) -> UInt8 {
        switch scalar {
        case 0x05D0...0x05EA: letterCodes[Int(scalar - 0x05D0)]
        case 0x27, 0x05F3, 0x2019, 0x2018, 0x60, 0xB4: geresh
        case 0x22, 0x05F4, 0x201D, 0x201C, 0x201E: gershayim
        default: 0
        }
    }

    /// Letters in their ordinary form, without marks.
    var text: String {
        var result = ""
        for index in 0..<count where letter(index) <= 22 { result.unicodeScalars.append(WordKey.letters[Int(letter(index))]) }
        return result
    }

    struct Builder {
        private var raw: UInt64 = 0
        private(set) var count = 0
        mutating func add(_ code: UInt8) {
            guard code > 0 else { return }
            if count < 12 { raw |= UInt64(code) << UInt64(count * 5) }
            count += 1
        }
        mutating func removeLast() {
            guard count > 0 else { return }
            count -= 1
            if count < 12 { raw &= (1 << UInt64(count * 5)) - 1 }
        }
        var last: UInt8 { count > 0 && count <= 12 ? UInt8((raw >> UInt64((count - 1) * 5)) & 31) : 0 }
        var key: WordKey { count <= 12 ? WordKey(raw: raw) : .none }
    }

    // The letters' block holds the finals in between.
    private static let letterCodes: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 12, 13, 13, 14, 14, 15, 16, 17, 17, 18, 18, 19, 20, 21, 22]
    private static let letters: [Unicode.Scalar] = [
        "?", "א", "ב", "ג", "ד", "ה", "ו", "ז", "ח", "ט", "י", "כ", "ל", "מ", "נ", "ס", "ע", "פ", "צ", "ק", "ר", "ש", "ת",
    ]
}

/// The letters that Hebrew writes onto the word behind them.
struct Prefix: OptionSet, Hashable, Sendable {
    let rawValue: UInt8
    static let and = Prefix(rawValue: 1)  // ו
    static let that = Prefix(rawValue: 2)  // ש
    static let like = Prefix(rawValue: 4)  // כ
    static let to = Prefix(rawValue: 8)  // ל
    static let at = Prefix(rawValue: 16)  // ב
    static let from = Prefix(rawValue: 32)  // מ
    static let the = Prefix(rawValue: 64)  // ה
    static let any: Prefix = [.and, .that, .like, .to, .at, .from, .the]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// How many letters these are: none comes twice.
    var letters: Int { rawValue.nonzeroBitCount }

    /// The prefix that a letter is, by its code.
    init?(letter: UInt8) {
        switch letter {
        case 6: self = .and
        case 21: self = .that
        case 11: self = .like
        case 12: self = .to
        case 2: self = .at
        case 13: self = .from
        case 5: self = .the
        default: return nil
        }
    }

    /// Prefixes stand in one order: ו, then ש or כש, then one of ב כ ל מ, then ה.
    func allows(_ next: Prefix) -> Bool {
        switch next {
        case .and: isEmpty
        case .that: isSubset(of: [.and, .like])
        case .like, .to, .at, .from: isDisjoint(with: [.like, .to, .at, .from, .the]) || (self == .from && next == .to)
        case .the: !contains(.the)
        default: false
        }
    }
}
