import HTTPFetch
import Logging
import TestSupport
import Testing

@testable import TwilioREST

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

@Suite(.timeLimit(.minutes(1))) struct RecordingTests {
    private let time = ManualTime()

    private func with(
        base: String? = nil, answer: @escaping @Sendable (Int) -> TwilioServer.Answer, _ body: (TwilioClient, TwilioServer) async throws -> Void
    ) async throws {
        let server = try await TwilioServer(answer: answer)
        let fetch = try await HTTPFetch()
        let client = TwilioClient(
            account: TwilioAccount(sid: "AC1", authToken: "hush", baseURL: base ?? server.url), fetch: fetch, logger: quiet,
            sleep: { [time] in time.sleep($0) }, now: { [time] in time.now }, jitter: { $0 })
        do {
            try await body(client, server)
        } catch {
            await fetch.close()
            await server.stop()
            throw error
        }
        await fetch.close()
        await server.stop()
    }

    @Test func theFileMayComeLate() async throws {
        try await with(answer: { number in
            switch number {
            case 0: .problem(404, 20404, "not there yet")
            case 1: .json(503, "")
            case 2: .drop
            default: .json(200, "RIFF....WAVE", type: "audio/x-wav")
            }
        }) { client, server in
            let url = server.url + "/2010-04-01/Accounts/AC1/Recordings/RE1"
            #expect(await client.recording(url, maximumBytes: 1_000, within: .seconds(30)) == .success(Array("RIFF....WAVE".utf8)))
            #expect(server.requests.count == 4)
            for request in server.requests {
                #expect(request.hasPrefix("GET /2010-04-01/Accounts/AC1/Recordings/RE1.wav HTTP/1.1\r\n"))
                #expect(request.contains("\r\nAuthorization: Basic QUMxOmh1c2g=\r\n"))
            }
        }
    }

    @Test func whatDoesNotCome() async throws {
        try await with(answer: { _ in .problem(404, 20404, "gone") }) { client, server in
            let result = await client.recording(server.url + "/RE1", maximumBytes: 1_000, within: .seconds(6))
            #expect(result == .failure(.failed("HTTP 404, 20404, gone")))
            #expect(server.requests.count == 5)
        }
        for (status, answer) in [(401, TwilioServer.Answer.problem(401, 20003, "no")), (307, .json(307, ""))] {
            try await with(answer: { _ in answer }) { client, server in
                guard case .failure(.refused(let text)) = await client.recording(server.url + "/RE1", maximumBytes: 1_000, within: .seconds(6)) else {
                    Issue.record("\(status) must be refused")
                    return
                }
                #expect(text.hasPrefix("HTTP \(status)"))
                #expect(server.requests.count == 1)
            }
        }
    }

    @Test func theSizeIsBounded() async throws {
        try await with(answer: { _ in .json(200, String(repeating: "x", count: 1_000)) }) { client, server in
            #expect(await client.recording(server.url + "/RE1", maximumBytes: 999, within: .seconds(6)) == .failure(.tooLarge))
            #expect(server.requests.count == 1)
            let whole = try await client.recording(server.url + "/RE1", maximumBytes: 1_000, within: .seconds(6)).get()
            #expect(whole.count == 1_000)
        }
    }

    /// The address comes from a webhook: the account's password goes to nobody else.
    @Test func noOtherServerIsAsked() async throws {
        try await with(answer: { _ in .json(200, "x") }) { client, server in
            let other = try await TwilioServer { _ in .json(200, "x") }
            let urls = [
                other.url + "/RE1", "http://localhost:\(server.port)/RE1", "https://127.0.0.1:\(server.port)/RE1",
                "http://127.0.0.1:\(server.port)@127.0.0.1:\(other.port)/RE1", "http://127.0.0.1:\(server.port)\\@127.0.0.1:\(other.port)/RE1",
                "http://user@127.0.0.1:\(server.port)/RE1", "https://api.twilio.com/RE1", "file:///etc/hostname", "/RE1", "", server.url + "/RE1#x",
                server.url + "/RE1\r\nX: y", "http://127.0.0.1:\(server.port)0/RE1",
            ]
            for url in urls {
                guard case .failure(.refused) = await client.recording(url, maximumBytes: 1_000, within: .seconds(6)) else {
                    Issue.record("\(url) was asked for")
                    continue
                }
            }
            #expect(server.requests.isEmpty && other.requests.isEmpty)
            await other.stop()
        }
    }

    /// Which addresses may be asked when the base is Twilio's own; nothing is sent, for the time is over.
    @Test func twiliosOtherServersAreTwilio() async throws {
        try await with(base: "https://api.twilio.com", answer: { _ in .done }) { client, server in
            for url in ["https://api.twilio.com/RE1", "https://api.dublin.ie1.twilio.com/RE1", "https://API.TWILIO.COM:443/RE1"] {
                guard case .failure(.failed) = await client.recording(url, maximumBytes: 1_000, within: .zero) else {
                    Issue.record("\(url) is Twilio's")
                    continue
                }
            }
            for url in [
                "http://api.twilio.com/RE1", "https://api.twilio.com:8443/RE1", "https://twilio.com.example.com/RE1", "https://eviltwilio.com/RE1",
                "https://api.twilio.com.:443@x/RE1", server.url + "/RE1", "https://example.com/.twilio.com/RE1",
            ] {
                guard case .failure(.refused) = await client.recording(url, maximumBytes: 1_000, within: .zero) else {
                    Issue.record("\(url) is not Twilio's")
                    continue
                }
            }
        }
    }
}
