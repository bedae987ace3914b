import Audio
import HTTPFetch
import ProviderKit

/// One utterance or recording on its way through `/audio/transcriptions`.
struct TranscriptionRequest: Sendable {
    let settings: OpenAITranscriptionSettings
    let fetch: HTTPFetch
    let failures: VendorFailures
    /// Words to expect, as one text; empty for none.
    let prompt: String

    /// The filter is built once.
    private static let resampler = Resampler(from: MuLaw.sampleRate, to: sampleRate)
    /// 16-bit samples at 16 kHz are what every such server reads: mu-law is refused by some, and 8 kHz is resampled badly by others.
    private static let sampleRate = 16_000

    init(settings: OpenAITranscriptionSettings, fetch: HTTPFetch, hints: RecognitionHints = RecognitionHints()) {
        self.settings = settings
        self.fetch = fetch
        failures = VendorFailures(
            name: settings.name, key: settings.key, keyVariable: settings.variables.key, addressVariable: settings.variables.address)
        // Whisper reads the last 224 tokens of a prompt. A Hebrew letter costs one at the worst.
        prompt = hints.phrases(atMost: 50, length: 60, total: 200).joined(separator: ", ")
    }

    /// - Parameters:
    ///   - pcm: mono, 8 kHz.
    ///   - isStream: asks for the text in pieces.
    ///   - report: what is known of the text so far, each time it grows.
    /// - Throws: `ProviderFailure`, or `CancellationError`, and then the connection is cut.
    func send(_ pcm: [Int16], isStream: Bool, timeout: Duration, report: (String) -> Void = { _ in }) async throws -> String {
        var request = HTTPRequest(method: "POST", url: settings.address + "/audio/transcriptions", headers: headers)
        let form = await form(pcm, isStream: isStream)
        request.headers += [("Content-Type", form.contentType), ("Accept", isStream ? "text/event-stream, application/json" : "application/json")]
        request.body = form.body
        request.timeout = timeout
        do {
            let response = try await fetch.stream(request)
            guard response.status == 200 else {
                throw refused(response.status, response, try await response.collect())
            }
            let isEvents = response.header("content-type")?.lowercased().hasPrefix("text/event-stream") ?? false
            var reader = TranscriptReader(isStream: isEvents, failures: failures)
            for try await bytes in response.body where try reader.read(bytes) { report(reader.text) }
            return try reader.finish().trimmed
        } catch let error as HTTPFetchError {
            throw failure(error)
        }
    }

    /// Asks for the list of models: that makes the connection that the first utterance will use, and tries the key.
    func warm() async throws {
        var request = HTTPRequest(url: settings.address + "/models", headers: headers)
        request.timeout = .seconds(5)
        do {
            let response = try await fetch.send(request)
            // A server of one's own need not have such a list.
            guard [401, 403].contains(response.status) else { return }
            throw refused(response.status, nil, response.body)
        } catch let error as HTTPFetchError {
            throw failure(error)
        }
    }

    private var headers: [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if !settings.key.isEmpty { headers.append(("Authorization", "Bearer \(settings.key.value)")) }
        if let organization = settings.organization { headers.append(("OpenAI-Organization", organization)) }
        if let project = settings.project { headers.append(("OpenAI-Project", project)) }
        return headers
    }

    private func form(_ pcm: [Int16], isStream: Bool) async -> MultipartForm {
        var resampler = Self.resampler
        var wide: [Int16] = []
        wide.reserveCapacity(pcm.count * 2)
        // A second of audio is some 2 ms of work: others get their turn between.
        for start in stride(from: 0, to: pcm.count, by: MuLaw.sampleRate * 5) {
            if start > 0 { await Task.yield() }
            wide += pcm[start..<min(pcm.count, start + MuLaw.sampleRate * 5)].withUnsafeBufferPointer { resampler.process($0) }
        }
        wide += resampler.flush()
        var form = MultipartForm()
        form.add("file", file: "audio.wav", type: "audio/wav", WAV.write(wide, sampleRate: Self.sampleRate))
        form.add("model", settings.model)
        form.add("language", settings.language)
        form.add("response_format", "json")
        if !prompt.isEmpty { form.add("prompt", prompt) }
        if isStream { form.add("stream", "true") }
        form.finish()
        return form
    }

    private struct Refusal: Decodable { var error: TranscriptReader.Fault? }

    private func refused(_ status: Int, _ response: HTTPStreamedResponse?, _ body: [UInt8]) -> ProviderFailure {
        let wait =
            response?.header("retry-after-ms").flatMap { Int($0) }.map { Duration.milliseconds(max(0, min($0, 86_400_000))) }
            ?? response?.header("retry-after").flatMap { Int($0) }.map { Duration.seconds(max(0, min($0, 86_400))) }
        let fault = decodeJSON(Refusal.self, body)?.error
        let failure = TranscriptReader(isStream: false, failures: failures)
            .failure(fault ?? .code(nil, type: nil), status: (300..<400).contains(status) ? 400 : status, retryAfter: wait)
        return failure
    }

    private func failure(_ error: HTTPFetchError) -> ProviderFailure {
        let kind: ProviderFailure.Kind =
            switch error.code {
            case .invalidRequest: .refused
            case .connectFailed: .unreachable
            case .tls: .tls
            case .timeout: .timeout
            case .tooLarge: .garbage
            default: .broken
            }
        return ProviderFailure(kind, "\(settings.name): \(error.message)")
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
