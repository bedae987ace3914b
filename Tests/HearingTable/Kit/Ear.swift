import ASRWorker
import CallVocabulary
import Glibc
import Logging
import Synchronization

/// The recogniser of the asr-worker with its grammars, threads and streams; only the bus is missing.
struct Ear: Sendable {
    private static let cores = 2
    private let recogniser: PocketSphinxRecognizer

    init() async throws {
        recogniser = try await PocketSphinxRecognizer(rooms: Self.cores, logger: Logger(label: "hearing") { _ in SwiftLogNoOpLogHandler() })
        try await recogniser.warm()
    }

    private final class Finals: Sendable {
        private let kept = Mutex<[TurnID: Transcript]>([:])
        func add(_ report: RecogniserReport) { if case .final(let turn, let heard, _) = report { kept.withLock { $0[turn] = heard } } }
        var all: [TurnID: Transcript] { kept.withLock { $0 } }
    }

    /// - Parameter sentences: for each sentence its utterances.
    /// - Returns: for each sentence the finals of its utterances, and the CPU seconds of it all.
    /// - Throws: ``HearingFailure`` when no final comes for a minute.
    func hear(_ sentences: [[[AudioFrame]]], expecting: Expectations) async throws -> (finals: [[Transcript]], seconds: Double) {
        let begun = Self.processSeconds()
        let conversation = ConversationID("hearing")
        let finals = Finals()
        // Which sentence goes to which thread is fixed: a decoder numbers its words in the order in which it meets them.
        let streams = (0..<Self.cores).map { _ in recogniser.open(conversation, business: nil) { finals.add($0) } }
        for stream in streams { stream.expect(expecting) }
        var turns: [[TurnID]] = []
        var next = 0
        for (index, utterances) in sentences.enumerated() {
            turns.append([])
            for frames in utterances {
                let turn = TurnID(next)
                next += 1
                turns[index].append(turn)
                streams[index % streams.count].hear(frames, of: turn)
                streams[index % streams.count].finish(turn, through: frames.last?.sequence ?? 0)
            }
        }
        for stream in streams { stream.close() }
        var seen = 0
        var patience = ContinuousClock.now + .seconds(60)
        while true {
            let count = finals.all.count
            if count == next { break }
            if count > seen { (seen, patience) = (count, .now + .seconds(60)) }
            guard ContinuousClock.now < patience else {
                throw HearingFailure(.silent, "the recogniser has given no final for a minute; run asr-worker to see what it logs")
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        let heard = finals.all
        return (turns.map { $0.compactMap { heard[$0] } }, Self.processSeconds() - begun)
    }

    /// CPU time of this process, all threads.
    private static func processSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
