import Audio
import ProviderKit
import Synchronization

/// Lets a voice say one sentence, and measures how long its first sound takes.
package enum SpeakingCheck {
    /// Shorter than this is no sentence.
    private static let shortest = 500

    /// - Returns: what to tell, and the audio as far as it came: mu-law, 8 kHz.
    package static func run(
        _ voice: any Voice, _ request: VoiceRequest, patience: Duration = ProviderCheck.patience
    ) async -> (check: ProviderCheck, audio: [UInt8]) {
        let said = Mutex<[UInt8]>([])
        let check = await ProviderCheck.run(stage: "tts", provider: voice.name, patience: patience) {
            try await voice.warm()
            let start = ContinuousClock.now
            var first: Int?
            for try await chunk in voice.speak(request) {
                if first == nil { first = ProviderCheck.milliseconds(since: start) }
                said.withLock { $0 += chunk }
            }
            let length = MuLaw.milliseconds(ofBytes: said.withLock { $0.count })
            guard let first else { throw ProviderFailure(.empty, "no sound came") }
            let what = "to the first sound; \(length) ms of speech in \(ProviderCheck.milliseconds(since: start)) ms"
            return length < shortest ? .doubtful(milliseconds: first, what: what) : .works(milliseconds: first, what: what)
        }
        return (check, said.withLock { $0 })
    }
}
