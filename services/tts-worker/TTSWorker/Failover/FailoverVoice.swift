import Logging
import ProviderKit

/// Several voices in an order: when one gives no sound in time, fails, or breaks in the middle, the next one goes on.
///
/// - Before any sound: the next one says the sentence.
/// - Less than 400 ms were handed on: the next one says it from the beginning.
/// - More: the next one says what ``UnheardRest`` finds. When it finds no place to cut, the sentence ends with the failure: its beginning
///   would be heard twice, or a number wrongly.
package struct FailoverVoice: Voice {
    let voices: [any Voice]
    let chain: ProviderChain
    let settings: FailoverSettings
    let pace: Pace
    let logger: Logger
    let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - voices: one for each of `chain`'s names, which are those of the configuration.
    ///   - sleep: waits; an input so that tests need not.
    package init(
        _ voices: [any Voice], chain: ProviderChain, settings: FailoverSettings, logger: Logger,
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        precondition(voices.count == chain.names.count, "each voice has its place in the chain")
        self.voices = voices
        self.chain = chain
        self.settings = settings
        self.logger = logger
        self.sleep = sleep
        pace = Pace(count: voices.count)
    }

    package var name: String { chain.names.joined(separator: "+") }
    package var waitsForOthers: Bool { true }

    package func signature(of request: VoiceRequest) -> String { first(for: request).signature(of: request) }

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { sink in
            var run = FailoverRun(voice: self, request: request, sink: sink)
            try await run.speak()
        }
    }

    package func recall(_ request: VoiceRequest) async -> VoiceAudio? { await first(for: request).recall(request) }

    /// The business's own order, as far as those providers are configured here; else the configuration's.
    func order(for request: VoiceRequest) -> [Int] {
        let own = request.providers.map { chain.order(of: $0) } ?? []
        return own.isEmpty ? Array(voices.indices) : own
    }

    /// Whose voice the business has when all is well.
    package func first(for request: VoiceRequest) -> any Voice { voices[order(for: request)[0]] }

    /// Embedded voices have to work. A provider that cannot be reached now may be well when it is needed: that is logged, and waits for nobody.
    package func warm() async throws {
        for voice in voices where !voice.waitsForOthers { try await voice.warm() }
        for (index, voice) in voices.enumerated() where voice.waitsForOthers {
            Task {
                do {
                    try await voice.warm()
                } catch {
                    logger.warning("PROVIDER_NOT_REACHED", metadata: ["stage": "tts", "provider": "\(chain.names[index])", "reason": "\(error)"])
                }
            }
        }
    }

    /// The first two: who speaks, and who would take over.
    package func prepare() async {
        await withTaskGroup { group in
            for voice in voices.prefix(2) { group.addTask { await voice.prepare() } }
        }
    }
}
