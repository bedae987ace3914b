import NIOCore
import NIOHTTP1
import NIOPosix

/// A whole HTTP answer.
package struct WebAnswer: Sendable {
    package var status: Int
    package var contentType: String?
    package var body: [UInt8]

    package init(status: Int, contentType: String?, body: [UInt8]) {
        self.status = status
        self.contentType = contentType
        self.body = body
    }
}

/// Twilio's side of HTTP: signed webhooks and file fetches, one connection each.
package struct WebClient: Sendable {
    /// 15 s in all, 5 s to connect (contract, section 3.4).
    static let totalTimeout = TimeAmount.seconds(15)
    static let connectTimeout = TimeAmount.seconds(5)
    /// An MP3 of 40 minutes at 32 kbit/s has 10 MB.
    static let bodyLimit = 16 << 20

    private let route: Route
    private let signer: TwilioSigner
    private let eventLoop: any EventLoop

    package init(route: Route, signer: TwilioSigner, eventLoop: any EventLoop) {
        self.route = route
        self.signer = signer
        self.eventLoop = eventLoop
    }

    /// A signed webhook. One retry, with the same idempotency token, when no connection comes about, unless the URL's fragment says otherwise
    /// (contract, section 3.4).
    package func webhook(_ target: ActionTarget, form: [FormField], token: String) async throws(TwilioNotice) -> WebAnswer {
        var address = target.url
        var headers: HTTPHeaders = ["i-twilio-idempotency-token": token, "accept": "*/*", "cache-control": "max-age=259200"]
        var body: String?
        if target.method == "GET" {
            address.target += (address.target.contains("?") ? "&" : "?") + FormCoding.encode(form)
            headers.add(name: "x-twilio-signature", value: signer.signature(url: TwilioSigner.urlForSignature(address)))
        } else {
            headers.add(name: "x-twilio-signature", value: signer.signature(url: TwilioSigner.urlForSignature(address), form: form))
            headers.add(name: "content-type", value: "application/x-www-form-urlencoded; charset=UTF-8")
            body = FormCoding.encode(form)
        }
        return try await send(target.method, address, headers: headers, body: body)
    }

    /// A file for `<Play>`; Twilio sends no parameters with it. It is signed as a GET without parameters.
    package func file(_ address: WebAddress) async throws(TwilioNotice) -> WebAnswer {
        let signature = signer.signature(url: TwilioSigner.urlForSignature(address))
        return try await send("GET", address, headers: ["x-twilio-signature": signature, "accept": "audio/*"], body: nil)
    }

    private func send(_ method: String, _ address: WebAddress, headers: HTTPHeaders, body: String?) async throws(TwilioNotice) -> WebAnswer {
        let endpoint: Route.Endpoint
        do { endpoint = try route.endpoint(for: address) } catch { throw .error(11205, "\(error)") }
        var headers = headers
        headers.replaceOrAdd(name: "host", value: address.authority)
        headers.add(name: "user-agent", value: "TwilioProxy/1.1")
        headers.add(name: "connection", value: "close")
        if let body { headers.add(name: "content-length", value: String(body.utf8.count)) }
        let head = HTTPRequestHead(version: .http1_1, method: .init(rawValue: method), uri: address.target, headers: headers)
        let route = route
        var lastFailure: any Error = ChannelError.connectTimeout(Self.connectTimeout)
        let overrides = address.overrides
        for attempt in 0...overrides.retries {
            func mayRepeat(_ failure: ConnectionOverrides.Failure) -> Bool { attempt < overrides.retries && overrides.retried.contains(failure) }
            let answer = eventLoop.makePromise(of: WebAnswer.self)
            let bootstrap = ClientBootstrap(group: eventLoop)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try route.secure(channel, for: address)
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandlers([
                            NIOHTTPClientResponseAggregator(maxContentLength: Self.bodyLimit), AnswerHandler(head: head, body: body, promise: answer),
                        ])
                    }
                }
            let channel: any Channel
            do {
                channel = try await bootstrap.connect(host: endpoint.host, port: endpoint.port).get()
            } catch {
                answer.fail(error)
                lastFailure = error
                guard overrides.retried.contains(.connect) else { break }
                continue
            }
            let timeout = eventLoop.scheduleTask(in: Self.totalTimeout) { answer.fail(ChannelError.connectTimeout(Self.totalTimeout)) }
            defer {
                timeout.cancel()
                channel.close(promise: nil)
            }
            do {
                let whole = try await answer.futureResult.get()
                if (400..<500).contains(whole.status), mayRepeat(.clientError) { continue }
                if whole.status >= 500, mayRepeat(.serverError) { continue }
                return whole
            } catch {
                if mayRepeat(.read) { continue }
                throw .error(11205, "no answer from \(address): \(error); look into the application's log")
            }
        }
        throw .error(11205, "no connection to \(endpoint.host):\(endpoint.port) for \(address): \(lastFailure); is the application running?")
    }
}

/// Sends one request when the connection is up and completes a promise with the answer.
private final class AnswerHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPClientResponseFull
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: String?
    private let promise: EventLoopPromise<WebAnswer>

    init(head: HTTPRequestHead, body: String?, promise: EventLoopPromise<WebAnswer>) {
        self.head = head
        self.body = body
        self.promise = promise
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(.byteBuffer(context.channel.allocator.buffer(string: body)))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let full = unwrapInboundIn(data)
        promise.succeed(
            WebAnswer(
                status: Int(full.head.status.code), contentType: full.head.headers.first(name: "content-type"),
                body: full.body.map { Array($0.readableBytesView) } ?? []))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        promise.fail(error)
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise.fail(ChannelError.eof)
        context.fireChannelInactive()
    }
}
