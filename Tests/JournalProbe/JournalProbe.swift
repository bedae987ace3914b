import BusContract
import CallVocabulary
import GatewayJournal
import Glibc
import Logging

/// Uses a journal as a gateway does, for tests that kill it or take its disk away. `journal-probe append|behind|refused DIRECTORY`.
@main
struct JournalProbe {
    static func main() async {
        guard CommandLine.arguments.count == 3 else { exit(64) }
        switch CommandLine.arguments[1] {
        case "append": await append(CommandLine.arguments[2])
        case "behind": await behind(CommandLine.arguments[2])
        case "refused": await refused(CommandLine.arguments[2])
        default: exit(64)
        }
    }

    private static func open(_ directory: String, _ limits: JournalLimits = JournalLimits()) async -> Journal {
        // Quiet: standard output is what the test reads.
        await Journal.open(directory: directory, limits: limits, logger: Logger(label: "probe") { _ in SwiftLogNoOpLogHandler() }) { 1_000_000_000 }.0
    }

    /// One write, so that a line is whole or absent.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(1, bytes, bytes.count)
    }

    private static let business = BusinessID("nadlan")
    private static func call(_ number: Int) -> CallID {
        let digits = String(number)
        guard let call = CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits) else { exit(70) }
        return call
    }
    private static func card(_ number: Int) -> JournalCall {
        JournalCall(
            call: call(number), business: business, caller: "+972501234567", called: "+97231234567", acceptedUnixMilliseconds: 1_000_000_000,
            generation: 1, opened: 0, tokenExpires: 5_000)
    }
    private static func step(_ number: Int) -> [JournalRecord] {
        let heard = Heard.speech(Transcript(text: "שלום \(number)", confidence: 0.5, understood: true))
        return [.turn(call(1), TurnEntry(turn: TurnID(number), heard: heard, said: ["כן", "משפט \(number)"])), fact(number, "סיכום")]
    }
    private static func fact(_ number: Int, _ text: String) -> JournalRecord {
        .fact(Fact(id: "\(number)", at: 77, body: .summary(text)), business: business, conversation: call(1).conversation)
    }

    /// Commits without end, and says what was confirmed.
    private static func append(_ directory: String) async {
        let journal = await open(directory)
        journal.append([.accepted(card(1))])
        var number = 0
        while await journal.commit(step(number), deadline: .seconds(60)) {
            say("\(number)")
            number += 1
        }
    }

    /// Writes behind without end; a line for every thousand that a flush has covered.
    private static func behind(_ directory: String) async {
        let journal = await open(directory)
        journal.append([.accepted(card(1))])
        var number = 0
        while true {
            for _ in 0..<1_000 {
                journal.append(step(number))
                number += 1
            }
            await journal.flush()
            say("\(number)")
        }
    }

    /// The system refuses to make files longer, and later allows it.
    private static func refused(_ directory: String) async {
        signal(SIGXFSZ, SIG_IGN)
        var limits = JournalLimits()
        limits.firstPause = 3_600_000
        limits.longestPause = 3_600_000
        let journal = await open(directory, limits)
        await journal.flush()
        allow(400_000)
        for number in 0..<3_000 {
            journal.append([fact(number, String(repeating: "x", count: 500))])
            if number.isMultiple(of: 100) { await journal.flush() }
        }
        await journal.flush()
        let figures = journal.figures
        say("\(figures.state) \(figures.waiting > 0 ? "waiting" : "-")")
        say("commit \(await journal.commit([.accepted(card(1))], deadline: .seconds(60)))")
        await sayFacts(journal)
        allow(.max)
        await journal.flush()
        say("\(journal.figures.state) \(journal.figures.waiting)")
        say("commit \(await journal.commit([.accepted(card(2))], deadline: .seconds(60)))")
        await sayFacts(journal)
        await journal.stop()
    }

    private static func sayFacts(_ journal: Journal) async {
        let ids = await journal.page(after: 0, limit: .max).map(\.fact.id)
        say("facts \(ids.count) \(ids == (0..<ids.count).map(String.init) ? "in order" : "in disorder")")
    }

    private static func allow(_ bytes: rlim_t) {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
        limit.rlim_cur = min(bytes, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    }
}
