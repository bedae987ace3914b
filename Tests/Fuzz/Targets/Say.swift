import Hebrew

func sayFault(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
    let kind = bytes.first ?? 0
    let options = SpokenOptions(
        clock: SpokenOptions.Clock.allCases[Int(kind) % 3], namesDayPart: kind & 4 == 0, latin: kind & 8 == 0 ? .leave : .spell,
        calendar: SpokenOptions.Calendar.allCases[Int(kind) / 16 % 3], keepsPoints: kind & 64 == 0, lexicon: kind & 128 == 0 ? none : some)
    let spoken = HebrewSpeech.spoken(text, options: options)
    if spoken.hasPrefix(" ") || spoken.hasSuffix(" ") || spoken.contains("  ") { return "white space in \(spoken)" }
    // The longest word for one character is a fraction of a currency; a number of ten figures has about a hundred letters.
    if spoken.utf8.count > 400 + text.utf8.count * 40 { return "\(text.utf8.count) bytes become \(spoken.utf8.count)" }
    let letters = text.unicodeScalars.contains { $0.properties.isAlphabetic && !(0x05D0...0x05EA).contains($0.value) }
    if !letters, spoken.utf8.contains(where: { (0x30...0x39).contains($0) }) { return "a figure is left in \(spoken)" }
    let phonemes = Pronunciation.espeakInput(for: spoken)
    let brackets = phonemes.utf8.reduce((open: 0, closed: 0)) { ($0.open + ($1 == 0x5B ? 1 : 0), $0.closed + ($1 == 0x5D ? 1 : 0)) }
    if brackets.open != brackets.closed || brackets.open % 2 != 0 { return "an open span in \(phonemes)" }
    return splitFault(text, cut: Int(kind))
}

private let none = SpokenLexicon()
private let some = SpokenLexicon(["דירה": "דִּירָה", "תל אביב": "תֵּל אָבִיב", "a b": "איי בי", "5": "חמש"])

/// However the text arrives, the sentences are the same, and together they are the text.
private func splitFault(_ text: String, cut: Int) -> String? {
    let first = cut % 5 == 0 ? nil : cut % 5
    var whole = SentenceSplitter(firstPiece: first)
    let pieces = whole.feed(text) + whole.finish()
    let scalars = Array(text.unicodeScalars)
    var parts = SentenceSplitter(firstPiece: first)
    var found: [String] = []
    let size = 1 + cut % 17
    var place = 0
    while place < scalars.count {
        let end = min(scalars.count, place + size)
        found += parts.feed(String(String.UnicodeScalarView(scalars[place..<end])))
        place = end
    }
    found += parts.finish()
    if !found.elementsEqual(pieces, by: { $0.unicodeScalars.elementsEqual($1.unicodeScalars) }) {
        return "\(pieces) in one, \(found) in parts of \(size)"
    }
    let kept = pieces.flatMap { Array($0.unicodeScalars) }.filter { !$0.properties.isWhitespace }
    return kept == scalars.filter { !$0.properties.isWhitespace } ? nil : "the pieces are not the text: \(pieces)"
}
