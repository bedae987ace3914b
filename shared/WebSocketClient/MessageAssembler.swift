import NIOCore
import NIOWebSocket

/// Makes messages of a server's frames, and holds them to the rules that the frame decoder does not know (RFC 6455, 5.1 to 5.5). A value.
struct MessageAssembler {
    enum Item: Equatable {
        case text(String)
        case binary([UInt8])
        case ping(ByteBuffer)
        case pong
        /// 1005: it named no code.
        case close(code: UInt16, reason: String)
    }

    private let limit: Int
    private var opcode: WebSocketOpcode?
    private var bytes: [UInt8] = []

    /// - Parameter limit: the longest message, in bytes.
    init(limit: Int) { self.limit = limit }

    /// - Returns: nil while a message's fragments are still coming.
    mutating func take(_ frame: WebSocketFrame) throws(WebSocketFailure) -> Item? {
        // Extensions and masks are for others: we offered none, and a server never masks.
        guard frame.maskKey == nil, !frame.rsv1, !frame.rsv2, !frame.rsv3 else { throw Self.violation }
        switch frame.opcode {
        case .ping: return .ping(frame.data)
        case .pong: return .pong
        case .connectionClose: return try close(frame.data)
        case .text, .binary:
            guard opcode == nil else { throw Self.violation }
            opcode = frame.opcode
            return try add(frame)
        case .continuation:
            guard opcode != nil else { throw Self.violation }
            return try add(frame)
        default: throw Self.violation
        }
    }

    private mutating func add(_ frame: WebSocketFrame) throws(WebSocketFailure) -> Item? {
        guard bytes.count + frame.data.readableBytes <= limit else {
            throw WebSocketFailure(.tooLarge, "The peer sent a message of more than \(limit) bytes. Ask for less, or allow more.")
        }
        bytes += frame.data.readableBytesView
        guard frame.fin, let opcode else { return nil }
        defer { (self.opcode, bytes) = (nil, []) }
        guard opcode == .text else { return .binary(bytes) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw WebSocketFailure(.violation, "The peer sent a text that is not UTF-8. See what stands between it and this process.")
        }
        return .text(text)
    }

    private func close(_ data: ByteBuffer) throws(WebSocketFailure) -> Item {
        var data = data
        guard data.readableBytes > 0 else { return .close(code: 1005, reason: "") }
        guard let code = data.readInteger(as: UInt16.self), Self.isSendable(code),
            let reason = String(validating: data.readableBytesView, as: UTF8.self)
        else { throw Self.violation }
        return .close(code: code, reason: reason)
    }

    /// Codes that may stand in a frame (RFC 6455, 7.4, and IANA's registry): 1005, 1006 and 1015 are never sent.
    static func isSendable(_ code: UInt16) -> Bool {
        switch code {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }

    static let violation = WebSocketFailure(
        .violation, "The peer broke the WebSocket protocol. See whether the address is right and what stands between it and this process.")
}
