import ServiceKit

/// How long the final transcript of an utterance takes.
package enum FinalLatency: Sendable, Equatable {
    /// Milliseconds from the moment when the recogniser is told of the utterance's end.
    case fixed(Int)
    /// As a provider elsewhere: from the end of the last word, never before the utterance's end is told.
    case provider(DelayDistribution)

    package static let fast = FinalLatency.provider(ProviderProfile.fast.final)
    package static let google = FinalLatency.provider(ProviderProfile.google.final)

    /// Milliseconds (0 to 10000), `fast` or `google`.
    package init?(_ text: String) {
        switch text {
        case "fast": self = .fast
        case "google": self = .google
        default:
            guard let milliseconds = Int(text), (0...10_000).contains(milliseconds) else { return nil }
            self = .fixed(milliseconds)
        }
    }

    /// Milliseconds from now, at the utterance's end, to its final.
    /// - Parameters:
    ///   - silence: milliseconds since the last word's end.
    ///   - seed: the same seed gives the same time.
    func delay(afterSilence silence: Int, seed: UInt64) -> Int {
        switch self {
        case .fixed(let milliseconds): milliseconds
        case .provider(let distribution): max(0, distribution.sample(seed: seed) - max(0, silence))
        }
    }
}
