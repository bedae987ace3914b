/// The nouns of ``NounData`` by each of their forms.
package enum NounLexicon {
    package struct Noun: Sendable, Equatable {
        package let singular: String
        package let plural: String
        package let gender: NounGender
        package var dual: String?
        package var constructPlural: String?
        /// The singular may follow any number: measures, and days, years and people after 11.
        package var isMeasure = false
        /// Counts like a noun, and yet 1 is not put behind it.
        package var isAdjective = false
    }

    enum Form: Sendable, Equatable {
        case singular, plural, constructPlural
    }

    package static let nouns: [Noun] = [NounData.first, NounData.second, NounData.third].flatMap { $0.entries.compactMap(noun) }

    /// The noun that has this form; of homonyms the first in the list.
    static func find(_ form: String) -> (noun: Noun, form: Form)? {
        guard let found = forms[form] else { return nil }
        return (nouns[found.index], found.form)
    }

    private static let forms: [String: (index: Int, form: Form)] = {
        var forms: [String: (index: Int, form: Form)] = [:]
        forms.reserveCapacity(nouns.count * 3)
        // A plural is met more often behind a number than a singular that looks like it.
        for (index, noun) in nouns.enumerated() where forms[noun.plural] == nil { forms[noun.plural] = (index, .plural) }
        for (index, noun) in nouns.enumerated() where forms[noun.singular] == nil { forms[noun.singular] = (index, .singular) }
        for (index, noun) in nouns.enumerated() {
            guard let construct = noun.constructPlural, forms[construct] == nil else { continue }
            forms[construct] = (index, .constructPlural)
        }
        return forms
    }()

    private static func noun(_ fields: [Substring]) -> Noun? {
        guard fields.count >= 3 else { return nil }
        let (singular, plural) = (String(fields[0]), String(fields[1]))
        var noun = Noun(singular: singular, plural: plural, gender: fields[2] == "f" ? .feminine : .masculine)
        if noun.gender == .masculine, plural.hasSuffix("ים"), !plural.contains(" ") { noun.constructPlural = plural.dropLast(2) + "י" }
        for option in fields.count > 3 ? fields[3].split(separator: " ") : [] {
            switch option {
            case "s": noun.isMeasure = true
            case "a":
                noun.isAdjective = true
                noun.constructPlural = nil
            case _ where option.hasPrefix("d="): noun.dual = String(option.dropFirst(2))
            case _ where option.hasPrefix("c="): noun.constructPlural = String(option.dropFirst(2))
            default: break
            }
        }
        return noun
    }
}

/// What the end of a word tells of its gender, for words that are in no list.
package enum NounEnding {
    /// A plural, or nil where the word has no ending of one.
    package static func gender(ofPlural word: String) -> NounGender? {
        if word.hasSuffix("ות") { return .feminine }
        if word.hasSuffix("ים") { return .masculine }
        return nil
    }

    package static func gender(ofSingular word: String) -> NounGender {
        word.hasSuffix("ה") || word.hasSuffix("ת") ? .feminine : .masculine
    }
}

extension String {
    /// The lines of a table: fields between tabs, without headings.
    var entries: [[Substring]] {
        split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
    }
}
