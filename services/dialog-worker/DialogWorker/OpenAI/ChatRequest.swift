/// One message of a conversation as the endpoint knows it.
package struct ChatMessage: Sendable, Equatable {
    package enum Role: String, Sendable { case system, user, assistant, tool }
    package var role: Role
    package var text: String
    package var calls: [ChatToolCall] = []
    /// For `tool`: which call it answers.
    package var callID: String?

    package init(_ role: Role, _ text: String, calls: [ChatToolCall] = [], callID: String? = nil) {
        self.role = role
        self.text = text
        self.calls = calls
        self.callID = callID
    }

    var json: JSONValue {
        var fields: [String: JSONValue] = ["role": .string(role.rawValue), "content": .string(text)]
        if !calls.isEmpty {
            fields["tool_calls"] = .array(
                calls.map { call in
                    // Servers read the arguments again when they build their prompt, and some refuse the whole request when that fails.
                    let isSound = JSONValue(parsing: Array(call.arguments.utf8))?.object != nil
                    return [
                        "id": .string(call.id), "type": "function",
                        "function": ["name": .string(call.name), "arguments": .string(isSound ? call.arguments : "{}")],
                    ]
                })
        }
        if let callID { fields["tool_call_id"] = .string(callID) }
        return .object(fields)
    }
}

/// A tool that the model may call.
package struct ChatTool: Sendable, Equatable {
    package var name: String
    package var description: String
    /// A JSON schema of an object, in the subset that strict mode takes: every property required, none beside them.
    package var parameters: JSONValue

    func json(isStrict: Bool) -> JSONValue {
        var function: [String: JSONValue] = ["name": .string(name), "description": .string(description), "parameters": parameters]
        if isStrict { function["strict"] = true }
        return ["type": "function", "function": .object(function)]
    }
}

/// What is asked of a model.
package struct ChatRequest: Sendable, Equatable {
    package var messages: [ChatMessage]
    package var tools: [ChatTool] = []
    /// The model has to speak now.
    package var forbidsTools = false
    /// Requests with one key share the provider's cache.
    package var cacheKey: String?
    /// nil: the settings' limit.
    package var tokenLimit: Int?

    package init(messages: [ChatMessage], tools: [ChatTool] = [], cacheKey: String? = nil) {
        self.messages = messages
        self.tools = tools
        self.cacheKey = cacheKey
    }

    /// Of the texts alone; tools and roles come on top.
    var estimatedTokens: Int { messages.reduce(0) { $0 + $1.text.utf8.count } / SpentTokens.bytesForToken }

    /// The body, with what this server takes and nothing else.
    func body(_ settings: ChatSettings) -> JSONValue {
        var fields = settings.extra
        fields["model"] = .string(settings.model)
        fields["messages"] = .array(messages.map(\.json))
        fields["stream"] = true
        fields[settings.tokenField] = .integer(tokenLimit ?? settings.tokenLimit)
        if settings.asksForUsage {
            fields["stream_options"] = settings.isVendor ? ["include_usage": true, "include_obfuscation": false] : ["include_usage": true]
        }
        if let effort = settings.reasoningEffort { fields["reasoning_effort"] = .string(effort) }
        if let verbosity = settings.verbosity { fields["verbosity"] = .string(verbosity) }
        if let tier = settings.serviceTier { fields["service_tier"] = .string(tier) }
        if let temperature = settings.temperature { fields["temperature"] = .number(temperature) }
        if settings.isVendor, let cacheKey { fields["prompt_cache_key"] = .string(cacheKey) }
        if !tools.isEmpty {
            // They stay when they are forbidden: they belong to the part of the request that the provider has in its cache.
            fields["tools"] = .array(tools.map { $0.json(isStrict: settings.isVendor) })
            if forbidsTools { fields["tool_choice"] = "none" }
            if let parallel = settings.parallelToolCalls { fields["parallel_tool_calls"] = .bool(parallel) }
        }
        return .object(fields)
    }
}
