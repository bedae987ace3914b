import ArgumentParser
import Hebrew

struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints each line's sentences, as they would be handed to a voice one after the other.",
        discussion: "The sentences of a line are parted by \" | \".")

    @Option(help: "Words after which the first piece may end at a comma; 0 for whole sentences.")
    var first = 4

    @Flag(help: "One JSON object for each line: text, value (the pieces).")
    var json = false

    @Flag(help: "Feed letter by letter, as a stream that could not come in smaller pieces.")
    var stream = false

    @Argument(help: "Texts to split, instead of lines from standard input.")
    var texts: [String] = []

    func validate() throws {
        guard first >= 0 else { throw ValidationError("--first takes a number of words, or 0.") }
    }

    func run() {
        var splitter = SentenceSplitter(firstPiece: first == 0 ? nil : first)
        Lines.forEach(texts) { line in
            var pieces: [String] = []
            if stream {
                for character in line { pieces += splitter.feed(String(character)) }
            } else {
                pieces = splitter.feed(line)
            }
            pieces += splitter.finish()
            guard json else { return Lines.put(pieces.joined(separator: " | ")) }
            Lines.put(#"{"text":\#(Lines.quoted(line)),"value":[\#(pieces.map(Lines.quoted).joined(separator: ","))]}"#)
        }
    }
}
