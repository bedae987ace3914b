import Audio
import HTTPFetch
import ProviderKit

extension ProviderFailure.Kind {
    /// The request is beyond what this provider takes (too long, nothing to say): no sign of how the provider is.
    package static let unsuitable = ProviderFailure.Kind(rawValue: "unsuitable")
}

extension ProviderFailure {
    /// What a transfer's failure means. Its messages hold no address, header or body.
    init(_ error: HTTPFetchError) {
        let kind: Kind =
            switch error.code {
            case .connectFailed: .unreachable
            case .tls: .tls
            case .timeout: .timeout
            case .tooLarge: .garbage
            case .invalidRequest: .refused
            // This process's own limits, and broken transfers.
            default: .broken
            }
        self.init(kind, error.message)
    }

    /// Of whatever a voice threw; nil for a cancellation.
    package static func of(_ error: any Error) -> ProviderFailure? {
        switch error {
        case is CancellationError: return nil
        case let failure as ProviderFailure: return failure
        case let failure as HTTPFetchError: return ProviderFailure(failure)
        case let failure as WAV.Failure: return ProviderFailure(failure.code == .truncated ? .broken : .garbage, failure.message)
        case let failure as VoiceFailure:
            let kind: Kind =
                switch failure.code {
                case .unavailable: .unreachable
                case .refused: .refused
                default: .broken
                }
            return ProviderFailure(kind, failure.message)
        // Another error's text may hold anything.
        default: return ProviderFailure(.broken, "the voice failed with \(type(of: error))")
        }
    }

    /// `retry-after` in seconds. As a date it is not read: our clock and theirs may differ.
    static func retryAfter(_ response: HTTPStreamedResponse) -> Duration? {
        if let text = response.header("retry-after-ms"), let milliseconds = Double(text), (0...86_400_000).contains(milliseconds) {
            return .milliseconds(Int(milliseconds))
        }
        guard let text = response.header("retry-after"), let seconds = Double(text), (0...86_400).contains(seconds) else { return nil }
        return .milliseconds(Int(seconds * 1000))
    }

    /// A vendor's code as it may stand in a log: short, and of letters that codes are made of. nil for anything else: it may be text that quotes
    /// what was sent.
    static func code(_ text: String?) -> String? {
        guard let text, !text.isEmpty, text.utf8.count <= 60,
            text.utf8.allSatisfy({
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || "_-.".utf8.contains($0)
            })
        else { return nil }
        return text
    }
}
