import CallEngine
import ServiceKit
import Testing

@testable import Gateway

struct GatewaySettingsTests {
    private let good = ["PUBLIC_BASE_URL": "https://voice.example.com/", "TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "secret"]

    @Test func readsWhatIsSetAndDefaultsTheRest() throws {
        let reader = SettingsReader(good)
        let settings = GatewaySettings(reader)
        try reader.finish()
        #expect(settings.port == 8080)
        #expect(settings.adminPort == 9090)
        #expect(settings.publicBaseURL == "https://voice.example.com")
        #expect(settings.streamURL == "wss://voice.example.com/ws/twilio-media")
        #expect(settings.validatesSignatures)
        #expect(settings.policy.endpoint.silence == 500)
    }

    @Test func namesAllFaultsTogether() {
        let reader = SettingsReader([
            "PORT": "99999", "ADMIN_PORT": "x", "ASR_PROVIDERS": "local,ears", "REPLY_MODE": "loud", "TWILIO_VALIDATE_SIGNATURE": "maybe",
            "PUBLIC_BASE_URL": "http://voice.example.com",
        ])
        _ = GatewaySettings(reader)
        for variable in [
            "PORT:", "ADMIN_PORT:", "ASR_PROVIDERS: ears", "REPLY_MODE:", "TWILIO_VALIDATE_SIGNATURE:", "PUBLIC_BASE_URL:", "TWILIO_ACCOUNT_SID:",
            "TWILIO_AUTH_TOKEN:",
        ] {
            #expect(reader.faults.contains { $0.hasPrefix(variable) }, "\(variable) is missing from \(reader.faults)")
        }
        #expect(reader.faults.count == 8)
        #expect(throws: ConfigurationError.self) { try reader.finish() }
    }

    @Test(arguments: [
        "voice.example.com", "ftp://voice.example.com", "https://", "https://a_b.example.com", "https://voice.example.com/path", "http://10.0.0.1:80",
        "https://user@voice.example.com", "https://voice.example.com:", "https://voice.example.com:0", "https://voice.example.com:+443",
        "https://voice.example.com:8443:1",
        "https://voice.example.com:70000", "https://a&b", "https://\"x\"", "https://:443", "https://\(String(repeating: "a", count: 193))",
    ])
    func refusesABaseURLThatTwilioCouldNotUse(_ url: String) {
        let reader = SettingsReader(good.merging(["PUBLIC_BASE_URL": url]) { $1 })
        _ = GatewaySettings(reader)
        #expect(reader.faults.count == 1, "\(url): \(reader.faults)")
    }

    @Test func plainHTTPIsForThisMachine() throws {
        let reader = SettingsReader(good.merging(["PUBLIC_BASE_URL": "http://127.0.0.1:8080"]) { $1 })
        #expect(GatewaySettings(reader).streamURL == "ws://127.0.0.1:8080/ws/twilio-media")
        try reader.finish()
    }

    @Test(arguments: ["https://\(String(repeating: "a", count: 192))", "https://voice.example.com:8443", "https://10.0.0.1/"])
    func takesABaseURLThatTwilioCanUse(_ url: String) throws {
        let reader = SettingsReader(good.merging(["PUBLIC_BASE_URL": url]) { $1 })
        _ = GatewaySettings(reader)
        try reader.finish()
    }

    @Test func theTokenSecretIsNotTheAuthToken() {
        let settings = GatewaySettings(SettingsReader(good))
        #expect(settings.tokenSecret != Array("secret".utf8))
        #expect(settings.tokenSecret == GatewaySettings(SettingsReader(good)).tokenSecret)
    }
}
