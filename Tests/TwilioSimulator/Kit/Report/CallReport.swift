/// Everything that happened in one simulated call. Times are milliseconds on the call's clock, which begins with the webhook.
package struct CallReport: Codable, Sendable {
    /// How the call ended.
    package struct Outcome: Codable, Sendable, Equatable {
        /// The call went as its script wanted and no error was raised.
        package var succeeded: Bool
        /// `goodbye`, `script-finished`, `agent-ended`, `silence`, `application-error`, `too-long`, `cancelled`; in scenarios `caller-hung-up`.
        package var kind: String
        /// One sentence for people.
        package var reason: String
    }

    package struct Event: Codable, Sendable, Equatable {
        package var ms: Int
        package var kind: String
        package var detail: String
    }

    /// A Twilio warning or error, with the time it was raised.
    package struct Notice: Codable, Sendable, Equatable {
        package var ms: Int
        package var code: Int
        package var level: TwilioNotice.Level
        package var message: String
    }

    package struct Document: Codable, Sendable, Equatable {
        package var ms: Int
        package var source: String
        package var status: Int
        /// Milliseconds until the answer; nil for TwiML that came through the REST API.
        package var waitedMs: Int?
        package var body: String
    }

    package struct Utterance: Codable, Sendable, Equatable {
        package var index: Int
        /// What was really said: the reference for recognition.
        package var text: String
        package var voiceStartMs: Int
        package var voiceEndMs: Int
        /// When the first audible sample of the agent after this utterance was played to the caller.
        package var agentAudibleMs: Int?
        /// When the message with the first audible audio after this utterance arrived; its playing may begin later.
        package var agentArrivedMs: Int?
        /// `agentAudibleMs - voiceEndMs`.
        package var delayMs: Int?
        /// It began while nobody listened: a file was being played, or no stream was open.
        package var unheard: Bool?
    }

    /// A verb that was executed.
    package struct VerbRun: Codable, Sendable, Equatable {
        /// As scenarios write it: `play greeting_he.mp3`, `stream`.
        package var name: String
        package var startMs: Int
        package var endMs: Int?
    }

    /// An update of the call through the account API.
    package struct Update: Codable, Sendable, Equatable {
        package var ms: Int
        package var outline: String
        /// 200, or Twilio's error code.
        package var answer: Int
    }

    /// A stretch of agent audio, gaps under 300 ms included.
    package struct Span: Codable, Sendable, Equatable {
        package var startMs: Int
        package var endMs: Int
    }

    package struct Cue: Codable, Sendable, Equatable {
        package var ms: Int
        package var turn: Int
        package var text: String
    }

    package struct Counters: Codable, Sendable, Equatable {
        package var framesSent = 0
        package var mediaReceived = 0
        package var bytesReceived = 0
        package var marksReceived = 0
        package var marksReturned = 0
        package var clears = 0
        package var streamsStarted = 0
        /// Media that a stream refused on command.
        package var mediaRefused = 0
        /// Frames that were thrown away because the server did not read (31930).
        package var framesDropped = 0
        package var invalidMessages = 0
        /// Keys that nobody could take.
        package var keysUnheard = 0
        /// Webhooks that were delivered twice, and how many of them were answered differently.
        package var duplicates = 0
        package var differingDuplicates = 0
        package var recordingsFetched = 0
        /// The longest a 20 ms tick came after its deadline: the simulator's own health.
        package var worstTickDelayMs = 0.0
    }

    package var script: String
    package var callSid: String
    package var streamSids: [String] = []
    package var from: String
    package var to: String
    package var durationMs = 0
    package var outcome = Outcome(succeeded: false, kind: "unfinished", reason: "the call has not ended")
    package var customerUtterances: [Utterance] = []
    package var agentSpeech: [Span] = []
    package var agentCues: [Cue] = []
    package var notices: [Notice] = []
    package var documents: [Document] = []
    package var timeline: [Event] = []
    package var counters = Counters()
    package var verbs: [VerbRun] = []
    package var updates: [Update] = []
    /// How each `<Dial>` ended.
    package var dials: [String] = []
    /// `agent` or `caller`.
    package var endedBy: String?
    /// What the caller of a scenario said and heard.
    package var spoken: SpokenRecord?

    package init(script: String, callSid: String, from: String, to: String) {
        self.script = script
        self.callSid = callSid
        self.from = from
        self.to = to
    }

    /// The errors among the notices.
    package var errors: [Notice] { notices.filter { $0.level == .error } }
}

/// A finished call: its report and what both sides heard, sample-aligned on one clock.
package struct CallResult: Sendable {
    package var report: CallReport
    /// Raw mu-law at 8 kHz.
    package var callerTrack: [UInt8]
    package var agentTrack: [UInt8]
    /// The customer's messages left on `<Record>`, by RecordingSid.
    package var recordings: [String: [UInt8]]
}

/// What can be read off the two tracks after the call.
package enum CallAnalysis {
    /// Audible stretches of a track; gaps of less than 300 ms do not divide.
    package static func spans(of track: [UInt8]) -> [Range<Int>] {
        let joined = 300 * 8
        var spans: [Range<Int>] = []
        var position = 0
        while let start = Audibility.first(in: track, from: position) {
            position = start + 1
            if let last = spans.last, start - last.upperBound < joined {
                spans[spans.count - 1] = last.lowerBound..<position
            } else {
                spans.append(start..<position)
            }
        }
        return spans
    }

    /// Fills in when the agent was first heard after each utterance, before the customer's next one.
    package static func complete(_ report: inout CallReport, agentTrack: [UInt8], voiceEnds: [Int], voiceStarts: [Int]) {
        report.agentSpeech = spans(of: agentTrack).map { .init(startMs: $0.lowerBound / 8, endMs: $0.upperBound / 8) }
        for index in report.customerUtterances.indices where index < voiceEnds.count {
            let end = index + 1 < voiceStarts.count ? voiceStarts[index + 1] : agentTrack.count
            guard let first = Audibility.first(in: agentTrack, from: voiceEnds[index]), first < end else { continue }
            report.customerUtterances[index].agentAudibleMs = first / 8
            report.customerUtterances[index].delayMs = first / 8 - report.customerUtterances[index].voiceEndMs
        }
    }
}
