import Audio
import GoogleCloud
import GoogleGRPC
import GoogleProtos
import ProviderKit
import SwiftProtobuf
import Synchronization

/// Google's streaming synthesis (Chirp3-HD voices): one sentence in, line audio out while it is made.
package struct GoogleSpeech: Sendable {
    /// Bytes of text that Google takes at once; a Hebrew letter has two.
    package static let largestText = 5_000
    /// Google's range of speaking rates; 1 is the voice's own.
    package static let rates = 0.25...2.0
    /// Ten minutes of audio: no sentence has them.
    private static let largestAudio = 8000 * 600
    private static let name = "Google synthesis"

    private let channels: GoogleChannels
    private let tokens: GoogleTokens

    package init(channels: GoogleChannels, tokens: GoogleTokens) {
        self.channels = channels
        self.tokens = tokens
    }

    /// Makes the first sentence as fast as the others.
    /// - Throws: `ProviderFailure`.
    package func warm() async throws {
        _ = try await tokens.token()
        try await channels.warm()
    }

    /// Speaks one sentence.
    ///
    /// The work begins at once, and dropping the stream or cancelling its reader ends it on the wire.
    /// - Parameters:
    ///   - voice: `he-IL-Chirp3-HD-Kore`; only Chirp3-HD voices are streamed.
    ///   - rate: kept within ``rates``; nil: the voice's own.
    /// - Returns: mu-law at 8 kHz without a header, in pieces as they come. It throws `ProviderFailure`, `empty` when there was no audio.
    package func stream(text: String, voice: String, language: String = "he-IL", rate: Double? = nil) -> AsyncThrowingStream<[UInt8], any Error> {
        // The buffer is bounded by the audio of one sentence.
        let (stream, feed) = AsyncThrowingStream.makeStream(of: [UInt8].self, throwing: (any Error).self)
        let task = Task {
            do {
                try await speak(text, voice: voice, language: language, rate: rate) { feed.yield($0) }
                feed.finish()
            } catch {
                feed.finish(throwing: error)
            }
        }
        feed.onTermination = { _ in task.cancel() }
        return stream
    }

    // MARK: Messages

    /// What a sentence is asked with: the configuration, then the text.
    static func messages(text: String, voice: String, language: String, rate: Double?) throws -> [[UInt8]] {
        let configuration = SynthesisV1StreamingSynthesizeRequest.with { request in
            request.streamingConfig.voice.languageCode = language
            request.streamingConfig.voice.name = voice
            request.streamingConfig.streamingAudioConfig.audioEncoding = .mulaw
            request.streamingConfig.streamingAudioConfig.sampleRateHertz = 8000
            if let rate { request.streamingConfig.streamingAudioConfig.speakingRate = min(max(rate, rates.lowerBound), rates.upperBound) }
        }
        let input = SynthesisV1StreamingSynthesizeRequest.with { $0.input.text = text }
        return [try configuration.serializedBytes(), try input.serializedBytes()]
    }

    private func speak(
        _ text: String, voice: String, language: String, rate: Double?, _ deliver: @escaping @Sendable ([UInt8]) -> Void
    ) async throws {
        guard text.utf8.count <= Self.largestText else {
            throw ProviderFailure(.refused, "\(Self.name): a sentence of \(text.utf8.count) bytes, \(Self.largestText) are allowed; split it")
        }
        let messages = try Self.messages(text: text, voice: voice, language: language, rate: rate)
        let token = try await tokens.token()
        let reader = SentenceReader(limit: Self.largestAudio, name: Self.name)
        let call = GoogleCall(service: "google.cloud.texttospeech.v1.TextToSpeech", method: "StreamingSynthesize")
        let status = try await channels.run(call, token: token) { writer in
            for message in messages { try await writer.write(message) }
        } receive: { event in
            guard case .message(let bytes) = event else { return }
            let audio = try reader.read(bytes)
            if !audio.isEmpty { deliver(audio) }
        }
        guard status.code == GoogleStatus.ok else {
            if status.code == GoogleStatus.unauthenticated { tokens.reject(token) }
            throw status.failure(of: Self.name)
        }
        let rest = reader.finish()
        if !rest.isEmpty { deliver(rest) }
        guard reader.delivered > 0 else { throw ProviderFailure(.empty, "\(Self.name): no audio came; check the voice's name") }
    }
}

/// The audio of one sentence's messages.
private final class SentenceReader: Sendable {
    private struct State {
        var parser = MuLawStreamParser()
        var delivered = 0
    }
    private let state = Mutex(State())
    private let limit: Int
    private let name: String

    init(limit: Int, name: String) {
        self.limit = limit
        self.name = name
    }

    var delivered: Int { state.withLock { $0.delivered } }

    func read(_ message: [UInt8]) throws -> [UInt8] {
        guard let response = try? SynthesisV1StreamingSynthesizeResponse(serializedBytes: message) else {
            throw ProviderFailure(.garbage, "\(name): a message of \(message.count) bytes cannot be read")
        }
        do {
            return try state.withLock { state in
                let audio = try state.parser.process(Array(response.audioContent))
                state.delivered += audio.count
                guard state.delivered <= limit else { throw ProviderFailure(.garbage, "\(name): more audio than any sentence has") }
                return audio
            }
        } catch let failure as WAV.Failure {
            throw ProviderFailure(.garbage, "\(name): \(failure.message)")
        }
    }

    func finish() -> [UInt8] {
        state.withLock { state in
            let rest = state.parser.finish()
            state.delivered += rest.count
            return rest
        }
    }
}
