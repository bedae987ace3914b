import Audio
import AudioMP3
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Signing

@testable import TwilioSimulatorKit

/// A tiny application under test: answers TwiML, plays a greeting, answers each utterance with a tone.
final class FakeApplication: Sendable {
    struct Request: Sendable {
        var method: String
        var target: String
        var form: [FormField]
        var signature: String?
        var signatureIsRight: Bool
        var token: String?

        func field(_ name: String) -> String? { form.first { $0.name == name }?.value }
    }

    struct Behaviour: Sendable {
        /// Closes the stream once the mark of this reply has come back.
        var replies = 3
        var incomingStatus = HTTPResponseStatus.ok
        var incomingTwiML: String?
        /// By path: the answers in the order of the requests; the last counts for all further ones.
        var documents: [String: [String]] = [:]
        var contentType: String? = "text/xml"
        /// Paths that are answered with 500.
        var broken: Set<String> = []
        var files: [String: (type: String, bytes: [UInt8])] = [:]
        var streamPath = "/ws/twilio-media"
        /// Sent after `start`, before anything else.
        var firstMessage: String?
        /// Sent after `start`.
        var firstFrames: [WebSocketFrame] = []
        /// Written after `start`, past the WebSocket encoder.
        var firstBytes: [UInt8] = []
        var closeCode = WebSocketErrorCode.normalClosure
        /// Understands numbers, and answers `n` with `n` and `n + 32768`.
        var echo = false
        /// Stops reading after `start`.
        var isDeaf = false
        /// Closes the stream so long after its start.
        var closesAfterMs: Int?
    }

    /// What arrived on the media socket.
    struct Media: Sendable {
        var at: NIODeadline
        var timestamp: Int
        var bytes: Int
    }

    static let authToken = "test-token"
    static let base = "https://voice.example.test"
    private let channel: any Channel
    let requests: NIOLockedValueBox<[Request]>
    /// Messages of the platform on the media socket, without media.
    let messages: NIOLockedValueBox<[String]>
    let media: NIOLockedValueBox<[Media]>
    /// `open`, `close 1000`, `gone`.
    let sockets: NIOLockedValueBox<[String]>

    private init(channel: any Channel, boxes: Boxes) {
        self.channel = channel
        (requests, messages, media, sockets) = (boxes.requests, boxes.messages, boxes.media, boxes.sockets)
    }

    struct Boxes: Sendable {
        let requests = NIOLockedValueBox<[Request]>([])
        let messages = NIOLockedValueBox<[String]>([])
        let media = NIOLockedValueBox<[Media]>([])
        let sockets = NIOLockedValueBox<[String]>([])
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    /// Paths, in order.
    var targets: [String] { requests.withLockedValue { $0.map(\.target) } }

    func requests(to target: String) -> [Request] { requests.withLockedValue { $0.filter { $0.target == target } } }

    /// As the simulator sees it: a public https address in front of a plain socket.
    func route() throws -> Route {
        let base = WebAddress(scheme: "https", host: "voice.example.test", port: nil, target: "/")
        return try Route(publicBase: base, connect: .init(host: "127.0.0.1", port: port), loopback: false)
    }

    static func start(_ behaviour: Behaviour = Behaviour()) async throws -> FakeApplication {
        let boxes = Boxes()
        let greeting = try MP3File.tone(milliseconds: 400)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            // Accepted sockets inherit it: who does not read is soon noticed.
            .serverChannelOption(.socketOption(.so_rcvbuf), value: behaviour.isDeaf ? 8192 : 1 << 18)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOWebSocketServerUpgrader(
                        shouldUpgrade: { channel, head in
                            channel.eventLoop.makeSucceededFuture(head.uri == "/ws/twilio-media" ? HTTPHeaders() : nil)
                        },
                        upgradePipelineHandler: { channel, head in
                            let signed = "wss://voice.example.test" + head.uri
                            boxes.requests.withLockedValue {
                                $0.append(
                                    Request(
                                        method: "WS", target: head.uri, form: [], signature: head.headers.first(name: "x-twilio-signature"),
                                        signatureIsRight: head.headers.first(name: "x-twilio-signature") == Self.sign(signed, []), token: nil))
                            }
                            return channel.eventLoop.makeCompletedFuture {
                                let pipeline = channel.pipeline.syncOperations
                                pipeline.removeHandler(context: try pipeline.context(handlerType: NIOHTTPServerRequestAggregator.self), promise: nil)
                                pipeline.removeHandler(context: try pipeline.context(handlerType: WebhookHandler.self), promise: nil)
                                try pipeline.addHandler(AgentHandler(behaviour: behaviour, boxes: boxes))
                            }
                        })
                    let http = WebhookHandler(behaviour: behaviour, greeting: greeting, requests: boxes.requests)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withServerUpgrade: ([upgrader], { _ in }))
                    try channel.pipeline.syncOperations.addHandlers([NIOHTTPServerRequestAggregator(maxContentLength: 65_536), http])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FakeApplication(channel: channel, boxes: boxes)
    }

    func stop() async { try? await channel.close() }

    static func sign(_ url: String, _ form: [FormField]) -> String { TwilioSigner(authToken: authToken).signature(url: url, form: form) }
}

enum MP3File {
    static func tone(milliseconds: Int) throws -> [UInt8] {
        let pcm = (0..<milliseconds * 8).map { Int16(8000 * ($0 / 8 % 2 == 0 ? 1 : -1)) }
        return try MP3Encoder.file(pcm, sampleRate: 8000)
    }

    /// What `DIALOG_PROVIDERS=echo` says to a number, in play mode.
    static func answer(to number: Int) throws -> [UInt8] {
        let gap = [Int16](repeating: 0, count: 1600)
        let pcm = ToneCode.encode(UInt16(number)) + gap + ToneCode.encode(UInt16(number + 32_768)) + gap
        return try MP3Encoder.file(pcm, sampleRate: 8000)
    }
}

private final class WebhookHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOHTTPServerRequestFull
    typealias OutboundOut = HTTPServerResponsePart

    private let behaviour: FakeApplication.Behaviour
    private let greeting: [UInt8]
    private let requests: NIOLockedValueBox<[FakeApplication.Request]>

    init(behaviour: FakeApplication.Behaviour, greeting: [UInt8], requests: NIOLockedValueBox<[FakeApplication.Request]>) {
        self.behaviour = behaviour
        self.greeting = greeting
        self.requests = requests
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let full = unwrapInboundIn(data)
        let form = FormCoding.decode(full.body.map { String(buffer: $0) } ?? "")
        let signature = full.head.headers.first(name: "x-twilio-signature")
        let expected = FakeApplication.sign("https://voice.example.test" + full.head.uri, form)
        let earlier = requests.withLockedValue { all in
            defer {
                all.append(
                    .init(
                        method: full.head.method.rawValue, target: full.head.uri, form: form, signature: signature,
                        signatureIsRight: signature == expected, token: full.head.headers.first(name: "i-twilio-idempotency-token")))
            }
            return all.count { $0.target == full.head.uri }
        }
        if behaviour.broken.contains(full.head.uri) { return respond(context, .internalServerError, "text/plain", Array("broken".utf8)) }
        if let file = behaviour.files[full.head.uri] { return respond(context, .ok, file.type, file.bytes) }
        if let documents = behaviour.documents[full.head.uri], let last = documents.last {
            let text = earlier < documents.count ? documents[earlier] : last
            return respond(context, .ok, behaviour.contentType, Array(text.utf8))
        }
        if let number = full.head.uri.hasPrefix("/static/r-") ? Int(full.head.uri.dropFirst(10).prefix { $0 != "." }) : nil {
            return respond(context, .ok, "audio/mpeg", (try? MP3File.answer(to: number)) ?? [])
        }
        switch full.head.uri {
        case "/webhook/incoming_call":
            let twiml =
                behaviour.incomingTwiML ?? """
                    <?xml version="1.0" encoding="UTF-8"?><Response><Play>https://voice.example.test/static/greeting.mp3</Play>\
                    <Connect action="https://voice.example.test/webhook/stream_ended"><Stream url="wss://voice.example.test\(behaviour.streamPath)">\
                    <Parameter name="token" value="t1"/></Stream></Connect><Hangup/></Response>
                    """
            respond(context, behaviour.incomingStatus, behaviour.contentType, Array(twiml.utf8))
        case "/webhook/stream_ended": respond(context, .ok, "text/xml", Array("<Response><Hangup/></Response>".utf8))
        case "/static/greeting.mp3": respond(context, .ok, "audio/mpeg", greeting)
        case "/webhook/call_status", "/webhook/stream_status", "/webhook/recording_status": respond(context, .noContent, nil, [])
        default: respond(context, .notFound, "text/plain", Array("not found".utf8))
        }
    }

    private func respond(_ context: ChannelHandlerContext, _ status: HTTPResponseStatus, _ type: String?, _ body: [UInt8]) {
        var headers = HTTPHeaders()
        if let type { headers.add(name: "content-type", value: type) }
        if status != .noContent { headers.add(name: "content-length", value: String(body.count)) }
        context.write(wrapOutboundOut(.head(.init(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
}
