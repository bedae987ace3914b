import ASRStage
import ASRWorker
import Business
import DialogWorker
import Glibc
import GoogleFakeKit
import Logging
import ProviderFakes
import ProviderKit
import ServiceKit
import ServiceLifecycle
import TTSWorker
import Testing

/// One whole call, heard by one provider after the other: each is lost in the middle of an utterance, and the next hears that utterance from its
/// beginning. Every provider is the real client against a server on its vendor's own types.
@Suite(.serialized) struct HearingFailoverTests {
    enum Loss: String, CaseIterable, CustomTestStringConvertible {
        /// Its process is killed: connections break, and there are no new ones.
        case killed
        /// Its process is stopped: connections stand, and nothing comes through them.
        case silent
        var testDescription: String { rawValue }
        var signal: Int32 { self == .killed ? SIGKILL : SIGSTOP }
    }

    @Test(arguments: Loss.allCases, ["google", "google-v1"]) func eachIsLostInMidCall(_ loss: Loss, _ first: String) async throws {
        let ears = try await Ears(first)
        defer { ears.stop() }
        let log = LogBook()
        let stage = try await ears.stage(log.logger)
        try await stage.recogniser.warm()
        let timekeeper = Task { try await stage.services[0].run() }
        defer { timekeeper.cancel() }
        var setup = TestFleet.Setup()
        setup.recogniser = stage.recogniser
        try await TestFleet.run(.memory, setup) { fleet in
            let call = try await fleet.call()
            var said: [UInt16] = []
            var waits: [Duration] = []
            for (index, name) in ears.order.enumerated() {
                let number = UInt16(100 + 10 * index)
                try await call.say(number)
                try await call.hears(sentences: 2)
                said.append(number)
                guard index < ears.order.count - 1 else { break }
                // In the middle of the number.
                try await call.say(number + 1, until: 400) { ears.lose(name, loss.signal) }
                let spoken = ContinuousClock.now
                try await call.hears(sentences: 2)
                waits.append(.now - spoken)
                said.append(number + 1)
            }
            print("PERF \(loss): answered after \(waits.map { "\($0.components.seconds * 1000 + $0.components.attoseconds / 1_000_000_000_000_000) ms" })")
            try await fleet.expectWhole(call, said: said)
        }
        for name in ears.order.dropLast() { #expect(log.count("PROVIDER_SWITCH", ["from": name]) >= 1, "\(name): \(log.story)") }
        #expect(log.count("PROVIDER_SWITCH", ["from": "compatible"]) == 0)
    }
}

/// All recognisers of the product, each with a server of its own that can be lost.
private final class Ears: Sendable {
    let order: [String]
    private let servers: [String: FakeServer]
    private let google: GoogleFake
    private let settings: [String: String]

    /// - Parameter google: which of its versions comes first; both are one account's, and are lost together.
    init(_ version: String) async throws {
        order = [version, "deepgram", "soniox", "elevenlabs", "openai", "compatible"]
        var servers: [String: FakeServer] = [:]
        var settings = ["ASR_PROVIDERS": order.joined(separator: ",")]
        let rows = [
            ("deepgram", "deepgram.py", "DEEPGRAM", "ws://", ""), ("soniox", "soniox.py", "SONIOX", "http://", "/transcribe-websocket"),
            ("elevenlabs", "elevenlabs_stt.py", "ELEVENLABS", "http://", ""), ("openai", "openai_stt.py", "OPENAI", "http://", "/v1/"),
            ("compatible", "openai_stt.py", "ASR_COMPATIBLE", "http://", "/v1/"),
        ]
        for (name, file, prefix, scheme, path) in rows {
            let server = try await FakeServer.start(file)
            servers[name] = server
            settings["\(prefix)_API_KEY"] = try await server.key(["partials_from_ms": 300])
            settings["\(prefix)_BASE_URL"] = "\(scheme)127.0.0.1:\(server.port)\(path)"
        }
        self.servers = servers
        google = try await GoogleFake()
        settings["GOOGLE_APPLICATION_CREDENTIALS"] = google.credentials
        settings["GOOGLE_TOKEN_URL"] = google.tokenURL
        settings["GOOGLE_STT_BASE_URL"] = "http://127.0.0.1:\(google.grpc)"
        self.settings = settings
    }

    func stage(_ logger: Logger) async throws -> ASRStage {
        let businesses = try BusinessDirectory.load(path: Repository.path("deploy/businesses"))
        return try await ASRStage.make(SettingsReader(settings), businesses: businesses, logger: logger)
    }

    func lose(_ name: String, _ signal: Int32) {
        let id = servers[name]?.processID ?? google.processID
        kill(id, signal)
    }

    func stop() { for name in order { lose(name, SIGKILL) } }
}
