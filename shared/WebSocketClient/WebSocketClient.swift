import NIOCore
import NIOPosix
import NIOSSL

/// WebSockets as a client (RFC 6455), over TLS or without, on NIO's event loops.
///
/// Strict: certificates are verified, redirects are failures, no extension is offered, and a peer that breaks the protocol loses the
/// connection. Bounded: the time to connect, the size of messages, and the bytes that wait for a slow peer.
package final class WebSocketClient: Sendable {
    private let configuration: WebSocketConfiguration
    private let group: any EventLoopGroup
    private let tls: NIOSSLContext

    /// Reads the authorities' certificates: make one client and keep it.
    /// - Throws: ``WebSocketFailure`` with `tls` when they cannot be read.
    package init(
        configuration: WebSocketConfiguration = .init(), group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws(WebSocketFailure) {
        self.configuration = configuration
        self.group = group
        var settings = TLSConfiguration.makeClientConfiguration()
        settings.minimumTLSVersion = .tlsv12
        settings.certificateVerification = .fullVerification
        settings.applicationProtocols = ["http/1.1"]
        if let file = configuration.certificateAuthorityFile { settings.trustRoots = .file(file) }
        do {
            tls = try NIOSSLContext(configuration: settings)
        } catch {
            throw WebSocketFailure(.tls, "The trusted authorities cannot be read. Check the file of authorities, or install ca-certificates.")
        }
    }

    /// Begins to connect and returns at once. What is sent meanwhile waits for the peer's acceptance.
    ///
    /// - Parameter report: called on the connection's event loop, in order, never from inside this call or a method of the connection.
    package func connect(_ request: WebSocketRequest, report: @escaping @Sendable (WebSocketEvent) -> Void) -> WebSocketConnection {
        let loop = group.next()
        let connection = WebSocketConnection(loop: loop, limit: configuration.maximumPendingBytes, report: report)
        connection.perform { [configuration, tls] box in
            let session = WebSocketSession(
                loop: loop, configuration: configuration, tls: tls, pending: connection.pending, report: connection.report)
            box.value = session
            session.start(request)
        }
        return connection
    }
}
