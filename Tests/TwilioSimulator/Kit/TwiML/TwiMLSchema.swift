/// Which elements, attributes and values TwiML knows (contract, section 2). What is missing here is warning 12200.
enum TwiMLSchema {
    enum Value { case text, number, boolean, method, url }

    /// By element name: its attributes and the elements that may stand inside it.
    struct Element {
        var attributes: [String: Value]
        var children: Set<String> = []
    }

    static let verbs: Set<String> = [
        "Play", "Connect", "Record", "Redirect", "Hangup", "Pause", "Reject", "Dial", "Gather", "Say", "Start", "Stop",
        // Known to Twilio, described nowhere in the contract: their attributes are not checked.
        "Enqueue", "Leave", "Refer", "Sms", "Message", "Pay", "Prompt", "Queue", "Conference",
    ]

    private static let recording: [String: Value] = [
        "recordingStatusCallback": .url, "recordingStatusCallbackMethod": .method, "recordingStatusCallbackEvent": .text, "trim": .text,
    ]

    static let elements: [String: Element] = [
        "Response": Element(attributes: [:], children: verbs),
        "Play": Element(attributes: ["loop": .number, "digits": .text]),
        "Connect": Element(attributes: ["action": .url, "method": .method], children: ["Stream"]),
        "Start": Element(attributes: ["action": .url, "method": .method], children: ["Stream"]),
        "Stop": Element(attributes: [:], children: ["Stream"]),
        "Stream": Element(
            attributes: [
                "url": .url, "name": .text, "track": .text, "statusCallback": .url, "statusCallbackMethod": .method, "connectorName": .text,
            ], children: ["Parameter"]),
        "Parameter": Element(attributes: ["name": .text, "value": .text]),
        "Record": Element(
            attributes: [
                "action": .url, "method": .method, "timeout": .number, "finishOnKey": .text, "maxLength": .number, "playBeep": .boolean,
                "transcribe": .boolean, "transcribeCallback": .url, "recordingConfigurationId": .text,
            ].merging(recording) { first, _ in first }),
        "Redirect": Element(attributes: ["method": .method]),
        "Hangup": Element(attributes: [:]),
        "Pause": Element(attributes: ["length": .number]),
        "Reject": Element(attributes: ["reason": .text]),
        "Dial": Element(
            attributes: [
                "action": .url, "method": .method, "timeout": .number, "timeLimit": .number, "callerId": .text, "answerOnBridge": .boolean,
                "hangupOnStar": .boolean, "record": .text, "recordingTrack": .text, "referUrl": .url, "referMethod": .method, "ringTone": .text,
                "sequential": .boolean, "callReason": .text,
            ].merging(recording) { first, _ in first }, children: ["Number", "Sip", "Client", "Conference", "Queue", "Sim", "Application"]),
        "Number": Element(attributes: [
            "sendDigits": .text, "url": .url, "method": .method, "statusCallback": .url, "statusCallbackEvent": .text,
            "statusCallbackMethod": .method, "byoc": .text, "machineDetection": .text, "amdStatusCallback": .url,
        ]),
        "Gather": Element(
            attributes: [
                "action": .url, "method": .method, "input": .text, "timeout": .number, "speechTimeout": .text, "numDigits": .number,
                "finishOnKey": .text, "language": .text, "hints": .text, "speechModel": .text, "actionOnEmptyResult": .boolean,
                "profanityFilter": .boolean, "partialResultCallback": .url, "partialResultCallbackMethod": .method, "enhanced": .boolean,
            ], children: ["Say", "Play", "Pause"]),
        "Say": Element(attributes: ["voice": .text, "language": .text, "loop": .number]),
    ]

    /// Values that are a choice of words.
    static let choices: [String: Set<String>] = [
        "Record.trim": ["trim-silence", "do-not-trim"], "Dial.trim": ["trim-silence", "do-not-trim"], "Reject.reason": ["rejected", "busy"],
        "Dial.record": [
            "do-not-record", "record-from-answer", "record-from-ringing", "record-from-answer-dual", "record-from-ringing-dual", "true", "false",
        ],
    ]

    /// What is wrong with an element and everything inside it, in document order.
    static func complaints(_ element: XMLElement) -> [String] {
        guard let known = elements[element.name] else { return [] }
        var complaints: [String] = []
        for attribute in element.attributes {
            guard let value = known.attributes[attribute.name] else {
                complaints.append("unknown attribute \(attribute.name) of <\(element.name)>")
                continue
            }
            if let complaint = self.complaint(attribute, value, of: element.name) { complaints.append(complaint) }
        }
        for child in element.children {
            if known.children.contains(child.name) {
                complaints += self.complaints(child)
            } else if element.name == "Response" {
                complaints.append("unknown verb <\(child.name)>")
            } else {
                complaints.append("<\(child.name)> inside <\(element.name)>")
            }
        }
        return complaints
    }

    private static func complaint(_ attribute: FormField, _ kind: Value, of element: String) -> String? {
        let text = attribute.value
        let legal =
            switch kind {
            case .number: Int(text).map { $0 >= 0 } ?? false
            case .boolean: text == "true" || text == "false"
            case .method: text == "GET" || text == "POST"
            case .text, .url: choices["\(element).\(attribute.name)"]?.contains(text) ?? true
            }
        return legal ? nil : "\(attribute.name)=\"\(text)\" of <\(element)> is not a legal value"
    }
}
