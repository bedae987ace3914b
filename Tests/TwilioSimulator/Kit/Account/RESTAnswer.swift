import Signing

/// An answer of the account API.
package struct RESTAnswer: Sendable, Equatable {
    package var status: Int
    package var contentType = "application/json"
    package var body: [UInt8]
    /// Twilio's error code.
    package var code: Int?

    package init(status: Int, json: String) {
        self.status = status
        body = Array(json.utf8)
    }

    package init(audio: [UInt8], type: String) {
        status = 200
        contentType = type
        body = audio
    }

    /// An object of these members, each value written as JSON already.
    init(status: Int, members: [(String, String)]) {
        self.init(status: status, json: "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
    }

    /// Twilio's error object (contract, section 5).
    package static func error(_ code: Int, status: Int, _ message: String) -> RESTAnswer {
        var answer = RESTAnswer(
            status: status,
            members: [
                ("code", String(code)), ("message", JSONValue.quoted(message)),
                ("more_info", JSONValue.quoted("https://www.twilio.com/docs/errors/\(code)")), ("status", String(status)),
            ])
        answer.code = code
        return answer
    }

    /// A JSON string, or null.
    static func text(_ value: String?) -> String { value.map(JSONValue.quoted) ?? "null" }
}

extension RESTVerdict {
    var outline: String {
        switch self {
        case .answer: "answered"
        case .instead(let answer): "\(answer.status)" + (answer.code.map { " code \($0)" } ?? "")
        case .silence(let done): "no answer" + (done ? ", but it had its effect" : "")
        }
    }
}

/// A call as the account API shows it (contract, section 5).
struct CallResource: Sendable {
    var accountSid: String
    var sid: String
    var parent: String?
    var from: String
    var to: String
    var status: String
    var direction: String
    var started: String
    var ended: String?
    var seconds: Int?

    var answer: RESTAnswer {
        let text = RESTAnswer.text
        return RESTAnswer(
            status: 200,
            members: [
                ("sid", text(sid)), ("account_sid", text(accountSid)), ("parent_call_sid", text(parent)), ("to", text(to)),
                ("to_formatted", text(to)),
                ("from", text(from)), ("from_formatted", text(from)), ("phone_number_sid", "null"), ("status", text(status)),
                ("start_time", text(started)), ("end_time", text(ended)), ("duration", text(seconds.map(String.init))), ("price", "null"),
                ("price_unit", text("USD")), ("direction", text(direction)), ("answered_by", "null"), ("api_version", text("2010-04-01")),
                ("forwarded_from", "null"), ("group_sid", "null"), ("caller_name", "null"), ("queue_time", text("0")), ("trunk_sid", "null"),
                ("date_created", text(started)), ("date_updated", text(TwilioFormat.date())),
                ("uri", text("/2010-04-01/Accounts/\(accountSid)/Calls/\(sid).json")), ("subresource_uris", "{}"),
            ])
    }
}
