/// First names that are common in Israel, by letters.
package enum FirstNames {
    package enum Gender: String, Sendable { case masculine, feminine, either }

    /// What the list says of a name as it is spelt.
    package struct Entry: Sendable, Hashable {
        /// The usual spelling.
        package let name: String
        package let gender: Gender
    }

    /// Nil for a name that the list does not have; that says nothing about whether it is one.
    package static func entry(_ name: String) -> Entry? { table[NameTable.key(name)] }
    package static var count: Int { Set(table.values.map(\.name)).count }

    static func entry(_ key: WordKey) -> Entry? { byWord[key] }
    /// First words of names of two words, with all that may follow.
    static func pair(_ first: WordKey, _ second: WordKey) -> Entry? { pairs[first]?[second] }

    private static let table: [String: Entry] = {
        var table: [String: Entry] = [:]
        for (spellings, gender) in NameTable.rows(masculine).map({ ($0, Gender.masculine) }) + NameTable.rows(feminine).map({ ($0, Gender.feminine) })
        {
            for (index, spelling) in spellings.enumerated() {
                let key = NameTable.key(spelling)
                if let known = table[key] {
                    // A spelling of its own outweighs a variant of another name; the same name in both lists is anybody's.
                    if known.name == spellings[0], known.gender != gender {
                        table[key] = Entry(name: known.name, gender: .either)
                    } else if index == 0 {
                        table[key] = Entry(name: spellings[0], gender: gender)
                    }
                } else {
                    table[key] = Entry(name: spellings[0], gender: gender)
                }
            }
        }
        return table
    }()

    private static let byWord: [WordKey: Entry] = NameTable.byWord(table)
    private static let pairs: [WordKey: [WordKey: Entry]] = NameTable.pairs(table)
}

/// Family names that are common in Israel.
package enum FamilyNames {
    package static func contains(_ name: String) -> Bool { table[NameTable.key(name)] != nil }
    package static var count: Int { Set(table.values).count }

    static func contains(_ key: WordKey) -> Bool { byWord[key] != nil }
    static func isPair(_ first: WordKey, _ second: WordKey) -> Bool { pairs[first]?[second] != nil }

    private static let table: [String: String] = {
        var table: [String: String] = [:]
        for spellings in NameTable.rows(all) {
            for spelling in spellings { table[NameTable.key(spelling), default: spellings[0]] = table[NameTable.key(spelling)] ?? spellings[0] }
        }
        return table
    }()

    private static let byWord: [WordKey: String] = NameTable.byWord(table)
    private static let pairs: [WordKey: [WordKey: String]] = NameTable.pairs(table)
}

/// Reads the data files of names.
enum NameTable {
    /// Each name with its other spellings, the usual one first.
    static func rows(_ data: String) -> [[String]] {
        data.split(whereSeparator: \.isWhitespace).map { item in
            item.split(separator: "/").map { spelling in
                // A trailing joint only tells two entries of one spelling apart.
                String(spelling.hasSuffix("_") ? spelling.dropLast() : spelling).replacing("_", with: " ")
            }
        }
    }

    /// Letters in one form; two words stay two.
    static func key(_ name: String) -> String { name.split(separator: " ").map { WordKey($0).withoutMarks.text }.joined(separator: " ") }

    static func byWord<Value>(_ table: [String: Value]) -> [WordKey: Value] {
        Dictionary(table.filter { !$0.key.contains(" ") }.map { (WordKey($0.key), $0.value) }) { first, _ in first }
    }

    static func pairs<Value>(_ table: [String: Value]) -> [WordKey: [WordKey: Value]] {
        var pairs: [WordKey: [WordKey: Value]] = [:]
        for (name, value) in table {
            let words = name.split(separator: " ")
            if words.count == 2 { pairs[WordKey(words[0]), default: [:]][WordKey(words[1])] = value }
        }
        return pairs
    }
}
