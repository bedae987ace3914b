import ServiceKit

/// Provider `scripted`: hears what the simulated callers of the tests have written down.
///
/// `MAANE_SCRIPTED_DIR` is required. `MAANE_SCRIPTED_INTERIM_MS` (150) is the audio time after a word's end at which an interim has it,
/// `MAANE_SCRIPTED_FINAL_MS` (0) the time from the utterance's end to its final, or the name of a profile.
package struct ScriptedSettings: Sendable, Equatable {
    /// Where `<CallSid>.jsonl` is looked for.
    package var directory: String
    /// Milliseconds of audio.
    package var interimMilliseconds: Int
    package var final: FinalLatency
    /// Of the finals' times, together with the call and the turn.
    package var seed: UInt64

    package init(directory: String, interimMilliseconds: Int = 150, final: FinalLatency = .fixed(0), seed: UInt64 = 0) {
        self.directory = directory
        self.interimMilliseconds = interimMilliseconds
        self.final = final
        self.seed = seed
    }

    /// Those of the provider `profile`, which hears what `scripted` hears.
    package init(_ profile: ProviderProfile, _ reader: SettingsReader) {
        self.init(
            directory: Self.directory(reader), interimMilliseconds: profile.interimMilliseconds, final: .provider(profile.final), seed: profile.seed)
    }

    package init(_ reader: SettingsReader) {
        directory = Self.directory(reader)
        seed = 0
        interimMilliseconds = reader.integer("MAANE_SCRIPTED_INTERIM_MS", default: 150, in: 0...5_000)
        let text = reader.string("MAANE_SCRIPTED_FINAL_MS", default: "0")
        if let latency = FinalLatency(text) {
            final = latency
        } else {
            final = .fixed(0)
            reader.fault("MAANE_SCRIPTED_FINAL_MS", "\(text) is neither milliseconds from 0 to 10000 nor one of fast, google")
        }
    }

    private static func directory(_ reader: SettingsReader) -> String {
        reader.required("MAANE_SCRIPTED_DIR", "set it to the folder in which the simulated callers write down what they say")
    }
}
