import Gateway
import Logging
import NIOCore
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(1))) struct AdminTests {
    private func start() async throws -> AdminServer {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return try await AdminServer.start(
            port: 0, group: MultiThreadedEventLoopGroup.singleton, logger: logger,
            pages: { ["calls": #"[{"call":"CA1"}]"#, "workers": "[]"][$0] }, metrics: { "maane_up 1\n" })
    }

    @Test func pages() async throws {
        let server = try await start()
        let client = try await RawClient(port: server.port ?? 0)
        #expect(try await client.request("GET", "/healthz").status == 200)
        let metrics = try await client.request("GET", "/metrics")
        #expect(metrics.body == "maane_up 1\n")
        #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        let calls = try await client.request("GET", "/admin/calls?x=1")
        #expect(calls.status == 200)
        #expect(calls.body == #"[{"call":"CA1"}]"#)
        #expect(calls.headers["content-type"] == "application/json; charset=utf-8")
        #expect(calls.headers["cache-control"] == "no-store")
        #expect(try await client.request("GET", "/admin/workers").body == "[]")
        #expect(try await client.request("HEAD", "/admin/workers").headers["content-length"] == "2")
        for target in ["/admin", "/admin/", "/admin/other", "/admin/calls/", "/admin/../metrics", "/", "/webhook/incoming_call", "/readyz"] {
            #expect(try await client.request("GET", target).status == 404, "\(target)")
        }
        for target in ["/metrics", "/admin/calls", "/healthz"] { #expect(try await client.request("POST", target).status == 405, "\(target)") }
        #expect(try await client.upgrade().status == 404)
        await server.close()
        await client.end()
    }

    /// Nobody is refused there, whoever they say they are: only the loopback reaches it.
    @Test func itListensOnTheLoopbackOnly() async throws {
        let server = try await start()
        for host in ["127.0.0.1", "localhost", "voice.example.com"] {
            let client = try await RawClient(port: server.port ?? 0)
            try await client.send("GET /admin/calls HTTP/1.1\r\nHost: \(host)\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n")
            #expect(try await client.response().status == 200)
        }
        // Of all addresses of this machine, only this one: 127.0.0.2 is another.
        await #expect(throws: (any Error).self) {
            _ = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: "127.0.0.2", port: server.port ?? 0).get()
        }
        await server.close()
    }

    @Test func thePublicPortKnowsNothingOfIt() async throws {
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            for target in [
                "/metrics", "/metrics/", "//metrics", "/admin", "/admin/", "/admin/calls", "/admin/workers", "/ADMIN/calls", "/healthz/../metrics",
                "/static/tts/../../metrics", "/%6detrics", "/webhook/../admin/calls", "http://127.0.0.1/metrics",
            ] {
                for method in ["GET", "HEAD", "POST"] {
                    let response = try await client.request(method, target)
                    #expect(response.status == 404 || (method == "POST" && response.status == 405), "\(method) \(target)")
                    #expect(!response.body.contains("maane_"))
                }
            }
            #expect(desk.last == nil)
        }
    }
}
