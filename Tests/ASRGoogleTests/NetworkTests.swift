import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import Foundation
import GoogleFakeKit
import GoogleGRPC
import ProviderKit
import TestSupport
import Testing

private let silence = [UInt8](repeating: MuLaw.silence, count: 320)

/// What happens to connections.
@Suite(.serialized) struct NetworkTests {
    private func throughRelay(_ version: GoogleRecognition.Version = .v2, _ limits: GoogleChannels.Limits = .init(), arguments: [String] = [])
        async throws -> Hearing
    {
        try await Hearing(version, arguments: arguments, address: { "http://127.0.0.1:\($0.relay)" }, limits: limits)
    }

    @Test func aConnectionThatBreaksEndsItsStreamsAndIsMadeAnew() async throws {
        let hearing = try await throughRelay()
        let (connection, reports) = hearing.connect()
        connection.send(spoken([1]))
        try await reports.wait("final") { $0.finals.map(\.text) == ["1"] }
        try await hearing.fake.relay("reset")
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .broken)

        let (next, later) = hearing.connect()
        next.send(spoken([2]))
        next.close()
        #expect(try await later.waitForEnd() == .closed)
        #expect(later.finals.map(\.text) == ["2"])
    }

    @Test func nobodyListens() async throws {
        let hearing = try await Hearing(.v2, address: { _ in "http://127.0.0.1:1" })
        let began = ContinuousClock.now
        let (connection, reports) = hearing.connect()
        connection.send(silence)
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .unreachable)
        #expect(began.duration(to: .now) < .seconds(2))
        await #expect(throws: ProviderFailure.self) { try await hearing.recogniser.warm() }
    }

    /// Dead TCP: accepted, then nothing. Another connection is tried at once, and again, so that somebody is there when the server is.
    @Test func aServerThatAcceptsAndSaysNothing() async throws {
        var limits = GoogleChannels.Limits()
        limits.connectTimeout = .milliseconds(300)
        let hearing = try await throughRelay(.v2, limits)
        try await hearing.fake.relay("silent")
        let (first, reports) = hearing.connect()
        first.send(silence)
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .timeout)
        let accepted = try await hearing.fake.state().accepted
        let end = ContinuousClock.now + .seconds(10)
        while try await hearing.fake.state().accepted < accepted + 2, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await hearing.fake.state().accepted >= accepted + 2)

        try await hearing.fake.relay("pass")
        var heard: Reports?
        while heard?.end != .closed, ContinuousClock.now < end {
            let (connection, reports) = hearing.connect()
            connection.send(spoken([4]))
            connection.close()
            _ = try await reports.waitForEnd()
            heard = reports
        }
        #expect(heard?.finals.map(\.text) == ["4"])
        #expect(hearing.channels.connections == 1)
    }

    /// The network is gone in mid-stream: audio gathers, is bounded, and then the connection says so.
    @Test func audioThatNobodyTakesIsBounded() async throws {
        let hearing = try await throughRelay()
        let (connection, reports) = hearing.connect()
        connection.send(spoken([1]))
        try await reports.wait("final") { !$0.finals.isEmpty }
        try await hearing.fake.relay("freeze")
        let second = [UInt8](repeating: MuLaw.silence, count: 8000)
        // The sockets' own buffers take some megabytes before ours fill.
        for _ in 0..<3000 where reports.end == nil {
            connection.send(second)
            try await Task.sleep(for: .microseconds(200))
        }
        _ = try await reports.waitForEnd()
        #expect(reports.failure?.kind == .timeout)
        try await hearing.fake.relay("reset")
    }

    /// A stream that was given up on, on a connection that has said nothing since it began: the next goes on another connection.
    @Test func aConnectionThatMayBeDeadGetsNoMoreStreams() async throws {
        let hearing = try await throughRelay()
        try await hearing.recogniser.warm()
        try await hearing.fake.relay("freeze")
        let (connection, _) = hearing.connect()
        connection.send(silence)
        try await Task.sleep(for: .milliseconds(2200))
        connection.cancel()
        let end = ContinuousClock.now + .seconds(5)
        while try await hearing.fake.state().accepted < 2, ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await hearing.fake.state().accepted == 2)
        try await hearing.fake.relay("reset")
    }

    @Test func warmOpensTheConnectionThatTheFirstStreamUses() async throws {
        let hearing = try await throughRelay()
        try await hearing.recogniser.warm()
        #expect(try await hearing.fake.state().accepted == 1)
        #expect(try await hearing.fake.calls().isEmpty)
        let (connection, reports) = hearing.connect()
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(try await hearing.fake.state().accepted == 1)
    }

    /// Servers say goodbye to old connections. Streams on them go on; new ones go elsewhere.
    @Test func aServersGoodbyeBreaksNoStream() async throws {
        let hearing = try await throughRelay(arguments: ["--age", "300"])
        let (connection, reports) = hearing.connect()
        let numbers = (1...20).map { UInt16($0) }
        for piece in spoken(numbers).pieces() {
            connection.send(piece)
            try await Task.sleep(for: .milliseconds(5))
        }
        let (second, later) = hearing.connect()
        second.send(spoken([77]))
        second.close()
        #expect(try await later.waitForEnd() == .closed)
        #expect(later.finals.map(\.text) == ["77"])
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.finals.map(\.text) == numbers.map(String.init))
        #expect(try await hearing.fake.state().accepted >= 2)
    }

    /// With a full connection the next stream opens another; at the very end it is told.
    @Test func connectionsAreAddedWhenTheyFill() async throws {
        var limits = GoogleChannels.Limits()
        (limits.streamsPerConnection, limits.connections) = (2, 2)
        let hearing = try await throughRelay(.v2, limits)
        let open = (0..<4).map { _ in hearing.connect() }
        for (connection, reports) in open {
            connection.send(silence)
            try await reports.wait("ready") { $0.all == [.ready] }
        }
        #expect(hearing.channels.connections == 2)
        let (_, fifth) = hearing.connect()
        _ = try await fifth.waitForEnd()
        #expect(fifth.failure?.kind == .rateLimited)
        for (connection, reports) in open {
            connection.close()
            #expect(try await reports.waitForEnd() == .closed)
        }
        #expect(hearing.channels.streams == 0)
    }

    /// Why our own limit lies below the server's: the library opens a stream beyond it without a word, and it waits for another to end.
    @Test func aStreamBeyondTheServersLimitWaits() async throws {
        let hearing = try await throughRelay(arguments: ["--streams", "2"])
        try await hearing.recogniser.warm()
        let open = (0..<2).map { _ in hearing.connect() }
        for (connection, reports) in open {
            connection.send(silence)
            try await reports.wait("ready") { $0.all == [.ready] }
        }
        let (third, later) = hearing.connect()
        third.send(spoken([3]))
        try await Task.sleep(for: .milliseconds(300))
        #expect(later.all.isEmpty)
        #expect(try await hearing.fake.calls().count == 2)
        open[0].0.close()
        third.close()
        #expect(try await later.waitForEnd() == .closed)
        #expect(later.finals.map(\.text) == ["3"])

        var limits = GoogleChannels.Limits()
        limits.streamsPerConnection = 2
        let careful = try await Hearing(.v2, fake: hearing.fake, address: { "http://127.0.0.1:\($0.relay)" }, limits: limits)
        let three = (0..<3).map { _ in careful.connect() }
        for (_, reports) in three { try await reports.wait("ready") { $0.all == [.ready] } }
    }

    @Test func tlsIsVerified() async throws {
        let folder = try TemporaryDirectory()
        try makeCertificate(in: folder.path)
        try makeCertificate(in: folder.path, name: "other")
        let fake = try await GoogleFake(["--tls", folder.path])
        let address = { (fake: GoogleFake) in "https://localhost:\(fake.grpc)" }
        let good = try await Hearing(.v2, fake: fake, address: address, settings: ["GOOGLE_CA_FILE": folder.path + "/server.pem"])
        let (connection, reports) = good.connect()
        connection.send(spoken([6]))
        connection.close()
        #expect(try await reports.waitForEnd() == .closed)
        #expect(reports.finals.map(\.text) == ["6"])
        for settings in [["GOOGLE_CA_FILE": folder.path + "/other.pem"], [:]] {
            let bad = try await Hearing(.v2, fake: fake, address: address, settings: settings)
            let (_, refused) = bad.connect()
            _ = try await refused.waitForEnd()
            #expect(refused.failure?.kind == .tls)
        }
    }

    private func makeCertificate(in folder: String, name: String = "server") throws {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/openssl")
        process.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost", "-keyout", "\(folder)/\(name).key", "-out", "\(folder)/\(name).pem",
        ]
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }
}
