/// Base64 by RFC 4648, strict: no white space, canonical ends, the padding that the alphabet asks for.
package enum Base64 {
    /// Which 64 characters, and whether the end is padded.
    package enum Alphabet: Sendable {
        /// RFC 4648 section 4: `+`, `/`, padded with `=`. Twilio's media payloads and signatures, HTTP basic auth.
        case standard
        /// RFC 4648 section 5: `-`, `_`, without padding. Tokens in addresses.
        case urlSafe
    }

    /// ASCII characters of the encoding.
    package static func encodeToBytes(_ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard) -> [UInt8] {
        bytes.withContiguousStorageIfAvailable { encode($0, alphabet) } ?? Array(bytes).withUnsafeBufferPointer { encode($0, alphabet) }
    }

    package static func encode(_ bytes: some Collection<UInt8>, alphabet: Alphabet = .standard) -> String {
        String(decoding: encodeToBytes(bytes, alphabet: alphabet), as: UTF8.self)
    }

    /// nil if the text is not exactly one encoding of some bytes.
    package static func decode(_ text: some Collection<UInt8>, alphabet: Alphabet = .standard) -> [UInt8]? {
        if let result = text.withContiguousStorageIfAvailable({ decode($0, alphabet) }) { return result }
        return Array(text).withUnsafeBufferPointer { decode($0, alphabet) }
    }

    /// nil if the text is not exactly one encoding of some bytes.
    package static func decode(_ text: String, alphabet: Alphabet = .standard) -> [UInt8]? {
        decode(text.utf8, alphabet: alphabet)
    }

    private static func encode(_ input: UnsafeBufferPointer<UInt8>, _ alphabet: Alphabet) -> [UInt8] {
        let padded = alphabet == .standard
        let rest = input.count % 3
        let size = padded ? (input.count + 2) / 3 * 4 : input.count / 3 * 4 + (rest == 0 ? 0 : rest + 1)
        return [UInt8](unsafeUninitializedCapacity: size) { output, written in
            (padded ? Tables.standard : Tables.urlSafe).withUnsafeBufferPointer { table in
                var source = 0
                var target = 0
                func put(_ value: UInt32, _ shift: UInt32) {
                    output[target] = table[Int(value >> shift & 63)]
                    target += 1
                }
                while source + 3 <= input.count {
                    let value = UInt32(input[source]) << 16 | UInt32(input[source + 1]) << 8 | UInt32(input[source + 2])
                    put(value, 18)
                    put(value, 12)
                    put(value, 6)
                    put(value, 0)
                    source += 3
                }
                if rest > 0 {
                    let value = UInt32(input[source]) << 16 | (rest == 2 ? UInt32(input[source + 1]) << 8 : 0)
                    put(value, 18)
                    put(value, 12)
                    if rest == 2 { put(value, 6) }
                }
                while target < size {
                    output[target] = UInt8(ascii: "=")
                    target += 1
                }
            }
            written = size
        }
    }

    private static func decode(_ text: UnsafeBufferPointer<UInt8>, _ alphabet: Alphabet) -> [UInt8]? {
        var length = text.count
        if alphabet == .standard {
            guard length % 4 == 0 else { return nil }
            for _ in 0..<2 where length > 0 && text[length - 1] == UInt8(ascii: "=") { length -= 1 }
        }
        let rest = length % 4
        guard rest != 1 else { return nil }
        let size = length / 4 * 3 + (rest == 0 ? 0 : rest - 1)
        var valid = true
        let result = [UInt8](unsafeUninitializedCapacity: size) { output, written in
            (alphabet == .standard ? Tables.standardValues : Tables.urlSafeValues).withUnsafeBufferPointer { values in
                var source = 0
                var target = 0
                // A value is at most 63; 0xFF marks a foreign character. Collected, and judged once at the end.
                var seen: UInt8 = 0
                func value(_ index: Int) -> UInt32 {
                    let value = values[Int(text[index])]
                    seen |= value
                    return UInt32(value)
                }
                while source + 4 <= length {
                    let word = value(source) << 18 | value(source + 1) << 12 | value(source + 2) << 6 | value(source + 3)
                    output[target] = UInt8(truncatingIfNeeded: word >> 16)
                    output[target + 1] = UInt8(truncatingIfNeeded: word >> 8)
                    output[target + 2] = UInt8(truncatingIfNeeded: word)
                    source += 4
                    target += 3
                }
                if rest > 0 {
                    let word = value(source) << 18 | value(source + 1) << 12 | (rest == 3 ? value(source + 2) << 6 : 0)
                    output[target] = UInt8(truncatingIfNeeded: word >> 16)
                    if rest == 3 { output[target + 1] = UInt8(truncatingIfNeeded: word >> 8) }
                    // Bits after the last whole byte must be 0, or two texts would mean the same bytes.
                    if word & (rest == 2 ? 0xFFFF : 0xFF) != 0 { valid = false }
                }
                if seen & 0x80 != 0 { valid = false }
            }
            written = size
        }
        return valid ? result : nil
    }

    private enum Tables {
        static let standard = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        static let urlSafe = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        static let standardValues = inverse(standard)
        static let urlSafeValues = inverse(urlSafe)

        private static func inverse(_ table: [UInt8]) -> [UInt8] {
            var values = [UInt8](repeating: 0xFF, count: 256)
            for (value, character) in table.enumerated() { values[Int(character)] = UInt8(value) }
            return values
        }
    }
}
