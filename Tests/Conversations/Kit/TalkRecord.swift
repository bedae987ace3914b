import BusContract

/// What happened in one call. All times in milliseconds on the run's clock.
package struct TalkRecord: Sendable, Codable {
    package struct Step: Sendable, Codable {
        package enum State: String, Sendable, Codable {
            case pending, done
            /// There was nothing to speak over.
            case void
        }
        /// Which of the conversation's utterances.
        package var index: Int
        package var state = State.pending
        /// Its first and its last frame were sent.
        package var began: Double?
        package var ended: Double?
        package var words: [TalkAudio.Word] = []
        /// When its first frame was due: a caller that falls behind sends it later, and what follows faster.
        package var due: Double?
        /// The agent was audible when it began.
        package var isOverAgent = false
        /// The agent's voice was not heard in time after it.
        package var isUnanswered = false

        package init(index: Int) { self.index = index }
    }

    /// The agent was audible, from its first to its last audible frame as the caller heard it.
    package struct Span: Sendable, Codable, Equatable {
        package var from: Double
        package var to: Double

        package init(from: Double, to: Double) {
            self.from = from
            self.to = to
        }
    }

    /// What the application told of the call, and when that arrived.
    package struct Event: Sendable, Codable {
        package var received: Double
        package var event: TapEvent

        package init(received: Double, event: TapEvent) {
            self.received = received
            self.event = event
        }
    }

    package var sid: String
    package var scenario: String
    package var category: String
    package var variant: Int
    package var voice: TalkVoice
    package var steps: [Step] = []
    package var spans: [Span] = []
    /// The line's buffer was emptied while something was in it.
    package var clears: [Double] = []
    /// Marks that came twice with no `clear` between.
    package var repeatedMarks = 0
    package var events: [Event] = []
    /// Why the call is not over as it should be.
    package var failure: String?
    package var ticks = 0
    package var lateTicks = 0

    package init(sid: String, scenario: String, category: String, variant: Int, voice: TalkVoice) {
        self.sid = sid
        self.scenario = scenario
        self.category = category
        self.variant = variant
        self.voice = voice
    }
}
