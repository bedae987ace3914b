import HTTPFetch
import TestSupport
import Testing

/// Answers that are read as they come.
@Suite struct StreamTests {
    private static let head = "HTTP/1.1 200 OK\r\nX-One: a\r\nContent-Length: 10\r\n\r\n"

    private func with(_ answer: TestServer.Answer, _ body: (HTTPFetch, TestServer, HTTPRequest) async throws -> Void) async throws {
        let server = try await TestServer { _ in answer }
        let fetch = try await HTTPFetch()
        do {
            try await body(fetch, server, HTTPRequest(url: server.url))
        } catch {
            await fetch.close()
            await server.stop()
            throw error
        }
        await fetch.close()
        await server.stop()
    }

    @Test func whatHasComeIsReadBeforeTheEnd() async throws {
        try await with(.begun(Self.head + "first")) { fetch, server, request in
            let response = try await fetch.stream(request)
            #expect(response.status == 200)
            #expect(response.header("x-one") == "a")
            var body = response.body.makeAsyncIterator()
            #expect(try await body.next() == Array("first".utf8))
        }
    }

    @Test func aWholeAnswerEnds() async throws {
        try await with(.bytes(Self.head + "0123456789")) { fetch, _, request in
            let whole = try await fetch.stream(request).collect()
            #expect(whole == Array("0123456789".utf8))
            let part = try await fetch.stream(request).collect(upTo: 4)
            #expect(part == Array("0123".utf8))
        }
        try await with(.bytes("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) { fetch, _, request in
            let response = try await fetch.stream(request)
            #expect(response.status == 503)
            #expect(try await response.collect().isEmpty)
        }
    }

    @Test func aBrokenAnswerFailsAfterWhatCame() async throws {
        try await with(.bytes(Self.head + "012")) { fetch, _, request in
            let response = try await fetch.stream(request)
            var got: [UInt8] = []
            let error = await #expect(throws: HTTPFetchError.self) { for try await chunk in response.body { got += chunk } }
            #expect(error?.code == .interrupted)
            #expect(got == Array("012".utf8))
        }
    }

    @Test func aReaderWhoGoesCutsTheConnection() async throws {
        try await with(.begun(Self.head + "first")) { fetch, server, request in
            var departures = server.departures.stream.makeAsyncIterator()
            do { _ = try await fetch.stream(request) }
            // Dropped unread.
            _ = await departures.next()
            let reading = Task {
                let response = try await fetch.stream(request)
                for try await _ in response.body {}
            }
            var arrivals = server.arrivals.stream.makeAsyncIterator()
            for _ in 0..<2 { _ = await arrivals.next() }
            reading.cancel()
            _ = await departures.next()
            _ = await reading.result
        }
    }

    @Test func cancelledBeforeTheAnswerBegins() async throws {
        try await with(.silence) { fetch, server, request in
            let waiting = Task { _ = try await fetch.stream(request) }
            var arrivals = server.arrivals.stream.makeAsyncIterator()
            _ = await arrivals.next()
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test func pausesAreLimited() async throws {
        try await with(.silence) { fetch, _, request in
            var request = request
            request.firstByteTimeout = .milliseconds(50)
            let error = await #expect(throws: HTTPFetchError.self) { _ = try await fetch.stream(request) }
            #expect(error?.code == .timeout)
        }
        try await with(.begun(Self.head + "first")) { fetch, _, request in
            var request = request
            request.firstByteTimeout = .seconds(5)
            request.idleTimeout = .milliseconds(50)
            let response = try await fetch.stream(request)
            let error = await #expect(throws: HTTPFetchError.self) { for try await _ in response.body {} }
            #expect(error?.code == .timeout)
        }
    }

    @Test func tooMuchIsCut() async throws {
        try await with(.bytes(Self.head + "0123456789")) { fetch, _, request in
            var request = request
            request.maximumResponseBytes = 5
            let error = await #expect(throws: HTTPFetchError.self) { _ = try await fetch.stream(request).collect() }
            #expect(error?.code == .tooLarge)
        }
    }
}
