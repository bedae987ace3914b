import ArgumentParser
import Foundation
import Hebrew

struct CalendarCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calendar",
        abstract: "Prints days with their Hebrew date and what is marked on them.",
        discussion: """
            One line for each day: date, Hebrew year, month and day, holidays as name:day (0 is the eve), sunset, the time at which rest begins and \
            the one at which it ends (- on days without). Separated by tabs.
            """)

    @Option(help: "First day, for instance 2026-01-01.")
    var from: String

    @Option(help: "Last day.")
    var to: String

    @Option(help: "jerusalem, tel-aviv, haifa or beer-sheva.")
    var place = "jerusalem"

    func run() throws {
        guard let first = CivilDate(iso: from), let last = CivilDate(iso: to) else { throw ValidationError("Write days as 2026-01-01.") }
        let places: [String: ShabbatTimes] = ["jerusalem": .jerusalem, "tel-aviv": .telAviv, "haifa": .haifa, "beer-sheva": .beerSheva]
        guard let times = places[place] else { throw ValidationError("--place is one of \(places.keys.sorted().joined(separator: ", ")).") }
        var date = first
        while date <= last {
            let holidays = HolidayCalendar.days(on: date).map { "\($0.holiday.rawValue):\($0.number)" }.joined(separator: ",")
            let hebrew = HebrewDate(date).map { "\($0.year)\t\($0.month)\t\($0.day)" } ?? "\t\t"
            let (today, tomorrow) = (ShabbatTimes.forbidsWork(date), ShabbatTimes.forbidsWork(date.adding(days: 1)))
            let entry = tomorrow && !today ? times.entry(onEve: date).description : "-"
            let exit = today && !tomorrow ? times.exit(on: date).description : "-"
            Output.line("\(date)\t\(hebrew)\t\(holidays)\t\(times.sunset(on: date))\t\(entry)\t\(exit)")
            date = date.adding(days: 1)
        }
    }
}
