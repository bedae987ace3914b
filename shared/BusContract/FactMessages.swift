import CallVocabulary

// MARK: - Facts

/// Something that happened in a call. Written to PostgreSQL once, however often it is delivered.
package struct Fact: Sendable, Equatable {
    /// Event id, unique for ever: `<CallSid>.<counter>`.
    package var id: String
    /// Milliseconds since 1970, UTC.
    package var at: Int64
    package var body: Body

    package enum Body: Sendable, Equatable {
        case callStarted(from: String, to: String)
        case turn(TurnRecord)
        /// The lead as known now; each later one replaces the earlier.
        case lead(fields: [String: String], caller: String?)
        /// `reason` says more about how, for example which watch of the watchdog rang.
        case callEnded(outcome: CallOutcome, milliseconds: Int, reason: String? = nil)
        case summary(String)
        /// A voice message that the caller left, as known now; a later one about the same recording replaces it.
        case recording(RecordingRecord)
    }
    package init(id: String, at: Int64, body: Body) {
        self.id = id
        self.at = at
        self.body = body
    }
}

/// A voice message.
package struct RecordingRecord: Sendable, Equatable, Codable {
    /// Twilio's RecordingSid.
    package var sid: String
    package var seconds: Int
    /// The file under the gateway's state directory; nil when it could not be fetched.
    package var file: String?
    /// Its words; nil when no recogniser could hear them.
    package var text: String?
    /// Why there is no file or no text.
    package var failure: String?
    package init(sid: String, seconds: Int, file: String? = nil, text: String? = nil, failure: String? = nil) {
        self.sid = sid
        self.seconds = seconds
        self.file = file
        self.text = text
        self.failure = failure
    }
}

package struct FactStored: Sendable, Equatable, Codable {
    package var id: String
    /// Set when the fact can never be stored (malformed); it is then set aside by the sender, not repeated.
    package var failure: String?
    package init(id: String, failure: String? = nil) {
        self.id = id
        self.failure = failure
    }
}

/// The record of one turn, written when it is over.
package struct TurnRecord: Sendable, Equatable, Codable {
    package var entry: TurnEntry
    package var recogniser: String?
    package var dialog: String?
    package var state: String?
    package var stages: TurnStages
    /// Why the caller's utterance was taken to be over: `no_words`, `plain`, `question`, `open_number`, …; nil: nobody spoke.
    package var endpoint: String?
    /// Who spoke; nil: canned lines only, or a file.
    package var voice: String?
    /// Who served the turn, by pool: each worker of a pool has the call under an epoch of its own.
    package var epochs: [String: UInt64]?
    /// What became of asking the dialogue before the caller had ended: `hit`, or `miss` when the last words were others; nil: not tried.
    package var preemption: String?
    /// How often the dialogue was asked in vain before.
    package var attempts: Int?
    /// Milliseconds of silence between the sentences of the reply that were not meant, and within them; nil: none.
    package var gapMilliseconds: Int?
    package init(
        entry: TurnEntry, recogniser: String? = nil, dialog: String? = nil, state: String? = nil, stages: TurnStages, endpoint: String? = nil
    ) {
        self.entry = entry
        self.recogniser = recogniser
        self.dialog = dialog
        self.state = state
        self.stages = stages
        self.endpoint = endpoint
    }
}

/// When each stage of a turn was reached, on the call's clock. The difference of two is a stage's time.
package struct TurnStages: Sendable, Equatable, Codable {
    /// Arrival of the last voiced frame of the caller.
    package var voiceEnd: CallTime?
    /// The endpointer's decision.
    package var endpoint: CallTime?
    package var final: CallTime?
    /// The dialogue was asked: before the final, when the words so far seemed to be all.
    package var asked: CallTime?
    /// The model's first word, as its worker tells.
    package var firstToken: CallTime?
    /// First sentence of the reply.
    package var reply: CallTime?
    /// First chunk of its audio.
    package var audio: CallTime?
    /// First audio handed to the line.
    package var spoken: CallTime?
    /// The last mark came back: the reply has been heard.
    package var heard: CallTime?
    /// The caller took the word: playout was stopped.
    package var bargeIn: CallTime?
    package init() {}
}
