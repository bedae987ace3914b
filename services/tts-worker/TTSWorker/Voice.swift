/// What to say.
package struct VoiceRequest: Sendable, Equatable {
    /// The sentence, in plain Hebrew.
    package var text: String
    /// The engine's name of the voice; nil for the engine's own choice.
    package var voice: String?
    /// Words per minute; nil for the engine's own choice. Hebrew receptionists speak at about 150.
    package var rate: Int?

    package init(text: String, voice: String? = nil, rate: Int? = nil) {
        self.text = text
        self.voice = voice
        self.rate = rate
    }
}

/// Text in, mu-law at 8 kHz out as it is made.
package protocol Voice: Sendable {
    /// Name of the provider, as in the configuration.
    var name: String { get }

    /// Speaks one sentence. The work begins with the first element asked for and goes at most
    /// ``VoiceAudio/capacity`` chunks ahead. Dropping the iterator or cancelling the consuming task stops the engine at once.
    func speak(_ request: VoiceRequest) -> VoiceAudio

    /// Makes the first sentence as fast as the others: opens connections, loads files.
    /// - Throws: ``VoiceFailure`` if the voice cannot work.
    func warm() async throws
}

/// Why a voice did not speak.
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
