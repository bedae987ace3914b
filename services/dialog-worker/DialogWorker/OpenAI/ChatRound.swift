import ProviderKit

/// A call of a tool as the model wrote it.
package struct ChatToolCall: Sendable, Equatable {
    package var id: String
    package var name: String
    /// JSON text, or what the model takes for it.
    package var arguments: String
}

/// What an answer has cost.
package struct ChatUsage: Sendable, Equatable {
    package var prompt = 0
    /// Of `prompt`: what the provider had in its cache.
    package var cached = 0
    package var completion = 0
    /// Of `completion`: what the model has thought and not said.
    package var reasoning = 0

    static func + (left: ChatUsage, right: ChatUsage) -> ChatUsage {
        ChatUsage(
            prompt: left.prompt + right.prompt, cached: left.cached + right.cached, completion: left.completion + right.completion,
            reasoning: left.reasoning + right.reasoning)
    }
}

/// One answer of a model, put together from its chunks. A value: an event's data in, the new piece of text out.
///
/// Servers differ, and this takes what they send: calls of tools in pieces by index, whole in one chunk, all under index 0, or without an index;
/// `finish_reason` of any kind, or none; null where a text belongs; chunks without choices; the whole answer as one `message`.
package struct ChatRound: Sendable, Equatable {
    /// A receptionist calls two or three tools at once, with a few hundred bytes each.
    static let mostCalls = 16
    static let longestArguments = 16 << 10

    package private(set) var text = ""
    package private(set) var calls: [ChatToolCall] = []
    /// The last `finish_reason`; nil: none came.
    package private(set) var finish: String?
    /// nil: the server does not tell, or the stream broke before.
    package private(set) var usage: ChatUsage?
    /// `[DONE]` has come.
    package private(set) var isDone = false
    /// Which call an index of the wire means.
    private var slots: [Int: Int] = [:]

    package init() {}

    /// Something of the answer has come: a text or a call.
    package var hasBegun: Bool { !text.isEmpty || !calls.isEmpty }
    /// It ended as an answer ends. A body that ends without either is one that broke off.
    package var isWhole: Bool { isDone || finish != nil }

    /// - Returns: the text that this event adds; empty when it adds none.
    /// - Throws: what the server reports in the middle of the stream, or `garbage`.
    package mutating func take(_ event: [UInt8]) throws(ProviderFailure) -> String {
        guard !isDone else { return "" }
        if event.starts(with: "[DONE]".utf8) {
            isDone = true
            return ""
        }
        guard let chunk = JSONValue(parsing: event), chunk.object != nil else {
            throw ProviderFailure(.garbage, "a chunk that is no JSON object, \(event.count) bytes: look whether the address is that of a chat")
        }
        if let problem = ChatProblem(chunk) { throw problem.failure(status: nil) }
        if let usage = chunk["usage"], usage.object != nil { self.usage = ChatUsage(usage) }
        // Only one answer was asked for.
        guard let choice = chunk["choices"]?.array?.first(where: { ($0["index"]?.integer ?? 0) == 0 }) else { return "" }
        if let reason = choice["finish_reason"]?.string { finish = reason }
        guard let delta = choice["delta"] ?? choice["message"] else { return "" }
        for call in delta["tool_calls"]?.array ?? [] { try take(call: call) }
        if let call = delta["function_call"], call.object != nil { try take(call: ["index": 0, "function": call]) }
        let piece = delta["content"]?.string ?? ""
        text += piece
        return piece
    }

    private mutating func take(call: JSONValue) throws(ProviderFailure) {
        let id = call["id"]?.string ?? ""
        let index = slot(index: call["index"]?.integer, id: id)
        guard index < Self.mostCalls else { throw ProviderFailure(.garbage, "more than \(Self.mostCalls) calls of tools in one answer") }
        if index == calls.count { calls.append(ChatToolCall(id: "", name: "", arguments: "")) }
        if !id.isEmpty { calls[index].id = id }
        guard let function = call["function"] else { return }
        if let name = function["name"]?.string, name != calls[index].name { calls[index].name += name }
        switch function["arguments"] {
        case .string(let piece): calls[index].arguments += piece
        // Some servers hand out the arguments as what they are.
        case .object(let fields): calls[index].arguments += JSONValue.object(fields).text
        default: break
        }
        guard calls[index].arguments.utf8.count <= Self.longestArguments else {
            throw ProviderFailure(.garbage, "the arguments of a tool have more than \(Self.longestArguments) bytes")
        }
    }

    /// The call that a piece belongs to; the next free number for a new one.
    private mutating func slot(index: Int?, id: String) -> Int {
        let known = index.map { slots[$0] } ?? calls.indices.last
        // An id of its own begins a call of its own, whatever the index says.
        if let known, id.isEmpty || calls[known].id.isEmpty || calls[known].id == id { return known }
        if let index { slots[index] = calls.count }
        return calls.count
    }
}

extension ChatUsage {
    init(_ json: JSONValue) {
        prompt = json["prompt_tokens"]?.integer ?? 0
        completion = json["completion_tokens"]?.integer ?? 0
        cached = json["prompt_tokens_details"]?["cached_tokens"]?.integer ?? 0
        reasoning = json["completion_tokens_details"]?["reasoning_tokens"]?.integer ?? 0
    }
}
