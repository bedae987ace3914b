import BusContract
import CallVocabulary
import EventThread
import Foundation
import Logging
import Metrics
import Signing
import Synchronization

/// Replies that are played as MP3s: names that nobody can guess, files in the public folder for as long as Twilio may want them.
package final class ReplyFiles: Sendable {
    /// What a call gets for a file that is being made.
    package struct Ticket: Sendable {
        /// File name without extension.
        package let name: String
        /// Playing time; 0 until the file is there.
        package let milliseconds: @Sendable () -> Int

        package init(name: String, milliseconds: @escaping @Sendable () -> Int) {
            self.name = name
            self.milliseconds = milliseconds
        }
    }

    private struct File {
        var milliseconds = 0
        let fetched: @Sendable (String) -> Void
        let made: Int64
    }

    private static let prefix = "r-"
    /// 128 bits: who does not know a name does not find it.
    private static let nameBytes = 16
    /// Twilio fetches a file within seconds of the update that names it; a repeated request comes within a minute.
    private static let life: Int64 = 900
    /// Milliseconds. A reply is a few sentences; whatever a worker says, a call does not wait for longer.
    private static let longest = 600_000
    /// Files that calls wait for at once. A call has one.
    private static let limit = 10_000

    private let directory: String
    private let disk: WorkerThread<Void>
    private let unixSeconds: @Sendable () -> Int64
    private let logger: Logger
    private let files = Mutex<[String: File]>([:])

    /// - Parameter directory: the public folder of MP3s. Replies of an earlier life that are old are deleted.
    package init(directory: String, unixSeconds: @escaping @Sendable () -> Int64, logger: Logger) async throws {
        self.directory = directory
        self.unixSeconds = unixSeconds
        self.logger = logger
        disk = try await WorkerThread<Void>(name: "replies")
        sweep()
    }

    package func stop() async { await disk.stop() }

    static func isReply(_ name: String) -> Bool { name.hasPrefix(prefix) }

    // MARK: - Making

    /// - Parameter fetched: told, on any thread, when somebody has fetched the file.
    package func expect(_ call: CallID, _ fetched: @escaping @Sendable (String) -> Void) -> Ticket {
        var random = SystemRandomNumberGenerator()
        let name = Self.prefix + Hex.encode((0..<Self.nameBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) })
        let now = unixSeconds()
        files.withLock { files in
            if files.count >= Self.limit { files = files.filter { now - $0.value.made < Self.life / 10 } }
            files[name] = File(fetched: fetched, made: now)
        }
        return Ticket(name: name) { self.milliseconds(name) }
    }

    package func milliseconds(_ name: String) -> Int { files.withLock { $0[name]?.milliseconds ?? 0 } }

    /// Stores what a worker has made. Called on the bus thread.
    /// - Parameter acknowledge: called when the file is there, or with the reason why not.
    package func store(_ artifact: Artifact, _ bytes: [UInt8], acknowledge: @escaping @Sendable (String?) -> Void) {
        // A reply is played by Twilio only: what would go into a stream is of no use.
        guard artifact.format == .mp3 else { return acknowledge(nil) }
        guard files.withLock({ $0[artifact.name] != nil }) else { return acknowledge("nobody asked for \(artifact.name)") }
        let accepted = disk.submit { [self] _ in
            do {
                try Data(bytes).write(to: URL(fileURLWithPath: path(artifact.name)), options: .atomic)
                files.withLock { $0[artifact.name]?.milliseconds = min(max(0, artifact.milliseconds), Self.longest) }
                acknowledge(nil)
            } catch {
                logger.error("a reply cannot be stored", metadata: ["reason": "\(error)"])
                acknowledge("the gateway cannot write it: \(error.localizedDescription)")
            }
        }
        if accepted != .accepted { acknowledge("the gateway is busy or stopping") }
    }

    private func path(_ name: String) -> String { "\(directory)/\(name).mp3" }

    // MARK: - Fetching and forgetting

    /// Somebody has fetched a file of the public folder.
    /// - Parameter name: without extension.
    package func wasFetched(_ name: String) {
        guard Self.isReply(name), let file = files.withLock({ $0[name] }) else { return }
        Counter(label: "maane_replies_fetched").increment()
        file.fetched(name)
    }

    /// Deletes what nobody will ask for again. To be called now and then.
    package func sweep() {
        let now = unixSeconds()
        files.withLock { files in files = files.filter { now - $0.value.made < Self.life } }
        disk.submit { [self] _ in
            let manager = FileManager.default
            for file in (try? manager.contentsOfDirectory(atPath: directory)) ?? [] where Self.isReply(file) && file.hasSuffix(".mp3") {
                let path = "\(directory)/\(file)"
                let made = (try? manager.attributesOfItem(atPath: path)[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
                if Double(now) - made > Double(Self.life) { try? manager.removeItem(atPath: path) }
            }
        }
    }
}
