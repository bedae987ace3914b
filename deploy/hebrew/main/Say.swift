import ArgumentParser
import Hebrew

extension SpokenOptions.Clock: ExpressibleByArgument {}
extension SpokenOptions.Latin: ExpressibleByArgument {}
extension SpokenOptions.Calendar: ExpressibleByArgument {}

/// How lines are spoken, for all subcommands that speak.
struct SpeechOptions: ParsableArguments {
    @Option(help: "natural: רבע לארבע אחר הצהריים; countdown: also עשר דקות לארבע; digital: חמש עשרה ארבעים וחמש.")
    var clock = SpokenOptions.Clock.natural

    @Flag(inversion: .prefixedNo, help: "Name the part of the day where a time tells it.")
    var dayPart = true

    @Option(help: "leave: words in other scripts stay; spell: letter by letter, known ones in Hebrew.")
    var latin = SpokenOptions.Latin.leave

    @Option(help: "gregorian, hebrew or both: of dates in figures with a year.")
    var calendar = SpokenOptions.Calendar.gregorian

    @Flag(inversion: .prefixedNo, help: "Keep vowel points.")
    var points = true

    @Option(help: "A reading of the business's own, WORD=READING. May be repeated.")
    var lexicon: [String] = []

    func options() throws -> SpokenOptions {
        var entries: [String: String] = [:]
        for entry in lexicon {
            let parts = entry.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--lexicon takes WORD=READING, not \"\(entry)\".") }
            entries[parts[0]] = parts[1]
        }
        return SpokenOptions(
            clock: clock, namesDayPart: dayPart, latin: latin, calendar: calendar, keepsPoints: points, lexicon: SpokenLexicon(entries))
    }
}

struct Say: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints each line as it is spoken.")

    @OptionGroup var speech: SpeechOptions

    @Flag(help: "One JSON object for each line: text, value (the spoken form), and the same by sentences.")
    var json = false

    @Flag(help: #"\n in a line is a line feed, as in files with one text on each line."#)
    var escapes = false

    @Argument(help: "Texts to speak, instead of lines from standard input.")
    var texts: [String] = []

    func run() throws {
        let options = try speech.options()
        Lines.forEach(texts) { line in
            let text = escapes ? line.replacing("\\n", with: "\n") : line
            let spoken = HebrewSpeech.spoken(text, options: options)
            guard json else { return Lines.put(spoken) }
            let sentences = HebrewSpeech.sentences(text).map { Lines.quoted(HebrewSpeech.spoken($0, options: options)) }
            Lines.put(#"{"text":\#(Lines.quoted(text)),"value":\#(Lines.quoted(spoken)),"sentences":[\#(sentences.joined(separator: ","))]}"#)
        }
    }
}
