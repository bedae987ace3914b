import Foundation
import Logging
import ProviderKit
import Signing
import Synchronization
import Testing

@testable import GoogleCloud

/// The key of RFC 7515, appendix A.2: everybody knows it.
enum TestKey {
    static let pem = """
        -----BEGIN PRIVATE KEY-----
        MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
        jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
        aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
        juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
        ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
        toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
        VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
        PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
        O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
        kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
        XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
        4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
        pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
        0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
        lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
        kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
        rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
        kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
        5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
        9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
        evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
        yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
        OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
        tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
        ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
        03k2+ZQwVK0JKSHuLFkuQ3U=
        -----END PRIVATE KEY-----
        """
    static let json = json(pem)
    static func json(_ pem: String, type: String = "service_account", email: String = "a@b.iam.gserviceaccount.com") -> String {
        let text = pem.replacing("\n", with: "\\n")
        return #"{"type":"\#(type)","client_email":"\#(email)","private_key":"\#(text)\n","private_key_id":"k1","project_id":"a-project"}"#
    }
}

private func code(_ setting: String) -> GoogleCredentialsError.Code? {
    do {
        _ = try ServiceAccount(setting)
        return nil
    } catch {
        return error.code
    }
}

@Suite struct ServiceAccountTests {
    @Test func theJSONItselfOrAFile() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "key-\(UInt64.random(in: 0 ... .max)).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(TestKey.json.utf8).write(to: file)
        for setting in [TestKey.json, "\n " + TestKey.json, file.path] {
            let account = try ServiceAccount(setting)
            #expect(account.email == "a@b.iam.gserviceaccount.com" && account.keyID == "k1" && account.project == "a-project")
            #expect(account.tokenAudience == "https://oauth2.googleapis.com/token")
        }
    }

    @Test func lineEndsThatWereEscapedTwice() throws {
        #expect(code(TestKey.json.replacing("\\n", with: "\\\\n")) == nil)
    }

    @Test func whatCannotBeUsedIsToldWithoutItsContent() {
        let cases: [(String, GoogleCredentialsError.Code)] = [
            ("/nowhere/s3cret.json", .unreadable), (TestKey.pem, .unreadable), ("{s3cret", .malformed), ("{}", .incomplete),
            (TestKey.json("x", type: "authorized_user"), .wrongType), (TestKey.json(TestKey.pem, email: ""), .incomplete),
            (TestKey.json("-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----"), .badKey), (TestKey.json("s3cret"), .badKey),
            (#"{"private_key": {"s3cret": 1}}"#, .malformed),
        ]
        for (setting, expected) in cases {
            do {
                _ = try ServiceAccount(setting)
                Issue.record("\(expected) was not noticed")
            } catch {
                #expect(error.code == expected)
                #expect(!"\(error)".contains("s3cret") && !"\(error)".contains("BEGIN"))
            }
        }
    }

    @Test func nothingOfItIsPrinted() throws {
        let account = try ServiceAccount(TestKey.json)
        var dumped = ""
        dump(account, to: &dumped)
        for text in ["\(account)", String(reflecting: account), dumped] {
            #expect(!text.contains("PRIVATE") && !text.contains("a@b.iam"))
        }
        let token = GrantedToken(text: "s3cret", expires: 5)
        dumped = ""
        dump(token, to: &dumped)
        for text in ["\(token)", String(reflecting: token), dumped] { #expect(!text.contains("s3cret")) }
    }
}

@Suite struct SignedTokenTests {
    private func parts(_ token: String) throws -> [[String: Any]] {
        try token.split(separator: ".").prefix(2).map { part in
            let bytes = try #require(Base64.decode(part.utf8, alphabet: .urlSafe))
            return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        }
    }

    @Test func aBearerNamesTheScopeAndNoAudience() throws {
        let token = try SignedToken.bearer(try ServiceAccount(TestKey.json), now: 1_800_000_000)
        let parts = try parts(token.text)
        #expect(parts[0] as? [String: String] == ["alg": "RS256", "typ": "JWT", "kid": "k1"])
        #expect(parts[1]["iss"] as? String == "a@b.iam.gserviceaccount.com" && parts[1]["sub"] as? String == parts[1]["iss"] as? String)
        #expect(parts[1]["scope"] as? String == "https://www.googleapis.com/auth/cloud-platform" && parts[1]["aud"] == nil)
        #expect(parts[1]["iat"] as? Int == 1_799_999_970 && parts[1]["exp"] as? Int == 1_800_003_570)
        #expect(token.expires == 1_800_003_570)
        #expect(!token.text.contains("="))
        // RS256 is deterministic; Google's own library checks it in ASRGoogleTests.
        let signed = token.text.split(separator: ".").prefix(2).joined(separator: ".")
        let signature = try RSASigner(pem: TestKey.pem).sign(Array(signed.utf8))
        #expect(token.text == signed + "." + Base64.encode(signature, alphabet: .urlSafe))
    }

    @Test func anAssertionIsForTheTokenServer() throws {
        let claims = try parts(try SignedToken.assertion(try ServiceAccount(TestKey.json), now: 1_800_000_000))[1]
        #expect(claims["aud"] as? String == "https://oauth2.googleapis.com/token" && claims["sub"] == nil)
        #expect(claims["iss"] as? String == "a@b.iam.gserviceaccount.com" && claims["exp"] as? Int == 1_800_003_570)
    }
}

@Suite struct GoogleTokensTests {
    /// Gives numbered tokens with an hour of life, when it is let.
    private final class Granting: Sendable {
        struct State {
            var now = 1000
            var grants = 0
            var fails = false
            var waiting: [CheckedContinuation<Void, Never>] = []
            var holds = false
        }
        let state = Mutex(State())

        func tokens() -> GoogleTokens {
            GoogleTokens(logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { self.state.withLock { $0.now } }) { now in
                await self.gate()
                return try self.state.withLock { state in
                    state.grants += 1
                    if state.fails { throw ProviderFailure(.unreachable, "no server") }
                    return GrantedToken(text: "token-\(state.grants)", expires: now + 3600)
                }
            }
        }

        private func gate() async {
            await withCheckedContinuation { continuation in
                let passes = state.withLock { state in
                    if state.holds { state.waiting.append(continuation) }
                    return !state.holds
                }
                if passes { continuation.resume() }
            }
        }

        func release() {
            let waiting = state.withLock { state in
                defer { (state.waiting, state.holds) = ([], false) }
                return state.waiting
            }
            for continuation in waiting { continuation.resume() }
        }

        func at(_ now: Int) { state.withLock { $0.now = now } }
        var grants: Int { state.withLock { $0.grants } }
        /// A renewal in the background has come so far.
        func settle(_ grants: Int) async { while self.grants < grants { await Task.yield() } }
    }

    @Test func oneRenewalForAllWhoAsk() async throws {
        let granting = Granting()
        granting.state.withLock { $0.holds = true }
        let tokens = granting.tokens()
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await tokens.token() } }
            while granting.state.withLock({ $0.waiting.isEmpty }) { await Task.yield() }
            granting.release()
            for try await token in group { #expect(token == "token-1") }
        }
        #expect(granting.grants == 1)
    }

    @Test func fiveMinutesBeforeTheEndTheOldOneServesWhileTheNewIsMade() async throws {
        let granting = Granting()
        let tokens = granting.tokens()
        #expect(try await tokens.token() == "token-1")
        granting.at(1000 + 3299)
        #expect(try await tokens.token() == "token-1")
        #expect(granting.grants == 1)
        granting.state.withLock { ($0.now, $0.holds) = (1000 + 3300, true) }
        for _ in 0..<3 { #expect(try await tokens.token() == "token-1") }
        granting.release()
        await granting.settle(2)
        while try await tokens.token() != "token-2" { await Task.yield() }
        #expect(granting.grants == 2)
    }

    @Test func aRenewalThatFailsIsTriedAgainLaterAndTheOldTokenServesToItsEnd() async throws {
        let granting = Granting()
        let tokens = granting.tokens()
        _ = try await tokens.token()
        granting.state.withLock { ($0.now, $0.fails) = (4400, true) }
        #expect(try await tokens.token() == "token-1")
        await granting.settle(2)
        for _ in 0..<100 {
            #expect(try await tokens.token() == "token-1")
            await Task.yield()
        }
        #expect(granting.grants == 2)
        granting.at(4411)
        #expect(try await tokens.token() == "token-1")
        await granting.settle(3)
        // Ten seconds before its end it is of no use any more, and whoever asks hears why.
        granting.at(4592)
        await #expect(throws: ProviderFailure.self) { try await tokens.token() }
        granting.state.withLock { $0.fails = false }
        #expect(try await tokens.token().hasPrefix("token-"))
    }

    @Test func aRefusedTokenIsReplaced() async throws {
        let granting = Granting()
        let tokens = granting.tokens()
        #expect(try await tokens.token() == "token-1")
        tokens.reject("another")
        #expect(try await tokens.token() == "token-1")
        tokens.reject("token-1")
        #expect(try await tokens.token() == "token-2")
        tokens.reject("token-1")
        #expect(try await tokens.token() == "token-2")
    }
}

@Suite struct StatusTests {
    @Test func kinds() {
        let kinds: [Int: ProviderFailure.Kind] = [
            1: .broken, 2: .broken, 3: .refused, 4: .timeout, 5: .refused, 7: .auth, 8: .rateLimited, 9: .refused, 10: .broken, 11: .broken,
            12: .refused, 13: .broken, 14: .broken, 15: .broken, 16: .auth, 99: .broken,
        ]
        for (code, kind) in kinds { #expect(GoogleStatus(code: code, message: "").failure(of: "x").kind == kind) }
        #expect(
            GoogleStatus(code: 3, message: "bad\nmodel").failure(of: "Google speech").message.hasPrefix(
                #"Google speech: INVALID_ARGUMENT "bad model""#))
    }

    @Test func nothingLongOfTheServersIsRepeated() {
        let token = "eyJ" + String(repeating: "x", count: 700)
        #expect(VendorText.cleaned("Bearer \(token) is bad") == "Bearer … is bad")
        #expect(VendorText.cleaned(String(repeating: "word ", count: 400)).count == 160)
        #expect(VendorText.cleaned("a\u{1B}[31mb\0c") == "a[31mbc")
    }
}
