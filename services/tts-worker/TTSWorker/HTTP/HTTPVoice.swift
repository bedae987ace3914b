import Audio
import HTTPFetch
import ProviderKit
import Synchronization

/// A voice that a server speaks: one request per sentence, its answer handed on as it comes.
struct HTTPVoice<Service: SpeechService>: Voice {
    let service: Service
    private let fetch: HTTPFetch
    private let limits: VoiceLimits
    private let warmth = Warmth()

    init(_ service: Service, fetch: HTTPFetch, limits: VoiceLimits) {
        self.service = service
        self.fetch = fetch
        self.limits = limits
    }

    var name: String { service.name }
    var waitsForOthers: Bool { true }
    func signature(of request: VoiceRequest) -> String { service.signature(of: request) }

    func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { sink in
            do {
                try await run(request, sink)
            } catch {
                // A transfer that was cut because nobody listens reports whatever it saw last.
                try Task.checkCancellation()
                guard let failure = ProviderFailure.of(error) else { throw error }
                throw failure
            }
        }
    }

    private func run(_ request: VoiceRequest, _ sink: VoiceAudio.Sink) async throws {
        var http = try await service.httpRequest(for: request)
        http.timeout = limits.whole
        http.connectTimeout = limits.connect
        http.firstByteTimeout = limits.firstByte
        http.idleTimeout = limits.idle
        http.maximumResponseBytes = VoiceLimits.largestBody
        warmth.used()
        let response = try await fetch.stream(http)
        guard response.status == 200 else {
            let body = try await response.collect(upTo: VoiceLimits.largestErrorBody)
            throw service.failure(response, body: body)
        }
        guard var reader = service.makeReader(response.header("content-type")?.lowercased() ?? "") else {
            throw ProviderFailure(.garbage, "\(name) answered with something that is no audio; see whether a proxy stands between")
        }
        var pieces = SpokenPieces()
        for try await bytes in response.body {
            for piece in pieces.take(try reader.read(bytes)) { try await sink.send(piece) }
        }
        // The body of a cancelled task just ends: that is no whole sentence.
        try Task.checkCancellation()
        for piece in pieces.take(try reader.finish()) { try await sink.send(piece) }
        try await sink.send(pieces.finish(name))
        warmth.used()
    }

    /// Whether the server is there, and its certificate good. Its answer does not matter.
    func warm() async throws {
        var http = HTTPRequest(method: "HEAD", url: service.baseURL + "/")
        http.timeout = limits.connect + limits.firstByte
        http.connectTimeout = limits.connect
        do {
            _ = try await fetch.send(http)
            warmth.used()
        } catch let error as HTTPFetchError {
            throw ProviderFailure(error)
        }
    }

    func prepare() async {
        guard warmth.isCold else { return }
        warmth.used()
        try? await warm()
    }
}

/// How long to wait for a voice's server.
package struct VoiceLimits: Sendable, Equatable {
    /// For looking up, connecting and the TLS handshake.
    package var connect = Duration.seconds(2)
    /// From the request to the first byte of audio. What a caller waits is the attempt's limit (``FailoverSettings``), which is shorter; this one is
    /// for prompts and for a provider that stands alone.
    package var firstByte = Duration.seconds(6)
    /// The longest pause in the audio. With the next provider's attempt it stays below the 3 s after which a gateway gives a sentence up.
    package var idle = Duration.milliseconds(1_500)
    /// A reply that is made as one file: a minute of speech, and some providers are hardly faster than speech.
    package var whole = Duration.seconds(60)

    /// A minute and a half of 24 kHz PCM, the most voluminous form.
    static let largestBody = 4 << 20
    static let largestErrorBody = 16 << 10

    package init() {}
}

/// When a connection was last used. Servers close idle ones after a minute or more.
private final class Warmth: Sendable {
    private static let keeps = Duration.seconds(45)
    private let last = Mutex<ContinuousClock.Instant?>(nil)
    func used() { last.withLock { $0 = .now } }
    var isCold: Bool { last.withLock { $0.map { .now - $0 > Self.keeps } ?? true } }
}
