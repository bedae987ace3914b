import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import Business
import CallVocabulary
import Foundation
import GoogleCloud
import HTTPFetch
import Logging
import ProviderKit
import ServiceKit
import ServiceLifecycle
import WebSocketClient

/// What hears in this process.
package struct ASRStage: Sendable {
    package let recogniser: any SpeechRecognizer
    /// Calls that one worker takes.
    package let capacity: Int
    /// What has to run beside the worker.
    package let services: [any Service]
    /// The providers elsewhere, in the order of the configuration; empty when the recogniser is embedded.
    package let providers: [any StreamingProvider]

    /// One decoding thread at 5 % of a core per call that is being spoken to.
    private static let embeddedCapacity = 20
    private static let capacity = 1_000
    /// Transcription requests to one server at a time.
    private static let connections = 64

    /// Makes the recogniser that `ASR_PROVIDERS` names: an embedded one alone, or providers behind each other.
    ///
    /// - Throws: `ConfigurationError` with the faults of all that are named, or why an embedded one cannot work here.
    package static func make(_ reader: SettingsReader, businesses: BusinessDirectory, logger: Logger) async throws -> ASRStage {
        let names = reader.list("ASR_PROVIDERS", default: ["local"], allowed: Providers.asr)
        for fault in ProviderRules.faults(inOrder: names, embedded: Providers.embedded) { reader.fault("ASR_PROVIDERS", fault) }
        for fault in ProviderRules.faults(of: businesses.businesses, \.asr, "asr", installed: names, variable: "ASR_PROVIDERS") {
            reader.fault("MAANE_BUSINESSES", fault)
        }
        guard !Providers.embedded.contains(names[0]) else {
            let scripted: ScriptedSettings? =
                switch names[0] {
                case "scripted": ScriptedSettings(reader)
                case "profile": ScriptedSettings(ProviderProfile(reader), reader)
                default: nil
                }
            try reader.finish()
            return ASRStage(
                recogniser: try await embedded(names[0], scripted, logger), capacity: names[0] == "local" ? embeddedCapacity : capacity, services: [],
                providers: [])
        }
        let makers = makers(names, reader)
        try reader.finish()
        let parts = try await Parts(logger)
        let providers = try makers.map { try $0(parts) }
        let chain = ProviderChain(stage: "asr", names: names, logger: logger)
        let recogniser = StreamingRecognizer(providers: providers, chain: chain, logger: logger) { id in
            let business = id.flatMap { businesses.business(id: $0) }
            let own = business?.providers.asr ?? []
            return .init(order: own.isEmpty ? nil : chain.order(of: own), hints: business.map(RecognitionHints.init) ?? RecognitionHints())
        }
        return ASRStage(recogniser: recogniser, capacity: capacity, services: [Timekeeper(recogniser: recogniser)], providers: providers)
    }

    /// Lets each provider hear a sentence, the embedded one find its models, and prints a line for each.
    ///
    /// - Parameter recording: a WAVE file of ``ProviderCheck/sentence``.
    /// - Returns: whether all of them work.
    package static func check(_ reader: SettingsReader, businesses: BusinessDirectory, recording: String) async throws -> Bool {
        let logger = Logger(label: "asr-worker") { _ in SwiftLogNoOpLogHandler() }
        let stage = try await make(reader, businesses: businesses, logger: logger)
        guard !stage.providers.isEmpty else {
            let check = await ProviderCheck.run(stage: "asr", provider: stage.recogniser.name) {
                let start = ContinuousClock.now
                try await stage.recogniser.warm()
                return .works(milliseconds: ProviderCheck.milliseconds(since: start), what: "to load; hears answers that were asked for")
            }
            print(check.text)
            return check.works
        }
        guard let bytes = FileManager.default.contents(atPath: recording) else {
            throw ConfigurationError(faults: ["\(recording): there is no such recording; let `tts-worker check FILE` make one"])
        }
        let file = try WAV.read([UInt8](bytes))
        var resampler = Resampler(from: file.format.sampleRate, to: MuLaw.sampleRate)
        let audio = MuLaw.encode(resampler.process(file.channel(0)) + resampler.flush())
        let hints = businesses.businesses.first.map(RecognitionHints.init) ?? RecognitionHints()
        var allWork = true
        for provider in stage.providers {
            let check = await HearingCheck.run(provider, audio: audio, hints: hints)
            print(check.text)
            allWork = allWork && check.works
        }
        return allWork
    }

    private static func embedded(_ name: String, _ scripted: ScriptedSettings?, _ logger: Logger) async throws -> any SpeechRecognizer {
        if let scripted { return ScriptedRecognizer(name: name, settings: scripted, logger: logger) }
        return switch name {
        case "energy": EnergyRecognizer()
        case "tones": TonesRecognizer()
        default: try await PocketSphinxRecognizer(rooms: ProcessInfo.processInfo.activeProcessorCount, logger: logger)
        }
    }

    // MARK: - Providers elsewhere

    /// What they share.
    private struct Parts {
        let sockets: WebSocketClient
        let fetch: HTTPFetch
        let logger: Logger

        init(_ logger: Logger) async throws {
            sockets = try WebSocketClient(configuration: WebSocketConfiguration())
            var configuration = HTTPFetchConfiguration()
            configuration.maximumConnectionsPerHost = ASRStage.connections
            configuration.userAgent = "maane"
            fetch = try await HTTPFetch(configuration: configuration, name: "asr-fetch")
            self.logger = logger
        }
    }

    private typealias Maker = (Parts) throws -> any StreamingProvider

    /// Reads what each of them needs, and makes them when all is known to be there.
    private static func makers(_ names: [String], _ reader: SettingsReader) -> [Maker] {
        var google: (GoogleAccountSettings, GoogleRecognitionSettings)?
        var tokens: GoogleTokens?
        return names.map { name in
            switch name {
            case "deepgram":
                let settings = DeepgramSettings(reader)
                return { DeepgramProvider(settings, client: $0.sockets) }
            case "soniox":
                let settings = SonioxSettings(reader)
                return { SonioxProvider(settings, client: $0.sockets) }
            case "elevenlabs":
                let settings = ElevenLabsTranscriptionSettings(reader)
                return { ElevenLabsTranscription(settings, client: $0.sockets) }
            case "openai":
                let settings = OpenAITranscriptionSettings.openAI(reader)
                return { OpenAITranscription(settings, fetch: $0.fetch) }
            case "compatible":
                let settings = OpenAITranscriptionSettings.compatible(reader)
                return { OpenAITranscription(settings, fetch: $0.fetch) }
            default:
                if google == nil {
                    let account = GoogleAccountSettings(reader, needsProject: names.contains("google"))
                    google = (account, GoogleRecognitionSettings(reader, account: account))
                }
                let version: GoogleRecognition.Version = name == "google" ? .v2 : .v1
                return { parts in
                    guard let (settings, speech) = google, let account = settings.account else {
                        throw ConfigurationError(faults: ["GOOGLE_APPLICATION_CREDENTIALS: is not set"])
                    }
                    let granted = tokens ?? settings.tokens(account, fetch: parts.fetch, logger: parts.logger)
                    tokens = granted
                    return GoogleRecognizer.make([version], settings: speech, tokens: granted, logger: parts.logger)[0]
                }
            }
        }
    }
}

extension RecognitionHints {
    /// What callers of this business are likely to say: its name, and the answers to its questions.
    init(_ business: BusinessProfile) {
        var seen: Set<String> = []
        let phrases = [business.name] + business.receptionist.states.flatMap(\.answers).flatMap { [$0.label] + $0.phrases }
        self.init(phrases: phrases.filter { !$0.isEmpty && seen.insert($0).inserted })
    }
}

/// Keeps time for the calls of a streaming recogniser.
private struct Timekeeper: Service {
    let recogniser: StreamingRecognizer
    func run() async throws { await cancelWhenGracefulShutdown { await recogniser.keepTime() } }
}
