import ServiceKit

/// When the next voice is asked.
package struct FailoverSettings: Sendable, Equatable {
    /// The longest wait for a sentence's first sound while another provider can be asked instead. Published medians of the slower voices are
    /// 0.3 to 0.6 s for a sentence.
    package var attempt = Duration.milliseconds(1_200)
    /// The same for prompts and replies that are made as files: longer texts, and nobody listens yet.
    package var fileAttempt = Duration.seconds(6)
    /// From the order to the first sound of a sentence a gateway waits 3 s: the last provider gets what is left of it.
    package var whole = Duration.milliseconds(2_800)
    /// For a reply's first sentence: after this wait the second provider is asked as well, and whoever gives sound first is heard. nil: never, for
    /// both are paid.
    package var hedge: Duration?

    package init() {}

    /// Reads `TTS_ATTEMPT_MS` (1200, 200 to 2500) and `TTS_HEDGE_MS` (0: off, or 100 to 2500).
    package init(_ reader: SettingsReader) {
        attempt = .milliseconds(reader.integer("TTS_ATTEMPT_MS", default: 1_200, in: 200...2_500))
        let wait = reader.integer("TTS_HEDGE_MS", default: 0, in: 0...2_500)
        if (1..<100).contains(wait) {
            reader.fault("TTS_HEDGE_MS", "\(wait) would ask two providers for nearly every sentence; write 0 or at least 100")
        }
        hedge = wait > 0 ? .milliseconds(wait) : nil
    }
}
