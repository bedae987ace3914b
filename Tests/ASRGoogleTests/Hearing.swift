import ASRGoogle
import ASRGoogleWire
import ASRWorker
import Audio
import GoogleCloud
import GoogleFakeKit
import GoogleGRPC
import HTTPFetch
import Logging
import ProviderKit
import ServiceKit
import Synchronization

/// What a connection has reported so far.
final class Reports: Sendable {
    private let events = Mutex<[ConnectionEvent]>([])
    private let (marks, marker) = AsyncStream.makeStream(of: Void.self)

    @Sendable func report(_ event: ConnectionEvent) {
        events.withLock { $0.append(event) }
        marker.yield()
    }

    var all: [ConnectionEvent] { events.withLock { $0 } }
    var finals: [HeardText] { all.compactMap { if case .final(let text) = $0 { text } else { nil } } }
    var interims: [HeardText] { all.compactMap { if case .interim(let text) = $0 { text } else { nil } } }
    var end: ConnectionEnd? { all.lazy.compactMap { if case .ended(let end) = $0 { end } else { nil } }.first }
    var failure: ProviderFailure? { if case .failed(let failure) = end { failure } else { nil } }

    /// - Throws: when it does not come true in time.
    func wait(_ what: String, within limit: Duration = .seconds(20), until condition: @escaping @Sendable (Reports) -> Bool) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [self] in
                if condition(self) { return }
                for await _ in marks where condition(self) { return }
            }
            group.addTask { [self] in
                try await Task.sleep(for: limit)
                throw GoogleFake.Failure(description: "no \(what) within \(limit); there was \(all)")
            }
            try await group.next()
            group.cancelAll()
        }
    }

    func waitForEnd(within limit: Duration = .seconds(20)) async throws -> ConnectionEnd? {
        try await wait("end", within: limit) { $0.end != nil }
        return end
    }
}

/// A fake of Google and a recogniser of ours that asks it.
struct Hearing: Sendable {
    let fake: GoogleFake
    let recogniser: GoogleRecognizer
    let channels: GoogleChannels
    let tokens: GoogleTokens

    /// - Parameters:
    ///   - script: what streams meet; see google_speech.py.
    ///   - address: of the server; nil: the fake's own port.
    init(
        _ version: GoogleRecognition.Version, _ script: String = "{}", fake: GoogleFake? = nil, arguments: [String] = [],
        address: ((GoogleFake) -> String)? = nil, settings: [String: String] = [:], limits: GoogleChannels.Limits = .init()
    ) async throws {
        if let fake { self.fake = fake } else { self.fake = try await GoogleFake(arguments) }
        try await self.fake.speech(#"{"script": \#(script)}"#)
        var variables = [
            "GOOGLE_APPLICATION_CREDENTIALS": self.fake.credentials, "GOOGLE_TOKEN_URL": self.fake.tokenURL,
            "GOOGLE_STT_BASE_URL": address?(self.fake) ?? "http://127.0.0.1:\(self.fake.grpc)",
        ]
        variables.merge(settings) { $1 }
        let reader = SettingsReader(variables)
        let account = GoogleAccountSettings(reader)
        let recognition = GoogleRecognitionSettings(reader, account: account)
        try reader.finish()
        guard let key = account.account else { throw GoogleFake.Failure(description: "no account") }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        tokens = account.tokens(key, fetch: try await HTTPFetch(name: "google-tokens"), logger: logger)
        channels = GoogleChannels(service: "Google speech", endpoint: recognition.endpoint(version), limits: limits, logger: logger)
        recogniser = GoogleRecognizer(recognition.speech(version), channels: channels, tokens: tokens)
    }

    func connect(_ hints: RecognitionHints = RecognitionHints()) -> (any RecognizerConnection, Reports) {
        let reports = Reports()
        return (recogniser.connect(hints, report: reports.report), reports)
    }
}

/// Line audio that says numbers, each followed by silence.
func spoken(_ numbers: [UInt16], silence: Int = 400) -> [UInt8] {
    numbers.flatMap { MuLaw.encode(ToneCode.encode($0)) + [UInt8](repeating: MuLaw.silence, count: silence * 8) }
}

extension Array where Element == UInt8 {
    /// In pieces of that many milliseconds.
    func pieces(_ milliseconds: Int = 40) -> [[UInt8]] {
        stride(from: 0, to: count, by: milliseconds * 8).map { Array(self[$0..<Swift.min($0 + milliseconds * 8, count)]) }
    }
}
