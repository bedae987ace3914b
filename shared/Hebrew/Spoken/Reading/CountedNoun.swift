/// What a number counts, found behind it.
struct CountedNoun {
    var gender: NounGender
    /// Nil where it is not known.
    var singular: String?
    /// As the text has it, with its points.
    var written: String
    var dual: String?
    /// שלושת הימים.
    var isDefinite = false
    /// ימי עסקים: the article goes to the next word.
    var isConstruct = false
    /// שלוש מהדירות.
    var isPartitive = false
    var isAdjective = false
    /// The singular of a measure: עשרים שקל.
    var isSingular = false
    var end: Int
}

extension SpokenReader {
    /// - Parameter isOne: whether the number is 1, before which stands a singular.
    func countedNoun(_ place: Int, isOne: Bool) -> CountedNoun? {
        guard let word = word(place), !SpokenContext.uncounted.contains(word) else { return nil }
        // "3 ב-5": a prefix before another number.
        if isTight(place + 1), isDash(place + 1), NumberPrefix(word) != nil { return nil }
        if let next = self.word(place + 1), let found = NounLexicon.find(word + " " + next), found.form == .plural || isOne {
            let written = written(place) + " " + written(place + 1)
            return CountedNoun(gender: found.noun.gender, singular: found.noun.singular, written: written, end: place + 2)
        }
        if let found = NounLexicon.find(word) { return known(found.noun, found.form, place, isOne: isOne) }
        if let definite = definiteNoun(word, place) { return definite }
        return byEnding(word, place)
    }

    private func known(_ noun: NounLexicon.Noun, _ form: NounLexicon.Form, _ place: Int, isOne: Bool) -> CountedNoun? {
        var counted = CountedNoun(
            gender: noun.gender, singular: noun.singular, written: written(place), dual: noun.dual, isAdjective: noun.isAdjective, end: place + 1)
        switch form {
        case .plural: break
        case .constructPlural:
            // "ימי" alone is a name or nothing.
            guard word(place + 1) != nil, !isNumberPrefix(place + 1) else { return nil }
            counted.isConstruct = true
            counted.dual = nil
        case .singular:
            guard isOne || noun.isMeasure, !noun.isAdjective || isOne else { return nil }
            // "קומה 1 דירה 5" counts nothing.
            if isOne, digits(place + 1) != nil, SpokenContext.numbered.contains(noun.singular) { return nil }
            // "קומה 1 יום שני": the number belongs to the noun before it; "דירה 1 חדר" is of one room.
            let isNamed = previousWord(place - 1).flatMap { SpokenContext.bare($0) { SpokenContext.numbered.contains($0) } } != nil
            if isOne, isNamed, noun.singular != "חדר" { return nil }
            counted.isSingular = true
        }
        return counted
    }

    private func isNumberPrefix(_ place: Int) -> Bool {
        guard let word = word(place) else { return false }
        return NumberPrefix(word) != nil && isTight(place + 1)
    }

    /// הדירות, מהדירות.
    private func definiteNoun(_ word: String, _ place: Int) -> CountedNoun? {
        for (prefix, isPartitive) in [("ה", false), ("מה", true), ("מ", true), ("שבה", true)] where word.hasPrefix(prefix) {
            let rest = String(word.dropFirst(prefix.count))
            guard let found = NounLexicon.find(rest), found.form == .plural else { continue }
            // "3 מדינות" is a noun of its own, and found before.
            return CountedNoun(
                gender: found.noun.gender, singular: found.noun.singular, written: written(place), isDefinite: !isPartitive, isPartitive: isPartitive,
                end: place + 1)
        }
        return nil
    }

    private func byEnding(_ word: String, _ place: Int) -> CountedNoun? {
        guard word.utf8.count >= 8, !word.utf8.contains(0x22), let gender = NounEnding.gender(ofPlural: word), let first = word.first else {
            return nil
        }
        if SpokenContext.prefixLetters.contains(first), first != "ה" {
            // A known word behind a prefix stands by itself: 3 בדירות.
            let rest = String(word.dropFirst())
            if NounLexicon.find(rest) != nil || SpokenContext.uncounted.contains(rest) { return nil }
            if rest.hasPrefix("ה"), NounLexicon.find(String(rest.dropFirst())) != nil { return nil }
            // An infinitive: לעשות, לראות.
            if first == "ל", gender == .feminine { return nil }
        }
        // הראשונים has an article; הרשמות is a noun like הזמנות.
        let isDefinite = first == "ה" && gender == .masculine && word.utf8.count >= 10
        return CountedNoun(gender: gender, singular: nil, written: written(place), isDefinite: isDefinite, end: place + 1)
    }
}
