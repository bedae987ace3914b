import BusContract
import CallVocabulary

/// What must survive the gateway.
package enum JournalRecord: Sendable, Equatable {
    /// A call was accepted. Its TwiML waits for this commit. A repetition raises the numbers of the card and changes nothing else.
    case accepted(JournalCall)
    /// Stream generations as the call book counts them; numbers only rise.
    case stream(CallID, generation: Int, opened: Int)
    /// An utterance was heard (final), its reply is still open. Replaces an earlier open entry of the turn, never a closed one.
    case heard(CallID, TurnEntry)
    /// The turn is over: what was heard and what was said of the reply.
    case turn(CallID, TurnEntry)
    /// The lead as known now; each later one replaces the earlier.
    case lead(CallID, [String: String])
    /// How the call will end; it has not yet, and something about it may still be said.
    /// `transferred` here means: a person has the call, or is being rung.
    case decided(CallID, CallOutcome)
    /// What was decided does not hold: nobody answered a transfer, and the conversation goes on.
    case undecided(CallID)
    /// The call is over. Its recovery rows may go; its facts stay until they are acknowledged.
    case ended(CallID, CallOutcome)
    /// Something for a crm-worker, kept until it is acknowledged. A repeated id is the same fact.
    case fact(Fact, business: BusinessID, conversation: ConversationID)
}

/// What is known of a call when it is accepted.
package struct JournalCall: Sendable, Equatable, Codable {
    package var call: CallID
    package var business: BusinessID
    /// E.164 number, or nil when hidden.
    package var caller: String?
    package var called: String
    /// Milliseconds since 1970, UTC.
    package var acceptedUnixMilliseconds: Int64
    /// Number of the stream that may come next, from 1.
    package var generation: Int
    /// The latest generation whose stream has come; 0 before the first.
    package var opened: Int
    /// Seconds since 1970, UTC.
    package var tokenExpires: Int64

    package init(
        call: CallID, business: BusinessID, caller: String?, called: String, acceptedUnixMilliseconds: Int64, generation: Int, opened: Int,
        tokenExpires: Int64
    ) {
        self.call = call
        self.business = business
        self.caller = caller
        self.called = called
        self.acceptedUnixMilliseconds = acceptedUnixMilliseconds
        self.generation = generation
        self.opened = opened
        self.tokenExpires = tokenExpires
    }
}

/// A call as a restarted gateway finds it.
package struct RecoveredCall: Sendable, Equatable {
    package var card: JournalCall
    /// Closed turns, in the order of their numbers.
    package var log: [TurnEntry]
    /// Heard and not closed, in the order of their numbers.
    package var open: [TurnEntry]
    package var lead: [String: String]
    /// Set when it is decided how the call ends, or when it has ended. ``Journal/open(directory:limits:logger:unixMilliseconds:)`` returns calls
    /// that have not ended.
    package var outcome: CallOutcome?

    package init(card: JournalCall, log: [TurnEntry] = [], open: [TurnEntry] = [], lead: [String: String] = [:], outcome: CallOutcome? = nil) {
        self.card = card
        self.log = log
        self.open = open
        self.lead = lead
        self.outcome = outcome
    }
}

/// A fact that waits for its acknowledgement.
package struct JournaledFact: Sendable, Equatable {
    /// Rises from fact to fact within one life of the gateway. A place to read on from; no identity.
    package var sequence: Int64
    package var fact: Fact
    package var business: BusinessID
    package var conversation: ConversationID

    package init(sequence: Int64, fact: Fact, business: BusinessID, conversation: ConversationID) {
        self.sequence = sequence
        self.fact = fact
        self.business = business
        self.conversation = conversation
    }
}

/// The journal's bounds.
package struct JournalLimits: Sendable {
    /// Bytes in use in the file. Beyond it new facts stay in memory; whatever calls need is still written.
    package var bytes: Int64 = 1 << 30
    /// SQLite refuses to grow the file beyond this. A quarter more than `bytes`, so that calls and acknowledgements find room.
    package var hardBytes: Int64
    /// Entries on their way to the journal's thread. One call makes less than two per second, so this is over a minute of a hundred calls.
    package var queue = 20_000
    /// Entries that the disk did not take and that wait in memory for it.
    package var memory = 20_000
    /// How long a write waits for another process that writes (a gateway that hands over to its successor).
    package var busyMilliseconds = 2_000
    /// The first pause after a failed write; each further one is twice as long, up to `longestPause`.
    package var firstPause = 250
    package var longestPause = 10_000
    /// How long ended calls stay, for late webhooks.
    package var keepEndedMilliseconds: Int64 = 2 * 3600 * 1000
    /// Older calls are not found again. Twilio ends calls after four hours by default.
    package var longestCallMilliseconds: Int64 = 4 * 3600 * 1000
    /// Share of `bytes` that raises the alarm.
    package var alarmShare = 0.8

    package init(bytes: Int64 = 1 << 30) {
        self.bytes = bytes
        hardBytes = bytes + bytes / 4
    }
}

/// How the journal is doing.
package struct JournalFigures: Sendable, Equatable {
    package enum State: String, Sendable {
        case ok
        /// The disk does not take what it should: it waits in memory.
        case degraded
    }
    package var state = State.ok
    /// Facts without acknowledgement, on disk and in memory.
    package var pendingFacts = 0
    /// When the oldest of them was made, milliseconds since 1970.
    package var oldestFact: Int64?
    /// Entries that the journal's thread has not looked at yet.
    package var queued = 0
    /// Entries that wait in memory for the disk.
    package var waiting = 0
    /// Entries dropped since the start, for want of room in memory.
    package var dropped = 0
    /// Facts that were refused and are kept aside.
    package var setAside = 0
    /// In use in the file, without its free pages.
    package var usedBytes: Int64 = 0
    /// The file with its write-ahead log.
    package var bytes: Int64 = 0

    /// Age of the oldest fact without acknowledgement, in milliseconds.
    package func oldestAge(atUnixMilliseconds now: Int64) -> Int64? { oldestFact.map { max(0, now - $0) } }
}
