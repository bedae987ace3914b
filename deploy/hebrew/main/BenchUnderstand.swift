import ArgumentParser
import Foundation
import Hebrew

struct BenchUnderstand: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures what understanding a sentence of 200 letters costs, all kinds together and each alone.")

    @Option(help: "How often each is measured.")
    var rounds = 2000

    /// 200 letters, with something of most kinds in it.
    static let sentence =
        "שלום קוראים לי יעל כהן מראשון לציון אני רוצה לקבוע תור ליום שלישי הקרוב בשעה רבע לשמונה בערב לא סליחה ביום רביעי אחרי חמש הטלפון שלי הוא "
        + "אפס חמישים ושתיים שלוש מאות עשרים וחמש ארבעים ושש שבעים ושמונה התקציב הוא עד ארבע מאות ותשעים שקל לפגישה של שעה וחצי תודה רבה ולהתראות"

    func run() throws {
        guard let now = Understand.moment("2026-03-01T10:00:00+02:00") else { return }
        let context = UnderstandingContext(now: now)
        let letters = Self.sentence.unicodeScalars.filter { (0x05D0...0x05EA).contains($0.value) }.count
        Output.line("sentence of \(letters) letters, \(rounds) rounds, microseconds: median, 99th percentile")
        measure("all kinds") { _ = Understanding(Self.sentence, context: context).all() }
        let kinds: [(String, (Understanding) -> Void)] = [
            ("words only", { _ in }), ("date", { _ = $0.date() }), ("time", { _ = $0.time() }), ("datetime", { _ = $0.dateTime() }),
            ("duration", { _ = $0.duration() }), ("number", { _ = $0.number() }), ("price", { _ = $0.price() }), ("phone", { _ = $0.phone() }),
            ("id", { _ = $0.identity() }), ("yesno", { _ = $0.yesNo() }), ("name", { _ = $0.name() }), ("place", { _ = $0.place() }),
            ("goodbye", { _ = $0.goodbye() }),
        ]
        for (name, read) in kinds { measure(name) { read(Understanding(Self.sentence, context: context)) } }
        // What fills all that is read of a sentence with the same few words, over and over.
        let pieces = [
            "שלוש ", "מאה ועשרים ", "לא סליחה ", "052", "ב-", "כפול ", "יום שני ", "בין ", "רבע ל", "אלף ", "1 ", "תודה ביי ", "א", "15.3 ",
        ]
        let worst = pieces.map { piece in
            ContinuousClock().measure { _ = Understanding(String(repeating: piece, count: 4000), context: context).all() }
        }
        Output.line("the worst of \(pieces.count) sentences of 4,000 bytes: \(worst.max().map { "\($0)" } ?? "")")
        let half = String(Self.sentence.prefix(Self.sentence.count / 2))
        measure("matching form") { _ = MatchingForm(Self.sentence) }
        measure("same meaning") { _ = MatchingForm.sameMeaning(Self.sentence, half) }
        let places = Places.vocabulary
        measure("vocabulary of 600") { _ = places.find(in: Self.sentence) }
        measure("written phone") { _ = try? PhoneNumber(parsing: "+972 (0)52-778-0123") }
    }

    private func measure(_ name: String, _ work: () -> Void) {
        let clock = ContinuousClock()
        // The first rounds fill tables that are made once.
        for _ in 0..<20 { work() }
        var times = (0..<max(rounds, 1)).map { _ in clock.measure(work) }
        times.sort()
        func micros(_ duration: Duration) -> String {
            let value = Double(duration.components.attoseconds) / 1e12 + Double(duration.components.seconds) * 1e6
            return String((value * 10).rounded() / 10)
        }
        let padded = name.padding(toLength: 20, withPad: " ", startingAt: 0)
        Output.line("\(padded) \(micros(times[times.count / 2])) \(micros(times[min(times.count * 99 / 100, times.count - 1)]))")
    }
}
