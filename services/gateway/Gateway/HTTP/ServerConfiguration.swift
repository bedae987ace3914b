import NIOCore

/// What the public server needs to know.
package struct PublicServerConfiguration: Sendable {
    package var listener: Listener
    package var publicAddress: PublicAddress
    /// Twilio's primary auth token. Without one every signed request is refused.
    package var authToken: String?
    /// `TWILIO_SIGNING_KEY`: the shared key of requests that come with `X-Twilio-Webhooks-Signature-Settings`.
    package var signingKey: String? = nil
    /// `TWILIO_VALIDATE_SIGNATURE`; off only where nobody but the developer can reach the port.
    package var validatesSignatures: Bool
    package var trustedProxies: TrustedProxies
    /// The folder whose `<name>.mp3` is served as `/static/tts/<name>.mp3`.
    package var speechFolder: String
    package var http: HTTPLimits
    package var media: MediaLimits

    package init(
        listener: Listener, publicAddress: PublicAddress, authToken: String?, validatesSignatures: Bool = true,
        trustedProxies: TrustedProxies = TrustedProxies(), speechFolder: String, http: HTTPLimits = HTTPLimits(), media: MediaLimits = MediaLimits()
    ) {
        self.listener = listener
        self.publicAddress = publicAddress
        self.authToken = authToken
        self.validatesSignatures = validatesSignatures
        self.trustedProxies = trustedProxies
        self.speechFolder = speechFolder
        self.http = http
        self.media = media
    }
}

/// Bounds of an HTTP connection.
package struct HTTPLimits: Sendable {
    /// All header fields together, in bytes.
    package var headerBytes = 16 * 1024
    /// Request target, in bytes.
    package var targetBytes = 8 * 1024
    /// Request body, in bytes; Twilio's forms are about 1 KiB.
    package var bodyBytes = 64 * 1024
    /// From the first byte of a request (or the connection's beginning) to its last.
    package var requestTimeout = TimeAmount.seconds(10)
    /// Between requests, and for taking an answer.
    package var idleTimeout = TimeAmount.seconds(75)
    /// Open sockets of all kinds. Beyond it the oldest that is no media socket goes.
    package var connections = 2048

    package init() {}
}

/// Bounds of a media socket.
package struct MediaLimits: Sendable {
    /// One message, in bytes; Twilio's are under 1 KiB.
    package var messageBytes = 64 * 1024
    /// What a stranger may send before a `start`, frame headers included.
    package var bytesBeforeStart = 64 * 1024
    /// From the handshake to a `start` with a good token.
    package var startTimeout = TimeAmount.seconds(10)
    /// From our close frame to the peer's.
    package var closeTimeout = TimeAmount.seconds(5)
    /// Sockets that have not shown a good token yet; the newest are kept.
    package var unauthenticatedSockets = 200
    /// The same for one client address. Behind a proxy that TRUSTED_PROXIES does not name, all share the proxy's.
    package var unauthenticatedSocketsPerAddress = 100
    /// How long the socket may take nothing before audio is dropped.
    package var stallTimeout = TimeAmount.seconds(2)
    /// How much may wait for a socket that takes nothing, in bytes: about a minute of audio.
    package var stallBytes = 1 << 20

    package init() {}
}

/// The address under which Twilio reaches us. Signatures are checked against it, never against the Host header.
package struct PublicAddress: Sendable, Equatable {
    /// `https://host[:port][/prefix]` without a slash at the end.
    package let base: String

    /// - Throws: ``ServerError`` unless it is an absolute `https` or `http` URL without query.
    package init(_ text: String) throws(ServerError) {
        var base = text
        while base.hasSuffix("/") { base.removeLast() }
        let secure = base.hasPrefix("https://")
        guard secure || base.hasPrefix("http://"), base.utf8.count > (secure ? 8 : 7), base.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }),
            !base.contains("?"), !base.contains("#")
        else {
            throw ServerError(
                .configuration, "PUBLIC_BASE_URL is \"\(text)\". Set it to the address that Twilio calls, such as https://voice.example.com.")
        }
        self.base = base
    }

    /// - Parameter target: path and query as received or as wanted, from the slash on.
    package func url(_ target: String) -> String { base + target }

    /// The same under `wss`, or `ws` where the base is plain `http`.
    package func socketURL(_ target: String) -> String { "ws" + base.dropFirst(4) + target }

    package var streamURL: String { socketURL(PublicPaths.media) }
    package var incomingCallURL: String { url(PublicPaths.incomingCall) }
    package var streamEndedURL: String { url(PublicPaths.streamEnded) }
    package var callStatusURL: String { url(PublicPaths.callStatus) }
    package var handleRecordingURL: String { url(PublicPaths.handleRecording) }
    package var transferEndedURL: String { url(PublicPaths.transferEnded) }
    package var streamStatusURL: String { url(PublicPaths.streamStatus) }
    package var recordingStatusURL: String { url(PublicPaths.recordingStatus) }

    /// - Parameter name: file name with its `.mp3`.
    package func speechURL(_ name: String) -> String { url(PublicPaths.speech + name) }
}

/// The public paths; Twilio's console and our TwiML name them.
package enum PublicPaths {
    package static let incomingCall = "/webhook/incoming_call"
    package static let streamEnded = "/webhook/stream_ended"
    package static let callStatus = "/webhook/call_status"
    package static let handleRecording = "/webhook/handle_recording"
    package static let transferEnded = "/webhook/transfer_ended"
    package static let streamStatus = "/webhook/stream_status"
    package static let recordingStatus = "/webhook/recording_status"
    package static let fallback = "/webhook/fallback"
    package static let media = "/ws/twilio-media"
    package static let speech = "/static/tts/"
    package static let health = "/healthz"
    package static let ready = "/readyz"
}

/// Why a server could not start.
package struct ServerError: Error, Sendable, CustomStringConvertible {
    /// Open-ended: switch with a default.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        package static let configuration = Code(rawValue: "configuration")
        package static let addressInUse = Code(rawValue: "address_in_use")
        package static let cannotListen = Code(rawValue: "cannot_listen")
    }

    package let code: Code
    /// What happened and what helps.
    package let message: String
    package let cause: (any Error)?

    init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    package var description: String { message }
}
