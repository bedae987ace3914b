import Audio
import GoogleCloud
import GoogleFakeKit
import GoogleGRPC
import HTTPFetch
import Logging
import ProviderKit
import ServiceKit
import Testing

@testable import TTSGoogle

@Suite(.serialized) struct SpeechTests {
    private static let voice = "he-IL-Chirp3-HD-Kore"

    private struct Speaking {
        let fake: GoogleFake
        let speech: GoogleSpeech
    }

    private func speaking(_ script: String = "{}", address: ((GoogleFake) -> String)? = nil) async throws -> Speaking {
        let fake = try await GoogleFake()
        try await fake.synthesis(#"{"script": \#(script)}"#)
        let reader = SettingsReader([
            "GOOGLE_APPLICATION_CREDENTIALS": fake.credentials, "GOOGLE_TTS_STREAM_BASE_URL": address?(fake) ?? "http://127.0.0.1:\(fake.grpc)",
        ])
        let account = GoogleAccountSettings(reader, needsProject: false)
        let settings = GoogleSpeechSettings(reader, account: account)
        try reader.finish()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let tokens = account.tokens(try #require(account.account), fetch: try await HTTPFetch(name: "google-tokens"), logger: logger)
        return Speaking(fake: fake, speech: GoogleSpeech(channels: settings.channels(logger: logger), tokens: tokens))
    }

    private func collect(_ stream: AsyncThrowingStream<[UInt8], any Error>) async throws -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        for try await piece in stream { pieces.append(piece) }
        return pieces
    }

    private func failure(_ stream: AsyncThrowingStream<[UInt8], any Error>) async -> ProviderFailure? {
        do {
            for try await _ in stream {}
            return nil
        } catch {
            return error as? ProviderFailure
        }
    }

    @Test(arguments: ["{}", #"{"header": true}"#, #"{"header": true, "chunk": 7}"#]) func aSentenceBecomesLineAudio(_ script: String) async throws {
        let speaking = try await speaking(script)
        let pieces = try await collect(speaking.speech.stream(text: "17 4660", voice: Self.voice, rate: 1.2))
        let audio = pieces.flatMap { $0 }
        #expect(ToneCode.decode(muLaw: audio).map(\.number) == [17, 4660])
        // Two numbers of 3,600 bytes with 800 of silence each, and a space of 480.
        #expect(audio.count == 2 * 4400 + 480)
        let call = try await speaking.fake.call(0) { $0.ended != nil }
        #expect(call.ended == "OK" && call.half_closed && call.texts == 1 && call.voice == Self.voice && abs((call.rate ?? 0) - 1.2) < 1e-9)
    }

    @Test func audioComesWhileItIsMade() async throws {
        let speaking = try await speaking(#"{"chunk": 800, "drip": 0.03}"#)
        let clock = ContinuousClock()
        let began = clock.now
        var first: Duration?
        var count = 0
        for try await _ in speaking.speech.stream(text: "שלום וברכה", voice: Self.voice) {
            first = first ?? began.duration(to: clock.now)
            count += 1
        }
        #expect(count == 6)
        #expect(try #require(first) < began.duration(to: clock.now) / 2)
    }

    @Test func whoStopsListeningEndsIt() async throws {
        let speaking = try await speaking(#"{"drip": 0.05}"#)
        for try await _ in speaking.speech.stream(text: String(repeating: "א", count: 200), voice: Self.voice) { break }
        #expect(try await speaking.fake.call(0) { $0.ended != nil }.ended == "cancelled")

        let reader = Task { try await collect(speaking.speech.stream(text: String(repeating: "א", count: 200), voice: Self.voice)) }
        _ = try await speaking.fake.call(1) { $0.voice != nil }
        reader.cancel()
        #expect(try await speaking.fake.call(1) { $0.ended != nil }.ended == "cancelled")
    }

    @Test(arguments: [
        (#"{"fail": {"at": "open", "code": "RESOURCE_EXHAUSTED", "message": "Quota"}}"#, ProviderFailure.Kind.rateLimited),
        (#"{"fail": {"at": 3200, "code": "INTERNAL", "message": "x"}}"#, .broken), (#"{"silent": true}"#, .empty),
        (#"{"garbage": 1600}"#, .garbage), (#"{"header": true, "format": [1, 1, 24000, 16]}"#, .garbage),
    ])
    func whatGoesWrongIsTold(_ script: String, _ kind: ProviderFailure.Kind) async throws {
        let speaking = try await speaking(script)
        #expect(await failure(speaking.speech.stream(text: "שלום וברכה", voice: Self.voice))?.kind == kind)
    }

    @Test func whatGoogleRefuses() async throws {
        let speaking = try await speaking()
        #expect(await failure(speaking.speech.stream(text: "שלום", voice: "he-IL-Wavenet-A"))?.kind == .refused)
        #expect(await failure(speaking.speech.stream(text: "שלום", voice: Self.voice, language: "en-US"))?.kind == .refused)
        #expect(await failure(speaking.speech.stream(text: "", voice: Self.voice))?.kind == .refused)
        let calls = try await speaking.fake.calls().count
        #expect(await failure(speaking.speech.stream(text: String(repeating: "א", count: 2501), voice: Self.voice))?.kind == .refused)
        #expect(try await speaking.fake.calls().count == calls)
    }

    @Test func aRefusedTokenIsReplaced() async throws {
        let speaking = try await speaking()
        try await speaking.speech.warm()
        _ = try await collect(speaking.speech.stream(text: "1", voice: Self.voice))
        try await speaking.fake.accounts(#"{"refuse": true}"#)
        #expect(await failure(speaking.speech.stream(text: "1", voice: Self.voice))?.kind == .auth)
        try await Task.sleep(for: .milliseconds(1100))
        #expect(try await collect(speaking.speech.stream(text: "1", voice: Self.voice)).isEmpty == false)
    }

    @Test func nobodyListens() async throws {
        let speaking = try await speaking(address: { _ in "http://127.0.0.1:1" })
        #expect(await failure(speaking.speech.stream(text: "1", voice: Self.voice))?.kind == .unreachable)
        await #expect(throws: ProviderFailure.self) { try await speaking.speech.warm() }
    }

    /// Field numbers by the contract: config 1 {voice 1 {language 1, name 2}, audio 4 {encoding 1, rate 2, speaking rate 3}}, input 2 {text 1}.
    @Test func theBytes() throws {
        let messages = try GoogleSpeech.messages(text: "hi", voice: "v", language: "l", rate: 5)
        #expect(
            messages[0] == [
                0x0A, 24, 0x0A, 6, 0x0A, 1, 0x6C, 0x12, 1, 0x76, 0x22, 14, 0x08, 5, 0x10, 0xC0, 0x3E, 0x19, 0, 0, 0, 0, 0, 0, 0, 0x40,
            ])
        #expect(messages[1] == [0x12, 4, 0x0A, 2, 0x68, 0x69])
        #expect(try GoogleSpeech.messages(text: "hi", voice: "v", language: "l", rate: nil)[0].count == 17)
    }
}
