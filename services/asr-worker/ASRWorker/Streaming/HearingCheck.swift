import Audio
import ProviderKit

/// Lets a provider hear one sentence in real time, as a call would, and measures how long its final takes after the last word.
package enum HearingCheck {
    /// - Parameter audio: mu-law, 8 kHz, of ``ProviderCheck/sentence``.
    package static func run(
        _ provider: any StreamingProvider, audio: [UInt8], hints: RecognitionHints, patience: Duration = ProviderCheck.patience
    ) async -> ProviderCheck {
        await ProviderCheck.run(stage: "asr", provider: provider.name, patience: patience) {
            try await provider.warm()
            // 256: more than the events of a sentence.
            let (events, feed) = AsyncStream.makeStream(of: (ConnectionEvent, ContinuousClock.Instant).self, bufferingPolicy: .bufferingOldest(256))
            let connection = provider.connect(hints) { event in
                feed.yield((event, .now))
                if case .ended = event { feed.finish() }
            }
            defer { connection.cancel() }
            let spoken = Task { try await speak(audio, to: connection, provider.traits) }
            defer { spoken.cancel() }
            var finals: [String] = []
            var last: ContinuousClock.Instant?
            reading: for await (event, at) in events {
                switch event {
                case .final(let heard) where !heard.text.isEmpty:
                    finals.append(heard.text)
                    last = at
                case .finalized, .ended(.closed), .ended(.limit), .ended(.idle): break reading
                case .ended(.failed(let failure)): throw failure
                case .ready, .interim, .final: break
                }
            }
            try Task.checkCancellation()
            guard let last else { return .doubtful(milliseconds: 0, what: "accepts the audio and hears nothing; check the language and the model") }
            let wait = try await spoken.value.duration(to: last).components
            return .works(
                milliseconds: max(0, Int(wait.seconds * 1000 + wait.attoseconds / 1_000_000_000_000_000)),
                what: "after the last word: \u{2067}\(finals.joined(separator: " "))\u{2069}")
        }
    }

    /// - Returns: when the last word had been sent.
    private static func speak(_ audio: [UInt8], to connection: any RecognizerConnection, _ traits: StreamTraits) async throws -> ContinuousClock.Instant {
        let piece = max(20, traits.chunkMilliseconds) * MuLaw.sampleRate / 1000
        let start = ContinuousClock.now
        var sent = 0
        func send(_ bytes: [UInt8]) async throws {
            try await Task.sleep(until: start + .milliseconds(MuLaw.milliseconds(ofBytes: sent + bytes.count)), clock: .continuous)
            connection.send(bytes)
            sent += bytes.count
        }
        for from in stride(from: 0, to: audio.count, by: piece) { try await send(Array(audio[from..<min(audio.count, from + piece)])) }
        let end = ContinuousClock.now
        // What ends an utterance on a line: the pause that endpointing waits for.
        for _ in 0..<5 { try await send([UInt8](repeating: MuLaw.silence, count: piece)) }
        if traits.finalizes {
            connection.finalize()
        } else {
            connection.close()
        }
        return end
    }
}
