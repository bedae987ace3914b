import Audio
import ProviderKit
import Signing
import Testing
import WebSocketClient

@testable import ASRWorker

@Suite struct ElevenLabsDialectTests {
    private func dialect(isTimed: Bool = false) -> ElevenLabsDialect {
        var dialect = ElevenLabsDialect(
            isTimed: isTimed,
            failures: VendorFailures(
                name: "elevenlabs", key: Secret("sk-1"), keyVariable: "ELEVENLABS_API_KEY", addressVariable: "ELEVENLABS_BASE_URL"))
        _ = dialect.opened(at: 0)
        return dialect
    }
    private func chunk(_ audio: [UInt8], commit: Bool = false) -> SocketAction {
        .text(
            "{\"message_type\":\"input_audio_chunk\",\"audio_base_64\":\"\(Base64.encode(audio))\",\"commit\":\(commit),\"sample_rate\":8000}")
    }
    private func silence(_ bytes: Int) -> [UInt8] { [UInt8](repeating: MuLaw.silence, count: bytes) }
    private let second = [UInt8](repeating: 1, count: 8_000)

    @Test func audioAndCommits() throws {
        var dialect = dialect()
        #expect(try dialect.receive(#"{"message_type":"session_started","session_id":"s","config":{}}"#, at: 0) == [.report(.ready)])
        #expect(dialect.send(second + [7], at: 0) == [chunk(second), chunk([7])], "a large piece is cut")
        #expect(dialect.finalize(at: 1) == [chunk([], commit: true)])
        #expect(dialect.finalize(at: 1).isEmpty, "the same audio: one commit answers both")
        #expect(
            try dialect.receive(#"{"message_type":"committed_transcript","text":" שלום "}"#, at: 2)
                == [.report(.final(HeardText("שלום"))), .report(.finalized), .report(.finalized)])
        #expect(dialect.finalize(at: 3) == [.report(.finalized)])
    }

    /// Less than 0.3 s is not committed by the server.
    @Test func aShortUtteranceIsFilledUp() {
        var dialect = dialect()
        _ = dialect.send(silence(160), at: 0)
        #expect(dialect.finalize(at: 1) == [chunk(silence(2_400)), chunk([], commit: true)])
    }

    @Test func aCommitThatIsIgnoredIsAnsweredByThat() throws {
        var dialect = dialect()
        _ = dialect.send(second, at: 0)
        _ = dialect.finalize(at: 1)
        #expect(try dialect.receive(#"{"message_type":"commit_throttled","error":"too little"}"#, at: 2) == [.report(.finalized)])
    }

    /// The server commits by itself when much has piled up: words, but nobody's answer.
    @Test func theServersOwnCommits() throws {
        var dialect = dialect()
        _ = dialect.send(second, at: 0)
        #expect(try dialect.receive(#"{"message_type":"committed_transcript","text":"אחת"}"#, at: 1) == [.report(.final(HeardText("אחת")))])
        _ = dialect.finalize(at: 2)
        #expect(try dialect.receive(#"{"message_type":"committed_transcript","text":""}"#, at: 3) == [.report(.finalized)])
    }

    @Test func stillnessIsCommittedBeforeTheServerDoesIt() throws {
        var dialect = dialect()
        var commits = 0
        for _ in 0..<45 {
            let actions = dialect.keepAlive(at: 0)
            #expect(actions.first == chunk(silence(800)))
            commits += actions.contains(chunk([], commit: true)) ? 1 : 0
        }
        #expect(commits == 2)
        // Their answers are nobody's, and the caller's comes after them.
        _ = dialect.send(second, at: 0)
        _ = dialect.finalize(at: 1)
        #expect(try dialect.receive(#"{"message_type":"committed_transcript","text":""}"#, at: 2).isEmpty)
        #expect(try dialect.receive(#"{"message_type":"committed_transcript","text":""}"#, at: 3).isEmpty)
        #expect(try dialect.receive(#"{"message_type":"committed_transcript","text":"כן"}"#, at: 4).last == .report(.finalized))
    }

    @Test func timesCountTheCallersAudioOnly() throws {
        var dialect = dialect(isTimed: true)
        _ = dialect.send(second, at: 0)
        for _ in 0..<5 { _ = dialect.keepAlive(at: 0) }
        _ = dialect.send(second, at: 1)
        _ = dialect.finalize(at: 2)
        #expect(try dialect.receive(#"{"message_type":"committed_transcript","text":"אחת שתיים"}"#, at: 3).isEmpty, "the timed one follows")
        let timed = #"""
            {"message_type":"committed_transcript_with_timestamps","text":"אחת שתיים","words":[
            {"text":"אחת","start":0.2,"end":0.9,"type":"word","logprob":0},{"text":" ","start":0.9,"end":1.7,"type":"spacing","logprob":-9},
            {"text":"שתיים","start":1.7,"end":2.25,"type":"word","logprob":-0.2}]}
            """#
        guard case .report(.final(let heard))? = try dialect.receive(timed, at: 4).first else { return #expect(Bool(false)) }
        #expect(heard.endMilliseconds == 1_750)
        #expect(abs((heard.confidence ?? 0) - 0.905) < 0.001)
    }

    @Test func closing() throws {
        var dialect = dialect()
        _ = dialect.send(second, at: 0)
        #expect(dialect.close(at: 10) == [chunk([], commit: true)])
        #expect(dialect.send(second, at: 11).isEmpty && dialect.keepAlive(at: 12).isEmpty && dialect.finalize(at: 13).isEmpty)
        _ = try dialect.receive(#"{"message_type":"session_started"}"#, at: 14)
        #expect(
            try dialect.receive(#"{"message_type":"committed_transcript","text":"ביי"}"#, at: 15) == [
                .report(.final(HeardText("ביי"))), .closeSocket,
            ])
        #expect(dialect.ended(.closed(code: 1000, reason: ""), at: 16) == [.end(.closed)])
    }

    @Test func endsWithoutAWord() {
        var dialect = dialect()
        _ = dialect.send(second, at: 1_000)
        guard case .end(.failed(let failure))? = dialect.ended(.closed(code: 1000, reason: ""), at: 5_000).first else { return #expect(Bool(false)) }
        #expect(failure.kind == .broken)
        #expect(dialect.ended(.closed(code: 1000, reason: ""), at: 16_000) == [.end(.idle)])
    }

    @Test(arguments: [
        ("auth_error", ProviderFailure.Kind.auth), ("unaccepted_terms", .auth), ("quota_exceeded", .quota), ("rate_limited", .rateLimited),
        ("resource_exhausted", .rateLimited), ("input_error", .refused), ("invalid_request", .refused), ("chunk_size_exceeded", .refused),
        ("queue_overflow", .broken), ("transcriber_error", .broken), ("error", .broken),
    ])
    func failures(_ type: String, _ kind: ProviderFailure.Kind) {
        var dialect = dialect()
        let error = #expect(throws: ProviderFailure.self) { try dialect.receive(#"{"message_type":"\#(type)","error":"of sk-1"}"#, at: 0) }
        #expect(error?.kind == kind && error?.message.contains(type) == true && error?.message.contains("sk-1") == false)
    }

    @Test func routineEndsAndStrangers() throws {
        var dialect = dialect()
        #expect(try dialect.receive(#"{"message_type":"session_time_limit_exceeded","error":""}"#, at: 0) == [.end(.limit)])
        #expect(try dialect.receive(#"{"message_type":"insufficient_audio_activity","error":""}"#, at: 0) == [.end(.idle)])
        #expect(try dialect.receive(#"{"message_type":"warning","warning":"x"}"#, at: 0).isEmpty)
        #expect(try dialect.receive(#"{"message_type":"edited_transcript"}"#, at: 0) == [.unknown])
        for text in ["", "3", #"{"message_type":"partial_transcript"}"#, #"{"message_type":"committed_transcript","text":4}"#] {
            #expect(throws: ProviderFailure.self) { try dialect.receive(text, at: 0) }
        }
    }

    @Test func aKeyWithoutCredit() {
        var dialect = dialect()
        let body = Array(#"{"detail":{"status":"quota_exceeded","message":"sk-1"}}"#.utf8)
        guard case .end(.failed(let failure))? = dialect.ended(.refused(.init(status: 401, body: body)), at: 0).first else {
            return #expect(Bool(false))
        }
        #expect(failure.kind == .quota)
    }
}
