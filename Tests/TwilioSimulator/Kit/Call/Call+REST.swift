import Signing

/// An answer of the account API.
package struct RESTAnswer: Sendable, Equatable {
    package var status: Int
    package var contentType = "application/json"
    package var body: [UInt8]

    package init(status: Int, json: String) {
        self.status = status
        body = Array(json.utf8)
    }

    package init(wave: [UInt8]) {
        status = 200
        contentType = "audio/x-wav"
        body = wave
    }

    /// Twilio's error object (contract, section 5).
    package static func error(_ code: Int, status: Int, _ message: String) -> RESTAnswer {
        RESTAnswer(
            status: status,
            json:
                #"{"code":\#(code),"message":\#(JSONValue.quoted(message)),"more_info":"https://www.twilio.com/docs/errors/\#(code)","status":\#(status)}"#
        )
    }
}

extension Call {
    /// Limit of the `Twiml` field (32018).
    private static let twimlLimit = 4000

    /// `POST …/Calls/{CA}.json`.
    package func update(_ form: [FormField]) -> RESTAnswer {
        func field(_ name: String) -> String? { form.first { $0.name == name }?.value }
        guard !hasEnded else { return .error(21220, status: 400, "Call is not in-progress. Cannot redirect.") }
        log("rest-update", form.map { "\($0.name)=\($0.value.prefix(120))" }.joined(separator: " "))
        if let status = field("Status") {
            guard status == "completed" || status == "canceled" else { return .error(20001, status: 400, "Status \(status) is not valid") }
            perform(document.completedByREST())
        } else if let twiml = field("Twiml") {
            guard twiml.unicodeScalars.count <= Self.twimlLimit else {
                return .error(32018, status: 400, "Twiml has more than \(Self.twimlLimit) characters")
            }
            let source = DocumentSource(url: plan.route.publicBase, isCallUpdate: true, loopback: plan.route.loopback)
            do {
                let update = try TwiMLReader.read(Array(twiml.utf8), source: source)
                report.documents.append(.init(ms: now / 8, source: "REST Twiml", status: 200, waitedMs: nil, body: twiml))
                perform(document.update(update))
            } catch {
                raise(error)
                return .error(error.code, status: 400, error.message)
            }
        } else if let text = field("Url") {
            guard let url = WebAddress(text), !url.isWebSocket else { return .error(11100, status: 400, "Url \(text) is not valid") }
            perform(document.update(ActionTarget(url: url, method: field("Method")?.uppercased() == "GET" ? "GET" : "POST")))
        } else {
            return .error(20001, status: 400, "none of Status, Twiml and Url is given")
        }
        return resource()
    }

    /// The call as the account API shows it.
    package func resource() -> RESTAnswer {
        func text(_ value: String?) -> String { value.map(JSONValue.quoted) ?? "null" }
        let uri = "/2010-04-01/Accounts/\(plan.accountSid)/Calls/\(callSid).json"
        let fields: [(String, String)] = [
            ("sid", text(callSid)), ("account_sid", text(plan.accountSid)), ("parent_call_sid", "null"), ("to", text(plan.to)),
            ("to_formatted", text(plan.to)), ("from", text(plan.from)), ("from_formatted", text(plan.from)), ("phone_number_sid", "null"),
            ("status", text(hasEnded ? "completed" : "in-progress")), ("start_time", text(startDate)),
            ("end_time", text(hasEnded ? TwilioFormat.date() : nil)), ("duration", text(hasEnded ? String((report.durationMs + 999) / 1000) : nil)),
            ("price", "null"), ("price_unit", text("USD")), ("direction", text("inbound")), ("answered_by", "null"),
            ("api_version", text("2010-04-01")), ("forwarded_from", "null"), ("group_sid", "null"), ("caller_name", "null"),
            ("queue_time", text("0")), ("trunk_sid", "null"), ("date_created", text(startDate)), ("date_updated", text(TwilioFormat.date())),
            ("uri", text(uri)), ("subresource_uris", "{}"),
        ]
        return RESTAnswer(status: 200, json: "{" + fields.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}")
    }

    /// A recording's audio, nil when this call has none of that name.
    package func recordedAudio(_ sid: String) -> [UInt8]? { recordings[sid] }
}
