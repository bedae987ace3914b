import NIOCore
import NIOWebSocket

/// Asks for the upgrade and reads the answer. What comes after it passes through, and shows that the peer is there.
final class HandshakeHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let session: WebSocketSession
    private let request: HandshakeRequest
    private var reader: HandshakeReader
    private var hasAnswer = false
    private var isRefused = false

    init(session: WebSocketSession, request: HandshakeRequest) {
        self.session = session
        self.request = request
        reader = HandshakeReader(accept: request.accept)
    }

    /// The channel is connected by now; TLS keeps the request until it stands.
    func handlerAdded(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(bytes: request.bytes)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        session.touch()
        guard !hasAnswer else { return context.fireChannelRead(data) }
        if let outcome = reader.read(unwrapInboundIn(data).readableBytesView) { return finish(outcome, context) }
        if reader.isRefused, !isRefused {
            isRefused = true
            session.refusalBegan(self)
        }
    }

    private func finish(_ outcome: HandshakeReader.Outcome, _ context: ChannelHandlerContext) {
        guard !hasAnswer else { return }
        hasAnswer = true
        switch outcome {
        case .refused(let refusal): session.end(.refused(refusal))
        case .failed(let failure): session.end(.failed(failure))
        case .open(let rest):
            do {
                try context.pipeline.syncOperations.addHandlers(session.pipelineHandlers, position: .after(self))
            } catch {
                return session.caught(error)
            }
            session.opened()
            if !rest.isEmpty { context.fireChannelRead(wrapInboundOut(context.channel.allocator.buffer(bytes: rest))) }
        }
    }

    /// What has come of a refusal's body is enough.
    func stopWaiting() {
        guard !hasAnswer else { return }
        hasAnswer = true
        endWith(reader.end())
    }

    private func endWith(_ outcome: HandshakeReader.Outcome) {
        switch outcome {
        case .refused(let refusal): session.end(.refused(refusal))
        case .failed(let failure): session.end(.failed(failure))
        case .open: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard !hasAnswer else { return context.fireErrorCaught(error) }
        if reader.isRefused { return stopWaiting() }
        session.caught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        stopWaiting()
        context.fireChannelInactive()
    }
}

/// Hands frames to the session.
final class FrameHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame

    private let session: WebSocketSession

    init(session: WebSocketSession) { self.session = session }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { session.received(unwrapInboundIn(data)) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { session.caught(error) }

    func channelInactive(context: ChannelHandlerContext) {
        session.inactive()
        context.fireChannelInactive()
    }
}
