/// A call that goes wrong in a certain way, and what must come of it; a small YAML file.
package struct Scenario: Sendable {
    /// From the end of one verb to the beginning of another.
    package struct Interval: Sendable, Equatable {
        /// nil = the beginning of the call.
        package var after: String?
        package var until: String
        package var ms: Int
    }

    package struct Expectations: Sendable, Equatable {
        package var documents: VerbPattern?
        package var endedBy: String?
        package var outcome: String?
        /// Twilio's warnings and errors; each must occur, and no other may.
        package var errors: [Int] = []
        /// Errors that may occur.
        package var mayError: [Int] = []
        package var longestSilenceMs: Int?
        /// So much silence after the caller's own words is the agent's to think.
        package var graceMs = 0
        package var within: [Interval] = []
        /// Rounds that were answered.
        package var rounds: CountRange?
        package var repeated = CountRange(0...0)
        package var strays = CountRange(0...0)
        /// Utterances that were said while nobody listened.
        package var unheard: CountRange?
        /// Sentences without a number that were heard.
        package var words: CountRange?
        package var streams: CountRange?
        package var updates: CountRange?
        package var recordings: CountRange?
        package var recordingMs: CountRange?
        package var recordingsFetched: CountRange?
        package var dials: [String]?
        /// Kinds of events that must be in the timeline.
        package var events: [String] = []
        /// Repeated webhooks are answered alike.
        package var duplicatesAgree = true
        package var keysUnheard: CountRange?
        /// Numbers that the caller must have heard.
        package var hears: [Int] = []
        package var durationMs: CountRange?
    }

    package var file: String
    package var name: String
    package var about = ""
    /// The row of lessons.md that it is for.
    package var scar: String?
    /// Variables that the fleet must have been started with.
    package var needs: [FormField] = []
    package var from = "+972501234567"
    /// nil = the number that the command names.
    package var to: String?
    package var maximumSeconds = 120
    /// Calls with the same faults that have begun and ended before this one.
    package var earlier = 0
    /// Calls that are going on already when this one begins.
    package var background = 0
    package var steps = CallerSteps([])
    package var faults: [Fault] = []
    package var habits = TwilioHabits()
    package var dials: [DialPlan] = []
    package var recordingReadyMs = 1000
    package var fallbackPath: String? = "/webhook/fallback"
    /// What happens after the call is waited for so long.
    package var settleSeconds = 5
    package var expect = Expectations()
}
