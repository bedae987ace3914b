import Logging
import NIOCore
import NIOHTTP1
import TwilioWire

/// What is answered at the public port.
final class PublicRoutes: HTTPResponder {
    private let desk: any CallDesk
    private let authority: WebhookAuthority
    private let proxies: TrustedProxies
    private let files: SpeechFiles
    private let counters: GatewayCounters
    private let registry: ConnectionRegistry
    private let logger: Logger

    init(
        desk: any CallDesk, authority: WebhookAuthority, proxies: TrustedProxies, files: SpeechFiles, counters: GatewayCounters,
        registry: ConnectionRegistry, logger: Logger
    ) {
        self.desk = desk
        self.authority = authority
        self.proxies = proxies
        self.files = files
        self.counters = counters
        self.registry = registry
        self.logger = logger
    }

    private enum Route: String {
        case incomingCall = "incoming_call"
        case streamEnded = "stream_ended"
        case callStatus = "call_status"
        case speech, health, ready, media, other
    }

    var keepsAlive: Bool { !registry.isDraining }

    func refused(_ status: HTTPResponseStatus) { counters.request(route: Route.other.rawValue, status: status) }

    func answer(_ request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let route = Self.route(request.path)
        switch answer(request, route, on: eventLoop) {
        case .now(let reply):
            counters.request(route: route.rawValue, status: reply.status)
            return .now(reply)
        case .later(let future):
            let counters = counters
            future.whenComplete { counters.request(route: route.rawValue, status: (try? $0.get().status) ?? .internalServerError) }
            return .later(future)
        }
    }

    static func isMedia(_ path: Substring) -> Bool { path == PublicPaths.media || path == PublicPaths.media + "/" }

    private static func route(_ path: Substring) -> Route {
        switch path {
        case PublicPaths.incomingCall: .incomingCall
        case PublicPaths.streamEnded: .streamEnded
        case PublicPaths.callStatus: .callStatus
        case PublicPaths.health: .health
        case PublicPaths.ready: .ready
        default: path.hasPrefix(PublicPaths.speech) ? .speech : isMedia(path) ? .media : .other
        }
    }

    private func answer(_ request: HTTPRequest, _ route: Route, on eventLoop: any EventLoop) -> HTTPAnswer {
        switch route {
        case .incomingCall:
            return webhook(request, allowsPreview: true) { .later(self.desk.incomingCall($0, on: eventLoop).map(Self.twiml)) }
        case .streamEnded:
            return webhook(request, allowsPreview: false) { .later(self.desk.streamEnded($0, on: eventLoop).map(Self.twiml)) }
        case .callStatus:
            return webhook(request, allowsPreview: false) {
                self.desk.callStatus($0)
                return .now(HTTPReply(.noContent))
            }
        case .speech:
            guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
            return files.reply(
                name: request.path.dropFirst(PublicPaths.speech.count), ifNoneMatch: request.headers["If-None-Match"],
                isHead: request.method == .HEAD,
                on: eventLoop)
        case .health:
            guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
            return .now(.text(.ok, "ok\n"))
        case .ready:
            guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
            let (isReady, reason) = desk.isReady
            return .now(.text(isReady ? .ok : .serviceUnavailable, reason + "\n"))
        case .media:
            // A real handshake never gets here, unless there were too many strangers.
            guard request.method == .GET else { return .now(.methodNotAllowed("GET")) }
            if request.headers.contains(name: "Sec-WebSocket-Key") { return .now(.refusal(.serviceUnavailable)) }
            var reply = HTTPReply.refusal(.upgradeRequired)
            reply.headers.add(name: "Upgrade", value: "websocket")
            return .now(reply)
        case .other: return .now(.refusal(.notFound))
        }
    }

    private func webhook(_ request: HTTPRequest, allowsPreview: Bool, _ body: (VoiceRequest) -> HTTPAnswer) -> HTTPAnswer {
        guard request.method == .GET || request.method == .POST else { return .now(.methodNotAllowed("GET, POST")) }
        let query: FormFields
        var form: FormFields?
        do {
            query = try FormDecoder.decode(Array(request.query.utf8))
            if request.method == .POST {
                let type = request.headers.first(name: "Content-Type")?.lowercased() ?? ""
                guard type.isEmpty || type.hasPrefix("application/x-www-form-urlencoded") else { return .now(.refusal(.unsupportedMediaType)) }
                form = try FormDecoder.decode(request.body.readableBytesView)
            }
        } catch {
            return .now(.text(.badRequest, "\(error)\n"))
        }
        let remote = proxies.client(peer: request.peer, forwardedFor: request.headers["X-Forwarded-For"])
        switch authority.judge(request, form: form, query: query, allowsPreview: allowsPreview) {
        case .refused(let reason):
            counters.signatureRejected(reason: reason)
            logger.warning(
                "webhook refused: its signature is not Twilio's. If it is Twilio, check PUBLIC_BASE_URL and TWILIO_AUTH_TOKEN.",
                metadata: ["path": "\(request.path)", "reason": "\(reason)", "remote": "\(remote)"])
            return .now(.refusal(.forbidden))
        case .accepted(let authenticity):
            if authenticity == .preview { logger.info("preview of the incoming call document", metadata: ["remote": "\(remote)"]) }
            return body(
                VoiceRequest(
                    params: form ?? query, query: query, authenticity: authenticity, remoteAddress: remote,
                    idempotencyToken: request.headers.first(name: "I-Twilio-Idempotency-Token")))
        }
    }

    private static func twiml(_ reply: TwiMLReply) -> HTTPReply {
        .text(HTTPResponseStatus(statusCode: reply.status), reply.document.text, type: "text/xml; charset=utf-8")
    }
}
