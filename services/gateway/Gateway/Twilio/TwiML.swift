/// A TwiML document (twilio.com/docs/voice/twiml): the verbs that this product uses, typed, and written with XML escaping.
///
/// There is no Say verb: whatever is spoken outside a stream is a Play of an MP3.
package struct TwiML: Sendable, Equatable {
    /// HTTP method of a request that Twilio makes.
    package enum Method: String, Sendable { case get = "GET", post = "POST" }

    /// What Twilio does next. Verbs run in order.
    package indirect enum Verb: Sendable, Equatable {
        /// Plays an audio file; the URL is absolute.
        case play(url: String)
        /// Connects the call to a bidirectional stream. Blocks until our side closes the socket; then `action` is requested.
        case connect(Stream, action: String?, method: Method = .post)
        /// Ends the call. Nothing runs after it.
        case hangup
        /// Goes on with the document at that URL. Nothing runs after it.
        case redirect(url: String, method: Method = .post)
        /// Silence, in seconds.
        case pause(seconds: Int)
        /// Records the caller; `action` is requested afterwards, so nothing runs after it.
        case record(Recording)
    }

    /// A bidirectional media stream.
    package struct Stream: Sendable, Equatable {
        /// `wss` in production. Twilio drops a query string, hence the parameters.
        package var url: String
        package var parameters: [Parameter]

        package init(url: String, parameters: [Parameter] = []) {
            self.url = url
            self.parameters = parameters
        }
    }

    /// Comes back in the stream's `start` message.
    package struct Parameter: Sendable, Equatable {
        package let name: String
        package let value: String

        /// - Throws: ``TwiMLError`` if name and value together reach 500 characters, which Twilio refuses.
        package init(name: String, value: String) throws(TwiMLError) {
            guard name.unicodeScalars.count + value.unicodeScalars.count < 500 else {
                throw TwiMLError(
                    message: "The stream parameter \(name) and its value have 500 characters or more. Send a key and keep the value here.")
            }
            self.name = name
            self.value = value
        }
    }

    /// A voice message.
    package struct Recording: Sendable, Equatable {
        /// Absolute; without it Twilio would request the same document again, in a loop.
        package var action: String
        /// Told when the file is there to be fetched.
        package var statusCallback: String?
        /// Seconds.
        package var maximumLength: Int
        /// Seconds of silence that end the recording.
        package var silenceTimeout: Int

        package init(action: String, statusCallback: String? = nil, maximumLength: Int = 120, silenceTimeout: Int = 5) {
            self.action = action
            self.statusCallback = statusCallback
            self.maximumLength = maximumLength
            self.silenceTimeout = silenceTimeout
        }
    }

    package var verbs: [Verb]

    package init(_ verbs: [Verb]) {
        self.verbs = verbs
    }

    /// The XML text. Nothing may stand before the declaration, not even white space (error 12100).
    package var text: String {
        let content = verbs.map(Self.element).joined()
        return #"<?xml version="1.0" encoding="UTF-8"?>"# + (content.isEmpty ? "<Response/>" : "<Response>\(content)</Response>")
    }

    private static func element(_ verb: Verb) -> String {
        switch verb {
        case .play(let url): return "<Play>\(escaped(url))</Play>"
        case .connect(let stream, let action, let method):
            let attributes = action.map { #" action="\#(escaped($0))" method="\#(method.rawValue)""# } ?? ""
            return "<Connect\(attributes)>\(element(stream))</Connect>"
        case .hangup: return "<Hangup/>"
        case .redirect(let url, let method): return #"<Redirect method="\#(method.rawValue)">\#(escaped(url))</Redirect>"#
        case .pause(let seconds): return #"<Pause length="\#(seconds)"/>"#
        case .record(let recording):
            let callback = recording.statusCallback.map { #" recordingStatusCallback="\#(escaped($0))""# } ?? ""
            return
                #"<Record action="\#(escaped(recording.action))" maxLength="\#(recording.maximumLength)" timeout="\#(recording.silenceTimeout)"\#(callback)/>"#
        }
    }

    private static func element(_ stream: Stream) -> String {
        let parameters = stream.parameters.map { #"<Parameter name="\#(escaped($0.name))" value="\#(escaped($0.value))"/>"# }.joined()
        return parameters.isEmpty ? #"<Stream url="\#(escaped(stream.url))"/>"# : #"<Stream url="\#(escaped(stream.url))">\#(parameters)</Stream>"#
    }

    /// For text and for attribute values. What XML 1.0 forbids even when escaped is left out.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&apos;"
            case "\t", "\n", "\r": result += "&#\(scalar.value);"
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// A document that Twilio would refuse.
package struct TwiMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong and what helps.
    package let message: String
    package var description: String { message }
}

// The whole documents that this product answers with.
extension TwiML {
    /// Takes a call: plays the greeting, then hands the call to the stream.
    ///
    /// No verb follows: when the stream ends, Twilio requests `actionURL`, and that answer decides what comes next.
    /// - Parameters:
    ///   - greetingURL: an MP3, or nil when the stream itself will greet.
    ///   - streamURL: `wss` address of the media socket.
    ///   - actionURL: absolute address of the stream-ended webhook.
    package static func incomingCall(greetingURL: String?, streamURL: String, actionURL: String, parameters: [Parameter]) -> TwiML {
        TwiML((greetingURL.map { [.play(url: $0)] } ?? []) + [.connect(Stream(url: streamURL, parameters: parameters), action: actionURL)])
    }

    /// Tells the caller politely that nobody answers here.
    package static func refusal(playURL: String) -> TwiML { TwiML([.play(url: playURL), .hangup]) }

    /// Ends the call.
    package static var endCall: TwiML { TwiML([.hangup]) }

    /// The gateway is being restarted: something to hear, a second, and then the webhook again, which reaches the successor.
    package static func later(playURL: String, redirectURL: String) -> TwiML {
        TwiML([.play(url: playURL), .pause(seconds: 1), .redirect(url: redirectURL)])
    }

    /// Something broke: one sentence, then the end, rather than silence.
    package static func fallback(playURL: String) -> TwiML { TwiML([.play(url: playURL), .hangup]) }

    /// Asks again in a second. Twilio follows at most ten redirects of one call (11215), so this waits ten seconds at most.
    package static func wait(redirectURL: String) -> TwiML { TwiML([.pause(seconds: 1), .redirect(url: redirectURL)]) }

    /// Nothing to do; for callbacks that want TwiML.
    package static var empty: TwiML { TwiML([]) }
}
