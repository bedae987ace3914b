/// What to ask of a server.
package struct HTTPRequest: Sendable {
    /// Upper case, for example `POST`.
    package var method: String
    /// `http` or `https`.
    package var url: String
    /// In order; a name may come more than once.
    package var headers: [(name: String, value: String)]
    /// nil for none. POST, PUT and PATCH without a body send an empty one.
    package var body: [UInt8]?
    /// User and password of HTTP basic authentication.
    package var basicAuthentication: (user: String, password: String)?
    /// For the whole transfer.
    package var timeout: Duration = .seconds(10)
    /// For looking up, connecting and the TLS handshake.
    package var connectTimeout: Duration = .seconds(3)
    /// For the first byte of the answer's body, or its end if it has none; nil: as long as the whole may take.
    package var firstByteTimeout: Duration?
    /// The longest pause between two bytes of the body; nil: as long as the whole may take. A peer that is gone without a word is noticed by it.
    package var idleTimeout: Duration?
    /// A longer body ends the transfer with an error.
    package var maximumResponseBytes = 1 << 20

    package init(method: String = "GET", url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// What a server answered. Any status is a response, not an error.
package struct HTTPResponse: Sendable {
    package let status: Int
    /// In the order of the server, with the server's spelling.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? { Self.first(name, in: headers) }

    static func first(_ name: String, in headers: [(name: String, value: String)]) -> String? {
        let name = name.lowercased()
        return headers.first { $0.name.lowercased() == name }?.value
    }
}

/// An answer whose body is still coming.
package struct HTTPStreamedResponse: Sendable {
    package let status: Int
    /// In the order of the server, with the server's spelling.
    package let headers: [(name: String, value: String)]
    /// The body as it comes, for one reader. What waits is bounded by the request's `maximumResponseBytes`. Throws ``HTTPFetchError``.
    /// The connection is cut when the reading task is cancelled, or nobody reads any more.
    package let body: AsyncThrowingStream<[UInt8], any Error>

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? { HTTPResponse.first(name, in: headers) }

    /// Reads the rest, for an answer that is an error: at most this many bytes are kept.
    package func collect(upTo limit: Int = 16 << 10) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in body { bytes += chunk.prefix(limit - bytes.count) }
        return bytes
    }
}

/// How all transfers of one ``HTTPFetch`` are made.
package struct HTTPFetchConfiguration: Sendable {
    /// A PEM file of trusted authorities instead of the system's. The server's certificate is verified in any case.
    package var certificateAuthorityFile: String?
    /// For example `http://proxy:3128`. The environment's proxy variables are not read: a service is configured in one place.
    package var proxy: String?
    /// Connections to one host at a time; further transfers wait, and their time runs.
    package var maximumConnectionsPerHost = 16
    /// Transfers that may be handed over at once; further ones fail with `full`.
    package var mailboxLimit = 1024
    package var userAgent: String?

    package init() {}
}

/// Why there is no response. Says nothing of addresses, headers or bodies: they may hold what a caller said, or a secret.
package struct HTTPFetchError: Error, Sendable, CustomStringConvertible {
    /// Open-ended: new codes may come.
    package struct Code: Sendable, Hashable {
        private let name: String
        /// The request cannot be sent as it is.
        package static let invalidRequest = Code(name: "invalidRequest")
        /// No connection, for whatever reason, the time for it included: nothing was sent, so sending again is safe.
        package static let connectFailed = Code(name: "connectFailed")
        /// The server's certificate was not accepted, or TLS failed. Nothing was sent.
        package static let tls = Code(name: "tls")
        /// The time was over. The server may have acted.
        package static let timeout = Code(name: "timeout")
        /// The response was larger than allowed.
        package static let tooLarge = Code(name: "tooLarge")
        /// The connection broke or the answer made no sense. The server may have acted.
        package static let interrupted = Code(name: "interrupted")
        /// Too many transfers at once.
        package static let full = Code(name: "full")
        /// The client has been closed.
        package static let stopped = Code(name: "stopped")
        /// The library could not be set up.
        package static let setup = Code(name: "setup")
    }

    package let code: Code
    /// What happened and what helps.
    package let message: String
    /// libcurl's number, 0 if there is none.
    package let libraryCode: Int
    package var description: String { message }

    init(_ code: Code, _ message: String, libraryCode: Int = 0) {
        self.code = code
        self.message = message
        self.libraryCode = libraryCode
    }

    static let stopped = HTTPFetchError(.stopped, "The HTTP client has been closed. Finish the work before closing it.")
}
