/// Where to connect and what to say there.
package struct WebSocketRequest: Sendable {
    /// `ws` or `wss`, with host, port, path and perhaps a query; no user, no fragment.
    package var url: String
    /// Added to the query, percent-encoded, in order; a name may come more than once. No secret belongs here: addresses end up in logs.
    package var query: [(name: String, value: String)]
    /// In order. Those of the handshake itself (Host, Upgrade, Connection, Sec-WebSocket-…) cannot be set.
    package var headers: [(name: String, value: String)]

    package init(url: String, query: [(name: String, value: String)] = [], headers: [(name: String, value: String)] = []) {
        self.url = url
        self.query = query
        self.headers = headers
    }
}

/// How all connections of one ``WebSocketClient`` behave.
package struct WebSocketConfiguration: Sendable {
    /// A PEM file of trusted authorities instead of the system's. The server's certificate is verified in any case.
    package var certificateAuthorityFile: String?
    /// For looking up, connecting, the TLS handshake and the upgrade together.
    package var connectTimeout: Duration = .seconds(3)
    /// After this long without a byte from the peer it gets a ping; nil: never. TCP alone takes many minutes to notice a peer that is gone.
    package var pingAfter: Duration? = .seconds(5)
    /// How long it may then go on saying nothing.
    package var pongTimeout: Duration = .seconds(5)
    /// How long a close handshake may take.
    package var closeTimeout: Duration = .seconds(2)
    /// A longer message, whole or in fragments, ends the connection.
    package var maximumMessageBytes = 1 << 20
    /// Bytes that were handed over and have not left for the peer yet; more end the connection. Bounds what a slow peer costs us.
    package var maximumPendingBytes = 1 << 20
    package var userAgent: String?

    package init() {}
}

/// What happens on a connection, in order. Called on the connection's event loop: must not wait.
package enum WebSocketEvent: Sendable, Equatable {
    /// The peer has accepted.
    case open
    case text(String)
    case binary([UInt8])
    /// The last.
    case ended(WebSocketEnd)
}

package enum WebSocketEnd: Sendable, Equatable {
    /// A close frame came, or the peer never answered ours (1006). 1005: it named no code.
    case closed(code: UInt16, reason: String)
    /// The peer answered the upgrade with another status than 101. Redirects are not followed.
    case refused(WebSocketRefusal)
    case failed(WebSocketFailure)
}

/// An HTTP answer instead of a WebSocket.
package struct WebSocketRefusal: Sendable, Equatable {
    package var status: Int
    /// From Retry-After: seconds, or a date held against the answer's own Date.
    package var retryAfter: Duration?
    /// At most the first 4 KiB, as they came. For a vendor's error code; not for logs, it may repeat what was sent.
    package var body: [UInt8]

    package init(status: Int, retryAfter: Duration? = nil, body: [UInt8] = []) {
        self.status = status
        self.retryAfter = retryAfter
        self.body = body
    }
}

/// Why a connection failed. Says nothing of addresses, headers or messages: they may hold a secret, or what a caller said.
package struct WebSocketFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// Open-ended: new codes may come.
    package struct Code: Sendable, Hashable {
        package let name: String
        /// The request cannot be sent as it is.
        package static let invalidRequest = Code(name: "invalid_request")
        /// No TCP connection.
        package static let unreachable = Code(name: "unreachable")
        /// TLS failed or the certificate was not accepted.
        package static let tls = Code(name: "tls")
        /// It was not open in time.
        package static let timeout = Code(name: "timeout")
        /// The answer to the upgrade made no sense.
        package static let handshake = Code(name: "handshake")
        /// It ended without a close frame.
        package static let broken = Code(name: "broken")
        /// The peer did not answer a ping.
        package static let silent = Code(name: "silent")
        /// More was sent than the peer took.
        package static let overflow = Code(name: "overflow")
        /// A message was larger than allowed.
        package static let tooLarge = Code(name: "too_large")
        /// The peer broke the protocol.
        package static let violation = Code(name: "violation")
    }

    package let code: Code
    /// What happened and what helps.
    package let message: String
    package var description: String { message }

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
