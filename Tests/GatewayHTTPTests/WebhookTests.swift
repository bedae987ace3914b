import Gateway
import Glibc
import NIOCore
import Testing
import TwilioWire

private let form = FormFields(["CallSid": "CA1", "From": "+972501234567", "To": "+97231234567"])
private let body = "CallSid=CA1&From=%2B972501234567&To=%2B97231234567"

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    @Test func routes() async throws {
        try await withServer { _, port, desk in
            // All on one connection, which stays open.
            let client = try await RawClient(port: port)
            for (method, target, status, allow) in [
                ("GET", "/healthz", 200, nil), ("HEAD", "/healthz", 200, nil), ("POST", "/healthz", 405, "GET, HEAD"), ("GET", "/readyz", 200, nil),
                ("GET", "/", 404, nil), ("GET", "/webhook/incoming_call/", 404, nil), ("GET", "/webhook/other", 404, nil),
                ("HEAD", "/webhook/incoming_call", 405, "GET, POST"), ("PUT", "/webhook/call_status", 405, "GET, POST"),
                ("DELETE", "/webhook/stream_ended", 405, "GET, POST"), ("GET", "/static/tts/none.mp3", 404, nil),
                ("POST", "/static/tts/none.mp3", 405, "GET, HEAD"), ("GET", "/ws/twilio-media", 426, nil), ("POST", "/ws/twilio-media/", 405, "GET"),
            ] as [(String, String, Int, String?)] {
                let response = try await client.request(method, target)
                #expect(response.status == status, "\(method) \(target)")
                #expect(response.headers["allow"] == allow, "\(method) \(target)")
            }
            desk.setReady(false, "no recogniser")
            let response = try await client.request("GET", "/readyz")
            #expect(response.status == 503)
            #expect(response.body == "no recogniser\n")
            #expect(desk.last == nil)
        }
    }

    @Test func preview() async throws {
        try await withServer { _, port, desk in
            let response = try await RawClient(port: port).request("GET", "/webhook/incoming_call?x=1")
            #expect(response.status == 200)
            #expect(response.headers["content-type"] == "text/xml; charset=utf-8")
            #expect(response.body.hasPrefix("<?xml"))
            #expect(!response.body.contains("<Say"))
            #expect(desk.last?.0 == "incoming_call")
            #expect(desk.last?.1.authenticity == .preview)
            #expect(desk.last?.1.callSid == nil)
        }
    }

    @Test func unsignedAndForged() async throws {
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            let forged = ["X-Twilio-Signature": Wire.signature("https://evil.example/webhook/incoming_call", form)]
            for path in ["/webhook/incoming_call", "/webhook/stream_ended", "/webhook/call_status"] {
                #expect(try await client.request("POST", path, body: body).status == 403)
                #expect(try await client.request("POST", path, headers: forged, body: body).status == 403)
                #expect(try await client.request("GET", path + "?CallSid=CA1").status == 403)
                #expect(try await client.request("GET", path, headers: forged).status == 403)
            }
            #expect(try await client.request("POST", "/webhook/incoming_call").status == 403)
            #expect(try await client.request("GET", "/webhook/incoming_call?CallSid=").status == 403)
            #expect(try await client.request("GET", "/webhook/stream_ended").status == 403)
            #expect(desk.last == nil)
            #expect(desk.count("maane_signature_rejected", [("reason", "forged")]) == 6)
            #expect(desk.count("maane_signature_rejected", [("reason", "missing")]) == 9)
            #expect(desk.count("maane_http_requests", [("route", "call_status"), ("status", "403")]) == 4)
        }
    }

    @Test func signed() async throws {
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            for path in ["incoming_call", "stream_ended", "call_status"] {
                let target = "/webhook/\(path)?gen=2"
                let headers = ["X-Twilio-Signature": Wire.signature(Wire.base + target, form), "I-Twilio-Idempotency-Token": "i1"]
                #expect(try await client.request("POST", target, headers: headers, body: body).status == (path == "call_status" ? 204 : 200))
                #expect(desk.last?.0 == path)
                let expected = VoiceRequest(
                    params: form, query: FormFields(["gen": "2"]), authenticity: .signed, remoteAddress: "127.0.0.1", idempotencyToken: "i1")
                #expect(desk.last?.1 == expected)
                // One changed field is a forgery.
                #expect(try await client.request("POST", target, headers: headers, body: body + "&x=1").status == 403)
            }
            let target = "/webhook/incoming_call?CallSid=CA1&From=%2B972501234567"
            #expect(try await client.request("GET", target, headers: ["X-Twilio-Signature": Wire.signature(Wire.base + target)]).status == 200)
            #expect(desk.last?.1.authenticity == .signed)
            #expect(desk.last?.1.from == "+972501234567")
        }
    }

    @Test func checkingSwitchedOff() async throws {
        try await withServer {
            $0.validatesSignatures = false
        } _: { _, port, desk in
            let client = try await RawClient(port: port)
            #expect(try await client.request("POST", "/webhook/incoming_call", body: body).status == 200)
            #expect(desk.last?.1.authenticity == .unchecked)
            #expect(try await client.request("GET", "/webhook/incoming_call").status == 200)
            #expect(desk.last?.1.authenticity == .preview)
        }
    }

    @Test func noTokenRefusesAll() async throws {
        try await withServer {
            $0.authToken = nil
        } _: { _, port, _ in
            let headers = ["X-Twilio-Signature": Wire.signature(Wire.base + "/webhook/incoming_call", form)]
            let response = try await RawClient(port: port).request("POST", "/webhook/incoming_call", headers: headers, body: body)
            #expect(response.status == 403)
        }
    }

    @Test func proxies() async throws {
        try await withServer {
            $0.trustedProxies = try TrustedProxies("127.0.0.0/8, 10.0.0.0/8 2001:db8::/32")
        } _: { _, port, desk in
            let client = try await RawClient(port: port)
            _ = try await client.request("GET", "/webhook/incoming_call", headers: ["X-Forwarded-For": "1.1.1.1, 203.0.113.9, 10.1.2.3"])
            #expect(desk.last?.1.remoteAddress == "203.0.113.9")
        }
        let trusted = try TrustedProxies("10.0.0.0/9,2001:db8::/32")
        #expect(trusted.client(peer: "192.0.2.1", forwardedFor: ["203.0.113.9"]) == "192.0.2.1")
        #expect(trusted.client(peer: "10.127.0.1", forwardedFor: ["junk, 203.0.113.9"]) == "203.0.113.9")
        #expect(trusted.client(peer: "10.128.0.1", forwardedFor: ["203.0.113.9"]) == "10.128.0.1")
        #expect(trusted.client(peer: "::ffff:10.0.0.1", forwardedFor: ["2001:db8::7", "x"]) == "::ffff:10.0.0.1")
        #expect(trusted.client(peer: "2001:db8::1", forwardedFor: ["203.0.113.9"]) == "203.0.113.9")
        #expect(TrustedProxies().client(peer: "10.0.0.1", forwardedFor: ["203.0.113.9"]) == "10.0.0.1")
        for bad in ["10.0.0.0/33", "x", "10.0.0.0/", "1.2.3/8", "::1/129"] { #expect(throws: ServerError.self) { try TrustedProxies(bad) } }
    }

    @Test func limits() async throws {
        try await withServer { _, port, desk in
            let big = String(repeating: "a", count: 64 * 1024 + 1)
            let announced = try await RawClient(port: port).request("POST", "/webhook/incoming_call", body: big)
            #expect(announced.status == 413)
            #expect(announced.headers["connection"] == "close")
            let chunked = try await RawClient(port: port)
            try await chunked.send(
                "POST /webhook/incoming_call HTTP/1.1\r\nHost: l\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n\(big)\r\n0\r\n\r\n")
            #expect(try await chunked.response().status == 413)
            await chunked.end()
            let header = try await RawClient(port: port).request("GET", "/healthz", headers: ["X-Big": String(repeating: "a", count: 20_000)])
            #expect(header.status == 400)
            let target = try await RawClient(port: port).request("GET", "/healthz?" + String(repeating: "a", count: 9000))
            #expect(target.status == 414)
            let junk = try await RawClient(port: port)
            try await junk.send("\u{16}\u{3}\u{1}junk\r\n\r\n")
            #expect(try await junk.response().status == 400)
            await junk.end()
            #expect(try await RawClient(port: port).request("POST", "/webhook/incoming_call", body: "a=%zz").status == 400)
            let json = try await RawClient(port: port)
            try await json.send("POST /webhook/call_status HTTP/1.1\r\nHost: l\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
            #expect(try await json.response().status == 415)
            #expect(desk.last == nil)
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await withServer { _, port, _ in
            let client = try await RawClient(port: port)
            try await client.send("GET /healthz HTTP/1.1\r\nHost: l\r\n\r\nGET /none HTTP/1.1\r\nHost: l\r\n\r\nGET /readyz HTTP/1.0\r\n\r\n")
            #expect(try await client.response().status == 200)
            #expect(try await client.response().status == 404)
            #expect(try await client.response().status == 200)
            await client.end()
        }
    }

    @Test func dawdlersAreClosed() async throws {
        try await withServer {
            $0.http.requestTimeout = .milliseconds(500)
            $0.http.idleTimeout = .milliseconds(500)
        } _: { _, port, _ in
            let silent = try await RawClient(port: port)
            await silent.end()
            let slow = try await RawClient(port: port)
            try await slow.send("POST /webhook/call_status HTTP/1.1\r\nHost: l\r\nContent-Length: 5\r\n\r\na")
            await slow.end()
            let idle = try await RawClient(port: port)
            #expect(try await idle.request("GET", "/healthz").status == 200)
            await idle.end()
        }
    }

    @Test func connectionsAreBounded() async throws {
        try await withServer {
            $0.http.connections = 1
        } _: { _, port, _ in
            let first = try await RawClient(port: port)
            #expect(try await first.request("GET", "/healthz").status == 200)
            let second = try await RawClient(port: port)
            await second.end()
            #expect(try await first.request("GET", "/healthz").status == 200)
        }
    }

    @Test func speechFiles() async throws {
        let folder = try Folder()
        try folder.write("greeting_he.mp3", "ID3 שלום")
        try folder.write("secret.txt", "secret")
        #expect(symlink("secret.txt", "\(folder.path)/link.mp3") == 0)
        try await withServer(folder: folder.path) { _, port, _ in
            let client = try await RawClient(port: port)
            let get = try await client.request("GET", "/static/tts/greeting_he.mp3?v=1")
            #expect(get.status == 200)
            #expect(get.headers["content-type"] == "audio/mpeg")
            #expect(get.body == "ID3 שלום")
            let tag = try #require(get.headers["etag"])
            let date = try #require(get.headers["last-modified"])
            #expect(date.hasSuffix(" GMT") && date.utf8.count == 29)
            let head = try await client.request("HEAD", "/static/tts/greeting_he.mp3")
            #expect(head.status == 200)
            #expect(head.headers["content-length"] == "12")
            #expect(head.headers["etag"] == tag)
            let cached = try await client.request("GET", "/static/tts/greeting_he.mp3", headers: ["If-None-Match": "\"x\", \(tag)"])
            #expect(cached.status == 304)
            #expect(cached.headers["etag"] == tag)
            for name in [
                "none.mp3", "secret.txt", "link.mp3", "../tts/greeting_he.mp3", "%2e%2e/secret.mp3", "", ".mp3", "a/b.mp3", "greeting_he.mp3%00",
                "..",
            ] {
                #expect(try await client.request("GET", "/static/tts/" + name).status == 404, "\(name)")
            }
        }
    }

    @Test func publicAddress() throws {
        let address = try PublicAddress("https://v.example/maane//")
        #expect(address.streamURL == "wss://v.example/maane/ws/twilio-media")
        #expect(address.incomingCallURL == "https://v.example/maane/webhook/incoming_call")
        #expect(try PublicAddress("http://127.0.0.1:8080").streamURL == "ws://127.0.0.1:8080/ws/twilio-media")
        #expect(address.speechURL("a.mp3") == "https://v.example/maane/static/tts/a.mp3")
        for bad in ["", "https://", "v.example", "https://v.example?x", "https://v .example", "ftp://v"] {
            #expect(throws: ServerError.self) { try PublicAddress(bad) }
        }
    }
}
