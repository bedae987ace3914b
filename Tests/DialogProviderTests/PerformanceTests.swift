import BusContract
import CallVocabulary
import DialogWorker
import Glibc
import HTTPFetch
import Testing

/// What the client adds to a provider's own time. It prints; a test fails only when something is wrong by an order of magnitude.
@Suite(.serialized, .timeLimit(.minutes(3))) struct PerformanceTests {
    /// Of all threads. Other work on the machine does not count here.
    private func cpuMilliseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1_000 + Double(time.tv_nsec) / 1e6
    }

    private func line(_ name: String, _ values: [Double]) -> Double {
        let sorted = values.sorted()
        func percentile(_ part: Double) -> Double { sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))] }
        func text(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }
        print("PERF \(name): p50 \(text(percentile(0.5))) ms, p95 \(text(percentile(0.95))) ms, max \(text(sorted.last ?? 0)) ms, n \(sorted.count)")
        return percentile(0.5)
    }

    /// The server writes down when it sends each token, the port when it gets each sentence, both on the machine's one clock.
    @Test func fromTheTokenToTheSentence() async throws {
        let room = try await ChatFake.shared.value.room(then: ["tokens": ["בשמחה."], "first_ms": 30], fetch: try await HTTPFetch(name: "perf"))
        let caller = Caller([room.model()])
        var added: [Double] = []
        var asked: [Int64] = []
        var heard: [Int64] = []
        var before = 0.0
        for number in 0..<220 {
            if number == 20 { before = cpuMilliseconds() }
            let start = monotonicNanoseconds()
            let reply = try await caller.hear(spoken("אני מחפש דירה להשכרה בתל אביב"), keeps: number < 20)
            // The first ones open the connection and fill caches.
            guard number >= 20 else { continue }
            let sentence = try #require(reply.times.first)
            asked.append(start)
            heard.append(sentence)
            added.append(Double(sentence - start) / 1e6 - 30)
        }
        print("PERF CPU of this process for a turn: \((cpuMilliseconds() - before) / 200) ms")
        let marks = try await room.report().marks
        let tokens = marks.filter { $0.kind == "token" }.suffix(asked.count).map(\.at)
        let requests = marks.filter { $0.kind == "request" }.suffix(asked.count).map(\.at)
        let handed = zip(heard, tokens).map { Double($0 - $1) / 1e6 }
        let sent = zip(requests, asked).map { Double($0 - $1) / 1e6 }
        #expect(line("token sent by the server to sentence handed on", handed) < 20)
        _ = line("turn to request read by the server", sent)
        #expect(line("turn to first sentence, less the server's 30 ms", added) < 50)
        _ = line("both ways together, without the server", zip(handed, sent).map { $0 + $1 })
    }

    @Test func fiftyRepliesAtOnce() async throws {
        let room = try await ChatFake.shared.value.room(then: ["text": "בשמחה. באיזו עיר לחפש?", "first_ms": 200, "rate": 80])
        let model = room.model()
        let start = ContinuousClock.now
        let times = try await withThrowingTaskGroup(of: Double.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let begin = monotonicNanoseconds()
                    let reply = try await Caller([model]).say("שלום")
                    guard reply.done.failure == nil, let first = reply.times.first else { return 60_000 }
                    return Double(first - begin) / 1e6
                }
            }
            return try await group.reduce(into: [Double]()) { $0.append($1) }
        }
        #expect(line("turn to first sentence, 50 at once, the server's share 212 ms", times) < 5_000)
        #expect(times.allSatisfy { $0 < 30_000 })
        print("PERF 50 replies at once took \(ContinuousClock.now - start)")
    }
}
