import BusContract
import CallVocabulary
import DialogWorker
import HTTPFetch
import Logging
import Testing

/// Replies of a server that does what it should, in every form in which servers do it.
@Suite(.timeLimit(.minutes(3))) struct ReplyTests {
    @Test func theVendorsOwnClientReadsWhatTheFakeSends() throws {
        let (code, output) = try ChatFake.run("check_openai_chat.py")
        #expect(code == 0, "\(output)")
    }

    @Test func aReplyComesSentenceBySentence() async throws {
        let room = try await ChatFake.shared.value.room([["text": "בשמחה. באיזו עיר?", "cached": 12]])
        let lines = LogLines()
        let caller = Caller([room.model(lines.logger)], lines: lines)
        let reply = try await caller.say("אני מחפש דירה להשכרה")
        #expect(reply.sentences == ["בשמחה.", "באיזו עיר?"])
        #expect(reply.done == ReplyDone(pieces: 2, lead: [:], ending: nil, state: "open", provider: "openai"))
        #expect(reply.expectations.count == 1)
        #expect(reply.expectations.first?.answers == [])
        #expect(reply.expectations.first?.hints.contains("תל אביב") == true)
        let report = try await room.report()
        #expect(report.violations == [])
        #expect(report.headers.first?["authorization"] == "Bearer sk-fake-key")
        #expect(report.headers.first?["accept"] == "text/event-stream")
        let body = try #require(report.bodies.first)
        #expect(body.string("reasoning_effort") == "none")
        #expect(body.string("prompt_cache_key") == "nadlan-hayarkon")
        #expect(body.messages.last?.content.hasSuffix("\nאני מחפש דירה להשכרה") == true)
        // Written when the reply has left already.
        while lines.named("MODEL_REPLY").isEmpty { try await Task.sleep(for: .milliseconds(1)) }
        let line = lines.named("MODEL_REPLY")[0]
        #expect(line["answers"] == "1" && line["sentences"] == "2" && line["finish"] == "stop" && line["cached_tokens"] == "12")
        #expect(line["completion_tokens"] != "0" && line["conversation"] == "call:CA00000000000000000000000000000001")
    }

    /// However the bytes fall and whatever a server leaves out or adds.
    @Test(
        arguments: [
            ["cut": 1], ["cut": 7], ["newline": "\r\n"], ["newline": "\r"], ["noise": true], ["role_first": true], ["usage": false], ["done": false],
            ["done": false, "usage": false, "last_line": false], ["whole": true], ["calls_first": true], ["finish": "stop"],
            ["noise": true, "cut": 3, "newline": "\r\n"],
        ] as [JSONValue]) func everyForm(extra: JSONValue) async throws
    {
        for like in ["openai", "compatible"] {
            var step: [String: JSONValue] = ["text": "תודה, דנה. כמה חדרים?", "calls": [Self.save("name", "דנה"), Self.save("city", "חיפה")]]
            if case .object(let fields) = extra { step.merge(fields) { $1 } }
            let room = try await ChatFake.shared.value.room(like: like, key: like == "openai" ? "sk-1" : nil, [.object(step)])
            let reply = try await Caller([room.model()]).say("קוראים לי דנה, מחיפה")
            #expect(reply.sentences == ["תודה, דנה.", "כמה חדרים?"], "\(like)")
            #expect(reply.done.lead == ["name": "דנה", "city": "חיפה"], "\(like)")
            let report = try await room.report()
            #expect(report.violations == [])
            #expect(report.bodies.count == 1)
        }
    }

    @Test(arguments: ["pieces", "whole", "index0", "noindex"]) func callsInEveryStyle(style: String) async throws {
        let room = try await ChatFake.shared.value.room(
            like: "compatible", key: nil,
            [
                ["text": "תודה.", "calls": [Self.save("name", "דנה"), Self.save("city", "חיפה")], "calls_style": .string(style), "finish": "stop"]
            ])
        let reply = try await Caller([room.model()]).say("קוראים לי דנה, מחיפה")
        #expect(reply.done.lead == ["name": "דנה", "city": "חיפה"])
        #expect(try await room.report().violations == [])
    }

    @Test func anOldServersFunctionCall() async throws {
        let room = try await ChatFake.shared.value.room([
            ["text": "תודה.", "calls": [Self.save("city", "חיפה")], "calls_style": "legacy", "finish": "function_call"]
        ])
        #expect(try await Caller([room.model()]).say("מחיפה").done.lead == ["city": "חיפה"])
    }

    static func save(_ field: String, _ value: String) -> JSONValue {
        ["name": "save_lead", "arguments": ["fields": [["field": .string(field), "value": .string(value)]]]]
    }

    // MARK: - Tools

    @Test func aReplyOfNothingButCallsGoesOnUntilThereAreWords() async throws {
        let room = try await ChatFake.shared.value.room([["calls": [Self.save("city", "חיפה")]], ["text": "כמה חדרים?"]])
        let reply = try await Caller([room.model()]).say("בחיפה")
        #expect(reply.sentences == ["כמה חדרים?"])
        #expect(reply.done.lead == ["city": "חיפה"])
        let report = try await room.report()
        #expect(report.violations == [], "each call has its answer, as the vendor demands")
        #expect(report.bodies.last?.messages.suffix(2).map(\.role) == ["assistant", "tool"])
        #expect(report.bodies.map { $0.string("tool_choice") } == [nil, nil])
    }

    @Test func theThirdAnswerMayNotCallTools() async throws {
        let room = try await ChatFake.shared.value.room([], then: ["calls": [Self.save("name", "יוסי")]])
        let reply = try await Caller([room.model()]).say("בחיפה")
        #expect(reply.done.failure == "reply")
        let report = try await room.report()
        #expect(report.violations == [])
        #expect(report.bodies.prefix(3).map { $0.string("tool_choice") } == [nil, nil, "none"])
        // It may be asked once more from the beginning, when that costs the caller nothing.
        #expect([3, 6].contains(report.bodies.count))
    }

    /// What a model makes up leads to nothing that is kept, and to an answer all the same.
    @Test(
        arguments: [
            ["name": "save_lead", "arguments": "{\"fields\":[{\"field\":\"city\",\"value\":\"חי"], ["name": "save_lead", "arguments": "none"],
            ["name": "book_flight", "arguments": ["to": "LHR"]], ["name": "hold_slot", "arguments": ["slot": "taken"]],
            save("name", "אביגיל"), save("day", "2026-12-04"), save("day", "2026-02-30"), save("day", "2001-01-01"), save("day", "אחרי החגים"),
            save("hour", "17:00"), save("phone", "052-9999999"), save("rooms", "4"), save("credit_card", "4580"), save("name", ""),
            ["name": "end_call", "arguments": ["reason": "because"]], ["name": "transfer_call", "arguments": "{}"],
        ] as [JSONValue]) func nothingFalseIsKept(call: JSONValue) async throws
    {
        let room = try await ChatFake.shared.value.room([["text": "רשמתי.", "calls": [call]], ["text": "סליחה, אפשר לחזור על זה?"]])
        let reply = try await Caller([room.model()]).say("אני מחפש דירה בחיפה")
        #expect(reply.done.lead == [:])
        #expect(reply.done.ending == nil)
        #expect(reply.sentences == ["רשמתי.", "סליחה, אפשר לחזור על זה?"], "the caller hears that it was not settled")
        let report = try await room.report()
        #expect(report.violations == [])
        #expect(report.bodies.last?.messages.last?.role == "tool")
        #expect(report.bodies.last?.messages.last?.content.contains("\"problem\"") == true)
    }

    @Test func whatWasKnownStaysWhenAModelMakesSomethingUp() async throws {
        let room = try await ChatFake.shared.value.room([
            ["text": "בשמחה.", "calls": [Self.save("city", "חיפה")]], ["text": "רשמתי.", "calls": [Self.save("city", "")]], ["text": "מה?"],
        ])
        let caller = Caller([room.model()])
        try await caller.say("בחיפה")
        try await caller.say("כן")
        #expect(caller.lead == ["city": "חיפה"])
        #expect(try await room.report().bodies[1].messages.last?.content.contains("[kept: city = חיפה.") == true)
    }

    @Test(arguments: ["goodbye", "callback", "unserved"]) func theCallEnds(reason: String) async throws {
        let room = try await ChatFake.shared.value.room([
            ["text": "להתראות.", "calls": [["name": "end_call", "arguments": ["reason": .string(reason)]]]]
        ])
        let reply = try await Caller([room.model()]).say("ביי")
        #expect(reply.done.ending == DialogEnding(rawValue: reason))
        #expect(reply.done.state == "ended")
    }

    // MARK: - What was heard

    @Test func theOpeningSaysNothingAndWarmsTheConnection() async throws {
        let room = try await ChatFake.shared.value.room([["text": "בשמחה."]], fetch: try await HTTPFetch(name: "warm"))
        let model = room.model()
        let caller = Caller([model])
        let reply = try await caller.hear(.opening)
        #expect(reply.sentences == [])
        #expect(reply.done.pieces == 0 && reply.done.failure == nil)
        let warm = try await room.marks("models")
        try await caller.say("שלום")
        // Within its life it is not opened once more.
        try await Caller([model]).hear(.opening)
        #expect(try await caller.say("שלום").done.failure != nil)
        let report = try await room.report()
        #expect(report.connections.first == warm.first?.request, "the first turn takes the connection that waits")
        #expect(report.marks.filter { $0.kind == "models" }.count == 1)
    }

    @Test func theThirdSilenceEndsTheCallWhateverAModelThinks() async throws {
        let room = try await ChatFake.shared.value.room([
            ["text": "אפשר לשמוע אותי?"],
            ["text": "אני עדיין כאן. באיזו עיר?", "calls": [["name": "end_call", "arguments": ["reason": "goodbye"]]]], ["text": "עוד פעם."],
        ])
        for (caller, ending) in [("+972541234567", DialogEnding.callback), (nil, .unserved)] as [(String?, DialogEnding)] {
            try await room.set([
                ["text": "אפשר לשמוע אותי?"], ["text": "אני כאן.", "calls": [["name": "end_call", "arguments": ["reason": "goodbye"]]]],
                ["text": "באיזו עיר?"],
            ])
            let call = Caller([room.model()], caller: caller)
            #expect(try await call.hear(.silence).done.ending == nil)
            #expect(try await call.hear(.silence).done.ending == nil, "nobody is hung up on for being silent once")
            let last = try await call.hear(.silence)
            #expect(last.done.ending == ending)
            #expect(last.sentences.last?.contains("להתראות") == true)
            #expect(try await room.report().bodies.count == 3)
        }
    }

    @Test(arguments: [
        (Heard.interrupted, "[the line was cut]"), (.digits("3"), "[keys 3]"), (.silence, "[silence]"),
        (.speech(Transcript(text: "מלה", confidence: 0.1, understood: false)), "[not understood]"),
    ]) func theModelIsToldWhatHappened(heard: Heard, words: String) async throws {
        let room = try await ChatFake.shared.value.room([["text": "באיזו עיר?"]])
        try await Caller([room.model()]).hear(heard)
        #expect(try await room.report().bodies.first?.messages.last?.content.hasSuffix("\n" + words) == true)
    }

    @Test func whoSaysTheSameAgainIsAskedOnceMore() async throws {
        let room = try await ChatFake.shared.value.room([
            ["text": "באיזו עיר לחפש?"], ["text": "באיזו עיר לחפש? אני כאן."], ["text": "תל אביב, יפה. כמה חדרים?"],
        ])
        let caller = Caller([room.model()])
        try await caller.say("אני מחפש דירה")
        let reply = try await caller.say("בתל אביב")
        #expect(reply.sentences == ["תל אביב, יפה.", "כמה חדרים?"])
        let report = try await room.report()
        #expect(report.violations == [])
        #expect(report.bodies.last?.messages.last?.content.contains("in other words") == true)
        // A model that insists is heard: silence would be worse.
        try await room.set([["text": "כמה חדרים צריך?"], ["text": "כמה חדרים צריך?"], ["text": "כמה חדרים צריך?"]])
        try await caller.say("כן")
        #expect(try await caller.say("שלושה").sentences == ["כמה חדרים צריך?"])
        #expect(try await room.report().bodies.count == 3)
    }

    @Test func markupAndThoughtsAreNotSpoken() async throws {
        let room = try await ChatFake.shared.value.room(
            like: "compatible", key: nil,
            [
                ["text": "<think>The caller wants a flat. Ask.</think>\n**בשמחה** 🙂.\n- באיזו עיר?"]
            ])
        #expect(try await Caller([room.model()]).say("שלום").sentences == ["בשמחה .", "באיזו עיר?"])
    }
}
