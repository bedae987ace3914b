/// An account's key. It cannot be printed by accident: only who asks for `value` gets it.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package let value: String
    package init(_ value: String) { self.value = value }
    package var isEmpty: Bool { value.isEmpty }
    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: [:]) }

    /// A vendor's code (`insufficient_quota`, `INVALID_AUTH`, `1008`) for an operator's eyes; nil when it is a sentence, or repeats the key.
    package func code(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= 48, isEmpty || !text.contains(value),
            text.utf8.allSatisfy({ ($0 | 32) >= 97 && ($0 | 32) <= 122 || $0 >= 48 && $0 <= 57 || "_-.".utf8.contains($0) })
        else { return nil }
        return text
    }
}
