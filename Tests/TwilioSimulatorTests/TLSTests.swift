import Foundation
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import TwilioSimulatorKit

/// The same wire behind TLS, with a certificate of a private authority.
@Suite(.serialized) struct TLSTests {
    static let hasOpenSSL = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .contains { FileManager.default.isExecutableFile(atPath: "\($0)/openssl") }

    @Test(.enabled(if: hasOpenSSL, "openssl is not installed")) func onlyTheNamedAuthorityIsBelieved() async throws {
        await Lines.shared.take()
        defer { Task { await Lines.shared.give() } }
        let folder = FileManager.default.temporaryDirectory.appending(path: "tls-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = try await TestCertificates.make(in: folder, host: "voice.example.test")
        var behaviour = FakeApplication.Behaviour()
        behaviour.echo = true
        let application = try await FakeApplication.start(behaviour)
        let proxy = try await TLSProxy.start(
            certificate: files.certificate, key: files.key, target: .init(host: "127.0.0.1", port: application.port))
        let base = try #require(WebAddress("https://voice.example.test/"))
        func route(_ trust: TLSTrust) throws -> Route {
            try Route(publicBase: base, connect: .init(host: "127.0.0.1", port: proxy.port), loopback: false, trust: trust)
        }
        let account = SimulatedAccount(accountSid: "AC1", authToken: FakeApplication.authToken)

        // A whole scenario.
        let trusted = try route(.authority(file: files.authority))
        let runner = ScenarioRun(account: account, route: trusted, to: "+97235550100", voice: EndToEndTests.ToneVoice())
        let report = try await runner.run(
            Scenario.parse(
                "name: tls\nseconds: 30\nsettle_seconds: 0\ncaller: [{wait: listening}, {rounds: 2}]\nexpect: {rounds: 2, documents: [play greeting, stream]}",
                file: "tls.yaml"))
        #expect(report.passed, "\(report.text)")
        #expect(application.requests.withLockedValue { $0.allSatisfy(\.signatureIsRight) })

        // Without the authority: refused, as Twilio refuses a certificate that nobody vouches for.
        let count = application.targets.count
        let stranger = try route(.system())
        let plan = account.plan(
            from: "+972501234567", to: "+97235550100", route: stranger, script: EndToEndTests.script, voice: EndToEndTests.ToneVoice())
        let refused = try await account.call(plan).report
        #expect(refused.errors.first?.code == 11205)
        let media = try #require(WebAddress("wss://voice.example.test/ws/twilio-media"))
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let signer = TwilioSigner(authToken: FakeApplication.authToken)
        var code: Int?
        do throws(TwilioNotice) {
            _ = try await MediaSocket.open(media, route: stranger, signer: signer, eventLoop: loop) { _ in }
        } catch { code = error.code }
        #expect(code == 31910)
        #expect(application.targets.count == count)

        // A name that the certificate does not carry.
        let other = try #require(WebAddress("https://other.example.test/"))
        let misnamed = try Route(
            publicBase: other, connect: .init(host: "127.0.0.1", port: proxy.port), loopback: false, trust: .authority(file: files.authority))
        let wrong = try await account.call(
            account.plan(from: "+972501234567", to: "+97235550100", route: misnamed, script: EndToEndTests.script, voice: EndToEndTests.ToneVoice())
        ).report
        #expect(wrong.errors.first?.code == 11205)
        await proxy.stop()
        await application.stop()
    }

    @Test func anAuthorityThatCannotBeReadIsNamed() {
        #expect(throws: SimulatorFailure.self) { try TLSTrust.authority(file: "/nowhere/ca.pem") }
    }
}
