import BusContract
import CallVocabulary

/// How a worker was lost.
package enum WorkerLoss: String, Sendable, Codable {
    /// Its process ended, or its socket did.
    case died
    /// It lives and does nothing.
    case hung
    /// It said goodbye.
    case left
}

/// All that can happen to a call. With the time it happened, these are the only inputs of `CallSession`:
/// a recorded list of them replays the call exactly.
package enum CallEvent: Sendable, Equatable, Codable {
    /// The media stream was accepted: its `start` carried a good token.
    case lineOpened(streamSID: String)
    /// Bytes of the caller's voice as they came from the line: mu-law, 8 kHz, any length.
    case voice([UInt8])
    case digit(String)
    /// The line returned a mark: what precedes it was played, or a `clear` voided it.
    case mark(String)
    /// Twilio said `stop`.
    case lineStopped
    /// The socket went away without a `stop`.
    case lineLost
    /// Twilio reports the call's end by status callback.
    case callCompleted
    /// The call had ended before an update of ours came to Twilio.
    case callOver
    /// The fleet gave the call a worker of this pool, from this epoch on.
    case assigned(Pool, Epoch)
    /// The worker that the call had in this pool under this epoch is gone.
    case workerLost(Pool, Epoch, WorkerLoss)
    /// The worker that the call has under this epoch wants to leave: move when it suits.
    case workerLeaving(Pool, Epoch)
    /// There is no other worker of this pool to move to.
    case stayed(Pool)
    /// The gateway is leaving: hand the call over at the next boundary of an utterance, or at once.
    case handOver(atOnce: Bool)
    /// No worker of this pool is alive.
    case unassigned(Pool)
    /// A worker said something about this call.
    case bus(Pool, Envelope, attachment: [UInt8])
    /// The summary job is over.
    case summary(String?)
    /// The reply's MP3 is in the public folder, or (nil) cannot be made.
    case replyFile(TurnID, name: String?, milliseconds: Int)
    /// Twilio has fetched this MP3: the update of ours that named it is in effect.
    case fileFetched(String)
    /// An update of the call that was asked for could not be made, or not begun.
    case updateFailed(String)
    /// Twilio reports an error of the stream. Our socket may not know yet, and may not for a minute.
    case streamFailed(String)
    /// The call has come to the recording, whoever sent it there.
    case landed
    /// `<Dial>` is over.
    case transferEnded(answered: Bool)
    /// Twilio was told to open a stream, after so many milliseconds of what is played first.
    case streamAwaited(milliseconds: Int)
    /// Nothing but the passing of time.
    case tick
}

/// All that a call can want. One function (`CallRunner.run`) carries these out.
package enum CallAction: Sendable, Equatable, Codable {
    // To the line
    case play([UInt8])
    case mark(String)
    case clear
    case closeLine
    /// Takes the call off its stream, by an update of the call. Answered by the stream's end, by `callCompleted`, or by `updateFailed`.
    case exit(LineExit)
    /// Make an MP3 of this text (answered by `replyFile`).
    case makeReply(TurnID, String)
    /// Have this MP3 played and a stream opened after it: the voice gets the call's lease to do so (answered by `callUpdated`, or `updateFailed`).
    case update(TurnID, file: String, milliseconds: Int, lease: String)

    // To the workers
    /// Ask the fleet for a worker of this pool (answered by `assigned` or `unassigned`).
    /// `replacing`: it takes over from one that was lost.
    case assign(Pool, replacing: Bool)
    /// Ask the fleet for another worker than the one that wants to leave (answered by `assigned` or `stayed`).
    case move(Pool)
    case send(Pool, Envelope)
    /// Frames for the recogniser, in order.
    case publish([AudioFrame], Epoch)
    /// The call needs its workers no more.
    case releaseAll
    case summarise(log: [TurnEntry], lead: [String: String], outcome: CallOutcome)

    // To whoever listens
    case fact(Fact)
    /// An utterance was heard and is not answered yet: to be remembered, should this gateway die before the answer.
    case heard(TurnEntry)
    case tap(TapEvent)
    case log(CallLog)

    /// The call is over and everything about it has been said: forget it.
    case finished(CallOutcome)
    /// The call goes on in another process: forget it, and tell nobody that it ended.
    case handedOver
}

/// How a call leaves its stream by our own will. Whatever is chosen stands in the call's book before Twilio is told: when the update
/// cannot be made, the socket is closed, and Twilio asks the action URL, which gives the same document.
package enum LineExit: String, Sendable, Equatable, Codable {
    /// The conversation is over and its last word was heard.
    case complete
    /// To the recording.
    case record
    /// To a person.
    case transfer
    /// The longest duration is reached: a spoken end.
    case timeUp
}

/// One line of log. Callers' words travel apart, so that whoever writes the line decides about them.
package struct CallLog: Sendable, Equatable, Codable {
    package enum Name: String, Sendable, Codable {
        // The first three and CALL_STATUS are names that operators' searches rely on.
        case wsStart = "WS_START"
        case hebrewSpeech = "HEBREW_SPEECH"
        case pingPongTX = "PING_PONG_TX"
        case stageLate = "STAGE_LATE"
        case noWorker = "NO_WORKER"
        case underrun = "UNDERRUN"
        /// The next sentence was not there when the one before ended.
        case gap = "SENTENCE_GAP"
        /// What became of asking the dialogue before the caller had ended.
        case preemption = "PREEMPTION"
        case staleEpoch = "STALE_EPOCH"
        case workerLost = "WORKER_LOST"
        case failover = "FAILOVER"
        case sentenceRepeated = "SENTENCE_REPEATED"
        case quarantined = "QUARANTINED"
        case handedOver = "HANDED_OVER"
        case callEnded = "CALL_ENDED"
        case watchdogRedirect = "WATCHDOG_REDIRECT"
        case bargeIn = "BARGE_IN"
        /// Playout was stopped for a voice that may want the word, and went on because it did not.
        /// The agent's voice came back on the line and made an utterance; it is no turn.
        case echo = "ECHO"
        case paused = "PAUSED"
        case unpaused = "UNPAUSED"
        case filler = "FILLER"
        case transfer = "TRANSFER"
        /// The line does not play, or the update cannot be made: the reply goes the other way.
        case otherWay = "REPLY_OTHER_WAY"
        case key = "KEY"
        /// For how long the caller could not be heard, because a reply was played without a stream.
        case deaf = "DEAF"
    }
    package var name: Name
    package var turn: TurnID?
    package var fields: [String: String]
    package var words: String?

    package init(_ name: Name, turn: TurnID? = nil, fields: [String: String] = [:], words: String? = nil) {
        self.name = name
        self.turn = turn
        self.fields = fields
        self.words = words
    }
}

/// Who calls whom, and by which rules. An input too: a trace begins with it.
package struct CallOpening: Sendable, Equatable, Codable {
    package var call: CallID
    package var business: BusinessID
    /// E.164, or nil when hidden.
    package var caller: String?
    package var called: String
    /// Milliseconds since 1970 at `CallTime.zero`.
    package var startedUnixMilliseconds: Int64
    /// The greeting as it was played before the stream, so that the log knows that it was said.
    package var greeting: String
    package var policy: CallPolicy
    /// Number of the call's first fact. Higher in every life of the gateway, so that a call that outlives one repeats no id.
    package var firstFact: Int
    /// Canned lines for when a stage fails: mu-law, 8 kHz. Missing ones are skipped.
    package var clips: [Clip: CannedLine]

    package enum Clip: String, Sendable, Codable, CodingKeyRepresentable {
        /// "There was a small problem; could you say that again?"
        case sorry
        /// "One moment, please": something takes longer.
        case moment
        /// "Sorry, the line was cut for a moment."
        case resumed
        /// The greeting, for a business that greets in the stream.
        case greeting
        /// "The call will end in a minute."
        case warning
    }
    package struct CannedLine: Sendable, Equatable, Codable {
        package var text: String
        package var audio: [UInt8]
        /// Name of its MP3 in the public folder, for when the stream does not play.
        package var file: String?
        package init(text: String, audio: [UInt8], file: String? = nil) {
            self.text = text
            self.audio = audio
            self.file = file
        }
    }

    /// There is a person to whom the call can be handed.
    package var canTransfer = false

    /// The call began in an earlier life of the gateway, or in another one: what is known of it.
    package var history: History?
    package struct History: Sendable, Equatable, Codable {
        /// Finished turns, oldest first.
        package var log: [TurnEntry]
        /// Heard, and not answered when the gateway went.
        package var unanswered: [TurnEntry]
        package var lead: [String: String]
        /// How the call was to end, when that was decided.
        package var outcome: CallOutcome?
        package init(log: [TurnEntry], unanswered: [TurnEntry], lead: [String: String], outcome: CallOutcome? = nil) {
            self.outcome = outcome
            self.log = log
            self.unanswered = unanswered
            self.lead = lead
        }
    }

    package init(
        call: CallID, business: BusinessID, caller: String?, called: String, startedUnixMilliseconds: Int64, greeting: String,
        policy: CallPolicy = CallPolicy(), firstFact: Int = 1, clips: [Clip: CannedLine] = [:], history: History? = nil
    ) {
        self.history = history
        self.call = call
        self.business = business
        self.caller = caller
        self.called = called
        self.startedUnixMilliseconds = startedUnixMilliseconds
        self.greeting = greeting
        self.policy = policy
        self.firstFact = firstFact
        self.clips = clips
    }
}

/// The rules of a call, all in milliseconds.
package struct CallPolicy: Sendable, Equatable, Codable {
    /// Silence after the last voiced frame that ends an utterance, by what its words ask for.
    package var endpoint = EndpointRules()
    /// The caller interrupts the agent when words are known and this much of them was voice: less is a cough with a word read into it.
    package var bargeInVoice = 240
    /// A voice over the agent's wants the word for certain with this much of it and `bargeInWords`; before that the agent only falls silent, and
    /// goes on when the final says that it was nothing.
    package var bargeInCertain = 500
    package var bargeInWords = 2
    /// The agent does not wait longer in mid-sentence to know what the caller wants.
    package var doubt = 1_500
    /// A voice that began over the agent's and ended no later than this after it may be its echo: lines return one after up to 250 ms, and the mark
    /// comes by the same line.
    package var echoTail = 600
    /// From the first sound of a reply: who began before hearing it is not interrupting it.
    package var protectedStart = 800
    /// Words that are not final yet may stop the agent. Not those of a recogniser that knows a list of answers only: it hears one of them in
    /// every sound.
    package var trustsInterims = true
    /// The dialogue is asked as soon as the caller's words seem to be all, this often for one utterance at most; 0: only about finals.
    package var preemptions = 0
    /// Audio before the first voiced frame that belongs to the utterance: weak first consonants lie below the detector.
    package var leadIn = 240
    /// An utterance is cut here at the latest.
    package var longestUtterance = 20_000
    /// Less voice than this, and not understood: a cough, not a turn.
    package var shortestTurn = 200
    /// No frame for this long in mid-utterance ends it. Bursts have holes of up to 233 ms, and nothing is dead under a second.
    package var mediaHole = 2_000
    /// From the end of an utterance to its final transcript. A recogniser behind which several providers stand has tried them by 3.5 s.
    package var finalDeadline = 4_000
    /// From the question to the dialogue to its first sentence, and from each sentence to the next: two models that are silent for 2.5 s each.
    package var replyDeadline = 6_000
    /// From the question to the dialogue to "one moment", when nothing of the answer has come; 0: never. Never in two turns after each other.
    package var filler = 0
    /// From a sentence to its first audio, and from each chunk to the next.
    package var audioDeadline = 3_000
    /// From the expected end of playout to the return of the mark.
    package var markDeadline = 2_000
    /// How replies are spoken.
    package var replyMode = ReplyMode.stream
    package enum ReplyMode: String, Sendable, Codable {
        /// Into the stream.
        case stream
        /// As an MP3 that an update of the call plays, after which a new stream opens.
        case play
    }
    /// No frame of the caller's for this long: the line is dead (`WATCHDOG_NO_MEDIA_TIMEOUT`).
    package var noMedia = 6_000
    /// From the end of an utterance to the first audio of its answer, whatever goes on in between (`WATCHDOG_NO_REPLY_TIMEOUT`).
    package var noReply = 12_000
    /// From the moment at which a stream should begin to its `start` (`WATCHDOG_START_TIMEOUT`).
    package var streamStart = 6_000
    /// To make the MP3 of a reply.
    package var fileDeadline = 6_000
    /// A call's lease for an update. Twilio answers in some hundred milliseconds.
    package var lease = 4_000
    /// A lease that was ended is given this long to come back.
    package var leaseReturn = 1_000
    /// Evidence of an update whose answer never came.
    package var evidence = 1_500
    /// An update that takes the call off its stream shows its effect within this, or the socket is closed instead.
    package var exitEffect = 5_000
    /// A reply that is ready waits this long for a caller who is speaking: an update would cut the stream, and the words with it.
    package var politeness = 4_000
    /// A stream that did not play this often is not tried again.
    package var refusalsOfStream = 2
    /// Said this long before the longest duration.
    package var warningBefore = 60_000
    /// A person may have the call for this long. Twilio ends calls after four hours.
    package var longestTransfer = 4 * 3_600_000
    /// Silence of both sides before the dialogue is asked to prompt.
    package var silence = 8_000
    /// After this long the call is ended.
    package var longestCall = 30 * 60_000
    /// How far ahead of the caller's ear the line's buffer is filled: it covers a scheduler's hole of some hundred
    /// milliseconds, and a `clear` empties it at once.
    package var playbackLead = 400
    /// Audio that a voice may send before it gets more credit.
    package var credit = 4_000
    /// Consecutive failed turns before the call goes to the recorded fallback.
    package var failuresBeforeFallback = 2
    /// A lost socket without a `stop` is given this long: Twilio asks the action URL, or reports the call's end.
    package var lostLine = 10_000
    package var summaryDeadline = 5_000
    /// The final of what was said just before hanging up is waited for this long.
    package var lastWords = 1_500
    /// Between attempts to find a worker for a pool that has none.
    package var reassign = 500
    /// A caller who waits for a worker that does not exist hears "one moment" after this long…
    package var holdAfter = 1_000
    /// …and then has this much patience before the turn is given up.
    package var holdFor = 8_000
    /// Audio before an unfinished utterance that a new recogniser gets too: recognisers adapt to the line.
    package var replayContext = 1_000
    /// Workers of one pool that may be lost over one and the same piece of work. After that it is the work that kills them.
    package var lossesBeforeQuarantine = 2
    /// A worker that is lost sooner than this after it was given the call counts as lost over the call, though no turn was in its hands.
    package var freshAssignment = 2_000
    package init() {}
}
