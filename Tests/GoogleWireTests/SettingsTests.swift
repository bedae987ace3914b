import GoogleCloud
import ServiceKit
import Testing

@testable import ASRGoogleWire

@Suite struct SettingsTests {
    private func read(_ values: [String: String]) -> (GoogleRecognitionSettings, [String]) {
        let reader = SettingsReader(values.merging(["GOOGLE_APPLICATION_CREDENTIALS": TestKey.json]) { first, _ in first })
        let settings = GoogleRecognitionSettings(reader, account: GoogleAccountSettings(reader))
        return (settings, reader.faults)
    }

    @Test func defaults() {
        let (settings, faults) = read([:])
        #expect(faults.isEmpty)
        #expect(settings.speech(.v2) == GoogleRecognition(version: .v2, project: "a-project", location: "eu", model: "chirp_3"))
        #expect(settings.speech(.v1) == GoogleRecognition(version: .v1, project: "a-project", location: "eu", model: "default"))
        #expect(settings.endpoint(.v2) == GoogleEndpoint(host: "eu-speech.googleapis.com"))
        #expect(settings.streamsPerConnection == 90)
        #expect(settings.speech(.v2).metadata.map(\.value) == ["recognizer=projects/a-project/locations/eu/recognizers/_"])
        #expect(settings.speech(.v1).metadata.isEmpty)
    }

    @Test(arguments: [
        ("global", "speech.googleapis.com", "speech.googleapis.com"), ("us", "us-speech.googleapis.com", "us-speech.googleapis.com"),
        ("europe-west2", "europe-west2-speech.googleapis.com", "speech.googleapis.com"),
    ])
    func theHostFollowsTheLocation(_ location: String, _ v2: String, _ v1: String) {
        let (settings, faults) = read(["GOOGLE_STT_LOCATION": location])
        #expect(faults.isEmpty)
        #expect(settings.endpoint(.v2).host == v2 && settings.endpoint(.v1).host == v1)
    }

    @Test func allFaultsAreToldAtOnce() {
        let (_, faults) = read([
            "GOOGLE_STT_LOCATION": "eu/../us", "GOOGLE_STT_LANGUAGE": "he-IL", "GOOGLE_STT_ENDPOINTING": "quick",
            "GOOGLE_STT_BASE_URL": "http://example.com", "GOOGLE_STT_STREAMS_PER_CONNECTION": "0", "GOOGLE_AUTH": "password",
            "GOOGLE_TOKEN_URL": "ftp://token", "GOOGLE_CLOUD_PROJECT": "a b", "GOOGLE_CA_FILE": "/nowhere.pem",
        ])
        #expect(
            Set(faults.map { $0.prefix { $0 != ":" } }) == [
                "GOOGLE_STT_LOCATION", "GOOGLE_STT_LANGUAGE", "GOOGLE_STT_ENDPOINTING", "GOOGLE_STT_BASE_URL", "GOOGLE_STT_STREAMS_PER_CONNECTION",
                "GOOGLE_AUTH", "GOOGLE_TOKEN_URL", "GOOGLE_CLOUD_PROJECT", "GOOGLE_CA_FILE",
            ])
        #expect(faults.count == 9)
    }

    @Test func withoutCredentials() {
        let reader = SettingsReader([:])
        #expect(GoogleAccountSettings(reader).account == nil)
        #expect(reader.faults.count == 1 && reader.faults[0].hasPrefix("GOOGLE_APPLICATION_CREDENTIALS: is not set"))
    }

    @Test func tokensLeaveThisMachineEncryptedOnly() throws {
        #expect(throws: EndpointFault.self) { try GoogleEndpoint(baseURL: "http://speech.googleapis.com") }
        #expect(throws: EndpointFault.self) { try GoogleEndpoint(baseURL: "https://user:pw@speech.googleapis.com") }
        #expect(throws: EndpointFault.self) { try GoogleEndpoint(baseURL: "https://speech.googleapis.com/v2") }
        #expect(throws: EndpointFault.self) { try GoogleEndpoint(baseURL: "speech.googleapis.com") }
        #expect(try GoogleEndpoint(baseURL: "https://proxy.example:8443/") == GoogleEndpoint(host: "proxy.example", port: 8443))
        #expect(try GoogleEndpoint(baseURL: "http://127.0.0.1:99") == GoogleEndpoint(host: "127.0.0.1", port: 99, isPlaintext: true))
        #expect(GoogleEndpoint.fault(inTokenURL: "http://oauth2.googleapis.com/token") != nil)
        #expect(GoogleEndpoint.fault(inTokenURL: "https://oauth2.googleapis.com/token") == nil)
    }
}
