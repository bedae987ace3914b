/// What the agent says, as text: one reply whose audio is being played.
package struct AgentCue: Sendable, Hashable, Codable {
    package var text: String
    /// The turn's number, counted from 0 by the application.
    package var turn: Int

    package init(text: String, turn: Int) {
        self.text = text
        self.turn = turn
    }
}

/// Where a call's cues come from, for example a tap on the application's events.
package protocol AgentTextSource: Sendable {
    /// The cues of one call; bounded by the source.
    func cues(callSid: String) -> AsyncStream<AgentCue>
}
