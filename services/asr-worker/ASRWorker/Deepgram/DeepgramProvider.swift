import ProviderKit
import WebSocketClient

/// Deepgram's streaming recognition: `nova-3` hears Hebrew. Mu-law goes straight through.
package struct DeepgramProvider: SocketProvider {
    package let name = "deepgram"
    /// Deepgram closes after some 10 s without audio or KeepAlive, and asks for one every 3 to 5 s.
    package let traits = StreamTraits(silence: .keepAlive, keepAliveMilliseconds: 4_000, finalizes: true)
    let client: WebSocketClient
    private let settings: DeepgramSettings

    package init(_ settings: DeepgramSettings, client: WebSocketClient) {
        self.settings = settings
        self.client = client
    }

    func request(_ hints: RecognitionHints) -> WebSocketRequest {
        var query: [(name: String, value: String)] = [
            ("model", settings.model), ("language", settings.language), ("encoding", "mulaw"), ("sample_rate", "8000"), ("channels", "1"),
            ("interim_results", "true"), ("punctuate", "true"), ("smart_format", "true"), ("endpointing", "\(settings.endpointingMilliseconds)"),
        ]
        // All terms together may have 500 tokens. A Hebrew letter costs one at the worst.
        query += hints.phrases(atMost: 100, length: 60, total: 450).map { ("keyterm", $0) }
        return WebSocketRequest(
            url: settings.address + "/v1/listen", query: query, headers: [("Authorization", "Token \(settings.key.value)")])
    }

    func dialect(_ hints: RecognitionHints) -> DeepgramDialect {
        DeepgramDialect(
            failures: VendorFailures(name: name, key: settings.key, keyVariable: "DEEPGRAM_API_KEY", addressVariable: "DEEPGRAM_BASE_URL"))
    }
}
