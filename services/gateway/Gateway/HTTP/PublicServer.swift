import CoreMetrics
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket

/// The gateway's public port: Twilio's webhooks, the MP3s and the media sockets.
package final class PublicServer: Sendable {
    private let channel: any Channel
    private let registry: ConnectionRegistry

    private init(channel: any Channel, registry: ConnectionRegistry) {
        self.channel = channel
        self.registry = registry
    }

    /// Listens. Bootstrap logging and metrics before.
    /// - Parameter metrics: where to count.
    /// - Throws: ``ServerError`` when the port cannot be had, with the remedy.
    package static func start(
        _ configuration: PublicServerConfiguration, desk: any CallDesk, group: any EventLoopGroup, logger: Logger,
        metrics: any MetricsFactory = MetricsSystem.factory
    ) async throws(ServerError) -> PublicServer {
        let counters = GatewayCounters(factory: metrics)
        let registry = ConnectionRegistry(limit: configuration.http.connections)
        let authority = WebhookAuthority(configuration, logger: logger)
        let proxies = configuration.trustedProxies
        let routes = PublicRoutes(
            desk: desk, authority: authority, proxies: proxies, files: SpeechFiles(folder: configuration.speechFolder, threads: .singleton),
            counters: counters, registry: registry, logger: logger)
        let environment = MediaSocket.Environment(
            desk: desk, limits: configuration.media, counters: counters, registry: registry, logger: logger)
        let upgrader = NIOWebSocketServerUpgrader(
            maxFrameSize: configuration.media.messageBytes, automaticErrorHandling: false,
            shouldUpgrade: { channel, head in
                // Always 101 for our path, signed or not: any other status ends the call (31920), and the token decides anyway.
                guard PublicRoutes.isMedia(head.uri.prefix { $0 != "?" }) else { return channel.eventLoop.makeSucceededFuture(nil) }
                return channel.eventLoop.makeSucceededFuture([:])
            },
            upgradePipelineHandler: { channel, head in
                channel.eventLoop.makeCompletedFuture {
                    let remote = proxies.client(peer: channel.remoteAddress?.ipAddress ?? "", forwardedFor: head.headers["X-Forwarded-For"])
                    let valid = authority.socketSignature(target: head.uri, headers: head.headers)
                    try channel.pipeline.syncOperations.addHandler(
                        MediaSocket(environment: environment, remoteAddress: remote, isSignatureValid: valid))
                }
            })
        let limits = configuration.http
        let channel = try await configuration.listener.open(group: group, portVariable: "PORT") { channel in
            channel.eventLoop.makeCompletedFuture {
                guard registry.admit(channel) else { return channel.close(promise: nil) }
                try HTTPConnection.configure(channel, responder: routes, limits: limits, upgrader: upgrader)
            }
        }
        logger.info("listening", metadata: ["address": "\(channel.localAddress.map { "\($0)" } ?? "")"])
        return PublicServer(channel: channel, registry: registry)
    }

    /// The port that was bound.
    package var port: Int? { channel.localAddress?.port }
    /// Open media sockets, strangers included.
    package var mediaCount: Int { registry.mediaCount }

    /// Takes no more connections. Calls go on, and requests on open connections are answered.
    ///
    /// An inherited socket stays open in whoever handed it over: new connections then wait there for the next process.
    package func stopAccepting() async {
        registry.drain()
        try? await channel.close().get()
    }

    /// Closes everything: media sockets with a goodbye, the rest at once.
    package func close(patience: TimeAmount = .seconds(5)) async {
        await stopAccepting()
        await registry.closeAll(patience: patience, on: channel.eventLoop)
    }
}
