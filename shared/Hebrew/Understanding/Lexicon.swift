/// The words that the readers know, by what they may mean.
enum Lexicon {
    /// Every way to read the word, the one with the fewest prefixes first.
    static func readings(_ key: WordKey) -> [Reading] {
        guard !key.isNone else { return [] }
        var found: [Reading] = []
        var prefix: Prefix = []
        var rest = key
        while true {
            if let senses = senses(rest) { found.append(Reading(prefix: prefix, senses: senses)) }
            guard rest.count > 2, let next = Prefix(letter: rest.first), prefix.allows(next) else { break }
            prefix.insert(next)
            rest = rest.dropFirst(1)
        }
        return found
    }

    private static func senses(_ key: WordKey) -> [Sense]? {
        if let senses = table[key] { return senses }
        // A quotation mark behind a word, and gershayim that not everybody writes.
        if key.endsWithGeresh { return table[key.dropLast] }
        return nil
    }

    static func isHesitation(_ key: WordKey) -> Bool { hesitations.contains(key) }
    /// יום and what it is called otherwise, behind any prefix.
    static func isDayWord(_ key: WordKey) -> Bool { dayWords.contains(key) }

    /// "בניסן", "באדר", "במרץ": a letter before it is a day of that month.
    static func isInMonth(_ key: WordKey) -> Bool {
        guard key.first == 2, let senses = table[key.dropFirst(1)] else { return false }
        return senses.contains { sense in
            switch sense {
            case .month, .hebrewMonth: true
            default: false
            }
        }
    }

    private static let table: [WordKey: [Sense]] = {
        var table: [WordKey: [Sense]] = [:]
        for (words, sense) in entries {
            for word in words.split(whereSeparator: \.isWhitespace) {
                let key = WordKey(word)
                assert(!key.isNone, "\(word) is too long")
                if table[key]?.contains(sense) != true { table[key, default: []].append(sense) }
            }
        }
        return table
    }()

    private static let hesitations = keys("אה אהה אההה אהמ אהם אמ אם אממ אמממ אממממ הממ הממם המממ המ המם מממ ממ כאילו יעני אההם איי")
    private static let dayWords = keys("יום ביום ליום מיום ימי בימי שביום וביום")

    static func keys(_ words: String) -> Set<WordKey> { Set(words.split(whereSeparator: \.isWhitespace).map { WordKey($0) }) }
}

extension SpokenText {
    /// The first meaning that `pick` takes, of the word at `index`, among readings whose prefixes are all allowed.
    func sense<Value>(_ index: Int, _ allowed: Prefix = .any, _ pick: (Sense) -> Value?) -> (value: Value, prefix: Prefix)? {
        guard tokens.indices.contains(index) else { return nil }
        for reading in tokens[index].readings where reading.prefix.isSubset(of: allowed) {
            for sense in reading.senses { if let value = pick(sense) { return (value, reading.prefix) } }
        }
        return nil
    }

    func has(_ index: Int, _ keyword: Keyword, _ allowed: Prefix = .any) -> Bool {
        sense(index, allowed) { if case .keyword(keyword) = $0 { true } else { nil } } != nil
    }

    /// The word at `index` is exactly one of these letters, marks aside.
    func isWord(_ index: Int, _ words: Set<WordKey>) -> Bool {
        self[index].kind == .word && words.contains(self[index].key)
    }

    func timeUnit(_ index: Int, _ allowed: Prefix = []) -> (unit: TimeUnit, count: Int, prefix: Prefix)? {
        sense(index, allowed) { if case .timeUnit(let unit, let count) = $0 { (unit, count) } else { nil } }.map {
            ($0.value.0, $0.value.1, $0.prefix)
        }
    }

    /// Nothing more, or a sign that ends a clause.
    func isEnd(_ index: Int) -> Bool { self[index].kind == .mark }
}
