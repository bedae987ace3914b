import Glibc

/// One call to be made.
package struct CallPlan: Sendable {
    package var accountSid: String
    package var authToken: String
    package var from: String
    package var to: String
    package var route: Route
    package var script: CustomerScript
    package var voice: any CustomerVoice
    /// The agent's words, nil when nobody can tell them.
    package var textSource: (any AgentTextSource)?
    /// Told of everything that happens, as it happens.
    package var watch: (@Sendable (CallReport.Event) -> Void)?
    /// Where the account API is served, for RecordingUrl.
    package var restBaseURL = "http://127.0.0.1"
    package var incomingPath = "/webhook/incoming_call"
    package var statusPath = "/webhook/call_status"
    /// A call longer than this has failed.
    package var maximumSeconds = 300
    /// Inbound media is held back for this many frames once a second and then sent at once; nil = even pacing.
    package var burstFrames: Int?
    /// What a stream buffers at most (31931); Twilio's limit is far too large for a test.
    package var bufferedSamples = PlayoutBuffer.limit
    /// What goes wrong.
    package var faults: [Fault] = []
    package var habits = TwilioHabits()
    /// What becomes of each `<Dial>`, in order; the last counts for all further ones. None: nobody answers.
    package var dials: [DialPlan] = []
    /// A recording's file exists this long after its end.
    package var recordingReadyMs = 1000
    /// The number's fallback URL; nil = it has none.
    package var fallbackPath: String?
    /// What the caller does instead of following ``script``.
    package var scenario: CallerSteps?
    /// Does what a step of the scenario names, outside of the call.
    package var external: (@Sendable (String) async -> Void)?
    /// nil = a new one.
    package var callSid: String?

    package init(
        accountSid: String, authToken: String, from: String, to: String, route: Route, script: CustomerScript, voice: any CustomerVoice
    ) {
        self.accountSid = accountSid
        self.authToken = authToken
        self.from = from
        self.to = to
        self.route = route
        self.script = script
        self.voice = voice
    }
}

/// Twilio's identifiers and dates.
package enum TwilioFormat {
    /// Two letters and 32 lower-case hex digits.
    package static func sid(_ prefix: String) -> String { prefix + hex() + hex() }

    /// The form of an idempotency token.
    package static func token() -> String { (hex() + hex()).lowercased() }

    private static func hex() -> String {
        let digits = String(UInt64.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// RFC 2822, UTC.
    package static func date(_ time: time_t = Glibc.time(nil)) -> String { format("%a, %d %b %Y %H:%M:%S +0000", time) }

    /// ISO 8601, UTC.
    package static func isoDate(_ time: time_t = Glibc.time(nil)) -> String { format("%Y-%m-%dT%H:%M:%SZ", time) }

    private static func format(_ pattern: String, _ time: time_t) -> String {
        var time = time
        var parts = tm()
        gmtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, pattern, &parts)
        return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
