import ProviderKit
import Testing

@testable import DialogWorker

@Suite struct ChatRoundTests {
    private func round(_ events: String...) throws -> (round: ChatRound, pieces: [String]) {
        var round = ChatRound()
        var pieces: [String] = []
        for event in events { pieces.append(try round.take(Array(event.utf8))) }
        return (round, pieces)
    }

    private func delta(_ delta: String, finish: String? = nil) -> String {
        "{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":\(delta),\"finish_reason\":\(finish.map { "\"\($0)\"" } ?? "null")}]}"
    }

    @Test func textComesInPiecesAndUsageAtTheEnd() throws {
        let (round, pieces) = try round(
            delta(#"{"role":"assistant","content":""}"#), delta(#"{"content":"של"}"#), delta(#"{"content":"ום","refusal":null}"#),
            delta("{}", finish: "stop"),
            #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":1}}}"#,
            "[DONE]", delta(#"{"content":"zu spät"}"#))
        #expect(pieces == ["", "של", "ום", "", "", "", ""])
        #expect(round.text == "שלום")
        #expect(round.finish == "stop")
        #expect(round.isDone && round.isWhole && round.hasBegun)
        #expect(round.usage == ChatUsage(prompt: 9, cached: 4, completion: 3, reasoning: 1))
        #expect(round.calls == [])
    }

    @Test func callsAreAccumulatedByIndex() throws {
        let (round, _) = try round(
            delta(#"{"tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":"save_lead","arguments":""}}]}"#),
            delta(#"{"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]}"#),
            delta(#"{"tool_calls":[{"index":1,"id":"call_2","type":"function","function":{"name":"note","arguments":"{"}}]}"#),
            delta(#"{"tool_calls":[{"index":1,"function":{"arguments":"}"}},{"index":0,"function":{"arguments":"1}"}}]}"#),
            delta("{}", finish: "tool_calls"))
        #expect(
            round.calls == [
                ChatToolCall(id: "call_1", name: "save_lead", arguments: #"{"a":1}"#), ChatToolCall(id: "call_2", name: "note", arguments: "{}"),
            ])
        #expect(round.finish == "tool_calls")
        #expect(round.isWhole && !round.isDone)
    }

    /// As other servers send them: whole in one chunk, all under index 0, without an index, arguments that are no text, the older form.
    @Test(arguments: [
        #"{"content":null,"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}},{"index":1,"id":"b","function":{"name":"y","arguments":"{}"}}]}"#,
        #"{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{}"}},{"index":0,"id":"b","function":{"name":"y","arguments":"{}"}}]}"#,
        #"{"tool_calls":[{"id":"a","function":{"name":"x","arguments":"{}"}},{"id":"b","function":{"name":"y","arguments":{}}}]}"#,
    ])
    func callsOfOtherServers(chunk: String) throws {
        let (round, _) = try round(delta(chunk, finish: "stop"))
        #expect(round.calls == [ChatToolCall(id: "a", name: "x", arguments: "{}"), ChatToolCall(id: "b", name: "y", arguments: "{}")])
    }

    @Test func piecesWithoutAnIndexBelongToTheLastCall() throws {
        let (first, _) = try round(
            delta(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"{"}}]}"#),
            delta(#"{"tool_calls":[{"function":{"name":"x","arguments":"}"}}]}"#))
        #expect(first.calls == [ChatToolCall(id: "a", name: "x", arguments: "{}")])
        let (older, _) = try round(
            delta(#"{"function_call":{"name":"x","arguments":"{"}}"#), delta(#"{"function_call":{"arguments":"}"}}"#, finish: "function_call"))
        #expect(older.calls == [ChatToolCall(id: "", name: "x", arguments: "{}")])
    }

    @Test func aWholeAnswerAndChunksOfLittleUse() throws {
        let (whole, pieces) = try round(
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":"כן."},"finish_reason":"stop"}],"usage":{"prompt_tokens":2}}"#)
        #expect(pieces == ["כן."])
        #expect(whole.isWhole)
        let (odd, texts) = try round(
            "{}", #"{"choices":null,"usage":null}"#, #"{"choices":[{"index":1,"delta":{"content":"other"}}]}"#, delta(#"{"content":null}"#),
            #"{"choices":[{"delta":{"content":"א"},"obfuscation":"x"}],"service_tier":"default","error":null}"#)
        #expect(texts == ["", "", "", "", "א"])
        #expect(!odd.isWhole, "neither a reason nor [DONE]: it broke off")
    }

    @Test(arguments: ["x", "[1]", "\"text\"", "{\"choices\":"]) func whatIsNoChunkIsGarbage(event: String) {
        var round = ChatRound()
        let failure = #expect(throws: ProviderFailure.self) { _ = try round.take(Array(event.utf8)) }
        #expect(failure?.kind == .garbage)
        #expect(failure?.message.contains(event) == false)
    }

    @Test(arguments: [
        (#"{"error":{"message":"secret words","type":"server_error","param":null,"code":null}}"#, ProviderFailure.Kind.broken, "server_error"),
        (#"{"error":{"message":"secret words","type":"tokens","code":"rate_limit_exceeded"}}"#, .rateLimited, "rate_limit_exceeded"),
        (#"{"error":{"message":"secret words","type":"insufficient_quota","code":"insufficient_quota"}}"#, .quota, "insufficient_quota"),
        (
            #"{"error":{"message":"secret words","code":400,"type":"exceed_context_size_error"}}"#, .init(rawValue: "conversation"),
            "exceed_context_size_error"
        ),
        (#"{"object":"error","message":"secret words","type":"BadRequestError","code":400}"#, .broken, "BadRequestError"),
        (#"{"error":"secret words"}"#, .broken, "unknown"),
    ])
    func anErrorInTheMiddle(event: String, kind: ProviderFailure.Kind, code: String) {
        var round = ChatRound()
        let failure = #expect(throws: ProviderFailure.self) { _ = try round.take(Array(event.utf8)) }
        #expect(failure?.kind == kind)
        #expect(failure?.message.contains(code) == true)
        #expect(failure?.message.contains("secret") == false)
    }

    @Test func thereIsALimitToCallsAndArguments() {
        var round = ChatRound()
        let long = String(repeating: "x", count: ChatRound.longestArguments + 1)
        #expect(throws: ProviderFailure.self) {
            _ = try round.take(Array(delta(#"{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":"\#(long)"}}]}"#).utf8))
        }
        var many = ChatRound()
        #expect(throws: ProviderFailure.self) {
            for number in 0...ChatRound.mostCalls {
                _ = try many.take(Array(delta(#"{"tool_calls":[{"index":\#(number),"id":"c\#(number)","function":{"name":"x"}}]}"#).utf8))
            }
        }
        #expect(many.calls.count == ChatRound.mostCalls)
    }
}
