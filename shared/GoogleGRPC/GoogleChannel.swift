import GRPCCore
import GRPCNIOTransportHTTP2Posix
import GoogleCloud
import Synchronization

/// One HTTP/2 connection to a server, made anew when it breaks.
final class GoogleChannel: Sendable {
    let client: GRPCClient<HTTP2ClientTransport.Posix>
    private let transport: HTTP2ClientTransport.Posix
    private let running: Task<Void, Never>
    private let lastHeard = Mutex<ContinuousClock.Instant?>(nil)

    init(_ endpoint: GoogleEndpoint) throws {
        let security: HTTP2ClientTransport.Posix.TransportSecurity =
            endpoint.isPlaintext
            ? .plaintext
            : .tls { tls in
                guard let file = endpoint.certificateAuthorityFile else { return }
                tls.trustRoots = .certificates([.file(path: file, format: .pem)])
            }
        let transport = try HTTP2ClientTransport.Posix(
            target: .dns(host: endpoint.host, port: endpoint.port), transportSecurity: security,
            config: .defaults { config in
                // A caller waits: after a failure the next attempt comes soon, and never later than 3 s.
                config.backoff = .init(initial: .milliseconds(200), max: .seconds(3), multiplier: 1.6, jitter: 0.2)
                // Google's own libraries ping every 30 s; more often, its servers say goodbye.
                config.connection.keepalive = .init(time: .seconds(30), timeout: .seconds(10), allowWithoutCalls: true)
                // It is kept while the process lives: a call that finds none pays for TCP and TLS.
                config.connection.maxIdleTime = nil
            })
        let client = GRPCClient(transport: transport)
        self.transport = transport
        self.client = client
        running = Task { try? await client.runConnections() }
    }

    deinit { running.cancel() }

    /// When anything last came, on any of its streams.
    var heardLast: ContinuousClock.Instant? { lastHeard.withLock { $0 } }
    func hears() { lastHeard.withLock { $0 = .now } }

    /// Returns when the connection stands. Nothing is sent: a stream without headers exists on our side only.
    func connect() async throws {
        try await transport.withStream(descriptor: Self.probe, options: GoogleChannels.options) { _, _ in }
    }

    private static let probe = MethodDescriptor(fullyQualifiedService: "connection", method: "probe")

    /// Streams that are open go on; the connection ends with the last.
    func close() { client.beginGracefulShutdown() }

    /// Cuts what is open.
    func stop() async {
        running.cancel()
        await running.value
    }
}
