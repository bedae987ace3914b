import NIOCore
import NIOPosix
import NIOSSL

/// TLS in front of a plain server on this machine, as a reverse proxy does it: bytes through, nothing else.
package final class TLSProxy: Sendable {
    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    /// The port it listens on.
    package var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameters:
    ///   - certificate: PEM files.
    ///   - target: the plain server.
    /// - Throws: ``SimulatorFailure`` when the certificate cannot be used or no port can be had.
    package static func start(
        certificate: String, key: String, target: Route.Endpoint, port: Int = 0, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) async throws -> TLSProxy {
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
            configuration.applicationProtocols = ["http/1.1"]
            let context = try NIOSSLContext(configuration: configuration)
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                // Nothing is read before there is somewhere to write it.
                .childChannelOption(.autoRead, value: false)
                .childChannelInitializer { front in
                    let proxy = PassOn()
                    do { try front.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: context), proxy]) } catch {
                        return front.eventLoop.makeFailedFuture(error)
                    }
                    let bound = NIOLoopBound(proxy, eventLoop: front.eventLoop)
                    return ClientBootstrap(group: front.eventLoop)
                        .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                        .channelInitializer { back in
                            back.eventLoop.makeCompletedFuture {
                                let other = PassOn()
                                (other.peer, bound.value.peer) = (front, back)
                                try back.pipeline.syncOperations.addHandler(other)
                            }
                        }
                        .connect(host: target.host, port: target.port)
                        .flatMap { _ in front.setOption(.autoRead, value: true) }
                }
                .bind(host: "127.0.0.1", port: port).get()
            return TLSProxy(channel: channel)
        } catch {
            throw SimulatorFailure(.network, "the TLS proxy cannot start; check the certificate \(certificate) and the port", cause: error)
        }
    }

    package func stop() async { try? await channel.close() }
}

/// Writes to the other side what arrives on this one.
private final class PassOn: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    var peer: (any Channel)?

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { peer?.writeAndFlush(unwrapInboundIn(data), promise: nil) }

    func channelInactive(context: ChannelHandlerContext) {
        peer?.close(promise: nil)
        peer = nil
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
