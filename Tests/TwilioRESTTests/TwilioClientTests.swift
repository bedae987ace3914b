import Glibc
import HTTPFetch
import Logging
import Synchronization
import TestSupport
import Testing

@testable import TwilioREST

private let call = "CA0123456789abcdef0123456789abcdef"
private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Every row runs over a real socket, on a clock that only pauses move: no row waits.
@Suite(.timeLimit(.minutes(1))) struct TwilioClientTests {
    private let time = ManualTime()

    private func client(_ url: String, _ fetch: HTTPFetch, logger: Logger = quiet) -> TwilioClient {
        TwilioClient(
            account: TwilioAccount(sid: "AC1", authToken: "hush", baseURL: url), fetch: fetch, logger: logger,
            sleep: { [time] in time.sleep($0) }, now: { [time] in time.now }, jitter: { $0 })
    }

    private func with(
        logger: Logger = quiet, answer: @escaping @Sendable (Int) -> TwilioServer.Answer, _ body: (TwilioClient, TwilioServer) async throws -> Void
    ) async throws {
        let server = try await TwilioServer(answer: answer)
        let fetch = try await HTTPFetch()
        do {
            try await body(client(server.url, fetch, logger: logger), server)
        } catch {
            await fetch.close()
            await server.stop()
            throw error
        }
        await fetch.close()
        await server.stop()
    }

    // MARK: What is sent

    @Test func theRequestIsTwilios() async throws {
        try await with(answer: { _ in .done }) { client, server in
            #expect(await client.update(call, .twiml("<Response><Play>https://v.example/a b&c</Play>ש</Response>"), within: .seconds(3)) == .done)
            #expect(await client.update(call, .url("https://v.example/webhook/handle_recording"), within: .seconds(3)) == .done)
            #expect(await client.update(call, .completed, within: .seconds(3)) == .done)
            let bodies = server.requests.map { $0.split(separator: "\r\n\r\n", omittingEmptySubsequences: false).last.map(String.init) ?? "" }
            #expect(
                bodies == [
                    "Twiml=%3CResponse%3E%3CPlay%3Ehttps%3A%2F%2Fv%2Eexample%2Fa%20b%26c%3C%2FPlay%3E%D7%A9%3C%2FResponse%3E",
                    "Url=https%3A%2F%2Fv%2Eexample%2Fwebhook%2Fhandle_recording&Method=POST", "Status=completed",
                ])
            for request in server.requests {
                #expect(request.hasPrefix("POST /2010-04-01/Accounts/AC1/Calls/\(call).json HTTP/1.1\r\n"))
                #expect(request.contains("\r\nContent-Type: application/x-www-form-urlencoded\r\n"))
                #expect(request.contains("\r\nAccept: application/json\r\n"))
                #expect(request.contains("\r\nAuthorization: Basic QUMxOmh1c2g=\r\n"))
            }
        }
    }

    @Test func whatCannotBeRightIsNotSent() async throws {
        try await with(answer: { _ in .done }) { client, server in
            let long = String(repeating: "א", count: 4_001)
            #expect(await client.update(call, .twiml(long), within: .seconds(3)).kind == .refused)
            for name in ["", "../Messages", "CA1/x", "CA 1"] {
                #expect(await client.update(name, .completed, within: .seconds(3)).kind == .refused, "\(name)")
            }
            #expect(await client.update(call, .completed, within: .zero).kind == .failed)
            #expect(await client.update(call, .completed, within: .seconds(3), permit: { false }).kind == .failed)
            #expect(server.requests.isEmpty)
            #expect(await client.update(call, .twiml(String(long.dropLast())), within: .seconds(3)) == .done)
        }
    }

    // MARK: What comes back

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var answers: [TwilioServer.Answer]
        var update = CallUpdate.twiml("<Response/>")
        var result: Kind
        var attempts: Int
        /// Something that the result's text has.
        var says = ""
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "429, then 200", answers: [.problem(429, 20429, "Too Many Requests"), .done], result: .done, attempts: 2),
        Row(name: "503, then 200", answers: [.json(503, "busy"), .done], result: .done, attempts: 2),
        // 0.25 + 0.5 + 1 + 2 s of pauses; another 4 s would end beyond the 6 s.
        // It may have acted: only what is the same when done twice is sent again.
        Row(name: "500", answers: [.problem(500, 20500, "Internal")], result: .uncertain, attempts: 1, says: "20500"),
        Row(name: "500 for ever", answers: [.problem(500, 20500, "Internal")], update: .completed, result: .uncertain, attempts: 5, says: "20500"),
        Row(name: "not JSON", answers: [.json(502, "<html>Bad gateway</html>", type: "text/html")], result: .uncertain, attempts: 1, says: "HTTP 502"),
        Row(
            name: "gateway timeout", answers: [.json(504, "<html/>", type: "text/html")], result: .uncertain, attempts: 1, says: "HTTP 504"),
        Row(name: "gateway timeout of a hang-up", answers: [.json(504, ""), .done], update: .completed, result: .done, attempts: 2),
        Row(
            name: "call over", answers: [.problem(400, 21220, "Call is not in-progress. Cannot redirect.")], result: .over, attempts: 1,
            says: "HTTP 400, 21220, Call is not in-progress"),
        Row(name: "no such call", answers: [.problem(404, 20404, "was not found")], result: .refused, attempts: 1, says: "20404"),
        Row(name: "not Twilio at all", answers: [.json(404, "<html/>", type: "text/html")], result: .refused, attempts: 1, says: "HTTP 404"),
        Row(name: "credentials", answers: [.problem(401, 20003, "Authenticate")], result: .refused, attempts: 1, says: "20003"),
        Row(name: "relative action", answers: [.problem(400, 15004, "must be absolute")], result: .refused, attempts: 1, says: "15004"),
        Row(
            name: "RFC 9457, over",
            answers: [
                .json(400, #"{"type":"https://x","title":"Bad","status":400,"code":21220,"detail":"not live"}"#, type: "application/problem+json")
            ],
            result: .over, attempts: 1, says: "not live"),
        Row(
            name: "RFC 9457, busy", answers: [.json(429, #"{"title":"Too many","status":429,"code":"20429","errors":[]}"#), .done], result: .done,
            attempts: 2),
        Row(name: "redirect", answers: [.json(302, "")], result: .refused, attempts: 1, says: "HTTP 302"),
        Row(name: "dropped", answers: [.drop, .done], result: .uncertain, attempts: 1),
        Row(name: "dropped landing", answers: [.drop, .done], update: .url("https://v.example/x"), result: .uncertain, attempts: 1),
        Row(name: "dropped hang-up", answers: [.drop, .done], update: .completed, result: .done, attempts: 2),
        Row(
            name: "dropped hang-up, done all the same", answers: [.drop, .problem(400, 21220, "over")], update: .completed, result: .over, attempts: 2
        ),
        // The first request may have hung up: that the later ones surely did not does not matter.
        Row(name: "hang-up in doubt", answers: [.drop, .json(503, "")], update: .completed, result: .uncertain, attempts: 5),
    ]

    @Test(arguments: rows) func everyAnswerHasItsResult(_ row: Row) async throws {
        try await with(answer: { row.answers[min($0, row.answers.count - 1)] }) { client, server in
            let result = await client.update(call, row.update, within: .seconds(6))
            #expect(result.kind == row.result, "\(result)")
            #expect(result.text.contains(row.says), "\(result)")
            #expect(server.requests.count == row.attempts)
            let pauses: [Duration] = [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2)]
            #expect(time.naps == Array(pauses.prefix(row.attempts - 1)))
        }
    }

    @Test func pausesHaveFullJitter() async throws {
        try await with(answer: { $0 < 5 ? .json(503, "") : .done }) { _, server in
            let fetch = try await HTTPFetch()
            let asked = Mutex<[Duration]>([])
            let client = TwilioClient(
                account: TwilioAccount(sid: "AC1", authToken: "hush", baseURL: server.url), fetch: fetch, logger: quiet,
                sleep: { [time] in time.sleep($0) }, now: { [time] in time.now },
                jitter: { longest in
                    asked.withLock { $0.append(longest) }
                    return .milliseconds(1)
                })
            #expect(await client.update(call, .completed, within: .seconds(60)) == .done)
            #expect(asked.withLock { $0 } == [.milliseconds(250), .milliseconds(500), .seconds(1), .seconds(2), .seconds(4)])
            #expect(time.naps == Array(repeating: .milliseconds(1), count: 5))
            await fetch.close()
        }
    }

    @Test func anAnswerThatNeverComes() async throws {
        try await with(answer: { _ in .silence }) { client, server in
            // The request's own limit is what is left of the time.
            #expect(await client.update(call, .twiml("<Response/>"), within: .seconds(1)).kind == .uncertain)
            #expect(server.requests.count == 1)
        }
    }

    @Test func nobodyListens() async throws {
        let server = try await TwilioServer { _ in .drop }
        let url = server.url
        await server.stop()
        let fetch = try await HTTPFetch()
        #expect(await client(url, fetch).update(call, .twiml("<Response/>"), within: .seconds(6)).kind == .failed)
        #expect(time.naps.count == 4)
        await fetch.close()
        let late = await client(url, fetch).update(call, .twiml("<Response/>"), within: .seconds(6))
        #expect(late.kind == .uncertain, "a closed client may have cut a request")
    }

    // MARK: When it must stop

    @Test func nothingIsSentAfterTheEnd() async throws {
        try await with(answer: { [time] _ in
            // The process stood still while the answer was on its way.
            time.pass(.seconds(60))
            return .json(503, "")
        }) { client, server in
            #expect(await client.update(call, .completed, within: .seconds(50)).kind == .failed)
            #expect(server.requests.count == 1 && time.naps.isEmpty)
        }
    }

    @Test func thePermitIsAskedBeforeEachRequest() async throws {
        try await with(answer: { _ in .json(503, "busy") }) { client, server in
            let left = Mutex(2)
            let result = await client.update(call, .completed, within: .seconds(60)) {
                left.withLock { left in
                    defer { left -= 1 }
                    return left > 0
                }
            }
            #expect(result.kind == .failed && result.text == "HTTP 503")
            #expect(server.requests.count == 2)
        }
    }

    /// Cancelling does not cut what is under way: its answer is what came of it.
    @Test func aCancelledUpdateWaitsForItsRequest() async throws {
        try await with(answer: { _ in .done }) { client, server in
            let task = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return await client.update(call, .completed, within: .seconds(60))
            }
            #expect(await task.value.kind == .failed)
            #expect(server.requests.isEmpty)
        }
        // Twilio answers when the test says so, after the cancellation.
        let mayAnswer = Atomic<Bool>(false)
        try await with(answer: { _ in
            while !mayAnswer.load(ordering: .acquiring) { usleep(1_000) }
            return .done
        }) { client, server in
            let task = Task { await client.update(call, .twiml("<Response/>"), within: .seconds(60)) }
            var arrivals = server.arrivals.stream.makeAsyncIterator()
            _ = await arrivals.next()
            task.cancel()
            mayAnswer.store(true, ordering: .releasing)
            #expect(await task.value == .done)
        }
    }

    @Test func secretsAndDocumentsAreNotLogged() async throws {
        let lines = Lines()
        try await with(logger: Logger(label: "test") { _ in lines }, answer: { $0 == 0 ? .json(503, "busy") : .done }) { client, _ in
            #expect(await client.update(call, .twiml("<Response>words</Response>"), within: .seconds(6)) == .done)
        }
        let text = lines.text
        #expect(text.contains(call) && text.contains("HTTP 503"))
        #expect(!text.contains("hush") && !text.contains("QUMxOmh1c2g") && !text.contains("words"))
    }
}

/// A result without its text.
enum Kind: Sendable { case done, over, refused, failed, uncertain }

extension CallUpdateResult {
    var kind: Kind {
        switch self {
        case .done: .done
        case .over: .over
        case .refused: .refused
        case .failed: .failed
        case .uncertain: .uncertain
        }
    }
    var text: String {
        switch self {
        case .done: ""
        case .over(let text), .refused(let text), .failed(let text), .uncertain(let text): text
        }
    }
}

final class Lines: LogHandler {
    private let kept = Mutex<[String]>([])
    var text: String { kept.withLock { $0.joined(separator: "\n") } }
    func log(event: LogEvent) { kept.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") } }
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { nil }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
}
