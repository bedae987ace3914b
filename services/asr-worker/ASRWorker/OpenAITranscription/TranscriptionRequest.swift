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
    ///   - report: what is known of the text so far, each time it grows; when it is whole, that may be before this returns.
    /// - Returns: the text, when the answer has been read to its end: cut short, its connection could not serve the next.
    /// - Throws: `ProviderFailure`, or `CancellationError`, and then the connection is cut.
    func send(
        _ pcm: [Int16], isStream: Bool, timeout: Duration, report: (_ text: String, _ isWhole: Bool) -> Void = { _, _ in }
    ) async throws -> String {
        var request = HTTPRequest(method: "POST", url: settings.address + "/audio/transcriptions", headers: headers)
        let form = await form(pcm, isStream: isStream)
        request.headers += [("Content-Type", form.contentType), ("Accept", isStream ? "text/event-stream, application/json" : "application/json")]
        request.body = form.body
        request.timeout = timeout
        do {
            if isStream { return try await read(fetch.stream(request), report) }
            // One hand-over less than in pieces.
            let response = try await fetch.send(request)
            guard response.status == 200 else { throw refused(response.status, response.header, response.body) }
            var reader = TranscriptReader(isStream: Self.isEvents(response.header("content-type")), failures: failures)
            _ = try reader.read(response.body)
            return try reader.finish().trimmed
        } catch let error as HTTPFetchError {
            throw failure(error)
        }
    }

    private func read(_ response: HTTPStreamedResponse, _ report: (String, Bool) -> Void) async throws -> String {
        guard response.status == 200 else { throw refused(response.status, response.header, try await response.collect()) }
        var reader = TranscriptReader(isStream: Self.isEvents(response.header("content-type")), failures: failures)
        for try await bytes in response.body where try reader.read(bytes) {
            report(reader.isDone ? reader.text.trimmed : reader.text, reader.isDone)
        }
        return try reader.finish().trimmed
    }

    /// Servers answer as they can, whatever was asked.
    private static func isEvents(_ type: String?) -> Bool { type?.lowercased().hasPrefix("text/event-stream") ?? false }

    /// Asks for the list of models: that makes the connection that the first utterance will use, and tries the key.
    func warm() async throws {
        var request = HTTPRequest(url: settings.address + "/models", headers: headers)
        request.timeout = .seconds(5)
        do {
            let response = try await fetch.send(request)
            // A server of one's own need not have such a list.
            guard [401, 403].contains(response.status) else { return }
            throw refused(response.status, response.header, response.body)
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

    private func refused(_ status: Int, _ header: (String) -> String?, _ body: [UInt8]) -> ProviderFailure {
        let wait =
            header("retry-after-ms").flatMap { Int($0) }.map { Duration.milliseconds(max(0, min($0, 86_400_000))) }
            ?? header("retry-after").flatMap { Int($0) }.map { Duration.seconds(max(0, min($0, 86_400))) }
        let fault = decodeJSON(Refusal.self, body)?.error
        return TranscriptReader(isStream: false, failures: failures).failure(fault ?? .code(nil, type: nil), status: status, retryAfter: wait)
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
