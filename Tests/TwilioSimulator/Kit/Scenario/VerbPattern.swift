/// Which verbs a call executes, in order.
///
/// An item is a verb with or without what it is about (`play`, `play greeting_he`, `play r-*`, `dial`), `...` for any number of verbs, or ends
/// with `?` for a verb that may be missing.
package struct VerbPattern: Sendable, Equatable {
    package var items: [String]

    package init(_ items: [String]) { self.items = items }

    package func matches(_ verbs: [String]) -> Bool { Self.matches(items[...], verbs[...]) }

    private static func matches(_ items: ArraySlice<String>, _ verbs: ArraySlice<String>) -> Bool {
        guard let item = items.first else { return verbs.isEmpty }
        let rest = items.dropFirst()
        if item == "..." { return (0...verbs.count).contains { matches(rest, verbs.dropFirst($0)) } }
        if item.hasSuffix("?"), matches(rest, verbs) { return true }
        guard let verb = verbs.first, Self.item(item.hasSuffix("?") ? String(item.dropLast()) : item, names: verb) else { return false }
        return matches(rest, verbs.dropFirst())
    }

    /// Whether one item (without `...` and `?`) names a verb.
    package static func item(_ item: String, names verb: String) -> Bool {
        if glob(Array(item)[...], Array(verb)[...]) || glob(Array(item + ".mp3")[...], Array(verb)[...]) { return true }
        return !item.contains(" ") && verb.hasPrefix(item + " ")
    }

    private static func glob(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return text.isEmpty }
        if first == "*" { return (0...text.count).contains { glob(pattern.dropFirst(), text.dropFirst($0)) } }
        return text.first == first && glob(pattern.dropFirst(), text.dropFirst())
    }
}
