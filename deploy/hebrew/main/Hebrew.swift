import ArgumentParser

/// Hebrew as it is spoken and understood, for a terminal and for other programs.
@main
struct HebrewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hebrew",
        abstract: "Reads Hebrew lines from standard input and answers each with one line.",
        subcommands: [Understand.self, Phone.self, CalendarCommand.self, BenchUnderstand.self])
}
