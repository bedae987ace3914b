/// Looks at a header's bytes before they are decoded. Not a parser: it refuses what a decoder would take and the rest of the program could
/// not bear. The contract says the same to other languages: nesting up to 32, numbers within ±2^53.
package enum HeaderGuard {
    /// The deepest real message has 6 levels.
    package static let maximumDepth = 32
    /// 2^53, the largest whole number that every JSON reader keeps exactly (RFC 8259, section 6). Times 1,000 it still fits into Int64: no
    /// conversion of units can trap on what a peer has written.
    package static let maximumNumber = 9_007_199_254_740_992.0

    /// - Returns: why the header is refused, or nil.
    package static func fault(_ header: [UInt8]) -> String? {
        header.withUnsafeBufferPointer { fault($0) }
    }

    private static func fault(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        var depth = 0
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                index += 1
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > maximumDepth { return "nested deeper than \(maximumDepth)" }
                index += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                index += 1
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let start = index
                var isPlain = true
                while index < bytes.count, isNumber(bytes[index]) {
                    if bytes[index] | 0x20 == UInt8(ascii: "e") { isPlain = false }
                    index += 1
                }
                // Up to 15 digits are below the limit, whatever they are.
                if isPlain, index - start <= 15 { continue }
                guard index - start <= 64, let value = Double(String(decoding: bytes[start..<index], as: UTF8.self)),
                    abs(value) <= maximumNumber
                else { return "a number beyond 2^53" }
            default: index += 1
            }
        }
        return nil
    }

    private static func isNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }
}
