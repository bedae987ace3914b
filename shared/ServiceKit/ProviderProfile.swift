/// How late providers elsewhere are: what the bench providers `profile` imitate in each stage. English figures, for want of Hebrew ones.
package struct ProviderProfile: Sendable, Equatable {
    /// `fast` or `google`, after the recogniser.
    package let name: String
    /// From the end of the last word to its final transcript, but not before the utterance is declared over.
    package var final: DelayDistribution
    /// Milliseconds of audio after a word's end until an interim has it.
    package var interimMilliseconds: Int
    /// From the question to the first token of the answer.
    package var firstToken: DelayDistribution
    package var tokensPerSecond: Double
    /// From a sentence to the first of its audio.
    package var firstAudio: DelayDistribution
    package var seed: UInt64

    package static let names = ["fast", "google"]

    /// Published medians are 200 to 450 ms, of which a cached prompt saves 13 to 31 %: 250. The 99th of 100 is given as 2.1 s, nothing between
    /// the two. A short spoken reply takes 528 ms in all at the median: some 22 tokens in the 278 ms after the first.
    private static let model = (firstToken: DelayDistribution(median: 250, p99: 2_100), tokensPerSecond: 80.0)

    /// Finals as Deepgram's nova-3 (Soniox: 249, 281, 310). First audio: the middle of the 150 to 250 ms that are planned with; its p95 is an
    /// assumption, as are the interims.
    package static let fast = ProviderProfile(
        name: "fast", final: DelayDistribution(median: 247, p95: 298, p99: 326), interimMilliseconds: 150, firstToken: model.firstToken,
        tokensPerSecond: model.tokensPerSecond, firstAudio: DelayDistribution(median: 200, p95: 320), seed: 1)

    /// Finals as Google's latest_long, first audio as Google's Wavenet for a short sentence. The voice's p95 and the interims are assumptions.
    package static let google = ProviderProfile(
        name: "google", final: DelayDistribution(median: 878, p95: 1_155, p99: 1_570), interimMilliseconds: 300, firstToken: model.firstToken,
        tokensPerSecond: model.tokensPerSecond, firstAudio: DelayDistribution(median: 324, p95: 520), seed: 1)

    init(
        name: String, final: DelayDistribution, interimMilliseconds: Int, firstToken: DelayDistribution, tokensPerSecond: Double,
        firstAudio: DelayDistribution, seed: UInt64
    ) {
        self.name = name
        self.final = final
        self.interimMilliseconds = interimMilliseconds
        self.firstToken = firstToken
        self.tokensPerSecond = tokensPerSecond
        self.firstAudio = firstAudio
        self.seed = seed
    }

    /// Reads `MAANE_PROFILE` (`fast`; `google`), `MAANE_PROFILE_SEED` (1) and, instead of the profile's own, `MAANE_PROFILE_FINAL_MS`,
    /// `MAANE_PROFILE_INTERIM_MS`, `MAANE_PROFILE_FIRST_TOKEN_MS` and `MAANE_PROFILE_FIRST_AUDIO_MS` (`median/p95/p99`; interims: one figure).
    package init(_ reader: SettingsReader) {
        let name = reader.string("MAANE_PROFILE", default: "fast")
        self = name == "google" ? .google : .fast
        if !Self.names.contains(name) { reader.fault("MAANE_PROFILE", "\(name) is not one of \(Self.names.joined(separator: ", "))") }
        seed = UInt64(reader.integer("MAANE_PROFILE_SEED", default: 1, in: 0...1_000_000))
        interimMilliseconds = reader.integer("MAANE_PROFILE_INTERIM_MS", default: interimMilliseconds, in: 0...5_000)
        func distribution(_ variable: String, _ own: DelayDistribution) -> DelayDistribution {
            guard let text = reader.optional(variable) else { return own }
            if let distribution = DelayDistribution(text) { return distribution }
            reader.fault(variable, "\(text) is not median/p95 or median/p95/p99 in milliseconds from 1 to 60000, for instance 250/600/2100")
            return own
        }
        final = distribution("MAANE_PROFILE_FINAL_MS", final)
        firstToken = distribution("MAANE_PROFILE_FIRST_TOKEN_MS", firstToken)
        firstAudio = distribution("MAANE_PROFILE_FIRST_AUDIO_MS", firstAudio)
    }
}
