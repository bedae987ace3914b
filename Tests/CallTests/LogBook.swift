import CallVocabulary
import Logging
import Synchronization

/// Keeps what gateway and calls log, so that a test can count it.
final class LogBook: Sendable {
    private let lines = Mutex<[(message: String, metadata: Logger.Metadata, at: Duration)]>([])
    private let origin = ContinuousClock.now

    var logger: Logger {
        Logger(label: "test") { _ in Handler(book: self) }
    }

    /// Lines with this message and these fields.
    func count(_ message: String, _ fields: [String: String] = [:]) -> Int {
        lines.withLock { $0.count { line in line.message == message && fields.allSatisfy { line.metadata[$0.key]?.description == $0.value } } }
    }

    /// What went on, for the message of a test that fails.
    var story: String {
        lines.withLock { lines in
            lines.map { line in
                "\(line.at.components.seconds * 1000 + line.at.components.attoseconds / 1_000_000_000_000_000) ms \(line.message) "
                    + line.metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
            }.joined(separator: "\n")
        }
    }

    private struct Handler: LogHandler {
        let book: LogBook
        var logLevel = Logger.Level.debug
        var metadata: Logger.Metadata = [:]
        init(book: LogBook) { self.book = book }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
            let at = ContinuousClock.now - book.origin
            book.lines.withLock { $0.append(("\(event.message)", all, at)) }
        }
    }
}
