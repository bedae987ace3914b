/// A sentence cut into what the readers read, each piece with its place in the sentence. The sentence itself is never changed.
struct SpokenText: Sendable {
    let bytes: [UInt8]
    /// Without hesitations.
    private(set) var tokens: [SpokenToken] = []

    /// What lies behind is not read: no turn of a caller is as long, and work stays bounded.
    static let mostBytes = 4000

    init(_ text: String) {
        var bytes = Array(text.utf8.prefix(SpokenText.mostBytes))
        // Not in the middle of a letter.
        if bytes.count == SpokenText.mostBytes {
            while let last = bytes.last, last & 0xC0 == 0x80 { bytes.removeLast() }
            if let last = bytes.last, last >= 0xC0 { bytes.removeLast() }
        }
        self.bytes = bytes
        var scanner = TokenScanner(bytes)
        scanner.run()
        tokens = scanner.tokens
        joinPrefixes()
        for index in tokens.indices where tokens[index].kind == .word { tokens[index].readings = Lexicon.readings(tokens[index].key) }
        tokens.removeAll { $0.kind == .word && Lexicon.isHesitation($0.key) }
    }

    var count: Int { tokens.count }
    /// A sign that nothing knows stands before the first token and behind the last, so that a reader may look ahead without asking how far.
    subscript(_ index: Int) -> SpokenToken { tokens.indices.contains(index) ? tokens[index] : SpokenText.nothing }
    private static let nothing = SpokenToken(kind: .mark, start: 0, end: 0)

    /// The sentence's own letters between two tokens.
    func string(_ range: Range<Int>) -> String {
        guard !range.isEmpty, range.lowerBound >= 0, range.upperBound <= count else { return "" }
        return String(decoding: bytes[tokens[range.lowerBound].start..<tokens[range.upperBound - 1].end], as: UTF8.self)
    }

    func span(_ range: Range<Int>) -> Range<Int> {
        guard !range.isEmpty, range.upperBound <= count else { return 0..<0 }
        return tokens[range.lowerBound].start..<tokens[range.upperBound - 1].end
    }

    /// `ב-15`, `ב 15` and `ב שמונה`: a prefix that stands alone belongs to what follows.
    private mutating func joinPrefixes() {
        var joined: [SpokenToken] = []
        joined.reserveCapacity(tokens.count)
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            guard index + 1 < tokens.count, token.kind == .word, token.key.count <= 3, let prefix = token.asPrefix,
                // "ביום ב" is a Monday, "ביום ב-10" is not.
                token.key.count > 1 || token.isHyphenated || !(joined.last.map { Lexicon.isDayWord($0.key) } ?? false)
            else {
                joined.append(token)
                index += 1
                continue
            }
            var next = tokens[index + 1]
            if next.kind == .digits {
                next.prefix = prefix
                next.start = token.start
                next.isGlued = token.isGlued
                joined.append(next)
                index += 2
            } else if next.kind == .word, token.key.count == 1, next.key.count > 1, !Lexicon.isInMonth(next.key),
                let key = next.key.prepending(token.key.first)
            {
                next.key = key
                next.start = token.start
                next.isGlued = token.isGlued
                joined.append(next)
                index += 2
            } else {
                joined.append(token)
                index += 1
            }
        }
        tokens = joined
    }
}

/// One piece of a sentence.
struct SpokenToken: Sendable {
    enum Kind: UInt8, Sendable {
        case word
        /// A run of ASCII digits.
        case digits
        case latin
        /// One sign.
        case mark
    }

    let kind: Kind
    /// Offsets into the sentence's UTF-8.
    var start: Int
    let end: Int
    /// Of a Hebrew word.
    var key = WordKey.none
    /// Nothing stands between this and the piece before.
    var isGlued = false
    /// Of a word: a dash stands right behind it.
    var isHyphenated = false
    /// Of digits: what they count, nil when they are too many; of a sign: its scalar.
    var number: Int?
    var digitCount = 0
    /// Of digits: what was written before them.
    var prefix: Prefix = []
    var readings: [Reading] = []

    func isMark(_ scalar: Unicode.Scalar) -> Bool { kind == .mark && number == Int(scalar.value) }

    /// Of a word that is nothing but prefixes.
    var asPrefix: Prefix? {
        guard !key.isNone, !key.endsWithGeresh else { return nil }
        var prefix: Prefix = []
        for index in 0..<key.count {
            guard let next = Prefix(letter: key.letter(index)), prefix.allows(next) else { return nil }
            prefix.insert(next)
        }
        return prefix
    }
}

/// One way to read a word: what it means behind these prefixes.
struct Reading: Sendable {
    let prefix: Prefix
    let senses: [Sense]
}

/// Cuts UTF-8 into tokens in one pass.
private struct TokenScanner {
    let bytes: [UInt8]
    var tokens: [SpokenToken] = []
    private var position = 0
    /// End of the last token, or -1 where a space came since.
    private var joint = -1

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() {
        tokens.reserveCapacity(bytes.count / 8 + 4)
        while position < bytes.count {
            let (scalar, length) = decode(position)
            if WordKey.code(scalar) >= 1, WordKey.code(scalar) <= 22 {
                word()
            } else if (0x30...0x39).contains(scalar) {
                digits()
            } else if isLatin(scalar) {
                latin()
            } else if isIgnored(scalar) {
                position += length
                if joint == position - length { joint = position }
            } else if isSpace(scalar) {
                position += length
                joint = -1
            } else {
                mark(scalar, length)
            }
        }
    }

    private mutating func word() {
        let start = position
        var end = position
        var builder = WordKey.Builder()
        var run = 0
        while position < bytes.count {
            let (scalar, length) = decode(position)
            let code = WordKey.code(scalar)
            if code >= 1, code <= 22 {
                run = builder.last == code ? run + 1 : 1
                // Drawn out as in כןןןן: no letter comes three times in a word, and only ו and י come twice often.
                if run == 3, code != 6, code != 10 { builder.removeLast() } else if run < 3 { builder.add(code) }
                position += length
                end = position
            } else if code == WordKey.geresh || code == WordKey.gershayim {
                // Twice a geresh is how some type gershayim.
                if code == WordKey.geresh, builder.last == WordKey.geresh {
                    builder.removeLast()
                    builder.add(WordKey.gershayim)
                } else {
                    builder.add(code)
                }
                position += length
            } else if isIgnored(scalar) {
                position += length
                if end == position - length { end = position }
            } else {
                break
            }
        }
        // Quotes at the end close a quotation; a geresh may be part of the word, as in ב'.
        while builder.last == WordKey.gershayim { builder.removeLast() }
        if builder.last == WordKey.geresh { end = position }
        append(.word, start, end) { $0.key = builder.key }
        joint = position
    }

    private mutating func digits() {
        let start = position
        var value: Int? = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            // Longer than any number that is used as one; a telephone number reads the digits themselves.
            value = position - start < 15 ? value.map { $0 * 10 + Int(bytes[position] - 0x30) } : nil
            position += 1
        }
        let count = position - start
        append(.digits, start, position) {
            $0.number = value
            $0.digitCount = count
        }
    }

    private mutating func latin() {
        let start = position
        while position < bytes.count {
            let (scalar, length) = decode(position)
            guard isLatin(scalar) else { break }
            position += length
        }
        append(.latin, start, position) { _ in }
    }

    private mutating func mark(_ scalar: UInt32, _ length: Int) {
        let start = position
        position += length
        let isDash = scalar == 0x2D || (0x2010...0x2015).contains(scalar) || scalar == 0x2212
        let afterWord = tokens.last.map { $0.kind == .word && $0.end == start } ?? false
        switch scalar {
        // Maqaf, and a dash behind a word, only join.
        case 0x05BE: joint = -1
        case _ where isDash && afterWord:
            tokens[tokens.count - 1].isHyphenated = true
            joint = -1
        case 0x22, 0x27, 0x05F3, 0x05F4, 0x2018...0x201E: joint = -1
        default: append(.mark, start, position) { $0.number = isDash ? 0x2D : Int(scalar) }
        }
    }

    private mutating func append(_ kind: SpokenToken.Kind, _ start: Int, _ end: Int, _ fill: (inout SpokenToken) -> Void) {
        var token = SpokenToken(kind: kind, start: start, end: end)
        token.isGlued = joint == start
        fill(&token)
        tokens.append(token)
        joint = position
    }

    /// One scalar; whatever is no UTF-8 comes as one byte that nothing knows.
    private func decode(_ index: Int) -> (UInt32, Int) {
        let first = UInt32(bytes[index])
        func next(_ ahead: Int) -> UInt32 { index + ahead < bytes.count ? UInt32(bytes[index + ahead]) & 0x3F : 0 }
        switch first {
        case 0..<0x80: return (first, 1)
        case 0xC0..<0xE0: return ((first & 0x1F) << 6 | next(1), min(2, bytes.count - index))
        case 0xE0..<0xF0: return ((first & 0x0F) << 12 | next(1) << 6 | next(2), min(3, bytes.count - index))
        case 0xF0...: return ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), min(4, bytes.count - index))
        default: return (0xFFFD, 1)
        }
    }

    private func isLatin(_ scalar: UInt32) -> Bool {
        (0x41...0x5A).contains(scalar) || (0x61...0x7A).contains(scalar) || (0xC0...0x24F).contains(scalar)
    }
    private func isIgnored(_ scalar: UInt32) -> Bool {
        switch scalar {
        // Points and accents, but not the maqaf and the other signs among them; direction marks; a word joiner.
        case 0x0591...0x05BD, 0x05BF, 0x05C1, 0x05C2, 0x05C4, 0x05C5, 0x05C7, 0x200B...0x200F, 0x202A...0x202E, 0x2060...0x2069, 0xFEFF: true
        default: false
        }
    }
    private func isSpace(_ scalar: UInt32) -> Bool {
        scalar <= 0x20 || scalar == 0xA0 || (0x2000...0x200A).contains(scalar) || scalar == 0x2028 || scalar == 0x2029 || scalar == 0x202F
            || scalar == 0x3000
    }
}
