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
    case record(RecordVerb)
    case redirect(ActionTarget)
    case pause(seconds: Int)
    case hangup
    case reject
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
}

/// `<Stream>` under `<Connect>`.
package struct StreamNoun: Sendable, Equatable {
    package var url: WebAddress
    package var name: String?
    package var parameters: [FormField]
    package var statusCallback: ActionTarget?
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
