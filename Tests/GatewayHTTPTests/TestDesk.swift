import Gateway
import Glibc
import Logging
import MetricsTestKit
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import TwilioWire

/// A desk that writes down what it is asked.
final class TestDesk: CallDesk {
    enum Event: Sendable {
        case opened(MediaLine)
        case received([TwilioMessage], malformed: Int)
        case closed
    }

    private let requests = NIOLockedValueBox<[(String, VoiceRequest)]>([])
    private let ready = NIOLockedValueBox((true, "ready"))
    let events: AsyncStream<Event>
    let metrics = TestMetrics()

    /// What a counter has counted.
    func count(_ label: String, _ dimensions: [(String, String)] = []) -> Int64 {
        (try? metrics.expectCounter(label, dimensions).totalValue) ?? 0
    }

    private let continuation: AsyncStream<Event>.Continuation

    init() { (events, continuation) = AsyncStream.makeStream() }

    func document(_ webhook: DocumentWebhook, _ request: VoiceRequest, on eventLoop: any EventLoop) -> EventLoopFuture<TwiMLReply> {
        requests.withLockedValue { $0.append((webhook.rawValue, request)) }
        return eventLoop.makeSucceededFuture(
            TwiMLReply(webhook == .incomingCall ? .farewell(playURL: "https://v.example/static/tts/a.mp3") : .endCall))
    }

    func notice(_ webhook: NoticeWebhook, _ request: VoiceRequest) { requests.withLockedValue { $0.append((webhook.rawValue, request)) } }
    func fetched(_ file: String) { files.withLockedValue { $0.append(file) } }
    /// MP3s that were fetched.
    var fetchedFiles: [String] { files.withLockedValue { $0 } }
    private let files = NIOLockedValueBox<[String]>([])

    var isReady: (Bool, String) { ready.withLockedValue { $0 } }

    func mediaOpened(_ line: MediaLine) -> any MediaHandler {
        continuation.yield(.opened(line))
        return Handler(continuation: continuation)
    }

    func setReady(_ isReady: Bool, _ reason: String) { ready.withLockedValue { $0 = (isReady, reason) } }

    var last: (String, VoiceRequest)? { requests.withLockedValue { $0.last } }

    private final class Handler: MediaHandler {
        let continuation: AsyncStream<Event>.Continuation
        init(continuation: AsyncStream<Event>.Continuation) { self.continuation = continuation }
        func received(_ batch: [TwilioMessage], malformed: Int) { continuation.yield(.received(batch, malformed: malformed)) }
        func closed() { continuation.yield(.closed) }
    }
}

/// The desk's events, one after the other.
struct DeskEvents {
    struct Unexpected: Error {}
    private var iterator: AsyncStream<TestDesk.Event>.Iterator

    init(_ desk: TestDesk) { iterator = desk.events.makeAsyncIterator() }

    mutating func opened() async throws -> MediaLine {
        guard case .opened(let line) = await iterator.next(isolation: #isolation) else { throw Unexpected() }
        return line
    }

    mutating func received() async throws -> ([TwilioMessage], Int) {
        guard case .received(let batch, let malformed) = await iterator.next(isolation: #isolation) else { throw Unexpected() }
        return (batch, malformed)
    }

    /// Collects reads until so many messages and malformed ones have come.
    mutating func received(messages: Int, malformed: Int) async throws -> [TwilioMessage] {
        var all: [TwilioMessage] = []
        var count = 0
        while all.count < messages || count < malformed {
            let (batch, more) = try await received()
            all += batch
            count += more
        }
        guard all.count == messages, count == malformed else { throw Unexpected() }
        return all
    }

    mutating func closed() async throws {
        guard case .closed = await iterator.next(isolation: #isolation) else { throw Unexpected() }
    }
}

enum Wire {
    static let token = "12345"
    static let base = "https://voice.example.com"
    static let sid = "MZ00000000000000000000000000000001"
    static let start =
        #"{"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"\#(sid)","callSid":"CA1","tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"customParameters":{"token":"t"}},"streamSid":"\#(sid)"}"#
    static let startMessage = TwilioMessage.start(StreamStart(streamSid: sid, callSid: "CA1", accountSid: "AC1", customParameters: ["token": "t"]))

    static func media(_ number: Int) -> String {
        #"{"event":"media","sequenceNumber":"\#(number + 1)","media":{"track":"inbound","chunk":"\#(number)","timestamp":"\#(20 * number)","payload":"/38A"},"streamSid":"\#(sid)"}"#
    }

    static func mediaMessage(_ number: Int) -> TwilioMessage {
        .media(InboundMedia(streamSid: sid, sequence: number + 1, chunk: number, timestampMilliseconds: 20 * number, payload: [0xFF, 0x7F, 0]))
    }

    static func signature(_ url: String, _ form: FormFields? = nil) -> String {
        RequestSignature(secret: token).sign(url: url, content: form.map { .form($0) } ?? .none)
    }
}

/// A private folder that is removed in the end.
struct Folder: ~Copyable {
    let path: String

    init() throws {
        var template = Array("\(P_tmpdir)/gateway-http-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw DeskEvents.Unexpected() }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    func write(_ name: String, _ text: String) throws {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard descriptor >= 0, Glibc.write(descriptor, text, text.utf8.count) == text.utf8.count else { throw DeskEvents.Unexpected() }
        close(descriptor)
    }

    deinit {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                if name != ".", name != ".." { remove("\(path)/\(name)") }
            }
            closedir(folder)
        }
        rmdir(path)
    }
}

/// Runs a server on a free port for the length of the body.
func withServer(
    folder: String = "/nonexistent", _ change: (inout PublicServerConfiguration) throws -> Void = { _ in },
    isolation: isolated (any Actor)? = #isolation, _ body: (PublicServer, Int, TestDesk) async throws -> Void
) async throws {
    var configuration = PublicServerConfiguration(
        listener: .bind(host: "127.0.0.1", port: 0), publicAddress: try PublicAddress(Wire.base), authToken: Wire.token, speechFolder: folder)
    try change(&configuration)
    let desk = TestDesk()
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = try await PublicServer.start(
        configuration, desk: desk, group: MultiThreadedEventLoopGroup.singleton, logger: logger, metrics: desk.metrics)
    do {
        try await body(server, server.port ?? 0, desk)
    } catch {
        await server.close()
        throw error
    }
    await server.close()
}
