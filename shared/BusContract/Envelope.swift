import CallVocabulary

/// The control lane's unit: one self-describing JSON header and an optional binary attachment (audio, an MP3).
/// Additive within a major version: unknown fields are ignored, unknown kinds are counted and dropped.
package struct Envelope: Sendable, Equatable {
    /// Major version of the contract. A hello with another one is answered by `refused`.
    package static let version = 1
    package var version: Int
    package var business: BusinessID?
    package var conversation: ConversationID?
    package var turn: TurnID?
    package var epoch: Epoch?
    /// Gateway to worker: number of the message on this lane, from 1. A heartbeat names the last one that was handled.
    package var sequence: UInt64?
    package var message: BusMessage

    package init(
        _ message: BusMessage, business: BusinessID? = nil, conversation: ConversationID? = nil, turn: TurnID? = nil,
        epoch: Epoch? = nil, sequence: UInt64? = nil, version: Int = Envelope.version
    ) {
        self.version = version
        self.sequence = sequence
        self.business = business
        self.conversation = conversation
        self.turn = turn
        self.epoch = epoch
        self.message = message
    }
}

/// Every kind of message. The direction stands in each case's comment: W→G worker to gateway, G→W gateway to worker.
package enum BusMessage: Sendable, Equatable {
    // The fleet
    /// W→G, first message of a worker, repeated until answered.
    case hello(Hello)
    /// G→W, the worker belongs to the roster.
    case welcome(Welcome)
    /// G→W, the worker may not work here; the reason says what to change.
    case refused(Refused)
    /// W→G, every `Welcome.heartbeatMilliseconds`, sent by the loop that does the work.
    case heartbeat(Heartbeat)
    /// W→G, the worker is leaving and wants nothing new.
    case goodbye
    /// G→W, a conversation is yours from now on, under the envelope's epoch.
    case assign(Assign)
    /// G→W, the conversation has ended or moved: forget it.
    case release
    /// G→W, whatever you still do under an epoch older than the envelope's is void.
    case revoke

    // Hearing
    /// G→asr and dialog→G→asr: what the caller is expected to say now.
    case expectations(Expectations)
    /// G→asr: the endpointer's marks in the audio.
    case listen(Listen)
    /// asr→G: frames are missing.
    case resend(Resend)
    /// asr→G: interim or final words of the envelope's turn.
    case transcript(TranscriptMessage)

    // Thinking
    /// G→dialog: the caller's turn, with the whole log; the worker remembers nothing.
    case turn(DialogTurn)
    /// dialog→G: one sentence of the reply.
    case reply(ReplyPiece)
    /// dialog→G: the reply is complete.
    case replyDone(ReplyDone)

    // Speaking
    /// G→tts: say this sentence.
    case speak(Speak)
    /// tts→G: a chunk of the sentence; the attachment is mu-law at 8 kHz.
    case speech(SpeechChunk)
    /// G→tts: you may send this many more milliseconds of the sentence.
    case credit(Credit)
    /// G→worker: stop working on this (a sentence, or the envelope's whole turn).
    case cancel(Cancel)

    // The line, by the account's REST interface
    /// G→tts: update the call with this document. The worker holds the call's only lease to do so.
    case updateCall(UpdateCall)
    /// G→tts: give the lease back; what has not been sent must not be sent any more.
    case endLease(EndLease)
    /// tts→G: what came of it; the lease is returned with it.
    case callUpdated(CallUpdated)

    // Work that is not part of a turn
    /// G→any: a job with a deadline (write a summary, make a prompt's audio, transcribe a recording).
    case job(Job)
    /// W→G: its result.
    case jobDone(JobDone)
    /// tts→G: a file to publish; the attachment is its content.
    case artifact(Artifact)
    /// G→tts: stored (or why not).
    case artifactStored(ArtifactStored)
    /// dialog→G→crm: the model calls a tool.
    case tool(Tool)
    /// crm→G→dialog: the tool's answer.
    case toolResult(ToolResult)
    /// G→crm: something that happened and must be written down once.
    case fact(Fact)
    /// crm→G: committed; the gateway may forget it.
    case factStored(FactStored)

    /// A kind that this version does not know.
    case unknown(String)

    /// The wire name.
    package var kind: String {
        switch self {
        case .hello: "hello"
        case .welcome: "welcome"
        case .refused: "refused"
        case .heartbeat: "heartbeat"
        case .goodbye: "goodbye"
        case .assign: "assign"
        case .release: "release"
        case .revoke: "revoke"
        case .expectations: "expectations"
        case .listen: "listen"
        case .resend: "resend"
        case .transcript: "transcript"
        case .turn: "turn"
        case .reply: "reply"
        case .replyDone: "reply_done"
        case .speak: "speak"
        case .speech: "speech"
        case .credit: "credit"
        case .cancel: "cancel"
        case .updateCall: "update_call"
        case .endLease: "end_lease"
        case .callUpdated: "call_updated"
        case .job: "job"
        case .jobDone: "job_done"
        case .artifact: "artifact"
        case .artifactStored: "artifact_stored"
        case .tool: "tool"
        case .toolResult: "tool_result"
        case .fact: "fact"
        case .factStored: "fact_stored"
        case .unknown(let name): name
        }
    }
}
