import Glibc
import NIOCore
import NIOPosix

/// Where connections come from.
package enum Listener: Sendable, Equatable {
    /// A listening socket handed to us (LISTEN_FDS; the first is descriptor 3). The port outlives the process, so that no call meets a closed door.
    case inherited(descriptor: CInt)
    /// An address of our own. Port 0 takes any free one.
    case bind(host: String, port: Int)

    /// - Parameters:
    ///   - portVariable: the variable to name when the port is taken.
    ///   - initializer: configures each accepted socket.
    func open(
        group: any EventLoopGroup, portVariable: String, initializer: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws(ServerError) -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // A peer that vanished without a word is noticed in the end.
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelInitializer(initializer)
        switch self {
        case .inherited(let descriptor):
            // NIO stops the process when it is given something else.
            guard Self.isListening(descriptor) else { throw Self.notListening(descriptor, nil) }
            do {
                return try await bootstrap.withBoundSocket(descriptor).get()
            } catch {
                throw Self.notListening(descriptor, error)
            }
        case .bind(let host, let port):
            do {
                return try await bootstrap.bind(host: host, port: port).get()
            } catch let error as IOError where error.errnoCode == EADDRINUSE {
                throw ServerError(
                    .addressInUse, "Port \(port) on \(host) is in use by another process. Stop that process or set \(portVariable) to a free port.",
                    cause: error)
            } catch {
                throw ServerError(
                    .cannotListen, "Cannot listen on \(host):\(port) (\(error)). Set \(portVariable) to a port that this user may open.", cause: error
                )
            }
        }
    }

    private static func isListening(_ descriptor: CInt) -> Bool {
        var value: CInt = 0
        var size = socklen_t(MemoryLayout<CInt>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &size) == 0 && value == 1
    }

    private static func notListening(_ descriptor: CInt, _ cause: (any Error)?) -> ServerError {
        ServerError(
            .cannotListen,
            "Descriptor \(descriptor) is no listening socket. Start the service through its socket unit or supervisor, or unset LISTEN_FDS.",
            cause: cause)
    }
}
