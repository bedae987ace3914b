import Business

/// What to say.
package struct VoiceRequest: Sendable, Equatable {
    /// How long somebody waits for the audio.
    package enum Purpose: Sendable, Equatable {
        /// The first sentence of a reply: the caller waits in silence.
        case opening
        /// A later one: the caller hears the one before.
        case sentence
        /// A prompt or a reply that is made as a file.
        case file
    }

    /// The sentence, in plain Hebrew.
    package var text: String
    /// The embedded engine's name of the voice; nil for the engine's own choice.
    package var voice: String?
    /// The embedded engine's words per minute; nil for the engine's own choice. Hebrew receptionists speak at about 150.
    package var rate: Int?
    /// Chooses a provider's voice when `names` has none.
    package var gender: VoiceGender
    /// Names of voices, by provider.
    package var names: [String: String]
    /// The business's own order of providers; nil: the installation's.
    package var providers: [String]?
    package var purpose: Purpose
    /// The rest of a sentence whose beginning another provider has spoken: it will not come again, so it is not kept.
    package var isFragment: Bool

    package init(
        text: String, voice: String? = nil, rate: Int? = nil, gender: VoiceGender = .feminine, names: [String: String] = [:],
        providers: [String]? = nil, purpose: Purpose = .sentence, isFragment: Bool = false
    ) {
        self.text = text
        self.voice = voice
        self.rate = rate
        self.gender = gender
        self.names = names
        self.providers = providers
        self.purpose = purpose
        self.isFragment = isFragment
    }

    /// As this business sounds.
    package init(text: String, business: BusinessProfile?, purpose: Purpose) {
        let settings = business?.voice
        let own = business?.providers.tts ?? []
        self.init(
            text: text, voice: settings.map { "he+\($0.variant)" }, rate: settings?.rate, gender: settings?.gender ?? .feminine,
            names: settings?.names ?? [:], providers: own.isEmpty ? nil : own, purpose: purpose)
    }
}

/// Text in, mu-law at 8 kHz out as it is made.
package protocol Voice: Sendable {
    /// Name of the provider, as in the configuration.
    var name: String { get }

    /// Whether somebody else does the work: waiting for them is not this worker's standstill.
    var waitsForOthers: Bool { get }

    /// Everything beside the text that the sound depends on. Audio is kept under it.
    func signature(of request: VoiceRequest) -> String

    /// Speaks one sentence. The work begins with the first element asked for and goes at most
    /// ``VoiceAudio/capacity`` chunks ahead. Dropping the iterator or cancelling the consuming task stops the engine at once.
    func speak(_ request: VoiceRequest) -> VoiceAudio

    /// The sentence, if its audio is kept: no provider is asked. nil: it is not.
    func recall(_ request: VoiceRequest) async -> VoiceAudio?

    /// As ``speak(_:)`` without looking first whether the audio is kept: for who has looked.
    func make(_ request: VoiceRequest) -> VoiceAudio

    /// Makes the first sentence as fast as the others: opens connections, loads files.
    /// - Throws: ``VoiceFailure`` if the voice cannot work.
    func warm() async throws

    /// A call has begun, and will be spoken to within seconds. Returns at once if nothing is to be done; fails in silence.
    func prepare() async
}

extension Voice {
    package var waitsForOthers: Bool { false }
    package func signature(of request: VoiceRequest) -> String { "\(name) \(request.voice ?? "") \(request.rate ?? 0)" }
    package func recall(_ request: VoiceRequest) async -> VoiceAudio? { nil }
    package func make(_ request: VoiceRequest) -> VoiceAudio { speak(request) }
    package func prepare() async {}
}

/// Why an embedded voice did not speak. Those of providers throw `ProviderFailure`.
package struct VoiceFailure: Error, Sendable, CustomStringConvertible {
    /// Open-ended; providers add their own.
    package struct Code: Sendable, Equatable {
        package let name: String
        package init(name: String) { self.name = name }
        /// The engine is not installed or not reachable.
        package static let unavailable = Code(name: "voice.unavailable")
        /// The engine refused the request.
        package static let refused = Code(name: "voice.refused")
        /// The engine ended without its audio.
        package static let broken = Code(name: "voice.broken")
    }

    package let code: Code
    /// What was seen, and the remedy. Holds no spoken text.
    package let message: String
    package let cause: (any Error)?

    package init(code: Code, message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String {
        cause.map { "\(code.name): \(message) (\($0))" } ?? "\(code.name): \(message)"
    }
}
