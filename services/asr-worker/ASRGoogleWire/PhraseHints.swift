/// The hints that fit into one request, the most important first.
enum PhraseHints {
    /// Google's limits for one request: characters of a phrase and of all, and how many phrases. v2's model takes a dictionary of a thousand.
    static let longest = 100
    static let characters = 100_000
    static func most(_ version: GoogleRecognition.Version) -> Int { version == .v2 ? 1000 : 5000 }

    static func fitting(_ phrases: [String], to version: GoogleRecognition.Version) -> [String] {
        var seen: Set<String> = []
        var taken: [String] = []
        var left = characters
        for phrase in phrases {
            let words = phrase.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            // Counted in code points, which is never less than what Google may count as characters.
            let count = words.unicodeScalars.count
            guard count > 0, count <= longest, count <= left, seen.insert(words).inserted else { continue }
            left -= count
            taken.append(words)
            if taken.count == most(version) { break }
        }
        return taken
    }
}
