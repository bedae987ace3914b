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
    }

    struct Behaviour: Sendable {
        /// Closes the stream once the mark of this reply has come back.
        var replies = 3
        var incomingStatus = HTTPResponseStatus.ok
        var incomingTwiML: String?
        var streamPath = "/ws/twilio-media"
        /// Sent after `start`, before anything else.
        var firstMessage: String?
        var closeCode = WebSocketErrorCode.normalClosure
    }

    static let authToken = "test-token"
    private let channel: any Channel
    let requests: NIOLockedValueBox<[Request]>
    /// Messages of the platform on the media socket, without media.
    let messages: NIOLockedValueBox<[String]>

    private init(channel: any Channel, requests: NIOLockedValueBox<[Request]>, messages: NIOLockedValueBox<[String]>) {
        self.channel = channel
        self.requests = requests
        self.messages = messages
    }

    var port: Int { channel.localAddress?.port ?? 0 }

    /// As the simulator sees it: a public https address in front of a plain socket.
    func route() throws -> Route {
        let base = WebAddress(scheme: "https", host: "voice.example.test", port: nil, target: "/")
        return try Route(publicBase: base, connect: .init(host: "127.0.0.1", port: port), loopback: false)
    }

    static func start(_ behaviour: Behaviour = Behaviour()) async throws -> FakeApplication {
        let requests = NIOLockedValueBox<[Request]>([])
        let messages = NIOLockedValueBox<[String]>([])
        let greeting = try MP3File.tone(milliseconds: 400)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let upgrader = NIOWebSocketServerUpgrader(
                        shouldUpgrade: { channel, head in
                            channel.eventLoop.makeSucceededFuture(head.uri == "/ws/twilio-media" ? HTTPHeaders() : nil)
                        },
                        upgradePipelineHandler: { channel, head in
                            let signed = "wss://voice.example.test" + head.uri
                            requests.withLockedValue {
                                $0.append(
                                    Request(
                                        method: "WS", target: head.uri, form: [], signature: head.headers.first(name: "x-twilio-signature"),
                                        signatureIsRight: head.headers.first(name: "x-twilio-signature") == Self.sign(signed, []), token: nil))
                            }
                            return channel.eventLoop.makeCompletedFuture {
                                let pipeline = channel.pipeline.syncOperations
                                pipeline.removeHandler(context: try pipeline.context(handlerType: NIOHTTPServerRequestAggregator.self), promise: nil)
                                pipeline.removeHandler(context: try pipeline.context(handlerType: WebhookHandler.self), promise: nil)
                                try pipeline.addHandler(AgentHandler(behaviour: behaviour, messages: messages))
                            }
                        })
                    let http = WebhookHandler(behaviour: behaviour, greeting: greeting, requests: requests)
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withServerUpgrade: ([upgrader], { _ in }))
                    try channel.pipeline.syncOperations.addHandlers([NIOHTTPServerRequestAggregator(maxContentLength: 65_536), http])
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return FakeApplication(channel: channel, requests: requests, messages: messages)
    }

    func stop() async { try? await channel.close() }

    static func sign(_ url: String, _ form: [FormField]) -> String { TwilioSigner(authToken: authToken).signature(url: url, form: form) }
}

enum MP3File {
    static func tone(milliseconds: Int) throws -> [UInt8] {
        let pcm = (0..<milliseconds * 8).map { Int16(8000 * ($0 / 8 % 2 == 0 ? 1 : -1)) }
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
        requests.withLockedValue {
            $0.append(
                .init(
                    method: full.head.method.rawValue, target: full.head.uri, form: form, signature: signature,
                    signatureIsRight: signature == expected, token: full.head.headers.first(name: "i-twilio-idempotency-token")))
        }
        switch full.head.uri {
        case "/webhook/incoming_call":
            let twiml =
                behaviour.incomingTwiML ?? """
                    <?xml version="1.0" encoding="UTF-8"?><Response><Play>https://voice.example.test/static/greeting.mp3</Play>\
                    <Connect action="https://voice.example.test/webhook/stream_ended"><Stream url="wss://voice.example.test\(behaviour.streamPath)">\
                    <Parameter name="token" value="t1"/></Stream></Connect><Hangup/></Response>
                    """
            respond(context, behaviour.incomingStatus, "text/xml", Array(twiml.utf8))
        case "/webhook/stream_ended": respond(context, .ok, "text/xml", Array("<Response><Hangup/></Response>".utf8))
        case "/static/greeting.mp3": respond(context, .ok, "audio/mpeg", greeting)
        case "/webhook/call_status": respond(context, .noContent, nil, [])
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

/// Answers each utterance, cut by 200 ms of silence, with 200 ms of tone and a mark.
private final class AgentHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let behaviour: FakeApplication.Behaviour
    private let messages: NIOLockedValueBox<[String]>
    private var streamSid = ""
    private var isVoiced = false
    private var silentFrames = 0
    private var replies = 0

    init(behaviour: FakeApplication.Behaviour, messages: NIOLockedValueBox<[String]>) {
        self.behaviour = behaviour
        self.messages = messages
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        guard frame.opcode == .text else { return }
        let bytes = Array(frame.unmaskedData.readableBytesView)
        guard let json = try? JSONReader.parse(bytes), let event = json["event"]?.string else { return }
        if event != "media" { messages.withLockedValue { $0.append(String(decoding: bytes, as: UTF8.self)) } }
        switch event {
        case "start":
            streamSid = json["streamSid"]?.string ?? ""
            if let first = behaviour.firstMessage { send(first, context) }
        case "media":
            guard let payload = json["media"]?["payload"]?.string, let audio = Base64.decode(payload) else { return }
            heard(Audibility.first(in: audio) != nil, context)
        case "mark":
            guard replies >= behaviour.replies else { return }
            var code = ByteBuffer()
            code.write(webSocketErrorCode: behaviour.closeCode)
            context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: code)), promise: nil)
        default: break
        }
    }

    private func heard(_ voiced: Bool, _ context: ChannelHandlerContext) {
        silentFrames = voiced ? 0 : silentFrames + 1
        isVoiced = isVoiced || voiced
        guard isVoiced, silentFrames == 10 else { return }
        isVoiced = false
        replies += 1
        let tone = Base64.encode([UInt8](repeating: 0x90, count: 1600))
        send(#"{"event":"media","streamSid":"\#(streamSid)","media":{"payload":"\#(tone)"}}"#, context)
        send(#"{"event":"mark","streamSid":"\#(streamSid)","mark":{"name":"reply-\#(replies)"}}"#, context)
    }

    private func send(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))), promise: nil)
    }
}
