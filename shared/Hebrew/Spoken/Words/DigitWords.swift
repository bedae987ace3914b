/// Digits as they are dictated, with a pause (a comma) between groups.
enum DigitWords {
    static func words(_ digits: some StringProtocol) -> String {
        digits.utf8.compactMap { (0x30...0x39).contains($0) ? Cardinal.digit($0 - 0x30) : nil }.joined(separator: " ")
    }

    static func words(groups: [some StringProtocol]) -> String { groups.map { words($0) }.joined(separator: ", ") }

    /// Cuts a run of digits as people group it: up to four together, nine in threes, eight and sixteen in fours, else threes with the rest last.
    static func groups(_ digits: String) -> [Substring] {
        let count = digits.utf8.count
        let size: Int
        switch count {
        case ...4: return [digits[...]]
        case 8, 12, 16: size = 4
        default: size = 3
        }
        var result: [Substring] = []
        var rest = digits[...]
        // No single digit is left over: 10 are 3, 3 and 4.
        while rest.utf8.count > size + 1 || rest.utf8.count == size {
            result.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        if !rest.isEmpty { result.append(rest) }
        return result
    }
}
