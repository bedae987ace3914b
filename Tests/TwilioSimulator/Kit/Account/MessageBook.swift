/// `Messages.json`: takes messages as Twilio does and keeps them. Nothing is delivered; status callbacks are not sent.
struct MessageBook: Sendable {
    private(set) var messages: [SentMessage] = []

    /// `POST …/Messages.json` (contract, section 5).
    mutating func send(_ form: [FormField], accountSid: String) -> RESTAnswer {
        func field(_ name: String) -> String? { form.first { $0.name == name && !$0.value.isEmpty }?.value }
        guard let to = field("To") else { return .error(21604, status: 400, "A 'To' phone number is required.") }
        let isWhatsApp = to.hasPrefix("whatsapp:")
        let number = isWhatsApp ? to.dropFirst(9) : to[...]
        guard number.hasPrefix("+"), number.count > 7, number.dropFirst().allSatisfy({ ("0"..."9").contains($0) }) else {
            return .error(21211, status: 400, "Invalid 'To' Phone Number: \(to)")
        }
        guard field("From") != nil || field("MessagingServiceSid") != nil else {
            return .error(21603, status: 400, "A 'From' phone number is required.")
        }
        if isWhatsApp, let from = field("From"), !from.hasPrefix("whatsapp:") {
            return .error(63007, status: 400, "Twilio could not find a Channel with the specified From address")
        }
        guard let body = field("Body") ?? field("ContentSid") ?? field("MediaUrl") else {
            return .error(21619, status: 400, "A text message body or media urls must be specified.")
        }
        guard body.unicodeScalars.count <= 1600 else {
            return .error(21617, status: 400, "The concatenated message body exceeds the 1600 character limit")
        }
        if let variables = field("ContentVariables") {
            let json = try? JSONReader.parse(Array(variables.utf8))
            guard case .object? = json else { return .error(21656, status: 400, "The Content Variables parameter is invalid.") }
        }
        let message = SentMessage(sid: TwilioFormat.sid(field("MediaUrl") == nil ? "SM" : "MM"), form: form, date: TwilioFormat.date())
        messages.append(message)
        return message.answer(status: 201, accountSid: accountSid)
    }

    func find(_ sid: String) -> SentMessage? { messages.first { $0.sid == sid } }
}

/// A message that the account API took.
package struct SentMessage: Sendable, Equatable {
    package let sid: String
    package let form: [FormField]
    let date: String

    package func field(_ name: String) -> String? { form.first { $0.name == name }?.value }

    func answer(status: Int, accountSid: String) -> RESTAnswer {
        let text = RESTAnswer.text
        let uri = "/2010-04-01/Accounts/\(accountSid)/Messages/\(sid)"
        return RESTAnswer(
            status: status,
            members: [
                ("sid", text(sid)), ("account_sid", text(accountSid)), ("messaging_service_sid", text(field("MessagingServiceSid"))),
                ("to", text(field("To"))), ("from", text(field("From"))), ("body", text(field("Body") ?? "")), ("status", text("queued")),
                ("direction", text("outbound-api")), ("num_segments", text("1")), ("num_media", text(field("MediaUrl") == nil ? "0" : "1")),
                ("error_code", "null"), ("error_message", "null"), ("price", "null"), ("price_unit", text("USD")),
                ("api_version", text("2010-04-01")),
                ("date_created", text(date)), ("date_updated", text(date)), ("date_sent", "null"), ("uri", text(uri + ".json")),
                ("subresource_uris", "{\"media\":\(text(uri + "/Media.json"))}"),
            ])
    }
}
