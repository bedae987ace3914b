import Business
import Logging
import ProviderKit
import ServiceLifecycle

/// Has the sentences that are known beforehand made and kept, in the background, one at a time: a provider's limit of requests belongs to callers.
package struct CacheWarmer: Service {
    /// Failures until it is given up; the pause before the next try grows with each.
    private static let patience = 5
    private static let pause = Duration.seconds(20)

    private let voice: FailoverVoice
    private let cache: SentenceCache
    private let businesses: [BusinessProfile]
    private let logger: Logger
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameter sleep: waits; an input so that tests need not.
    package init(
        voice: FailoverVoice, cache: SentenceCache, businesses: [BusinessProfile], logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.voice = voice
        self.cache = cache
        self.businesses = businesses
        self.logger = logger
        self.sleep = sleep
    }

    /// Ends with the process: a service that ends ends its group.
    package func run() async throws {
        await cancelWhenGracefulShutdown { await warm() }
        try? await gracefulShutdown()
    }

    /// Once through all sentences. Of several processes with one folder the first does it.
    func warm() async {
        if let disk = cache.disk, await !disk.claimWarming() { return }
        defer { cache.disk?.releaseWarming() }
        var failures = 0
        var (made, kept) = (0, 0)
        for request in requests() {
            // The voice that the business has when all is well: another one's audio would not be found.
            let voice = voice.first(for: request)
            guard voice.waitsForOthers else { continue }
            while !Task.isCancelled {
                if await voice.recall(request) != nil {
                    kept += 1
                    break
                }
                do {
                    for try await _ in voice.make(request) {}
                    try Task.checkCancellation()
                    made += 1
                    break
                } catch {
                    guard let failure = ProviderFailure.of(error) else { return }
                    // This sentence will never be made; the others may.
                    if failure.kind == .unsuitable { break }
                    failures += 1
                    guard failures < Self.patience, failure.kind.isPassing else {
                        logger.warning("TTS_CACHE", metadata: ["error": "sentences could not be prepared: \(failure)", "made": "\(made)"])
                        return
                    }
                    guard (try? await sleep(Self.pause * failures)) != nil else { return }
                }
            }
        }
        if !Task.isCancelled { logger.info("TTS_CACHE", metadata: ["made": "\(made)", "kept": "\(kept)"]) }
    }

    private func requests() -> [VoiceRequest] {
        // All greetings before any dialogue.
        let lists = businesses.map { business in business.fixedSentences.map { VoiceRequest(text: $0, business: business, purpose: .file) } }
        return (0..<(lists.map(\.count).max() ?? 0)).flatMap { index in lists.compactMap { $0.indices.contains(index) ? $0[index] : nil } }
    }
}
