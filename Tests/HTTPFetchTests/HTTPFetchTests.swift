import HTTPFetch
import Synchronization
import TestSupport
import Testing

private func reply(_ status: String, _ headers: [String] = [], _ body: String = "") -> TestServer.Answer {
    .bytes(
        (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers).joined(separator: "\r\n")
            + "\r\n\r\n" + body)
}

@Suite struct HTTPFetchTests {
    private func with(
        _ configuration: HTTPFetchConfiguration = .init(), identity: TestIdentity? = nil,
        answer: @escaping @Sendable (String) -> TestServer.Answer,
        _ body: (HTTPFetch, TestServer) async throws -> Void
    ) async throws {
        let server = try await TestServer(identity: identity, answer: answer)
        let fetch = try await HTTPFetch(configuration: configuration)
        do {
            try await body(fetch, server)
        } catch {
            await fetch.close()
            await server.stop()
            throw error
        }
        await fetch.close()
        await server.stop()
    }

    @Test func aRequestAndItsResponse() async throws {
        try await with(answer: { _ in reply("201 Created", ["X-Two:  a b ", "x-two: c"], "שלום") }) { fetch, server in
            var request = HTTPRequest(
                method: "POST", url: server.url + "/a?b=c", headers: [("Content-Type", "text/plain"), ("X-Empty", "")],
                body: Array("body\0end".utf8))
            request.basicAuthentication = ("user", "pass:word")
            let response = try await fetch.send(request)
            #expect(response.status == 201)
            #expect(response.body == Array("שלום".utf8))
            #expect(response.header("x-TWO") == "a b")
            #expect(response.headers.filter { $0.name.lowercased() == "x-two" }.map(\.value) == ["a b", "c"])
            #expect(response.header("absent") == nil)
            let sent = try #require(server.requests.withLock { $0.first })
            #expect(sent.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
            #expect(sent.contains("\r\nContent-Type: text/plain\r\n"))
            #expect(sent.contains("\r\nX-Empty:\r\n"))
            #expect(sent.contains("\r\nAuthorization: Basic dXNlcjpwYXNzOndvcmQ=\r\n"))
            #expect(sent.hasSuffix("\r\n\r\nbody\0end"))
        }
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "PUT", "POST"])
    func methods(_ method: String) async throws {
        try await with(answer: { _ in reply("200 OK", [], method == "HEAD" ? "" : "x") }) { fetch, server in
            #expect(try await fetch.send(HTTPRequest(method: method, url: server.url)).status == 200)
            let sent = try #require(server.requests.withLock { $0.first })
            #expect(sent.hasPrefix("\(method) / HTTP/1.1\r\n"))
            #expect(sent.contains("Content-Length: 0") == ["PUT", "POST"].contains(method))
            #expect(!sent.contains("Content-Type") && !sent.contains("Expect"))
        }
    }

    @Test func redirectsAndErrorsAreResponses() async throws {
        try await with(answer: { $0.hasPrefix("GET /moved") ? reply("302 Found", ["Location: /elsewhere"]) : reply("503 Busy", [], "later") }) {
            fetch, server in
            let moved = try await fetch.send(HTTPRequest(url: server.url + "/moved"))
            #expect(moved.status == 302 && moved.header("location") == "/elsewhere")
            let busy = try await fetch.send(HTTPRequest(url: server.url + "/x"))
            #expect(busy.status == 503 && busy.body == Array("later".utf8))
            #expect(server.requests.withLock { $0.count } == 2)
        }
    }

    @Test func interimResponsesAreForgotten() async throws {
        try await with(answer: { _ in
            .bytes("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\nX-Late: 1\r\n\r\n")
        }) { fetch, server in
            let response = try await fetch.send(HTTPRequest(url: server.url))
            #expect(response.status == 200 && response.header("X-Early") == nil && response.header("X-Late") == "1")
        }
    }

    @Test func largeBodiesGoBothWaysButNotBeyondTheLimit() async throws {
        let size = 3_000_000
        try await with(answer: { _ in reply("200 OK", [], String(repeating: "x", count: size)) }) { fetch, server in
            var request = HTTPRequest(method: "POST", url: server.url, body: [UInt8](repeating: 0x79, count: size))
            request.maximumResponseBytes = size
            let response = try await fetch.send(request)
            #expect(response.body.count == size)
            #expect(server.requests.withLock { $0.first?.hasSuffix(String(repeating: "y", count: size)) } == true)
            request.maximumResponseBytes = size - 1
            let error = await #expect(throws: HTTPFetchError.self) { try await fetch.send(request) }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func manyTransfersAtOnce() async throws {
        try await with(answer: { reply("200 OK", [], String($0.split(separator: " ")[1])) }) { fetch, server in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        try await fetch.send(HTTPRequest(url: server.url + "/\(number)")).body == Array("/\(number)".utf8)
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func failuresAreToldApart() async throws {
        let answer: @Sendable (String) -> TestServer.Answer = { request in
            if request.hasPrefix("GET /other") { return .bytes("SIP/2.0 200 OK\r\n\r\n") }
            return request.hasPrefix("GET /drop") ? .drop : .silence
        }
        try await with(answer: answer) { fetch, server in
            let dropped = await #expect(throws: HTTPFetchError.self) { try await fetch.send(HTTPRequest(url: server.url + "/drop?phone=secret")) }
            #expect(dropped?.code == .interrupted)
            #expect(dropped?.description.contains("secret") == false)
            let other = await #expect(throws: HTTPFetchError.self) { try await fetch.send(HTTPRequest(url: server.url + "/other")) }
            #expect(other?.code == .interrupted, "an answer that is no HTTP is not the request's fault")
            var request = HTTPRequest(url: server.url + "/silence")
            request.timeout = .milliseconds(500)
            let late = await #expect(throws: HTTPFetchError.self) { try await fetch.send(request) }
            #expect(late?.code == .timeout)
            for url in ["file:///etc/hostname", "nonsense://x", "", "http://127.0.0.1:\(server.port)/\r\nX: y"] {
                let invalid = await #expect(throws: HTTPFetchError.self) { try await fetch.send(HTTPRequest(url: url)) }
                #expect(invalid?.code == .invalidRequest, "\(url)")
            }
            let split = HTTPRequest(url: server.url, headers: [("X", "a\r\nY: b")])
            #expect(await #expect(throws: HTTPFetchError.self) { try await fetch.send(split) }?.code == .invalidRequest)
        }
    }

    @Test func nobodyListening() async throws {
        let server = try await TestServer { _ in .drop }
        let url = server.url
        await server.stop()
        let fetch = try await HTTPFetch()
        let error = await #expect(throws: HTTPFetchError.self) { try await fetch.send(HTTPRequest(url: url)) }
        #expect(error?.code == .connectFailed)
        await fetch.close()
    }

    /// Time that is over before anything of the request has gone out leaves no doubt: it may be sent again.
    @Test func lateAndNothingSent() async throws {
        var configuration = HTTPFetchConfiguration()
        configuration.maximumConnectionsPerHost = 1
        try await with(configuration, answer: { _ in .silence }) { fetch, server in
            var first = HTTPRequest(method: "POST", url: server.url)
            first.timeout = .seconds(600)
            let running = Task { [first] in try await fetch.send(first) }
            var arrivals = server.arrivals.stream.makeAsyncIterator()
            _ = await arrivals.next()
            var second = first
            second.timeout = .milliseconds(200)
            let waiting = await #expect(throws: HTTPFetchError.self) { try await fetch.send(second) }
            #expect(waiting?.code == .connectFailed, "it waited for the host's only connection")
            running.cancel()
            _ = await running.result
            #expect(server.requests.withLock { $0.count } == 1)
        }
        try await with(answer: { _ in .silence }) { fetch, server in
            var request = HTTPRequest(method: "POST", url: server.secureURL)
            request.timeout = .milliseconds(200)
            let shaking = await #expect(throws: HTTPFetchError.self) { try await fetch.send(request) }
            #expect(shaking?.code == .connectFailed, "the server says nothing to the handshake")
        }
    }

    @Test func cancellationCutsTheTransfer() async throws {
        try await with(answer: { _ in .silence }) { fetch, server in
            var request = HTTPRequest(url: server.url)
            request.timeout = .seconds(600)
            let before = Task { [request] in
                withUnsafeCurrentTask { $0?.cancel() }
                return try await fetch.send(request)
            }
            await #expect(throws: CancellationError.self) { try await before.value }
            let running = Task { [request] in try await fetch.send(request) }
            var arrivals = server.arrivals.stream.makeAsyncIterator()
            _ = await arrivals.next()
            running.cancel()
            await #expect(throws: CancellationError.self) { try await running.value }
        }
    }

    @Test func closingAnswersWhatRuns() async throws {
        try await with(answer: { _ in .silence }) { fetch, server in
            var request = HTTPRequest(url: server.url)
            request.timeout = .seconds(600)
            let running = Task { [request] in try await fetch.send(request) }
            var arrivals = server.arrivals.stream.makeAsyncIterator()
            _ = await arrivals.next()
            await fetch.close()
            let cut = await #expect(throws: HTTPFetchError.self) { try await running.value }
            #expect(cut?.code == .stopped)
            let late = await #expect(throws: HTTPFetchError.self) { try await fetch.send(HTTPRequest(url: server.url)) }
            #expect(late?.code == .stopped)
        }
    }

    @Test func certificatesAreVerified() async throws {
        let directory = try TemporaryDirectory()
        let identity = try TestIdentity()
        try identity.writeCertificate(to: directory.path + "/ca.pem")
        try await with(identity: identity, answer: { _ in reply("200 OK") }) { fetch, server in
            let error = await #expect(throws: HTTPFetchError.self) { try await fetch.send(HTTPRequest(url: server.secureURL)) }
            #expect(error?.code == .tls)
            #expect(server.requests.withLock { $0.isEmpty })
        }
        var configuration = HTTPFetchConfiguration()
        configuration.certificateAuthorityFile = directory.path + "/ca.pem"
        try await with(configuration, identity: identity, answer: { _ in reply("200 OK") }) { fetch, server in
            let response = try await fetch.send(HTTPRequest(url: server.secureURL))
            #expect(response.status == 200)
            // Trusted, but not for this name.
            let other = await #expect(throws: HTTPFetchError.self) {
                try await fetch.send(HTTPRequest(url: "https://localhost:\(server.port)"))
            }
            #expect(other?.code == .tls)
        }
    }
}
