import Audio
import Business
import Foundation
import GoogleCloud
import HTTPFetch
import Logging
import ProviderKit
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

    /// Lets each voice say a sentence, and prints a line for each.
    ///
    /// - Parameter recording: a WAVE file that is written: the sentence by the first voice that works, else by the embedded one.
    /// - Returns: whether all of them work.
    package static func check(
        _ reader: SettingsReader, businesses: BusinessDirectory, stateDirectory: String, recording: String?
    ) async throws -> Bool {
        let logger = Logger(label: "tts-worker") { _ in SwiftLogNoOpLogHandler() }
        let stage = try await make(reader, businesses: businesses, stateDirectory: stateDirectory, logger: logger)
        let request = VoiceRequest(text: ProviderCheck.sentence, business: businesses.first, purpose: .opening)
        var audio: [UInt8]?
        var allWork = true
        for voice in stage.voices {
            let (check, said) = await SpeakingCheck.run(voice, request)
            print(check.text)
            allWork = allWork && check.works
            if audio == nil, check.works { audio = said }
        }
        await stage.close()
        guard let recording else { return allWork }
        if audio == nil { audio = await SpeakingCheck.run(VoiceProviders.embedded("local"), request).audio }
        try Data(WAV.write(muLaw: audio ?? [])).write(to: URL(fileURLWithPath: recording))
        return allWork
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
