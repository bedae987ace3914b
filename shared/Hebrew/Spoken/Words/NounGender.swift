/// The grammatical gender of a counted noun. Numbers that count nothing (digits, hours, house numbers, scores) are feminine.
package enum NounGender: Sendable, Hashable {
    case masculine, feminine
}
