import Business
import GoogleCloud
import HTTPFetch
import Logging
import ServiceKit
import TTSGoogle
import TTSWorker

/// The voices of this build, Google's account and streams among them: only this links gRPC.
package enum TTSStage {
    /// - Throws: `ConfigurationError` with the faults of all that `TTS_PROVIDERS` names; `VoiceFailure` when the cache's folder cannot be used.
    package static func make(
        _ reader: SettingsReader, businesses: BusinessDirectory, stateDirectory: String, logger: Logger
    ) async throws -> VoiceStage {
        let account = try await GoogleAccount(logger: logger)
        return try await VoiceProviders.make(
            reader, businesses: businesses.businesses, stateDirectory: stateDirectory,
            google: GoogleParts(tokens: { account.tokens($0) }, streaming: { account.streaming($0) }), logger: logger)
    }
}

/// One account for both of Google's voices.
private final class GoogleAccount: Sendable {
    private let fetch: HTTPFetch
    private let logger: Logger

    init(logger: Logger) async throws {
        fetch = try await HTTPFetch(name: "google-tokens")
        self.logger = logger
    }

    /// nil when no account is named; faults are left in the reader.
    func tokens(_ reader: SettingsReader) -> (any AccessTokenSource)? {
        guard reader.optional("GOOGLE_APPLICATION_CREDENTIALS", secret: true) != nil else { return nil }
        return settings(reader)?.tokens
    }

    func streaming(_ reader: SettingsReader) -> (any Voice)? {
        guard let (settings, tokens) = settings(reader) else { return nil }
        let speech = GoogleSpeech(channels: GoogleSpeechSettings(reader, account: settings).channels(logger: logger), tokens: tokens)
        return GoogleStreamingVoice(reader, open: { speech.stream(text: $0, voice: $1) }, connect: { try await speech.warm() })
    }

    private func settings(_ reader: SettingsReader) -> (account: GoogleAccountSettings, tokens: GoogleTokens)? {
        let settings = GoogleAccountSettings(reader, needsProject: false)
        guard let account = settings.account else { return nil }
        return (settings, settings.tokens(account, fetch: fetch, logger: logger))
    }
}

extension GoogleTokens: AccessTokenSource {}
