import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

/// The operator's port: `/healthz`, `/metrics` and `/admin/…`. Without authentication, so it belongs on the loopback.
package final class AdminServer: Sendable {
    private let channel: any Channel
    private let registry: ConnectionRegistry

    private init(channel: any Channel, registry: ConnectionRegistry) {
        self.channel = channel
        self.registry = registry
    }

    /// - Parameters:
    ///   - port: 0 takes any free one.
    ///   - pages: the JSON of `/admin/<name>`, by name; nil if there is none such.
    ///   - metrics: the metrics page. Both are called on a thread pool, so they may take their time.
    /// - Throws: ``ServerError`` when the port cannot be had, with the remedy.
    package static func start(
        host: String = "127.0.0.1", port: Int, group: any EventLoopGroup, logger: Logger,
        pages: @escaping @Sendable (String) -> String? = { _ in nil }, metrics: @escaping @Sendable () -> String
    ) async throws(ServerError) -> AdminServer {
        let registry = ConnectionRegistry(limit: 64)
        let routes = AdminRoutes(pages: pages, metrics: metrics, registry: registry)
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
    private static let folder = "/admin/"

    let pages: @Sendable (String) -> String?
    let metrics: @Sendable () -> String
    let registry: ConnectionRegistry

    var keepsAlive: Bool { !registry.isDraining }

    func refused(_ status: HTTPResponseStatus) {}

    func answer(_ request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let path = request.path
        guard path == PublicPaths.health || path == "/metrics" || path.hasPrefix(Self.folder) else { return .now(.refusal(.notFound)) }
        guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
        if path == PublicPaths.health { return .now(.text(.ok, "ok\n")) }
        return .later(NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { page(path) })
    }

    private func page(_ path: Substring) -> HTTPReply {
        guard path.hasPrefix(Self.folder) else { return .text(.ok, metrics(), type: "text/plain; version=0.0.4; charset=utf-8") }
        guard let json = pages(String(path.dropFirst(Self.folder.count))) else { return .refusal(.notFound) }
        var reply = HTTPReply.text(.ok, json, type: "application/json; charset=utf-8")
        // Who calls is nobody's to keep.
        reply.headers.add(name: "Cache-Control", value: "no-store")
        return reply
    }
}
