import CallVocabulary

// MARK: - The fleet

package struct Hello: Sendable, Equatable, Codable {
    package var pool: Pool
    /// Name in the fleet, stable over restarts (`asr-1`). Letters, digits and `-`, at most 32.
    package var name: String
    /// New for every process: 8 hexadecimal digits. XPUB suppresses a repeated subscription, so a reborn name must not look subscribed.
    package var nonce: String
    package var load: Load
    package init(pool: Pool, name: String, nonce: String, load: Load) {
        self.pool = pool
        self.name = name
        self.nonce = nonce
        self.load = load
    }
}

/// What a worker says of itself; it alone knows.
package struct Load: Sendable, Equatable, Codable {
    /// 0…1, higher is better; 0 when full or draining.
    package var affinity: Double
    /// Conversations that it carries.
    package var active: Int
    package var draining: Bool
    /// Items of work finished since it started: stands still when the worker does.
    package var done: UInt64
    /// Items taken on and not finished; nil from a worker that does not count them. With `outstanding` above 0 and `done` standing still,
    /// the worker is stuck though its heart beats. What waits for others (a caller's ear, credit, a provider's answer) does not count.
    package var outstanding: Int?
    package init(affinity: Double, active: Int, draining: Bool = false, done: UInt64 = 0, outstanding: Int? = nil) {
        self.affinity = affinity
        self.active = active
        self.draining = draining
        self.done = done
        self.outstanding = outstanding
    }
}

package struct Welcome: Sendable, Equatable, Codable {
    package var gateway: String
    package var heartbeatMilliseconds: Int
    package init(gateway: String, heartbeatMilliseconds: Int) {
        self.gateway = gateway
        self.heartbeatMilliseconds = heartbeatMilliseconds
    }
}

package struct Refused: Sendable, Equatable, Codable {
    package var reason: String
    /// True when another `hello` will do (a restarted gateway does not know its workers); false when the worker must change.
    package var mayRetry: Bool
    package init(reason: String, mayRetry: Bool) {
        self.reason = reason
        self.mayRetry = mayRetry
    }
}

package struct Heartbeat: Sendable, Equatable, Codable {
    package var load: Load
    /// The highest `sequence` of this gateway's envelopes that the worker has handled; nil before the first. What lies above it is outstanding.
    package var handled: UInt64?
    package init(load: Load, handled: UInt64? = nil) {
        self.load = load
        self.handled = handled
    }
}

package struct Assign: Sendable, Equatable, Codable {
    /// For asr: what the caller is expected to say first.
    package var expectations: Expectations?
    /// For asr: the first frame that will be published under this epoch; a later one that comes first leaves a gap to ask for.
    package var from: UInt32?
    package init(expectations: Expectations? = nil, from: UInt32? = nil) {
        self.expectations = expectations
        self.from = from
    }
}

// MARK: - Hearing

/// The gateway's endpointer cuts the audio into utterances. Frames travel on the topic lane, these marks on the control lane: they name frame sequences.
package enum Listen: Sendable, Equatable {
    /// The caller began to speak; `from` includes the lead-in.
    case begin(from: UInt32)
    /// The caller has finished; `through` is the last frame of the utterance. A final transcript is due.
    case end(through: UInt32)
    /// It was not speech after all: forget the utterance.
    case discard
}

/// asr→G: these frames have not arrived. They are published again, as far as the gateway still has them (30 s).
package struct Resend: Sendable, Equatable, Codable {
    package var from: UInt32
    package var through: UInt32
    package init(from: UInt32, through: UInt32) {
        self.from = from
        self.through = through
    }
}

package struct TranscriptMessage: Sendable, Equatable, Codable {
    package var transcript: Transcript
    package var final: Bool
    /// Which provider heard it.
    package var provider: String
    package init(transcript: Transcript, final: Bool, provider: String) {
        self.transcript = transcript
        self.final = final
        self.provider = provider
    }
}

// MARK: - Thinking

package struct DialogTurn: Sendable, Equatable, Codable {
    /// What was just heard (the envelope's turn).
    package var heard: Heard
    /// All earlier turns, oldest first.
    package var log: [TurnEntry]
    /// E.164 number of the caller, or nil when hidden.
    package var caller: String?
    /// Sentences of this very turn's reply that another worker has sent before it was lost: the caller has heard or will hear them.
    /// The reply goes on after them, and its first piece has the number `said.count`.
    package var said: [String]
    /// The whole lead as the last reply left it, by field name; nil: nothing is known yet. A worker remembers nothing, and not everything that
    /// a model has understood can be read from the log once more.
    package var lead: [String: String]?
    /// How often this turn was asked before in other words; nil: never. Every part of the reply repeats it, so that no word of an earlier reply is
    /// taken for one of this.
    package var attempt: Int?
    /// The caller may not have finished: these are the words so far, and the reply may be thrown away. Nothing may be done for it that anybody
    /// outside sees.
    package var preemptive: Bool?
    package init(
        heard: Heard, log: [TurnEntry], caller: String?, said: [String] = [], lead: [String: String]? = nil, attempt: Int? = nil,
        preemptive: Bool? = nil
    ) {
        self.heard = heard
        self.log = log
        self.caller = caller
        self.said = said
        self.lead = lead
        self.attempt = attempt
        self.preemptive = preemptive
    }
}

package struct ReplyPiece: Sendable, Equatable, Codable {
    /// Index of the sentence in the reply, from 0.
    package var piece: Int
    package var text: String
    /// The question's.
    package var attempt: Int?
    /// With the first sentence: milliseconds from the question's arrival to the model's first word; nil: the reply was known at once.
    package var firstToken: Int?
    package init(piece: Int, text: String, attempt: Int? = nil, firstToken: Int? = nil) {
        self.piece = piece
        self.text = text
        self.attempt = attempt
        self.firstToken = firstToken
    }
}

package struct ReplyDone: Sendable, Equatable, Codable {
    /// How many sentences the reply has. 0 on the opening, when the greeting has already been played.
    package var pieces: Int
    /// The lead as known now, by field name; values as the business stores them.
    package var lead: [String: String]
    package var ending: DialogEnding?
    /// Name of the dialogue's state after this turn, for the record.
    package var state: String
    package var provider: String
    /// Set when no provider could finish the reply; `lead` then says nothing. Sentences that were sent stand.
    package var failure: String?
    /// The question's.
    package var attempt: Int?
    package init(
        pieces: Int, lead: [String: String], ending: DialogEnding?, state: String, provider: String, failure: String? = nil, attempt: Int? = nil
    ) {
        self.attempt = attempt
        self.failure = failure
        self.pieces = pieces
        self.lead = lead
        self.ending = ending
        self.state = state
        self.provider = provider
    }
}

// MARK: - Speaking

package struct Speak: Sendable, Equatable, Codable {
    /// Sentences of one reply at most: a receptionist says two or three, and nobody listens to sixty.
    package static let piecesOfReply = 64
    /// Index of the sentence, plus `piecesOfReply` for each reply to the same turn before it that was thrown away: audio of one of those is never
    /// taken for this one's.
    package var piece: Int
    package var text: String
    /// Milliseconds of audio that may be sent before more credit comes.
    package var creditMilliseconds: Int
    package init(piece: Int, text: String, creditMilliseconds: Int) {
        self.piece = piece
        self.text = text
        self.creditMilliseconds = creditMilliseconds
    }
}

package struct SpeechChunk: Sendable, Equatable, Codable {
    package var piece: Int
    /// Index of the chunk within the sentence, from 0: a gap is a loss.
    package var index: Int
    package var last: Bool
    /// Set when the sentence could not be made; `last` is then true.
    package var failure: String?
    /// Who made it, with the first chunk.
    package var provider: String?
    package init(piece: Int, index: Int, last: Bool, failure: String? = nil, provider: String? = nil) {
        self.piece = piece
        self.index = index
        self.last = last
        self.failure = failure
        self.provider = provider
    }
}

package struct Credit: Sendable, Equatable, Codable {
    package var piece: Int
    package var milliseconds: Int
    package init(piece: Int, milliseconds: Int) {
        self.piece = piece
        self.milliseconds = milliseconds
    }
}

package struct Cancel: Sendable, Equatable, Codable {
    /// nil: the whole turn.
    package var piece: Int?
    /// Nothing of it was heard: it answered words that were not the caller's last.
    package var unheard: Bool?
    package init(piece: Int? = nil, unheard: Bool? = nil) {
        self.piece = piece
        self.unheard = unheard
    }
}

// MARK: - Updating the call

package struct UpdateCall: Sendable, Equatable, Codable {
    /// The lease: `<CallSid>.<epoch>.<number>`. One per call at a time, and the gateway lends it.
    package var lease: String
    /// The whole document; at most 4,000 characters (Twilio, 32018).
    package var twiml: String
    /// The lease's life from its receipt. No request may begin after it, and none may go on much longer.
    package var milliseconds: Int
    package init(lease: String, twiml: String, milliseconds: Int) {
        self.lease = lease
        self.twiml = twiml
        self.milliseconds = milliseconds
    }
}

package struct EndLease: Sendable, Equatable, Codable {
    package var lease: String
    package init(lease: String) { self.lease = lease }
}

package struct CallUpdated: Sendable, Equatable, Codable {
    package enum Result: String, Sendable, Codable {
        /// Twilio has taken the document.
        case done
        /// The call is not in progress any more (21220).
        case over
        /// Twilio refused it for good; `detail` has the code.
        case refused
        /// Nothing was done: no request was sent, or Twilio said that it did not process any (20429, 5xx until the lease's end).
        case failed
        /// A request was sent and its answer never came: it may have been done.
        case uncertain
        /// The lease was ended before a request was sent.
        case unused
    }
    package var lease: String
    package var result: Result
    /// For logs: Twilio's code and words, or the transport's. Holds no secret.
    package var detail: String?
    package init(lease: String, result: Result, detail: String? = nil) {
        self.lease = lease
        self.result = result
        self.detail = detail
    }
}

// MARK: - Jobs and artifacts

package struct Job: Sendable, Equatable {
    package enum Work: Sendable, Equatable {
        /// tts: make a prompt's audio from text and send it as an artifact, as MP3 and as mu-law for the stream.
        case prompt(name: String, text: String)
        /// dialog: write the call's summary from its log.
        case summary(log: [TurnEntry], lead: [String: String], outcome: CallOutcome)
        /// asr: turn a recording (attachment) into text.
        case transcribe(format: String)
    }
    package var id: String
    package var work: Work
    package var deadlineMilliseconds: Int
    package init(id: String, work: Work, deadlineMilliseconds: Int) {
        self.id = id
        self.work = work
        self.deadlineMilliseconds = deadlineMilliseconds
    }
}

package struct JobDone: Sendable, Equatable, Codable {
    package var id: String
    package var text: String?
    package var failure: String?
    package init(id: String, text: String? = nil, failure: String? = nil) {
        self.id = id
        self.text = text
        self.failure = failure
    }
}

package struct Artifact: Sendable, Equatable, Codable {
    package enum Format: String, Sendable, Codable { case mp3, mulaw }
    /// File name without extension: letters, digits, `_` and `-`.
    package var name: String
    package var format: Format
    package var job: String?
    /// Playing time.
    package var milliseconds: Int
    package init(name: String, format: Format, job: String?, milliseconds: Int) {
        self.name = name
        self.format = format
        self.job = job
        self.milliseconds = milliseconds
    }
}

package struct ArtifactStored: Sendable, Equatable, Codable {
    package var name: String
    package var format: Artifact.Format
    package var failure: String?
    package init(name: String, format: Artifact.Format, failure: String? = nil) {
        self.name = name
        self.format = format
        self.failure = failure
    }
}

package struct Tool: Sendable, Equatable, Codable {
    package var id: String
    package var name: String
    /// JSON text, as the model wrote it.
    package var arguments: String
    package init(id: String, name: String, arguments: String) {
        self.id = id
        self.name = name
        self.arguments = arguments
    }
}

package struct ToolResult: Sendable, Equatable, Codable {
    package var id: String
    package var result: String
    package init(id: String, result: String) {
        self.id = id
        self.result = result
    }
}
