import Business
import CallVocabulary

/// The tools that a model has in a call, and what becomes of its calls of them.
struct ReceptionTools {
    static let saveLead = "save_lead"
    static let endCall = "end_call"
    static let transferCall = "transfer_call"
    static let note = "note"

    /// What the model is told about a call of a tool.
    struct Answer: Equatable {
        let text: String
        /// Something was not done: the model has to hear of it before the caller hears that it was.
        let isRefusal: Bool
    }

    private(set) var book: LeadBook
    private(set) var ending: DialogEnding?
    private let business: BusinessProfile
    private let heard: Heard

    init(business: BusinessProfile, book: LeadBook, heard: Heard) {
        self.business = business
        self.book = book
        self.heard = heard
    }

    // MARK: - What the model may call

    /// The same for every call of a business: they stand before everything else in the provider's cache.
    static func all(of business: BusinessProfile) -> [ChatTool] {
        func object(_ properties: [String: JSONValue]) -> JSONValue {
            [
                "type": "object", "properties": .object(properties), "required": .array(properties.keys.sorted().map(JSONValue.string)),
                "additionalProperties": false,
            ]
        }
        let fields = LeadBook.fields(of: business).map(JSONValue.string)
        var tools = [
            ChatTool(
                name: saveLead,
                description:
                    "Keep what the caller has just told or corrected. Only what was said in this call. Days as YYYY-MM-DD, hours as HH:MM in 24 hours, numbers in digits, everything else in the caller's Hebrew words.",
                parameters: object([
                    "fields": [
                        "type": "array",
                        "items": object(["field": ["type": "string", "enum": .array(fields)], "value": ["type": "string"]]),
                    ]
                ])),
            ChatTool(
                name: note,
                description: "Leave a short Hebrew remark for the people of the business about something that has no field. Not heard by the caller.",
                parameters: object(["text": ["type": "string"]])),
            ChatTool(
                name: endCall,
                description:
                    "Hang up after your words of this turn were heard; say the goodbye in the same turn. goodbye: all is settled. callback: a person will call back. unserved: nothing was agreed, and nobody can call back.",
                parameters: object(["reason": ["type": "string", "enum": ["goodbye", "callback", "unserved"]]])),
        ]
        if business.transfer != nil {
            tools.append(
                ChatTool(
                    name: transferCall,
                    description: "Hand the call to a person after your words of this turn were heard. When the caller asks for a person.",
                    parameters: object([:])))
        }
        return tools
    }

    // MARK: - What becomes of a call

    mutating func answer(_ call: ChatToolCall) -> Answer {
        guard let arguments = JSONValue(parsing: Array((call.arguments.isEmpty ? "{}" : call.arguments).utf8))?.object else {
            return refusal("the arguments are no JSON object")
        }
        switch call.name {
        case Self.saveLead: return save(arguments)
        case Self.note: return note(arguments)
        case Self.endCall: return end(arguments)
        case Self.transferCall where business.transfer != nil: return finish(.transfer)
        default:
            return refusal("there is no tool of this name; there are: " + Self.all(of: business).map(\.name).joined(separator: ", "))
        }
    }

    /// `{"fields": [{"field": …, "value": …}]}` as the schema says, or `{"city": …}` as models without strict mode write it.
    private static func pairs(_ arguments: [String: JSONValue]) -> [(name: String, value: JSONValue)] {
        func flat(_ fields: [String: JSONValue]) -> [(name: String, value: JSONValue)] {
            fields.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }
        switch arguments["fields"] {
        case .array(let items): return items.map { ($0["field"]?.plain ?? "", $0["value"] ?? .null) }
        case .object(let fields): return flat(fields)
        default: return flat(arguments)
        }
    }

    private mutating func save(_ arguments: [String: JSONValue]) -> Answer {
        let pairs = Self.pairs(arguments)
        guard !pairs.isEmpty else { return refusal("no field was given") }
        var saved: [String: JSONValue] = [:]
        var refused: [JSONValue] = []
        for (name, value) in pairs.prefix(32) {
            do throws(LeadBook.Refusal) {
                // Not the text "null": an absent value is one that was not told.
                saved[name] = .string(try book.save(name, value.plain ?? ""))
            } catch {
                refused.append(["field": .string(String(name.prefix(40))), "problem": .string(error.problem)])
            }
        }
        var result: [String: JSONValue] = ["saved": .object(saved), "missing": .array(book.missing.map(JSONValue.string))]
        if !refused.isEmpty { result["refused"] = .array(refused) }
        return Answer(text: JSONValue.object(result).text, isRefusal: !refused.isEmpty)
    }

    private mutating func note(_ arguments: [String: JSONValue]) -> Answer {
        do throws(LeadBook.Refusal) {
            try book.note(arguments["text"]?.plain ?? "")
            return Answer(text: #"{"done":true}"#, isRefusal: false)
        } catch {
            return refusal(error.problem)
        }
    }

    private mutating func end(_ arguments: [String: JSONValue]) -> Answer {
        guard let reason = arguments["reason"]?.string, let ending = DialogEnding(rawValue: reason), ending != .transfer else {
            return refusal("reason is one of goodbye, callback, unserved")
        }
        if heard == .silence { return refusal("the caller has only fallen silent: ask whether they are there, and do not hang up") }
        if ending == .callback, !book.canCallBack { return refusal("the caller's number is hidden: ask for it first, or end as unserved") }
        return finish(ending)
    }

    /// The call does not end yet, whatever was called.
    mutating func goOn() { ending = nil }

    private mutating func finish(_ ending: DialogEnding) -> Answer {
        self.ending = ending
        return Answer(text: #"{"done":true,"now":"say the last words of this call, if you have not yet"}"#, isRefusal: false)
    }

    private func refusal(_ problem: String) -> Answer { Answer(text: JSONValue.object(["problem": .string(problem)]).text, isRefusal: true) }
}
