import ArgumentParser
import BusContract
import CallVocabulary
import GRDB
import GatewayJournal
import Glibc
import Logging

struct JournalBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "journal", abstract: "The gateway's journal: appends per second and commit latency.")

    @Option(help: "Where the journal is made; it stays there. Its disk is what is measured.")
    var directory: String

    @Option(help: "Turns that are appended, each with its fact.")
    var turns = 100_000

    @Option(help: "Commits that are timed.")
    var commits = 2_000

    private static let business = BusinessID("bench")

    func run() async throws {
        // Room for everything: here the disk is asked, not the bound of the queue.
        var limits = JournalLimits(bytes: 8 << 30)
        limits.queue = .max
        limits.memory = .max
        let (journal, _) = await Journal.open(directory: directory, limits: limits, logger: Logger(label: "benchmark"))
        try await appendAll(journal)
        try await commitEach(journal, name: "commit, idle journal", pause: .zero)
        try await commitUnderLoad(journal)
        try await appendWhileStalled(journal)
        print("file: \(journal.figures.usedBytes >> 10) KiB used, \(journal.figures.bytes >> 10) KiB on disk, state \(journal.figures.state)")
        await journal.stop()
    }

    private func records(_ number: Int) throws -> [JournalRecord] {
        let digits = String(number / 20)
        guard let call = CallID("CA" + String(repeating: "0", count: 32 - digits.count) + digits) else { throw ExitCode.failure }
        let heard = Heard.speech(Transcript(text: "אני מחפש דירה של שלושה חדרים בחיפה", confidence: 0.9, understood: true))
        let entry = TurnEntry(turn: TurnID(number % 20), heard: heard, said: ["בסדר גמור, רשמתי.", "מה התקציב שלכם?"])
        let fact = Fact(id: "\(call).\(number)", at: Journal.systemClock(), body: .turn(TurnRecord(entry: entry, stages: TurnStages())))
        return [.turn(call, entry), .fact(fact, business: Self.business, conversation: call.conversation)]
    }

    private func card(_ number: Int) throws -> JournalRecord {
        let digits = String(number)
        guard let call = CallID("CA" + String(repeating: "f", count: 32 - digits.count) + digits) else { throw ExitCode.failure }
        return .accepted(
            JournalCall(
                call: call, business: Self.business, caller: "+972501234567", called: "+97231234567", acceptedUnixMilliseconds: Journal.systemClock(),
                generation: 1, opened: 0, tokenExpires: 0))
    }

    /// As fast as they come: the appender never waits, so batches are large.
    private func appendAll(_ journal: Journal) async throws {
        let all = try (0..<turns).map(records)
        let (began, cpu) = (ContinuousClock.now, Self.cpuSeconds())
        var calls: [Double] = []
        for records in all {
            let before = ContinuousClock.now
            journal.append(records)
            calls.append((ContinuousClock.now - before) / .microseconds(1))
        }
        let queued = ContinuousClock.now - began
        await journal.flush()
        let (wall, used) = ((ContinuousClock.now - began) / .seconds(1), Self.cpuSeconds() - cpu)
        print("append: \(Int(Double(turns * 2) / wall)) records/s (\(turns * 2) records in \(wall) s, \(used / Double(turns * 2) * 1e6) µs CPU each)")
        print("append: the caller was done after \(queued / .seconds(1)) s; one call: \(Distribution(calls).line("µs"))")
        let acknowledged = ContinuousClock.now
        for records in all { if case .fact(let fact, _, _) = records[1] { journal.acknowledge(fact.id) } }
        await journal.flush()
        print("acknowledge: \(Int(Double(turns) / ((ContinuousClock.now - acknowledged) / .seconds(1))))/s")
    }

    private func commitEach(_ journal: Journal, name: String, pause: Duration) async throws {
        var samples: [Double] = []
        var late = 0
        for number in 0..<commits {
            let record = try card(number)
            let before = ContinuousClock.now
            if await !journal.commit([record], deadline: .seconds(10)) { late += 1 }
            samples.append((ContinuousClock.now - before) / .milliseconds(1))
            if pause > .zero { try await Task.sleep(for: pause) }
        }
        print("\(name): \(Distribution(samples).line("ms")), not confirmed \(late)")
    }

    /// 2,000 turns a second are a hundred times what a hundred calls make.
    private func commitUnderLoad(_ journal: Journal) async throws {
        let load = Task {
            var number = turns
            while !Task.isCancelled {
                for _ in 0..<20 {
                    journal.append(try records(number))
                    number += 1
                }
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        try await commitEach(journal, name: "commit, 4,000 records/s behind", pause: .milliseconds(2))
        load.cancel()
        try await load.value
    }

    /// What a call feels of a disk that does nothing: another process holds the file.
    private func appendWhileStalled(_ journal: Journal) async throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        let holder = try DatabaseQueue(path: directory + "/journal.sqlite", configuration: configuration)
        try await holder.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
        var calls: [Double] = []
        for number in 0..<10_000 {
            let records = try records(number)
            let before = ContinuousClock.now
            journal.append(records)
            calls.append((ContinuousClock.now - before) / .microseconds(1))
        }
        let before = ContinuousClock.now
        let isCommitted = await journal.commit([try card(commits)], deadline: .milliseconds(100))
        let waited = (ContinuousClock.now - before) / .milliseconds(1)
        try await holder.writeWithoutTransaction { try $0.execute(sql: "COMMIT") }
        await journal.flush()
        print("stalled disk: one append \(Distribution(calls).line("µs")); a commit with 100 ms patience: \(isCommitted) after \(waited) ms")
    }

    private static func cpuSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}
