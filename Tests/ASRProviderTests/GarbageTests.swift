import ProviderKit
import ServiceKit
import Testing
import WebSocketClient

@testable import ASRWorker

/// Numbers that are the same on every run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// Whatever a vendor sends, it becomes events, nothing, or a failure: never a trap.
@Suite struct GarbageTests {
    private static let words = [
        #"{"type":"Results","channel_index":[0,1],"start":0.5,"duration":1e3,"is_final":true,"from_finalize":true,"channel":"#
            + #"{"alternatives":[{"transcript":"שלום","confidence":0.9,"words":[{"word":"שלום","start":0,"end":1,"confidence":1}]}]}}"#,
        #"{"type":"Error","variant":"SchemaError","description":"x","code":"y"}"#,
        #"{"tokens":[{"text":"של","start_ms":0,"end_ms":120,"confidence":0.9,"is_final":true},{"text":"<fin>","is_final":true}],"finished":true}"#,
        #"{"error_code":503,"error_message":"Cannot continue"}"#,
        #"{"message_type":"committed_transcript_with_timestamps","text":"שלום","#
            + #""words":[{"text":"שלום","start":0,"end":9.9,"type":"word","logprob":-0.1}]}"#,
        #"{"message_type":"partial_transcript","text":"של"}"#,
    ]

    private func talk(_ dialect: inout some SocketDialect, _ text: String, _ now: Int64, _ random: inout SplitMix) {
        _ = dialect.send([UInt8](repeating: 1, count: Int.random(in: 0...900, using: &random)), at: now)
        switch Int.random(in: 0..<12, using: &random) {
        case 0: _ = dialect.finalize(at: now)
        case 1: _ = dialect.keepAlive(at: now)
        case 2: if now > 50_000 { _ = dialect.close(at: now) }
        case 3: if let time = dialect.wakeTime, time <= now { _ = dialect.wake(at: now) }
        default: break
        }
        _ = try? dialect.receive(text, at: now)
    }

    @Test func mutatedMessages() throws {
        var random = SplitMix(state: 5)
        let client = try WebSocketClient()
        let reader = SettingsReader(["DEEPGRAM_API_KEY": "k", "SONIOX_API_KEY": "k", "ELEVENLABS_API_KEY": "k", "ELEVENLABS_STT_TIMESTAMPS": "on"])
        var deepgram = DeepgramProvider(DeepgramSettings(reader), client: client).dialect(.init())
        var soniox = SonioxProvider(SonioxSettings(reader), client: client).dialect(.init())
        var elevenLabs = ElevenLabsTranscription(ElevenLabsTranscriptionSettings(reader), client: client).dialect(.init())
        let parts = ["1e308", "-1e308", "-5", "9223372036854775807", "null", "\"\"", "[]", "{}", "true", "0.0000001", "\\ud800", "\u{5D0}\u{0301}"]
        for step in 0..<6_000 {
            var text = Array(Self.words.randomElement(using: &random)!.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<text.count, using: &random)
                if Bool.random(using: &random) {
                    text[place] = UInt8.random(in: 32...126, using: &random)
                } else if let digit = text[place...].firstIndex(where: { $0 >= 48 && $0 <= 57 }) {
                    text.replaceSubrange(digit...digit, with: Array(parts.randomElement(using: &random)!.utf8))
                }
            }
            let message = String(decoding: text, as: UTF8.self)
            talk(&deepgram, message, Int64(step * 20), &random)
            talk(&soniox, message, Int64(step * 20), &random)
            talk(&elevenLabs, message, Int64(step * 20), &random)
        }
    }

    @Test func timesBeyondAllMeasure() throws {
        #expect(wholeMilliseconds(1e300) == 1_000_000_000_000 && wholeMilliseconds(-1e300) == 0 && wholeMilliseconds(.nan) == 0)
        #expect(wholeMilliseconds(1_499.6) == 1_500)
    }
}
