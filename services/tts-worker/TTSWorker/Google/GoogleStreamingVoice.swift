import ProviderKit
import ServiceKit

/// Provider `google-streaming`: Chirp3-HD voices, whose audio comes while it is made. The stream itself is opened by whoever makes this value, so
/// that gRPC is linked there and nowhere else.
package struct GoogleStreamingVoice: Voice {
    package typealias Open = @Sendable (_ text: String, _ voice: String) -> AsyncThrowingStream<[UInt8], any Error>

    package let name = "google-streaming"
    private let voices: VoiceNames
    private let open: Open
    private let connect: @Sendable () async throws -> Void

    /// In bytes of UTF-8.
    private static let longestText = 5_000

    /// Reads `GOOGLE_TTS_STREAMING_VOICE` (he-IL-Chirp3-HD-Kore) and `GOOGLE_TTS_STREAMING_VOICE_MASCULINE` (he-IL-Chirp3-HD-Puck). Faults are
    /// left in the reader.
    /// - Parameters:
    ///   - open: speaks a text: mu-law without a header, in pieces as they come. It throws `ProviderFailure`, and dropping the stream ends it.
    ///   - connect: opens the connection.
    package init(_ reader: SettingsReader, open: @escaping Open, connect: @escaping @Sendable () async throws -> Void) {
        let variable = "GOOGLE_TTS_STREAMING_VOICE"
        voices = VoiceNames.read(reader, variable, feminine: "he-IL-Chirp3-HD-Kore", masculine: "he-IL-Chirp3-HD-Puck")
        for (variable, name) in [(variable, voices.feminine), (variable + "_MASCULINE", voices.masculine)]
        where !name.hasPrefix("he-IL-Chirp3-HD-") {
            reader.fault(variable, "\(name) cannot be streamed; only voices called he-IL-Chirp3-HD-… can")
        }
        self.open = open
        self.connect = connect
    }

    package var waitsForOthers: Bool { true }
    package func signature(of request: VoiceRequest) -> String { "\(name) \(voices.choice(request, name))" }
    package func warm() async throws { try await connect() }

    package func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { sink in
            let text = try SpokenText.checked(request, name, limit: Self.longestText) { $0.utf8.count }
            var pieces = SpokenPieces()
            for try await audio in open(text, voices.choice(request, name)) {
                for piece in pieces.take(audio) { try await sink.send(piece) }
            }
            // The stream of a cancelled task just ends: that is no whole sentence.
            try Task.checkCancellation()
            try await sink.send(pieces.finish(name))
        }
    }
}
