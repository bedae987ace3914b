extension PhoneNumber {
    /// For screens: `050-123-4567`, `03-123-4567`, `1-700-123-456`, `*2700`, `+44 2079460958`.
    package var screen: String {
        guard let e164 else { return canonical }
        if kind == .foreign {
            let digits = canonical.dropFirst().utf8.map { $0 - 0x30 }
            let code = 1 + (CountryCodes.length(of: digits[...]) ?? 0)
            return PhoneNumber.split(e164, [code]).joined(separator: " ")
        }
        return groups.joined(separator: "-")
    }

    /// The same within marks that keep its order in right-to-left text, where `050-123-4567` would turn around.
    package var isolated: String { "\u{2066}\(screen)\u{2069}" }

    /// `+972 50-123-4567`: for readers abroad. Numbers that only exist in Israel stay as they are.
    package var international: String {
        guard isIsraeli, let e164 else { return screen }
        if national.hasPrefix("1") { return "+972 " + screen }
        return "+972 " + PhoneNumber.split(String(e164.dropFirst(4)), [kind == .landline ? 1 : 2, 3]).joined(separator: "-")
    }

    /// Digits in the groups in which they are read aloud, one by one: `["050", "123", "4567"]`. A star or plus is a group of its own.
    package var speechGroups: [String] {
        switch kind {
        case .star: ["*", String(canonical.dropFirst())]
        case .short, .emergency: [canonical]
        case .foreign:
            ["+"] + PhoneNumber.split(String(screen.dropFirst().prefix { $0 != " " }), [])
                + PhoneNumber.threes(String(screen.drop { $0 != " " }.dropFirst()))
        default: groups
        }
    }

    /// In words, groups separated by commas so that a voice pauses: "אפס חמש אפס, אחת שתיים שלוש, ארבע חמש שש שבע".
    package var spoken: String {
        let parts = speechGroups.map { group in
            group == "*"
                ? "כוכבית" : group == "+" ? "פלוס" : group.compactMap(\.wholeNumberValue).map { PhoneNumber.digitWords[$0] }.joined(separator: " ")
        }
        // No pause behind the star: it belongs to what follows.
        if kind == .star || kind == .foreign { return ([parts[0] + " " + parts[1]] + parts.dropFirst(2)).joined(separator: ", ") }
        return parts.joined(separator: ", ")
    }

    static let digitWords = ["אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע"]

    private var groups: [String] {
        switch kind {
        case .mobile, .voip: PhoneNumber.split(national, [3, 3])
        case .landline: PhoneNumber.split(national, [2, 3])
        case .tollFree, .sharedCost, .premium, .service:
            national.count == 10 ? PhoneNumber.split(national, [1, 3, 3]) : PhoneNumber.split(national, [4])
        case .star, .short, .emergency, .foreign: [canonical]
        }
    }

    private static func split(_ text: String, _ sizes: [Int]) -> [String] {
        var rest = text[...]
        var parts: [String] = []
        for size in sizes where rest.count > size {
            parts.append(String(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return parts + [String(rest)]
    }

    /// Groups of three, the last of two to four.
    private static func threes(_ text: String) -> [String] {
        var rest = text[...]
        var parts: [String] = []
        while rest.count > 4 {
            parts.append(String(rest.prefix(3)))
            rest = rest.dropFirst(3)
        }
        return rest.isEmpty ? parts : parts + [String(rest)]
    }
}
