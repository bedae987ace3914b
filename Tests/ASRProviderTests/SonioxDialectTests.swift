import ProviderKit
import ServiceKit
import Testing
import WebSocketClient

@testable import ASRWorker

@Suite struct SonioxDialectTests {
    private func dialect(_ phrases: [String] = []) throws -> SonioxDialect {
        try SonioxProvider(SonioxSettings(SettingsReader(["SONIOX_API_KEY": "sk-1"])), client: WebSocketClient())
            .dialect(RecognitionHints(phrases: phrases))
    }

    private func tokens(_ tokens: (String, Bool)..., more: String = "") -> String {
        let list = tokens.enumerated().map { index, token in
            #"{"text":"\#(token.0)","is_final":\#(token.1),"start_ms":\#(index * 100),"end_ms":\#(index * 100 + 100),"confidence":0.5}"#
        }
        return #"{"tokens":[\#(list.joined(separator: ","))],"final_audio_proc_ms":0,"total_audio_proc_ms":0\#(more)}"#
    }

    @Test func theStartMessageHasNoKey() throws {
        var plain = try dialect()
        #expect(
            plain.begin() == [
                .text(
                    #"{"audio_format":"mulaw","enable_endpoint_detection":true,"language_hints":["he"],"language_hints_strict":true,"model":"stt-rt-v5","num_channels":1,"sample_rate":8000}"#
                )
            ])
        var hinted = try dialect(["תור"])
        guard case .text(let text)? = hinted.begin().first else { return #expect(Bool(false)) }
        #expect(text.contains(#""context":{"terms":["תור"]}"#))
        let request = try SonioxProvider(SonioxSettings(SettingsReader(["SONIOX_API_KEY": "sk-1"])), client: WebSocketClient()).request(.init())
        #expect(request.url == "wss://stt-rt.soniox.com/transcribe-websocket" && request.query.isEmpty)
        #expect(request.headers.map { "\($0.name): \($0.value)" } == ["Authorization: Bearer sk-1"])
    }

    @Test func partsOfWordsBecomeWords() throws {
        var dialect = try dialect()
        #expect(
            try dialect.receive(tokens(("של", false)), at: 0)
                == [.report(.ready), .report(.interim(HeardText("של", endMilliseconds: 100, confidence: 0.5)))])
        #expect(
            try dialect.receive(tokens(("של", true), ("ום", false)), at: 1)
                == [.report(.interim(HeardText("שלום", endMilliseconds: 200, confidence: 0.5)))])
        // Final, but not reported yet: the next token may belong to the same word.
        #expect(
            try dialect.receive(tokens(("ום", true), (" לך", false)), at: 2)
                == [.report(.interim(HeardText("שלום לך", endMilliseconds: 200, confidence: 0.5)))])
        #expect(
            try dialect.receive(tokens((" לך", true), ("<end>", true), (" עוד", false)), at: 3) == [
                .report(.final(HeardText("שלום לך", endMilliseconds: 100, confidence: 0.5))),
                .report(.interim(HeardText("עוד", endMilliseconds: 300, confidence: 0.5))),
            ])
    }

    @Test func finalizing() throws {
        var dialect = try dialect()
        #expect(dialect.finalize(at: 0) == [.report(.finalized)], "nothing was sent")
        _ = dialect.send([0], at: 0)
        #expect(dialect.finalize(at: 1) == [.text(#"{"type":"finalize"}"#)])
        #expect(dialect.finalize(at: 2).isEmpty, "the same audio: one message answers both")
        #expect(
            try dialect.receive(tokens(("כן", true), ("<fin>", true)), at: 3) == [
                .report(.ready), .report(.final(HeardText("כן", endMilliseconds: 100, confidence: 0.5))), .report(.finalized), .report(.finalized),
            ])
        #expect(try dialect.receive(tokens(("<fin>", true)), at: 4).isEmpty, "nobody asked")
    }

    @Test func closing() throws {
        var dialect = try dialect()
        _ = dialect.send([0], at: 0)
        #expect(dialect.close(at: 10) == [.text(#"{"type":"finalize"}"#), .text("")])
        var finished = dialect
        #expect(
            try finished.receive(tokens(("כן", true), more: #","finished":true"#), at: 11) == [
                .report(.ready), .report(.interim(HeardText("כן", endMilliseconds: 100, confidence: 0.5))),
                .report(.final(HeardText("כן", endMilliseconds: 100, confidence: 0.5))), .end(.closed),
            ])
        // A server that does not know the empty message as an end still finalizes.
        var unaware = dialect
        _ = try unaware.receive(tokens(("כן", true), ("<fin>", true)), at: 12)
        #expect(unaware.wakeTime == 3_010)
        #expect(unaware.wake(at: 3_010) == [.end(.closed)])
        guard case .end(.failed(let failure))? = dialect.wake(at: 3_010).first else { return #expect(Bool(false)) }
        #expect(failure.kind == .timeout)
    }

    @Test(arguments: [
        (#"{"error_code":408,"error_message":"Request timeout."}"#, ConnectionEnd.idle),
        (#"{"error_code":408,"error_message":"Audio data decode timeout"}"#, .idle),
        (#"{"error_code":400,"error_message":"No audio received."}"#, .idle),
        (#"{"error_code":400,"error_message":"Audio is too long."}"#, .limit),
        (#"{"error_code":400,"error_message":"Received too much audio data in total."}"#, .limit),
        (#"{"tokens":[],"error_code":503,"error_message":"Cannot continue request (code 5). Please restart the request."}"#, .limit),
        (#"{"tokens":[],"finished":true}"#, .limit),
    ])
    func routineEnds(_ text: String, _ end: ConnectionEnd) throws {
        var dialect = try dialect()
        _ = try dialect.receive(tokens((" ", true)), at: 0)
        #expect(try dialect.receive(text, at: 1).last == .end(end))
    }

    @Test(arguments: [
        (400, ProviderFailure.Kind.refused), (401, .auth), (402, .quota), (403, .auth), (429, .rateLimited), (500, .broken), (503, .broken),
    ])
    func failures(_ code: Int, _ kind: ProviderFailure.Kind) throws {
        var dialect = try dialect()
        let error = #expect(throws: ProviderFailure.self) {
            try dialect.receive(#"{"error_code":\#(code),"error_message":"something of sk-1"}"#, at: 0)
        }
        #expect(error?.kind == kind && error?.message.contains("\(code)") == true && error?.message.contains("sk-1") == false)
    }

    @Test(arguments: ["", "[1]", #"{"tokens":3}"#, #"{"tokens":[{"is_final":true}]}"#, #"{"error_code":"soon"}"#])
    func garbage(_ text: String) throws {
        var dialect = try dialect()
        let error = #expect(throws: ProviderFailure.self) { try dialect.receive(text, at: 0) }
        #expect(error?.kind == .garbage)
    }

    /// What was final without a mark may be half a word: another provider hears that audio again.
    @Test func aBreakDropsWhatHasNoMark() throws {
        var dialect = try dialect()
        _ = try dialect.receive(tokens(("של", true)), at: 0)
        let actions = dialect.ended(.failed(WebSocketFailure(.broken, "x")), at: 1)
        #expect(actions == [.end(.failed(.init(.broken, "soniox: x")))])
        #expect(try dialect.receive(#"{"value":1}"#, at: 2) == [.unknown])
    }
}
