import CZMQ
import EventThread
import Glibc

/// A ZeroMQ socket. It lives on the event thread that created it; every call checks that.
///
/// No call waits. Use ``ZeroMQPoll`` to wait for messages.
package final class ZeroMQSocket {
    /// The kinds in use. See zmq_socket(3).
    package enum Kind: Sendable {
        case router, dealer, pub, sub, xpub, xsub, push, pull, rep, pair

        fileprivate var number: CInt {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .pub: ZMQ_PUB
            case .sub: ZMQ_SUB
            case .xpub: ZMQ_XPUB
            case .xsub: ZMQ_XSUB
            case .push: ZMQ_PUSH
            case .pull: ZMQ_PULL
            case .rep: ZMQ_REP
            case .pair: ZMQ_PAIR
            }
        }
    }

    /// What became of a message.
    package enum SendOutcome: Sendable, Equatable {
        /// The library has it. That is not yet delivery.
        case sent
        /// The queue of the peer, or of all peers, is full, or there is no peer. Nothing was sent.
        case wouldBlock
        /// ROUTER: no peer of that identity is connected (EHOSTUNREACH). Nothing was sent.
        case unreachable
    }

    /// The most parts a message may have. Larger ones are taken off the socket, dropped and counted. The protocol built on top
    /// uses fewer than ten; 64 leaves room and bounds what a faulty peer can make this process hold.
    package static let maximumParts = 64

    package let kind: Kind
    /// Messages dropped because they had more than ``maximumParts`` parts.
    package private(set) var oversizeMessages = 0

    private let context: ZeroMQContext
    private let affinity = ThreadAffinity()
    private var raw: UnsafeMutableRawPointer?
    private var bound: Set<LocalAddress> = []

    package init(context: ZeroMQContext, kind: Kind, options: ZeroMQSocketOptions = .init()) throws(ZeroMQError) {
        self.context = context
        self.kind = kind
        raw = zmq_socket(context.raw, kind.number)
        guard raw != nil else {
            throw .last(
                .create, "No ZeroMQ socket", remedy: "Raise the limit of open files of the service, or stop making sockets after the context's end.")
        }
        try apply(options)
    }

    deinit { close() }

    /// Closes the socket. Further calls fail with an error. May be repeated.
    package func close() {
        affinity.check("ZeroMQ socket")
        guard let raw else { return }
        zmq_close(raw)
        self.raw = nil
    }

    // MARK: Endpoints

    /// Listens at an endpoint such as `inproc://name` or `ipc:///run/x/bus`. For ipc take an ``IPCEndpointLock`` first.
    package func bind(_ endpoint: String) throws(ZeroMQError) {
        do {
            try change(endpoint, "could not be bound", remedy: Self.bindRemedy(endpoint), zmq_bind)
        } catch let error where error.errno == EADDRINUSE {
            throw ZeroMQError(
                code: .endpointTaken, errno: error.errno,
                message: "Another process is bound at \(endpoint). Stop it first, or give this one another address.")
        }
        if let address = LocalAddress(endpoint: try lastEndpoint()) { bound.insert(address) }
    }

    /// What was last bound, with the port that the system chose for `tcp://127.0.0.1:*`.
    package func lastEndpoint() throws(ZeroMQError) -> String {
        var text = [CChar](repeating: 0, count: 256)
        var size = text.count
        guard zmq_getsockopt(try open(), ZMQ_LAST_ENDPOINT, &text, &size) == 0 else { throw refused(ZMQ_LAST_ENDPOINT) }
        return String(decoding: text.prefix(size).prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func bindRemedy(_ endpoint: String) -> String {
        endpoint.hasPrefix("tcp://")
            ? "Use an address in digits or an interface of this machine, or * for all of them, and a port that the user of the service may open."
            : "See that the directory exists, is writable, and nobody else binds there."
    }

    /// Connects to an endpoint, now or as soon as somebody is there.
    package func connect(_ endpoint: String) throws(ZeroMQError) {
        try change(endpoint, "could not be connected", remedy: "Check the spelling of the endpoint.", zmq_connect)
    }

    /// Stops listening at an endpoint. The library removes the socket file of an ipc endpoint.
    package func unbind(_ endpoint: String) throws(ZeroMQError) {
        try change(endpoint, "could not be unbound", remedy: "Unbind only what this socket bound.", zmq_unbind)
    }

    /// Ends a connection.
    package func disconnect(_ endpoint: String) throws(ZeroMQError) {
        try change(endpoint, "could not be disconnected", remedy: "Disconnect only what this socket connected.", zmq_disconnect)
    }

    /// SUB: wants messages whose first part begins with `prefix`. Empty means all. Mind that `call.1` is a prefix of `call.12`.
    package func subscribe(_ prefix: [UInt8]) throws(ZeroMQError) {
        try set(ZMQ_SUBSCRIBE, bytes: prefix)
    }

    /// SUB: takes one ``subscribe(_:)`` back.
    package func unsubscribe(_ prefix: [UInt8]) throws(ZeroMQError) {
        try set(ZMQ_UNSUBSCRIBE, bytes: prefix)
    }

    // MARK: Messages

    /// Hands a message of one or more parts to the library, all or nothing, without waiting.
    ///
    /// For a ROUTER the first part is the identity of the peer.
    /// - Throws: ``ZeroMQError`` for everything that is neither a full queue nor an absent peer.
    package func send(_ parts: [[UInt8]]) throws(ZeroMQError) -> SendOutcome {
        let socket = try open()
        precondition(!parts.isEmpty, "a message has at least one part")
        for (index, part) in parts.enumerated() {
            let flags = index + 1 < parts.count ? ZMQ_DONTWAIT | ZMQ_SNDMORE : ZMQ_DONTWAIT
            var code: CInt
            repeat {
                code = part.withUnsafeBytes { zmq_send(socket, $0.baseAddress, $0.count, flags) }
            } while code < 0 && zmq_errno() == EINTR
            if code >= 0 { continue }
            // The library decides about a whole message at its first part: whether there is a peer and whether it has room. At a later one
            // it says EAGAIN only if the peer has gone meanwhile (seen under a flood), and takes the earlier parts back.
            switch zmq_errno() {
            case EAGAIN: return .wouldBlock
            case EHOSTUNREACH: return .unreachable
            default: break
            }
            throw .last(.send, "A message could not be sent at part \(index + 1) of \(parts.count)", remedy: "Close this socket and make a new one.")
        }
        return .sent
    }

    /// Takes one message, or nil if none is there. An XPUB gets notices: one part, 1 or 0, then the prefix subscribed or left.
    package func receive() throws(ZeroMQError) -> [[UInt8]]? {
        let socket = try open()
        while true {
            guard let message = try receiveMessage(socket, tracing: false) else { return nil }
            if message.parts.count <= Self.maximumParts { return message.parts }
            oversizeMessages += 1
        }
    }

    /// Takes up to `limit` messages. Fewer means that no more are there now.
    ///
    /// The limit keeps one busy socket from starving the others of its thread.
    package func receive(limit: Int) throws(ZeroMQError) -> [[[UInt8]]] {
        var messages: [[[UInt8]]] = []
        while messages.count < limit, let parts = try receive() { messages.append(parts) }
        return messages
    }

    /// A message and where it came from.
    package struct Message: Sendable {
        package let parts: [[UInt8]]
        /// Of all parts together, those that were dropped included.
        package let bytes: Int
        /// The connection's descriptor as the library names it, or nil for inproc. It may be closed, and its number be another's, by now.
        package let source: CInt?
        /// More parts than ``ZeroMQSocket/maximumParts``: `parts` is only the beginning.
        package let isOversize: Bool
    }

    /// Takes one message with its source, or nil if none is there. One of too many parts is returned, marked and cut: whoever wants to know
    /// the source has something to do about its sender.
    package func receiveTraced() throws(ZeroMQError) -> Message? {
        let message = try receiveMessage(try open(), tracing: true)
        if message?.isOversize == true { oversizeMessages += 1 }
        return message
    }

    /// nil if there is no message. Keeps one part more than allowed, as the sign of an oversize message.
    private func receiveMessage(_ socket: UnsafeMutableRawPointer, tracing: Bool) throws(ZeroMQError) -> Message? {
        var parts: [[UInt8]] = []
        var bytes = 0
        var source: CInt?
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        while true {
            var code: CInt
            repeat { code = zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) } while code < 0 && zmq_errno() == EINTR
            if code < 0 {
                if zmq_errno() == EAGAIN && parts.isEmpty { return nil }
                throw .last(.receive, "A message could not be received", remedy: "Close this socket and make a new one.")
            }
            let size = zmq_msg_size(&message)
            bytes += size
            if parts.count <= Self.maximumParts {
                parts.append(Array(UnsafeRawBufferPointer(start: zmq_msg_data(&message), count: size)))
            }
            guard zmq_msg_more(&message) == 0 else { continue }
            // The identity that a ROUTER puts in front has no source; what the peer itself sent has. So the last part is asked.
            if tracing {
                let descriptor = zmq_msg_get(&message, ZMQ_SRCFD)
                if descriptor >= 0 { source = descriptor }
            }
            return Message(parts: parts, bytes: bytes, source: source, isOversize: parts.count > Self.maximumParts)
        }
    }

    // MARK: Peers

    /// Ends the connection that a message came from, with shutdown(2); the library sees its end and closes it. ZeroMQ has no call for that.
    ///
    /// The library may have closed the descriptor meanwhile and the number may be another file's. So it must be a connection that was
    /// accepted at one of this socket's own endpoints; a worker that is cut off by mistake connects again.
    /// - Returns: false if the descriptor is none of ours (any more).
    package func disconnect(source: CInt) -> Bool {
        affinity.check("ZeroMQ socket")
        guard let local = LocalAddress(descriptor: source), bound.contains(local) else { return false }
        return shutdown(source, CInt(SHUT_RDWR)) == 0
    }

    /// For ``HandshakeMonitor``.
    func monitor(_ endpoint: String?, events: CInt) throws(ZeroMQError) {
        let socket = try open()
        guard zmq_socket_monitor(socket, endpoint, events) == 0 else {
            throw .last(.option, "The socket cannot be watched", remedy: "Give each monitor a name of its own.")
        }
    }

    // MARK: The raw handle

    /// For ``ZeroMQPoll``.
    func open() throws(ZeroMQError) -> UnsafeMutableRawPointer {
        affinity.check("ZeroMQ socket")
        guard let raw else {
            throw ZeroMQError(code: .endpoint, errno: ENOTSOCK, message: "The socket is closed. Make a new one.")
        }
        return raw
    }

    private func change(
        _ endpoint: String, _ failure: String, remedy: String,
        _ call: (UnsafeMutableRawPointer?, UnsafePointer<CChar>?) -> CInt
    ) throws(ZeroMQError) {
        let socket = try open()
        guard call(socket, endpoint) == 0 else { throw .last(.endpoint, "\(endpoint) \(failure)", remedy: remedy) }
    }

    private func apply(_ options: ZeroMQSocketOptions) throws(ZeroMQError) {
        try set(ZMQ_LINGER, options.lingerMilliseconds)
        if let value = options.sendHighWaterMark { try set(ZMQ_SNDHWM, value) }
        if let value = options.receiveHighWaterMark { try set(ZMQ_RCVHWM, value) }
        if let value = options.reconnectMilliseconds { try set(ZMQ_RECONNECT_IVL, value) }
        if let value = options.reconnectMaximumMilliseconds { try set(ZMQ_RECONNECT_IVL_MAX, value) }
        try set(ZMQ_MAXMSGSIZE, options.maximumPartSize)
        switch kind {
        case .router:
            try set(ZMQ_ROUTER_MANDATORY, options.routerMandatory ? 1 : CInt(0))
            try set(ZMQ_ROUTER_HANDOVER, options.routerHandover ? 1 : CInt(0))
        case .dealer, .push:
            try set(ZMQ_IMMEDIATE, options.immediate ? 1 : CInt(0))
        case .xpub:
            // One notice for the first subscriber of a prefix and one for the last that leaves, not one for each.
            try set(ZMQ_XPUB_VERBOSE, CInt(0))
        case .pub, .sub, .xsub, .pull, .rep, .pair: break
        }
        if let identity = options.routingID { try set(ZMQ_ROUTING_ID, bytes: identity) }
        switch options.curve {
        case .server(let pair):
            try set(ZMQ_CURVE_SERVER, CInt(1))
            try set(ZMQ_CURVE_SECRETKEY, bytes: pair.secretKey.bytes)
            // Without a domain the library does not ask the authenticator: it encrypts and lets everybody in.
            try set(ZMQ_ZAP_DOMAIN, bytes: Array("maane".utf8))
        case .client(let pair, let server):
            try set(ZMQ_CURVE_SERVERKEY, bytes: server.bytes)
            try set(ZMQ_CURVE_PUBLICKEY, bytes: pair.publicKey.bytes)
            try set(ZMQ_CURVE_SECRETKEY, bytes: pair.secretKey.bytes)
        case nil: break
        }
    }

    private func set(_ option: CInt, _ value: some FixedWidthInteger & BitwiseCopyable) throws(ZeroMQError) {
        let socket = try open()
        let code = withUnsafeBytes(of: value) { zmq_setsockopt(socket, option, $0.baseAddress, $0.count) }
        guard code == 0 else { throw refused(option) }
    }

    private func set(_ option: CInt, bytes: [UInt8]) throws(ZeroMQError) {
        let socket = try open()
        let code = bytes.withUnsafeBytes { zmq_setsockopt(socket, option, $0.baseAddress, $0.count) }
        guard code == 0 else { throw refused(option) }
    }

    private func refused(_ option: CInt) -> ZeroMQError {
        .last(.option, "ZeroMQ option \(option) was refused", remedy: "Check its value and the kind of the socket.")
    }
}
