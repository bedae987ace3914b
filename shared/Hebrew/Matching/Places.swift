/// Towns and villages of Israel, with what callers and recognisers make of their names.
package enum Places {
    package struct Place: Sendable, Hashable {
        /// The usual name.
        package let name: String
        /// Other names and spellings.
        package let variants: [String]
    }

    package static let all: [Place] = NameTable.rows(data).map { Place(name: $0[0], variants: Array($0.dropFirst())) }

    /// The usual name of a place that is written exactly so, spelling of letters aside.
    package static func name(_ text: String) -> String? { table[NameTable.key(text)] }
    /// Of one word.
    static func contains(_ key: WordKey) -> Bool { byFirstWord[key]?.contains { $0.words.count == 1 } ?? false }

    /// Names as they are looked for in a sentence, the longest first.
    static let byFirstWord: [WordKey: [(words: [WordKey], name: String)]] = {
        var table: [WordKey: [(words: [WordKey], name: String)]] = [:]
        for (spelling, name) in Places.table {
            let words = spelling.split(separator: " ").map { WordKey($0) }
            if let first = words.first, !first.isNone { table[first, default: []].append((words, name)) }
        }
        return table.mapValues { $0.sorted { $0.words.count > $1.words.count } }
    }()

    /// For names that were misheard or misspelt in a way that the list does not have.
    package static let vocabulary = Vocabulary(all.map { Vocabulary.Entry(id: $0.name, names: [$0.name] + $0.variants.filter { $0.count > 3 }) })

    private static let table: [String: String] = {
        var table: [String: String] = [:]
        for place in all {
            for name in [place.name] + place.variants { table[NameTable.key(name), default: place.name] = table[NameTable.key(name)] ?? place.name }
        }
        return table
    }()
}
