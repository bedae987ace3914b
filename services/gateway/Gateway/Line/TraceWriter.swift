import CallEngine
import CallVocabulary
import EventThread
import Foundation
import Metrics

/// Writes each call's events and actions to `<directory>/<CallSid>.trace`, one JSON line each, on a thread of its own.
/// Off unless MAANE_TRACE_DIR is set: a trace holds the caller's voice.
package final class TraceWriter: Sendable {
    private final class Files {
        var open: [CallID: FileHandle] = [:]
    }

    private let thread: WorkerThread<Files>
    private let directory: String

    /// Lines that may wait for the disk: some ten seconds of a busy gateway. Beyond it a trace has a hole, and the counter says so.
    private static let limit = 20_000

    package init(directory: String) async throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        self.directory = directory
        thread = try await WorkerThread(name: "trace", jobLimit: Self.limit) { Files() }
    }

    package func begin(_ opening: CallOpening) {
        let path = "\(directory)/\(opening.call.rawValue).trace"
        submit { files in
            guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else { return }
            files.open[opening.call] = FileHandle(forWritingAtPath: path)
            Self.append(.opening(opening), to: files.open[opening.call])
        }
    }

    package func step(_ call: CallID, at: CallTime, _ event: CallEvent, _ actions: [CallAction]) {
        submit { files in Self.append(.step(at: at, event: event, actions: actions), to: files.open[call]) }
    }

    package func end(_ call: CallID) {
        submit { files in try? files.open.removeValue(forKey: call)?.close() }
    }

    private func submit(_ body: @escaping @Sendable (Files) -> Void) {
        if thread.submit(body) != .accepted { Counter(label: "maane_trace_dropped").increment() }
    }

    private static func append(_ line: CallTraceLine, to file: FileHandle?) {
        guard let file, var data = try? line.json() else { return }
        data.append(UInt8(ascii: "\n"))
        try? file.write(contentsOf: data)
    }

    package func stop() async { await thread.stop() }
}
