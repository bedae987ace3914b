import Audio
import NIOCore
import NIOHTTP1
import NIOPosix
import Signing

/// A request to the account API.
struct RESTRequest: Sendable {
    var method: String
    var path: String
    var authorization: String?
    var form: [FormField]
}

/// Twilio's account API for the calls that are being simulated.
final class RESTServer: Sendable {
    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    /// The port it listens on.
    var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameter answer: called for each request.
    /// - Throws: ``SimulatorFailure`` when the port cannot be had.
    static func start(
        host: String, port: Int, group: any EventLoopGroup, answer: @escaping @Sendable (RESTRequest) async -> RESTAnswer
    ) async throws -> RESTServer {
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: true)
                        try channel.pipeline.syncOperations.addHandlers([
                            NIOHTTPServerRequestAggregator(maxContentLength: 1 << 20), RESTHandler(answer: answer),
                        ])
                    }
                }
                .bind(host: host, port: port).get()
            return RESTServer(channel: channel)
        } catch {
            throw SimulatorFailure(.network, "port \(port) for the account API cannot be opened; choose another --rest-port", cause: error)
        }
    }

    func stop() async { try? await channel.close() }
}

private final class RESTHandler: ChannelInboundHandler {
    typealias InboundIn = NIOHTTPServerRequestFull
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (RESTRequest) async -> RESTAnswer

    init(answer: @escaping @Sendable (RESTRequest) async -> RESTAnswer) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let full = unwrapInboundIn(data)
        let request = RESTRequest(
            method: full.head.method.rawValue, path: String(full.head.uri.prefix { $0 != "?" }),
            authorization: full.head.headers.first(name: "authorization"),
            form: FormCoding.decode(full.body.map { String(buffer: $0) } ?? ""))
        let keepAlive = full.head.isKeepAlive
        let (answer, channel) = (answer, context.channel)
        // Requests of one connection are answered one after another: the pipeline handler of NIO holds back the next one.
        Task {
            let result = await answer(request)
            var headers: HTTPHeaders = ["content-type": result.contentType, "content-length": String(result.body.count)]
            if !keepAlive { headers.add(name: "connection", value: "close") }
            let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: result.status), headers: headers)
            channel.write(HTTPServerResponsePart.head(head), promise: nil)
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: result.body))), promise: nil)
            try? await channel.writeAndFlush(HTTPServerResponsePart.end(nil))
            if !keepAlive { channel.close(promise: nil) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
