import Bus
import BusContract
import Business
import CallVocabulary
import DialogWorker
import Foundation
import Logging
import ServiceKit
import Synchronization
import Testing

func spoken(_ text: String) -> Heard { .speech(Transcript(text: text, confidence: 0.9, understood: true)) }

/// Tuesday, the first of December 2026, four minutes past three in the afternoon in Jerusalem.
let tuesday = Date(timeIntervalSince1970: 1_796_130_240)

let exampleBusiness: BusinessDirectory = {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    // A test that finds no example cannot run at all.
    guard let directory = try? BusinessDirectory.load(path: root.appendingPathComponent("deploy/businesses").path) else {
        fatalError("deploy/businesses cannot be read")
    }
    return directory
}()

extension ChatRoom {
    func model(_ logger: Logger = LogLines().logger, firstToken: Duration = .seconds(5)) -> ChatModel {
        ChatModel(client: ChatClient(settings: settings(firstToken: firstToken), fetch: fetch, logger: logger), logger: logger, now: { tuesday })
    }
}

/// A call as the gateway would keep it, over the dialog-worker's own logic.
final class Caller {
    struct Reply: Sendable {
        var sentences: [String] = []
        var done: ReplyDone
        /// When each sentence was handed on, as `monotonicNanoseconds`.
        var times: [Int64] = []
        var expectations: [Expectations] = []
    }

    private(set) var log: [TurnEntry] = []
    private(set) var lead: [String: String] = [:]
    private(set) var replies: [Reply] = []
    let lines: LogLines
    private let logic: DialogWorkerLogic
    private let port = ReplyPort()
    private let caller: String?
    private var turn = 0

    init(_ models: [any LanguageModel], caller: String? = "+972541234567", lines: LogLines = LogLines()) {
        self.caller = caller
        self.lines = lines
        logic = DialogWorkerLogic(businesses: exampleBusiness, models: models, port: port, logger: lines.logger)
    }

    /// - Parameter keeps: the turn enters the log, all of it heard.
    @discardableResult func hear(_ heard: Heard, said: [String] = [], keeps: Bool = true) async throws -> Reply {
        let question = DialogTurn(heard: heard, log: log, caller: caller, said: said, lead: lead.isEmpty ? nil : lead)
        let number = turn
        turn += 1
        logic.handle(envelope(.turn(question), number), attachment: [])
        let reply = try await port.reply()
        replies.append(reply)
        if keeps {
            log.append(TurnEntry(turn: TurnID(number), heard: heard, said: said + reply.sentences))
            if reply.done.failure == nil { lead = reply.done.lead }
        }
        return reply
    }

    @discardableResult func say(_ text: String) async throws -> Reply { try await hear(spoken(text)) }

    /// Asks and does not wait.
    func ask(_ text: String) {
        logic.handle(envelope(.turn(DialogTurn(heard: spoken(text), log: log, caller: caller)), turn), attachment: [])
        turn += 1
    }
    func cancel() { logic.handle(envelope(.cancel(Cancel()), turn - 1), attachment: []) }
    func firstSentence() async throws { try await port.sentence() }

    func summary(_ outcome: CallOutcome, milliseconds: Int = 4_500) async throws -> String {
        let job = Job(id: "s", work: .summary(log: log, lead: lead, outcome: outcome), deadlineMilliseconds: milliseconds)
        logic.handle(envelope(.job(job), nil), attachment: [])
        return try await port.text()
    }

    private func envelope(_ message: BusMessage, _ turn: Int?) -> Envelope {
        Envelope(
            message, business: BusinessID("nadlan-hayarkon"), conversation: ConversationID("call:CA00000000000000000000000000000001"),
            turn: turn.map { TurnID($0) }, epoch: Epoch(boot: 1, counter: 7))
    }
}

/// What a dialog-worker sends, with the time of each message.
private final class ReplyPort: WorkerPort {
    private let sink: AsyncStream<(BusMessage, Int64)>.Continuation
    private let stream: AsyncStream<(BusMessage, Int64)>
    init() { (stream, sink) = AsyncStream.makeStream(of: (BusMessage, Int64).self, bufferingPolicy: .bufferingOldest(1_000)) }
    func send(_ envelope: Envelope, attachment: [UInt8]) { sink.yield((envelope.message, monotonicNanoseconds())) }

    func reply() async throws -> Caller.Reply {
        var sentences: [String] = []
        var times: [Int64] = []
        var expectations: [Expectations] = []
        for await (message, time) in stream {
            switch message {
            case .reply(let piece):
                sentences.append(piece.text)
                times.append(time)
            case .expectations(let expected): expectations.append(expected)
            case .replyDone(let done): return Caller.Reply(sentences: sentences, done: done, times: times, expectations: expectations)
            default: break
            }
        }
        throw CancellationError()
    }

    func sentence() async throws {
        for await (message, _) in stream { if case .reply = message { return } }
        throw CancellationError()
    }

    func text() async throws -> String {
        for await (message, _) in stream { if case .jobDone(let done) = message { return try #require(done.text) } }
        throw CancellationError()
    }
}

/// Keeps the lines of a log, each with its fields.
final class LogLines: Sendable {
    private let lines = Mutex<[(message: String, metadata: Logger.Metadata)]>([])

    var logger: Logger { Logger(label: "test") { [self] _ in Handler(sink: self) } }
    func named(_ message: String) -> [Logger.Metadata] { lines.withLock { $0 }.filter { $0.message == message }.map(\.metadata) }
    var text: String { lines.withLock { $0 }.map { "\($0.message) \($0.metadata)" }.joined(separator: "\n") }

    private struct Handler: LogHandler {
        let sink: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            sink.lines.withLock { $0.append((event.message.description, all)) }
        }
    }
}
