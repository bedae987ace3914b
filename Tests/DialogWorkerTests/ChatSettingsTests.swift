import ServiceKit
import Testing

@testable import DialogWorker

@Suite struct ChatSettingsTests {
    private func openAI(_ values: [String: String]) -> (settings: ChatSettings, faults: [String]) {
        let reader = SettingsReader(values)
        let settings = ChatSettings.openAI(reader)
        return (settings, reader.faults)
    }
    private func compatible(_ values: [String: String]) -> (settings: ChatSettings, faults: [String]) {
        let reader = SettingsReader(values)
        let settings = ChatSettings.compatible(reader)
        return (settings, reader.faults)
    }

    @Test func theVendorNeedsAKeyAndAModelAndNothingElse() {
        #expect(openAI([:]).faults.map { $0.prefix { $0 != ":" } } == ["OPENAI_MODEL", "OPENAI_API_KEY"])
        let (settings, faults) = openAI(["OPENAI_API_KEY": "sk-1", "OPENAI_MODEL": "gpt-6-luna"])
        #expect(faults == [])
        #expect(settings.baseURL == "https://api.openai.com/v1")
        #expect(settings.reasoningEffort == "none")
        #expect(settings.tokenField == "max_completion_tokens")
        #expect(settings.firstToken == .milliseconds(2_500))
        #expect(settings.isVendor && settings.asksForUsage)
    }

    @Test(
        arguments: [
            ("gpt-6-luna", "none"), ("gpt-6.1-terra", "none"), ("gpt-5.4-mini", "none"), ("gpt-5-mini", "minimal"), ("gpt-5", "minimal"),
            ("o3", "low"),
            ("o4-mini", "low"), ("gpt-4.1-mini", nil), ("gpt-5.3-chat-latest", nil), ("ft:gpt-4o", nil), ("omni", nil),
        ] as [(String, String?)])
    func modelsAreToldNotToThink(model: String, effort: String?) {
        #expect(openAI(["OPENAI_API_KEY": "k", "OPENAI_MODEL": model]).settings.reasoningEffort == effort)
    }

    @Test func aServerOfOnesOwnNeedsNoKey() {
        #expect(compatible([:]).faults.map { $0.prefix { $0 != ":" } } == ["LLM_BASE_URL", "LLM_MODEL"])
        let (settings, faults) = compatible(["LLM_BASE_URL": "http://10.0.0.5:8000/llm/v1///", "LLM_MODEL": "dicta/x"])
        #expect(faults == [])
        #expect(settings.baseURL == "http://10.0.0.5:8000/llm/v1")
        #expect(settings.key == nil)
        #expect(settings.reasoningEffort == nil)
        #expect(settings.tokenField == "max_tokens")
        #expect(!settings.isVendor)
    }

    @Test func everyParameterCanBeChosen() {
        let (settings, faults) = compatible([
            "LLM_BASE_URL": "http://h/v1", "LLM_MODEL": "m", "LLM_API_KEY": "k", "LLM_REASONING_EFFORT": "low", "LLM_VERBOSITY": "low",
            "LLM_SERVICE_TIER": "priority", "LLM_TEMPERATURE": "0.4", "LLM_PARALLEL_TOOL_CALLS": "off", "LLM_MAX_TOKENS": "200",
            "LLM_MAX_TOKENS_FIELD": "max_completion_tokens", "LLM_STREAM_USAGE": "off", "LLM_FIRST_TOKEN_MS": "4000",
            "LLM_EXTRA": #"{"chat_template_kwargs":{"enable_thinking":false}}"#,
        ])
        #expect(faults == [])
        var question = ChatRequest(
            messages: [ChatMessage(.user, "א")], tools: [ChatTool(name: "t", description: "d", parameters: [:])], cacheKey: "b")
        question.forbidsTools = true
        #expect(
            question.body(settings) == [
                "model": "m", "messages": [["role": "user", "content": "א"]], "stream": true, "max_completion_tokens": 200, "reasoning_effort": "low",
                "verbosity": "low", "service_tier": "priority", "temperature": .number(0.4), "parallel_tool_calls": false, "tool_choice": "none",
                "chat_template_kwargs": ["enable_thinking": false],
                "tools": [["type": "function", "function": ["name": "t", "description": "d", "parameters": [:]]]],
            ])
        #expect(settings.firstToken == .seconds(4))
        let none = openAI(["OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-6-luna", "OPENAI_REASONING_EFFORT": "default"]).settings
        #expect(none.reasoningEffort == nil)
    }

    @Test func whatEachServerGets() {
        let question = ChatRequest(
            messages: [ChatMessage(.user, "א")], tools: [ChatTool(name: "t", description: "d", parameters: [:])], cacheKey: "b")
        let vendor = question.body(openAI(["OPENAI_API_KEY": "k", "OPENAI_MODEL": "gpt-4.1-mini"]).settings)
        #expect(vendor["prompt_cache_key"] == "b")
        #expect(vendor["stream_options"] == ["include_usage": true, "include_obfuscation": false])
        #expect(vendor["tools"]?.array?[0]["function"]?["strict"] == true)
        #expect(vendor["max_tokens"] == nil && vendor["temperature"] == nil && vendor["reasoning_effort"] == nil && vendor["tool_choice"] == nil)
        let other = question.body(compatible(["LLM_BASE_URL": "http://h/v1", "LLM_MODEL": "m"]).settings)
        #expect(Set(other.object?.keys.map { $0 } ?? []) == ["model", "messages", "stream", "max_tokens", "stream_options", "tools"])
        #expect(other["stream_options"] == ["include_usage": true])
    }

    @Test(arguments: [
        ("OPENAI_BASE_URL", "api.openai.com/v1"), ("OPENAI_BASE_URL", "http://api.example.com/v1"),
        ("OPENAI_BASE_URL", "https://h/v1/chat/completions"),
        ("OPENAI_BASE_URL", "https://user:secret@h/v1"), ("OPENAI_BASE_URL", "https://h/v1?key=secret"), ("OPENAI_BASE_URL", "https:///v1"),
        ("OPENAI_REASONING_EFFORT", "lots"), ("OPENAI_VERBOSITY", "loud"), ("OPENAI_SERVICE_TIER", "gold"), ("OPENAI_TEMPERATURE", "3"),
        ("OPENAI_TEMPERATURE", "warm"), ("OPENAI_TEMPERATURE", "nan"), ("OPENAI_PARALLEL_TOOL_CALLS", "maybe"), ("OPENAI_MAX_TOKENS", "1"),
        ("OPENAI_MAX_TOKENS_FIELD", "tokens"), ("OPENAI_STREAM_USAGE", "perhaps"), ("OPENAI_FIRST_TOKEN_MS", "50"), ("OPENAI_EXTRA", "[1]"),
        ("OPENAI_EXTRA", "{"), ("OPENAI_EXTRA", #"{"messages":[]}"#),
    ])
    func everyFaultIsNamed(variable: String, value: String) {
        let faults = openAI(["OPENAI_API_KEY": "sk-secret", "OPENAI_MODEL": "m", variable: value]).faults
        #expect(faults.count == 1)
        #expect(faults.first?.hasPrefix(variable + ":") == true)
        #expect(faults.first?.contains("secret") == false)
    }

    /// Requests that begin with the same bytes find the provider's cache.
    @Test func theSameRequestHasTheSameBytes() {
        let settings = openAI(["OPENAI_API_KEY": "k", "OPENAI_MODEL": "m"]).settings
        let question = ChatRequest(
            messages: [ChatMessage(.user, "א/ב")], tools: [ChatTool(name: "t", description: "d", parameters: ["b": 1, "a": 2, "c": 3])])
        let texts = Set((0..<20).map { _ in question.body(settings).text })
        #expect(texts.count == 1)
        #expect(texts.first?.contains("א/ב") == true)
    }

    @Test func brokenArgumentsAreNotSentBack() {
        let message = ChatMessage(
            .assistant, "", calls: [ChatToolCall(id: "a", name: "t", arguments: "{\"x"), ChatToolCall(id: "b", name: "t", arguments: "{\"x\":1}")])
        #expect(message.json["tool_calls"]?.array?.map { $0["function"]?["arguments"] } == ["{}", "{\"x\":1}"])
        #expect(message.json["content"] == "")
    }
}
