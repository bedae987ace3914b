import NIOCore
import NIOPosix
import NIOSSL
import NIOWebSocket
import Signing

/// What a connection does, on its event loop and nowhere else.
final class WebSocketSession {
    enum Message: Sendable {
        case text(String)
        case binary([UInt8])
        var count: Int {
            switch self {
            case .text(let text): text.utf8.count
            case .binary(let bytes): bytes.count
            }
        }
    }

    private enum Phase { case connecting, open, closing, ended }

    private let loop: any EventLoop
    private let configuration: WebSocketConfiguration
    private let tls: NIOSSLContext
    private let pending: PendingBytes
    private let report: (WebSocketEvent) -> Void

    private var phase = Phase.connecting
    private var channel: (any Channel)?
    /// Sent before the peer accepted.
    private var waiting: [Message] = []
    private var assembler: MessageAssembler
    private var deadline: Scheduled<Void>?
    private var watch: Scheduled<Void>?
    private var lastRead = NIODeadline.now()

    init(
        loop: any EventLoop, configuration: WebSocketConfiguration, tls: NIOSSLContext, pending: PendingBytes,
        report: @escaping (WebSocketEvent) -> Void
    ) {
        self.loop = loop
        self.configuration = configuration
        self.tls = tls
        self.pending = pending
        self.report = report
        assembler = MessageAssembler(limit: configuration.maximumMessageBytes)
    }

    // MARK: Connecting

    func start(_ request: WebSocketRequest) {
        let address: WebSocketAddress
        let handshake: HandshakeRequest
        do {
            address = try Self.address(of: request)
            handshake = try HandshakeRequest(
                address, headers: request.headers, userAgent: configuration.userAgent, nonce: (0..<16).map { _ in .random(in: 0...255) })
        } catch {
            return end(.failed(error))
        }
        let limit = TimeAmount(configuration.connectTimeout)
        let bound = NIOLoopBound(self, eventLoop: loop)
        deadline = loop.scheduleTask(in: limit) { bound.value.connectTimedOut() }
        // Handlers come when the race between a host's addresses is decided: those of an attempt that lost would report its end.
        ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: address.host, port: address.port)
            .whenComplete { result in
                let session = bound.value
                switch result {
                case .success(let channel): session.connected(channel, address, handshake)
                case .failure(let error): session.end(.failed(Self.failure(error, else: Self.unreachable)))
                }
            }
    }

    private func connected(_ channel: any Channel, _ address: WebSocketAddress, _ handshake: HandshakeRequest) {
        guard phase == .connecting else { return channel.close(promise: nil) }
        self.channel = channel
        do {
            let pipeline = channel.pipeline.syncOperations
            if address.isSecure {
                try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: address.isLiteral ? nil : address.host))
            }
            try pipeline.addHandler(HandshakeHandler(session: self, request: handshake))
        } catch {
            caught(error)
        }
    }

    private static func address(of request: WebSocketRequest) throws(WebSocketFailure) -> WebSocketAddress {
        var address = try WebSocketAddress(request.url)
        address.add(request.query)
        return address
    }

    private func connectTimedOut() {
        guard phase == .connecting else { return }
        end(.failed(WebSocketFailure(.timeout, "The WebSocket was not open in time. Look at the network and whether the server is overloaded.")))
    }

    /// A refusal's body is worth a moment, but no more of the caller's time.
    func refusalBegan(_ handler: HandshakeHandler) {
        let bound = NIOLoopBound(handler, eventLoop: loop)
        loop.scheduleTask(in: .milliseconds(300)) { bound.value.stopWaiting() }
    }

    func opened() {
        guard phase == .connecting else { return }
        phase = .open
        deadline?.cancel()
        touch()
        watchForSilence()
        report(.open)
        let messages = waiting
        waiting = []
        for message in messages { write(message) }
    }

    // MARK: Messages

    func send(_ message: Message) {
        switch phase {
        case .connecting: waiting.append(message)
        case .open: write(message)
        case .closing, .ended: pending.remove(message.count)
        }
    }

    private func write(_ message: Message) {
        guard let channel, phase == .open else { return pending.remove(message.count) }
        let (opcode, data): (WebSocketOpcode, ByteBuffer) =
            switch message {
            case .text(let text): (.text, channel.allocator.buffer(string: text))
            case .binary(let bytes): (.binary, channel.allocator.buffer(bytes: bytes))
            }
        let count = message.count
        write(opcode, data).whenComplete { [pending] _ in pending.remove(count) }
    }

    @discardableResult private func write(_ opcode: WebSocketOpcode, _ data: ByteBuffer) -> EventLoopFuture<Void> {
        guard let channel else { return loop.makeSucceededVoidFuture() }
        return channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: data))
    }

    func touch() { lastRead = .now() }

    func received(_ frame: WebSocketFrame) {
        guard phase == .open || phase == .closing else { return }
        do {
            switch try assembler.take(frame) {
            case .text(let text): report(.text(text))
            case .binary(let bytes): report(.binary(bytes))
            case .ping(let data): answer(ping: data)
            case .pong, nil: break
            case .close(let code, let reason): peerCloses(code, reason)
            }
        } catch {
            fail(error)
        }
    }

    /// A peer that pings without end and does not read must not fill our memory with pongs.
    private func answer(ping data: ByteBuffer) {
        guard channel?.isWritable ?? false else { return }
        write(.pong, data)
    }

    func overflow() {
        guard phase == .connecting || phase == .open else { return }
        let message = "More than \(configuration.maximumPendingBytes) bytes wait for the peer, which does not take them. Look at the network."
        end(.failed(WebSocketFailure(.overflow, message)))
    }

    // MARK: The end

    func close(_ code: UInt16, _ reason: String) {
        switch phase {
        case .connecting: return end(.closed(code: 1006, reason: ""))
        case .closing, .ended: return
        case .open: break
        }
        phase = .closing
        writeClose(MessageAssembler.isSendable(code) ? code : 1000, reason)
        let bound = NIOLoopBound(self, eventLoop: loop)
        deadline = loop.scheduleTask(in: TimeAmount(configuration.closeTimeout)) { bound.value.end(.closed(code: 1006, reason: "")) }
    }

    private func peerCloses(_ code: UInt16, _ reason: String) {
        if phase == .open { writeClose(code == 1005 ? 1000 : code, "") }
        end(.closed(code: code, reason: reason))
    }

    @discardableResult private func writeClose(_ code: UInt16, _ reason: String) -> EventLoopFuture<Void> {
        guard var data = channel?.allocator.buffer(capacity: 2 + reason.utf8.count) else { return loop.makeSucceededVoidFuture() }
        data.writeInteger(code)
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        data.writeString(text)
        return write(.connectionClose, data)
    }

    /// The peer's fault: it is told, and the connection ends.
    private func fail(_ failure: WebSocketFailure) {
        if phase == .open { writeClose(failure.code == .tooLarge ? 1009 : 1002, "") }
        end(.failed(failure))
    }

    func cancel() { end(.closed(code: 1006, reason: "")) }

    /// The one way in which a connection ends.
    func end(_ end: WebSocketEnd) {
        guard phase != .ended else { return }
        phase = .ended
        deadline?.cancel()
        watch?.cancel()
        for message in waiting { pending.remove(message.count) }
        waiting = []
        // A close frame that was just written goes out first; what cannot go out is dropped.
        channel?.close(promise: nil)
        channel = nil
        report(.ended(end))
    }

    // MARK: What the handlers see

    func caught(_ error: any Error) {
        if let error = error as? NIOWebSocketError {
            return fail(
                error == .invalidFrameLength
                    ? WebSocketFailure(
                        .tooLarge, "The peer sent a frame of more than \(configuration.maximumMessageBytes) bytes. Ask for less, or allow more.")
                    : MessageAssembler.violation)
        }
        end(.failed(Self.failure(error, else: Self.broken)))
    }

    func inactive() { end(phase == .closing ? .closed(code: 1006, reason: "") : .failed(Self.broken)) }

    var pipelineHandlers: [any ChannelHandler] {
        [
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: configuration.maximumMessageBytes)), WebSocketFrameEncoder(),
            FrameHandler(session: self),
        ]
    }

    private static let unreachable = WebSocketFailure(
        .unreachable, "No connection could be made. Check the address, the network and whether the server runs.")
    private static let broken = WebSocketFailure(.broken, "The connection broke. Look at the network, and at what the server says of it.")

    private static func failure(_ error: any Error, else other: WebSocketFailure) -> WebSocketFailure {
        switch error {
        case NIOSSLError.uncleanShutdown: other
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            WebSocketFailure(.tls, "TLS failed. Check the server's certificate and the file of authorities.")
        case ChannelError.connectTimeout:
            WebSocketFailure(.timeout, "The WebSocket was not open in time. Look at the network and whether the server is overloaded.")
        default: other
        }
    }

    // MARK: Silence

    private func watchForSilence() {
        guard let after = configuration.pingAfter.map({ TimeAmount($0) }), phase == .open else { return }
        let bound = NIOLoopBound(self, eventLoop: loop)
        watch = loop.scheduleTask(deadline: max(lastRead, .now() - after) + after) {
            let session = bound.value
            guard session.phase == .open else { return }
            if NIODeadline.now() - session.lastRead < after { session.watchForSilence() } else { session.ping() }
        }
    }

    private func ping() {
        write(.ping, ByteBuffer())
        let asked = NIODeadline.now()
        let bound = NIOLoopBound(self, eventLoop: loop)
        watch = loop.scheduleTask(in: TimeAmount(configuration.pongTimeout)) {
            let session = bound.value
            guard session.phase == .open else { return }
            if session.lastRead >= asked { return session.watchForSilence() }
            session.end(
                .failed(WebSocketFailure(.silent, "The peer does not answer a ping. Look at the network between here and there.")))
        }
    }
}
