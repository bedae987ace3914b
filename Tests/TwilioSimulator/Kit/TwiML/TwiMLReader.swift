/// Reads and checks TwiML as Twilio does (contract, section 2).
package struct TwiMLReader {
    /// 64 kB (error 11750).
    package static let sizeLimit = 64 * 1024
    private static let markup: Set<String> = ["text/xml", "application/xml", "text/html"]
    /// Types of `<Play>`; as the answer of a webhook they are played, and then the call ends.
    private static let audio: Set<String> = [
        "audio/mpeg", "audio/wav", "audio/wave", "audio/x-wav", "audio/aiff", "audio/x-aifc", "audio/x-aiff", "audio/x-gsm", "audio/gsm",
        "audio/ulaw",
    ]

    private let source: DocumentSource
    private var warnings: [TwilioNotice] = []

    private init(source: DocumentSource) { self.source = source }

    /// Checks an HTTP answer and reads its document.
    /// - Throws: the error that Twilio would report: 11200, 11750, 12100, 12300, or the URL errors.
    package static func read(status: Int, contentType: String?, body: [UInt8], source: DocumentSource) throws(TwilioNotice) -> TwiMLDocument {
        guard (200..<300).contains(status) else { throw .error(11200, "the server answered \(status) to \(source.url)") }
        if status == 204 || body.isEmpty { return TwiMLDocument(verbs: [], warnings: []) }
        guard let contentType else { throw .error(12300, "the TwiML answer has no Content-Type; use text/xml") }
        let type = (contentType.split(separator: ";").first ?? "").trimmingASCIISpace().lowercased()
        if audio.contains(type) { return TwiMLDocument(verbs: [.play(url: source.url, loop: 1), .hangup], warnings: []) }
        guard body.count <= sizeLimit else { throw .error(11750, "the TwiML has \(body.count) bytes; the limit is \(sizeLimit)") }
        if type == "text/plain" {
            // Valid TwiML is run, everything else is spoken and hung up.
            do { return try read(body, source: source) } catch {
                let said = TwilioNotice.warning(12300, "text/plain that is no TwiML is spoken, and the call ends; use text/xml")
                return TwiMLDocument(verbs: [.unsupported("Say"), .hangup], warnings: [said])
            }
        }
        guard markup.contains(type) else { throw .error(12300, "Content-Type \(type) is not TwiML; use text/xml") }
        return try read(body, source: source)
    }

    /// Reads a document's bytes.
    package static func read(_ body: [UInt8], source: DocumentSource) throws(TwilioNotice) -> TwiMLDocument {
        let root: XMLElement
        do { root = try XMLReader.parse(body) } catch { throw .error(12100, "the TwiML does not parse: \(error)") }
        guard root.name == "Response" else { throw .error(12100, "the root element is <\(root.name)>, not <Response>") }
        var reader = TwiMLReader(source: source)
        for complaint in TwiMLSchema.complaints(root) { reader.warn(complaint) }
        if !root.text.trimmingASCIISpace().isEmpty { reader.warn("text directly inside <Response>") }
        var verbs: [Verb] = []
        for child in root.children {
            if let verb = try reader.verb(child) { verbs.append(verb) }
        }
        reader.checkReachability(verbs)
        return TwiMLDocument(verbs: verbs, warnings: reader.warnings)
    }

    private mutating func warn(_ message: String, code: Int = 12200) { warnings.append(.warning(code, message)) }

    private mutating func checkReachability(_ verbs: [Verb]) {
        for verb in verbs.dropLast() {
            switch verb {
            case .record, .redirect, .hangup, .reject: warn("verbs after \(verb.label) are never reached")
            case .dial(let dial) where dial.action != nil: warn("verbs after <Dial action> are never reached")
            default: break
            }
        }
    }

    private mutating func verb(_ element: XMLElement) throws(TwilioNotice) -> Verb? {
        switch element.name {
        case "Play":
            if element.attribute("digits") != nil, element.text.trimmingASCIISpace().isEmpty { return .unsupported("Play digits") }
            return .play(url: try url(element.text, in: "Play"), loop: integer(element, "loop", or: 1))
        case "Connect":
            guard let stream = element.children.first(where: { $0.name == "Stream" }) else { return .unsupported("Connect without Stream") }
            let noun = try self.stream(stream, isBidirectional: true)
            return .connect(noun, action: try target(element, "action", method: "method", mustBeAbsolute: source.isCallUpdate))
        case "Start":
            guard let stream = element.children.first(where: { $0.name == "Stream" }) else { return .unsupported("Start without Stream") }
            return .start(try self.stream(stream, isBidirectional: false))
        case "Stop":
            return .stop(name: element.children.first { $0.name == "Stream" }?.attribute("name"))
        case "Record":
            return try record(element)
        case "Dial":
            return try dial(element)
        case "Redirect":
            return .redirect(ActionTarget(url: try url(element.text, in: "Redirect", isAction: true), method: method(element, "method")))
        case "Pause":
            return .pause(seconds: integer(element, "length", or: 1))
        case "Hangup":
            return .hangup
        case "Reject":
            return .reject(reason: element.attribute("reason") ?? "rejected")
        case let name where TwiMLSchema.verbs.contains(name):
            return .unsupported(name)
        default:
            return nil
        }
    }

    private mutating func stream(_ stream: XMLElement, isBidirectional: Bool) throws(TwilioNotice) -> StreamNoun {
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
        let tracks = ["inbound_track": ["inbound"], "outbound_track": ["outbound"], "both_tracks": ["inbound", "outbound"]]
        let track = stream.attribute("track") ?? "inbound_track"
        guard let names = tracks[track], !isBidirectional || track == "inbound_track" else {
            throw .error(31941, "track=\"\(track)\"" + (isBidirectional ? ": only inbound_track is legal under <Connect>" : " is unknown"))
        }
        var parameters: [FormField] = []
        for parameter in stream.children where parameter.name == "Parameter" {
            let field = FormField(parameter.attribute("name") ?? "", parameter.attribute("value") ?? "")
            if field.name.isEmpty { warn("<Parameter> without a name") }
            if field.name.unicodeScalars.count + field.value.unicodeScalars.count >= 500 {
                warn("<Parameter \(field.name)> has 500 characters or more")
            }
            parameters.append(field)
        }
        return StreamNoun(
            url: address, name: stream.attribute("name"), parameters: parameters,
            statusCallback: try target(stream, "statusCallback", method: "statusCallbackMethod", mustBeAbsolute: true), tracks: names)
    }

    private mutating func record(_ element: XMLElement) throws(TwilioNotice) -> Verb {
        var action = try target(element, "action", method: "method", mustBeAbsolute: source.isCallUpdate)
        if action == nil {
            if source.isCallUpdate { throw .error(11100, "<Record> sent through the REST API needs an action") }
            warn("<Record> without action asks the same URL again, which loops")
            action = ActionTarget(url: source.url, method: method(element, "method"))
        }
        let maxLength = integer(element, "maxLength", or: 3600)
        if maxLength < 1 || maxLength > 86_400 { warn("maxLength=\"\(maxLength)\" of <Record> is not within 1 to 86400") }
        let keys = element.attribute("finishOnKey") ?? "1234567890*#"
        if keys.contains(where: { !"1234567890*#".contains($0) }) { warn("finishOnKey=\"\(keys)\" of <Record> names what is no key") }
        let events = (element.attribute("recordingStatusCallbackEvent") ?? "completed").split(separator: " ").map(String.init)
        for event in events where !["completed", "in-progress", "absent"].contains(event) { warn("recordingStatusCallbackEvent \(event) is unknown") }
        return .record(
            RecordVerb(
                action: action ?? ActionTarget(url: source.url, method: "POST"),
                timeout: integer(element, "timeout", or: 5), finishOnKey: keys, maxLength: max(1, maxLength),
                playBeep: element.attribute("playBeep") != "false",
                statusCallback: try target(
                    element, "recordingStatusCallback", method: "recordingStatusCallbackMethod", mustBeAbsolute: source.isCallUpdate),
                statusEvents: Set(events)))
    }

    private mutating func dial(_ element: XMLElement) throws(TwilioNotice) -> Verb {
        let noun = element.children.first
        if let noun, noun.name != "Number" { return .unsupported("Dial \(noun.name)") }
        let number = (noun?.text ?? element.text).trimmingASCIISpace()
        // Twilio dials E.164; the code for anything else under <Dial> (13223, invalid phone number format) is outside the contract.
        let digits = number.drop { $0 == "+" }
        if digits.isEmpty || digits.contains(where: { !("0"..."9").contains($0) && $0 != "-" && $0 != " " }) {
            throw .error(13223, "<Dial> of \"\(number)\": that is no telephone number")
        }
        if let reason = element.attribute("callReason"), reason.count > 50 { warn("callReason of <Dial> has more than 50 characters") }
        var dial = DialVerb(
            number: number, action: try target(element, "action", method: "method", mustBeAbsolute: source.isCallUpdate),
            timeout: integer(element, "timeout", or: 30))
        dial.timeLimit = integer(element, "timeLimit", or: 14_400)
        dial.callerId = element.attribute("callerId")
        dial.hangupOnStar = element.attribute("hangupOnStar") == "true"
        return .dial(dial)
    }

    private func url(_ text: String, in verb: String, isAction: Bool = false) throws(TwilioNotice) -> WebAddress {
        if source.isCallUpdate, !text.contains("://") {
            // 15004 is about actions; a relative file has no base either, and is an invalid URL.
            throw .error(isAction ? 15004 : 11100, "the URL of <\(verb)> must be absolute when a call is updated with TwiML")
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
        guard !address.host.contains("_") else { throw .error(11100, "the host of \(name) of <\(element.name)> contains \"_\"") }
        return ActionTarget(url: address, method: method(element, methodName))
    }

    private func method(_ element: XMLElement, _ name: String) -> String { element.attribute(name) == "GET" ? "GET" : "POST" }

    /// What is no number has been complained about already; Twilio's default counts then.
    private func integer(_ element: XMLElement, _ name: String, or fallback: Int) -> Int {
        guard let number = element.attribute(name).flatMap({ Int($0) }), number >= 0 else { return fallback }
        return number
    }
}
