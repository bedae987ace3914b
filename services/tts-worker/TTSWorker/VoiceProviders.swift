import Business
import Hebrew
import HTTPFetch
import Logging
import ProviderKit
import ServiceKit

/// What speaks in this process.
package struct VoiceStage: Sendable {
    package let voice: any Voice
    /// The voices behind it, in the order of the configuration, each by itself and without the cache.
    package let voices: [any Voice]
    /// Prepares what is said in the same words every time; nil when every voice is embedded and needs no preparation.
    package let warmer: (@Sendable ([BusinessProfile]) -> CacheWarmer)?
    private let end: @Sendable () async -> Void

    init(
        voice: any Voice, voices: [any Voice], warmer: (@Sendable ([BusinessProfile]) -> CacheWarmer)? = nil, end: @escaping @Sendable () async -> Void = {}
    ) {
        self.voice = voice
        self.voices = voices
        self.warmer = warmer
        self.end = end
    }

    /// Writes what waits to be kept, and cuts what is still being made. For a process that goes on without voices: one that ends needs no goodbye.
    package func close() async { await end() }
}

/// Parts of Google's that live elsewhere.
package struct GoogleParts: Sendable {
    /// Reads the service account's variables; nil when none is set. Faults are left in the reader.
    package var tokens: @Sendable (SettingsReader) -> (any AccessTokenSource)?
    /// Makes the voice `google-streaming`; nil: this build has none. Faults are left in the reader, and nil is given back then.
    package var streaming: (@Sendable (SettingsReader) async throws -> (any Voice)?)?

    package init(
        tokens: @escaping @Sendable (SettingsReader) -> (any AccessTokenSource)? = GoogleParts.noAccount,
        streaming: (@Sendable (SettingsReader) async throws -> (any Voice)?)? = nil
    ) {
        self.tokens = tokens
        self.streaming = streaming
    }

    /// For a build without service accounts.
    package static let noAccount: @Sendable (SettingsReader) -> (any AccessTokenSource)? = { reader in
        if reader.optional("GOOGLE_APPLICATION_CREDENTIALS", secret: true) != nil {
            reader.fault("GOOGLE_APPLICATION_CREDENTIALS", "is not read by this build's voices; set GOOGLE_TTS_API_KEY")
        }
        return nil
    }
}

/// Makes the voices that `TTS_PROVIDERS` names.
package enum VoiceProviders {
    /// Connections to one provider at a time: sentences of as many calls.
    private static let connections = 64

    /// With embedded voices only, the first one speaks, alone. With a provider among them, all stand behind each other in their order, and
    /// what the providers say is kept.
    ///
    /// - Throws: `ConfigurationError` with the faults of all of them; `VoiceFailure` when the cache's folder cannot be used.
    package static func make(
        _ reader: SettingsReader, businesses: [BusinessProfile] = [], stateDirectory: String, google: GoogleParts = GoogleParts(), logger: Logger
    ) async throws -> VoiceStage {
        let names = reader.list("TTS_PROVIDERS", default: ["local"], allowed: Providers.tts)
        for fault in ProviderRules.faults(inOrder: names, embedded: []) { reader.fault("TTS_PROVIDERS", fault) }
        for fault in ProviderRules.faults(of: businesses, \.tts, "tts", installed: names, variable: "TTS_PROVIDERS") {
            reader.fault("MAANE_BUSINESSES", fault)
        }
        let isEmbedded = names.allSatisfy { $0 == "local" || $0 == "tone" || $0 == "profile" }
        guard !isEmbedded else {
            let profile = names[0] == "profile" ? ProviderProfile(reader) : nil
            try reader.finish()
            let voice: any Voice = profile.map { ProfileVoice($0) } ?? embedded(names[0])
            return VoiceStage(voice: voice, voices: [voice])
        }
        let settings = FailoverSettings(reader)
        var limits = VoiceLimits()
        limits.idle = .milliseconds(reader.integer("TTS_IDLE_MS", default: 1_500, in: 300...10_000))
        let folder = CacheSettings(reader, stateDirectory: stateDirectory)
        var configuration = HTTPFetchConfiguration()
        configuration.maximumConnectionsPerHost = connections
        configuration.userAgent = "maane"
        let fetch = try await HTTPFetch(configuration: configuration, name: "tts-fetch")
        // All before the first complaint.
        var found: [(any Voice)?] = []
        for (index, name) in names.enumerated() where !names[..<index].contains(name) {
            found.append(try await voice(name, reader, fetch, limits, google, logger))
        }
        try reader.finish()
        guard found.allSatisfy({ $0 != nil }) else {
            throw ConfigurationError(faults: ["TTS_PROVIDERS: one of its voices could not be made; set it to fewer of them to see which"])
        }
        let disk = folder.megabytes > 0 ? try await SentenceDisk(path: folder.path, megabytes: folder.megabytes, logger: logger) : nil
        let cache = SentenceCache(disk: disk)
        let voices: [any Voice] = found.compactMap { $0 }.map { $0.waitsForOthers ? CachedVoice($0, cache: cache) : $0 }
        let chain = ProviderChain(stage: "tts", names: names, logger: logger)
        let failover = FailoverVoice(voices, chain: chain, settings: settings, logger: logger)
        return VoiceStage(
            voice: failover, voices: found.compactMap { $0 }, warmer: { CacheWarmer(voice: failover, cache: cache, businesses: $0, logger: logger) },
            end: {
                await disk?.stop()
                await fetch.close()
            })
    }

    package static func embedded(_ name: String) -> any Voice {
        name == "tone" ? ToneVoice() : EspeakVoice(pronounce: { Pronunciation.espeakInput(for: $0) })
    }

    /// nil with a fault in the reader.
    static func voice(
        _ name: String, _ reader: SettingsReader, _ fetch: HTTPFetch, _ limits: VoiceLimits, _ google: GoogleParts, _ logger: Logger
    ) async throws -> (any Voice)? {
        switch name {
        case "google":
            return GoogleRESTSettings(reader, tokens: google.tokens).map { HTTPVoice(GoogleRESTSpeech($0), fetch: fetch, limits: limits) }
        case "google-streaming":
            guard let make = google.streaming else {
                reader.fault("TTS_PROVIDERS", "google-streaming is not in this build; use google")
                return nil
            }
            return try await make(reader)
        case "azure": return HTTPVoice(AzureSpeech(AzureSpeechSettings(reader)), fetch: fetch, limits: limits)
        case "elevenlabs": return HTTPVoice(ElevenLabsSpeech(ElevenLabsSpeechSettings(reader)), fetch: fetch, limits: limits)
        case "openai":
            let settings = OpenAISpeechSettings.openAI(reader)
            if let day = OpenAISpeechSettings.endingModels[settings.model] {
                logger.warning("MODEL_ENDS", metadata: ["provider": "openai", "model": "\(settings.model)", "day": "\(day)"])
            }
            return HTTPVoice(OpenAISpeech(settings), fetch: fetch, limits: limits)
        case "compatible": return HTTPVoice(OpenAISpeech(OpenAISpeechSettings.compatible(reader)), fetch: fetch, limits: limits)
        case "local", "tone": return embedded(name)
        case "profile": return ProfileVoice(ProviderProfile(reader))
        // Named by the reader's list.
        default: return nil
        }
    }
}

/// Where sentences are kept.
struct CacheSettings: Sendable, Equatable {
    var path: String
    /// 0: in memory only.
    var megabytes: Int

    /// Reads `MAANE_TTS_CACHE_DIR` (default: `tts` in systemd's `$CACHE_DIRECTORY`, else `tts-cache` in the state directory) and
    /// `MAANE_TTS_CACHE_MB` (512; 0: nothing on disk).
    init(_ reader: SettingsReader, stateDirectory: String) {
        // systemd names several directories with colons between.
        let systemd = reader.optional("CACHE_DIRECTORY").map { $0.prefix { $0 != ":" } + "/tts" }.map(String.init)
        path = reader.optional("MAANE_TTS_CACHE_DIR") ?? systemd ?? stateDirectory + "/tts-cache"
        megabytes = reader.integer("MAANE_TTS_CACHE_MB", default: 512, in: 0...1_048_576)
    }
}
