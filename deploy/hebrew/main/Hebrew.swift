import ArgumentParser

/// Hebrew as it is spoken and understood, for a terminal and for other programs.
@main
struct HebrewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hebrew",
        abstract: "Hebrew text, spoken and understood: tries the library on lines from standard input.",
        discussion: "Prints one line for each line read, or one JSON object for each with --json.",
        subcommands: [
            Say.self, Understand.self, Phone.self, Split.self, CalendarCommand.self, Bench.self, BenchUnderstand.self, Endings.self,
        ])
}
