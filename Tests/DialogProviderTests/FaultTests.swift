import BusContract
import CallVocabulary
import DialogWorker
import Logging
import Testing

/// Everything that can go wrong with a provider, and what the caller hears of it: the other provider.
@Suite(.timeLimit(.minutes(3))) struct FaultTests {
    /// Two providers: what the first does wrong, and a second that works.
    private func pair(_ step: JSONValue, firstToken: Duration = .seconds(5), like: String = "openai", second: JSONValue = ["text": "באיזו עיר?"])
        async throws -> (caller: Caller, first: ChatRoom, second: ChatRoom)
    {
        let fake = try await ChatFake.shared.value
        let first = try await fake.room(like: like, key: like == "openai" ? "sk-fake-key" : nil, [], then: step)
        let other = try await fake.room(like: like == "openai" ? "compatible" : "openai", key: "sk-other", [], then: second)
        let lines = LogLines()
        let models = [first.model(lines.logger, firstToken: firstToken), other.model(lines.logger)]
        return (Caller(models, lines: lines), first, other)
    }

    private func refusal(_ status: Int, _ code: String, headers: JSONValue = [:]) -> JSONValue {
        let body: JSONValue = ["error": ["message": "sk-fake-key דנה", "type": "invalid_request_error", "param": .null, "code": .string(code)]]
        return ["refuse": ["status": .integer(status), "headers": headers, "body": body]]
    }

    /// Before the first token: the second answers instead, and one line says why.
    @Test(
        arguments: [
            (["status": 401, "code": "invalid_api_key"], "auth"), (["status": 403, "code": "forbidden"], "auth"),
            (["status": 404, "code": "model_not_found"], "refused"),
            (["status": 429, "code": "rate_limit_exceeded", "retry": "date:20"], "rate_limited"),
            (["status": 429, "code": "insufficient_quota"], "quota"),
            (["status": 400, "code": "unsupported_parameter"], "refused"), (["status": 400, "code": "context_length_exceeded"], "conversation"),
            (["status": 500, "code": "server_error"], "broken"), (["status": 503, "code": "server_is_overloaded", "retry": "2"], "broken"),
        ] as [([String: JSONValue], String)]) func refusals(answer: [String: JSONValue], kind: String) async throws
    {
        guard case .integer(let status) = answer["status"], case .string(let code) = answer["code"] else { return }
        let (caller, first, second) = try await pair(refusal(status, code, headers: answer["retry"].map { ["retry-after": $0] } ?? [:]))
        let reply = try await caller.say("אני דנה")
        #expect(reply.sentences == ["באיזו עיר?"])
        #expect(reply.done.provider == "compatible")
        let line = try #require(caller.lines.named("PROVIDER_SWITCH").first)
        #expect(caller.lines.named("PROVIDER_SWITCH").count == 1)
        #expect(line["kind"] == "\(kind)" && line["from"] == "openai" && line["to"] == "compatible" && line["turn"] == "0")
        #expect("\(line["reason"] ?? "")".contains("HTTP \(status), \(code)"))
        #expect(try await first.report().bodies.count == 1)
        #expect(try await second.report().violations == [])
        // A provider that will not get better by itself is not asked by the next caller.
        try await caller.say("כן")
        let asks = try await first.report().bodies.count
        #expect(asks == (["auth", "refused", "quota"].contains(kind) || answer["retry"] != nil ? 1 : 2))
        // Nothing that a provider repeats of the key or of the caller's words gets into a log.
        #expect(!caller.lines.text.contains("sk-") && !caller.lines.text.contains("דנה"))
    }

    @Test(
        arguments: [
            (["dead": "reset"], "broken"), (["text": "x", "fault": ["after": 0, "do": "reset"]], "broken"),
            (["text": "x", "fault": ["after": 0, "do": "eof"]], "broken"),
            (["text": "x", "fault": ["after": 1, "do": "error"]], "broken"), (["text": "x", "fault": ["after": 1, "do": "garbage"]], "garbage"),
            (["text": "x", "fault": ["after": 0, "do": "garbage", "body": "{\"choices\":"]], "garbage"),
            (["text": "x", "fault": ["after": 1, "do": "endless"]], "garbage"),
            (["refuse": ["status": 200, "body": "<html>welcome</html>"]], "broken"),
            (["text": ""], "empty"), (["text": "", "finish": "content_filter"], "conversation"), (["text": "🙂 ..."], "empty"),
            (["text": "", "finish": .null, "done": false], "broken"),
        ] as [(JSONValue, String)]) func brokenAnswers(step: JSONValue, kind: String) async throws
    {
        let (caller, first, second) = try await pair(step)
        let reply = try await caller.say("אני דנה")
        #expect(reply.sentences == ["באיזו עיר?"])
        let lines = caller.lines.named("PROVIDER_SWITCH")
        #expect(lines.count == 1)
        #expect(lines.first?["kind"] == "\(kind)")
        #expect(try await first.report().violations == [])
        #expect(try await second.report().violations == [])
        #expect(!caller.lines.text.contains("sk-") && !caller.lines.text.contains("דנה"))
    }

    @Test func nobodyIsThere() async throws {
        let fake = try await ChatFake.shared.value
        let good = try await fake.room([["text": "באיזו עיר?"]])
        // A port of this machine on which nobody listens.
        let settings = ChatSettings(name: "compatible", baseURL: "http://127.0.0.1:1/v1", model: "m")
        let lines = LogLines()
        let dead = ChatModel(client: ChatClient(settings: settings, fetch: fake.fetch, logger: lines.logger), logger: lines.logger)
        let caller = Caller([dead, good.model()], lines: lines)
        #expect(try await caller.say("שלום").sentences == ["באיזו עיר?"])
        #expect(lines.named("PROVIDER_SWITCH").first?["kind"] == "unreachable")
    }

    // MARK: - Time

    /// Signs of life are no words: comments and the empty first chunk do not count as a first token.
    @Test(
        arguments: [
            ["dead": "connection"], ["text": "x", "headers_ms": 60_000], ["text": "x", "first_ms": 60_000],
            ["text": "x", "first_ms": 60_000, "noise": true],
            ["text": "x", "first_ms": 60_000, "role_first": true], ["text": "x", "fault": ["after": 1, "do": "freeze"]],
        ] as [JSONValue]) func theFirstTokenIsLate(step: JSONValue) async throws
    {
        let (caller, first, _) = try await pair(step, firstToken: .milliseconds(300))
        let start = ContinuousClock.now
        let reply = try await caller.say("שלום")
        #expect(reply.sentences == ["באיזו עיר?"])
        #expect(.now - start < .milliseconds(3_000), "one attempt's time, ten times over for a busy machine")
        #expect(caller.lines.named("PROVIDER_SWITCH").first?["kind"] == "timeout")
        // Who is late is left: nothing of it may come afterwards.
        _ = try await first.marks("gone")
    }

    @Test(
        arguments: [
            // Half a sentence and then nothing; a token now and then; bytes one by one.
            ["text": "אני כבר בודקת", "fault": ["after": 3, "do": "freeze"]], ["text": "אני כבר בודקת מה יש לנו במערכת עכשיו", "rate": 1],
            ["text": "אני כבר בודקת מה", "cut": 1, "drip_ms": 20, "first_ms": 10],
        ] as [JSONValue]) func aSentenceThatDoesNotEnd(step: JSONValue) async throws
    {
        let (caller, first, _) = try await pair(step, firstToken: .milliseconds(2_000))
        let start = ContinuousClock.now
        let reply = try await caller.say("שלום")
        #expect(reply.done.provider == "compatible")
        #expect(reply.sentences.last == "באיזו עיר?")
        #expect(.now - start >= .milliseconds(1_900))
        #expect(caller.lines.named("PROVIDER_SWITCH").first?["kind"] == "timeout")
        _ = try await first.marks("gone")
    }

    // MARK: - After the first words

    @Test(arguments: ["reset", "error", "eof", "garbage", "endless"]) func theOtherGoesOn(fault: String) async throws {
        let step: JSONValue = ["tokens": ["בשמחה", ".", " אני", " רוש"], "fault": ["after": 5, "do": .string(fault)]]
        let (caller, first, second) = try await pair(step, second: ["text": "באיזו עיר? כמה חדרים?"])
        let reply = try await caller.hear(spoken("אני דנה"), said: [])
        #expect(reply.sentences == ["בשמחה.", "באיזו עיר?", "כמה חדרים?"], "half a sentence is not said")
        #expect(reply.done.provider == "compatible")
        #expect(reply.done.pieces == 3)
        let messages = try #require(try await second.report().bodies.first).messages
        #expect(messages.suffix(2).map(\.role) == ["assistant", "user"])
        #expect(messages.suffix(2).first?.content == "בשמחה.")
        #expect(messages.last?.content.contains("Go on right after them") == true)
        #expect(try await second.report().violations == [])
        #expect(try await first.report().violations == [])
        let line = try #require(caller.lines.named("PROVIDER_SWITCH").first)
        #expect(line["said"] == "1")
    }

    /// A second worker is given what the first has said, or a second model: it repeats nothing, and may find that nothing is left.
    @Test(arguments: [("סוף", []), ("בשמחה. סוף", []), ("בשמחה. כמה חדרים?", ["כמה חדרים?"])]) func nothingIsSaidTwice(
        text: String, sentences: [String]
    )
        async throws
    {
        let room = try await ChatFake.shared.value.room([["text": .string(text)]])
        let reply = try await Caller([room.model()]).hear(spoken("שלום"), said: ["בשמחה."])
        #expect(reply.sentences == sentences)
        #expect(reply.done.failure == nil)
        #expect(reply.done.pieces == 1 + sentences.count)
    }

    @Test func whatWasLearnedBeforeTheBreakIsKept() async throws {
        let fake = try await ChatFake.shared.value
        // The first answer keeps the city and says nothing; in the second the connection breaks.
        let first = try await fake.room([["calls": [ReplyTests.save("city", "חיפה")]], ["dead": "reset"]])
        let second = try await fake.room(like: "compatible", key: nil, [["text": "כמה חדרים?"]])
        let reply = try await Caller([first.model(), second.model()]).say("בחיפה")
        #expect(reply.sentences == ["כמה חדרים?"])
        #expect(reply.done.lead == ["city": "חיפה"])
        #expect(try await second.report().bodies.first?.messages.last?.content.contains("[kept: city = חיפה.") == true)
    }

    @Test func whenNobodyAnswersTheReplySaysSo() async throws {
        let fake = try await ChatFake.shared.value
        let room = try await fake.room([], then: ["refuse": ["status": 500]])
        let other = try await fake.room(like: "compatible", key: nil, [], then: ["dead": "reset"])
        let reply = try await Caller([room.model(), other.model()]).say("שלום")
        #expect(reply.sentences == [])
        #expect(reply.done.failure == "reply")
    }
}
