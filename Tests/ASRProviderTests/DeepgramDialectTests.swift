import ProviderKit
import Testing
import WebSocketClient

@testable import ASRWorker

@Suite struct DeepgramDialectTests {
    private static let second = [UInt8](repeating: 0, count: 8_000)

    private func dialect() -> DeepgramDialect {
        DeepgramDialect(
            failures: VendorFailures(
                name: "deepgram", key: Secret("sk-1"), keyVariable: "DEEPGRAM_API_KEY", addressVariable: "DEEPGRAM_BASE_URL"))
    }

    private func results(_ text: String, _ start: Double, _ duration: Double, final: Bool, mark: Bool = false) -> String {
        let word = text.isEmpty ? "" : #"{"word":"\#(text)","start":\#(start),"end":\#(start + duration / 2),"confidence":0.5}"#
        return #"""
            {"type":"Results","channel_index":[0,1],"start":\#(start),"duration":\#(duration),"is_final":\#(final),"speech_final":false,
            "from_finalize":\#(mark),"channel":{"alternatives":[{"transcript":"\#(text)","confidence":0.75,"words":[\#(word)]}]},"metadata":{}}
            """#
    }

    @Test func resultsBecomeEvents() throws {
        var dialect = dialect()
        #expect(dialect.opened(at: 0) == [.report(.ready)])
        #expect(dialect.send(Self.second, at: 0) == [.binary(Self.second)])
        #expect(dialect.send([], at: 0).isEmpty, "an empty message would end the stream")
        #expect(try dialect.receive(results("", 0, 0.4, final: false), at: 1).isEmpty)
        #expect(
            try dialect.receive(results("של", 0, 0.6, final: false), at: 2)
                == [.report(.interim(HeardText("של", endMilliseconds: 300, confidence: 0.75)))])
        #expect(try dialect.receive(results("של", 0, 0.7, final: false), at: 3).isEmpty, "nothing new")
        #expect(
            try dialect.receive(results("שלום", 0, 1, final: true), at: 4)
                == [.report(.final(HeardText("שלום", endMilliseconds: 500, confidence: 0.75)))])
        for other in [
            #"{"type":"SpeechStarted","channel":[0,1],"timestamp":0.1}"#, #"{"type":"UtteranceEnd","channel":[0,1],"last_word_end":2.1}"#,
            #"{"type":"Metadata","request_id":"r"}"#,
        ] { #expect(try dialect.receive(other, at: 5).isEmpty) }
        #expect(try dialect.receive(#"{"type":"Later"}"#, at: 6) == [.unknown])
        #expect(try dialect.receive("{}", at: 6) == [.unknown])
    }

    @Test(arguments: [
        "", "nonsense", "[]", #"{"type":1}"#, #"{"type":"Results"}"#, #"{"type":"Results","start":"0","duration":1,"channel":{"alternatives":[]}}"#,
        #"{"type":"Results","start":0,"duration":1,"channel":[0]}"#,
    ])
    func garbage(_ text: String) {
        var dialect = dialect()
        let error = #expect(throws: ProviderFailure.self) { try dialect.receive(text, at: 0) }
        #expect(error?.kind == .garbage)
    }

    @Test func finalizeIsAnsweredByItsMark() throws {
        var dialect = dialect()
        _ = dialect.send(Self.second, at: 0)
        #expect(dialect.finalize(at: 10) == [.text(#"{"type":"Finalize"}"#)])
        #expect(
            try dialect.receive(results("כן", 0, 1, final: true, mark: true), at: 20)
                == [.report(.final(HeardText("כן", endMilliseconds: 500, confidence: 0.75))), .report(.finalized)])
        // Nothing new was sent: nothing is asked.
        #expect(dialect.finalize(at: 30) == [.report(.finalized)])
    }

    /// Endpointing was faster: everything is final before Finalize arrives, and its mark may come late or never.
    @Test func aLateMarkDoesNotAnswerTheNextRequest() throws {
        var dialect = dialect()
        _ = dialect.send(Self.second, at: 0)
        _ = dialect.finalize(at: 10)
        #expect(try dialect.receive(results("כן", 0, 1, final: true), at: 20).last == .report(.finalized))
        _ = dialect.send(Self.second, at: 30)
        _ = dialect.finalize(at: 40)
        #expect(try dialect.receive(results("", 1, 0, final: true, mark: true), at: 50).isEmpty, "the first request's mark")
        #expect(try dialect.receive(results("לא", 1, 1, final: true, mark: true), at: 60).last == .report(.finalized))
    }

    @Test func aServerWithNothingToSayIsBelieved() throws {
        var dialect = dialect()
        _ = dialect.send(Self.second, at: 0)
        // It talks, and has heard nothing.
        _ = try dialect.receive(results("", 0, 0.9, final: false), at: 900)
        _ = dialect.finalize(at: 1_000)
        #expect(dialect.wakeTime == 2_000)
        _ = try dialect.receive(results("", 0, 0.95, final: true), at: 1_500)
        #expect(dialect.wakeTime == 2_500)
        #expect(dialect.wake(at: 2_500) == [.report(.finalized)])
        #expect(dialect.wakeTime == nil)
    }

    @Test func wordsInTheAirAndSilentServersAreWaitedFor() throws {
        var talking = dialect()
        _ = talking.send(Self.second, at: 0)
        _ = try talking.receive(results("של", 0, 0.9, final: false), at: 900)
        _ = talking.finalize(at: 1_000)
        #expect(talking.wakeTime == nil, "their final is due")
        var silent = dialect()
        _ = silent.send(Self.second, at: 0)
        _ = silent.finalize(at: 1_000)
        #expect(silent.wakeTime == nil, "it may be unwell: the session decides")
        _ = try silent.receive(results("", 0, 0.1, final: false), at: 1_100)
        #expect(silent.wakeTime == 2_100)
        _ = silent.send(Self.second, at: 6_000)
        _ = silent.wake(at: 2_100)
        _ = silent.finalize(at: 6_000)
        #expect(silent.wakeTime == nil, "it has said nothing for five seconds")
    }

    @Test func closing() throws {
        var dialect = dialect()
        #expect(dialect.close(at: 100) == [.text(#"{"type":"CloseStream"}"#)])
        #expect(dialect.close(at: 101).isEmpty && dialect.send(Self.second, at: 102).isEmpty && dialect.keepAlive(at: 103).isEmpty)
        #expect(dialect.wakeTime == 3_100)
        var late = dialect
        #expect(dialect.ended(.closed(code: 1000, reason: ""), at: 200) == [.end(.closed)])
        guard case .end(.failed(let failure))? = late.wake(at: 3_100).first else { return #expect(Bool(false)) }
        #expect(failure.kind == .timeout)
    }

    @Test(arguments: [
        (UInt16(1011), "NET-0001: no audio", ConnectionEnd.idle),
        (1011, "NET-0000", .failed(.init(.broken, "deepgram closed the connection (NET-0000)"))),
        (1000, "", .failed(.init(.broken, "deepgram closed the connection (1000)"))),
        (1008, "DATA-0000 sk-1", .failed(.init(.refused, "deepgram closed the connection (DATA-0000); check model, language and DEEPGRAM_BASE_URL"))),
    ])
    func closedByTheServer(_ code: UInt16, _ reason: String, _ end: ConnectionEnd) {
        var dialect = dialect()
        #expect(dialect.ended(.closed(code: code, reason: reason), at: 0) == [.end(end)])
    }

    @Test func refusals() {
        var dialect = dialect()
        let body = Array(#"{"err_code":"INSUFFICIENT_PERMISSIONS","err_msg":"sk-1 may not"}"#.utf8)
        #expect(
            dialect.ended(.refused(.init(status: 403, body: body)), at: 0)
                == [.end(.failed(.init(.auth, "deepgram answered 403 (INSUFFICIENT_PERMISSIONS); check DEEPGRAM_API_KEY and the account's rights")))])
        let kinds = [(302, ProviderFailure.Kind.refused), (400, .refused), (402, .quota), (429, .rateLimited), (500, .broken), (504, .timeout)]
        for (status, kind) in kinds {
            guard case .end(.failed(let failure))? = dialect.ended(.refused(.init(status: status)), at: 0).first else { return #expect(Bool(false)) }
            #expect(failure.kind == kind)
        }
        // A code that is a sentence, or repeats the key, is nobody's business.
        for code in ["the key sk-1 is wrong", "sk-1", String(repeating: "x", count: 100)] {
            let body = Array(#"{"err_code":"\#(code)"}"#.utf8)
            #expect(
                dialect.ended(.refused(.init(status: 401, body: body)), at: 0)
                    == [.end(.failed(.init(.auth, "deepgram answered 401; check DEEPGRAM_API_KEY and the account's rights")))])
        }
    }
}
