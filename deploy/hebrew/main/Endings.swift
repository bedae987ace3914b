import ArgumentParser
import Hebrew

struct Endings: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints how often a noun's ending would mistake its gender, measured on the list of nouns, with all the mistakes.")

    func run() {
        let nouns = NounLexicon.nouns.filter { !$0.singular.contains(" ") && !$0.isAdjective }
        let plurals = nouns.filter { $0.plural != $0.singular }
        let unknown = plurals.filter { NounEnding.gender(ofPlural: $0.plural) == nil }
        let wrong = plurals.filter { noun in NounEnding.gender(ofPlural: noun.plural).map { $0 != noun.gender } ?? false }
        let wrongSingulars = nouns.filter { NounEnding.gender(ofSingular: $0.singular) != $0.gender }
        print("nouns \(NounLexicon.nouns.count), of one word \(nouns.count)")
        print("plurals \(plurals.count): wrong \(wrong.count) (\(share(wrong.count, plurals.count))), without an ending \(unknown.count)")
        print("  " + wrong.map(\.plural).joined(separator: " "))
        print("singulars \(nouns.count): wrong \(wrongSingulars.count) (\(share(wrongSingulars.count, nouns.count)))")
        print("  " + wrongSingulars.map(\.singular).joined(separator: " "))
    }

    private func share(_ part: Int, _ whole: Int) -> String { "\((Double(part) / Double(whole) * 1_000).rounded() / 10) %" }
}
