import Bus
import BusContract
import CallVocabulary
import Logging
import Synchronization

@testable import DialogWorker

/// Keeps what was sent and lets a test wait for it.
final class RecordingPort: WorkerPort {
    private let sink: AsyncStream<Envelope>.Continuation
    let stream: AsyncStream<Envelope>
    init() { (stream, sink) = AsyncStream.makeStream(of: Envelope.self, bufferingPolicy: .bufferingOldest(1000)) }
    func send(_ envelope: Envelope, attachment: [UInt8]) { sink.yield(envelope) }

    /// Everything up to and with the first match.
    func received(until matches: (Envelope) -> Bool) async -> [Envelope] {
        var all: [Envelope] = []
        for await envelope in stream {
            all.append(envelope)
            if matches(envelope) { break }
        }
        return all
    }
}

/// A model that does as its closure says and counts how often it was asked.
final class ScriptedModel: LanguageModel {
    let name: String
    private let asked = Atomic<Int>(0)
    private let make: @Sendable (ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error>
    let waitsForOthers: Bool
    init(
        _ name: String, waitsForOthers: Bool = false, _ make: @escaping @Sendable (ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error>
    ) {
        self.name = name
        self.waitsForOthers = waitsForOthers
        self.make = make
    }
    var count: Int { asked.load(ordering: .relaxed) }
    func reply(to request: ModelRequest) -> AsyncThrowingStream<ModelEvent, any Error> {
        asked.wrappingAdd(1, ordering: .relaxed)
        return make(request)
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
