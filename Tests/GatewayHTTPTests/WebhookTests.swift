import Gateway
import Glibc
import NIOCore
import Signing
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

    @Test func unreadableBodies() async throws {
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            for (type, body, status) in [
                ("application/x-www-form-urlencoded", "a=%zz", 400), ("application/x-www-form-urlencoded; charset=UTF-8", "a=%ff", 400),
                ("application/x-www-form-urlencoded", Array(repeating: "a=b", count: 257).joined(separator: "&"), 400),
                ("application/json", "{", 400), ("application/json; charset=utf-8", "[]", 400), ("application/json", "", 400),
                ("application/json", "{\"a\":\"\\ud800\"}", 400),
                ("text/plain", "a=b", 415), ("multipart/form-data; boundary=x", "--x--", 415), ("application/jsonx", "{}", 415),
                // Readable, and from nobody.
                ("application/json", "{}", 403), ("APPLICATION/X-WWW-FORM-URLENCODED", "a=b", 403), ("", "a=b", 403),
            ] {
                try await client.send(
                    "POST /webhook/call_status HTTP/1.1\r\nHost: l\r\nContent-Type: \(type)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                #expect(try await client.response().status == status, "\(type) \(body.prefix(20))")
            }
            #expect(try await client.request("GET", "/webhook/incoming_call?a=%zz").status == 400)
            #expect(desk.last == nil)
        }
    }

    @Test func jsonIsBoundByItsHash() async throws {
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            let body = #"{"CallSid":"CA1","Text":"שלום","Duration":7,"Final":true,"Nothing":null,"Deep":{"a":"b"}}"#
            func post(_ target: String, _ body: String, signed: String? = nil) async throws -> Int {
                let signature = Wire.signature(Wire.base + (signed ?? target))
                try await client.send(
                    "POST \(target) HTTP/1.1\r\nHost: l\r\nContent-Type: application/json; charset=utf-8\r\nX-Twilio-Signature: \(signature)\r\n"
                        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
                return try await client.response().status
            }
            let hash = "b25ab5ced9086c8caef21b8e3a7d7a48d5a81e8fa9a23b2fbae9b8d8b1ca6b0e"
            let target = "/webhook/call_status?x=1&bodySHA256="
            #expect(try await post(target + hash, body) == 403)
            #expect(try await post("/webhook/call_status", body) == 403)
            let right = target + Hex.encode(Digest.sha256(Array(body.utf8)))
            #expect(try await post(right, body + " ") == 403)
            #expect(try await post(right, body, signed: "/webhook/call_status") == 403)
            #expect(desk.last == nil)
            #expect(try await post(right, body) == 204)
            #expect(desk.last?.1.params == FormFields(["CallSid": "CA1", "Text": "שלום", "Duration": "7", "Final": "true"]))
            #expect(desk.last?.1.query["x"] == "1")
            #expect(desk.last?.1.authenticity == .signed)
        }
    }

    /// Requests that say they were signed with a shared key, and by SHA-256.
    @Test func sharedKey() async throws {
        let url = Wire.base + "/webhook/call_status"
        let shared = RequestSignature(secret: "shared", algorithm: .hmacSHA256).sign(url: url, content: .form(form))
        let settings = "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"
        func status(_ client: RawClient, _ settings: String, _ signature: String) async throws -> Int {
            let headers = ["X-Twilio-Signature": signature, "X-Twilio-Webhooks-Signature-Settings": settings]
            return try await client.request("POST", "/webhook/call_status", headers: headers, body: body).status
        }
        try await withServer {
            $0.signingKey = "shared"
        } _: { _, port, desk in
            let client = try await RawClient(port: port)
            #expect(try await status(client, settings, shared) == 204)
            #expect(desk.last?.1.authenticity == .signed)
            // Each secret opens what it is for, and nothing else.
            let withToken = RequestSignature(secret: Wire.token, algorithm: .hmacSHA256).sign(url: url, content: .form(form))
            #expect(try await status(client, settings, withToken) == 403)
            #expect(try await status(client, settings, Wire.signature(url, form)) == 403)
            #expect(try await status(client, "", shared) == 403)
            #expect(try await status(client, "key=k,algorithm=HMAC_MD5", shared) == 403)
            #expect(try await status(client, "", Wire.signature(url, form)) == 204)
            #expect(try await status(client, "algorithm=HMAC_SHA1", Wire.signature(url, form)) == 204)
            let sharedSHA1 = RequestSignature(secret: "shared").sign(url: url, content: .form(form))
            #expect(try await status(client, "key=k,algorithm=HMAC_SHA1", sharedSHA1) == 204)
            #expect(desk.count("maane_signature_rejected", [("reason", "unknown_algorithm")]) == 1)
            #expect(desk.count("maane_signature_rejected", [("reason", "forged")]) == 3)
        }
        try await withServer { _, port, desk in
            let client = try await RawClient(port: port)
            #expect(try await status(client, settings, shared) == 403)
            #expect(desk.count("maane_signature_rejected", [("reason", "no_signing_key")]) == 1)
        }
    }

    /// The address that Twilio calls is the configured one; what the proxy asks us for says nothing.
    @Test(arguments: [
        ("https://voice.example.com", "https://voice.example.com", true), ("https://voice.example.com:8443", "https://voice.example.com", true),
        ("https://voice.example.com:8443", "https://voice.example.com:8443", true),
        ("http://voice.example.com:8080", "http://voice.example.com:8080", true),
        ("https://user:pass@voice.example.com:8443", "https://voice.example.com", true),
        ("https://voice.example.com/maane", "https://voice.example.com/maane", true),
        ("https://voice.example.com", "http://voice.example.com", false), ("https://voice.example.com", "https://localhost", false),
        ("https://voice.example.com:8443", "https://voice.example.com:9443", false), ("https://voice.example.com", "https://127.0.0.1", false),
    ])
    func behindAProxy(configured: String, signed: String, isGood: Bool) async throws {
        try await withServer {
            $0.publicAddress = try PublicAddress(configured)
        } _: { _, port, _ in
            let client = try await RawClient(port: port)
            let target = "/webhook/call_status?a=%2Fb&c"
            let headers = [
                "X-Twilio-Signature": Wire.signature(signed + target, form), "X-Forwarded-Proto": "http", "X-Forwarded-Host": "localhost",
                "Forwarded": "host=localhost;proto=http",
            ]
            #expect(try await client.request("POST", target, headers: headers, body: body).status == (isGood ? 204 : 403))
            // A slash more is another address.
            #expect(try await client.request("POST", "/webhook/call_status/", headers: headers, body: body).status == 404)
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
