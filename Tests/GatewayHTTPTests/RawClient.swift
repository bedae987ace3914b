import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A TCP client that sends what it is told, legal or not, and reads answers by hand.
final class RawClient {
    struct Closed: Error {}

    struct Response {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    struct Frame: Equatable {
        var opcode: UInt8
        var payload: [UInt8]
        var text: String { String(decoding: payload, as: UTF8.self) }
        /// Of a close frame.
        var code: Int? { payload.count >= 2 ? Int(payload[0]) << 8 | Int(payload[1]) : nil }
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        let continuation: AsyncStream<[UInt8]>.Continuation
        init(_ continuation: AsyncStream<[UInt8]>.Continuation) { self.continuation = continuation }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(Array(unwrapInboundIn(data).readableBytesView)) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    let channel: any Channel
    private var iterator: AsyncStream<[UInt8]>.Iterator
    private var buffer: [UInt8] = []

    init(port: Int) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Reader(continuation)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        iterator = stream.makeAsyncIterator()
    }

    deinit { channel.close(promise: nil) }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    private func more() async throws {
        guard let bytes = await iterator.next(isolation: #isolation) else { throw Closed() }
        buffer += bytes
    }

    /// Bytes that came and that nobody asked for.
    var unread: Int { buffer.count }

    /// Reads until the other side closes.
    func end() async {
        while (try? await more()) != nil {}
    }

    /// One answer with its body by Content-Length.
    func response(isHead: Bool = false) async throws -> Response {
        let mark = Array("\r\n\r\n".utf8)
        var headEnd: Int?
        while headEnd == nil {
            headEnd = buffer.count < 4 ? nil : (0...(buffer.count - 4)).first { Array(buffer[$0..<($0 + 4)]) == mark }
            if headEnd == nil { try await more() }
        }
        let lines = String(decoding: buffer[..<(headEnd ?? 0)], as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst((headEnd ?? 0) + 4)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = isHead || status == 304 ? 0 : Int(headers["content-length"] ?? "") ?? 0
        while buffer.count < length { try await more() }
        defer { buffer.removeFirst(length) }
        return Response(status: status, headers: headers, body: String(decoding: buffer[..<length], as: UTF8.self))
    }

    /// Sends one request on this connection and reads its answer.
    func request(_ method: String, _ target: String, headers: [String: String] = [:], body: String = "") async throws -> Response {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if method == "POST" { text += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n" }
        try await send(text + "\r\n" + body)
        return try await response(isHead: method == "HEAD")
    }

    // MARK: WebSocket

    func upgrade(_ target: String = "/ws/twilio-media", headers: [String: String] = [:]) async throws -> Response {
        var headers = headers
        headers.merge([
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        ]) {
            first, _ in first
        }
        return try await request("GET", target, headers: headers)
    }

    static func frame(_ payload: [UInt8], opcode: UInt8 = 1, fin: Bool = true, masked: Bool = true, reserved: UInt8 = 0) -> [UInt8] {
        let key: [UInt8] = [0x37, 0xFA, 0x21, 0x3D]
        var bytes: [UInt8] = [(fin ? 0x80 : 0) | reserved | opcode]
        let mask: UInt8 = masked ? 0x80 : 0
        if payload.count < 126 {
            bytes.append(mask | UInt8(payload.count))
        } else if payload.count < 65536 {
            bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        } else {
            bytes += [mask | 127] + (0..<8).map { UInt8(payload.count >> (8 * (7 - $0)) & 255) }
        }
        if masked { bytes += key }
        return bytes + (masked ? payload.enumerated().map { $1 ^ key[$0 % 4] } : payload)
    }

    static func frame(_ text: String) -> [UInt8] { frame(Array(text.utf8)) }

    /// The next frame from the server, which must not mask.
    func frame() async throws -> Frame {
        while buffer.count < 2 { try await more() }
        var head = 2
        var length = Int(buffer[1])
        if length == 126 {
            while buffer.count < 4 { try await more() }
            length = Int(buffer[2]) << 8 | Int(buffer[3])
            head = 4
        }
        while buffer.count < head + length { try await more() }
        defer { buffer.removeFirst(head + length) }
        return Frame(opcode: buffer[0] & 15, payload: Array(buffer[head..<(head + length)]))
    }
}
