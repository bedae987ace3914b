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

    package init(directory: String, interimMilliseconds: Int = 150, final: FinalLatency = .fixed(0)) {
        self.directory = directory
        self.interimMilliseconds = interimMilliseconds
        self.final = final
    }

    package init(_ reader: SettingsReader) {
        directory = reader.required("MAANE_SCRIPTED_DIR", "set it to the folder in which the simulated callers write down what they say")
        interimMilliseconds = reader.integer("MAANE_SCRIPTED_INTERIM_MS", default: 150, in: 0...5_000)
        let text = reader.string("MAANE_SCRIPTED_FINAL_MS", default: "0")
        if let latency = FinalLatency(text) {
            final = latency
        } else {
            final = .fixed(0)
            reader.fault("MAANE_SCRIPTED_FINAL_MS", "\(text) is neither milliseconds from 0 to 10000 nor one of fast, google")
        }
    }
}
