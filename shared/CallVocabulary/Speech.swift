/// 20 ms of the caller's voice: 160 bytes of mu-law at 8 kHz. `sequence` counts frames from the start of the call,
/// so that sequence × 20 ms is audio time and a gap is visible to whoever receives.
package struct AudioFrame: Hashable, Sendable, Codable {
    package static let bytes = 160
    package static let milliseconds = 20
    package let sequence: UInt32
    package let payload: [UInt8]
    package init(sequence: UInt32, payload: [UInt8]) {
        self.sequence = sequence
        self.payload = payload
    }
}

/// What a recogniser says about one utterance. Never rewritten by anybody: copies are normalised for matching.
package struct Transcript: Hashable, Sendable, Codable {
    package let text: String
    /// 0…1 as the recogniser means it; not comparable between providers.
    package let confidence: Double
    /// False when the recogniser heard speech but would have to guess: the text is then empty or a best guess that must not be used as an answer.
    package let understood: Bool
    package init(text: String, confidence: Double, understood: Bool) {
        self.text = text
        self.confidence = confidence
        self.understood = understood
    }
}

/// What the dialogue expects the caller to say now: dialog → gateway → recogniser. Recognisers with closed grammars take `answers`
/// as the grammar; open ones take `hints` for biasing. An empty value means: anything.
package struct Expectations: Hashable, Sendable, Codable {
    package struct Answer: Hashable, Sendable, Codable {
        /// The value that the dialogue will understand, for example a city's identifier.
        package let value: String
        /// Ways of saying it, in Hebrew words.
        package let phrases: [String]
        package init(value: String, phrases: [String]) {
            self.value = value
            self.phrases = phrases
        }
    }
    /// Name of the dialogue's state, for logs and for caches of compiled grammars.
    package let name: String
    package let answers: [Answer]
    package let hints: [String]
    package init(name: String, answers: [Answer] = [], hints: [String] = []) {
        self.name = name
        self.answers = answers
        self.hints = hints
    }
    package static let anything = Expectations(name: "anything")
}

/// What reached the dialogue in one turn.
package enum Heard: Hashable, Sendable {
    /// The opening: nobody has spoken yet, the greeting has been played.
    case opening
    case speech(Transcript)
    /// The caller said nothing for the silence limit.
    case silence
    /// The line was cut and is back. What the caller said meanwhile has reached nobody: the last question is asked again.
    case interrupted
    /// Keys pressed.
    case digits(String)
}

/// One flat object whose `kind` names the shape.
extension Heard: Codable {
    private enum Key: String, CodingKey { case kind, transcript, digits }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .opening: try container.encode("opening", forKey: .kind)
        case .silence: try container.encode("silence", forKey: .kind)
        case .interrupted: try container.encode("interrupted", forKey: .kind)
        case .speech(let transcript):
            try container.encode("speech", forKey: .kind)
            try container.encode(transcript, forKey: .transcript)
        case .digits(let digits):
            try container.encode("digits", forKey: .kind)
            try container.encode(digits, forKey: .digits)
        }
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch try container.decode(String.self, forKey: .kind) {
        case "opening": self = .opening
        case "silence": self = .silence
        case "interrupted": self = .interrupted
        case "speech": self = .speech(try container.decode(Transcript.self, forKey: .transcript))
        case "digits": self = .digits(try container.decode(String.self, forKey: .digits))
        case let other: throw DecodingError.dataCorruptedError(forKey: .kind, in: container, debugDescription: "unknown kind of turn \(other)")
        }
    }
}

/// One finished or open turn as the dialogue needs it: the log of these is all that a dialog-worker knows about a conversation.
package struct TurnEntry: Hashable, Sendable, Codable {
    package let turn: TurnID
    package let heard: Heard
    /// Sentences that were sent to the caller and came back as marks, in order: what the caller has heard of our reply.
    package var said: [String]
    package init(turn: TurnID, heard: Heard, said: [String] = []) {
        self.turn = turn
        self.heard = heard
        self.said = said
    }
}

/// How a conversation ends when the dialogue decides it.
package enum DialogEnding: String, Hashable, Sendable, Codable {
    /// Everything was said; hang up after the goodbye was heard.
    case goodbye
    /// A person will call back; hang up after that was heard.
    case callback
    /// Nothing was agreed, and there is no number to call back; hang up after that was said.
    case unserved
    /// A person shall take the call; transfer after that was said.
    case transfer
}

/// The outcome of a call, classified: every call has exactly one.
package enum CallOutcome: String, Hashable, Sendable, Codable {
    case served, callbackPromised, unserved, callerHungUp, maximumDuration, fallback, failed
    /// A person has taken the call.
    case transferred
    /// Every line was taken.
    case busy
}
