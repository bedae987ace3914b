/// A business's own words (services, towns, names of staff), found in what a recogniser heard of them.
package struct Vocabulary: Sendable {
    package struct Entry: Sendable, Hashable {
        package let id: String
        /// The name, and whatever else it is called.
        package let names: [String]
        package init(id: String, names: [String]) { (self.id, self.names) = (id, names) }
    }

    package struct Match: Sendable, Hashable {
        package let id: String
        /// The entry's name that fits.
        package let name: String
        /// 0 to 1; 1 is letter for letter, below 0.75 is mostly chance.
        package let score: Double
        /// Offsets into the sentence's UTF-8.
        package let span: Range<Int>
    }

    private struct Name: Sendable {
        let id: String
        let name: String
        let letters: [UInt8]
    }

    private let names: [Name]
    /// Names by their consonants, and by these less one.
    private let index: [Sound.Key: [Int]]
    private let mostWords: Int

    package init(_ entries: [Entry]) {
        names = entries.flatMap { entry in
            entry.names.map { Name(id: entry.id, name: $0, letters: Sound.letters($0)) }.filter { !$0.letters.isEmpty }
        }
        var index: [Sound.Key: [Int]] = [:]
        for (position, name) in names.enumerated() {
            for key in Sound.neighbours(Sound.skeleton(name.letters)) { index[key, default: []].append(position) }
        }
        self.index = index
        mostWords = min(names.map { $0.name.split(whereSeparator: { $0 == " " || $0 == "-" }).count }.max() ?? 1, 5)
    }

    /// The best match of each place in the sentence, best first; each entry once.
    package func find(in sentence: String, atLeast threshold: Double = 0.78) -> [Match] {
        let text = SpokenText(sentence)
        var matches: [Match] = []
        for start in 0..<text.count {
            for length in 1...mostWords where start + length <= text.count {
                guard let match = best(text, start..<start + length, threshold) else { continue }
                matches.append(match)
            }
        }
        matches.sort { ($0.score, $0.span.count, -$0.span.lowerBound) > ($1.score, $1.span.count, -$1.span.lowerBound) }
        var kept: [Match] = []
        for match in matches where !kept.contains(where: { $0.id == match.id || $0.span.overlaps(match.span) }) { kept.append(match) }
        return kept
    }

    private func best(_ text: SpokenText, _ range: Range<Int>, _ threshold: Double) -> Match? {
        guard range.allSatisfy({ text[$0].kind == .word }) else { return nil }
        var letters = range.flatMap { Sound.letters(String(decoding: text.bytes[text[$0].start..<text[$0].end], as: UTF8.self)) }
        var prefix: Prefix = []
        var best: Match?
        // Without the letters written onto the first word: each one taken off costs a little.
        var penalty = 0.0
        while letters.count >= 2 {
            for position in candidates(letters) {
                let name = names[position]
                let score = Sound.similarity(letters, name.letters) - penalty
                if score >= threshold, score > best?.score ?? 0 { best = Match(id: name.id, name: name.name, score: score, span: text.span(range)) }
            }
            let first = text[range.lowerBound].key
            guard prefix.letters + 2 < first.count, let letter = Prefix(letter: letters[0]), prefix.allows(letter) else { break }
            prefix.insert(letter)
            letters.removeFirst()
            penalty += 0.02
        }
        return best
    }

    private func candidates(_ letters: [UInt8]) -> Set<Int> {
        var found: Set<Int> = []
        for key in Sound.neighbours(Sound.skeleton(letters)) { if let positions = index[key] { found.formUnion(positions) } }
        return found
    }
}

/// How Hebrew words sound: which letters a recogniser takes for which.
enum Sound {
    struct Key: Hashable, Sendable { let letters: [UInt8] }

    /// Codes of ``WordKey``, without marks and spaces.
    static func letters(_ text: String) -> [UInt8] {
        text.unicodeScalars.compactMap { scalar in
            let code = WordKey.code(scalar.value)
            return code >= 1 && code <= 22 ? code : nil
        }
    }

    /// The consonants that are heard, letters of one sound as one.
    static func skeleton(_ letters: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        for letter in letters {
            let sound: UInt8
            switch letter {
            case 1, 5, 6, 10, 16: continue  // א ה ו י ע
            case 9: sound = 22  // ט as ת
            case 8, 19: sound = 11  // ח and ק as כ
            case 21, 7: sound = 15  // ש and ז as ס
            default: sound = letter
            }
            if sound != result.last { result.append(sound) }
        }
        return result
    }

    /// The skeleton and all that lack one of its consonants, so that one that was misheard costs no search.
    static func neighbours(_ skeleton: [UInt8]) -> Set<Key> {
        var keys: Set<Key> = [Key(letters: skeleton)]
        guard (3...14).contains(skeleton.count) else { return keys }
        for index in skeleton.indices {
            var shorter = skeleton
            shorter.remove(at: index)
            keys.insert(Key(letters: shorter))
        }
        return keys
    }

    /// 1 for the same letters, less for every one that differs, letters of one sound counting little.
    static func similarity(_ left: [UInt8], _ right: [UInt8]) -> Double {
        if left == right { return 1 }
        guard !left.isEmpty, !right.isEmpty, left.count <= 40, right.count <= 40 else { return 0 }
        var previous = (0...right.count).map { right.prefix($0).reduce(0) { $0 + silence($1) } }
        for (row, letter) in left.enumerated() {
            var current = [previous[0] + silence(letter)]
            for (column, other) in right.enumerated() {
                current.append(min(previous[column] + exchange(letter, other), previous[column + 1] + silence(letter), current[column] + silence(other)))
            }
            previous = current
            if row > 60 { break }
        }
        return max(0, 1 - previous[right.count] / Double(max(left.count, right.count)))
    }

    /// What it costs that a letter is missing.
    private static func silence(_ letter: UInt8) -> Double {
        switch letter {
        case 1, 16, 5: 0.4
        case 6, 10: 0.3
        default: 1
        }
    }

    private static func exchange(_ left: UInt8, _ right: UInt8) -> Double {
        if left == right { return 0 }
        let (low, high) = (min(left, right), max(left, right))
        return switch (low, high) {
        case (9, 22), (11, 19), (8, 11): 0.2  // ט ת, כ ק, ח כ
        case (1, 16), (1, 5), (5, 16): 0.3  // א ע ה
        case (2, 6), (15, 21), (15, 18): 0.4  // ב ו, ס ש, ס צ
        case (7, 15), (4, 22), (4, 9), (13, 14), (2, 17), (3, 19): 0.6  // ז ס, ד ת, ד ט, מ נ, ב פ, ג ק
        case (6, 10): 0.5
        default: 1
        }
    }
}
