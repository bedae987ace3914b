import Signing

/// Twilio's half of the Media Streams protocol: messages to the server (contract, section 1.2).
///
/// Numbers that Twilio writes as strings are written as strings; key order follows the documented examples.
package struct StreamMessageWriter: Sendable {
    package let streamSid: String
    package let callSid: String
    package let accountSid: String
    private var sequence = 0
    private var chunk = 0

    package init(streamSid: String, callSid: String, accountSid: String) {
        self.streamSid = streamSid
        self.callSid = callSid
        self.accountSid = accountSid
    }

    private mutating func next() -> Int {
        sequence += 1
        return sequence
    }

    /// First message; it carries neither a sequence number nor a stream SID.
    package func connected() -> String { #"{"event":"connected","protocol":"Call","version":"1.0.0"}"# }

    /// - Parameter tracks: more than `inbound` on unidirectional streams only.
    package mutating func start(parameters: [FormField], tracks: [String] = ["inbound"]) -> String {
        let names = tracks.map(JSONValue.quoted).joined(separator: ",")
        let custom = parameters.map { "\(JSONValue.quoted($0.name)):\(JSONValue.quoted($0.value))" }.joined(separator: ",")
        return #"{"event":"start","sequenceNumber":"\#(next())","start":{"accountSid":"\#(accountSid)","streamSid":"\#(streamSid)","#
            + #""callSid":"\#(callSid)","tracks":[\#(names)],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},"#
            + #""customParameters":{\#(custom)}},"streamSid":"\#(streamSid)"}"#
    }

    /// - Parameters:
    ///   - timestamp: milliseconds since the stream's start.
    ///   - payload: base64 of raw mu-law at 8 kHz.
    package mutating func media(timestamp: Int, payload: String, track: String = "inbound") -> String {
        chunk += 1
        return #"{"event":"media","sequenceNumber":"\#(next())","media":{"track":"\#(track)","chunk":"\#(chunk)","#
            + #""timestamp":"\#(timestamp)","payload":"\#(payload)"},"streamSid":"\#(streamSid)"}"#
    }

    package mutating func mark(name: String) -> String {
        #"{"event":"mark","sequenceNumber":"\#(next())","streamSid":"\#(streamSid)","mark":{"name":\#(JSONValue.quoted(name))}}"#
    }

    package mutating func dtmf(digit: Character) -> String {
        #"{"event":"dtmf","streamSid":"\#(streamSid)","sequenceNumber":"\#(next())","dtmf":{"track":"inbound_track","digit":"\#(digit)"}}"#
    }

    package mutating func stop() -> String {
        #"{"event":"stop","sequenceNumber":"\#(next())","stop":{"accountSid":"\#(accountSid)","callSid":"\#(callSid)"},"#
            + #""streamSid":"\#(streamSid)"}"#
    }
}

/// A message from the server, as Twilio accepts it on a bidirectional stream (contract, section 1.3).
package enum ServerMessage: Sendable, Equatable {
    /// Raw mu-law at 8 kHz, any length.
    case media([UInt8])
    case mark(String)
    case clear

    /// Why Twilio raises warning 31951 for a message.
    package struct Invalid: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// Reads one text frame. Unknown events, missing or extra fields, a foreign stream SID and text that is not JSON are invalid.
    package static func parse(_ bytes: [UInt8], streamSid: String) throws(Invalid) -> ServerMessage {
        let json: JSONValue
        do { json = try JSONReader.parse(bytes) } catch { throw Invalid(description: "not JSON: \(error)") }
        guard let names = json.names else { throw Invalid(description: "not a JSON object") }
        guard let event = json["event"]?.string else { throw Invalid(description: "no event field") }
        switch event {
        case "media":
            try check(json, names, fields: ["event", "streamSid", "media"], streamSid)
            guard let media = json["media"], media.names == ["payload"], let payload = media["payload"]?.string else {
                throw Invalid(description: "media must be an object with payload and nothing else")
            }
            guard let audio = Base64.decode(payload) else { throw Invalid(description: "payload is not base64") }
            return .media(audio)
        case "mark":
            try check(json, names, fields: ["event", "streamSid", "mark"], streamSid)
            guard let mark = json["mark"], mark.names == ["name"], let name = mark["name"]?.string else {
                throw Invalid(description: "mark must be an object with name and nothing else")
            }
            return .mark(name)
        case "clear":
            try check(json, names, fields: ["event", "streamSid"], streamSid)
            return .clear
        default:
            throw Invalid(description: "unknown event \(event)")
        }
    }

    private static func check(_ json: JSONValue, _ names: [String], fields: Set<String>, _ streamSid: String) throws(Invalid) {
        let present = Set(names)
        guard present.count == names.count else { throw Invalid(description: "repeated field") }
        if let extra = present.subtracting(fields).sorted().first { throw Invalid(description: "extra field \(extra)") }
        if let missing = fields.subtracting(present).sorted().first { throw Invalid(description: "missing field \(missing)") }
        guard json["streamSid"]?.string == streamSid else { throw Invalid(description: "wrong streamSid") }
    }
}
