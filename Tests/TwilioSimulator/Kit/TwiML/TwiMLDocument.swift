/// A problem by Twilio's error code (contract, section 6).
package struct TwilioNotice: Sendable, Equatable, Codable, Error {
    package enum Level: String, Sendable, Codable { case warning, error }
    package let code: Int
    package let level: Level
    package let message: String

    package static func warning(_ code: Int, _ message: String) -> TwilioNotice {
        TwilioNotice(code: code, level: .warning, message: message)
    }

    package static func error(_ code: Int, _ message: String) -> TwilioNotice {
        TwilioNotice(code: code, level: .error, message: message)
    }
}

/// A verb that the simulator executes.
package enum Verb: Sendable, Equatable {
    case play(url: WebAddress, loop: Int)
    case connect(StreamNoun, action: ActionTarget?)
    /// A stream beside the document, from Twilio to the server only.
    case start(StreamNoun)
    /// Ends a stream that ``start(_:)`` began; nil = the only one.
    case stop(name: String?)
    case record(RecordVerb)
    case dial(DialVerb)
    case redirect(ActionTarget)
    case pause(seconds: Int)
    case hangup
    case reject(reason: String)
    /// Known to Twilio, not played here; the call report says so.
    case unsupported(String)
}

/// An address that Twilio asks for the next document.
package struct ActionTarget: Sendable, Equatable {
    package var url: WebAddress
    package var method: String

    package init(url: WebAddress, method: String) {
        self.url = url
        self.method = method
    }

    /// The last part of the path: `incoming_call`, `stream_ended`.
    package var name: String { String(url.target.prefix { $0 != "?" }.split(separator: "/").last ?? "") }
}

/// `<Stream>` under `<Connect>` or `<Start>`.
package struct StreamNoun: Sendable, Equatable {
    package var url: WebAddress
    package var name: String?
    package var parameters: [FormField]
    package var statusCallback: ActionTarget?
    /// As the `start` message names them: `inbound`, `outbound`.
    package var tracks: [String]

    package init(
        url: WebAddress, name: String? = nil, parameters: [FormField] = [], statusCallback: ActionTarget? = nil, tracks: [String] = ["inbound"]
    ) {
        self.url = url
        self.name = name
        self.parameters = parameters
        self.statusCallback = statusCallback
        self.tracks = tracks
    }
}

/// `<Record>`, with Twilio's defaults filled in.
package struct RecordVerb: Sendable, Equatable {
    package var action: ActionTarget
    /// Seconds of silence that end the recording; 0 = never.
    package var timeout: Int
    package var finishOnKey: String
    /// Seconds.
    package var maxLength: Int
    package var playBeep: Bool
    package var statusCallback: ActionTarget?
    /// `completed`, `in-progress`, `absent`.
    package var statusEvents: Set<String> = ["completed"]
}

/// `<Dial>` of one number, with Twilio's defaults filled in.
package struct DialVerb: Sendable, Equatable {
    package var number: String
    package var callerId: String?
    package var action: ActionTarget?
    /// Seconds of ringing.
    package var timeout = 30
    /// Seconds of talking.
    package var timeLimit = 14_400
    package var hangupOnStar = false

    package init(number: String, action: ActionTarget?, timeout: Int = 30) {
        self.number = number
        self.action = action
        self.timeout = timeout
    }
}

/// A checked TwiML document: what Twilio would run, and what it would complain about.
package struct TwiMLDocument: Sendable, Equatable {
    package var verbs: [Verb]
    package var warnings: [TwilioNotice]

    package init(verbs: [Verb], warnings: [TwilioNotice]) {
        self.verbs = verbs
        self.warnings = warnings
    }
}

/// Where a document came from; it decides which URLs may be relative.
package struct DocumentSource: Sendable, Equatable {
    /// The URL that was asked, to resolve relative references.
    package var url: WebAddress
    /// The document was sent through the REST API: action URLs must be absolute and `<Record>` needs one (11100, 15004).
    package var isCallUpdate: Bool
    /// ws and http are allowed, for servers on this machine.
    package var loopback: Bool

    package init(url: WebAddress, isCallUpdate: Bool = false, loopback: Bool) {
        self.url = url
        self.isCallUpdate = isCallUpdate
        self.loopback = loopback
    }
}

extension Verb {
    /// The verb as TwiML writes it.
    package var label: String {
        switch self {
        case .play: "<Play>"
        case .connect: "<Connect>"
        case .start: "<Start>"
        case .stop: "<Stop>"
        case .record: "<Record>"
        case .dial: "<Dial>"
        case .redirect: "<Redirect>"
        case .pause: "<Pause>"
        case .hangup: "<Hangup>"
        case .reject: "<Reject>"
        case .unsupported(let name): "<\(name)>"
        }
    }

    /// How scenarios and reports name it: `play greeting_he.mp3`, `stream`, `dial +972501234567`.
    package var shortName: String {
        switch self {
        case .play(let url, _): "play " + ActionTarget(url: url, method: "GET").name
        case .connect: "stream"
        case .start: "start"
        case .stop: "stop"
        case .record: "record"
        case .dial(let dial): "dial " + dial.number
        case .redirect(let target): "redirect " + target.name
        case .pause: "pause"
        case .hangup: "hangup"
        case .reject(let reason): "reject " + reason
        case .unsupported(let name): name.lowercased()
        }
    }
}
