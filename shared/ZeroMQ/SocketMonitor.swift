import CZMQ

/// Reports what happens to the connections of a socket: above all handshakes that failed, because a peer has a wrong key, none, or does
/// not speak ZeroMQ at all.
///
/// The library tells nobody else: a refused peer is simply not there. Belongs to the socket's thread; put ``socket`` into its poll set.
package final class SocketMonitor {
    package enum Event: Sendable, Equatable {
        case failed(Failure)
        /// The handshake is done.
        case connected
        case disconnected
        /// The library is about to connect again by itself.
        case retrying
    }

    /// What to be told.
    package enum Scope: Sendable {
        case failures, everything
    }

    /// Why a handshake failed.
    package enum Failure: Sendable, Hashable, CustomStringConvertible {
        /// The peer could not be decrypted: it has another key of this server, or none.
        case cryptographic
        /// One side wants CURVE, the other does not.
        case mechanism
        /// ZAP refused the peer; the number is its status code.
        case refused(Int)
        /// What arrived is not this protocol; the number is the library's (ZMQ_PROTOCOL_ERROR_*).
        case malformed(Int)
        /// The connection ended during the handshake; the number is the system's error or 0.
        case ended(Int)

        package var description: String {
            switch self {
            case .cryptographic: "the keys do not match"
            case .mechanism: "one side uses CURVE and the other does not"
            case .refused(let code): "the key is not authorised (status \(code))"
            case .malformed(let code): "not the ZeroMQ protocol (error 0x\(String(code, radix: 16)))"
            case .ended(let code):
                code == 0 ? "the connection ended during the handshake" : "the connection ended during the handshake (errno \(code))"
            }
        }
    }

    package let socket: ZeroMQSocket
    private let watched: ZeroMQSocket

    /// - Parameter name: unique within the context.
    package init(_ watched: ZeroMQSocket, context: ZeroMQContext, name: String, scope: Scope) throws(ZeroMQError) {
        let endpoint = "inproc://monitor-\(name)"
        let failures = ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL
        let life = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED
        try watched.monitor(endpoint, events: scope == .failures ? failures : failures | life)
        socket = try ZeroMQSocket(context: context, kind: .pair)
        try socket.connect(endpoint)
        self.watched = watched
    }

    /// What has happened since the last call, at most `limit`.
    package func events(limit: Int) throws(ZeroMQError) -> [Event] {
        try socket.receive(limit: limit).compactMap(Self.event)
    }

    /// Call before the watched socket is closed.
    package func close() {
        try? watched.monitor(nil, events: 0)
        socket.close()
    }

    /// Two parts: event (16 bit) and value (32 bit) in the machine's order, and the endpoint (zmq_socket_monitor(3)).
    private static func event(_ parts: [[UInt8]]) -> Event? {
        guard let head = parts.first, head.count == 6 else { return nil }
        let (event, value) = head.withUnsafeBytes {
            (CInt($0.loadUnaligned(as: UInt16.self)), Int($0.loadUnaligned(fromByteOffset: 2, as: UInt32.self)))
        }
        switch event {
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: return .failed(.refused(value))
        case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
            switch CInt(truncatingIfNeeded: value) {
            case ZMQ_PROTOCOL_ERROR_ZMTP_CRYPTOGRAPHIC: return .failed(.cryptographic)
            case ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH: return .failed(.mechanism)
            default: return .failed(.malformed(value))
            }
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL: return .failed(.ended(value))
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: return .connected
        case ZMQ_EVENT_DISCONNECTED: return .disconnected
        case ZMQ_EVENT_CONNECT_RETRIED: return .retrying
        default: return nil
        }
    }
}
