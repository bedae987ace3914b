import Testing
import TwilioWire

/// Vectors computed with Twilio's SDK, RequestValidator 9.13.0, auth token `12345`.
@Suite struct RequestSignatureTests {
    let signature = RequestSignature(secret: "12345")
    static let hebrew: FormFields = FormFields([
        "CallSid": "CA00000000000000000000000000000001", "From": "+972501234567", "To": "+97231234567", "SpeechResult": "שלום עולם",
        "Confidence": "0.91",
    ])
    static let port: FormFields = FormFields(["CallSid": "CA1", "To": "+97231234567"])
    static let body = Array(#"{"text":"שלום"}"#.utf8)
    static let jsonURL = "https://example.com/json?bodySHA256=ba14bf020b97d1c5e40b78f66d47957612c79db39480bcea18f53c5970a748a5"

    struct Vector: Sendable {
        var name: String
        var url: String
        var content: RequestSignature.Content
        var expected: String
    }

    static let vectors: [Vector] = [
        Vector(
            name: "V1", url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            content: .form(
                FormFields(["To": "+18005551212", "CallSid": "CA1234567890ABCDE", "Caller": "+14158675309", "Digits": "1234", "From": "+14158675309"])
            ),
            expected: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        Vector(name: "V2", url: "https://voice.example.com/webhooks/voice", content: .form(hebrew), expected: "AN/1gFD6/EbDR/35VltcgsW2NtM="),
        Vector(
            name: "V3", url: "https://voice.example.com/sms",
            content: .form(
                FormFields(["Body": "hi", "MediaUrl": "https://b.example/2", "MediaUrl": "https://a.example/1", "MediaUrl": "https://a.example/1"])),
            expected: "0iy7O6G7dAhk9tYo0rNFof5fNTw="),
        Vector(name: "V4a", url: "https://voice.example.com:8443/webhooks/voice", content: .form(port), expected: "VrerW3KObMNcP5APmjGkXWQ42Wk="),
        Vector(name: "V4b", url: "https://voice.example.com/webhooks/voice", content: .form(port), expected: "Ufe+XuKDp8Krwse997c3k8PF4nA="),
        Vector(name: "V4c", url: "http://voice.example.com:8080/webhooks/voice", content: .form(port), expected: "fGha1sWn/jFvOg1PPiBVPTy5v1E="),
        Vector(name: "V5", url: jsonURL, content: .body(body), expected: "mEfqFxT/XwEr+6JcAqiJAY0g9Ro="),
        Vector(name: "V6a", url: "wss://voice.example.com/media", content: .none, expected: "jFDHVhI8XO69C49uXR3xmdZPylY="),
        Vector(name: "V6b", url: "wss://voice.example.com/media/", content: .none, expected: "BXF4dPv/qKwfALEQ/o2fVPPvK/c="),
        Vector(
            name: "V7", url: "https://voice.example.com/voice?CallSid=CA1&From=%2B972501234567", content: .none,
            expected: "1SWNwIkFEuNUSSIeK9GT9GL3ra4="),
        Vector(
            name: "V8", url: "https://voice.example.com/voice", content: .form(FormFields(["A": "", "B": "x y+z"])),
            expected: "C1/+f39UcuZ4uaeUMzjQSN/hgK8="),
    ]

    @Test(arguments: vectors)
    func vector(_ vector: Vector) {
        #expect(signature.sign(url: vector.url, content: vector.content) == vector.expected, "\(vector.name)")
        #expect(signature.isValid(vector.expected, url: vector.url, content: vector.content), "\(vector.name)")
        #expect(!RequestSignature(secret: "12346").isValid(vector.expected, url: vector.url, content: vector.content))
        #expect(!signature.isValid(vector.expected, url: vector.url + "x", content: vector.content))
    }

    @Test func sharedKey() {
        let signature = RequestSignature(secret: "12345", algorithm: .hmacSHA256)
        #expect(
            signature.isValid(
                "ckn8Ug5TjFKhSaywCZ0ROndKg0m6beBvPzApfAMRrQc=", url: "https://voice.example.com/webhooks/voice", content: .form(Self.hebrew)))
        #expect(!signature.isValid("AN/1gFD6/EbDR/35VltcgsW2NtM=", url: "https://voice.example.com/webhooks/voice", content: .form(Self.hebrew)))
    }

    @Test func portMayBeDroppedOrKept() {
        let url = "https://voice.example.com:8443/webhooks/voice"
        #expect(signature.isValid("VrerW3KObMNcP5APmjGkXWQ42Wk=", url: url, content: .form(Self.port)))
        #expect(signature.isValid("Ufe+XuKDp8Krwse997c3k8PF4nA=", url: url, content: .form(Self.port)))
        #expect(!signature.isValid("fGha1sWn/jFvOg1PPiBVPTy5v1E=", url: url, content: .form(Self.port)))
        let withDefault = signature.sign(url: "https://h.example:443/v?a=1", content: .none)
        #expect(signature.isValid(withDefault, url: "https://h.example/v?a=1", content: .none))
        let bare = signature.sign(url: "https://[::1]/v", content: .none)
        #expect(signature.isValid(bare, url: "https://user:pass@[::1]:8443/v#rc=2", content: .none))
        // Neither another port nor the default one where another is written.
        for other in ["https://h.example:443/v", "https://h.example:9443/v"] {
            #expect(!signature.isValid(signature.sign(url: other, content: .none), url: "https://h.example:8443/v", content: .none))
        }
        // Voice over plain HTTP keeps its port.
        #expect(signature.isValid(signature.sign(url: "http://h:8080/v", content: .none), url: "http://h:8080/v", content: .none))
        #expect(signature.isValid(signature.sign(url: "http://h:80/v", content: .none), url: "http://h/v", content: .none))
        #expect(!signature.isValid(signature.sign(url: "http://h:443/v", content: .none), url: "http://h/v", content: .none))
    }

    @Test func userAndPasswordAreDropped() {
        for url in ["https://user:pass@h.example/v?a=@b:1/c", "https://user@h.example/v?a=@b:1/c", "https://a@b:c@h.example:8443/v?a=@b:1/c"] {
            #expect(signature.isValid(signature.sign(url: "https://h.example/v?a=@b:1/c", content: .none), url: url, content: .none), "\(url)")
            #expect(!signature.isValid(signature.sign(url: url, content: .none), url: url, content: .none), "\(url)")
        }
    }

    /// Delimiters are bytes: with a combining mark behind it, a slash is another character for Swift and the same one for Twilio.
    @Test func charactersThatSwallowADelimiter() {
        let url = "https://h.example:8443/\u{301}v?\u{301}a"
        #expect(signature.isValid(signature.sign(url: "https://h.example/\u{301}v?\u{301}a", content: .none), url: url, content: .none))
        let composed = FormFields(["\u{E9}": "1", "e\u{301}": "1"])
        let one = FormFields(["\u{E9}": "1"])
        #expect(signature.sign(url: url, content: .form(composed)) != signature.sign(url: url, content: .form(one)))
    }

    @Test func aQuestionMarkAlone() {
        for signed in ["https://h.example/v?", "https://h.example/v"] {
            #expect(signature.isValid(signature.sign(url: signed, content: .none), url: "https://h.example/v?", content: .none))
        }
        #expect(!signature.isValid(signature.sign(url: "https://h.example/v?", content: .none), url: "https://h.example/v", content: .none))
    }

    @Test(
        arguments: [
            (nil, nil, .hmacSHA1, true), ("", nil, .hmacSHA1, true), ("nonsense", nil, .hmacSHA1, true), ("algorithm=", nil, .hmacSHA1, true),
            ("algorithm=HMAC_SHA1", nil, .hmacSHA1, true), ("key=k1,algorithm=HMAC_SHA256", "k1", .hmacSHA256, false),
            (" algorithm = hmac_sha256 , key = k1 ", "k1", .hmacSHA256, false), ("algorithm=HMAC_SHA256", nil, .hmacSHA256, false),
            ("key=k1", "k1", .hmacSHA1, false), ("key=,key=k2,algorithm=HMAC_SHA1", "k2", .hmacSHA1, false),
            ("key=k1,algorithm=HMAC_SHA512", "k1", nil, false),
            ("algorithm=x,algorithm=HMAC_SHA1", nil, nil, false),
        ] as [(String?, String?, RequestSignature.Algorithm?, Bool)])
    func settings(header: String?, key: String?, algorithm: RequestSignature.Algorithm?, usesAuthToken: Bool) {
        let settings = RequestSignature.Settings(header: header)
        #expect(settings.key == key)
        #expect(settings.algorithm == algorithm)
        #expect(settings.usesAuthToken == usesAuthToken)
    }

    @Test func trailingSlashOnlyForWebSockets() {
        #expect(signature.isValid("BXF4dPv/qKwfALEQ/o2fVPPvK/c=", url: "wss://voice.example.com/media", content: .none))
        #expect(signature.isValid("jFDHVhI8XO69C49uXR3xmdZPylY=", url: "wss://voice.example.com/media/", content: .none))
        let slashed = signature.sign(url: "https://voice.example.com/voice/", content: .none)
        #expect(!signature.isValid(slashed, url: "https://voice.example.com/voice", content: .none))
    }

    @Test func flattenedDuplicatesFail() {
        let flat = FormFields(["Body": "hi", "MediaUrl": "https://a.example/1"])
        #expect(!signature.isValid("0iy7O6G7dAhk9tYo0rNFof5fNTw=", url: "https://voice.example.com/sms", content: .form(flat)))
    }

    @Test func bodyIsBound() {
        #expect(!signature.isValid("mEfqFxT/XwEr+6JcAqiJAY0g9Ro=", url: Self.jsonURL, content: .body(Self.body + [0x20])))
        let unbound = signature.sign(url: "https://example.com/json", content: .body(Self.body))
        #expect(!signature.isValid(unbound, url: "https://example.com/json", content: .body(Self.body)))
        let hash = Self.jsonURL.suffix(64)
        for (query, isBound) in [
            ("bodySHA256=\(hash)&x=%zz", true), ("x=1&bodySHA256=&bodySHA256=\(hash)", true), ("body%53HA256=\(hash)", true),
            ("bodySHA256=\(hash.uppercased())", false), ("bodysha256=\(hash)", false), ("bodySHA256=0&bodySHA256=\(hash)", false),
            ("bodySHA256=\(hash.dropLast())", false), ("xbodySHA256=\(hash)", false), ("bodySHA256", false),
        ] {
            let url = "https://example.com/json?\(query)"
            #expect(signature.isValid(signature.sign(url: url, content: .none), url: url, content: .body(Self.body)) == isBound, "\(query)")
        }
        // A hash in the query of a form says nothing about the form: its fields are signed themselves.
        let form = RequestSignature.Content.form(Self.port)
        #expect(signature.isValid(signature.sign(url: Self.jsonURL, content: form), url: Self.jsonURL, content: form))
    }

    @Test(arguments: ["", "x", "====", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "RSOYDt4T1cUTdK1PDd93/VVr8B8= "])
    func junk(header: String) {
        #expect(!signature.isValid(header, url: Self.vectors[0].url, content: Self.vectors[0].content))
    }
}

@Suite struct FormDecoderTests {
    @Test func decodes() throws {
        let form = try FormDecoder.decode(Array("To=%2B97231234567&A=&B=x+y%2Bz&a=1&a=2&flag&&%D7%A9=%d7%9d&c=a=b".utf8))
        let expected: KeyValuePairs = ["To": "+97231234567", "A": "", "B": "x y+z", "a": "1", "a": "2", "flag": "", "ש": "ם", "c": "a=b"]
        #expect(form == FormFields(expected))
        #expect(form["a"] == "1")
        #expect(form.all("a") == ["1", "2"])
        #expect(form["to"] == nil)
        #expect(try FormDecoder.decode([UInt8]()).fields.isEmpty)
    }

    @Test(arguments: ["a=%", "a=%2", "a=%zz", "%G0=1", "a=%ff"])
    func refuses(text: String) {
        #expect(throws: FormError.self) { try FormDecoder.decode(Array(text.utf8)) }
    }

    @Test func json() throws {
        let text = #" {"CallSid":"CA1","a":"\u05e9\ud83d\ude00","n":-1.50e3,"t":true,"f":false,"z":null,"o":{"a":"b"},"l":["c"],"":"","a":"2"} "#
        let expected: KeyValuePairs = ["CallSid": "CA1", "a": "ש😀", "n": "-1.50e3", "t": "true", "f": "false", "": "", "a": "2"]
        #expect(try FormDecoder.decodeJSON(Array(text.utf8)) == FormFields(expected))
        #expect(try FormDecoder.decodeJSON(Array("{}".utf8)).fields.isEmpty)
        for bad in ["", " ", "[]", "7", "\"a\"", "{", "{}x", "{\"a\":\"\\ud800\"}", "{\"a\":01}", "{'a':1}"] {
            #expect(throws: FormError.self, "\(bad)") { try FormDecoder.decodeJSON(Array(bad.utf8)) }
        }
        #expect(throws: FormError.self) { try FormDecoder.decodeJSON(Array(#"{"a":{"b":""#.utf8) + [0xFF] + Array(#""}}"#.utf8)) }
        let members = { (count: Int) in Array("{\((0..<count).map { "\"k\($0)\":1" }.joined(separator: ","))}".utf8) }
        #expect(try FormDecoder.decodeJSON(members(256)).fields.count == 256)
        #expect(throws: FormError.self) { try FormDecoder.decodeJSON(members(257)) }
    }

    @Test func limit() throws {
        let pairs = { (count: Int) in Array((0..<count).map { "k\($0)=v" }.joined(separator: "&").utf8) }
        #expect(try FormDecoder.decode(pairs(256)).fields.count == 256)
        #expect(throws: FormError.self) { try FormDecoder.decode(pairs(257)) }
    }
}

@Suite struct StreamTokenTests {
    let secret = [UInt8](0..<32)
    let call = "CA00000000000000000000000000000001"

    @Test func roundTrip() throws {
        let token = StreamToken.mint(callSid: call, generation: 3, expires: 1000, secret: secret)
        #expect(token.utf8.count < 100)
        #expect(token.utf8.allSatisfy { Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.".utf8).contains($0) })
        #expect(try StreamToken.verify(token, callSid: call, now: 1000, secret: secret) == 3)
    }

    @Test func refusals() {
        let token = StreamToken.mint(callSid: call, generation: 3, expires: 1000, secret: secret)
        func refusal(_ token: String, call: String? = nil, now: Int64 = 0, secret: [UInt8]? = nil) -> StreamToken.Refusal? {
            do {
                _ = try StreamToken.verify(token, callSid: call ?? self.call, now: now, secret: secret ?? self.secret)
                return nil
            } catch {
                return error
            }
        }
        #expect(refusal(token) == nil)
        #expect(refusal(token, now: 1001) == .expired)
        #expect(refusal(token, call: "CA2") == .forged)
        #expect(refusal(token, secret: secret.reversed()) == .forged)
        #expect(refusal(token.replacing("1.3.1000", with: "1.4.1000")) == .forged)
        #expect(refusal(token.replacing("1.3.1000", with: "1.3.2000")) == .forged)
        #expect(refusal(String(token.dropLast())) != nil)
        for other in ["1.+3.1000", "1.03.1000", "1.3.+1000", "1.3.01000"] { #expect(refusal(token.replacing("1.3.1000", with: other)) == .forged) }
        for junk in ["", "...", "1.3.1000", "2.3.1000.AA", "1.-3.1000.AA", String(repeating: "1", count: 300)] {
            #expect(refusal(junk) == .malformed)
        }
        #expect(refusal(StreamToken.mintPreview(expires: 1000, secret: secret)) == .preview)
        #expect(refusal(StreamToken.mintPreview(expires: 1000, secret: secret), call: "preview") == .preview)
    }
}
