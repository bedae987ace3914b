import Audio
import ServiceKit
import Synchronization

/// Provider `profile`: what ``ToneVoice`` says, as late as a voice elsewhere (``ProviderProfile``). For benchmarks of what a caller waits for.
package struct ProfileVoice: Voice {
    package let name = "profile"
    package let waitsForOthers = true
    private let profile: ProviderProfile
    private let sentences = Counter()

    /// Audio comes in pieces of so many milliseconds, several times faster than it is heard.
    private static let piece = 200
    private static let haste = 5

    /// A reference type, so that the voice can be copied.
    private final class Counter: Sendable {
        private let value = Atomic<Int>(0)
        func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).newValue }
    }

    package init(_ profile: ProviderProfile) { self.profile = profile }

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        let audio = ToneVoice.audio(of: request)
        // Files are made before anybody waits for them.
        let delay = request.purpose == .file ? 0 : profile.firstAudio.sample(seed: DelayDistribution.seed(profile.seed, call: "", turn: sentences.next()))
        return VoiceAudio { sink in
            var next = ContinuousClock.now + .milliseconds(delay)
            let bytes = Self.piece * MuLaw.sampleRate / 1_000
            for start in stride(from: 0, to: audio.count, by: bytes) {
                try await Task.sleep(until: next, tolerance: .zero)
                try await sink.send(Array(audio[start..<min(audio.count, start + bytes)]))
                next += .milliseconds(Self.piece / Self.haste)
            }
        }
    }

    package func warm() async throws { try await ToneVoice().warm() }
}
