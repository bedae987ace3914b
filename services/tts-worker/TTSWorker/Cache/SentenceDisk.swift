import EventThread
import Logging
import Metrics
import Synchronization

/// The folder of sentences, on threads of its own: one reads for callers who wait, the other writes and sweeps.
package final class SentenceDisk: Sendable {
    /// Sentences that may wait to be written; more are not kept. At 20 KB each they are a second of a slow disk.
    private static let waitingWrites = 256

    private let reader: WorkerThread<SentenceFolder>
    private let writer: WorkerThread<SentenceFolder>
    private let logger: Logger
    /// A disk that fails is named once until it works again.
    private let isFailing = Mutex(false)

    /// - Throws: `VoiceFailure` when the folder cannot be made or written.
    package convenience init(path: String, megabytes: Int, logger: Logger) async throws {
        let limits = SentenceFolder.Limits(bytes: megabytes << 20)
        try await self.init(path: path, limits: limits, logger: logger)
    }

    init(path: String, limits: SentenceFolder.Limits, logger: Logger) async throws {
        self.logger = logger
        reader = try await WorkerThread(name: "tts-cache-read") { try SentenceFolder(path: path, limits: limits) }
        writer = try await WorkerThread(name: "tts-cache-keep", jobLimit: Self.waitingWrites) { try SentenceFolder(path: path, limits: limits) }
        writer.submit { Self.sweep($0) }
    }

    func read(_ key: SentenceKey) async -> [UInt8]? {
        let name = key.hex
        guard let finding = try? await reader.run({ $0.read(name) }) else { return nil }
        switch finding {
        case .audio(let audio): return audio
        case .nothing: return nil
        case .damaged:
            Counter(label: "maane_tts_cache_damaged").increment()
            return nil
        }
    }

    /// Some time later. Dropped, and counted, when the disk is too slow or full.
    func write(_ key: SentenceKey, _ audio: [UInt8]) {
        guard !audio.isEmpty, audio.count <= SentenceFile.largestAudio else { return }
        let name = key.hex
        let outcome = writer.submit { [self] folder in
            report(folder.write(name, audio))
            if folder.needsSweep { Self.sweep(folder) }
        }
        if outcome != .accepted { Counter(label: "maane_tts_cache_dropped").increment() }
    }

    func claimWarming() async -> Bool { (try? await writer.run { $0.claimWarming() }) ?? false }
    func releaseWarming() { writer.submit { $0.releaseWarming() } }

    /// What was accepted is written first.
    package func stop() async {
        await writer.stop()
        await reader.stop()
    }

    /// When everything that was accepted so far is written.
    func settle() async { _ = try? await writer.run { _ in } }

    private static func sweep(_ folder: SentenceFolder) {
        Meter(label: "maane_tts_cache_bytes", dimensions: [("layer", "disk")]).set(folder.sweep())
    }

    private func report(_ isWritten: Bool) {
        let isNew = isFailing.withLock { failing in
            defer { failing = !isWritten }
            return failing == isWritten
        }
        guard !isWritten else { return }
        Counter(label: "maane_tts_cache_dropped").increment()
        if isNew { logger.error("TTS_CACHE", metadata: ["error": "a sentence could not be written; see whether the disk is full"]) }
    }
}
