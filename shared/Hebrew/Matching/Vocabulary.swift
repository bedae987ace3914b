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
    /// Names by their consonants, and by these less one; a key is five bits a consonant.
    private let index: [UInt64: [Int]]
    private let mostWords: Int

    package init(_ entries: [Entry]) {
        names = entries.flatMap { entry in
            entry.names.map { Name(id: entry.id, name: $0, letters: Sound.letters($0)) }.filter { !$0.letters.isEmpty }
        }
        var index: [UInt64: [Int]] = [:]
        for (position, name) in names.enumerated() {
            for key in Set(Sound.neighbours(Sound.skeleton(name.letters[...]))) { index[key, default: []].append(position) }
        }
        self.index = index
        mostWords = min(names.map { $0.name.split(whereSeparator: { $0 == " " || $0 == "-" }).count }.max() ?? 1, 5)
    }

    /// The best match of each place in the sentence, best first; each entry once.
    package func find(in sentence: String, atLeast threshold: Double = 0.78) -> [Match] {
        let text = SpokenText(sentence)
        let words = text.tokens.map { $0.kind == .word ? Sound.letters(String(decoding: text.bytes[$0.start..<$0.end], as: UTF8.self)) : [] }
        var matches: [Match] = []
        for start in 0..<text.count {
            var letters: [UInt8] = []
            for length in 1...mostWords where start + length <= text.count {
                // A sign or a number ends every name.
                guard !words[start + length - 1].isEmpty else { break }
                letters += words[start + length - 1]
                if let match = best(letters, text, start..<start + length, threshold) { matches.append(match) }
            }
        }
        // What fits a long name well outweighs what fits a short one better: of short names chance finds many.
        func weight(_ match: Match) -> Double { match.score + 0.015 * Double(min(match.name.count, 10)) }
        matches.sort { (weight($0), -$0.span.lowerBound) > (weight($1), -$1.span.lowerBound) }
        var kept: [Match] = []
        for match in matches where !kept.contains(where: { $0.id == match.id || $0.span.overlaps(match.span) }) { kept.append(match) }
        return kept
    }

    private func best(_ whole: [UInt8], _ text: SpokenText, _ range: Range<Int>, _ threshold: Double) -> Match? {
        var letters = whole[...]
        var prefix: Prefix = []
        var best: Match?
        // Without the letters written onto the first word: each one taken off costs a little.
        var penalty = 0.0
        while letters.count >= 2 {
            for key in Sound.neighbours(Sound.skeleton(letters)) {
                for position in index[key] ?? [] {
                    let name = names[position]
                    let longer = max(name.letters.count, letters.count)
                    // Letters that one of them lacks cost at least 0.3 each.
                    guard 1 - Double(longer - min(name.letters.count, letters.count)) * 0.3 / Double(longer) >= threshold else { continue }
                    let score = Sound.similarity(letters, name.letters[...]) - penalty
                    if score >= threshold, score > best?.score ?? 0 {
                        best = Match(id: name.id, name: name.name, score: score, span: text.span(range))
                    }
                }
            }
            guard prefix.letters + 2 < text[range.lowerBound].key.count, let first = letters.first, let letter = Prefix(letter: first),
                prefix.allows(letter)
            else { break }
            prefix.insert(letter)
            letters = letters.dropFirst()
            penalty += 0.02
        }
        return best
    }
}

/// How Hebrew words sound: which letters a recogniser takes for which.
enum Sound {
    /// Codes of ``WordKey``, without marks and spaces.
    static func letters(_ text: String) -> [UInt8] {
        text.unicodeScalars.compactMap { scalar in
            let code = WordKey.code(scalar.value)
            return code >= 1 && code <= 22 ? code : nil
        }
    }

    /// The consonants that are heard, letters of one sound as one; at most twelve, further ones do not count.
    static func skeleton(_ letters: ArraySlice<UInt8>) -> (key: UInt64, count: Int) {
        var (key, count, last): (UInt64, Int, UInt8) = (0, 0, 0)
        for letter in letters where count < 12 {
            let sound: UInt8
            switch letter {
            case 1, 5, 6, 10, 16: continue  // א ה ו י ע
            case 9: sound = 22  // ט as ת
            case 8, 19: sound = 11  // ח and ק as כ
            case 21, 7: sound = 15  // ש and ז as ס
            default: sound = letter
            }
            guard sound != last else { continue }
            key |= UInt64(sound) << UInt64(count * 5)
            (count, last) = (count + 1, sound)
        }
        return (key, count)
    }

    /// The skeleton and all that lack one of its consonants, so that one that was misheard costs no search.
    static func neighbours(_ skeleton: (key: UInt64, count: Int)) -> [UInt64] {
        guard skeleton.count >= 3 else { return [skeleton.key] }
        return [skeleton.key]
            + (0..<skeleton.count).map { index in
                let below = skeleton.key & ((1 << UInt64(index * 5)) - 1)
                return below | (skeleton.key >> UInt64((index + 1) * 5)) << UInt64(index * 5)
            }
    }

    /// 1 for the same letters, less for every one that differs, letters of one sound counting little.
    static func similarity(_ left: ArraySlice<UInt8>, _ right: ArraySlice<UInt8>) -> Double {
        if left == right { return 1 }
        guard !left.isEmpty, !right.isEmpty, left.count <= 40, right.count <= 40 else { return 0 }
        let right = Array(right)
        var row = [0.0]
        row.reserveCapacity(right.count + 1)
        for letter in right { row.append(row[row.count - 1] + silence(letter)) }
        for letter in left {
            var diagonal = row[0]
            row[0] += silence(letter)
            for (column, other) in right.enumerated() {
                let above = row[column + 1]
                row[column + 1] = min(diagonal + exchange(letter, other), above + silence(letter), row[column] + silence(other))
                diagonal = above
            }
        }
        return max(0, 1 - row[right.count] / Double(max(left.count, right.count)))
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
