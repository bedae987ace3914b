/// What a run of chaos leaves to be judged. All times are milliseconds since the run began.

/// One utterance of a caller, with everything that came of it.
package struct UtteranceRecord: Sendable, Equatable, Codable {
    package enum Reason: String, Sendable, Codable {
        case first
        /// The agent asked again, or apologised.
        case asked
        /// Nothing at all was heard for seconds: the caller tries again by itself.
        case unasked
    }

    /// The utterance as it was spoken once.
    package struct Attempt: Sendable, Equatable, Codable {
        package var reason: Reason
        /// First frame.
        package var start: Int
        /// Last frame; nil when the call ended before.
        package var end: Int?

        package init(reason: Reason, start: Int, end: Int? = nil) {
            self.reason = reason
            self.start = start
            self.end = end
        }
    }

    package var number: Int
    package var attempts: [Attempt]
    /// When each of the two sentences of its reply was heard, as often as it was.
    package var heard: [[Int]] = [[], []]
    /// When the agent asked again or apologised while this was unanswered.
    package var asked: [Int] = []
    /// Both sentences have been heard.
    package var answered: Int?
    /// After that the line fell quiet: all that belongs to the reply has been played.
    package var closed: Int?
    /// The longest silence between the end of the utterance and the end of its reply.
    package var silenceMs = 0
    /// The caller stopped trying.
    package var gaveUp = false

    package init(number: Int, attempts: [Attempt]) {
        self.number = number
        self.attempts = attempts
    }

    package var begin: Int { attempts.first?.start ?? 0 }
    package var repeats: Int { max(0, attempts.count - 1) }
}

/// The time between two streams of a call.
package struct LineGap: Sendable, Equatable, Codable {
    /// The media socket closed, and we had not said stop.
    package var closed: Int
    /// nil: it broke without a close frame.
    package var code: Int?
    /// The next stream's `start` was sent; nil when there was none.
    package var opened: Int?
    /// The first audible sound after that.
    package var audible: Int?

    package init(closed: Int, code: Int? = nil, opened: Int? = nil, audible: Int? = nil) {
        self.closed = closed
        self.code = code
        self.opened = opened
        self.audible = audible
    }
}

/// One call as its caller lived it.
package struct CallRecord: Sendable, Equatable, Codable {
    package struct Stray: Sendable, Equatable, Codable {
        package var number: Int
        package var at: Int

        package init(number: Int, at: Int) {
            self.number = number
            self.at = at
        }
    }

    package struct Note: Sendable, Equatable, Codable {
        package var at: Int
        package var text: String
    }

    package var sid: String
    /// The caller's number.
    package var from: String
    package var began: Int
    package var ended: Int?
    /// Why it ended, when the caller did not end it.
    package var cutOff: String?
    package var streams = 0
    package var utterances: [UtteranceRecord] = []
    package var gaps: [LineGap] = []
    /// Numbers that answer nothing this caller has said.
    package var strays: [Stray] = []
    /// What Twilio would have written into its debugger, and webhooks.
    package var notes: [Note] = []
    /// The number's fallback URL was asked.
    package var fallbacks = 0
    package var ticks = 0
    package var lateTicks = 0

    package init(sid: String, from: String, began: Int) {
        self.sid = sid
        self.from = from
        self.began = began
    }

    package mutating func note(_ text: String, at now: Int) {
        // Twenty lines tell a story; a call that goes wrong in a circle must not fill the disk.
        if notes.count < 200 { notes.append(Note(at: now, text: text)) }
    }
}

/// A blow that was struck.
package struct EventRecord: Sendable, Equatable, Codable {
    package var event: ChaosEvent
    package var at: Int
    /// `asr-2`
    package var victim: String
    package var pid: Int32
    /// The victim or its replacement was ready again.
    package var over: Int?

    package init(event: ChaosEvent, at: Int, victim: String, pid: Int32, over: Int? = nil) {
        self.event = event
        self.at = at
        self.victim = victim
        self.pid = pid
        self.over = over
    }
}

/// What PostgreSQL holds at the end.
package struct WrittenCall: Sendable, Equatable, Codable {
    package struct Turn: Sendable, Equatable, Codable {
        package var turn: Int
        /// `opening`, `speech`, `silence`, `digits`
        package var kind: String
        package var heard: String?
        package var understood: Bool?

        package init(turn: Int, kind: String, heard: String?, understood: Bool?) {
            self.turn = turn
            self.kind = kind
            self.heard = heard
            self.understood = understood
        }
    }

    package struct Fact: Sendable, Equatable, Codable {
        package var id: String
        package var kind: String

        package init(id: String, kind: String) {
            self.id = id
            self.kind = kind
        }
    }

    package var sid: String
    package var from: String?
    package var hasStart = false
    package var hasEnd = false
    package var outcome: String?
    package var hasSummary = false
    /// The number in the lead: the last one that the dialogue understood.
    package var lead: String?
    /// In order.
    package var turns: [Turn] = []
    package var facts: [Fact] = []

    package init(sid: String) { self.sid = sid }
}

/// A whole run.
package struct RunRecord: Sendable, Codable {
    package var plan: ChaosPlan
    /// What reproduces it.
    package var command: String
    package var callers: Int
    /// When the chaos began.
    package var began: Int
    package var ended: Int
    package var events: [EventRecord]
    package var calls: [CallRecord]
    /// nil: the database could not be read.
    package var written: [WrittenCall]?
    /// Events of the schedule that were not struck, and what else kept the run from being what it should be.
    package var faults: [String]

    package init(
        plan: ChaosPlan, command: String, callers: Int, began: Int, ended: Int, events: [EventRecord], calls: [CallRecord],
        written: [WrittenCall]?, faults: [String]
    ) {
        self.plan = plan
        self.command = command
        self.callers = callers
        self.began = began
        self.ended = ended
        self.events = events
        self.calls = calls
        self.written = written
        self.faults = faults
    }
}
