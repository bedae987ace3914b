/// A word without the letters that Hebrew writes onto its front (ו, ש, כ, ל, ב, מ, ה), for looking it up.
package enum WordStems {
    /// The word itself first, then with one letter less after the other, in the order in which prefixes can stand; two letters are always left.
    /// Which of them is meant is for the reader to know: שלום is a word and של behind nothing.
    package static func of(_ word: some StringProtocol) -> [String] {
        var stems = [String(word)]
        var rest = word.unicodeScalars[...]
        var prefix: Prefix = []
        while rest.count > 2, let first = rest.first, let letter = Prefix(letter: WordKey.code(first.value)), prefix.allows(letter) {
            prefix.insert(letter)
            rest = rest.dropFirst()
            stems.append(String(String.UnicodeScalarView(rest)))
        }
        return stems
    }
}
