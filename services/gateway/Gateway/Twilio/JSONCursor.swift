import Glibc

/// A position in JSON text (RFC 8259): the few steps that a strict single-pass walk needs. No tree, no allocation.
///
/// The bytes belong to the caller of the parser and outlive the walk.
struct JSONCursor {
    /// A string between its quotes, still escaped.
    struct Span {
        var start: Int
        var end: Int
        var isEscaped: Bool

        static let none = Span(start: -1, end: -1, isEscaped: false)
        var exists: Bool { start >= 0 }
    }

    private let base: UnsafePointer<UInt8>
    let count: Int
    private(set) var position = 0
    /// Whether any byte above 0x7F was passed; only then is the text checked for UTF-8.
    private(set) var hasNonASCII = false
    private let maximumDepth: Int

    init(_ bytes: UnsafeBufferPointer<UInt8>, base: UnsafePointer<UInt8>, maximumDepth: Int) {
        self.base = base
        self.count = bytes.count
        self.maximumDepth = maximumDepth
    }

    // MARK: Steps

    mutating func skipSpace() {
        while position < count {
            switch base[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// The next byte after white space, or 0 at the end (0 is never legal there).
    mutating func peek() -> UInt8 {
        skipSpace()
        return position < count ? base[position] : 0
    }

    mutating func expect(_ byte: UInt8, _ detail: StaticString) throws(MediaMessageError) {
        guard peek() == byte else { throw error(detail) }
        position += 1
    }

    /// Calls `member` at the value of each member; `member` must consume exactly that value.
    @inline(__always)
    mutating func object(depth: Int, _ member: (inout JSONCursor, Span) throws(MediaMessageError) -> Void) throws(MediaMessageError) {
        guard depth <= maximumDepth else { throw MediaMessageError(.tooDeep, at: position, "nesting") }
        try expect(UInt8(ascii: "{"), "an object")
        if peek() == UInt8(ascii: "}") {
            position += 1
            return
        }
        while true {
            guard peek() == UInt8(ascii: "\"") else { throw error("a member name") }
            let key = try string()
            try expect(UInt8(ascii: ":"), "a colon")
            try member(&self, key)
            switch peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return
            default: throw error("a comma or the end of the object")
            }
        }
    }

    /// The string that begins at `position`.
    mutating func string() throws(MediaMessageError) -> Span {
        let start = position + 1
        var index = start
        var escaped = false
        var gathered: UInt8 = 0
        while index < count {
            index = passPlain(from: index)
            guard index < count else { break }
            let byte = base[index]
            if byte == UInt8(ascii: "\"") {
                position = index + 1
                if gathered >= 0x80 { hasNonASCII = true }
                return Span(start: start, end: index, isEscaped: escaped)
            }
            guard byte >= 0x20 else { throw MediaMessageError(.syntax, at: index, "a control character in a string") }
            if byte == UInt8(ascii: "\\") {
                escaped = true
                index += try escapeLength(at: index)
            } else {
                gathered |= byte
                index += 1
            }
        }
        throw MediaMessageError(.syntax, at: count, "the end of a string")
    }

    /// The first byte from `start` on that is not plain text (a quote, a backslash, a control character or a byte above 0x7F), or one of the
    /// last seven. Eight bytes at a time: most of a media message is one long string.
    @inline(__always)
    private func passPlain(from start: Int) -> Int {
        let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
        var index = start
        while index + 8 <= count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base).loadUnaligned(fromByteOffset: index, as: UInt64.self))
            let (quote, backslash) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C))
            // The highest bit of a byte: it is zero in the difference, or below 0x20, or has that bit itself. A borrow may report the bytes above
            // one that was found, never the ones below it.
            let found = ((quote &- ones) & ~quote | (backslash &- ones) & ~backslash | (word &- ones &* 0x20) | word) & highs
            guard found == 0 else { return index + found.trailingZeroBitCount / 8 }
            index += 8
        }
        return index
    }

    private func escapeLength(at index: Int) throws(MediaMessageError) -> Int {
        guard index + 1 < count else { throw MediaMessageError(.syntax, at: count, "an escape") }
        switch base[index + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
            UInt8(ascii: "r"), UInt8(ascii: "t"):
            return 2
        case UInt8(ascii: "u"):
            guard index + 5 < count, unit(at: index + 2) != nil else { throw MediaMessageError(.syntax, at: index, "four hexadecimal digits") }
            return 6
        default: throw MediaMessageError(.syntax, at: index, "an escape")
        }
    }

    /// The UTF-16 unit of four hexadecimal digits.
    private func unit(at index: Int) -> UInt32? {
        var value: UInt32 = 0
        for offset in 0..<4 {
            switch base[index + offset] {
            case let byte where byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"): value = value << 4 | UInt32(byte - 0x30)
            case let byte where byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "f"): value = value << 4 | UInt32(byte - 0x61 + 10)
            case let byte where byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "F"): value = value << 4 | UInt32(byte - 0x41 + 10)
            default: return nil
            }
        }
        return value
    }

    /// Passes one value of any kind and gives the text of a number or a literal, for those who want it.
    @discardableResult
    mutating func skip(depth: Int) throws(MediaMessageError) -> Span {
        guard depth <= maximumDepth else { throw MediaMessageError(.tooDeep, at: position, "nesting") }
        switch peek() {
        case UInt8(ascii: "\""): return try string()
        case UInt8(ascii: "{"):
            try object(depth: depth) { (cursor, _) throws(MediaMessageError) in try cursor.skip(depth: depth + 1) }
            return .none
        case UInt8(ascii: "["):
            position += 1
            if peek() == UInt8(ascii: "]") {
                position += 1
                return .none
            }
            while true {
                try skip(depth: depth + 1)
                let next = peek()
                guard next == UInt8(ascii: ",") || next == UInt8(ascii: "]") else { throw error("a comma or the end of the array") }
                position += 1
                if next == UInt8(ascii: "]") { return .none }
            }
        case UInt8(ascii: "t"): return try literal("true")
        case UInt8(ascii: "f"): return try literal("false")
        case UInt8(ascii: "n"):
            try literal("null")
            return .none
        default: return try number()
        }
    }

    @discardableResult
    private mutating func literal(_ word: StaticString) throws(MediaMessageError) -> Span {
        let span = Span(start: position, end: position + word.utf8CodeUnitCount, isEscaped: false)
        guard span.end <= count, equals(span, word) else { throw error("a value") }
        position = span.end
        return span
    }

    private mutating func number() throws(MediaMessageError) -> Span {
        let start = position
        if position < count, base[position] == UInt8(ascii: "-") { position += 1 }
        let leading = position
        try digits()
        if base[leading] == UInt8(ascii: "0"), position > leading + 1 { throw error("no leading zero") }
        if position < count, base[position] == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if position < count, base[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < count, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        return Span(start: start, end: position, isEscaped: false)
    }

    private mutating func digits() throws(MediaMessageError) {
        let start = position
        while position < count, base[position] >= 0x30, base[position] <= 0x39 { position += 1 }
        guard position > start else { throw error("a value") }
    }

    // MARK: Reading spans

    func equals(_ span: Span, _ word: StaticString) -> Bool {
        guard span.end - span.start == word.utf8CodeUnitCount else { return false }
        return memcmp(base + span.start, word.utf8Start, word.utf8CodeUnitCount) == 0
    }

    func bytes(_ span: Span) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: base + span.start, count: span.end - span.start) }

    /// A non-negative decimal that fits, else nil.
    func integer(_ span: Span) -> Int? {
        guard span.exists, span.end > span.start, span.end - span.start <= 18 else { return nil }
        var value = 0
        for index in span.start..<span.end {
            let byte = base[index]
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        return value
    }

    func text(_ span: Span) throws(MediaMessageError) -> String {
        let text = span.isEscaped ? String(validating: try unescaped(span), as: UTF8.self) : String(validating: bytes(span), as: UTF8.self)
        guard let text else { throw MediaMessageError(.text, at: span.start, "UTF-8") }
        return text
    }

    /// The string's UTF-8 without escapes.
    func unescaped(_ span: Span) throws(MediaMessageError) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(span.end - span.start)
        var index = span.start
        while index < span.end {
            guard base[index] == UInt8(ascii: "\\") else {
                result.append(base[index])
                index += 1
                continue
            }
            let kind = base[index + 1]
            index += 2
            switch kind {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0C)
            case UInt8(ascii: "n"): result.append(0x0A)
            case UInt8(ascii: "r"): result.append(0x0D)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"):
                var value = unit(at: index) ?? 0xFFFD
                index += 4
                if value >= 0xD800, value < 0xDC00, index + 6 <= span.end, base[index] == UInt8(ascii: "\\"), base[index + 1] == UInt8(ascii: "u"),
                    let low = unit(at: index + 2), low >= 0xDC00, low < 0xE000
                {
                    value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
                    index += 6
                }
                guard let scalar = Unicode.Scalar(value) else { throw MediaMessageError(.text, at: index, "a surrogate pair") }
                result.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            default: result.append(kind)
            }
        }
        return result
    }

    func error(_ detail: StaticString) -> MediaMessageError { MediaMessageError(.syntax, at: position, detail) }
}
