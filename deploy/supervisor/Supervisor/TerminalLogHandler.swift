import Glibc
import Logging

/// The supervisor's own lines between those of its processes, in the same form: `supervisor | info PROCESS_STARTED pid=7`.
///
/// Unlike `StreamLogHandler` it never waits for standard error: a supervisor that hangs on a stopped terminal restarts nothing.
package struct TerminalLogHandler: LogHandler {
    package var logLevel = Logger.Level.info
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    private let label: String

    package init(label: String) { self.label = label }

    package subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let all =
            metadata
            .merging(metadataProvider?.get() ?? [:]) { $1 }
            .merging(event.metadata ?? [:]) { $1 }
        let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
        let sink = LineSink(descriptor: STDERR_FILENO)
        sink.append(prefix: label, Array("\(event.level) \(event.message)\(pairs)".utf8))
        sink.flush()
    }
}
