import Testing

@testable import TwilioREST

@Suite struct AddressTests {
    @Test(arguments: [
        "https://api.twilio.com", "https://api.twilio.com/", "https://api.dublin.ie1.twilio.com", "HTTPS://API.twilio.com:8443",
        "http://127.0.0.1:9000",
        "http://localhost",
    ])
    func basesThatMayBeUsed(_ text: String) { #expect(TwilioAccount.fault(inBaseURL: text) == nil) }

    @Test(arguments: [
        "", "api.twilio.com", "ftp://api.twilio.com", "http://api.twilio.com", "http://127.0.0.1.example.com", "http://127.0.0.1@example.com",
        "http://localhost:99999", "http://localhost:", "http://localhost:+80", "https://", "https://user:word@api.twilio.com",
        "https://api.twilio.com/x",
        "https://api.twilio.com?x", "https://api.twilio.com#x", "https://api.twi lio.com", "https://api.twilio.com\\@example.com", "https://[::1]",
        "https://api.twilio.com\n", "https://שלום.example.com", "http://0x7f000001", "http://127.1", "https:/api.twilio.com",
    ])
    func basesThatMayNot(_ text: String) throws {
        let fault = try #require(TwilioAccount.fault(inBaseURL: text))
        #expect(fault.contains("https"), "no remedy in: \(fault)")
    }

    @Test func theTokenIsInNoDescription() {
        let account = TwilioAccount(sid: "AC1", authToken: "hush", baseURL: "https://api.twilio.com/")
        var dumped = ""
        dump(account, to: &dumped)
        for text in ["\(account)", String(reflecting: account), dumped] {
            #expect(text.contains("AC1") && !text.contains("hush"))
        }
        #expect(account.baseURL == "https://api.twilio.com")
    }

    @Test func aRecordingIsAskedForAsWave() {
        #expect(TwilioClient.wave("https://api.twilio.com/Recordings/RE1") == "https://api.twilio.com/Recordings/RE1.wav")
        #expect(TwilioClient.wave("https://api.twilio.com/Recordings/RE1.wav") == "https://api.twilio.com/Recordings/RE1.wav")
        #expect(TwilioClient.wave("https://api.twilio.com/RE1?a=b") == "https://api.twilio.com/RE1.wav?a=b")
    }
}
