import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket

/// What happens on a media socket.
package enum MediaSocketEvent: Sendable {
    /// A text frame, whole.
    case text([UInt8])
    case binary
    /// The answer to ``MediaSocket/ping()``.
    case pong
    /// The other side closed; nil when the connection broke without a close frame. `protocolError`: a frame was malformed.
    case closed(code: Int?, protocolError: Bool)
}

/// Twilio's end of the media WebSocket. Used on its event loop, or from anywhere: NIO channels are thread-safe.
package struct MediaSocket: Sendable {
    private let channel: any Channel

    /// Opens the socket with the headers of a real upgrade (contract, section 1.1). No extension is offered.
    /// - Parameter onEvent: called on `eventLoop`.
    /// - Throws: ``TwilioNotice`` 31901, 31902, 31910 or 31920.
    package static func open(
        _ address: WebAddress, route: Route, signer: TwilioSigner, eventLoop: any EventLoop,
        onEvent: @escaping @Sendable (MediaSocketEvent) -> Void
    ) async throws(TwilioNotice) -> MediaSocket {
        let endpoint: Route.Endpoint
        do { endpoint = try route.endpoint(for: address) } catch { throw .error(31902, "\(error)") }
        let headers: HTTPHeaders = [
            "host": address.authority,
            "user-agent": "Twilio.TmeWs/1.0",
            "accept-encoding": "gzip",
            "x-twilio-signature": signer.signature(url: TwilioSigner.urlForSignature(address)),
        ]
        let head = HTTPRequestHead(version: .http1_1, method: .GET, uri: address.target, headers: headers)
        let outcome = eventLoop.makePromise(of: Void.self)
        do {
            let channel = try await ClientBootstrap(group: eventLoop)
                .connectTimeout(WebClient.connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try route.secure(channel, for: address)
                        try configure(channel, head: head, outcome: outcome, onEvent: onEvent)
                    }
                }
                .connect(host: endpoint.host, port: endpoint.port).get()
            let timeout = eventLoop.scheduleTask(in: WebClient.totalTimeout) { outcome.fail(TwilioNotice.error(31901, "no answer to the upgrade")) }
            defer { timeout.cancel() }
            do { try await outcome.futureResult.get() } catch {
                channel.close(promise: nil)
                throw error
            }
            return MediaSocket(channel: channel)
        } catch let notice as TwilioNotice {
            throw notice
        } catch let error where isTLS(error) {
            throw .error(31910, "TLS to \(address) failed: \(error); Twilio refuses certificates of private authorities")
        } catch {
            outcome.fail(error)
            throw .error(31902, "no connection to \(endpoint.host):\(endpoint.port) for \(address): \(error); is the application running?")
        }
    }

    private static func configure(
        _ channel: any Channel, head: HTTPRequestHead, outcome: EventLoopPromise<Void>,
        onEvent: @escaping @Sendable (MediaSocketEvent) -> Void
    ) throws {
        let upgrader = NIOTypedWebSocketClientUpgrader<Void>(maxFrameSize: 1 << 24, enableAutomaticErrorHandling: false) { channel, _ in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandlers([
                    FrameRules(),
                    NIOWebSocketFrameAggregator(minNonFinalFragmentSize: 0, maxAccumulatedFrameCount: 1024, maxAccumulatedFrameSize: 1 << 24),
                    FrameHandler(onEvent: onEvent),
                ])
                outcome.succeed()
            }
        }
        let configuration = NIOTypedHTTPClientUpgradeConfiguration<Void>(upgradeRequestHead: head, upgraders: [upgrader]) { channel in
            channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(RefusalHandler(outcome: outcome)) }
        }
        let upgraded = try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(
            configuration: .init(upgradeConfiguration: configuration))
        upgraded.whenFailure { error in
            outcome.fail(isTLS(error) ? error : TwilioNotice.error(31920, "the WebSocket handshake failed: \(error)"))
        }
    }

    private static func isTLS(_ error: any Error) -> Bool { error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError }

    package func send(_ text: String) {
        write(.text, channel.allocator.buffer(string: text))
    }

    /// Whether Twilio sends pings is unconfirmed; a server must answer them (RFC 6455, 5.5.2).
    package func ping() { write(.ping, channel.allocator.buffer(string: "twilio")) }

    /// A close frame with code 1000, then the end of the connection.
    package func close() {
        var buffer = channel.allocator.buffer(capacity: 2)
        buffer.write(webSocketErrorCode: .normalClosure)
        write(.connectionClose, buffer)
        // A peer that never answers the close frame must not keep the socket.
        let channel = channel
        channel.eventLoop.scheduleTask(in: .milliseconds(500)) { channel.close(promise: nil) }
    }

    /// Ends the TCP connection without a close frame.
    package func cut() { channel.close(promise: nil) }

    /// False while the server does not read: what is sent piles up on this side.
    package var isWritable: Bool { channel.isWritable }

    /// Stops reading and keeps the connection: neither end learns anything any more. The owner must ``cut()`` it at last.
    package func freeze() { channel.setOption(.autoRead, value: false).whenComplete { _ in } }

    private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) {
        channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data), promise: nil)
    }
}

/// Frames that no server may send (RFC 6455, 5.1, 5.2 and 5.5): what the decoder lets pass.
private final class FrameRules: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias InboundOut = WebSocketFrame

    struct Broken: Error {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        let known: [WebSocketOpcode] = [.continuation, .text, .binary, .connectionClose, .ping, .pong]
        guard frame.maskKey == nil, !frame.rsv1, !frame.rsv2, !frame.rsv3, known.contains(frame.opcode) else {
            return context.fireErrorCaught(Broken())
        }
        context.fireChannelRead(data)
    }
}

/// Waits for the answer that refused the upgrade.
private final class RefusalHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    private let outcome: EventLoopPromise<Void>

    init(outcome: EventLoopPromise<Void>) { self.outcome = outcome }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) {
            outcome.fail(TwilioNotice.error(31920, "the WebSocket handshake was answered with \(head.status.code), not 101"))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.fail(TwilioNotice.error(31920, "the connection was closed during the WebSocket handshake"))
        context.fireChannelInactive()
    }
}

private final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let onEvent: @Sendable (MediaSocketEvent) -> Void
    private var hasEnded = false

    init(onEvent: @escaping @Sendable (MediaSocketEvent) -> Void) { self.onEvent = onEvent }

    private func end(code: Int?, protocolError: Bool) {
        guard !hasEnded else { return }
        hasEnded = true
        onEvent(.closed(code: code, protocolError: protocolError))
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        switch frame.opcode {
        case .text:
            guard !hasEnded else { return }
            onEvent(.text(Array(frame.unmaskedData.readableBytesView)))
        case .binary:
            guard !hasEnded else { return }
            onEvent(.binary)
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .pong:
            guard !hasEnded else { return }
            onEvent(.pong)
        case .connectionClose:
            var payload = frame.unmaskedData
            // A close frame without a code counts as 1005 (RFC 6455, 7.1.5).
            let code = payload.readInteger(as: UInt16.self).map(Int.init) ?? 1005
            // Before the echo: its write can complete at once, and the close that follows would be taken for a broken connection.
            end(code: code, protocolError: false)
            let echo = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: frame.unmaskedData)
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(echo)).whenComplete { _ in channel.close(promise: nil) }
        default:
            break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let isProtocol = error is NIOWebSocketError || error is NIOWebSocketFrameAggregator.Error || error is FrameRules.Broken
        end(code: nil, protocolError: isProtocol)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(code: nil, protocolError: false)
        context.fireChannelInactive()
    }
}
