import ProviderKit
import WebSocketClient

/// Soniox's streaming recognition. Mu-law goes straight through.
package struct SonioxProvider: SocketProvider {
    package let name = "soniox"
    /// Soniox closes after some 20 s without audio or keepalive. A stream may last 300 minutes: no call does.
    package let traits = StreamTraits(silence: .keepAlive, chunkMilliseconds: 60, keepAliveMilliseconds: 5_000, finalizes: true)
    let client: WebSocketClient
    private let settings: SonioxSettings

    package init(_ settings: SonioxSettings, client: WebSocketClient) {
        self.settings = settings
        self.client = client
    }

    /// The key goes into the header alone: in the start message it is refused from 2027 on.
    func request(_ hints: RecognitionHints) -> WebSocketRequest {
        WebSocketRequest(url: settings.address, headers: [("Authorization", "Bearer \(settings.key.value)")])
    }

    func dialect(_ hints: RecognitionHints) -> SonioxDialect {
        // The context may have 10,000 characters in all.
        let terms = hints.phrases(atMost: 500, length: 200, total: 8_000)
        return SonioxDialect(
            start: SonioxStart(
                model: settings.model, audio_format: settings.audioFormat, sample_rate: 8_000, num_channels: 1, language_hints: [settings.language],
                language_hints_strict: true, enable_endpoint_detection: true, context: terms.isEmpty ? nil : .init(terms: terms)),
            failures: VendorFailures(name: name, key: settings.key, keyVariable: "SONIOX_API_KEY", addressVariable: "SONIOX_BASE_URL"))
    }
}
