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
        /// Rings a person; `action` is requested afterwards, answered or not, so nothing runs after it.
        case dial(number: String, action: String, seconds: Int)
    }

    /// A bidirectional media stream.
    package struct Stream: Sendable, Equatable {
        /// `wss` in production. Twilio drops a query string, hence the parameters.
        package var url: String
        package var parameters: [Parameter]
        /// Told when the stream starts, stops or fails; absolute.
        package var statusCallback: String?

        package init(url: String, parameters: [Parameter] = [], statusCallback: String? = nil) {
            self.url = url
            self.statusCallback = statusCallback
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
            let callback =
                recording.statusCallback.map { #" recordingStatusCallback="\#(escaped($0))" recordingStatusCallbackEvent="completed absent""# } ?? ""
            return
                #"<Record action="\#(escaped(recording.action))" method="POST" maxLength="\#(recording.maximumLength)" timeout="\#(recording.silenceTimeout)"\#(callback)/>"#
        case .dial(let number, let action, let seconds):
            return #"<Dial action="\#(escaped(action))" method="POST" timeout="\#(seconds)">\#(escaped(number))</Dial>"#
        }
    }

    private static func element(_ stream: Stream) -> String {
        let parameters = stream.parameters.map { #"<Parameter name="\#(escaped($0.name))" value="\#(escaped($0.value))"/>"# }.joined()
        let callback = stream.statusCallback.map { #" statusCallback="\#(escaped($0))""# } ?? ""
        return #"<Stream url="\#(escaped(stream.url))"\#(callback)"# + (parameters.isEmpty ? "/>" : ">\(parameters)</Stream>")
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

// The whole documents that this product answers with. What runs after each verb is chosen: there is none after which a caller would hear nothing.
extension TwiML {
    /// What the stream's documents have in common.
    package struct Connection: Sendable, Equatable {
        /// `wss` address of the media socket.
        package var streamURL: String
        /// Asked when the stream is over; its answer decides what comes next.
        package var actionURL: String
        /// Told about the stream's start, end and errors.
        package var statusURL: String
        /// Where the call goes if Twilio should run on after the stream: with an action it does not (CONNECT).
        package var afterURL: String
        package var parameters: [Parameter]

        package init(streamURL: String, actionURL: String, statusURL: String, afterURL: String, parameters: [Parameter]) {
            self.streamURL = streamURL
            self.actionURL = actionURL
            self.statusURL = statusURL
            self.afterURL = afterURL
            self.parameters = parameters
        }
    }

    /// Plays what is to be played, then gives the call to the stream: a new call with its greeting, a broken stream with nothing, a reply in
    /// `play` mode with its MP3.
    package static func conversation(playURLs: [String], _ connection: Connection) -> TwiML {
        TwiML(
            playURLs.map { .play(url: $0) } + [
                .connect(
                    Stream(url: connection.streamURL, parameters: connection.parameters, statusCallback: connection.statusURL),
                    action: connection.actionURL),
                .redirect(url: connection.afterURL),
            ])
    }

    /// Plays something and hangs up: refusal, busy, the end of the longest duration, thanks for a message.
    package static func farewell(playURL: String) -> TwiML { TwiML([.play(url: playURL), .hangup]) }

    /// Ends the call.
    package static var endCall: TwiML { TwiML([.hangup]) }

    /// The gateway is being restarted: something to hear, a second, and then the webhook again, which reaches the successor.
    package static func later(playURLs: [String], redirectURL: String) -> TwiML {
        TwiML(playURLs.map { .play(url: $0) } + [.pause(seconds: 1), .redirect(url: redirectURL)])
    }

    /// Something broke: a sentence that asks for a message, and the recording of it. Without the MP3 the beep alone asks.
    /// No verb follows: whatever comes after `<Record>` is never run, its action decides.
    package static func message(playURL: String?, _ recording: Recording) -> TwiML {
        TwiML((playURL.map { [.play(url: $0)] } ?? []) + [.record(recording)])
    }

    /// Hands the call to a person; the action hears how that went.
    package static func transfer(playURL: String?, number: String, seconds: Int, actionURL: String) -> TwiML {
        TwiML((playURL.map { [.play(url: $0)] } ?? []) + [.dial(number: number, action: actionURL, seconds: seconds)])
    }

    /// Asks again in a second. Twilio follows at most ten redirects of one call (11215), so this waits ten seconds at most.
    package static func wait(redirectURL: String) -> TwiML { TwiML([.pause(seconds: 1), .redirect(url: redirectURL)]) }

    /// Nothing to do; for callbacks that want TwiML.
    package static var empty: TwiML { TwiML([]) }
}
