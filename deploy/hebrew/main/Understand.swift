import ArgumentParser
import Foundation
import Hebrew

struct Understand: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what each line means: a date, a time, a number and so on.",
        discussion: """
            Plain answers, one line for each line read: an ISO date, HH:MM, an ISO local date and time, an ISO 8601 duration, E.164, a number, an \
            amount as 49.90 ILS, nine digits, yes, no or unsure, a name, true or false; none where there is nothing. Of several readings the \
            likeliest is printed; --json prints all.
            """)

    @Option(help: "date, time, datetime, duration, phone, number, price, id, yesno, name, goodbye or place.")
    var kind: Kind = .date

    @Option(help: "The moment of speaking, for instance 2026-03-01T10:00:00+02:00; without it, now.")
    var now: String?

    @Flag(help: "Each line read is kind, moment and text, separated by tabs; an empty moment means --now.")
    var tsv = false

    @Flag(help: "One JSON object for each line: value, span in characters, confidence, why, alternatives.")
    var json = false

    @Flag(help: "Of two readings of an hour take the one within the standard opening hours: Sunday to Thursday 09-22, Friday 09-15.")
    var openingHours = false

    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case date, time, datetime, duration, phone, number, price, id, yesno, name, goodbye, place
    }

    func run() throws {
        guard let standing = now.map(Understand.moment) ?? Date() else {
            throw ValidationError("--now is no moment: write it as 2026-03-01T10:00:00+02:00.")
        }
        var number = 0
        var isFaulty = false
        while let line = readLine() {
            number += 1
            var (kind, moment, text) = (kind, standing, line)
            if tsv {
                let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3, let own = Kind(rawValue: String(fields[0])),
                    let time = fields[1].isEmpty ? standing : Understand.moment(String(fields[1]))
                else {
                    // The line still gets its answer, so that what is read stays beside what is printed.
                    FileHandle.standardError.write(Data("hebrew: line \(number) is not kind, moment and text\n".utf8))
                    isFaulty = true
                    Output.line(json ? "{\"value\":null}" : "none")
                    continue
                }
                (kind, moment, text) = (own, time, String(fields[2]))
            }
            let answer = Answer(Understanding(text, context: UnderstandingContext(now: moment, hours: openingHours ? .standard : nil)), kind, text)
            Output.line(json ? answer.json : answer.plain)
        }
        if isFaulty { throw ExitCode(1) }
    }

    /// ISO 8601 with an offset or Z, with or without fractions of a second; without an offset the clocks of Jerusalem are meant.
    static func moment(_ text: String) -> Date? {
        let trimmed = text.trimmingCharacters(in: .whitespaces)
        if let date = (try? Date(trimmed, strategy: .iso8601))
            ?? (try? Date(trimmed, strategy: .iso8601.year().month().day().time(includingFractionalSeconds: true)))
        {
            return date
        }
        let parts = trimmed.split(whereSeparator: { $0 == "T" || $0 == " " })
        guard (1...2).contains(parts.count), let date = CivilDate(iso: parts[0]) else { return nil }
        let time = parts.count == 1 ? CivilTime.noon : CivilTime(parts[1].prefix(5))
        return time.map { CivilClock.jerusalem.instant(of: CivilDateTime(date, $0)).best }
    }
}

enum Output {
    static func line(_ text: String) {
        // One write for each line: who reads through a pipe may wait for it.
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
