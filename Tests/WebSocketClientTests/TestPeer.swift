import NIOCore
import NIOPosix
import NIOSSL
import Signing

@testable import WebSocketClient

/// A server on the loopback that does nothing by itself: a test plays the peer, byte by byte.
final class TestPeer: Sendable {
    /// One connection whose request has come.
    struct Connection: Sendable {
        /// The request up to the empty line.
        let head: String
        let channel: any Channel
        fileprivate let frames: AsyncStream<Frame>

        func write(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
        func write(_ text: String) { write(Array(text.utf8)) }
        func close() { channel.close(promise: nil) }

        /// Accepts the upgrade, and sends more in the same packet.
        func accept(and more: [UInt8] = []) {
            let key = head.split(separator: "\r\n").first { $0.hasPrefix("Sec-WebSocket-Key: ") }?.dropFirst(19) ?? ""
            write(
                Array(
                    ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                        + HandshakeRequest.accept(String(key)) + "\r\n\r\n").utf8) + more)
        }

        /// The client's next frame; nil when it has gone.
        func next() async -> Frame? {
            var iterator = frames.makeAsyncIterator()
            return await iterator.next()
        }

        /// Waits until the client has gone.
        func gone() async { while await next() != nil {} }
    }

    struct Frame: Sendable, Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        var isMasked = true
        var text: String { String(decoding: payload, as: UTF8.self) }
    }

    let port: Int
    private let channel: any Channel
    private let connections: AsyncStream<Connection>
    private let feed: AsyncStream<Connection>.Continuation

    init(tls: NIOSSLContext? = nil) async throws {
        let (stream, feed) = AsyncStream.makeStream(of: Connection.self)
        connections = stream
        self.feed = feed
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.addHandler(PeerHandler(feed: feed))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    var url: String { "ws://127.0.0.1:\(port)" }
    func next() async throws -> Connection {
        var iterator = connections.makeAsyncIterator()
        guard let connection = await iterator.next() else { throw WebSocketFailure(.broken, "No connection came.") }
        return connection
    }
    func stop() async {
        feed.finish()
        try? await channel.close()
    }

    /// A server's frame: unmasked unless asked otherwise.
    static func frame(_ opcode: UInt8, _ payload: [UInt8], fin: Bool = true, reserved: UInt8 = 0, mask: Bool = false) -> [UInt8] {
        var bytes = [(fin ? 0x80 : 0) | reserved << 4 | opcode]
        switch payload.count {
        case ..<126: bytes.append(UInt8(payload.count))
        case ..<65_536: bytes += [126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [127] + (0..<8).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        }
        if mask {
            bytes[1] |= 0x80
            bytes += [0, 0, 0, 0]
        }
        return bytes + payload
    }
    static func text(_ text: String) -> [UInt8] { frame(1, Array(text.utf8)) }
    static func close(_ code: UInt16, _ reason: String = "") -> [UInt8] {
        frame(8, [UInt8(code >> 8), UInt8(code & 255)] + Array(reason.utf8))
    }
}

private final class PeerHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let feed: AsyncStream<TestPeer.Connection>.Continuation
    private let (stream, frames) = AsyncStream.makeStream(of: TestPeer.Frame.self)
    private var bytes: [UInt8] = []
    private var hasHead = false

    init(feed: AsyncStream<TestPeer.Connection>.Continuation) { self.feed = feed }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += unwrapInboundIn(data).readableBytesView
        if !hasHead {
            guard let end = (0..<max(0, bytes.count - 3)).first(where: { bytes[$0..<($0 + 4)].elementsEqual([13, 10, 13, 10]) }) else { return }
            hasHead = true
            let head = String(decoding: bytes[..<end], as: UTF8.self)
            bytes.removeFirst(end + 4)
            feed.yield(.init(head: head, channel: context.channel, frames: stream))
        }
        while let frame = nextFrame() { frames.yield(frame) }
    }

    private func nextFrame() -> TestPeer.Frame? {
        guard bytes.count >= 2 else { return nil }
        var length = Int(bytes[1] & 0x7F)
        var start = 2
        let sizes = length == 126 ? 2 : length == 127 ? 8 : 0
        if sizes > 0 {
            guard bytes.count >= 2 + sizes else { return nil }
            length = bytes[2..<(2 + sizes)].reduce(0) { $0 << 8 | Int($1) }
            start += sizes
        }
        let isMasked = bytes[1] & 0x80 != 0
        let mask = isMasked ? 4 : 0
        guard bytes.count >= start + mask + length else { return nil }
        let key = Array(bytes[start..<(start + mask)])
        let payload = bytes[(start + mask)..<(start + mask + length)].enumerated().map { isMasked ? $1 ^ key[$0 % 4] : $1 }
        let frame = TestPeer.Frame(opcode: bytes[0] & 0x0F, payload: payload, isMasked: isMasked)
        bytes.removeFirst(start + mask + length)
        return frame
    }

    func channelInactive(context: ChannelHandlerContext) { frames.finish() }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// Collects a connection's events.
struct Events: Sendable {
    private let stream: AsyncStream<WebSocketEvent>
    let connection: WebSocketConnection

    init(_ client: WebSocketClient, _ request: WebSocketRequest) {
        let (stream, feed) = AsyncStream.makeStream(of: WebSocketEvent.self)
        self.stream = stream
        connection = client.connect(request) { event in
            feed.yield(event)
            if case .ended = event { feed.finish() }
        }
    }

    func next() async -> WebSocketEvent? {
        var iterator = stream.makeAsyncIterator()
        return await iterator.next()
    }

    /// The end, whatever comes before it.
    func end() async -> WebSocketEnd? {
        while let event = await next() { if case .ended(let end) = event { return end } }
        return nil
    }

    func failure() async -> WebSocketFailure.Code? {
        guard case .failed(let failure) = await end() else { return nil }
        return failure.code
    }
}
