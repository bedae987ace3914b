import NIOCore
import NIOHTTP1
import NIOWebSocket

/// The HTTP/1.1 side of one connection: gathers a request within its limits, asks the responder, writes the answer.
///
/// Requests arrive one at a time, since NIO's pipeline handler holds back the next until this one is answered.
final class HTTPConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case receiving(HTTPRequestHead, ByteBuffer)
        case answering
        /// Refused before the end. What still comes is read and thrown away for a moment, since closing at once would reset the answer too.
        case discarding
    }

    private let responder: any HTTPResponder
    private let limits: HTTPLimits
    private let clock: RequestClock
    private let upgrader: NIOWebSocketServerUpgrader?
    private let encoder: HTTPResponseEncoder
    private var httpHandlers: [any RemovableChannelHandler] = []
    private var state = State.idle

    private init(
        responder: any HTTPResponder, limits: HTTPLimits, clock: RequestClock, upgrader: NIOWebSocketServerUpgrader?, encoder: HTTPResponseEncoder
    ) {
        self.responder = responder
        self.limits = limits
        self.clock = clock
        self.upgrader = upgrader
        self.encoder = encoder
    }

    /// Sets up a fresh socket. Call on its event loop.
    static func configure(
        _ channel: any Channel, responder: any HTTPResponder, limits: HTTPLimits, upgrader: NIOWebSocketServerUpgrader? = nil
    ) throws {
        let clock = RequestClock(limits: limits)
        let encoder = HTTPResponseEncoder()
        var decoderLimits = NIOHTTPDecoderLimitConfiguration()
        decoderLimits.maxHeaderFieldSize = limits.headerBytes
        decoderLimits.maxHeaderListSize = limits.headerBytes
        // Bytes after an upgrade request already belong to the WebSocket.
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: decoderLimits))
        let pipelining = HTTPServerPipelineHandler()
        let errors = HTTPServerProtocolErrorHandler()
        let connection = HTTPConnection(responder: responder, limits: limits, clock: clock, upgrader: upgrader, encoder: encoder)
        connection.httpHandlers = [clock, decoder, pipelining, errors, connection]
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandlers([clock, encoder, decoder, pipelining, errors, connection])
        try connection.expectUpgrade(pipeline)
    }

    /// NIO's upgrade handler looks at one request and leaves. A reverse proxy may send an upgrade down a connection that it used before,
    /// so a fresh handler goes in for each request.
    private func expectUpgrade(_ pipeline: ChannelPipeline.SynchronousOperations) throws {
        guard let upgrader else { return }
        let handler = HTTPServerUpgradeHandler(
            upgraders: [upgrader], httpEncoder: encoder, extraHTTPHandlers: httpHandlers, upgradeCompletionHandler: { _ in })
        try pipeline.addHandler(handler, position: .before(self))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        // The list holds this handler too.
        httpHandlers = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle):
            state = .receiving(head, ByteBuffer())
            if head.uri.utf8.count > limits.targetBytes {
                refuse(.uriTooLong, context)
            } else if head.headers.first(name: "Content-Length").flatMap({ Int($0) }) ?? 0 > limits.bodyBytes {
                refuse(.payloadTooLarge, context)
            }
        case (.body(var part), .receiving(let head, var body)):
            guard body.readableBytes + part.readableBytes <= limits.bodyBytes else { return refuse(.payloadTooLarge, context) }
            state = .idle  // gives up this reference, so that appending does not copy
            body.writeBuffer(&part)
            state = .receiving(head, body)
        case (.end, .receiving(let head, let body)):
            answer(head, body, context)
        case (.end, .discarding):
            context.close(promise: nil)
        default:
            break
        }
    }

    private func answer(_ head: HTTPRequestHead, _ body: ByteBuffer, _ context: ChannelHandlerContext) {
        state = .answering
        clock.requestReceived()
        let request = HTTPRequest(
            method: head.method, target: head.uri, headers: head.headers, body: body, peer: context.remoteAddress?.ipAddress ?? "")
        switch responder.answer(request, on: context.eventLoop) {
        case .now(let reply): write(reply, to: head, context)
        case .later(let future):
            future.hop(to: context.eventLoop).assumeIsolated().whenComplete { result in
                switch result {
                case .success(let reply): self.write(reply, to: head, context)
                case .failure: self.write(.refusal(.internalServerError), to: head, context)
                }
            }
        }
    }

    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        guard case .receiving(let head, _) = state else { return }
        responder.refused(status)
        state = .discarding
        send(.refusal(status), version: head.version, isHead: head.method == .HEAD, keepAlive: false, context, promise: nil)
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(2)) { context.close(promise: nil) }
    }

    private func write(_ reply: HTTPReply, to head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        // NIO's decoder stops after a request with an Upgrade header, also when nothing was upgraded: such a connection is over.
        let keepAlive = head.isKeepAlive && responder.keepsAlive && !head.headers.contains(name: "Upgrade")
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result, keepAlive else { return context.close(promise: nil) }
            self.finish(context)
        }
        send(reply, version: head.version, isHead: head.method == .HEAD, keepAlive: keepAlive, context, promise: written)
    }

    /// The kernel has taken the whole answer. Only now may the next request be read: who asks on and on and never reads would fill our memory.
    private func finish(_ context: ChannelHandlerContext) {
        // All of our state is ready for the next request before the end is written: a pipelined one may come within that very call.
        state = .idle
        clock.answered()
        do {
            try expectUpgrade(context.pipeline.syncOperations)
        } catch {
            return context.close(promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Sends all but the end, which for an answer with a known length is no byte.
    private func send(
        _ reply: HTTPReply, version: HTTPVersion, isHead: Bool, keepAlive: Bool, _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?
    ) {
        var headers = reply.headers
        headers.replaceOrAdd(name: "Date", value: HTTPDate.now)
        if reply.status.code != 204, reply.status.code != 304 { headers.replaceOrAdd(name: "Content-Length", value: "\(reply.length)") }
        if !keepAlive {
            headers.replaceOrAdd(name: "Connection", value: "close")
        } else if version == .http1_0 {
            headers.replaceOrAdd(name: "Connection", value: "keep-alive")
        }
        let hasBody = !isHead && reply.body.readableBytes > 0
        let head = HTTPResponseHead(version: version, status: reply.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: hasBody ? nil : promise)
        if hasBody { context.write(wrapOutboundOut(.body(.byteBuffer(reply.body))), promise: promise) }
        context.flush()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A handshake that is none comes here as an error and then as an ordinary request, which gets its answer.
        if error is NIOWebSocketUpgradeError { return }
        // Not HTTP (answered with 400 by NIO's handler) or a broken socket.
        context.close(promise: nil)
    }
}
