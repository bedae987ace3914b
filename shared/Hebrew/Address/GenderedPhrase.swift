/// The grammatical gender in which the agent speaks of itself: that of its voice.
package enum AgentGender: String, Sendable, Hashable, CaseIterable { case masculine, feminine }

/// How the caller is spoken to.
package enum CallerAddress: String, Sendable, Hashable, CaseIterable {
    /// Without any form that shows a gender, as one speaks to somebody unknown.
    case neutral
    case masculine, feminine, plural
}

/// A sentence of the agent with the forms that gender changes.
///
/// Two forms in braces are the agent's own, masculine and feminine: `רגע, אני {בודק|בודקת}`; an ending alone will do: `בודק{|ת}`. Four forms are for
/// the
/// caller: neutral, masculine, feminine, plural: `{אפשר לחזור|תוכל לחזור|תוכלי לחזור|תוכלו לחזור}`. Braces without a bar are places for answers and
/// stay.
package struct GenderedPhrase: Sendable, Hashable {
    private enum Part: Sendable, Hashable {
        case text(String)
        case agent(masculine: String, feminine: String)
        case caller([String])
    }

    private let parts: [Part]

    package init(_ template: String) throws(GenderedPhraseFault) {
        var parts: [Part] = []
        var rest = template[...]
        while let open = rest.firstIndex(of: "{") {
            if rest[..<open].contains("}") { throw .unopened }
            parts.append(.text(String(rest[..<open])))
            guard let close = rest[open...].firstIndex(of: "}") else { throw .unclosed }
            let inside = rest[rest.index(after: open)..<close]
            if inside.contains("{") { throw .nested }
            let forms = inside.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            switch forms.count {
            case 1: parts.append(.text("{\(inside)}"))
            case 2: parts.append(.agent(masculine: forms[0], feminine: forms[1]))
            case 4: parts.append(.caller(forms))
            default: throw .forms(forms.count)
            }
            rest = rest[rest.index(after: close)...]
        }
        if rest.contains("}") { throw .unopened }
        self.parts = parts + [.text(String(rest))]
    }

    package func text(agent: AgentGender, caller: CallerAddress = .neutral) -> String {
        parts.map { part in
            switch part {
            case .text(let text): text
            case .agent(let masculine, let feminine): agent == .masculine ? masculine : feminine
            case .caller(let forms): forms[CallerAddress.allCases.firstIndex(of: caller) ?? 0]
            }
        }.joined()
    }

    /// The sentence shows the agent's gender somewhere: a recording of it belongs to one voice.
    package var showsAgent: Bool { parts.contains { if case .agent = $0 { true } else { false } } }
    package var showsCaller: Bool { parts.contains { if case .caller = $0 { true } else { false } } }
}

/// Why a sentence with forms cannot be used.
package enum GenderedPhraseFault: Error, Hashable, Sendable {
    case unclosed, unopened, nested
    /// Neither two forms nor four.
    case forms(Int)

    package var code: String {
        switch self {
        case .unclosed: "phrase.unclosed"
        case .unopened: "phrase.unopened"
        case .nested: "phrase.nested"
        case .forms: "phrase.forms"
        }
    }

    package var cause: String {
        switch self {
        case .unclosed: "a brace is not closed"
        case .unopened: "a brace is closed that was not opened"
        case .nested: "braces stand within braces"
        case .forms(let count): "\(count) forms stand in braces"
        }
    }

    package var remedy: String {
        switch self {
        case .unclosed, .unopened, .nested: "Write every group of forms as {one|other}."
        case .forms: "Give two forms of the agent (masculine, feminine) or four for the caller (neutral, masculine, feminine, plural)."
        }
    }
}
