import CallVocabulary
import HTTPFetch
import ProviderKit

/// Providers `openai` and `compatible`: whole utterances through `/v1/audio/transcriptions`. There is no stream on the provider's side, so
/// nothing ages or idles; words come after the end of the utterance only.
package struct OpenAITranscription: StreamingProvider {
    package let name: String
    /// OpenAI's earlier model took 637 ms, 1,655 ms at the 99th percentile.
    package let traits = StreamTraits(
        silence: .keepAlive, chunkMilliseconds: 100, keepAliveMilliseconds: 30_000, finalizes: true, hasInterims: false,
        finalTimeoutMilliseconds: 2_000)
    private let settings: OpenAITranscriptionSettings
    private let fetch: HTTPFetch

    /// - Parameter fetch: shared, so that its connections are kept from call to call.
    package init(_ settings: OpenAITranscriptionSettings, fetch: HTTPFetch) {
        name = settings.name
        self.settings = settings
        self.fetch = fetch
    }

    package func connect(_ hints: RecognitionHints, report: @escaping @Sendable (ConnectionEvent) -> Void) -> any RecognizerConnection {
        UtteranceConnection(
            request: TranscriptionRequest(settings: settings, fetch: fetch, hints: hints), isStream: settings.wantsStream, report: report)
    }

    package func warm() async throws { try await TranscriptionRequest(settings: settings, fetch: fetch).warm() }

    package var transcriber: (any SpeechTranscriber)? { RecordingTranscriber(request: TranscriptionRequest(settings: settings, fetch: fetch)) }
}

/// Whole recordings through the same endpoint: ten minutes are 19 MB, under OpenAI's limit of 25.
private struct RecordingTranscriber: SpeechTranscriber {
    let request: TranscriptionRequest

    func transcribe(_ pcm: [Int16]) async throws -> Transcript {
        let text = try await request.send(pcm, isStream: false, timeout: .seconds(240))
        return Transcript(text: text, confidence: text.isEmpty ? 0 : 1, understood: !text.isEmpty)
    }
}
