import ASRGoogleWire
import ASRWorker
import GoogleCloud
import GoogleGRPC
import Logging
import ProviderKit

/// Google's speech recognition as it is spoken: `google` (v2, chirp_3) or `google-v1`.
package struct GoogleRecognizer: StreamingProvider {
    package let name: String
    package let traits: StreamTraits
    private let speech: GoogleRecognition
    private let channels: GoogleChannels
    private let tokens: GoogleTokens

    package init(_ speech: GoogleRecognition, channels: GoogleChannels, tokens: GoogleTokens, traits: StreamTraits = Self.standardTraits) {
        name = speech.version.provider
        self.speech = speech
        self.channels = channels
        self.tokens = tokens
        self.traits = traits
    }

    /// The versions that the configuration names, in that order; they share tokens, and connections where the server is the same.
    package static func make(
        _ versions: [GoogleRecognition.Version], settings: GoogleRecognitionSettings, tokens: GoogleTokens, logger: Logger
    ) -> [GoogleRecognizer] {
        var shared: [GoogleEndpoint: GoogleChannels] = [:]
        return versions.map { version in
            let endpoint = settings.endpoint(version)
            var limits = GoogleChannels.Limits()
            limits.streamsPerConnection = settings.streamsPerConnection
            let channels = shared[endpoint] ?? GoogleChannels(service: GoogleStreamEnd.name, endpoint: endpoint, limits: limits, logger: logger)
            shared[endpoint] = channels
            return GoogleRecognizer(settings.speech(version), channels: channels, tokens: tokens)
        }
    }

    /// Five minutes are the longest stream (305 s in v1): the next is opened in time to cut at a pause, and some seconds are left for its opening.
    /// Half of Google's finals come 0.9 s after the voice, one of a hundred 1.6 s after it.
    package static let standardTraits = StreamTraits(
        silence: .sent, chunkMilliseconds: 40, finalizes: false, renewAfterMilliseconds: 230_000, renewByMilliseconds: 285_000,
        finalTimeoutMilliseconds: 1_800)

    package func connect(_ hints: RecognitionHints, report: @escaping @Sendable (ConnectionEvent) -> Void) -> any RecognizerConnection {
        GoogleConnection(speech, hints, channels: channels, tokens: tokens, report: report)
    }

    package func warm() async throws {
        _ = try await tokens.token()
        try await channels.warm()
    }
}
