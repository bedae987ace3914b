/// Sentences with places for answers: `{city}` is replaced by the label of the answer given in the field `city`.
package enum Template {
    /// Names in braces, in order.
    package static func fields(in sentence: String) -> [String] {
        sentence.split(separator: "{", omittingEmptySubsequences: false).dropFirst().compactMap { part in
            part.firstIndex(of: "}").map { String(part[..<$0]) }
        }
    }

    /// A field without a label leaves nothing behind; the check at load time keeps that from happening.
    package static func render(_ sentence: String, labels: [String: String]) -> String {
        var result = ""
        var rest = sentence[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            result += labels[String(rest[rest.index(after: open)..<close])] ?? ""
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
