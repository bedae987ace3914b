/// Reads and checks TwiML as Twilio does (contract, section 2).
package struct TwiMLReader {
    /// 64 kB (error 11750).
    package static let sizeLimit = 64 * 1024

    private let source: DocumentSource
    private var warnings: [TwilioNotice] = []

    private init(source: DocumentSource) { self.source = source }

    /// Checks an HTTP answer and reads its document.
    /// - Throws: the error that Twilio would report: 11200, 11750, 12100, 12300, or the URL errors.
    package static func read(status: Int, contentType: String?, body: [UInt8], source: DocumentSource) throws(TwilioNotice) -> TwiMLDocument {
        guard (200..<300).contains(status) else { throw .error(11200, "the server answered \(status) to \(source.url)") }
        guard body.count <= sizeLimit else { throw .error(11750, "the TwiML has \(body.count) bytes; the limit is \(sizeLimit)") }
        if status == 204 || body.isEmpty { return TwiMLDocument(verbs: [], warnings: []) }
        guard let contentType else { throw .error(12300, "the TwiML answer has no Content-Type; use text/xml") }
        let type = (contentType.split(separator: ";").first ?? "").trimmingASCIISpace().lowercased()
        guard ["text/xml", "application/xml", "text/html"].contains(type) else {
            throw .error(12300, "Content-Type \(type) is not TwiML; use text/xml")
        }
        return try read(body, source: source)
    }

    /// Reads a document's bytes.
    package static func read(_ body: [UInt8], source: DocumentSource) throws(TwilioNotice) -> TwiMLDocument {
        let root: XMLElement
        do { root = try XMLReader.parse(body) } catch { throw .error(12100, "the TwiML does not parse: \(error)") }
        guard root.name == "Response" else { throw .error(12100, "the root element is <\(root.name)>, not <Response>") }
        var reader = TwiMLReader(source: source)
        reader.checkAttributes(of: root, known: [])
        if !root.text.trimmingASCIISpace().isEmpty { reader.warn("text directly inside <Response>") }
        var verbs: [Verb] = []
        for child in root.children {
            if let verb = try reader.verb(child) { verbs.append(verb) }
        }
        reader.checkReachability(verbs)
        return TwiMLDocument(verbs: verbs, warnings: reader.warnings)
    }

    private mutating func warn(_ message: String, code: Int = 12200) { warnings.append(.warning(code, message)) }

    private mutating func checkAttributes(of element: XMLElement, known: Set<String>) {
        for attribute in element.attributes where !known.contains(attribute.name) {
            warn("unknown attribute \(attribute.name) of <\(element.name)>")
        }
    }

    private mutating func checkChildren(of element: XMLElement, known: Set<String>) {
        for child in element.children where !known.contains(child.name) { warn("<\(child.name)> inside <\(element.name)>") }
    }

    private mutating func checkReachability(_ verbs: [Verb]) {
        for verb in verbs.dropLast() {
            switch verb {
            case .record, .redirect, .hangup, .reject: warn("verbs after \(verb.label) are never reached")
            default: break
            }
        }
    }

    private static let knownElsewhere: Set<String> = [
        "Say", "Gather", "Dial", "Enqueue", "Leave", "Refer", "Sms", "Message", "Start", "Stop", "Pay", "Prompt", "Queue", "Conference",
    ]

    private mutating func verb(_ element: XMLElement) throws(TwilioNotice) -> Verb? {
        switch element.name {
        case "Play":
            checkAttributes(of: element, known: ["loop", "digits"])
            checkChildren(of: element, known: [])
            return .play(url: try url(element.text, in: "Play"), loop: integer(element, "loop", or: 1))
        case "Connect":
            return try connect(element)
        case "Record":
            return try record(element)
        case "Redirect":
            checkAttributes(of: element, known: ["method"])
            return .redirect(ActionTarget(url: try url(element.text, in: "Redirect", isAction: true), method: method(element, "method")))
        case "Pause":
            checkAttributes(of: element, known: ["length"])
            return .pause(seconds: integer(element, "length", or: 1))
        case "Hangup":
            checkAttributes(of: element, known: [])
            return .hangup
        case "Reject":
            checkAttributes(of: element, known: ["reason"])
            return .reject
        case let name where Self.knownElsewhere.contains(name):
            return .unsupported(name)
        default:
            warn("unknown verb <\(element.name)>")
            return nil
        }
    }

    private mutating func connect(_ element: XMLElement) throws(TwilioNotice) -> Verb {
        checkAttributes(of: element, known: ["action", "method"])
        checkChildren(of: element, known: ["Stream"])
        guard let stream = element.children.first(where: { $0.name == "Stream" }) else { return .unsupported("Connect without Stream") }
        checkAttributes(of: stream, known: ["url", "name", "track", "statusCallback", "statusCallbackMethod", "connectorName"])
        checkChildren(of: stream, known: ["Parameter"])
        guard let text = stream.attribute("url"), !text.isEmpty else { throw .error(31923, "<Stream> has no url") }
        guard var address = source.url.resolving(text) else { throw .error(31923, "the <Stream url> \(text) is malformed") }
        // A relative url is documented; the scheme then follows the document's.
        if !text.contains("://") { address.scheme = source.url.isSecure ? "wss" : "ws" }
        guard address.scheme == "wss" || (address.scheme == "ws" && source.loopback) else {
            throw .error(31922, "the <Stream url> must be wss, not \(address.scheme)")
        }
        // Twilio drops the query (contract, correction 4): a server that needs it must find out here.
        if let query = address.target.firstIndex(of: "?") {
            warn("the query of <Stream url> is dropped; use <Parameter>")
            address.target = String(address.target[..<query])
        }
        if let track = stream.attribute("track"), track != "inbound_track" {
            throw .error(31941, "track=\"\(track)\": only inbound_track is legal under <Connect>")
        }
        var parameters: [FormField] = []
        for parameter in stream.children where parameter.name == "Parameter" {
            checkAttributes(of: parameter, known: ["name", "value"])
            let field = FormField(parameter.attribute("name") ?? "", parameter.attribute("value") ?? "")
            if field.name.isEmpty { warn("<Parameter> without a name") }
            if field.name.unicodeScalars.count + field.value.unicodeScalars.count >= 500 {
                warn("<Parameter \(field.name)> has 500 characters or more")
            }
            parameters.append(field)
        }
        let noun = StreamNoun(
            url: address, name: stream.attribute("name"), parameters: parameters,
            statusCallback: try target(stream, "statusCallback", method: "statusCallbackMethod", mustBeAbsolute: true))
        return .connect(noun, action: try target(element, "action", method: "method", mustBeAbsolute: source.isCallUpdate))
    }

    private mutating func record(_ element: XMLElement) throws(TwilioNotice) -> Verb {
        checkAttributes(
            of: element,
            known: [
                "action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim", "recordingStatusCallback",
                "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "transcribe", "transcribeCallback", "recordingConfigurationId",
            ])
        checkChildren(of: element, known: [])
        var action = try target(element, "action", method: "method", mustBeAbsolute: source.isCallUpdate)
        if action == nil {
            if source.isCallUpdate { throw .error(11100, "<Record> sent through the REST API needs an action") }
            warn("<Record> without action asks the same URL again, which loops")
            action = ActionTarget(url: source.url, method: method(element, "method"))
        }
        return .record(
            RecordVerb(
                action: action ?? ActionTarget(url: source.url, method: "POST"),
                timeout: integer(element, "timeout", or: 5),
                finishOnKey: element.attribute("finishOnKey") ?? "1234567890*#",
                maxLength: integer(element, "maxLength", or: 3600),
                playBeep: element.attribute("playBeep") != "false",
                statusCallback: try target(
                    element, "recordingStatusCallback", method: "recordingStatusCallbackMethod", mustBeAbsolute: source.isCallUpdate)))
    }

    private func url(_ text: String, in verb: String, isAction: Bool = false) throws(TwilioNotice) -> WebAddress {
        if isAction, source.isCallUpdate, !text.contains("://") {
            throw .error(15004, "the URL of <\(verb)> must be absolute when a call is updated with TwiML")
        }
        guard let address = source.url.resolving(text), !address.isWebSocket else {
            throw .error(11100, "the URL \"\(text.trimmingASCIISpace())\" of <\(verb)> is malformed")
        }
        return address
    }

    private func target(
        _ element: XMLElement, _ name: String, method methodName: String, mustBeAbsolute: Bool
    ) throws(TwilioNotice) -> ActionTarget? {
        guard let text = element.attribute(name), !text.isEmpty else { return nil }
        if mustBeAbsolute, !text.contains("://") {
            throw .error(source.isCallUpdate ? 15004 : 11100, "\(name) of <\(element.name)> must be absolute")
        }
        guard let address = source.url.resolving(text), !address.isWebSocket else {
            throw .error(11100, "\(name)=\"\(text)\" of <\(element.name)> is malformed")
        }
        return ActionTarget(url: address, method: method(element, methodName))
    }

    private func method(_ element: XMLElement, _ name: String) -> String { element.attribute(name)?.uppercased() == "GET" ? "GET" : "POST" }

    private mutating func integer(_ element: XMLElement, _ name: String, or fallback: Int) -> Int {
        guard let text = element.attribute(name) else { return fallback }
        guard let number = Int(text), number >= 0 else {
            warn("\(name)=\"\(text)\" of <\(element.name)> is not a number")
            return fallback
        }
        return number
    }
}

extension Verb {
    /// The verb as TwiML writes it.
    package var label: String {
        switch self {
        case .play: "<Play>"
        case .connect: "<Connect>"
        case .record: "<Record>"
        case .redirect: "<Redirect>"
        case .pause: "<Pause>"
        case .hangup: "<Hangup>"
        case .reject: "<Reject>"
        case .unsupported(let name): "<\(name)>"
        }
    }
}
