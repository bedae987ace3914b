import ServiceKit

/// How one server of chat completions is asked. Servers and families of models take different parameters, so each can be chosen or left out.
///
/// Two sets of variables: `OPENAI_…` for the provider `openai`, `LLM_…` for `compatible`, any server of the same shape (llama.cpp, vLLM, …).
package struct ChatSettings: Sendable, Equatable {
    /// As in `DIALOG_PROVIDERS`, for logs and metrics.
    package var name: String
    /// Up to and including `/v1`, without a slash at its end.
    package var baseURL: String
    package var model: String
    /// nil: the server asks for none.
    package var key: String?
    /// Sent as headers when set.
    package var organization: String?
    package var project: String?
    /// nil: not sent, and the server's default holds. So with each that follows.
    package var reasoningEffort: String?
    package var verbosity: String?
    package var serviceTier: String?
    package var temperature: Double?
    package var parallelToolCalls: Bool?
    package var tokenLimit = ChatSettings.standardTokens
    /// `max_completion_tokens`, or `max_tokens` for servers that know only the older name.
    package var tokenField = "max_completion_tokens"
    /// Asks for the token counts at the end of the stream.
    package var asksForUsage = true
    /// Fields that only the vendor itself knows: obfuscation off, the cache's key, strict schemas.
    package var isVendor = true
    /// Fields of the owner's own, for what a server wants beside.
    package var extra: [String: JSONValue] = [:]
    /// The longest wait for the first token of an answer.
    package var firstToken = ChatSettings.standardFirstToken

    /// A spoken reply has some 40 Hebrew words, about 120 tokens, and one call of a tool about 60.
    package static let standardTokens = 500
    /// First tokens come after 200 to 450 ms in the median and within 2.1 s in 99 of 100 cases, for models of the GPT class.
    package static let standardFirstToken = Duration.milliseconds(2_500)

    package init(name: String, baseURL: String, model: String, key: String? = nil) {
        self.name = name
        self.baseURL = baseURL
        self.model = model
        self.key = key
    }

    /// The vendor's own service.
    ///
    /// Reads `OPENAI_API_KEY` and `OPENAI_MODEL`, which have no default: models end within months of their announcement, and a name that has
    /// ended would answer no call. `OPENAI_BASE_URL`, `OPENAI_ORGANIZATION`, `OPENAI_PROJECT`, and what `read` lists.
    package static func openAI(_ reader: SettingsReader) -> ChatSettings {
        var settings = ChatSettings(
            name: "openai", baseURL: reader.string("OPENAI_BASE_URL", default: "https://api.openai.com/v1"),
            model: reader.required(
                "OPENAI_MODEL", "name a small model that your account has and that has not been announced to end, for example gpt-6-luna"),
            key: reader.required("OPENAI_API_KEY", secret: true, "make one in the account's settings"))
        settings.organization = reader.optional("OPENAI_ORGANIZATION")
        settings.project = reader.optional("OPENAI_PROJECT")
        // With the default effort a reply takes seconds, and the newest family then calls no tools on this endpoint.
        settings.reasoningEffort = Self.leastEffort(of: settings.model)
        settings.read("OPENAI_", reader)
        settings.checkAddress("OPENAI_BASE_URL", reader, mayBePlain: false)
        return settings
    }

    /// Any other server of the same shape. Reads `LLM_BASE_URL`, `LLM_MODEL`, `LLM_API_KEY` (may be unset), and what `read` lists.
    package static func compatible(_ reader: SettingsReader) -> ChatSettings {
        var settings = ChatSettings(
            name: "compatible",
            baseURL: reader.required("LLM_BASE_URL", "write the server's address up to /v1, for example http://127.0.0.1:8080/v1"),
            model: reader.required("LLM_MODEL", "name the model as the server's /v1/models lists it"),
            key: reader.optional("LLM_API_KEY", secret: true))
        settings.tokenField = "max_tokens"
        settings.isVendor = false
        settings.read("LLM_", reader)
        settings.checkAddress("LLM_BASE_URL", reader, mayBePlain: true)
        return settings
    }

    /// The least effort that each of the vendor's families knows; nil for models that do not think before they answer.
    static func leastEffort(of model: String) -> String? {
        guard !model.contains("-chat") else { return nil }
        if ["o1", "o3", "o4"].contains(where: { model == $0 || model.hasPrefix($0 + "-") }) { return "low" }
        guard model.hasPrefix("gpt-"), let family = Int(model.dropFirst(4).prefix(while: \.isNumber)), family >= 5 else { return nil }
        return model == "gpt-5" || model.hasPrefix("gpt-5-") ? "minimal" : "none"
    }

    /// `…REASONING_EFFORT`, `…VERBOSITY`, `…SERVICE_TIER` (the vendor's words; `default` sends none), `…TEMPERATURE` (0 to 2),
    /// `…PARALLEL_TOOL_CALLS` (on or off), `…MAX_TOKENS`, `…MAX_TOKENS_FIELD`, `…STREAM_USAGE`, `…FIRST_TOKEN_MS`, `…EXTRA` (a JSON object).
    private mutating func read(_ prefix: String, _ reader: SettingsReader) {
        func word(_ name: String, _ allowed: [String], otherwise: String?) -> String? {
            guard let text = reader.optional(prefix + name) else { return otherwise }
            guard text != "default" else { return nil }
            if !allowed.contains(text) { reader.fault(prefix + name, "\(text) is none of default, \(allowed.joined(separator: ", "))") }
            return text
        }
        reasoningEffort = word("REASONING_EFFORT", ["none", "minimal", "low", "medium", "high", "xhigh", "max"], otherwise: reasoningEffort)
        verbosity = word("VERBOSITY", ["low", "medium", "high"], otherwise: nil)
        serviceTier = word("SERVICE_TIER", ["auto", "flex", "scale", "priority", "fast"], otherwise: nil)
        if let text = reader.optional(prefix + "TEMPERATURE") {
            temperature = Double(text).flatMap { (0...2).contains($0) ? $0 : nil }
            if temperature == nil { reader.fault(prefix + "TEMPERATURE", "\(text) is not a number from 0 to 2") }
        }
        if reader.optional(prefix + "PARALLEL_TOOL_CALLS") != nil {
            parallelToolCalls = reader.flag(prefix + "PARALLEL_TOOL_CALLS", default: true)
        }
        tokenLimit = reader.integer(prefix + "MAX_TOKENS", default: Self.standardTokens, in: 50...16_000)
        tokenField = word("MAX_TOKENS_FIELD", ["max_tokens", "max_completion_tokens"], otherwise: tokenField) ?? tokenField
        asksForUsage = reader.flag(prefix + "STREAM_USAGE", default: true)
        firstToken = .milliseconds(reader.integer(prefix + "FIRST_TOKEN_MS", default: 2_500, in: 200...20_000))
        if let text = reader.optional(prefix + "EXTRA") {
            if let fields = JSONValue(parsing: Array(text.utf8))?.object {
                extra = fields
                for field in fields.keys.sorted() where ["model", "messages", "stream", "tools"].contains(field) {
                    reader.fault(prefix + "EXTRA", "sets `\(field)`, which the service sets itself; leave it out")
                }
            } else {
                reader.fault(prefix + "EXTRA", "is not a JSON object; write for instance {\"chat_template_kwargs\": {\"enable_thinking\": false}}")
            }
        }
    }

    /// - Parameter mayBePlain: callers' words may go over a network of one's own without TLS, never to a vendor.
    private mutating func checkAddress(_ variable: String, _ reader: SettingsReader, mayBePlain: Bool) {
        while baseURL.hasSuffix("/") { baseURL.removeLast() }
        guard !baseURL.isEmpty else { return }
        let rest = baseURL.hasPrefix("https://") ? baseURL.dropFirst(8) : baseURL.hasPrefix("http://") ? baseURL.dropFirst(7) : ""
        let host = rest.prefix { $0 != "/" && $0 != ":" }
        if host.isEmpty || rest.contains(where: { "?#@ \\".contains($0) }) {
            // Not repeated: what stands before an @ or after a question mark may be a secret.
            reader.fault(variable, "is no address; write http:// or https://, the host and the path up to /v1, and nothing else")
        } else if rest.hasSuffix("/chat/completions") {
            reader.fault(variable, "\(baseURL) names the endpoint; leave /chat/completions out")
        } else if baseURL.hasPrefix("http://"), !mayBePlain, !["127.0.0.1", "localhost"].contains(host) {
            reader.fault(variable, "\(baseURL) would send the key and callers' words in the open; write https://")
        }
    }
}
