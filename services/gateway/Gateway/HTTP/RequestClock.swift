import NIOCore

/// Closes a connection that dawdles: whoever sends a request byte by byte, reads an answer never, or just sits there.
///
/// Stands first in the pipeline, where it sees bytes before they make a request. There is no state without a deadline.
final class RequestClock: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    private enum State { case receiving, answering, idle }

    private let limits: HTTPLimits
    private var state = State.receiving
    private var deadline: Scheduled<Void>?
    private var context: ChannelHandlerContext?

    init(limits: HTTPLimits) {
        self.limits = limits
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        enter(.receiving)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if state == .idle { enter(.receiving) }
        context.fireChannelRead(data)
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    /// The request is whole.
    func requestReceived() { enter(.answering) }

    /// The kernel has taken the answer.
    func answered() { enter(.idle) }

    private func enter(_ state: State) {
        self.state = state
        deadline?.cancel()
        guard let context else { return }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: state == .receiving ? limits.requestTimeout : limits.idleTimeout) {
            context.close(promise: nil)
        }
    }
}
