/// A telephone number in the one form in which it is kept, E.164.
enum PhoneForm {
    /// - Returns: for example `+972501234567`; nil for what no telephone in Israel or abroad can have.
    static func e164(_ text: String) -> String? {
        let allowed = text.filter { !" -().\u{200E}\u{200F}".contains($0) }
        let isAbroad = allowed.hasPrefix("+") || allowed.hasPrefix("00")
        let digits = allowed.hasPrefix("+") ? allowed.dropFirst() : allowed.hasPrefix("00") ? allowed.dropFirst(2) : allowed[...]
        guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        if digits.hasPrefix("972") {
            let rest = digits.dropFirst(3)
            return national(rest.hasPrefix("0") ? rest.dropFirst() : rest)
        }
        if isAbroad { return (8...15).contains(digits.count) && !digits.hasPrefix("0") ? "+" + digits : nil }
        if digits.hasPrefix("0") { return national(digits.dropFirst()) }
        // 1-700, 1-800 and their like cannot be called from abroad, but they are kept like the others.
        if digits.hasPrefix("1"), digits.count == 10 { return "+972" + digits }
        return nil
    }

    /// Without the leading zero: 5x and 7x have nine digits, the areas eight.
    private static func national(_ digits: Substring) -> String? {
        guard let first = digits.first else { return nil }
        let length = "57".contains(first) ? 9 : "23489".contains(first) ? 8 : 0
        return digits.count == length ? "+972" + digits : nil
    }

    /// The digits as a caller says them, without what comes before in other countries: `501234567`.
    static func spokenCore(_ e164: String) -> Substring { e164.hasPrefix("+972") ? e164.dropFirst(4) : e164.dropFirst() }
}
