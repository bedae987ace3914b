import Audio
import Glibc

/// Provider `tone`: instead of speech, 1.5 s of a 440 Hz tone at -20 dBFS, at once.
///
/// For load tests, where the engine's own time must not be measured, and to hear that a line works.
package struct ToneVoice: Voice {
    package let name = "tone"

    private static let tone: [Int16] = {
        let amplitude = Loudness.rms(dBFS: -20) * 2.0.squareRoot()
        return (0..<(MuLaw.sampleRate * 3 / 2)).map {
            Int16((amplitude * sin(2 * .pi * 440 * Double($0) / Double(MuLaw.sampleRate))).rounded())
        }
    }()

    package init() {}

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { sink in try await sink.send(Self.tone) }
    }

    package func warm() async throws { _ = Self.tone }
}
