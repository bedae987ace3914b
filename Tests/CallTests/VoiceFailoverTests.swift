import Audio
import CallEngine
import CallVocabulary
import Logging
import ProviderKit
import Synchronization
import TTSWorker
import Testing

/// A provider's voice that behaves badly on command, sentence by sentence; the last mood stays.
private final class MoodyVoice: Voice {
    enum Mood: Sendable {
        case well
        /// Fails before any sound.
        case refuses
        /// Says nothing, and does not fail.
        case hangs
        /// Breaks when so many chunks of 100 ms were spoken.
        case breaks(Int)
    }

    let name: String
    let waitsForOthers = true
    private let moods: Mutex<[Mood]>
    private let asked = Mutex<[String]>([])

    init(_ name: String, _ moods: [Mood]) {
        self.name = name
        self.moods = Mutex(moods)
    }

    var texts: [String] { asked.withLock { $0 } }
    func warm() async throws {}

    func speak(_ request: VoiceRequest) -> VoiceAudio {
        VoiceAudio { [self] sink in
            asked.withLock { $0.append(request.text) }
            let mood = moods.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            switch mood {
            case .refuses: throw ProviderFailure(.broken, "it refuses")
            case .hangs: try await Task.sleep(for: .seconds(3_600))
            case .well, .breaks: break
            }
            var chunks = 0
            for try await chunk in ChunkedVoice().speak(request) {
                if case .breaks(let limit) = mood, chunks == limit { throw ProviderFailure(.broken, "it breaks") }
                try await sink.send(chunk)
                chunks += 1
            }
        }
    }
}

/// Providers of voices fail in a call, in every way: each sentence is heard whole, once, and in its order.
@Suite(.serialized) struct VoiceFailoverTests {
    @Test(arguments: TestBus.Kind.allCases) func aProviderFailsInMidCall(_ kind: TestBus.Kind) async throws {
        let first = MoodyVoice("first", [.well, .refuses, .hangs, .well, .breaks(3), .well, .refuses, .hangs, .breaks(2), .refuses])
        let second = MoodyVoice("second", [.well])
        var settings = FailoverSettings()
        settings.attempt = .milliseconds(300)
        let log = LogBook()
        let chain = ProviderChain(stage: "tts", names: ["first", "second"], logger: log.logger)
        let voice = FailoverVoice([first, second], chain: chain, settings: settings, logger: log.logger)
        try await TestFleet.run(kind, .with(voice: voice)) { fleet in
            let call = try await fleet.call()
            let said: [UInt16] = [1, 2, 3, 4, 5, 6]
            for number in said {
                try await call.say(number)
                try await call.hears(sentences: 2)
            }
            try await fleet.expectWhole(call, said: said)
            #expect(call.numbers == said.enumerated().flatMap { [$1, UInt16(32_769 + $0)] })
        }
        // Three failures in a row were the last that the first provider was asked.
        #expect(first.texts.count < 12 && second.texts.count >= 6)
        #expect(log.count("PROVIDER_SWITCH") >= 6)
        #expect(log.count("PROVIDER_RESTS") >= 1)
    }

    /// Nobody is left: the caller hears the canned line, and the call goes on with whoever is well again.
    @Test(arguments: TestBus.Kind.allCases) func bothProvidersFail(_ kind: TestBus.Kind) async throws {
        let first = MoodyVoice("first", [.well, .well, .refuses, .well])
        let second = MoodyVoice("second", [.refuses])
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let chain = ProviderChain(stage: "tts", names: ["first", "second"], logger: logger)
        let voice = FailoverVoice([first, second], chain: chain, settings: FailoverSettings(), logger: logger)
        try await TestFleet.run(kind, .with(voice: voice)) { fleet in
            let sorry: UInt16 = 60_000
            let call = try await fleet.call { opening in
                opening.clips[.sorry] = CallOpening.CannedLine(text: "סליחה, אפשר לחזור על זה?", audio: MuLaw.encode(ToneCode.encode(sorry)))
            }
            try await call.say(1)
            try await call.hears(sentences: 2)
            try await call.say(2)
            try await until("the canned line is heard") { call.numbers == [1, 32_769, sorry] }
            try await call.say(3)
            try await until("the call goes on") { call.numbers.contains(32_771) }
            #expect(call.numbers == [1, 32_769, sorry, 3, 32_771])
        }
    }
}
