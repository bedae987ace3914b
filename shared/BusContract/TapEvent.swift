import CallVocabulary

/// A fact about a call for whoever listens on the topic lane (console, recorder, an operator's tap). Lossy by nature: nothing depends on it.
/// Two parts on the wire: the topic `event.<name>.` and this as JSON.
package struct TapEvent: Sendable, Equatable, Codable {
    package var name: Name
    package var conversation: ConversationID
    package var business: BusinessID
    package var turn: TurnID?
    /// On the call's clock.
    package var at: CallTime
    /// The sentence said or the words heard. Empty unless LOG_TRANSCRIPTS is on: the tap is a log, and callers' words are not for logs.
    package var text: String?
    package var confidence: Double?
    package var understood: Bool?
    package var stages: TurnStages?
    /// With `turn`: what the record says beside the stages.
    package var record: TurnRecord?
    package var detail: String?

    package enum Name: String, Sendable, Codable {
        case callStarted = "call_started"
        /// A worker serves the call from now on; `detail` is `<pool> <worker>`.
        case assigned
        /// A worker was lost and its work goes to another; `detail` is the pool.
        case failover
        /// The line is back after a gateway's death or restart.
        case resumed
        /// The opening is over: the agent listens.
        case listening
        /// A final transcript (`text`; `detail` is why it was taken to be over), or silence.
        case heard
        /// A sentence is being played to the caller.
        case said
        /// A turn is over; `stages` are complete.
        case turn
        case lead
        case callEnded = "call_ended"
        case summary
        /// Playout was stopped for a voice of which it is not known yet whether it wants the word; and has gone on from where it was cut.
        case paused
        case unpaused
        /// The caller has interrupted the agent.
        case bargeIn = "barge_in"
        /// A watch rang and the call goes to the recording; `detail` is the watch.
        case watchdog
        /// The call goes to a person.
        case transfer
    }

    package init(
        _ name: Name, conversation: ConversationID, business: BusinessID, turn: TurnID? = nil, at: CallTime, text: String? = nil,
        confidence: Double? = nil, understood: Bool? = nil, stages: TurnStages? = nil, record: TurnRecord? = nil, detail: String? = nil
    ) {
        self.name = name
        self.conversation = conversation
        self.business = business
        self.turn = turn
        self.at = at
        self.text = text
        self.confidence = confidence
        self.understood = understood
        self.stages = stages
        self.record = record
        self.detail = detail
    }
}
