/// One message from Twilio on a media stream (twilio.com/docs/voice/media-streams/websocket-messages).
package enum TwilioMessage: Sendable, Equatable {
    /// First on every socket; carries no stream yet.
    case connected
    /// Once, right after `connected`.
    case start(StreamStart)
    /// The caller's audio, 20 ms as a rule; other sizes are legal.
    case media(InboundMedia)
    /// A key that the caller pressed: one of 0-9, *, #, A-D.
    case dtmf(digit: String)
    /// What we queued before this mark was played, or was thrown away by a `clear`.
    case mark(name: String)
    /// The stream was stopped or the call has ended.
    case stop
    /// A well-formed message of a kind that we do not know. Twilio may add kinds.
    case unknown(event: String)
}

/// What `start` tells about a stream.
package struct StreamStart: Sendable, Equatable {
    package var streamSid: String
    package var callSid: String
    /// Empty if Twilio did not say.
    package var accountSid: String
    /// What the TwiML's `<Parameter>` elements gave.
    package var customParameters: [String: String]
    /// `audio/x-mulaw` by contract.
    package var encoding: String
    /// Hz; 8000 by contract.
    package var sampleRate: Int
    /// 1 by contract.
    package var channels: Int

    package init(
        streamSid: String, callSid: String, accountSid: String = "", customParameters: [String: String] = [:],
        encoding: String = "audio/x-mulaw", sampleRate: Int = 8000, channels: Int = 1
    ) {
        self.streamSid = streamSid
        self.callSid = callSid
        self.accountSid = accountSid
        self.customParameters = customParameters
        self.encoding = encoding
        self.sampleRate = sampleRate
        self.channels = channels
    }
}

/// One piece of the caller's audio.
package struct InboundMedia: Sendable, Equatable {
    /// Which side of the call. A bidirectional stream delivers inbound only.
    package enum Track: Sendable { case inbound, outbound, unknown }

    /// nil if the message did not carry it.
    package var streamSid: String?
    /// Rises by one with each message of any kind.
    package var sequence: Int
    /// Counts media messages, from 1.
    package var chunk: Int
    /// Milliseconds since the stream began; not always a multiple of 20.
    package var timestampMilliseconds: Int
    package var track: Track
    /// Mu-law at 8 kHz, decoded from base64.
    package var payload: [UInt8]

    package init(streamSid: String?, sequence: Int, chunk: Int, timestampMilliseconds: Int, track: Track = .inbound, payload: [UInt8]) {
        self.streamSid = streamSid
        self.sequence = sequence
        self.chunk = chunk
        self.timestampMilliseconds = timestampMilliseconds
        self.track = track
        self.payload = payload
    }
}

/// Why a message was not understood. The caller counts it and goes on; it never ends a call.
package struct MediaMessageError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Open-ended: switch with a default.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        /// More bytes than a media message may have.
        package static let tooLarge = Code(rawValue: "too_large")
        /// More nesting than a media message may have.
        package static let tooDeep = Code(rawValue: "too_deep")
        /// Not JSON (RFC 8259), or not an object.
        package static let syntax = Code(rawValue: "syntax")
        /// Not UTF-8, or half of a surrogate pair.
        package static let text = Code(rawValue: "text")
        /// A field that this event must have is absent or of a wrong type.
        package static let missingField = Code(rawValue: "missing_field")
        /// The payload is not base64.
        package static let payload = Code(rawValue: "payload")
    }

    package let code: Code
    /// Byte offset in the message where it was noticed.
    package let offset: Int
    /// The field in question, or what was expected.
    package let detail: StaticString

    init(_ code: Code, at offset: Int, _ detail: StaticString) {
        self.code = code
        self.offset = offset
        self.detail = detail
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.code == right.code && left.offset == right.offset && left.detail.description == right.detail.description
    }

    package var description: String {
        "media message ignored (\(code.rawValue): \(detail), byte \(offset)). If this repeats, compare the sender with Twilio's media stream messages."
    }
}
