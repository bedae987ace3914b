import BusContract
import CallVocabulary
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import Gateway

enum Sample {
    static let business = BusinessID("shop")
    static func sid(_ number: Int) -> String {
        let digits = String(number)
        return "RE" + String(repeating: "a", count: 32 - digits.count) + digits
    }
    static func url(_ number: Int) -> String { "https://api.example.com/2010-04-01/Accounts/AC1/Recordings/\(sid(number))" }
    static func call(_ number: Int = 1) throws -> CallID { try #require(CallID("CA" + String(repeating: "0", count: 31) + String(number))) }
    /// Twilio's form of a file; what is in it is nobody's business here.
    static func wav(_ seconds: Int = 3) -> [UInt8] {
        Array("RIFF".utf8) + [0, 0, 0, 0] + Array("WAVEfmt ".utf8) + [UInt8](repeating: 7, count: 28 + seconds * 16_000)
    }
    static func notice(
        _ number: Int = 1, call: Int = 1, _ status: RecordingNotice.Status = .completed, seconds: Int? = 3, url: String? = "",
        business: BusinessID? = business, caller: String? = "+972501234567"
    ) throws -> RecordingNotice {
        let address = url == "" ? Self.url(number) : url
        return try #require(
            RecordingNotice(
                call: try Self.call(call), sid: sid(number), url: address, seconds: seconds, status: status, business: business, caller: caller))
    }
}

extension Fact {
    var number: Int64 { Int64(id.split(separator: ".").last ?? "") ?? -1 }
    var record: RecordingRecord? { if case .recording(let record) = body { record } else { nil } }
    var lead: [String: String]? { if case .lead(let fields, _) = body { fields } else { nil } }
    var turn: TurnEntry? { if case .turn(let record) = body { record.entry } else { nil } }
}

/// Facts as a database keeps them: each id once.
final class Ledger: Sendable {
    private let kept = Mutex<[Fact]>([])
    func submit(_ fact: Fact, _ business: BusinessID, _ conversation: ConversationID) {
        kept.withLock { facts in if !facts.contains(where: { $0.id == fact.id }) { facts.append(fact) } }
    }
    var facts: [Fact] { kept.withLock { $0.sorted { ($0.id.prefix(34), $0.number) < ($1.id.prefix(34), $1.number) } } }
    /// What a table holds in the end: the newest.
    var recording: RecordingRecord? { facts.compactMap(\.record).last }
    var lead: [String: String]? { facts.compactMap(\.lead).last }
    var turns: [TurnEntry] { facts.compactMap(\.turn) }
}

final class Clock: Sendable {
    private let time = Atomic<Int64>(1_000_000)
    var now: Int64 { time.load(ordering: .relaxed) }
    func advance(_ milliseconds: Int64) { time.wrappingAdd(milliseconds, ordering: .relaxed) }
    var clocks: RecordingDesk.Clocks { .init(now: { self.now }, unix: { self.now + 1_700_000_000_000 }) }
}

/// A source and a recogniser whose answers a test gives. What is not answered hangs, as a process that is killed leaves it.
final class Outside: RecordingSource {
    private struct State {
        var fetches: [(url: String, answer: CheckedContinuation<Result<[UInt8], RecordingFetchFailure>, Never>)] = []
        var transcriptions: [(audio: RecordingAudio, answer: CheckedContinuation<RecordingTranscription, Never>)] = []
        var fetched = 0
        var transcribed = 0
    }
    private let state = Mutex(State())

    func fetch(url: String, maximumBytes: Int) async -> Result<[UInt8], RecordingFetchFailure> {
        await withCheckedContinuation { answer in
            state.withLock { state in
                state.fetches.append((url, answer))
                state.fetched += 1
            }
        }
    }

    func transcribe(_ audio: RecordingAudio) async -> RecordingTranscription {
        await withCheckedContinuation { answer in
            state.withLock { state in
                state.transcriptions.append((audio, answer))
                state.transcribed += 1
            }
        }
    }

    var waitingFetches: Int { state.withLock { $0.fetches.count } }
    var fetched: Int { state.withLock { $0.fetched } }
    var transcribed: Int { state.withLock { $0.transcribed } }

    /// Answers the oldest request that waits, and returns its address.
    @discardableResult func answerFetch(_ result: Result<[UInt8], RecordingFetchFailure>) async throws -> String {
        try await wait { !$0.fetches.isEmpty }
        let one = state.withLock { $0.fetches.removeFirst() }
        one.answer.resume(returning: result)
        return one.url
    }

    @discardableResult func answerTranscription(_ result: RecordingTranscription) async throws -> RecordingAudio {
        try await wait { !$0.transcriptions.isEmpty }
        let one = state.withLock { $0.transcriptions.removeFirst() }
        one.answer.resume(returning: result)
        return one.audio
    }

    func fetchIsAsked(_ count: Int = 1) async throws { try await wait { $0.fetches.count >= count } }
    func transcriptionIsAsked() async throws { try await wait { !$0.transcriptions.isEmpty } }

    /// Lets everything go that a killed desk has left hanging.
    func abandon() {
        let (fetches, transcriptions) = state.withLock { state in
            defer { (state.fetches, state.transcriptions) = ([], []) }
            return (state.fetches, state.transcriptions)
        }
        for one in fetches { one.answer.resume(returning: .failure(RecordingFetchFailure(message: "abandoned", mayRetry: true))) }
        for one in transcriptions { one.answer.resume(returning: .unavailable("abandoned")) }
    }

    private func wait(_ condition: @Sendable (borrowing State) -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !state.withLock({ condition($0) }) {
            try #require(ContinuousClock.now < end, "nothing was asked for")
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])
    func count(_ text: String) -> Int { lines.withLock { $0.count { $0.contains(text) } } }
    var logger: Logger { Logger(label: "test") { _ in Handler(book: self) } }
    private struct Handler: LogHandler {
        let book: LogLines
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            book.lines.withLock { $0.append("\(event.level) \(event.message) \(fields)") }
        }
    }
}

/// A desk over a real folder, and all that is around it. A new life of it may be begun over the same folder.
final class DeskBench: Sendable {
    private let current = Mutex(Outside())
    /// That of the present life.
    var outside: Outside { current.withLock { $0 } }
    let ledger = Ledger()
    let clock = Clock()
    let log = LogLines()
    let known = Mutex<KnownCall?>(nil)
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }
    var folder: String { directory.path + "/recordings" }
    var files: [String] { (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? [] }

    /// Another life over the same folder. What an earlier one still asks for is answered to nobody.
    func desk(days: Int = 30) async throws -> RecordingDesk {
        outside.abandon()
        let outside = Outside()
        current.withLock { $0 = outside }
        return try await RecordingDesk(
            stateDirectory: directory.path, retentionDays: days, source: outside,
            surroundings: .init(
                transcribe: { await outside.transcribe($0) }, known: { [self] _ in known.withLock { $0 } },
                submit: { [ledger] in ledger.submit($0, $1, $2) }),
            clocks: clock.clocks, logger: log.logger)
    }

    /// Ticks, a quarter of a second each, until it is so.
    func until(_ desk: RecordingDesk, _ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while !condition() {
            try #require(ContinuousClock.now < end, "it did not come so: \(files)")
            clock.advance(250)
            desk.tick()
            await desk.settle()
            try await Task.sleep(for: .milliseconds(1))
        }
    }

    func finished(_ desk: RecordingDesk) async throws {
        await desk.settle()
        try await until(desk) { desk.pending == 0 }
    }
}
