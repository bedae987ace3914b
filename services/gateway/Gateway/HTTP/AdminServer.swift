import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// The operator's port: `/healthz` and `/metrics`. Without authentication, so it belongs on the loopback.
package final class AdminServer: Sendable {
    private let channel: any Channel
    private let registry: ConnectionRegistry

    private init(channel: any Channel, registry: ConnectionRegistry) {
        self.channel = channel
        self.registry = registry
    }

    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - metrics: the metrics page; called on a thread pool, so it may take its time.
    /// - Throws: ``ServerError`` when the port cannot be had, with the remedy.
    package static func start(
        host: String = "127.0.0.1", port: Int, group: any EventLoopGroup, logger: Logger, metrics: @escaping @Sendable () -> String
    ) async throws(ServerError) -> AdminServer {
        let registry = ConnectionRegistry(limit: 64)
        let routes = AdminRoutes(metrics: metrics, registry: registry)
        let channel = try await Listener.bind(host: host, port: port).open(group: group, portVariable: "ADMIN_PORT") { channel in
            channel.eventLoop.makeCompletedFuture {
                guard registry.admit(channel) else { return channel.close(promise: nil) }
                try HTTPConnection.configure(channel, responder: routes, limits: HTTPLimits())
            }
        }
        logger.info("admin listening", metadata: ["address": "\(channel.localAddress.map { "\($0)" } ?? "")"])
        return AdminServer(channel: channel, registry: registry)
    }

    /// The port that was bound.
    package var port: Int? { channel.localAddress?.port }

    package func close() async {
        registry.drain()
        try? await channel.close().get()
        await registry.closeAll(patience: .seconds(1), on: channel.eventLoop)
    }
}

private struct AdminRoutes: HTTPResponder {
    let metrics: @Sendable () -> String
    let registry: ConnectionRegistry

    var keepsAlive: Bool { !registry.isDraining }

    func refused(_ status: HTTPResponseStatus) {}

    func answer(_ request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let isKnown = request.path == PublicPaths.health || request.path == "/metrics"
        guard isKnown else { return .now(.refusal(.notFound)) }
        guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
        if request.path == PublicPaths.health { return .now(.text(.ok, "ok\n")) }
        let metrics = metrics
        return .later(
            NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) {
                .text(.ok, metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
            })
    }
}
