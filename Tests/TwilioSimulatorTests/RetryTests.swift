import Testing

@testable import TwilioSimulatorKit

/// What Twilio does when a webhook fails (contract, section 3.4).
@Suite struct RetryTests {
    private let webhook = ActionTarget(url: WebAddress(scheme: "https", host: "a.example", port: nil, target: "/voice"), method: "POST")

    @Test func theFragmentSaysWhatIsRepeatedAndIsNeitherSentNorSigned() throws {
        let plain = try #require(WebAddress("https://a.example/voice"))
        #expect(plain.overrides.retries == 1)
        #expect(plain.overrides.retried == [.connect])
        let address = try #require(WebAddress("https://a.example/voice?a=1#rc=3&rp=ct,rt&rt=3000"))
        #expect(address.description == "https://a.example/voice?a=1")
        #expect(address.overrides.retries == 3)
        #expect(address.overrides.retried == [.connect, .read])
        #expect(WebAddress("https://a.example/voice#rp=all")?.overrides.retried == [.connect, .read, .clientError, .serverError])
        #expect(WebAddress("https://a.example/voice#rc=9&e=ashburn&x")?.overrides == ConnectionOverrides())
    }

    @Test func aDocumentThatCannotBeHadLeadsToTheFallbackURL() {
        let fallback = ActionTarget(url: WebAddress(scheme: "https", host: "a.example", port: nil, target: "/fallback"), method: "POST")
        let notice = TwilioNotice.error(11205, "no answer")
        var executor = DocumentExecutor()
        _ = executor.begin(webhook)
        let first = executor.documentFailed(notice, fallback: fallback)
        #expect(first == [.notice(notice), .fetch(fallback, extra: [])])
        let second = executor.documentFailed(notice)
        #expect(second.contains { if case .hangUp(byAgent: true, _) = $0 { true } else { false } })
        #expect(executor.hasEnded)
    }
}
