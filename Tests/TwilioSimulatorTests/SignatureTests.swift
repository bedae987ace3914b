import Testing

@testable import TwilioSimulatorKit

/// The contract's vectors: computed with Twilio's own validator, auth token 12345.
@Suite struct SignatureTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        let name: String
        let url: String
        var form: [FormField] = []
        var algorithm = TwilioSigner.Algorithm.hmacSHA1
        let signature: String
        var testDescription: String { name }
    }

    static let v2 = [
        FormField("CallSid", "CA00000000000000000000000000000001"), FormField("From", "+972501234567"), FormField("To", "+97231234567"),
        FormField("SpeechResult", "שלום עולם"), FormField("Confidence", "0.91"),
    ]
    static let v4 = [FormField("CallSid", "CA1"), FormField("To", "+97231234567")]

    static let vectors: [Vector] = [
        Vector(
            name: "V1", url: "https://mycompany.com/myapp.php?foo=1&bar=2",
            form: [
                FormField("CallSid", "CA1234567890ABCDE"), FormField("Caller", "+14158675309"), FormField("Digits", "1234"),
                FormField("From", "+14158675309"), FormField("To", "+18005551212"),
            ], signature: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        Vector(name: "V2", url: "https://voice.example.com/webhooks/voice", form: v2, signature: "AN/1gFD6/EbDR/35VltcgsW2NtM="),
        Vector(
            name: "V2 SHA-256", url: "https://voice.example.com/webhooks/voice", form: v2, algorithm: .hmacSHA256,
            signature: "ckn8Ug5TjFKhSaywCZ0ROndKg0m6beBvPzApfAMRrQc="),
        Vector(
            name: "V3", url: "https://voice.example.com/sms",
            form: [
                FormField("MediaUrl", "https://b.example/2"), FormField("Body", "hi"), FormField("MediaUrl", "https://a.example/1"),
                FormField("MediaUrl", "https://a.example/1"),
            ], signature: "0iy7O6G7dAhk9tYo0rNFof5fNTw="),
        Vector(name: "V4a", url: "https://voice.example.com:8443/webhooks/voice", form: v4, signature: "VrerW3KObMNcP5APmjGkXWQ42Wk="),
        Vector(name: "V4b", url: "https://voice.example.com/webhooks/voice", form: v4, signature: "Ufe+XuKDp8Krwse997c3k8PF4nA="),
        Vector(name: "V4c", url: "http://voice.example.com:8080/webhooks/voice", form: v4, signature: "fGha1sWn/jFvOg1PPiBVPTy5v1E="),
        Vector(
            name: "V5", url: "https://example.com/json?bodySHA256=ba14bf020b97d1c5e40b78f66d47957612c79db39480bcea18f53c5970a748a5",
            signature: "mEfqFxT/XwEr+6JcAqiJAY0g9Ro="),
        Vector(name: "V6a", url: "wss://voice.example.com/media", signature: "jFDHVhI8XO69C49uXR3xmdZPylY="),
        Vector(name: "V6b", url: "wss://voice.example.com/media/", signature: "BXF4dPv/qKwfALEQ/o2fVPPvK/c="),
        Vector(name: "V7", url: "https://voice.example.com/voice?CallSid=CA1&From=%2B972501234567", signature: "1SWNwIkFEuNUSSIeK9GT9GL3ra4="),
        Vector(
            name: "V8", url: "https://voice.example.com/voice", form: [FormField("B", "x y+z"), FormField("A", "")],
            signature: "C1/+f39UcuZ4uaeUMzjQSN/hgK8="),
    ]

    @Test(arguments: vectors) func contractVector(_ vector: Vector) {
        let signer = TwilioSigner(authToken: "12345")
        #expect(signer.signature(url: vector.url, form: vector.form, algorithm: vector.algorithm) == vector.signature)
    }

    @Test func anotherTokenSignsDifferently() {
        #expect(TwilioSigner(authToken: "12346").signature(url: "wss://voice.example.com/media") != "jFDHVhI8XO69C49uXR3xmdZPylY=")
    }

    @Test(arguments: [
        ("https://voice.example.com:8443/webhooks/voice", "https://voice.example.com/webhooks/voice"),
        ("http://voice.example.com:8080/webhooks/voice", "http://voice.example.com:8080/webhooks/voice"),
        ("https://user:secret@voice.example.com/voice?a=1#rc=2&rt=3000", "https://voice.example.com/voice?a=1"),
    ])
    func urlIsSignedAsVoiceSignsIt(_ url: String, _ signed: String) throws {
        #expect(TwilioSigner.urlForSignature(try #require(WebAddress(url))) == signed)
    }

    @Test func formsSurviveEncoding() {
        let form = [FormField("SpeechResult", "שלום עולם"), FormField("From", "+972501234567"), FormField("A", ""), FormField("B", "x y+z&=%")]
        #expect(FormCoding.decode(FormCoding.encode(form)) == form)
        #expect(FormCoding.encode([FormField("From", "+972 5")]) == "From=%2B972+5")
    }

    @Test(arguments: [
        ("/a/b", "https://h.example/a/b"), ("c", "https://h.example/x/c"), ("?q=1", "https://h.example/x/y?q=1"),
        ("http://other.example:81", "http://other.example:81/"), ("//third.example/z", "https://third.example/z"),
    ])
    func referencesResolve(_ reference: String, _ expected: String) throws {
        let base = try #require(WebAddress("https://h.example/x/y?old=1"))
        #expect(base.resolving(reference)?.description == expected)
    }

    @Test(arguments: ["", "ftp://h/x", "https://", "https://h:99999/", "https://h/a b"]) func badURLsAreRefused(_ text: String) {
        #expect(WebAddress(text) == nil)
    }
}
