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

    private enum Route {
        case document(DocumentWebhook)
        case notice(NoticeWebhook)
        case speech, health, ready, media, other

        /// For counters: one of a fixed few.
        var name: String {
            switch self {
            case .document(let webhook): webhook.rawValue
            case .notice(let webhook): webhook.rawValue
            case .speech: "speech"
            case .health: "health"
            case .ready: "ready"
            case .media: "media"
            case .other: "other"
            }
        }
    }

    private static let webhooks: [String: Route] = Dictionary(
        uniqueKeysWithValues: DocumentWebhook.allCases.map { ($0.path, .document($0)) } + NoticeWebhook.allCases.map { ($0.path, .notice($0)) })

    var keepsAlive: Bool { !registry.isDraining }

    func refused(_ status: HTTPResponseStatus) { counters.request(route: Route.other.name, status: status) }

    func answer(_ request: HTTPRequest, on eventLoop: any EventLoop) -> HTTPAnswer {
        let route = Self.route(request.path)
        switch answer(request, route, on: eventLoop) {
        case .now(let reply):
            counters.request(route: route.name, status: reply.status)
            return .now(reply)
        case .later(let future):
            let (counters, desk) = (counters, desk)
            future.whenComplete {
                if case .speech = route, request.method == .GET, let status = try? $0.get().status, status == .ok || status == .partialContent {
                    desk.fetched(String(request.path.dropFirst(PublicPaths.speech.count).dropLast(4)))
                }
                counters.request(route: route.name, status: (try? $0.get().status) ?? .internalServerError)
            }
            return .later(future)
        }
    }

    static func isMedia(_ path: Substring) -> Bool { path == PublicPaths.media || path == PublicPaths.media + "/" }

    private static func route(_ path: Substring) -> Route {
        switch path {
        case PublicPaths.health: .health
        case PublicPaths.ready: .ready
        default: webhooks[String(path)] ?? (path.hasPrefix(PublicPaths.speech) ? .speech : isMedia(path) ? .media : .other)
        }
    }

    private func answer(_ request: HTTPRequest, _ route: Route, on eventLoop: any EventLoop) -> HTTPAnswer {
        switch route {
        case .document(let webhook):
            return self.webhook(request, allowsPreview: webhook.hasPreview) {
                .later(self.desk.document(webhook, $0, on: eventLoop).map(Self.twiml))
            }
        case .notice(let webhook):
            return self.webhook(request, allowsPreview: false) {
                self.desk.notice(webhook, $0)
                return .now(HTTPReply(.noContent))
            }
        case .speech:
            guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
            return files.reply(
                name: request.path.dropFirst(PublicPaths.speech.count), headers: request.headers, isHead: request.method == .HEAD, on: eventLoop)
        case .health:
            guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
            return .now(.text(.ok, "ok\n"))
        case .ready:
            guard request.method == .GET || request.method == .HEAD else { return .now(.methodNotAllowed("GET, HEAD")) }
            let (isReady, reason) = desk.isReady
            return .now(.text(isReady ? .ok : .serviceUnavailable, reason + "\n"))
        case .media:
            guard request.method == .GET else { return .now(.methodNotAllowed("GET")) }
            var reply = HTTPReply.refusal(.upgradeRequired)
            reply.headers.add(name: "Upgrade", value: "websocket")
            return .now(reply)
        case .other: return .now(.refusal(.notFound))
        }
    }

    private func webhook(_ request: HTTPRequest, allowsPreview: Bool, _ body: (VoiceRequest) -> HTTPAnswer) -> HTTPAnswer {
        guard request.method == .GET || request.method == .POST else { return .now(.methodNotAllowed("GET, POST")) }
        let content: WebhookContent
        do {
            guard let read = try WebhookContent(request) else { return .now(.refusal(.unsupportedMediaType)) }
            content = read
        } catch {
            return .now(.text(.badRequest, "\(error)\n"))
        }
        let remote = proxies.client(peer: request.peer, forwardedFor: request.headers["X-Forwarded-For"])
        switch authority.judge(request, content: content.signed, query: content.query, allowsPreview: allowsPreview) {
        case .refused(let reason):
            counters.signatureRejected(reason: reason)
            logger.warning(
                "webhook refused: its signature is not Twilio's. If it is Twilio, check PUBLIC_BASE_URL and TWILIO_AUTH_TOKEN.",
                metadata: ["path": "\(request.path)", "reason": "\(reason)", "remote": "\(remote)"])
            return .now(.refusal(.forbidden))
        case .accepted(let authenticity):
            if authenticity == .preview { logger.info("preview of a document", metadata: ["remote": "\(remote)"]) }
            return body(
                VoiceRequest(
                    params: content.params, query: content.query, authenticity: authenticity, remoteAddress: remote,
                    idempotencyToken: request.headers.first(name: "I-Twilio-Idempotency-Token")))
        }
    }

    private static func twiml(_ reply: TwiMLReply) -> HTTPReply {
        .text(HTTPResponseStatus(statusCode: reply.status), reply.document.text, type: "text/xml; charset=utf-8")
    }
}
