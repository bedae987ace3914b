import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import GoogleCloud
import GoogleFakeKit
import ProviderKit
import Testing

/// Tokens, checked by Google's own library at the other side.
@Suite(.serialized) struct TokenTests {
    private func hear(_ hearing: Hearing) async throws -> Reports {
        let (connection, reports) = hearing.connect()
        connection.send(spoken([1]))
        connection.close()
        _ = try await reports.waitForEnd()
        return reports
    }

    @Test func selfSignedTokensNeedNoServer() async throws {
        let hearing = try await Hearing(.v2, settings: ["GOOGLE_TOKEN_URL": "http://127.0.0.1:1/token"])
        #expect(try await hear(hearing).end == .closed)
        #expect(try await hearing.tokens.token() == hearing.tokens.token())
        #expect(try await hearing.fake.state().grants == 0)
    }

    @Test func oneExchangeServesAllStreams() async throws {
        let hearing = try await Hearing(.v2, settings: ["GOOGLE_AUTH": "oauth"])
        try await hearing.fake.accounts(#"{"delay": 0.1}"#)
        let calls = (0..<20).map { _ in hearing.connect() }
        for (connection, _) in calls { connection.close() }
        for (_, reports) in calls { #expect(try await reports.waitForEnd() == .closed) }
        #expect(try await hearing.fake.state().grants == 1)
    }

    /// A token with less than five minutes left is renewed, and serves until the new one is there.
    @Test func tokensAreRenewedEarlyAndNobodyWaits() async throws {
        let hearing = try await Hearing(.v2, settings: ["GOOGLE_AUTH": "oauth"])
        try await hearing.fake.accounts(#"{"life": 299}"#)
        let first = try await hearing.tokens.token()
        try await hearing.fake.accounts(#"{"life": 3599, "delay": 0.3}"#)
        #expect(try await hearing.tokens.token() == first)
        #expect(try await hear(hearing).end == .closed)
        var token = first
        let end = ContinuousClock.now + .seconds(10)
        while token == first, ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(20))
            token = try await hearing.tokens.token()
        }
        #expect(token != first)
        #expect(try await hear(hearing).end == .closed)
        #expect(try await hearing.fake.state().grants == 2)
    }

    @Test(arguments: ["jwt", "oauth"]) func aRefusedTokenIsReplacedAndNeverTold(_ method: String) async throws {
        let hearing = try await Hearing(.v2, settings: ["GOOGLE_AUTH": method])
        try await hearing.fake.accounts(#"{"echo": true}"#)
        #expect(try await hear(hearing).end == .closed)
        let token = try await hearing.tokens.token()
        try await hearing.fake.accounts(#"{"refuse": true}"#)
        let refused = try await hear(hearing)
        #expect(refused.failure?.kind == .auth)
        // The fake has put the whole token into the status's text.
        #expect(refused.failure?.message.contains(token) == false && refused.failure?.message.contains(token.prefix(60)) == false)
        #expect(refused.failure?.message.contains("UNAUTHENTICATED") == true)
        // Tokens that are signed here carry the second.
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await hear(hearing).end == .closed)
    }

    @Test(arguments: [(400, ProviderFailure.Kind.auth), (401, .auth), (429, .rateLimited), (500, .broken)])
    func anExchangeThatFails(_ status: Int, _ kind: ProviderFailure.Kind) async throws {
        let hearing = try await Hearing(.v1, settings: ["GOOGLE_AUTH": "oauth"])
        try await hearing.fake.accounts(#"{"status": \#(status)}"#)
        let reports = try await hear(hearing)
        #expect(reports.failure?.kind == kind)
        #expect(reports.failure?.message.contains("invalid_grant") == true)
        await #expect(throws: ProviderFailure.self) { try await hearing.recogniser.warm() }
        try await hearing.fake.accounts(#"{"status": 200}"#)
        #expect(try await hear(hearing).end == .closed)
    }

    @Test func anotherKeyIsRefused() async throws {
        let other = try await GoogleFake()
        let hearing = try await Hearing(.v2, settings: ["GOOGLE_APPLICATION_CREDENTIALS": other.credentials])
        #expect(try await hear(hearing).failure?.kind == .auth)
        let exchanged = try await Hearing(
            .v2, fake: hearing.fake, settings: ["GOOGLE_APPLICATION_CREDENTIALS": other.credentials, "GOOGLE_AUTH": "oauth"])
        #expect(try await hear(exchanged).failure?.kind == .auth)
    }
}
